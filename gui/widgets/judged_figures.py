"""The three figures above the tabs of the Evaluate page: right answers, each class counted alike, mistakes."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import theme, words
from gui.judgement import Judgement
from gui.widgets.card import Card
from gui.widgets.figure import Figure
from gui.widgets.judged_classes import between


class JudgedFigures(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.right = Figure(self.tr("Right answers"))
        self.balanced = Figure(self.tr("Each class counted alike"))
        self.wrong = Figure(self.tr("Mistakes"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_16)
        for figure in (self.right, self.balanced, self.wrong):
            card = Card()
            card.body.addWidget(figure)
            card.body.addStretch(1)
            row.addWidget(card, 1)

    def show_judgement(self, judgement: Judgement) -> None:
        judged, count = judgement.judged, judgement.images
        if not judged:
            for figure in (self.right, self.balanced, self.wrong):
                figure.set("–")
            return
        low, high = judged.get("low"), judged.get("high")
        self.right.set(words.accuracy(judged["accuracy"], low, high), self._certain(judged))
        if judged.get("balanced_accuracy") is not None:
            row = judgement.figure("balanced_accuracy") or {}
            value = words.accuracy(judged["balanced_accuracy"], row.get("low"), row.get("high"))
            self.balanced.set(value, self._certain(row) or self.tr("mean over the classes"))
        mistakes = len(judgement.rows("mistakes"))
        self.wrong.set(words.count(mistakes), words.plural(self.tr("of %n picture(s)", "", count), count))

    def _certain(self, row: Mapping[str, Any]) -> str:
        if row.get("low") is None or row.get("high") is None:
            return ""
        return self.tr("95 % certain: {between}").format(between=between(row))
