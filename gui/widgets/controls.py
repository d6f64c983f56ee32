"""The controls of a form, one for each kind of field: all show a value, give a value, and tell of changes."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel, QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QSpinBox,
    QWidget,
)

from gui import theme, words
from gui.vocabulary import SIGNS

if TYPE_CHECKING:
    from core.recipe import FieldRow

NARROWEST = 120
STEPS = 200
SLIDABLE = tuple(SIGNS)  # scales with two natural ends; rates and counts are typed
# Where a field was left open and the user takes it over, this is what stands there first.
BEGINNINGS: dict[str, Any] = {
    "data.image_size": 224,
    "strategy.first_stage": 3,
    "optimizer.learning_rate": 0.001,
    "regularization.weight_decay": 0.0001,
    "training.epochs": 10,
    "training.batch_size": 32,
    "training.threads": os.cpu_count() or 1,
}


class Control(Protocol):
    """`widget` stands in the form; `show` emits nothing; `told` is called with each new value of the user's."""

    told: Callable[[Any], object]

    @property
    def widget(self) -> QWidget: ...
    def show(self, value: Any) -> None: ...
    def value(self) -> Any: ...


def control_for(row: "FieldRow") -> Control:
    if row.kind == "flag":
        return Flag()
    if row.kind == "choice":
        return Choice(row)
    if row.off_below:
        return Counted(row)
    return Slid(row) if row.unit in SLIDABLE else Typed(row)


def beginning(row: "FieldRow") -> Any:
    return BEGINNINGS.get(row.path, row.low if row.low is not None else 0)


def nobody(value: Any) -> None:
    """Until somebody listens."""


class Flag:
    def __init__(self) -> None:
        self.told: Callable[[Any], object] = nobody
        self.widget = self._box = QCheckBox()
        self._box.clicked.connect(lambda checked: self.told(checked))

    def show(self, value: Any) -> None:
        self._box.setChecked(bool(value))

    def value(self) -> Any:
        return self._box.isChecked()


class Choice:
    """A list; where the field may be left open, that is its first line. `tips` say what speaks for each choice."""

    def __init__(self, row: "FieldRow") -> None:
        self.told: Callable[[Any], object] = nobody
        self.tips: Mapping[str, str] = {}
        self.widget = self._box = QComboBox()
        self._box.setMinimumWidth(NARROWEST)  # where there is no room it gives way before its page does
        if row.optional:
            self._box.addItem(words.translate("Controls", "Graft chooses"), None)
        for choice in row.choices:
            self._box.addItem(words.choice_name(row.path, choice), choice)
        self._box.activated.connect(lambda: self.told(self.value()))

    def show(self, value: Any) -> None:
        self._box.setCurrentIndex(max(0, self._box.findData(value)))

    def value(self) -> Any:
        return self._box.currentData()

    def forbid(self, reasons: Mapping[str, str]) -> None:
        """Choices that cannot be taken now are grey, and say why when pointed at."""
        items = self._box.model()
        assert isinstance(items, QStandardItemModel)
        for number in range(self._box.count()):
            why = reasons.get(self._box.itemData(number), "")
            items.item(number).setEnabled(not why)
            items.item(number).setToolTip(why or self.tips.get(self._box.itemData(number), ""))


class Slid:
    """A slider with the number beside it."""

    def __init__(self, row: "FieldRow") -> None:
        self.told: Callable[[Any], object] = nobody
        self._low, self._high = float(row.low or 0), float(row.high or 1)
        self._whole = row.kind == "integer"
        self._scale = 100 if "%" in SIGNS[row.unit] else 1  # what the number shows for one
        steps = round(self._high - self._low) if self._whole else STEPS
        gap = 0.0 if self._whole else (self._high - self._low) / STEPS
        self._low += gap if row.low_open else 0.0
        self._high -= gap if row.high_open else 0.0
        self.widget = QWidget()
        line = QHBoxLayout(self.widget)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.SPACE_8)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, steps)
        self._slider.setMinimumWidth(96)
        self._slider.setMaximumWidth(240)
        self._number: QSpinBox | QDoubleSpinBox
        if self._whole:
            self._number = QSpinBox()
            self._number.setRange(round(self._low), round(self._high))
        else:
            self._number = QDoubleSpinBox()
            self._number.setDecimals(0)
            self._number.setSingleStep(5)
            self._number.setRange(self._low * self._scale, self._high * self._scale)
            self._number.setSuffix(SIGNS[row.unit])
        self._number.setFont(theme.font(tabular=True))
        self._number.setFixedWidth(80)
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.addWidget(self._slider, 1)
        line.addWidget(self._number)
        line.addStretch()
        self._slider.valueChanged.connect(self._slid)
        self._number.valueChanged.connect(self._typed)

    def show(self, value: Any) -> None:
        if value is None:
            return
        for widget in (self._slider, self._number):
            widget.blockSignals(True)
        self._number.setValue(value * self._scale)
        self._slider.setValue(round((value - self._low) / (self._high - self._low) * self._slider.maximum()))
        for widget in (self._slider, self._number):
            widget.blockSignals(False)

    def value(self) -> Any:
        return self._number.value() if self._whole else round(float(self._number.value()) / self._scale, 4)

    def _slid(self, position: int) -> None:
        value = self._low + position / max(1, self._slider.maximum()) * (self._high - self._low)
        self._number.blockSignals(True)
        self._number.setValue(round(value * self._scale))
        self._number.blockSignals(False)
        self.told(self.value())

    def _typed(self, _: object) -> None:
        self.show(self.value())
        self.told(self.value())


class _Count(QSpinBox):
    """Numbers below `off_below` are one step, and called off."""

    def __init__(self, off_below: int) -> None:
        super().__init__()
        self._off_below = off_below
        self._off = words.translate("Controls", "off")

    def textFromValue(self, value: int) -> str:
        return self._off if value < self._off_below else super().textFromValue(value)

    def valueFromText(self, text: str) -> int:
        return self.minimum() if text.strip() == self._off else super().valueFromText(text)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        if self._off.startswith(text.strip()):
            done = text.strip() == self._off
            return (QValidator.State.Acceptable if done else QValidator.State.Intermediate, text, position)
        return super().validate(text, position)

    def stepBy(self, steps: int) -> None:
        if steps > 0 and self.value() < self._off_below:
            self.setValue(self._off_below + steps - 1)
        else:
            super().stepBy(steps)
            if self.value() < self._off_below:
                self.setValue(self.minimum())


class Counted:
    """A small whole number, which may be off."""

    def __init__(self, row: "FieldRow") -> None:
        self.told: Callable[[Any], object] = nobody
        self.widget = self._box = _Count(row.off_below)
        self._box.setRange(round(row.low or 0), round(row.high or 99))
        self._box.setFont(theme.font(tabular=True))
        self._box.setFixedWidth(80)
        self._box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._box.setKeyboardTracking(False)
        self._box.valueChanged.connect(lambda value: self.told(value))

    def show(self, value: Any) -> None:
        self._box.blockSignals(True)
        self._box.setValue(value or 0)
        self._box.blockSignals(False)

    def value(self) -> Any:
        return self._box.value()


class Typed:
    """A line to type into: text, or a number in any notation. What is no number is told as it stands: the recipe
    objects to it."""

    def __init__(self, row: "FieldRow") -> None:
        self.told: Callable[[Any], object] = nobody
        self._kind = row.kind
        self.widget = self._line = QLineEdit()
        if self._kind != "text":
            self._line.setFont(theme.font(tabular=True))
            self._line.setFixedWidth(112)
        self._line.editingFinished.connect(self._finished)
        self._shown = ""

    def show(self, value: Any) -> None:
        if value is not None:
            self._shown = f"{value:g}" if isinstance(value, float) else str(value)
            self._line.setText(self._shown)

    def value(self) -> Any:
        text = self._line.text().strip()
        if self._kind == "text":
            return text
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            return text
        return int(number) if self._kind == "integer" and number.is_integer() else number

    def _finished(self) -> None:
        if self._line.text() != self._shown:
            self._shown = self._line.text()
            self.told(self.value())
