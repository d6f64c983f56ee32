"""The hands on a running training: decay, set the rate, unfreeze, snapshot, stop. Each has a key."""

import math
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui import theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels

WIDTH = 184
SURE_MILLISECONDS = 4000  # so long a second press on "discard" counts as yes


class SteeringHands(QWidget):
    """`steered(action, value)`: what the training is to do, as in `core.events.Steer`."""

    steered = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)  # as wide as its longest words
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_8)
        self._column.addWidget(labels.heading(self.tr("Steer")))
        self.rate = labels.caption()
        self._column.addWidget(self.rate)
        self._make_rate_hands()
        self._make_other_hands()
        self._column.addStretch(1)
        self._explain()

    def _make_rate_hands(self) -> None:
        self.decay = self._button(self.tr("Decay ÷"), "Alt+D", self._decay)
        self.factor = self._field(self.tr("Divide the rate by"), self._decay)
        self._stand(self.factor, "10")
        self.set_rate = self._button(self.tr("Set rate"), "Alt+R", self._set_rate)
        self.new_rate = self._field(self.tr("New learning rate of the head"), self._set_rate)
        for button, value in ((self.decay, self.factor), (self.set_rate, self.new_rate)):
            line = QHBoxLayout()
            line.setSpacing(theme.SPACE_8)
            line.addWidget(button, 1)
            value.setFixedWidth(88)
            line.addWidget(value)
            self._column.addLayout(line)

    def _field(self, name: str, act: Callable[[], object]) -> QLineEdit:
        """A number to type; Enter does what the button beside it does."""
        field = QLineEdit()
        field.setFont(theme.font(tabular=True))
        field.setAccessibleName(name)
        field.returnPressed.connect(act)
        field.editingFinished.connect(lambda: self._put_back(field))
        return field

    def _stand(self, field: QLineEdit, text: str) -> None:
        field.setText(text)
        field.setProperty("stands", text)

    def _put_back(self, field: QLineEdit) -> None:
        """What is no number that could be meant does not stay: the field never stands empty."""
        if _number(field) <= 0:
            field.setText(str(field.property("stands") or ""))
            field.setModified(False)

    def _make_other_hands(self) -> None:
        def tell(action: str) -> Callable[[], None]:
            return lambda: self.steered.emit(action, None)

        self.unfreeze = self._button(self.tr("Unfreeze a stage"), "Alt+U", tell("unfreeze"), "snowflake")
        self.snapshot = self._button(self.tr("Snapshot"), "Alt+S", tell("snapshot"), "plus")
        self.stop = self._button(self.tr("Stop and keep best"), "Alt+K", tell("stop"), "stop")
        self.discard = self._button(self.tr("Stop and discard"), "Alt+X", self._discard, "trash")
        for button in (self.unfreeze, self.snapshot, self.stop, self.discard):
            self._column.addWidget(button)
        self._unsure = QTimer(self)
        self._unsure.setSingleShot(True)
        self._unsure.setInterval(SURE_MILLISECONDS)
        self._unsure.timeout.connect(self._calm_down)

    def _button(self, text: str, keys: str, act: Callable[[], object], icon: str = "") -> QPushButton:
        button = buttons.plain_button(text, icon, keys)
        button.clicked.connect(lambda: act())
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(button.click)
        button.setProperty("keys", keys)
        return button

    # What is shown

    def show_rate(self, rate: float | None) -> None:
        """The head's learning rate as it is now; also what stands ready to be changed."""
        self.rate.setText(self.tr("Learning rate {rate}").format(rate=words.small(rate, 3)) if rate else "")
        if rate and not self.new_rate.hasFocus() and not self.new_rate.isModified():
            self._stand(self.new_rate, words.small(rate))
            self.new_rate.setCursorPosition(0)

    def show_ready(self, why_not: str) -> None:
        """Whether it steps yet; before the first step there is nothing to steer, but it can be stopped."""
        for hand in (self.decay, self.set_rate, self.snapshot):
            if why_not:
                buttons.disable(hand, why_not)
            else:
                buttons.enable(hand, str(hand.property("keys")))
        for field in (self.factor, self.new_rate):
            field.setEnabled(not why_not)

    def show_unfreezing(self, why_not: str) -> None:
        """Whether a stage is left to be unfrozen; `why_not` says why none is."""
        if why_not:
            buttons.disable(self.unfreeze, why_not)
        else:
            buttons.enable(self.unfreeze, str(self.unfreeze.property("keys")))

    # What the user does

    def _decay(self) -> None:
        factor = _number(self.factor)
        if factor > 1:
            self.steered.emit("decay", 1 / factor)
        else:
            _try_again(self.factor)

    def _set_rate(self) -> None:
        rate = _number(self.new_rate)
        if rate > 0:
            self.new_rate.setModified(False)
            self.steered.emit("set_rate", rate)
        else:
            _try_again(self.new_rate)

    def _discard(self) -> None:
        """Asked once, in place: nothing of the run stays."""
        if self._unsure.isActive():
            self._calm_down()
            self.steered.emit("discard", None)
            return
        self.discard.setText(self.tr("Discard? Press again"))
        self._unsure.start()

    def _calm_down(self) -> None:
        self._unsure.stop()
        self.discard.setText(self.tr("Stop and discard"))

    def _explain(self) -> None:
        decay = Why(
            self.tr("Decay"),
            self.tr(
                "Learning goes in steps, and the learning rate is their size. Large steps get near the valley fast "
                "but then leap from side to side; small ones settle at the bottom.\n\n"
                "So: begin large, watch the curve, and where it flattens, press Decay (Alt+D). All later steps are so "
                "many times smaller. The curve marks the place, and the run remembers it, so it can be repeated.\n\n"
                "Too early, and the rest takes for ever."
            ),
            self.tr("See step sizes at work"), "learn",
        )  # fmt: skip
        explain(self.decay, decay)
        explain(self.factor, decay)
        rate = Why(
            self.tr("Set rate"),
            self.tr(
                "Gives the head this learning rate from the next step on (Alt+R); all other layers follow in "
                "proportion, and the schedule goes on from there."
            ),
        )
        explain(self.set_rate, rate)
        explain(self.new_rate, rate)
        explain(
            self.unfreeze,
            Why(
                self.tr("Unfreeze a stage"),
                self.tr(
                    "Lets one more stage of the backbone learn, the next one down (Alt+U). Do it when training and "
                    "validation have both come to rest and the training pictures are still not all right."
                ),
            ),
        )
        explain(
            self.snapshot,
            Why(
                self.tr("Snapshot"),
                self.tr(
                    "Keeps the weights as they are now (Alt+S), beside the best ones. Snapshots of one training can be "
                    "asked together later: several opinions are right more often than one."
                ),
            ),
        )
        explain(
            self.stop,
            Why(
                self.tr("Stop and keep best"),
                self.tr(
                    "Ends the training now (Alt+K). Graft keeps the state that was best on the validation pictures, "
                    "not the last one, so stopping late costs time and nothing else."
                ),
            ),
        )
        explain(
            self.discard,
            Why(
                self.tr("Stop and discard"),
                self.tr(
                    "Ends the training now and throws the run away: its curve, its checkpoints, everything (Alt+X). "
                    "Asked once, since it cannot be undone."
                ),
            ),
        )


def _number(field: QLineEdit) -> float:
    """What was typed, in any notation; 0 where it is no number that could be meant."""
    try:
        number = float(field.text().strip().replace(",", "."))
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _try_again(field: QLineEdit) -> None:
    field.setFocus()
    field.selectAll()
