"""Everything that lives as long as the window: settings, language, engine, session, the frame itself."""

from importlib import import_module
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from core.project import places
from gui import languages, theme, words
from gui.engine_client import EngineClient
from gui.garbage import GarbageCollector
from gui.hooks import Hooks
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings
from gui.thumbnail_loader import loader
from gui.widgets import icons

WARM_UP_MILLISECONDS = 200


class Window:
    """`folders` are those named when the program was started; else the project that was open last comes back."""

    def __init__(self, app: QApplication, folders: list[Path]) -> None:
        app.setApplicationName("Graft")
        app.setDesktopFileName("graft")
        self._folders = folders
        self.hooks = Hooks(self._tell)
        self.hooks.install()
        self.settings = Settings()
        self._translators = languages.install(app, self.settings.language)
        theme.apply(app, self.settings.theme)
        app.setWindowIcon(QIcon(icons.pixmap("graft", 64, "accent")))
        self.garbage = GarbageCollector()
        self.client = EngineClient()
        self.session = Session(self.client, self.settings)
        last = self.settings.text("open")
        self._page = self.settings.text("page")
        self.frame = MainWindow(self.session)
        self.frame.painted.connect(self._go_on)
        self._last = Path(last) if last else None
        self._soon = QTimer(self.frame)  # ends with the frame: what it calls is no object of Qt's that could tell
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._make_ready)

    def show(self) -> None:
        self.garbage.start()
        self.frame.show()

    def put_away(self) -> None:
        """After the last window has gone; safe to call after any failure."""
        self._soon.stop()
        self.session.close()
        self.client.close()
        loader().wait()
        loader.cache_clear()
        self.garbage.stop()
        self.hooks.remove()

    def _go_on(self) -> None:
        """The window is on the screen: now for what takes longer."""
        self._soon.start(WARM_UP_MILLISECONDS)
        if self._folders:
            self.session.open_folder(self._folders[0])
        elif self._last is not None:
            self.session.open_folder(self._last, self._page or "data")

    def _make_ready(self) -> None:
        """What opening a folder takes is at hand before one is opened."""
        self.client.warm_up("worker")
        self.session.background.run(lambda: import_module("gui.opening"))

    def _tell(self, error: BaseException) -> None:
        params = {"reason": f"{type(error).__name__}: {error}"[:200], "log": str(places.log_folder())}
        message, hint = words.fault_message("BUG", params), words.fault_hint("BUG", params)
        self.session.notice.emit("bad", f"{message} {hint}")
