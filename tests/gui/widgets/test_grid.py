"""The grid: thresholds in the middle, clicks and keys choose, what cannot be known is not drawn."""

import pytest
from PySide6.QtCore import Qt

from gui.widgets.grid import Grid
from gui.widgets.grid_data import CELLS, SMALL_BELOW, STRATEGY_OF, GridData, Reference, across, grid_data, up

ADVICE = {
    "cell": "small-similar", "strategy": "linear_probe", "confident": True, "size": {"images_per_class": 121.8},
    "similarity": {
        "value": 0.87, "low": 0.86, "high": 0.89,
        "neighbours": [{"code": "a", "name": "ants and bees", "value": 0.88, "images_per_class": 122.0}],
    },
}  # fmt: skip


@pytest.fixture
def grid(qtbot):
    made = Grid()
    qtbot.addWidget(made)
    made.resize(440, 480)
    made.show_data(grid_data(ADVICE))
    made.show()
    return made


def test_the_thresholds_are_those_of_the_core_and_lie_in_the_middle():
    from core.strategy import constants
    from core.strategy.advise import CELLS as CORE_CELLS
    from gui.widgets import grid_data as drawn

    assert (drawn.SIMILAR_FROM, drawn.SMALL_BELOW) == (constants.SIMILAR_FROM, constants.SMALL_BELOW)
    assert dict(CORE_CELLS) == STRATEGY_OF
    assert across(0.5) == pytest.approx(0.5)
    assert up(SMALL_BELOW) == pytest.approx(0.5)
    assert across(0.9) > across(0.2)
    assert up(1000) > up(10)
    assert 0 < across(0.0) <= 1
    assert 0 < up(0.0) < up(1e9) < 1


def test_the_dot_lies_in_its_cell(grid):
    assert grid.cell_at(grid.point_of(0.87, 121.8)) == "small-similar"
    assert grid.cell_at(grid.point_of(0.1, 1000)) == "large-different"


@pytest.mark.parametrize("cell", [cell for row in CELLS for cell in row])
def test_a_click_chooses_a_cell(qtbot, grid, cell):
    with qtbot.waitSignal(grid.cellChosen) as chosen:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.cell_rect(cell).center().toPoint())
    assert chosen.args == [cell]


def test_arrows_move_and_enter_chooses(qtbot, grid):
    qtbot.keyClick(grid, Qt.Key.Key_Up)
    qtbot.keyClick(grid, Qt.Key.Key_Left)
    assert "Many and different" in grid.accessibleDescription()
    with qtbot.waitSignal(grid.cellChosen) as chosen:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert chosen.args == ["large-different"]


def test_the_description_says_what_is_drawn(grid):
    said = grid.accessibleDescription()
    assert "121 a class" in said
    assert "0.87 (0.86 to 0.89)" in said
    assert "Advised: Few and similar" in said


def test_without_similarity_the_size_is_still_drawn(grid):
    """A band at the height of the number of pictures, and words for what is missing."""
    grid.show_data(GridData())
    empty = grid.grab().toImage()
    grid.show_data(grid_data({"size": {"images_per_class": 40.0}, "cell": "small-unknown"}))
    assert grid.grab().toImage() != empty
    assert "40 a class, similarity not known" in grid.accessibleDescription()


def test_what_is_not_known_is_tolerated(qtbot, grid):
    for data in (
        GridData(),
        grid_data({}),
        grid_data({"similarity": {"value": None}, "size": {"images_per_class": 0.0}}),
    ):
        grid.show_data(data)
        grid.grab()
    assert grid_data({"similarity": {"neighbours": [{"name": "x", "value": None}]}}).references == ()


def test_no_known_name_lies_over_the_own_one(grid, monkeypatch):
    from gui.widgets import paint

    written, original = {}, paint.write

    def note(painter, rect, text, **rest):
        written[text] = rect
        return original(painter, rect, text, **rest)

    monkeypatch.setattr(paint, "write", note)
    known = (Reference("ants and bees", 0.88, 122.0),)
    for value in (0.95, 0.9, 0.88, 0.8, 0.6, 0.4):
        written.clear()
        grid.show_data(GridData(121.8, value, value * 0.95, value * 1.05, references=known))
        grid.grab()
        assert "your pictures" in written
        if "ants and bees" in written:
            assert not written["ants and bees"].intersects(written["your pictures"])


@pytest.mark.parametrize("cell", [cell for row in CELLS for cell in row])
def test_wherever_the_dot_lies_its_name_and_the_words_of_the_cells_stand_clear_of_it(grid, cell):
    cells = [cell for row in CELLS for cell in row]
    for value in (0.02, 0.1, 0.3, 0.49, 0.51, 0.7, 0.87, 0.93, 0.97):
        for images in (6, 20, 60, 120, 190, 400, 2000, 7000):
            grid.show_data(GridData(images, value, value * 0.98, value * 1.02, recommended=cell, confident=False))
            label, ring = grid.own_label(), grid.places.interval
            assert grid.places.field.contains(label)
            for other in cells:
                assert not grid.words_box(other).intersects(label), (value, images, other)
                assert not grid.words_box(other).intersects(ring), (value, images, other)


def test_everything_is_drawn_in_light_and_dark(qtbot, grid):
    from PySide6.QtWidgets import QApplication

    from gui import theme

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    drawn = []
    for choice in ("dark", "light"):
        theme.apply(app, choice)
        references = (Reference("far", 0.1), Reference("near", 0.87, 100.0))
        grid.show_data(GridData(40.0, 0.4, 0.3, 0.5, "small-different", "large-different", False, "", references))
        drawn.append(grid.grab().toImage())
    assert drawn[0] != drawn[1]
