"""Learn: the lecture's landscapes. Pick one, choose optimisers, watch them run downhill; read why."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout

from gui import theme
from gui.landscapes import OPTIMISERS, SURFACES, Surface, Walker, best_rate
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.landscape import Landscape, marker
from gui.widgets.page import Page

if TYPE_CHECKING:
    from gui.session import Session

STEPS, TURN = 120, 40  # steps of one walk; milliseconds between two
FIRST = ("sgd", "momentum", "adam")


class LearnPage(Page):
    name: ClassVar[str] = "learn"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Learn"))
        self._rates: dict[tuple[str, str], float] = {}
        self._walkers: dict[str, Walker] = {}
        self.landscape = Landscape()
        self.surface = QComboBox()
        self.surface.setAccessibleName(self.tr("Landscape"))
        for shape in SURFACES:
            self.surface.addItem(self._titles()[shape.key], shape.key)
        self.surface.activated.connect(lambda: self._begin())
        self.boxes: dict[str, QCheckBox] = {}
        self._losses: dict[str, QLabel] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(TURN)
        self._timer.timeout.connect(self._step)
        self._lay_out_body()
        theme.watcher().changed.connect(self._draw_markers)
        self._begin()

    def _titles(self) -> dict[str, str]:
        return {
            "valley": self.tr("A narrow valley"),
            "dent": self.tr("A dent on the way"),
            "saddle": self.tr("A saddle"),
            "noise": self.tr("Noisy slopes"),
            "tilted": self.tr("A tilted valley"),
        }

    def _stories(self) -> dict[str, str]:
        return {
            "valley": self.tr(
                "Steep across, nearly flat along. Plain SGD must take small steps, or it leaps from wall to wall; then "
                "it crawls along the bottom. Momentum gathers speed along the valley while its swings across cancel "
                "out. AdaGrad, RMSProp and Adam take small steps where it is steep and large ones where it is flat."
            ),
            "dent": self.tr(
                "A small hollow lies before the deep one. At its bottom the slope is zero, so whoever stops there "
                "stays. Momentum may roll through. AdaGrad's steps only ever shrink, so it may end in the dent."
            ),
            "saddle": self.tr(
                "Down one way, up the other, and flat in the middle. With millions of weights, flat places like this "
                "are far commoner than true hollows. Plain SGD comes nearly to rest; those that scale their steps "
                "leave at once."
            ),
            "noise": self.tr(
                "Slopes are measured on a few pictures at a time, so each step is a little wrong. Large steps never "
                "settle; that is what lowering the rate later on is for. Averages over many steps (momentum, Adam) "
                "smooth the way."
            ),
            "tilted": self.tr(
                "The same narrow valley, turned. AdaGrad, RMSProp and Adam scale each weight by itself: they can "
                "stretch the landscape, but not turn it. So here their advantage is gone, and momentum does as well."
            ),
        }

    def _names(self) -> dict[str, str]:
        return {
            "sgd": self.tr("SGD, plain"),
            "momentum": self.tr("Momentum"),
            "nesterov": self.tr("Nesterov"),
            "adagrad": self.tr("AdaGrad"),
            "rmsprop": self.tr("RMSProp"),
            "adam": self.tr("Adam"),
        }

    def _optimiser_stories(self) -> dict[str, str]:
        return {
            "sgd": self.tr("Each step goes straight down the slope, as far as the learning rate says. Nothing more."),
            "momentum": self.tr(
                "A ball that rolls: nine tenths of the last speed are kept, and the slope is added. Speed starts at "
                "zero."
            ),
            "nesterov": self.tr(
                "Momentum that looks ahead: it measures the slope where its speed will carry it, and so corrects "
                "itself a little earlier."
            ),
            "adagrad": self.tr(
                "Divides each weight's step by the root of the sum of all its slopes so far, squared. Fair to flat "
                "directions; but the sum only grows, so the steps only shrink."
            ),
            "rmsprop": self.tr("AdaGrad that forgets: an average that fades, instead of a sum that grows."),
            "adam": self.tr(
                "Momentum and RMSProp in one, both corrected for having started at zero. A good first choice."
            ),
        }

    def _lay_out_body(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        drawn = Card()
        drawn.body.addWidget(self.landscape, 1)
        row.addWidget(drawn, 3)
        side = Card()
        side.setFixedWidth(264)
        side.body.addWidget(labels.heading(self.tr("Landscape")))
        side.body.addWidget(self.surface)
        self.story = labels.quiet()
        side.body.addWidget(self.story)
        side.body.addWidget(labels.heading(self.tr("Optimisers")))
        for number, (key, name) in enumerate(self._names().items()):
            self._add_optimiser(side.body, number, key, name)
        self.note = labels.caption(
            self.tr("Each runs at the rate that suits it best on this landscape, found by trying ten.")
        )
        side.body.addWidget(self.note)
        side.body.addStretch(1)
        column = QVBoxLayout()
        column.addWidget(side)
        row.addLayout(column)
        self.body.addLayout(row, 1)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setAccessibleName(self.tr("Step"))
        self.slider.valueChanged.connect(self._go_to_step)
        self.again = buttons.icon_button("redo", self.tr("From the start"))
        self.again.clicked.connect(lambda: self._begin())
        self.count = labels.one_line(labels.label("", tabular=True, role="quiet"))
        self.count.setMinimumWidth(96)
        bar = QHBoxLayout()
        bar.setSpacing(theme.SPACE_8)
        bar.addWidget(self.again)
        bar.addWidget(self.slider, 1)
        bar.addWidget(self.count)
        drawn.body.addLayout(bar)
        self._draw_markers()

    def _add_optimiser(self, column: QVBoxLayout, number: int, key: str, name: str) -> None:
        row = QHBoxLayout()
        box = self.boxes[key] = QCheckBox(name)
        box.setChecked(key in FIRST)
        box.toggled.connect(lambda: self._show())
        explain(box, Why(name, self._optimiser_stories()[key]))
        loss = self._losses[key] = labels.one_line(labels.label("", tabular=True, role="quiet"))
        row.addWidget(box, 1)
        row.addWidget(loss)
        column.addLayout(row)

    def _draw_markers(self) -> None:
        for number, box in enumerate(self.boxes.values()):
            pixmap = QPixmap(40, 40)
            pixmap.setDevicePixelRatio(2)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            marker(painter, number, QPointF(10, 10))
            painter.end()
            box.setIcon(QIcon(pixmap))

    def default_why(self) -> Why:
        return Why(
            self.tr("Learning is walking downhill in fog"),
            self.tr(
                "Every set of weights has a loss: how wrong the network is. Think of it as height above a landscape. "
                "Learning looks for a low place, but sees only the slope under its feet.\n\n"
                "Real landscapes have millions of directions; here are two, so that one can look on. The bluer, the "
                "lower; all start in the same place.\n\n"
                "To be fair, each optimiser runs at its own best learning rate. At one common rate some would always "
                "look bad."
            ),
            self.tr("Choose one for training"), "train",
        )  # fmt: skip

    # Drawing

    def refresh(self) -> None:
        self.set_status(self.tr("How optimisers find their way, and where they get stuck."))
        running = self._timer.isActive()
        self.set_primary(self.tr("Pause") if running else self.tr("Run"))

    @property
    def shape(self) -> Surface:
        key = self.surface.currentData()
        return next(shape for shape in SURFACES if shape.key == key)

    def _begin(self) -> None:
        """All back to the start of the chosen landscape; their rates are found one a turn, then they set off."""
        shape = self.shape
        self.landscape.show_surface(shape)
        self.story.setText(self._stories()[shape.key])
        explain(self.surface, Why(self._titles()[shape.key], self._stories()[shape.key]))
        self._walkers = {}
        self.slider.blockSignals(True)
        self.slider.setValue(0)
        self.slider.blockSignals(False)
        self._show()
        self._timer.start()
        self.refresh()

    def _rate(self, key: str) -> float:
        shape = self.shape
        if (shape.key, key) not in self._rates:
            self._rates[shape.key, key] = best_rate(shape, key, STEPS)
        return self._rates[shape.key, key]

    def _step(self) -> None:
        """One turn of the clock: make ready the next walker, or let all take a step."""
        missing = next((key for key in OPTIMISERS if key not in self._walkers), None)
        if missing is not None:
            walker = Walker(self.shape, missing, self._rate(missing), seed=1)
            for _ in range(STEPS):
                walker.step()
            self._walkers[missing] = walker
            return
        if not self.isVisible():
            return
        if self.slider.value() >= STEPS:
            self._timer.stop()
            self.refresh()
        else:
            self.slider.setValue(self.slider.value() + 1)

    def _go_to_step(self, step: int) -> None:
        self._show()

    def _show(self) -> None:
        step = self.slider.value()
        self.count.setText(self.tr("step {step} of {steps}").format(step=step, steps=STEPS))
        shown = []
        for number, (key, box) in enumerate(self.boxes.items()):
            walker = self._walkers.get(key)
            if walker is None:
                self._losses[key].setText("")
                continue
            part = walker.until(step)
            self._losses[key].setText(self.tr("loss {loss}").format(loss=f"{part.loss:.2f}") if box.isChecked() else "")
            self._losses[key].setToolTip(self.tr("Its learning rate is {rate}").format(rate=f"{walker.rate:.2g}"))
            if box.isChecked():
                shown.append((number, self._names()[key], part))
        self.landscape.show_walkers(shown)

    # What the user does

    def primary_action(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
        elif self.slider.value() >= STEPS:
            self._begin()
        else:
            self._timer.start()
        self.refresh()
