"""Export: the model in the form that its next home wants, and the proof that it answers the same there."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QGridLayout, QRadioButton, QVBoxLayout

from core.errors import UserError
from core.requests import Export
from gui import exports, theme, words
from gui.export_rows import HOMES, SIZES, Home
from gui.why import Why, explain
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.certificate import Certificate, certificate_file
from gui.widgets.page import Page

if TYPE_CHECKING:
    from core.events import Failed
    from gui.session import Session


COLUMNS = 3
TRIALS = "exports"
"""The folder of a run in which smaller exports wait until the user keeps them."""


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
            grid.addWidget(card, number // COLUMNS, number % COLUMNS)
            grid.setColumnStretch(number % COLUMNS, 1)
        grid.addWidget(self._sizes(), len(HOMES) // COLUMNS, len(HOMES) % COLUMNS)
        self.body.addLayout(grid)
        self.certificates = QVBoxLayout()
        self.certificates.setSpacing(theme.SPACE_16)
        self.body.addLayout(self.certificates)
        self.body.addStretch(1)
        self._choose(HOMES[0])

    def _sizes(self) -> Card:
        """How the numbers are kept, for the formats that leave a choice."""
        self._size_card = Card(self.tr("How exact?"))
        self.sizes = QButtonGroup(self)
        for number, size in enumerate(SIZES):
            button = QRadioButton(self.tr(size.title))
            button.setToolTip(self.tr(size.what))
            button.setAccessibleDescription(self.tr(size.what))
            explain(button, Why(self.tr(size.title), self.tr(size.what) + "\n\n" + self._why_smaller()))
            self.sizes.addButton(button, number)
            self._size_card.body.addWidget(button)
        self._size_what = labels.quiet()
        self._size_card.body.addWidget(self._size_what)
        self._size_card.body.addStretch(1)
        self.sizes.button(0).setChecked(True)
        self.sizes.idToggled.connect(lambda *_: self._tell_size())
        return self._size_card

    def _why_smaller(self) -> str:
        return self.tr(
            "What smaller numbers cost is measured before you keep the file: the share of right answers before and "
            "after, on pictures that the model never learned from."
        )

    @property
    def precision(self) -> str:
        return SIZES[self.sizes.checkedId()].code if self._chosen.smaller else "fp32"

    def _tell_size(self) -> None:
        for button in self.sizes.buttons():
            button.setEnabled(self._chosen.smaller)
        size = SIZES[max(self.sizes.checkedId(), 0)]
        only = self.tr("{format} is written in full precision.").format(format=self.tr(self._chosen.title))
        self._size_what.setText(self.tr(size.what) if self._chosen.smaller else only)
        self._invalidate()

    def _card(self, home: Home) -> Card:
        card = Card(self.tr(home.title), clickable=True)
        card.body.addWidget(labels.strong(self.tr(home.who)))
        card.body.addWidget(labels.quiet(self.tr(home.what)))
        card.body.addStretch(1)
        card.setAccessibleDescription(f"{self.tr(home.who)}. {self.tr(home.what)}")
        card.clicked.connect(lambda: self._choose(home))
        explain(card, Why(self.tr(home.title), f"{self.tr(home.who)}.\n\n{self.tr(home.what)}"))
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
        title = self.tr("Export as {format}…") if self.precision == "fp32" else self.tr("Measure a smaller {format}")
        self.set_primary(title.format(format=self.tr(self._chosen.title)), not why, why)
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
        self._tell_size()

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
        certificate = Certificate(result, is_trial=self._is_trial(Path(str(result.get("path")))))
        certificate.wanted.connect(lambda: self._ask_where_to_keep(result, certificate))
        certificate.unwanted.connect(lambda: self._throw_away(certificate))
        self.certificates.insertWidget(0, certificate)

    # What the user does

    def primary_action(self) -> None:
        home = self._chosen
        if self.precision == "fp32":
            self._ask_where(home, lambda path: self._export(home, path))
        else:
            self._try_smaller(home)

    def _try_smaller(self, home: Home) -> None:
        """Write it beside the run; the user sees what it costs and then keeps it or not."""
        trained = self.session.trained
        if trained is not None:
            name = self._usual_name(home, self.precision)
            self._export(home, trained.run.folder / TRIALS / name)

    def _is_trial(self, path: Path) -> bool:
        return path.parent.name == TRIALS

    def _ask_where_to_keep(self, result: Mapping[str, Any], certificate: Certificate) -> None:
        home = next(home for home in HOMES if home.code == result.get("format"))
        written = Path(str(result.get("path")))
        self._ask_where(home, lambda out: self._keep(written, out, certificate), written.name)

    def _keep(self, written: Path, out: Path, certificate: Certificate) -> None:
        def kept(_: object) -> None:
            certificate.has_moved(out)
            self.show_banner("export", "good", self.tr("Saved: {path}").format(path=out))

        self.session.background.run(lambda: exports.keep(written, out), kept, self._not_kept)

    def _not_kept(self, error: Exception) -> None:
        text = words.fault_text(error) if isinstance(error, UserError) else str(error)
        self.show_banner("export", "bad", text)

    def _throw_away(self, certificate: Certificate) -> None:
        self.session.background.run(lambda: exports.throw_away(certificate.path))
        self.certificates.removeWidget(certificate)
        certificate.deleteLater()

    def _ask_where(self, home: Home, then: Callable[[Path], object], name: str = "") -> None:
        dialog = QFileDialog(self, self.tr("Export as {format}").format(format=self.tr(home.title)))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        if home.suffix:
            dialog.setNameFilter(f"{self.tr(home.title)} (*{home.suffix})")
            dialog.setDefaultSuffix(home.suffix.removeprefix("."))
        dialog.setDirectory(_usual_folder())
        dialog.selectFile(name or self._usual_name(home))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
        dialog.open()

    def _usual_name(self, home: Home, precision: str = "") -> str:
        folder = self.session.folder
        name = folder.name if folder is not None and folder.name else "model"
        return f"{name}{'-' if precision else ''}{precision}{home.suffix or f'-{home.code}'}"

    def _export(self, home: Home, out: Path) -> None:
        trained = self.session.trained
        if trained is None:
            return
        self.clear_banner("export")
        self._certified.discard(str(out))
        request = Export(run=str(trained.run.folder), format=home.code, out=str(out), precision=self.precision)
        self.session.start(request, failed=self._failed)

    def _failed(self, event: "Failed") -> None:
        self.show_banner("export", "bad", words.fault_text(event))


def _usual_folder() -> str:
    """The user's documents; home where there is no such folder. Never where the program happened to start."""
    places = (QStandardPaths.StandardLocation.DocumentsLocation, QStandardPaths.StandardLocation.HomeLocation)
    folders = [QStandardPaths.writableLocation(place) for place in places]
    return next((folder for folder in folders if Path(folder).is_dir()), folders[-1])
