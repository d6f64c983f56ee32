"""What the window remembers of its user: appearance, where it stood, recent projects. One file, beside the projects."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings

from core.project import places

RECENT = 12


class Settings(QObject):
    """Kept at once; reading never fails, whatever the file holds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept = QSettings(str(places.data_folder() / "window.ini"), QSettings.Format.IniFormat, self)

    def text(self, key: str, usual: str = "") -> str:
        value = self._kept.value(key, usual)
        return value if isinstance(value, str) else usual

    def flag(self, key: str, usual: bool) -> bool:
        return self.text(key, "yes" if usual else "no") == "yes"

    def bytes(self, key: str) -> QByteArray:
        value = self._kept.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set(self, key: str, value: str | bool | QByteArray) -> None:
        self._kept.setValue(key, ("yes" if value else "no") if isinstance(value, bool) else value)

    @property
    def theme(self) -> str:
        """`system`, `light` or `dark`."""
        value = self.text("theme", "system")
        return value if value in ("system", "light", "dark") else "system"

    @property
    def language(self) -> str:
        """A code such as `de`; empty follows the system."""
        return self.text("language")

    def recent(self) -> list[Path]:
        """Folders opened lately, the last one first."""
        value = self._kept.value("recent", [])
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(name) for name in names if isinstance(name, str) and name]

    def remember(self, folder: Path) -> None:
        names = [str(folder), *(str(known) for known in self.recent() if known != folder)]
        self._kept.setValue("recent", names[:RECENT])

    def forget(self, folder: Path) -> None:
        self._kept.setValue("recent", [str(known) for known in self.recent() if known != folder])

    def sync(self) -> None:
        self._kept.sync()
