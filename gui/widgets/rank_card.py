"""The backbones that are here, compared on the user's own pictures without training any."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from gui import facts, steps, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.rank_plot import Ranked, RankPlot, front

if TYPE_CHECKING:
    from gui.session import Session


class RankCard(Card):
    """`chosen(name)` when one of the compared backbones is pressed."""

    chosen = Signal(str)

    def __init__(self, session: "Session") -> None:
        super().__init__(words.translate("RankCard", "On your own pictures"))
        self._session = session
        self.plot = RankPlot()
        self.plot.chosen.connect(self.chosen)
        self.go = buttons.plain_button(self.tr("Compare those that are here"))
        self.go.clicked.connect(self._compare)
        self.said = labels.quiet()
        self.body.addWidget(self.said)
        self.body.addWidget(self.plot)
        self.table = NumberTable(self.tr("Backbones compared"), [
            Column(self.tr("Backbone"), wide=True), Column(self.tr("Accuracy"), number=True),
            Column(self.tr("LogME"), number=True), Column(self.tr("ms a picture"), number=True),
        ])  # fmt: skip
        self.table.opened.connect(lambda row: self.chosen.emit(self._names[row]))
        self._names: list[str] = []
        self.body.addWidget(self.table)
        self.body.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        explain(
            self,
            Why(
                self.tr("Comparing backbones"),
                self.tr(
                    "Each backbone that is here looks at up to 1,000 of your pictures once, and a small classifier on "
                    "its features is checked by cross-validation. That takes seconds to minutes and trains none of "
                    "them.\n\nUp is more often right, left is quicker. On the dashed line stand those that no other "
                    "one beats in both (◆ in the table). The bars show how far luck may carry the figure: where they "
                    "overlap, take the quicker one.\n\nLogME says how well the features explain the classes (log "
                    "evidence for a picture, higher is better), without fitting anything."
                ),
            ),
        )

    def draw(self) -> None:
        """Show what is known, and whether it can be asked for."""
        result = self._session.result("rank")
        titles = {row["name"]: row["title"] for row in _rows(self._session)}
        ranked = [
            Ranked(
                row["name"], str(titles.get(row["name"], row["name"])), row["probe_accuracy"], row["low"], row["high"],
                row["milliseconds_per_picture"],
            )
            for row in (result or {}).get("backbones", ())
        ]  # fmt: skip
        standing = facts.backbone(self._session)
        self.plot.show_rows(ranked, str(standing["name"]) if standing else "")
        self.plot.setVisible(bool(ranked))
        self._fill_table(ranked, {row["name"]: row["logme"] for row in (result or {}).get("backbones", ())})
        failed = self._session.failure("rank")
        if failed is not None:
            self.said.setText(words.fault_message(failed.code, failed.params))
        elif ranked:
            self.said.setText(self.tr("Press a point, or Enter in the table, to choose a backbone."))
        else:
            self.said.setText(self.tr("Which one suits your pictures best? Let them show it, without any training."))
        self._offer()

    def _fill_table(self, ranked: list[Ranked], evidence: dict[str, float]) -> None:
        """Best first; those on the front stand out, in weight as well as by a mark."""
        best = {row.name for row in front(ranked)} if ranked else set()
        self._names = [row.name for row in ranked]
        self.table.setVisible(bool(ranked))
        self.table.show_rows([
            [
                Cell(f"◆ {row.title}" if row.name in best else row.title, strong=row.name in best,
                     tip=self.tr("No other one beats it in both.") if row.name in best else ""),
                Cell(words.accuracy(row.accuracy, row.low, row.high)),
                Cell(f"{evidence[row.name]:.3f}"),
                Cell(f"{row.milliseconds:.1f}"),
            ]
            for row in ranked
        ])  # fmt: skip

    def _offer(self) -> None:
        here = sum(1 for row in _rows(self._session) if row["local"])
        block = steps.data_block(facts.situation(self._session))
        if self._session.running("rank") is not None:
            buttons.disable(self.go, self.tr("They are being compared."))
        elif block:
            buttons.disable(self.go, block)
        elif here < 2:
            buttons.disable(self.go, self.tr("There must be at least two on this machine."))
        else:
            buttons.enable(self.go)

    def _compare(self) -> None:
        from core.requests import Rank

        project = self._session.project
        if project is not None:
            self._session.start(Rank(project=str(project.folder), recipe=self._session.recipe))


def _rows(session: "Session") -> list[dict[str, object]]:
    return list((session.result("list_backbones") or {}).get("backbones", ()))
