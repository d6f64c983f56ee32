"""The Runs page: every run with what was chosen differently, and one key to open it."""

import pytest
from PySide6.QtCore import Qt

from core.recipe import Recipe
from gui.opening import read_runs
from gui.pages.runs import RunsPage
from gui.run_record import changes


@pytest.fixture
def three_runs(advised, make_run, project):
    make_run("2026-11-22-1000-01", "linear_probe")
    make_run("2026-11-22-1100-02", training__epochs=6, augmentation__flip=False)
    make_run("2026-11-22-1200-03", training__epochs=9, augmentation__flip=False, complete=False)
    advised.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    return advised


def test_runs_are_listed_newest_first_with_their_differences(qtbot, show, three_runs):
    page = show(RunsPage, three_runs)
    qtbot.waitUntil(lambda: page.table.rowCount() == 3)
    texts = page.table.texts()
    assert [row[0] for row in texts] == ["3", "2", "1"]
    assert texts[0][3] == "interrupted"
    assert texts[0][5] == "Epochs: 9"
    assert texts[1][5] == "Mirror: off; Epochs: 6"
    assert texts[2][5] == ""
    assert texts[1][3] == "★ 90\u00a0%\u00a0±\u00a05"
    qtbot.waitUntil(lambda: page.overlay.widget is not None, timeout=20_000)
    assert len(page.overlay.widget.lines) == 3
    page.table.setCurrentCell(1, 0)
    assert page.differences.texts() == [["Mirror", "on", "off"], ["Epochs", "Graft's choice", "6"]]
    assert [line.strong for line in page.overlay.widget.lines] == [False, True, False]


def test_enter_opens_a_run(qtbot, show, three_runs):
    page = show(RunsPage, three_runs)
    qtbot.waitUntil(lambda: page.table.rowCount() == 3)
    page.table.setCurrentCell(2, 0)
    with qtbot.waitSignal(three_runs.go_to) as went:
        qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert went.args == ["evaluate"]
    assert three_runs.run.folder.name == "2026-11-22-1000-01"


def test_nothing_trained_yet(show, session):
    page = show(RunsPage, session)
    assert page.primary.text() == "To training ▸"
    assert page.status == "Nothing was trained yet."


def test_a_moved_folder_is_no_difference():
    assert changes(Recipe(), Recipe().with_value("data.folder", "/elsewhere")) == []
    assert changes(None, Recipe()) == []
