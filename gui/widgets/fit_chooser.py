"""How oblong pictures become square, shown on the user's own: what is cut away, what is added, what is distorted."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui import theme, words
from gui.thumbnail_loader import loader
from gui.widgets import paint
from gui.widgets import text as labels
from gui.widgets.card import Card

if TYPE_CHECKING:
    from core.project.index import Picture, Shapes

FITS = ("crop", "letterbox", "stretch")
BAR = QColor(128, 128, 128)  # the grey of the bars in what the network sees
HEIGHT, WIDEST, GAP = 72.0, 144.0, 12.0


class FitChooser(QWidget):
    """One card for each way; `chosen(fit)` when the user takes one."""

    chosen = Signal(str)

    def __init__(self, thumbnail_of: "Callable[[Picture], Path]") -> None:
        super().__init__()
        self._shown: Shapes | None = None
        self.cards: dict[str, Card] = {}
        self._said: dict[str, QLabel] = {}
        self._strips: list[_Strip] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        for fit in FITS:
            card = self.cards[fit] = Card(clickable=True)
            card.body.setContentsMargins(12, 8, 12, 12)
            card.body.setSpacing(theme.SPACE_4)
            card.body.addWidget(labels.strong(words.choice_name("data.fit", fit)))
            said = labels.caption()
            self._said[fit] = said
            card.body.addWidget(said)
            strip = _Strip(fit, thumbnail_of)
            self._strips.append(strip)
            card.body.addWidget(strip)
            card.clicked.connect(lambda fit=fit: self.chosen.emit(fit))
            column.addWidget(card)
        column.addStretch(1)

    def show_choice(self, fit: str) -> None:
        for name, card in self.cards.items():
            card.set_selected(name == fit)
            title = words.choice_name("data.fit", name)
            card.setAccessibleName(self.tr("{choice}, chosen").format(choice=title) if name == fit else title)

    def show_shapes(self, facts: "Shapes | None") -> None:
        if facts is None or facts is self._shown:
            return
        self._shown = facts
        texts = {
            "crop": self.tr("Cuts away {mean} of a picture on average, {most} of the most oblong: the hatched parts "
                            "are never seen. Right where the object stands in the middle."),
            "letterbox": self.tr("Nothing is lost, but the picture becomes smaller: {mean} of the square is grey on "
                                 "average. Right for writing, and wherever the edge matters."),
            "stretch": self.tr("Nothing is lost and nothing added, but shapes are distorted, up to {times} times. "
                               "Right where texture matters more than shape."),
        }  # fmt: skip
        values = {"mean": words.percent(facts.mean_lost), "most": words.percent(facts.most_lost),
                  "times": f"{facts.longest:.1f}"}  # fmt: skip
        for fit, said in self._said.items():
            said.setText(texts[fit].format(**values))
            self.cards[fit].setAccessibleDescription(texts[fit].format(**values))
        for strip in self._strips:
            strip.show_pictures(facts.telling)


class _Strip(QWidget):
    """A row of pictures as one way makes them."""

    def __init__(self, fit: str, thumbnail_of: "Callable[[Picture], Path]") -> None:
        super().__init__()
        self._fit, self._thumbnail_of = fit, thumbnail_of
        self._pictures: Sequence[Picture] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(round(HEIGHT))
        loader().loaded.connect(self._repaint)

    def _repaint(self, *_: object) -> None:
        """A method of its own: Qt forgets it together with the widget, which it cannot do with a lambda."""
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, round(HEIGHT))

    def show_pictures(self, pictures: "Sequence[Picture]") -> None:
        self._pictures = pictures
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        x = 0.0
        for picture in self._pictures:
            place = QRectF(x, 0, self._width_of(picture), HEIGHT)
            if place.right() > self.width():
                break
            pixmap = loader().pixmap(self._thumbnail_of(picture))
            if pixmap is not None:
                _draw(painter, place, pixmap, self._fit)
            x = place.right() + GAP
        painter.end()

    def _width_of(self, picture: "Picture") -> float:
        """What is cut off is drawn whole; the other ways give squares."""
        return min(WIDEST, HEIGHT * picture.width / picture.height) if self._fit == "crop" else HEIGHT


def _draw(painter: QPainter, place: QRectF, pixmap: QPixmap, fit: str) -> None:
    """The picture in its place, with what is cut hatched (crop), bars (letterbox) or distortion (stretch)."""
    if fit == "stretch":
        painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
        return
    size = pixmap.deviceIndependentSize().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    whole = QRectF(0, 0, size.width(), size.height())
    whole.moveCenter(place.center())
    if fit == "letterbox":
        painter.fillRect(place, BAR)
    painter.drawPixmap(whole, pixmap, QRectF(pixmap.rect()))
    if fit == "crop":
        _shade_lost(painter, whole)


def _shade_lost(painter: QPainter, whole: QRectF) -> None:
    side = min(whole.width(), whole.height())
    kept = QRectF(0, 0, side, side)
    kept.moveCenter(whole.center())
    lost, inner = QPainterPath(), QPainterPath()
    lost.addRect(whole)
    inner.addRect(kept)
    lost = lost.subtracted(inner)
    painter.fillPath(lost, QColor(20, 20, 20, 150))
    paint.hatch(painter, lost, QColor(255, 255, 255, 150))
    painter.setPen(QPen(theme.colour("accent"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(kept.adjusted(1, 1, -1, -1))
