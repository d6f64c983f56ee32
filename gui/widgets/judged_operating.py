"""The tab Operating point: find more or be right more often, and when to say "not sure"."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from gui import words
from gui.judgement import Judgement
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.chart import Axes, Chart, Series
from gui.widgets.judged_layout import headed_card, row_in
from gui.widgets.saving import SaveButton
from gui.widgets.wrap import WrapRow

Row = Mapping[str, Any]
NEARLY_ALL = 0.95


class OperatingTab(QWidget):
    """`settled(threshold)`: below it answers become "not sure"; None: every answer stands. `drawn(line)`: (class,
    threshold) from which on a picture is called so; None: the likeliest class is the answer."""

    settled = Signal(object)
    drawn = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown = Judgement()
        self._line: Sequence[Row] = ()
        self._coverage: Sequence[Row] = ()
        self._may_settle = False
        self.classes = QComboBox()
        self.classes.setAccessibleName(self.tr("Class"))
        self.classes.activated.connect(lambda _: self._draw_line())
        self.line = Chart(self.tr("Found against right"), movable=True)
        self.line.pointed.connect(self._say_line)
        self.line_said = labels.body()
        self.coverage = Chart(self.tr("Answered against right"), movable=True)
        self.coverage.pointed.connect(self._say_coverage)
        self.coverage_said = labels.body()
        self.find_button = buttons.plain_button(self.tr("Miss few"))
        self.right_button = buttons.plain_button(self.tr("Few false alarms"))
        self.line_stands = labels.caption()
        self.use_button = buttons.plain_button(self.tr("Draw the line here"))
        self.likeliest_button = buttons.plain_button(self.tr("Draw no line"))
        self.apply_button = buttons.plain_button(self.tr("Say “not sure” below this"))
        self.clear_button = buttons.plain_button(self.tr("Always answer"))
        row = row_in(self)
        row.addWidget(self._line_card(), 1)
        row.addWidget(self._coverage_card(), 1)
        self._connect()

    def _line_card(self) -> Card:
        card = Card()
        head = QHBoxLayout()
        head.addWidget(labels.heading(self.tr("Where to draw the line")), 1)
        head.addWidget(self.classes)
        head.addWidget(SaveButton("trade-off", self._line_sheet, lambda: self.line))
        card.body.addLayout(head)
        card.body.addWidget(self.line, 1)
        card.body.addWidget(self.line_said)
        for_a_line = (self.find_button, self.right_button, self.use_button, self.likeliest_button)
        card.body.addLayout(_side_by_side(*for_a_line))
        card.body.addWidget(self.line_stands)
        explain(
            self.line,
            Why(
                self.tr("Find more, or be right more often"),
                self.tr(
                    "To the right: more of the class is found, but more is called so that is not. A clinician would "
                    "rather follow up a false alarm than miss a tumour; a factory would rather let a scratch pass than "
                    "stop the line.\n\nMove the point by mouse or with the arrows. What you choose is kept with the "
                    "model: Evaluate, Predict and exported pages and programs draw the line there."
                ),
            ),
        )
        return card

    def _coverage_card(self) -> Card:
        save = SaveButton("coverage", self._coverage_sheet, lambda: self.coverage)
        card = headed_card(self.tr("When to say “not sure”"), save)
        card.body.addWidget(self.coverage, 1)
        card.body.addWidget(self.coverage_said)
        card.body.addLayout(_side_by_side(self.apply_button, self.clear_button))
        explain(
            self.coverage,
            Why(
                self.tr("Not sure"),
                self.tr(
                    "Let a person look at the pictures of which the model is least sure. To the left it answers fewer "
                    "pictures, and those better.\n\nWhat you choose is kept with the model: Predict marks such "
                    "pictures, and exports take the threshold along."
                ),
            ),
        )
        return card

    def _connect(self) -> None:
        self.find_button.clicked.connect(lambda: self._jump("recall"))
        self.right_button.clicked.connect(lambda: self._jump("precision"))
        self.use_button.clicked.connect(self._use_line)
        self.likeliest_button.clicked.connect(lambda: self.drawn.emit(None))
        self.apply_button.clicked.connect(self._apply)
        self.clear_button.clicked.connect(lambda: self.settled.emit(None))

    def show_judgement(self, judgement: Judgement, may_settle: bool = True) -> None:
        same = self._shown.run == judgement.run
        self._shown, self._may_settle = judgement, may_settle
        standing = self.classes.currentText() if same and self.classes.count() else self._settled_line[0]
        self.classes.clear()
        self.classes.addItems(judgement.names)
        self.classes.setCurrentIndex(max(0, self.classes.findText(standing)))
        self._draw_line()
        self._draw_coverage(may_settle)

    # Where to draw the line

    @property
    def _settled_line(self) -> tuple[str, float | None]:
        """The class for which a line stands, and where; ("", None) where there is none."""
        line = self._shown.settled.get("line") or {}
        return str(line.get("label", "")), line.get("threshold")

    def _draw_line(self) -> None:
        curves = self._shown.judged.get("trade_off") or ()
        number = self.classes.currentIndex()
        self._line = list(curves[number]) if 0 <= number < len(curves) else []
        axes = Axes(self.tr("found (recall)"), self.tr("right (precision)"))
        label, standing = self._settled_line
        here = standing is not None and label == self.classes.currentText()
        mark = _nearest_threshold(self._line, float(standing or 0) if here else 0.5)
        self.line.show_series(axes, [Series("", [(row["recall"], row["precision"]) for row in self._line])], mark)
        for button, tip in (
            (self.find_button, self.tr("Find at least 95 % of the class")),
            (self.right_button, self.tr("Be right at least 95 % of the time when it says so")),
        ):
            _ready(button, bool(self._line), self.tr("There are no pictures of this class among these."), tip)
        reason = self.tr("Only on the run's own validation pictures.")
        _ready(self.use_button, self._may_settle and bool(self._line), reason)
        drawn = self._may_settle and standing is not None
        _ready(self.likeliest_button, drawn, reason if standing is not None else self.tr("It does so already."))
        if standing is None:
            self.line_stands.setText(self.tr("The likeliest class is the answer."))
        else:
            text = self.tr("The answer is {name} from {threshold} on, else the likeliest of the others.")
            self.line_stands.setText(text.format(name=label, threshold=words.percent(float(standing))))
        self._say_line(mark)

    def _say_line(self, mark: int | None) -> None:
        if mark is None or mark >= len(self._line):
            self.line_said.setText("")
            return
        row = self._line[mark]
        text = self.tr(
            "From {threshold} on call it {name}: finds {found} of {all} ({recall}); of {alarms} called so, {false} are "
            "not ({precision} right)."
        )
        self.line_said.setText(
            text.format(
                threshold=words.percent(row["threshold"]),
                name=self.classes.currentText(),
                found=words.count(row["found"]),
                all=words.count(row["found"] + row["missed"]),
                recall=words.percent(row["recall"]),
                alarms=words.count(row["alarms"]),
                false=words.count(row["alarms"] - row["found"]),
                precision=words.percent(row["precision"]),
            )
        )

    def _use_line(self) -> None:
        mark = self.line.mark
        if mark is not None and 0 <= mark < len(self._line):
            self.drawn.emit((self.classes.currentText(), float(self._line[mark]["threshold"])))

    def _jump(self, kind: str) -> None:
        """The point that reaches the share at the least cost in the other figure."""
        other = "precision" if kind == "recall" else "recall"
        good = [number for number, row in enumerate(self._line) if row[kind] >= NEARLY_ALL]
        if good:
            mark = max(good, key=lambda number: self._line[number][other])
        else:
            mark = max(range(len(self._line)), key=lambda number: self._line[number][kind])
        self.line.set_mark(mark)
        self._say_line(mark)

    def _line_sheet(self) -> list[list[object]]:
        return _sheet(self._line, ("threshold", "recall", "precision", "false_alarms", "found", "alarms", "missed"))

    # When to say "not sure"

    def _draw_coverage(self, may_settle: bool) -> None:
        self._coverage = self._shown.rows("coverage")
        low = min((row["low"] for row in self._coverage), default=0.0)
        axes = Axes(
            self.tr("share of pictures that it answers"), self.tr("right answers"),
            y_range=(max(0.0, int(low * 10) / 10), 1.0),
        )  # fmt: skip
        points = [(row["coverage"], row["accuracy"]) for row in self._coverage]
        ranges = [(row["low"], row["high"]) for row in self._coverage]
        threshold = self._shown.settled.get("threshold")
        mark = len(points) - 1 if threshold is None else _nearest_threshold(self._coverage, float(threshold))
        self.coverage.show_series(axes, [Series("", points, ranges=ranges)], mark)
        allowed = may_settle and bool(points)
        reason = self.tr("Only on the run's own validation pictures.")
        _ready(self.apply_button, allowed, reason)
        _ready(self.clear_button, allowed and threshold is not None, self.tr("It always answers already."))
        self._say_coverage(mark)

    def _say_coverage(self, mark: int | None) -> None:
        if mark is None or not 0 <= mark < len(self._coverage):
            self.coverage_said.setText("")
            return
        row = self._coverage[mark]
        if row["coverage"] >= 1:
            text = self.tr("It answers every picture and is right on {accuracy}. Move the point to the left.")
        else:
            text = self.tr(
                "Not sure below {threshold}: it answers {coverage} of the pictures and is right on {accuracy} of "
                "those; {rest} are left to a person."
            )
        self.coverage_said.setText(
            text.format(
                threshold=words.percent(row["threshold"]),
                coverage=words.percent(row["coverage"]),
                accuracy=words.accuracy(row["accuracy"], row["low"], row["high"]),
                rest=words.count(self._shown.images - row["answered"]),
            )
        )

    def _apply(self) -> None:
        mark = self.coverage.mark
        if mark is not None and 0 <= mark < len(self._coverage):
            row = self._coverage[mark]
            self.settled.emit(None if row["coverage"] >= 1 else float(row["threshold"]))

    def _coverage_sheet(self) -> list[list[object]]:
        return _sheet(self._coverage, ("threshold", "coverage", "accuracy", "low", "high", "answered", "mistakes"))


def _nearest_threshold(rows: Sequence[Row], threshold: float) -> int | None:
    if not rows:
        return None
    return min(range(len(rows)), key=lambda number: abs(float(rows[number]["threshold"]) - threshold))


def _sheet(rows: Sequence[Row], keys: Sequence[str]) -> list[list[object]]:
    titles: list[object] = list(keys)
    return [titles, *([row[key] for key in keys] for row in rows)]


def _side_by_side(*parts: QPushButton) -> WrapRow:
    row = WrapRow()
    for part in parts:
        row.addWidget(part)
    return row


def _ready(button: QPushButton, ready: bool, why_not: str, tip: str = "") -> None:
    if ready:
        buttons.enable(button, tip)
    else:
        buttons.disable(button, why_not)
