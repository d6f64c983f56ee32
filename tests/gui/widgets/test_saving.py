"""What is shown can be taken away: numbers as CSV, drawings as PNG and SVG, both through the clipboard."""

import csv

import pytest
import shiboken6
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QVBoxLayout, QWidget

from gui import theme
from gui.widgets.chart import Axes, Chart, Series, ticks
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.saving import SaveButton, as_svg, write_and_tell


@pytest.fixture
def chart(qtbot):
    theme.apply(QApplication.instance(), "light")
    chart = Chart("Said and right", movable=True)
    chart.resize(400, 300)
    points = [(0.2, 0.3), (0.5, 0.4), (0.9, 0.8)]
    chart.show_series(
        Axes("said", "right", diagonal="as right as it says"),
        [Series("model", points, dots=True, ranges=[(0.1, 0.5), (0.3, 0.6), (0.7, 0.9)]), Series("mended", points)],
    )
    yield chart
    if shiboken6.isValid(chart):
        chart.setParent(None)
        chart.deleteLater()


class Page(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []

    def show_banner(self, key: str, kind: str, text: str) -> None:
        self.said.append((kind, text))


def _press(button: SaveButton, text: str) -> None:
    next(action for action in button.menu_of.actions() if text in action.text()).trigger()


@pytest.mark.parametrize("suffix", ["CSV", "PNG", "SVG"])
def test_a_chart_is_saved_and_the_page_says_where(qtbot, tmp_path, chart, suffix):
    page = Page()
    QVBoxLayout(page)
    button = SaveButton("calibration", chart.sheet, lambda: chart)
    page.layout().addWidget(button)
    page.layout().addWidget(chart)
    qtbot.addWidget(page)
    page.show()
    _press(button, suffix)
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    path = tmp_path / f"picture.{suffix.lower()}"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    assert page.said == [("good", f"Saved as {path}")]
    if suffix == "CSV":
        rows = list(csv.reader(path.open()))
        assert rows[0][1:3] == ["said", "right"]
        assert rows[1] == ["model", "0.2", "0.3", "0.1", "0.5"]
    elif suffix == "PNG":
        assert QImage(str(path)).width() == 3 * chart.width()
    else:
        assert QSvgRenderer(str(path)).isValid()
        assert b"<text" in path.read_bytes()  # letters stay letters
        assert b"<image" not in path.read_bytes()


def test_what_cannot_be_written_is_said(qtbot, tmp_path, chart):
    page = Page()
    child = QWidget(page)
    qtbot.addWidget(page)
    (tmp_path / "file").write_text("in the way")
    from gui.widgets.saving import write_png

    write_and_tell(child, tmp_path / "file" / "x.png", lambda path: write_png(chart, path))
    assert page.said[0][0] == "bad"


def test_numbers_and_pictures_go_through_the_clipboard(qtbot, chart):
    table = NumberTable("Classes", [Column("Class", wide=True), Column("Found", number=True)])
    qtbot.addWidget(table)
    table.show_rows([[Cell("ants"), Cell("90 %")]])
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Class\tFound\nants\t90 %"
    button = SaveButton("x", chart.sheet, lambda: chart)
    qtbot.addWidget(button)
    _press(button, "Copy the picture")
    assert QGuiApplication.clipboard().image().width() == 3 * chart.width()
    assert as_svg(chart).count(b"<") > 50


def test_the_mark_follows_the_mouse_and_the_keys(qtbot, chart):
    heard: list[int] = []
    chart.pointed.connect(heard.append)
    chart.show()
    place = chart.place(0.88, 0.8)
    qtbot.mousePress(chart, Qt.MouseButton.LeftButton, pos=QPointF(place).toPoint())
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    qtbot.keyClick(chart, Qt.Key.Key_PageUp)
    qtbot.keyClick(chart, Qt.Key.Key_PageUp)
    assert heard == [2, 1, 0]


def test_ticks_are_round_and_few():
    assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(0.8, 1) == [0.8, 0.85, 0.9, 0.95, 1.0]
    assert all(2 <= len(ticks(low / 100, 1)) <= 6 for low in range(99))
