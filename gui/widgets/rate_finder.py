"""Finding a learning rate: the button, the curve while it is measured, and the rate that is picked on it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.events import Batch
from gui import facts, rules, steps, theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.rate_plot import RatePlot
from gui.widgets.scrolling import bring_into_view

if TYPE_CHECKING:
    from core.events import Event, Failed
    from gui.job_board import Job
    from gui.session import Session

TRIED = (1e-6, 10.0)  # rates, from the first to the last: see `core.training.rate_finder`


class RateFinder(QWidget):
    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._job: Job | None = None
        self.plot = RatePlot()
        self.plot.hide()
        self.plot.picked.connect(self._picked)
        self.plot.taken.connect(self._take)
        self.said = labels.body()
        self.look = buttons.plain_button(self.tr("Find a learning rate"), "search")
        self.look.clicked.connect(self._look)
        self.take = buttons.plain_button("", "check")
        self.take.clicked.connect(lambda: self._take(self.plot.rate))
        self.take.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self.said)
        column.addWidget(self.plot)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.look)
        row.addWidget(self.take)
        row.addStretch(1)
        column.addLayout(row)
        why = Why(
            self.tr("Find a learning rate"),
            self.tr(
                "The rate is the first thing to get right. For a few steps each, ever larger rates are tried on a copy "
                "of the network that is then thrown away: yours is not touched.\n\n"
                "Too small, and the loss hardly moves; too large, and it jumps up. Good is where it falls, well before "
                "it rises: a tenth of the rate where it was lowest is suggested. Click into the curve, or use the "
                "arrow keys, to pick another one."
            ),
            self.tr("See step sizes at work"), "learn",
        )  # fmt: skip
        for part in (self.look, self.plot, self.take):
            explain(part, why)
        session.received.connect(self._hear)
        for signal in (session.jobs_changed, session.recipe_changed, session.states_changed):
            signal.connect(self.refresh)
        session.project_changed.connect(self._put_away)
        self._put_away()
        self.refresh()

    def refresh(self, *_: object) -> None:
        """The button, or why it cannot be pressed."""
        if self._job is not None and self._job.cancelling and self._job not in self._session.jobs:
            self._put_away()
        block = self._block()
        if self._job is not None:
            buttons.disable(self.look, self.tr("It is looking."))
        elif block:
            buttons.disable(self.look, block)
        else:
            buttons.enable(self.look)

    def _block(self) -> str:
        reason = rules.reason(self._session, "optimizer.learning_rate")
        if reason:
            return self.tr("Not now: {reason}.").format(reason=reason)
        if self._session.running("train", "race") is not None:
            return self.tr("A training is running.")
        return steps.train_block(facts.situation(self._session))

    def _put_away(self) -> None:
        """As if nothing had been looked for."""
        self._job = None
        self.plot.hide()
        self.take.hide()
        self.said.setText(self.tr("Tries ever larger rates for a few seconds and shows where the loss falls fastest."))

    def _look(self) -> None:
        self._job = self._session.find_rate(self._found, self._failed)
        if self._job is None:
            return
        self.plot.begin(*TRIED)
        self.plot.show()
        if self.window().focusWidget() is self.look:
            self.plot.setFocus()  # the button is about to be disabled
        bring_into_view(self, self.said)
        self.take.hide()
        self.said.setText(self.tr("Looking: the curve grows with each rate that is tried."))
        self.refresh()

    def _hear(self, event: "Event") -> None:
        if self._job is not None and event.job == self._job.id and isinstance(event, Batch):
            self.plot.add(max(event.learning_rates.values(), default=0.0), event.loss)

    def _found(self, value: Mapping[str, Any]) -> None:
        self._job = None
        points = [(float(point["rate"]), float(point["loss"])) for point in value.get("points") or ()]
        suggested = value.get("suggested")
        self.plot.show_points(points, float(suggested) if suggested else None)
        self.plot.setVisible(bool(points))
        if suggested:
            self.said.setText(self.tr("Suggested is a tenth of the rate where the loss was lowest: there it falls, and "
                                      "safely. Click, or press left and right, to pick another."))  # fmt: skip
        else:
            self.said.setText(self.tr("No rate brought the loss down: look at the labels, or let other stages learn."))
        self.refresh()

    def _failed(self, event: "Failed") -> None:
        self._job = None
        self.plot.hide()
        self.said.setText(
            f"{words.fault_message(event.code, event.params)} {words.fault_hint(event.code, event.params)}"
        )
        self.refresh()

    def _picked(self, rate: float) -> None:
        self.take.setText(self.tr("Use {rate}").format(rate=words.small(rate)))
        self.take.show()

    def _take(self, rate: float | None) -> None:
        if rate is not None:
            self._session.set_value("optimizer.learning_rate", float(words.small(rate)))
            text = self.tr("The next training begins with a rate of {rate}.")
            self.said.setText(text.format(rate=words.small(rate)))
