"""The confusion matrix: cells are where they are clicked, keys walk, many classes still fit."""

import pytest
from PySide6.QtCore import Qt

from gui.widgets.confusion import Confusion


@pytest.fixture
def matrix(qtbot):
    made = Confusion()
    qtbot.addWidget(made)
    made.resize(420, 360)
    made.show_counts(("ants", "bees"), ((60, 10), (6, 77)))
    made.show()
    return made


def test_clicks_and_keys(qtbot, matrix):
    with qtbot.waitSignal(matrix.cellChosen) as chosen:
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.cell_rect(1, 0).center().toPoint())
    assert chosen.args == [1, 0]
    assert matrix.chosen == (1, 0)
    qtbot.keyClick(matrix, Qt.Key.Key_Up)
    qtbot.keyClick(matrix, Qt.Key.Key_Right)
    assert matrix.accessibleDescription() == "10 of class ants, taken for bees"
    with qtbot.waitSignal(matrix.cellChosen) as chosen:
        qtbot.keyClick(matrix, Qt.Key.Key_Space)
    assert chosen.args == [0, 1]


def test_a_hundred_classes_fit_and_are_found(matrix):
    names = [f"a rather long name {n}" for n in range(100)]
    matrix.show_counts(names, [[int(one == other) for other in range(100)] for one in range(100)])
    last = matrix.cell_rect(99, 99)
    assert last.right() <= matrix.width()
    assert last.bottom() <= matrix.height()
    assert matrix.cell_at(matrix.cell_rect(40, 70).center()) == (40, 70)
    matrix.grab()


def test_nothing_judged(matrix):
    matrix.show_counts((), ())
    matrix.grab()
    assert matrix.accessibleDescription() == "Nothing judged yet."
