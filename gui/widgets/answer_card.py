"""One answer: the picture, what the model says and how sure it is, the evidence, and what it learned that is alike.

The answer is known; the evidence and what is alike are asked for when a picture is shown, and kept.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLabel

from core.requests import Explain
from gui import theme, words
from gui.widgets import text as labels
from gui.widgets.big_picture import BigPicture
from gui.widgets.card import Card
from gui.widgets.prediction_list import NOT_SURE, UNKNOWN, prediction_of
from gui.widgets.probability_bars import ProbabilityBars
from gui.widgets.thumbnail_wall import ThumbnailWall, Tile

if TYPE_CHECKING:
    from gui.job_board import Job
    from gui.session import Session

CLASSES, NEIGHBOURS = 8, 4


class AnswerCard(Card):
    """`row` is one of `predict`'s rows, `why` one of `Explain`'s for the same picture."""

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._run: Path | None = None
        self._row: Mapping[str, Any] = {}
        self._explained: dict[str, Mapping[str, Any]] = {}
        self._explaining: Job | None = None
        self.big = BigPicture(session.background)
        self.answer: QLabel = labels.label("", theme.TITLE, strong=True)
        self._file = labels.NameLabel("", theme.CAPTION)
        labels.set_role(self._file, "quiet")
        self.doubt = labels.label("", role="careful")
        self.bars = ProbabilityBars(CLASSES)
        self._evidence_hint = labels.caption(self.tr("Point at the picture or press E to see the evidence."))
        self._evidence_hint.hide()
        self._alike = labels.strong(self.tr("Most alike in training"))
        self.neighbours = ThumbnailWall(self.tr("Most alike among the training pictures"))
        self.neighbours.setFixedHeight(150)
        self.body.addWidget(self.big, 1)
        for part in (
            self.answer, self._file, self.doubt, self.bars, self._evidence_hint, self._alike, self.neighbours,
        ):  # fmt: skip
            self.body.addWidget(part)

    def forget(self, run: Path | None) -> None:
        """Other answers follow, of this run's model."""
        self._run = run
        self._row = {}
        self._explained.clear()

    def show_row(self, row: Mapping[str, Any]) -> None:
        self._row = row
        good = row.get("probability") is not None
        self.big.show_file(Path(self._path))
        code = str(row.get("status", ""))
        self.answer.setText(prediction_of(row).said if good else words.fault_message(code, row))
        self._file.setText(self._path)
        self._file.setToolTip(self._path)
        self.bars.setVisible(good)
        self.bars.show_probabilities(row.get("probabilities") or {})
        self._show_reasons(self._explained.get(self._path) or {})
        if good:
            self._ask_why()

    @property
    def _path(self) -> str:
        return str(self._row.get("path", ""))

    def _ask_why(self) -> None:
        """Ask about the picture that is shown; one question at a time, the latest counts."""
        asked = self._path
        if self._run is None or self._explaining is not None or asked in self._explained or not self.isVisible():
            return
        request = Explain(run=str(self._run), paths=(asked,), neighbours=NEIGHBOURS)
        self._explaining = self._session.start(
            request, lambda value: self._take(asked, value), lambda _: self._take(asked, {})
        )

    def _take(self, asked: str, value: Mapping[str, Any]) -> None:
        self._explaining = None
        self._explained[asked] = next(iter(value.get("rows") or ()), {})
        if asked == self._path:
            self._show_reasons(self._explained[asked])
        elif self._row.get("probability") is not None:
            self._ask_why()

    def _show_reasons(self, why: Mapping[str, Any]) -> None:
        """Evidence, doubt and neighbours; an empty `why` while they are on their way."""
        row = self._row
        if why.get("heat"):
            self.big.show_evidence(why["heat"], why["box"])
        self._evidence_hint.setVisible(bool(why.get("heat")))
        doubt = ""
        if row.get("status") == NOT_SURE:
            doubt = self.tr("Not sure: look yourself.")
        if row.get("status") == UNKNOWN or why.get("unknown"):
            doubt = self.tr("Unknown: unlike all that it learned from. Do not rely on it.")
        self.doubt.setText(doubt)
        self.doubt.setVisible(bool(doubt))
        folder = self._session.folder
        near = (why.get("neighbours") or ()) if folder is not None else ()
        self._alike.setVisible(bool(near))
        self.neighbours.setVisible(bool(near))
        if folder is not None and near:
            self.neighbours.show_tiles([Tile(folder / one["path"], str(one["label"])) for one in near])
