"""What stands in a cell of the grid: its name, its strategy, and whether it is advised or chosen."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from gui import theme
from gui.widgets import paint

LINE, TAGS = 20.0, 24.0  # the height of a line, and of the row of tags with its distance


@dataclass(frozen=True, slots=True)
class Tag:
    """A small filled label; `fill` and `ink` are roles of the theme."""

    text: str
    fill: str
    ink: str


@dataclass(frozen=True, slots=True)
class CellWords:
    """`name` strong, `strategy` below it; tags towards the middle of the grid. Flush right with `right`."""

    name: str
    strategy: str
    tags: tuple[Tag, ...]
    right: bool

    @property
    def width(self) -> float:
        tag_font = theme.font(theme.CAPTION, strong=True)
        tags = sum(paint.text_width(tag.text, tag_font) + 2 * theme.SPACE_8 + 4 for tag in self.tags)
        name = paint.text_width(self.name, theme.font(theme.BODY, strong=True))
        return max(name, paint.text_width(self.strategy, theme.font(theme.CAPTION)), tags) + 2

    @property
    def height(self) -> float:
        return 2 * LINE + (TAGS if self.tags else 0.0)

    def draw(self, painter: QPainter, box: QRectF, tags_first: bool) -> None:
        top = box.top() + (TAGS if tags_first and self.tags else 0.0)
        align = (paint.RIGHT if self.right else paint.LEFT) | paint.MIDDLE
        strong, quiet = theme.font(theme.BODY, strong=True), theme.font(theme.CAPTION)
        line = QRectF(box.left(), top, box.width(), LINE)
        paint.write(painter, line, self.name, font=strong, colour=theme.colour("text"), align=align)
        line.translate(0, LINE)
        paint.write(painter, line, self.strategy, font=quiet, colour=theme.colour("quiet"), align=align)
        self._draw_tags(painter, box, box.top() - 2 if tags_first else line.bottom() + 4)

    def _draw_tags(self, painter: QPainter, box: QRectF, top: float) -> None:
        corner = QPointF(box.right() if self.right else box.left(), top)
        for tag in self.tags:
            pill = paint.pill(painter, self.right, corner, tag.text, theme.colour(tag.fill), theme.colour(tag.ink))
            corner += QPointF(-(pill.width() + 4) if self.right else pill.width() + 4, 0)
