"""Weights from a file: which file, which network they belong to, and how its pictures were prepared."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from core.events import Failed
from gui import theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card

if TYPE_CHECKING:
    from gui.session import Session

SUFFIXES = (".safetensors", ".pth", ".pt", ".pth.tar", ".bin", ".zip")


class ImportForm(Card):
    """`taken_in` tells the name of the backbone once its weights are here."""

    taken_in = Signal(str)

    def __init__(self, session: "Session") -> None:
        super().__init__(words.translate("ImportForm", "Weights from a file"))
        self._session = session
        about = self.tr(
            "A .safetensors or .pth file with the weights of a network known to timm or torchvision, or a pack of "
            "several (.zip)."
        )
        self.body.addWidget(labels.quiet(about))
        self.path, self.network = QLineEdit(), QLineEdit()
        self.mean, self.std = QLineEdit(), QLineEdit()
        self.padding = QComboBox()
        self.padding.addItem(self.tr("As usual"), "")
        self.padding.addItem(self.tr("As TensorFlow does"), "same")
        self.path.setPlaceholderText(self.tr("File"))
        self.network.setPlaceholderText("mobilenetv2_035")
        self.mean.setPlaceholderText(self.tr("as usual for this network"))
        self.std.setPlaceholderText(self.tr("as usual for this network"))
        self._guess = ""
        self.path.textChanged.connect(self._guess_name)
        self.path.textChanged.connect(self._draw)
        self.network.textChanged.connect(self._draw)
        self.go = buttons.plain_button(self.tr("Take it in"), "plus")
        self.go.clicked.connect(self.take_in)
        for line in (self.path, self.network, self.mean, self.std):
            line.returnPressed.connect(self.go.click)
        self.said = labels.body("")
        self._lay_out()
        self._explain()
        self._draw()

    def _lay_out(self) -> None:
        choose = buttons.plain_button(self.tr("Choose…"))
        choose.clicked.connect(self.ask_for_file)
        file = QHBoxLayout()
        file.setSpacing(theme.SPACE_8)
        file.addWidget(self.path, 1)
        file.addWidget(choose)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_16)
        grid.setVerticalSpacing(theme.SPACE_8)
        grid.setColumnStretch(1, 1)
        rows: list[tuple[str, QWidget | QHBoxLayout]] = [
            (self.tr("File"), file),
            (self.tr("Network"), self.network),
            (self.tr("Mean"), self.mean),
            (self.tr("Deviation"), self.std),
            (self.tr("Padding"), self.padding),
        ]
        for number, (name, part) in enumerate(rows):
            grid.addWidget(labels.one_line(labels.body(name)), number, 0)
            if isinstance(part, QWidget):
                part.setAccessibleName(name)
                grid.addWidget(part, number, 1)
            else:
                grid.addLayout(part, number, 1)
        self.path.setAccessibleName(self.tr("File"))
        self.body.addLayout(grid)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.go)
        self.body.addLayout(foot)

    def _explain(self) -> None:
        explain(
            self,
            Why(
                self.tr("Weights from a file"),
                self.tr(
                    "Give the name of the network as timm or torchvision call it. Graft compares every tensor with "
                    "that network and refuses a file that does not belong to it.\n\n"
                    "Mean and deviation say how the pictures were prepared when the network learned: one number or "
                    "three, from 0 to 1. Leave them empty if you do not know.\n\n"
                    "Files are read as numbers only: code hidden in them never runs."
                ),
            ),
        )

    def ask_for_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Weights from a file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Weights (*.safetensors *.pth *.pt *.pth.tar *.bin *.zip)"))
        dialog.fileSelected.connect(self.path.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def suggest(self, names: list[str]) -> None:
        """Names to complete while typing."""
        self.network.setCompleter(QCompleter(names, self))

    def take_in(self) -> None:
        from core.requests import ImportBackbone

        settings: dict[str, object] = {}
        for key, line in (("mean", self.mean), ("std", self.std)):
            numbers = numbers_in(line.text())
            if numbers is None:
                self._say(self.tr("Mean and deviation are one number or three, such as 0.485 0.456 0.406."), "careful")
                return
            if numbers:
                settings[key] = numbers[0] if len(numbers) == 1 else numbers
        if self.padding.currentData():
            settings["pad_type"] = self.padding.currentData()
        name = self.network.text().strip()
        request = ImportBackbone(path=self.path.text(), name=name, settings=settings)
        self._session.start(request, lambda value: self._done(name, value), self._failed)
        buttons.disable(self.go, self.tr("It is being read."))
        self._say(self.tr("Reading the file…"), "quiet")

    def _done(self, name: str, value: object) -> None:
        assert isinstance(value, dict)
        if names := value.get("names"):
            several = words.plural(self.tr("%n backbone(s) were taken in.", "", len(names)), len(names))
            self._say(several, "good")
            self._draw()
            self.taken_in.emit(str(names[0]))
            return
        text = self.tr("{matched} of {wanted} tensors fit; {unused} were not needed.")
        self._say(
            text.format(matched=value["matched"], wanted=value.get("wanted", "?"), unused=len(value["unused"])), "good"
        )
        self._draw()
        self.taken_in.emit(str(value.get("name", name)))

    def _failed(self, failed: Failed) -> None:
        message, hint = words.fault_message(failed.code, failed.params), words.fault_hint(failed.code, failed.params)
        self._say(f"{message} {hint}", "bad")
        self._draw()

    def _say(self, text: str, role: str) -> None:
        self.said.setText(text)
        labels.set_role(self.said, role)

    def _guess_name(self, path: str) -> None:
        """Files are often named after their network: `mobilenetv2_035.imagenet.safetensors`."""
        if self.network.text() == self._guess and not is_pack(path):
            self._guess = Path(path).name.split(".")[0]
            self.network.setText(self._guess)

    def _draw(self) -> None:
        if not self.path.text().strip():
            buttons.disable(self.go, self.tr("Choose a file first."))
        elif not self.network.text().strip() and not is_pack(self.path.text()):
            buttons.disable(self.go, self.tr("Name the network first."))
        else:
            buttons.enable(self.go)


def is_pack(path: str) -> bool:
    """A pack of backbones says itself whose weights it holds; `graft backbones pack` writes them as .zip."""
    return path.strip().lower().endswith(".zip")


def numbers_in(text: str) -> tuple[float, ...] | None:
    """One number or three; nothing for an empty line; None for anything else."""
    parts = text.replace(";", " ").replace(", ", " ").split()
    try:
        numbers = tuple(float(part.strip(",()[]")) for part in parts)
    except ValueError:
        return None
    return numbers if len(numbers) in (0, 1, 3) else None
