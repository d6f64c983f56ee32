"""Export: the model in the form that its next home wants, and the proof that it answers the same there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QVBoxLayout

from core.requests import Export
from gui import theme, words
from gui.why import Why, explain
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.certificate import Certificate, certificate_file
from gui.widgets.page import Page
from gui.words import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from core.events import Failed
    from gui.session import Session


@dataclass(frozen=True, slots=True)
class Home:
    """A format in words: its code, title, who it is for, what it is. The core has a row of the same code."""

    code: str
    suffix: str
    title: str
    who: str
    what: str


HOMES = (
    Home(
        "onnx", ".onnx", "ONNX",
        QT_TRANSLATE_NOOP("ExportPage", "For apps, servers, phones, other languages"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "One file that takes a picture as it is and gives probabilities: cutting and scaling are "
            "inside. Opens nearly everywhere. If unsure, take this."
        ),
    ),
    Home(
        "web", "", "Web page",
        QT_TRANSLATE_NOOP("ExportPage", "For anybody with a browser"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "A folder with a page: drop a picture on it, see the answer. Opens by a double click, or on "
            "a phone from any web server; no picture leaves the machine."
        ),
    ),
    Home(
        "python", "", "Python",
        QT_TRANSLATE_NOOP("ExportPage", "For a colleague who writes scripts"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "A folder with the weights, a short readable program and a list of what to install. "
            "It runs without Graft."
        ),
    ),
    Home(
        "pt2", ".pt2", "PyTorch",
        QT_TRANSLATE_NOOP("ExportPage", "For PyTorch programs and servers"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "The whole network as one program, preprocessing inside; no source code is needed to run it."
        ),
    ),
    Home(
        "safetensors", ".safetensors", "Safetensors",
        QT_TRANSLATE_NOOP("ExportPage", "For researchers who go on training"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "The weights alone, by name, in a format that can hold no code; with a file to load them."
        ),
    ),
)  # fmt: skip


class ExportPage(Page):
    name: ClassVar[str] = "export"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Export"))
        self._chosen = HOMES[0]
        self.cards: dict[str, Card] = {}
        self._certified: set[str] = set()
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE_16)
        for number, home in enumerate(HOMES):
            card = self.cards[home.code] = self._card(home)
            grid.addWidget(card, number // 2, number % 2)
            grid.setColumnStretch(number % 2, 1)
        self.body.addLayout(grid)
        self.certificates = QVBoxLayout()
        self.certificates.setSpacing(theme.SPACE_16)
        self.body.addLayout(self.certificates)
        self.body.addStretch(1)
        self._choose(HOMES[0])

    def _card(self, home: Home) -> Card:
        card = Card(home.title, clickable=True)
        card.body.addWidget(labels.strong(self.tr(home.who)))
        card.body.addWidget(labels.quiet(self.tr(home.what)))
        card.body.addStretch(1)
        card.setAccessibleDescription(f"{self.tr(home.who)}. {self.tr(home.what)}")
        card.clicked.connect(lambda: self._choose(home))
        explain(card, Why(home.title, f"{self.tr(home.who)}.\n\n{self.tr(home.what)}"))
        return card

    def default_why(self) -> Why:
        return Why(
            self.tr("Taking it away"),
            self.tr(
                "The model is yours. It works without Graft, without a network, without an account.\n\n"
                "Small differences creep in easily on the way: another way of scaling a picture changes answers. So "
                "Graft opens the exported file again, as its next user will, gives it your pictures and some awkward "
                "ones, and compares every probability. The certificate says how far they lie apart.\n\n"
                "It is kept beside the model, picture by picture."
            ),
        )

    # Drawing

    def refresh(self) -> None:
        session = self.session
        trained, running = session.trained, session.running("export") is not None
        why = "" if trained is not None else self.tr("Train a model first.")
        if running:
            why = self.tr("The model is being written and checked right now.")
        elif session.running("train", "race") is not None:
            why = why or self.tr("Wait until the training is done.")
        self.set_primary(self.tr("Export as {format}…").format(format=self._chosen.title), not why, why)
        result = session.result("export")
        if result is not None and str(result.get("path")) not in self._certified:
            self._certify(result)
        self._say(trained, running)

    def _say(self, trained: Any, running: bool) -> None:
        val = ((trained.report or {}).get("val") or {}) if trained is not None else {}
        if running:
            self.set_status(self.tr("Writing the model, then checking that it answers as Graft does."))
        elif trained is None:
            self.set_status(self.tr("Once a model is trained, it can be taken away from here."))
        elif val:
            accuracy = words.accuracy(val["accuracy"], val.get("low"), val.get("high"))
            self.set_status(self.tr("Where will it live? The model is right on {share}.").format(share=accuracy))
        else:
            self.set_status(self.tr("Where will it live?"))

    def _choose(self, home: Home) -> None:
        self._chosen = home
        for code, card in self.cards.items():
            card.set_selected(code == home.code)
        self._invalidate()

    # The certificate

    def _certify(self, result: Mapping[str, Any]) -> None:
        """Show what was checked; what the certificate's file adds is read off the window's thread."""
        path = str(result.get("path"))
        self._certified.add(path)
        beside = certificate_file(Path(path))

        def read() -> Mapping[str, Any]:
            try:
                return {**dict(json.loads(beside.read_text(encoding="utf-8"))), **result}
            except (OSError, ValueError):
                return result

        self.session.background.run(read, self._show_certificate)

    def _show_certificate(self, result: Mapping[str, Any]) -> None:
        for number in reversed(range(self.certificates.count())):
            standing = self.certificates.itemAt(number)
            widget = standing.widget() if standing is not None else None
            if isinstance(widget, Certificate) and str(widget.path) == str(result.get("path")):
                self.certificates.removeWidget(widget)
                widget.deleteLater()
        self.certificates.insertWidget(0, Certificate(result))

    # What the user does

    def primary_action(self) -> None:
        home = self._chosen
        dialog = QFileDialog(self, self.tr("Export as {format}").format(format=home.title))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        if home.suffix:
            dialog.setNameFilter(f"{home.title} (*{home.suffix})")
            dialog.setDefaultSuffix(home.suffix.removeprefix("."))
        dialog.setDirectory(_usual_folder())
        dialog.selectFile(self._usual_name(home))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._export(home, Path(name)))
        dialog.open()

    def _usual_name(self, home: Home) -> str:
        folder = self.session.folder
        return f"{folder.name if folder is not None and folder.name else 'model'}{home.suffix or f'-{home.code}'}"

    def _export(self, home: Home, out: Path) -> None:
        trained = self.session.trained
        if trained is None:
            return
        self.clear_banner("export")
        self._certified.discard(str(out))
        self.session.start(Export(run=str(trained.run.folder), format=home.code, out=str(out)), failed=self._failed)

    def _failed(self, event: "Failed") -> None:
        text = f"{words.fault_message(event.code, event.params)} {words.fault_hint(event.code, event.params)}"
        self.show_banner("export", "bad", text)


def _usual_folder() -> str:
    """The user's documents; home where there is no such folder. Never where the program happened to start."""
    places = (QStandardPaths.StandardLocation.DocumentsLocation, QStandardPaths.StandardLocation.HomeLocation)
    folders = [QStandardPaths.writableLocation(place) for place in places]
    return next((folder for folder in folders if Path(folder).is_dir()), folders[-1])
