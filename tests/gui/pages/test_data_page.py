"""The Data page: what is in the folder, and what keys do to it."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from core.errors import Problem
from gui.pages.data import PROBLEMS, SPLIT, TWINS, DataPage
from gui.session import Session
from gui.settings import Settings
from gui.thumbnail_loader import loader
from gui.widgets.picture_grid import PictureGrid
from gui.widgets.picture_model import PictureModel
from gui.widgets.split_table import wilson
from tests.gui.frame import BACKBONES, Engine, picture_folder, scanned


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def session(qtbot: Any, engine: Engine, tmp_path: Any) -> Any:
    standing = Session(engine, Settings())  # type: ignore[arg-type]
    standing.open_folder(picture_folder(tmp_path / "insects"))
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=5000)
    engine.answer("Scan", scanned(duplicates=[["ants/00.png", "bees/00.png"]]))
    engine.answer("ListBackbones", BACKBONES)
    qtbot.waitUntil(lambda: len(standing.pictures) == 24, timeout=5000)
    yield standing
    standing.close()


@pytest.fixture
def page(session: Session, show: Callable[..., DataPage]) -> DataPage:
    made = show(DataPage, session, 900, 700)
    made.pane.grid.setFocus()
    return made


def shown(page: DataPage) -> list[str]:
    return [picture.path for picture in page.pane.model.pictures]


def press(qtbot: Any, page: DataPage, key: Qt.Key) -> None:
    qtbot.keyClick(page.pane.grid, key)


def test_classes_choose_what_is_shown(page: DataPage) -> None:
    assert len(shown(page)) == 24
    page.classes.setCurrentIndex(page.classes.model().index(2))
    assert page.classes.current == "bees"
    assert len(shown(page)) == 12
    assert all(path.startswith("bees/") for path in shown(page))
    assert page.tabs.tabText(0) == "Pictures  24"
    assert page.status == "24 pictures of 2 classes are ready."
    assert page.primary.isEnabled()


def test_delete_leaves_out_and_undo_takes_in_again(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    page.pane.grid.choose([0, 3])
    press(qtbot, page, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.classes.model().rows[0].count == 22, timeout=2000)
    assert len(shown(page)) == 24, "they stay in sight, pale"
    assert [picture.path for picture in page.pane.grid.chosen] == ["ants/00.png", "ants/03.png"], "and stay chosen"
    assert page.pane.leave_out_button.text() == "Take in again"
    session.undo.undo()
    qtbot.waitUntil(lambda: page.classes.model().rows[0].count == 24, timeout=2000)
    assert [request.excluded for request in engine.asked("Edit")] == [True, False]


def test_number_keys_move_to_a_class(page: DataPage, session: Session, engine: Engine, qtbot: Any) -> None:
    page.pane.grid.choose([0])
    press(qtbot, page, Qt.Key.Key_9)
    assert engine.asked("Edit") == [], "there is no ninth class"
    press(qtbot, page, Qt.Key.Key_2)
    assert engine.asked("Edit")[-1].label == "bees"
    qtbot.waitUntil(lambda: page.classes.model().rows[2].count == 13, timeout=2000)


def test_space_looks_large_and_arrows_go_on(page: DataPage, qtbot: Any) -> None:
    page.pane.grid.choose([1])
    press(qtbot, page, Qt.Key.Key_Space)
    assert page.large.isVisible()
    assert page.large.picture is not None
    assert page.large.picture.path == "ants/01.png"
    qtbot.waitUntil(lambda: page.large._image.width() == 40, timeout=3000)
    qtbot.keyClick(page.large, Qt.Key.Key_Right)
    assert page.large.picture.path == "ants/02.png"
    qtbot.keyClick(page.large, Qt.Key.Key_Escape)
    assert not page.large.isVisible()


def test_thumbnails_come_off_the_thread_and_are_drawn(page: DataPage, qtbot: Any) -> None:
    grid = page.pane.grid
    place = grid.visualRect(page.pane.model.index(13)).center()
    qtbot.waitUntil(lambda: abs(grid.viewport().grab().toImage().pixelColor(place).hsvHue() - 120) < 8, timeout=3000)


def test_problems_are_told_in_plain_words_and_can_be_left_out(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    project = session.project
    assert project is not None
    found = (Problem("BLANK", "ants/05.png"), Problem("IMBALANCE", "", {"ratio": 12}))
    session.shelf.fill(project.folder, session.pictures, found)
    qtbot.waitUntil(lambda: page.tabs.tabText(PROBLEMS) == "Problems  2", timeout=2000)
    page.tabs.setCurrentIndex(PROBLEMS)
    model = page.problems.model()
    rows = [model.index(row, 0).data().split("\n") for row in range(2)]
    assert rows[0][0] == "ants/05.png"
    assert "perhaps a placeholder" in rows[0][1]
    assert rows[1][0] == "the whole folder"
    assert "12 times" in rows[1][1]
    page.problems.selectAll()
    qtbot.keyClick(page.problems, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().count("\n") == 1
    qtbot.keyClick(page.problems, Qt.Key.Key_Delete)
    assert len(engine.asked("Edit")[-1].pictures) == 1


def test_twins_keep_one_of_each(page: DataPage, session: Session, engine: Engine) -> None:
    page.tabs.setCurrentIndex(TWINS)
    assert page.tabs.tabText(TWINS) == "Twins  1"
    page.keep_one.click()
    picture = session.picture_at("bees/00.png")
    assert picture is not None
    assert engine.asked("Edit")[-1].pictures == (picture.id,)


def test_the_split_shows_each_class_and_how_sure_a_figure_can_be(page: DataPage) -> None:
    page.tabs.setCurrentIndex(SPLIT)
    table = page.split
    texts = [[table.item(row, column).text() for column in range(5)] for row in range(table.rowCount())]
    assert texts[0] == ["ants", "10", "2", "0", "±\u00a036"]
    assert texts[2][:4] == ["All classes", "20", "4", "0"]
    page.split_form.editors["split.validation"]._set(0.4)
    assert page.session.recipe.split.validation == 0.4


@pytest.mark.parametrize(
    ("correct", "number", "low", "high"),
    [(18, 20, 0.69896, 0.97213), (0, 10, 0.0, 0.27753), (263, 300, 0.83463, 0.90915)],
)
def test_wilson_against_published_values(correct: int, number: int, low: float, high: float) -> None:
    """scipy.stats.binomtest(...).proportion_ci(method="wilson")."""
    assert wilson(correct, number) == pytest.approx((low, high), abs=1e-4)


def test_conflicts_stop_the_training_until_they_are_settled(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    session.scan()
    engine.answer("Scan", scanned(conflicts=[{"paths": ["ants/00.png", "bees/00.png"], "classes": ["ants", "bees"]}]))
    qtbot.waitUntil(lambda: bool(page.banners()), timeout=2000)
    assert not page.primary.isEnabled()
    assert "1 picture" in page.primary.toolTip()
    page.banners()[0].action.click()
    assert session.recipe.data.on_conflict == "exclude"
    engine.answer("Scan", scanned(conflicts=[{"paths": [], "classes": []}]))
    qtbot.waitUntil(lambda: not page.banners() and page.primary.isEnabled(), timeout=2000)


def test_a_failed_scan_says_why_and_offers_another(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    session.scan()
    scans = len(engine.asked("Scan"))
    engine.fail("Scan", "ONE_CLASS", name="ants")
    qtbot.waitUntil(lambda: bool(page.banners()), timeout=2000)
    assert "only one class (ants)" in page.banners()[0].text
    assert not page.primary.isEnabled()
    page.banners()[0].action.click()
    assert len(engine.asked("Scan")) == scans + 1


def test_a_hundred_thousand_pictures_stay_quick(session: Session, qtbot: Any) -> None:
    one = session.pictures[0]
    many = [replace(one, id=number, path=f"ants/{number}.png") for number in range(100_000)]
    model = PictureModel(session.thumbnail_of)
    grid = PictureGrid(model)
    qtbot.addWidget(grid)
    grid.resize(800, 600)
    grid.show()
    gaps = []
    last = time.perf_counter()
    model.show(many)

    def at_the_end() -> bool:
        nonlocal last
        gaps.append(time.perf_counter() - last)
        grid.scrollToBottom()
        last = time.perf_counter()
        return grid.indexAt(QPoint(40, grid.viewport().height() - 40)).row() > 99_900

    qtbot.waitUntil(at_the_end, timeout=10_000)
    grid.grab()
    assert sorted(gaps)[len(gaps) // 2] < 0.3, "the window goes on meanwhile"
    assert len(loader_asked(grid)) < 300, "only what is seen is loaded"


def loader_asked(grid: PictureGrid) -> set[str]:
    return set(loader()._asked) | set(loader()._kept)
