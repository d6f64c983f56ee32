"""Groups of pictures that are the same or nearly so: one group a row, what must be settled first."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme, words
from gui.widgets import icons

if TYPE_CHECKING:
    from core.project.index import TwinGroup

ROW = 52
Place = QModelIndex | QPersistentModelIndex


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.groups: Sequence[TwinGroup] = ()

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.groups)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        group = self.groups[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return group
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return "\n".join(group_words(group))
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(160, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        group: TwinGroup = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect).adjusted(0, 1, 0, -1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("soft" if chosen else "hover"))
            painter.drawRoundedRect(rect, 6, 6)
        several = len(group.labels) > 1
        if several:
            role = "bad" if group.conflict else "careful"
            icons.draw(painter, "alert", QRectF(rect.x() + 8, rect.y() + 8, 16, 16), theme.colour(role))
        head, detail = group_words(group)
        left = rect.x() + (30 if several else 10)
        for number, (text, strong, colour) in enumerate(((head, True, "text"), (detail, False, "quiet"))):
            painter.setFont(theme.font(theme.CAPTION if number else theme.BODY, strong))
            painter.setPen(theme.colour(colour))
            place = QRectF(left, rect.y() + 5 + 20 * number, rect.right() - left - 8, 20)
            fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(place.width()))
            painter.drawText(place, Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignVCenter, fitted)
        painter.restore()


class TwinList(QListView):
    """`chosen(group)`, or None. Keys ask: N not the same, K keep the first, 1 to 9 all of a class, Delete all out."""

    chosen = Signal(object)
    apart_asked = Signal()
    keep_asked = Signal()
    class_asked = Signal(int)
    exclude_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._model = _Model()
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Twins"))
        self.selectionModel().currentChanged.connect(self._moved)
        theme.watcher().changed.connect(self._repaint)

    def _repaint(self, *_: object) -> None:
        """A method of its own: Qt forgets it together with the view, which it cannot do with a lambda."""
        self.viewport().update()

    def show_groups(self, groups: "Sequence[TwinGroup]") -> None:
        """The group in the place of the one chosen is chosen next: what is settled leaves the list."""
        if groups == self._model.groups:
            return
        row = max(0, self.currentIndex().row())
        self._model.beginResetModel()
        self._model.groups = groups
        self._model.endResetModel()
        if groups:
            self.setCurrentIndex(self._model.index(min(row, len(groups) - 1)))
        else:
            self.chosen.emit(None)

    @property
    def groups(self) -> "Sequence[TwinGroup]":
        return self._model.groups

    @property
    def current(self) -> "TwinGroup | None":
        row = self.currentIndex().row()
        return self._model.groups[row] if 0 <= row < len(self._model.groups) else None

    def choose(self, match: "Callable[[TwinGroup], bool]") -> None:
        """The first group that matches."""
        row = next((number for number, group in enumerate(self._model.groups) if match(group)), None)
        if row is not None:
            self.setCurrentIndex(self._model.index(row))

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_N:
            self.apart_asked.emit()
        elif key == Qt.Key.Key_K:
            self.keep_asked.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.exclude_asked.emit()
        elif not event.modifiers() & Qt.KeyboardModifier.ControlModifier and Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self.class_asked.emit(key - Qt.Key.Key_0)
        else:
            super().keyPressEvent(event)

    def _moved(self, now: QModelIndex, before: QModelIndex) -> None:
        self.chosen.emit(self.current)


def group_words(group: "TwinGroup") -> tuple[str, str]:
    """How many of what kind, and their classes."""
    text = "%n time(s) the same file" if group.kind == "same" else "%n picture(s) alike"
    head = words.translate("TwinList", text, "", group.pictures)
    names = ", ".join(group.labels)
    if group.conflict:
        return head, words.translate("TwinList", "to settle: {classes}").format(classes=names)
    return head, words.translate("TwinList", "in two classes: {classes}").format(classes=names) if len(
        group.labels
    ) > 1 else names
