"""The curve as a file: numbers as CSV, the drawing as PNG or SVG."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from core.project import atomic
from gui.widgets.curve_data import COLUMNS, CurveData
from gui.words import translate

if TYPE_CHECKING:
    from gui.widgets.curve import Curve

SUFFIXES = (".csv", ".png", ".svg")
SCALE = 2  # of the picture, for print and screens with fine pixels


def ask_where(parent: QWidget) -> Path | None:
    """A name from the user, with an ending that says the kind; None where the question was put away."""
    kinds = translate("CurveFiles", "Table (*.csv);;Picture (*.png);;Drawing (*.svg)")
    place, kind = QFileDialog.getSaveFileName(parent, translate("CurveFiles", "Save the curve"), "curve.csv", kinds)
    if not place:
        return None
    path = Path(place)
    if path.suffix.lower() in SUFFIXES:
        return path
    return path.with_name(path.name + next((suffix for suffix in SUFFIXES if suffix in kind), SUFFIXES[0]))


def save_curve(path: Path, data: CurveData, drawing: "Curve") -> None:
    """Whole or not at all; what kind it is, its ending says. Raises UserError DISK_FULL or CANNOT_WRITE."""
    if path.suffix.lower() == ".csv":
        atomic.write_bytes(path, as_csv(data).encode("utf-8"))
        return
    with atomic.whole(path) as temporary:
        if path.suffix.lower() == ".svg":
            _draw_svg(temporary, drawing)
        else:
            _draw_png(temporary, drawing)


def as_csv(data: CurveData) -> str:
    """One row an epoch, then what the user did there; an empty cell where nothing is known."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*(name.replace("epoch_rates", "learning_rate") for name in COLUMNS), "steered"])
    for row in data.rows():
        acts = [mark for mark in data.marks if row[0] - 1 < data.place(mark) <= row[0]]
        done = "; ".join(mark.action if mark.value is None else f"{mark.action} {mark.value:g}" for mark in acts)
        writer.writerow([f"{row[0]:g}", *("" if value != value else f"{value:.6g}" for value in row[1:]), done])
    return file.getvalue()


def _draw_svg(path: Path, drawing: "Curve") -> None:
    size = drawing.size()
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(drawing.accessibleName())
    generator.setDescription(drawing.accessibleDescription())
    _paint(QPainter(generator), drawing, size)


def _draw_png(path: Path, drawing: "Curve") -> None:
    image = QImage(drawing.size() * SCALE, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(SCALE, SCALE)
    _paint(painter, drawing, drawing.size())
    QImageWriter(str(path), QByteArray(b"png")).write(image)


def _paint(painter: QPainter, drawing: "Curve", size: QSize) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    place = QRectF(0, 0, size.width(), size.height())
    painter.fillRect(place, drawing.view.backgroundBrush())
    drawing.view.render(painter, place)
    painter.end()
