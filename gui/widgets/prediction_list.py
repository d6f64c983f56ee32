"""Answers, one row a picture: thumbnail, label, a bar for how sure, the file's name. Thousands are no burden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui import theme, words
from gui.thumbnail_loader import loader
from gui.widgets import icons, paint
from gui.widgets.probability_bars import draw_bar, probability_text
from gui.widgets.thumbnail_wall import draw_thumbnail

ROW, SIDE, FIGURE = 64, 52, 60
WAVERS = 0.7
"""Below it a figure is marked, whatever the model's own threshold is."""
NOT_SURE, UNKNOWN = "not_sure", "unknown"
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Prediction:
    """`probability` is None where the file could not be read; `problem` then says why. `doubt` is "", NOT_SURE (below
    the model's own threshold) or UNKNOWN (unlike all that it learned from)."""

    path: Path
    label: str
    probability: float | None
    problem: str = ""
    doubt: str = ""

    @property
    def wavers(self) -> bool:
        return self.doubt != "" or (self.probability is not None and self.probability < WAVERS)

    @property
    def said(self) -> str:
        """The answer in words."""
        if self.doubt == UNKNOWN:
            return QCoreApplication.translate("PredictionList", "Unknown: {label}?").format(label=self.label)
        if self.doubt == NOT_SURE:
            return QCoreApplication.translate("PredictionList", "Not sure: {label}?").format(label=self.label)
        return self.label


def prediction_of(row: Mapping[str, Any]) -> Prediction:
    """One of `predict`'s rows."""
    path, status = Path(str(row.get("path", ""))), str(row.get("status", ""))
    if row.get("probability") is None:
        return Prediction(path, "", None, words.fault_message(status, row))
    doubt = status if status in (NOT_SURE, UNKNOWN) else ""
    return Prediction(path, str(row.get("label", "")), float(row["probability"]), doubt=doubt)


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Prediction, ...] = ()

    def show(self, rows: Sequence[Prediction]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(row.path)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if row.probability is None:
                return f"{row.path.name}: {row.problem}"
            return f"{row.path.name}: {row.said}, {probability_text(row.probability)}"
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(240, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(row, Prediction):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(option.rect).adjusted(4, 2, -4, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillPath(paint.rounded(box), theme.colour("soft"))
        place = QRectF(box.left() + 4, box.center().y() - SIDE / 2, SIDE, SIDE)
        draw_thumbnail(painter, place, row.path)
        beside = QRectF(place.right() + 12, box.top() + 8, box.right() - place.right() - 24, box.height() - 16)
        if row.probability is None:
            self._draw_problem(painter, beside, row)
        else:
            self._draw_answer(painter, beside, row, row.probability)
        painter.restore()

    def _draw_answer(self, painter: QPainter, box: QRectF, row: Prediction, probability: float) -> None:
        top = QRectF(box.left(), box.top(), box.width(), 22)
        name = QRectF(box.left(), box.top() + 24, box.width(), 18)
        wide = min(box.width() * 0.3, 240.0)
        bar = QRectF(box.right() - wide - FIGURE, top.center().y() - 4, wide, 8)
        label = QRectF(top.left(), top.top(), bar.left() - top.left() - 8, 22)
        text, quiet = theme.colour("text"), theme.colour("quiet")
        font = theme.font(theme.EMPHASIS, strong=True)
        sure = not row.wavers
        paint.write(
            painter,
            label,
            row.said,
            font=font,
            colour=theme.colour("careful") if row.doubt else text,
            align=paint.LEFT | paint.MIDDLE,
        )
        draw_bar(painter, bar, probability, sure)
        font = theme.font(theme.BODY, strong=sure, tabular=True)
        figure = probability_text(probability) if sure else f"? {probability_text(probability)}"
        paint.write(painter, top, figure, font=font, colour=text, align=paint.RIGHT | paint.MIDDLE)
        paint.write(painter, name, row.path.name, font=theme.font(theme.CAPTION), colour=quiet)

    def _draw_problem(self, painter: QPainter, box: QRectF, row: Prediction) -> None:
        icons.draw(painter, "alert", QRectF(box.left(), box.top() + 2, 16, 16), theme.colour("careful"))
        line = QRectF(box.left() + 22, box.top(), box.width() - 22, 22)
        paint.write(painter, line, row.problem, font=theme.font(theme.BODY), colour=theme.colour("careful"))
        name = QRectF(box.left(), box.top() + 24, box.width(), 18)
        paint.write(painter, name, row.path.name, font=theme.font(theme.CAPTION), colour=theme.colour("quiet"))


class PredictionList(QListView):
    """Emits `chosen(row)` whenever the current row changes."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setAccessibleName(self.tr("Answers"))
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.selectionModel().currentChanged.connect(lambda index, _: self.chosen.emit(index.row()))
        loader().loaded.connect(self._came)
        theme.watcher().changed.connect(self.viewport().update)

    def _came(self, path: str) -> None:
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(320, 4 * ROW)

    def show_predictions(self, rows: Sequence[Prediction]) -> None:
        self._model.show(rows)

    def choose(self, row: int) -> None:
        self.setCurrentIndex(self._model.index(row))

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        return self._model.rows
