"""Several backbones in one file, for a machine without a network."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QVBoxLayout

from core.events import Failed
from gui import backbone_rows, theme, words
from gui.backbone_rows import Row
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card

if TYPE_CHECKING:
    from gui.session import Session


class PackForm(Card):
    """A box to tick for each backbone that is here."""

    def __init__(self, session: "Session") -> None:
        super().__init__(words.translate("PackForm", "Pack for another machine"))
        self._session = session
        self.boxes: dict[str, QCheckBox] = {}
        self.body.addWidget(labels.quiet(self.tr(
            "The weights of the backbones that you tick go into one file, with their hashes and how their pictures are "
            "prepared. Drop it on this page on the other machine."
        )))  # fmt: skip
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.SPACE_4)
        self.body.addLayout(self._list)
        self.go = buttons.plain_button(self.tr("Save the pack…"), "download")
        self.go.clicked.connect(self.ask_where)
        self.said = labels.body("")
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.go)
        self.body.addLayout(foot)
        explain(self, Why(self.tr("Packs"), self.tr(
            "A pack is a plain zip file of safetensors, each named by its SHA-256. What was changed on the way is "
            "noticed and refused. The licences of the weights hold on the other machine too."
        )))  # fmt: skip

    def show_rows(self, rows: Sequence[Row]) -> None:
        """The backbones that are here; ticks stay."""
        here = {str(row["name"]): row for row in rows if row["local"]}
        if list(here) != list(self.boxes):
            ticked = {name for name, box in self.boxes.items() if box.isChecked()}
            for box in self.boxes.values():
                self._list.removeWidget(box)
                box.deleteLater()
            self.boxes = {name: QCheckBox(_text(row)) for name, row in here.items()}
            for name, box in self.boxes.items():
                box.setChecked(name in ticked or not ticked)
                box.toggled.connect(self._draw)
                self._list.addWidget(box)
        self._draw()

    @property
    def ticked(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.boxes.items() if box.isChecked())

    def ask_where(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the pack"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.setNameFilter(self.tr("Packs (*.zip)"))
        dialog.selectFile("backbones.zip")
        dialog.fileSelected.connect(self.pack)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def pack(self, path: str) -> None:
        from core.requests import PackBackbones

        buttons.disable(self.go, self.tr("It is being written."))
        self._say(self.tr("Writing the pack…"), "quiet")
        self._session.start(PackBackbones(names=self.ticked, out=path), self._done, self._failed)

    def _done(self, value: Mapping[str, Any]) -> None:
        text = words.plural(self.tr("%n backbone(s) are in {path}.", "", len(value["names"])), len(value["names"]))
        self._say(text.format(path=value["path"]), "good")
        self._draw()

    def _failed(self, failed: Failed) -> None:
        message, hint = words.fault_message(failed.code, failed.params), words.fault_hint(failed.code, failed.params)
        self._say(f"{message} {hint}", "bad")
        self._draw()

    def _say(self, text: str, role: str) -> None:
        self.said.setText(text)
        labels.set_role(self.said, role)

    def _draw(self) -> None:
        if self.ticked:
            buttons.enable(self.go)
        else:
            buttons.disable(self.go, self.tr("Tick at least one backbone."))


def _text(row: Row) -> str:
    size, licence = words.bytes_text(backbone_rows.download_bytes(row)), backbone_rows.licence_text(row)
    return " · ".join(part for part in (str(row["title"]), size, licence) if part)
