"""Bars, lists, tables, walls: what they say and how they answer to keys."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from gui import theme
from gui.widgets import paint
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.prediction_list import Prediction, PredictionList
from gui.widgets.probability_bars import ProbabilityBars, probability_text
from gui.widgets.thumbnail_wall import ARROW, ThumbnailWall, Tile, fitted


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (0.001, "< 1 %"), (0.4649, "46 %"), (0.999, "> 99 %"), (1, "100 %")],
)
def test_what_is_not_certain_is_never_called_so(share, text):
    assert probability_text(share).replace("\u00a0", " ") == text


def test_bars_put_the_likeliest_first_and_sum_up_the_rest(qtbot):
    bars = ProbabilityBars(most=2)
    qtbot.addWidget(bars)
    bars.show_probabilities({"a": 0.1, "b": 0.6, "c": 0.2, "d": 0.1})
    said = bars.accessibleDescription().replace("\u00a0", " ")
    assert said == "b 60 %, c 20 %, 2 others 20 %"
    bars.grab()


def test_a_table_aligns_numbers_to_the_right_and_keeps_its_row(qtbot):
    table = NumberTable("Runs", [Column("Name", wide=True), Column("Count", number=True)], most=2)
    qtbot.addWidget(table)
    table.show_rows([[Cell("a"), Cell("1")], [Cell("b"), Cell("22")], [Cell("c"), Cell("3", strong=True)]])
    assert table.item(0, 1).textAlignment() & Qt.AlignmentFlag.AlignRight
    table.setCurrentCell(1, 0)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [1]
    table.show_rows([[Cell("a"), Cell("1")], [Cell("b"), Cell("2")]])
    assert table.currentRow() == 1


def test_thousands_of_answers_are_no_burden(qtbot):
    answers = PredictionList()
    qtbot.addWidget(answers)
    answers.resize(400, 300)
    rows = [Prediction(Path(f"/x/{n}.jpg"), "ants", 0.9) for n in range(5000)]
    rows[1] = Prediction(Path("/x/broken.jpg"), "", None, "The file is cut short.")
    answers.show_predictions(rows)
    answers.show()
    answers.grab()
    with qtbot.waitSignal(answers.chosen) as chosen:
        answers.choose(1)
    assert chosen.args == [1]
    assert answers.model().index(1, 0).data() == "broken.jpg: The file is cut short."


def test_a_wall_fills_its_width_and_opens_with_enter(qtbot):
    wall = ThumbnailWall("Mistakes")
    qtbot.addWidget(wall)
    wall.resize(500, 400)
    wall.show_tiles([Tile(Path(f"/x/{n}.jpg"), f"a → {n}", "98 % sure") for n in range(30)])
    wall.show()
    wall.grab()
    first, second = (wall.visualRect(wall.model().index(n, 0)) for n in (0, 1))
    assert first.top() == second.top()
    wall.setCurrentIndex(wall.model().index(3, 0))
    with qtbot.waitSignal(wall.opened) as opened:
        qtbot.keyClick(wall, Qt.Key.Key_Return)
    assert opened.args[0].title == "a → 3"
    wall.step(1)
    assert wall.chosen.title == "a → 4"


@pytest.mark.parametrize("title", ["glioma_tumor → meningioma_tumor", "no → meningioma_tumor_of_the_skull"])
def test_of_a_mistake_too_long_for_its_tile_both_names_are_told(title, qapp):
    font = theme.font(theme.CAPTION, strong=True)
    shown = fitted(title, font, 116)
    assert paint.text_width(shown, font) <= 117
    assert "…" in shown
    for name, part in zip(title.split(ARROW), shown.split(ARROW), strict=True):
        assert part[:2] == name[:2]
    assert fitted("one name, however long it is, stays as it is", font, 50).endswith("stays as it is")
