"""How a class is painted in the list: its number key, name and count, and a bar that compares it with the largest."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui import theme, words
from gui.widgets import icons
from gui.widgets.class_model import Place, Row

HEIGHT = 44


class ClassCell(QStyledItemDelegate):
    largest = 1

    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(120, HEIGHT)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Place) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(words.translate("ClassList", "New name of the class"))
        return editor

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        row: Row = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect).adjusted(0, 1, 0, -1)
        state: QStyle.StateFlag = option.state
        is_class = row.kind == "class"
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.colour("soft" if chosen else "hover"))
            painter.drawRoundedRect(rect, 6, 6)
        top = QRectF(rect.x() + 8, rect.y() + 4 if is_class else rect.center().y() - 10, rect.width() - 16, 20)
        single = Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(theme.BODY, tabular=True))
        painter.setPen(theme.colour("quiet"))
        count = words.count(row.count)
        painter.drawText(top, single | Qt.AlignmentFlag.AlignRight, count)
        room = top.width() - painter.fontMetrics().horizontalAdvance(count) - 8
        left = top.x()
        if row.number:
            painter.setFont(theme.font(theme.CAPTION, tabular=True))
            painter.drawText(QRectF(left, top.y(), 14, 20), single, str(row.number))
        elif row.kind in ("unlabelled", "excluded"):
            icon = "info" if row.kind == "unlabelled" else "close"
            icons.draw(painter, icon, QRectF(left - 2, top.y() + 3, 14, 14), theme.colour("quiet"))
        if row.kind != "all":
            left, room = left + 16, room - 16
        painter.setFont(theme.font(theme.BODY, strong=chosen))
        painter.setPen(theme.colour("text" if row.kind in ("all", "class") else "quiet"))
        name = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideMiddle, round(room))
        painter.drawText(QRectF(left, top.y(), room, 20), single, name)
        if is_class:
            self._paint_bar(painter, row, QRectF(left, rect.bottom() - 11, rect.right() - 8 - left, 4))
        painter.restore()

    def _paint_bar(self, painter: QPainter, row: Row, track: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(track, 2, 2)
        painter.setBrush(theme.class_colour(row.colour))
        track.setWidth(max(4.0, track.width() * row.count / max(1, self.largest)))
        painter.drawRoundedRect(track, 2, 2)
