"""The Data page: what is in the folder, and what keys, menus and drops do to it; the index behind it is a real one."""

from array import array
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from core.errors import Problem
from core.project.index import Index, Picture, Reading
from gui.pages.data import PROBLEMS, SPLIT, TWINS, DataPage
from gui.session import Session
from gui.settings import Settings
from gui.shelf_facts import ShelfFacts
from gui.widgets.class_model import CLASS
from gui.widgets.picture_grid import PictureGrid
from gui.widgets.picture_model import CHUNK, KEPT, MIME
from gui.widgets.problem_list import step_of
from gui.widgets.split_table import points, small_parts, wilson
from tests.gui.frame import BACKBONES, LONG, Engine, picture_folder, scanned


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def session(qtbot: Any, engine: Engine, tmp_path: Any) -> Any:
    standing = Session(engine, Settings())  # type: ignore[arg-type]
    standing.open_folder(picture_folder(tmp_path / "insects"))
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=LONG)
    engine.answer("Scan", scanned())
    engine.answer("ListBackbones", BACKBONES)
    qtbot.waitUntil(lambda: standing.shelf.facts.shown == 24, timeout=LONG)
    yield standing
    standing.close()


@pytest.fixture
def page(session: Session, show: Callable[..., DataPage], qtbot: Any) -> DataPage:
    made = show(DataPage, session, 900, 700)
    made.pane.grid.setFocus()
    qtbot.waitUntil(lambda: len(shown(made)) == 24, timeout=LONG)
    return made


def shown(page: DataPage) -> list[str]:
    model = page.pane.model
    return [picture.path for picture in map(model.picture, range(len(model.ids))) if picture is not None]


def kept(session: Session) -> dict[str, Picture]:
    assert session.project is not None
    with Index.open(session.project.folder, read_only=True) as index:
        return {picture.path: picture for picture in index.pictures()}


def write(session: Session, *readings: Reading) -> None:
    """As a scan would."""
    assert session.project is not None
    with Index.open(session.project.folder) as index:
        index.record(readings)
        index.finish_scan([*kept(session), *(reading.path for reading in readings)], ["ants", "bees"], 0)
    session.summarise()


def press(
    qtbot: Any, page: DataPage, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    qtbot.keyClick(page.pane.grid, key, modifier)


def counts(page: DataPage) -> list[tuple[str, int]]:
    return [(row.title, row.count) for row in page.classes.rows]


def choose(page: DataPage, kind: Any, name: str = "") -> None:
    page.classes.choose(kind, name)


def test_classes_parts_and_words_choose_what_is_shown(page: DataPage, session: Session, qtbot: Any) -> None:
    assert page.tabs.tabText(0) == "Pictures  24"
    assert page.status == "24 pictures of 2 classes are ready."
    assert page.primary.isEnabled()
    choose(page, "class", "bees")
    qtbot.waitUntil(
        lambda: len(shown(page)) == 12 and all(path.startswith("bees/") for path in shown(page)), timeout=LONG
    )
    page.pane.filters.search.setText("/1")
    qtbot.waitUntil(lambda: shown(page) == ["bees/10.png", "bees/11.png"], timeout=LONG)
    choose(page, "all")
    page.pane.filters.search.clear()
    session.summarise()
    qtbot.waitUntil(lambda: bool(kept(session)["ants/00.png"].dealt), timeout=LONG)
    page.pane.filters.part.setCurrentIndex(page.pane.filters.part.findData("val"))
    expected = [path for path, picture in kept(session).items() if picture.dealt == "val"]
    qtbot.waitUntil(lambda: shown(page) == expected, timeout=LONG)
    assert len(expected) == 4


def test_delete_leaves_out_and_undo_takes_in_again(page: DataPage, session: Session, qtbot: Any) -> None:
    page.pane.grid.choose([0, 3])
    press(qtbot, page, Qt.Key.Key_Delete)
    qtbot.waitUntil(
        lambda: counts(page) == [("All classes", 22), ("ants", 10), ("bees", 12), ("Left out", 2)], timeout=LONG
    )
    assert len(shown(page)) == 24, "they stay in sight, pale"
    assert page.pane.grid.chosen_rows == [0, 3], "and stay chosen"
    assert page.pane.leave_out_button.text() == "Take in again"
    choose(page, "excluded")
    qtbot.waitUntil(lambda: shown(page) == ["ants/00.png", "ants/03.png"], timeout=LONG)
    session.undo.undo()
    qtbot.waitUntil(lambda: counts(page) == [("All classes", 24), ("ants", 12), ("bees", 12)], timeout=LONG)


def test_what_was_done_before_the_window_closed_is_taken_back_after(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    folder = session.opened_path
    assert folder is not None
    page.pane.grid.choose([0, 3])
    press(qtbot, page, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: counts(page)[1:] == [("ants", 10), ("bees", 14)], timeout=LONG)
    session.close_project()
    assert not session.undo.canUndo()
    session.open_folder(folder)
    qtbot.waitUntil(session.undo.canUndo, timeout=LONG)
    assert session.undo.undoText() == "Move 2 pictures to bees"
    engine.answer("Scan", scanned())
    session.undo.undo()
    qtbot.waitUntil(lambda: kept(session)["ants/00.png"].label == "ants", timeout=LONG)
    session.undo.redo()
    qtbot.waitUntil(lambda: kept(session)["ants/00.png"].label == "bees", timeout=LONG)


def test_number_keys_move_to_a_class(page: DataPage, session: Session, engine: Engine, qtbot: Any) -> None:
    page.pane.grid.choose([0])
    press(qtbot, page, Qt.Key.Key_9)
    assert engine.asked("Edit") == [], "there is no ninth class"
    press(qtbot, page, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: counts(page)[1:] == [("ants", 11), ("bees", 13)], timeout=LONG)
    assert kept(session)["ants/00.png"].label == "bees"


def test_a_flat_folder_is_labelled_by_typing(page: DataPage, session: Session, qtbot: Any) -> None:
    write(session, *(Reading(f"loose{n}.png", "", "", 1, 1, f"{n}{n}", "", 0.0, 40, 30) for n in range(4)))
    qtbot.waitUntil(lambda: counts(page)[-1] == ("No class yet", 4), timeout=LONG)
    row = next(problem for problem in session.shelf.facts.problems if problem.code == "UNLABELLED_PICTURES")
    page.problems.list.step_asked.emit(row)
    qtbot.waitUntil(lambda: len(shown(page)) == 4, timeout=LONG)
    page.pane.grid.choose([0, 1])
    press(qtbot, page, Qt.Key.Key_C)
    qtbot.keyClicks(page.pane.class_field, "wasps")
    qtbot.keyClick(page.pane.class_field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(page) == ["loose2.png", "loose3.png"], timeout=LONG)
    assert page.pane.grid.chosen_rows == [0], "what took their place is chosen next"
    assert ("wasps", 2) in counts(page)
    press(qtbot, page, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: ("wasps", 3) in counts(page), timeout=LONG)
    session.undo.undo()
    session.undo.undo()
    qtbot.waitUntil(lambda: counts(page)[1:] == [("ants", 12), ("bees", 12), ("No class yet", 4)], timeout=LONG)


def test_classes_are_renamed_merged_coloured_and_dropped_onto(page: DataPage, session: Session, qtbot: Any) -> None:
    choose(page, "class", "ants")
    qtbot.keyClick(page.classes, Qt.Key.Key_F2)
    editor = page.classes.findChild(QLineEdit)
    editor.setText("Ameisen")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: counts(page)[1:] == [("Ameisen", 12), ("bees", 12)], timeout=LONG)
    assert page.classes.current.name == "Ameisen", "it stays chosen under its new name"
    menu = page.classes.menu_for(page.classes.rows[1])
    colours = next(action.menu() for action in menu.actions() if action.text() == "Colour")
    colours.actions()[5].trigger()
    qtbot.waitUntil(lambda: page.classes.rows[1].colour == 5, timeout=LONG)
    choose(page, "all")
    qtbot.waitUntil(lambda: len(shown(page)) == 24, timeout=LONG)
    page.pane.grid.choose([0, 1])
    model = page.classes.model()
    pictures, ants = QMimeData(), QMimeData()
    pictures.setData(MIME, b"2")
    ants.setData(CLASS, b"Ameisen")
    move, bees = Qt.DropAction.MoveAction, model.index(2)
    assert model.dropMimeData(pictures, move, -1, -1, bees)
    qtbot.waitUntil(lambda: counts(page)[1:] == [("Ameisen", 10), ("bees", 14)], timeout=LONG)
    assert model.dropMimeData(ants, move, -1, -1, bees)
    qtbot.waitUntil(lambda: counts(page)[1:] == [("bees", 24)], timeout=LONG)
    for _ in range(4):
        session.undo.undo()
    qtbot.waitUntil(lambda: counts(page)[1:] == [("ants", 12), ("bees", 12)], timeout=LONG)


def test_parts_and_groups_are_said_by_hand(page: DataPage, session: Session, qtbot: Any) -> None:
    page.pane.grid.choose([0, 1, 2])
    press(qtbot, page, Qt.Key.Key_G)
    page.pane.grid.choose([1])
    page.pane.move_to_part("test")
    qtbot.waitUntil(lambda: [kept(session)[f"ants/0{n}.png"].dealt for n in range(3)] == ["test"] * 3, timeout=LONG)
    page.pane.grid.choose([0, 1, 2])
    press(qtbot, page, Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: kept(session)["ants/00.png"].dealt != "test", timeout=LONG)
    assert kept(session)["ants/01.png"].dealt == "test"


def test_space_looks_large_and_arrows_and_keys_go_on(page: DataPage, session: Session, qtbot: Any) -> None:
    page.pane.grid.choose([1])
    press(qtbot, page, Qt.Key.Key_Space)
    assert page.large.picture is not None
    assert page.large.picture.path == "ants/01.png"
    qtbot.waitUntil(lambda: page.large._image.width() == 40, timeout=LONG)
    qtbot.keyClick(page.large, Qt.Key.Key_Right)
    assert page.large.picture.path == "ants/02.png"
    qtbot.keyClick(page.large, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: kept(session)["ants/02.png"].label == "bees", timeout=LONG)
    qtbot.keyClick(page.large, Qt.Key.Key_Escape)
    assert not page.large.isVisible()


def test_thumbnails_come_off_the_thread_and_are_drawn(page: DataPage, qtbot: Any) -> None:
    grid = page.pane.grid
    place = grid.visualRect(page.pane.model.index(13)).center()
    qtbot.waitUntil(lambda: abs(grid.viewport().grab().toImage().pixelColor(place).hsvHue() - 120) < 8, timeout=LONG)


def test_problems_are_told_in_plain_words_and_lead_to_their_next_step(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    assert session.project is not None
    engine.idle = True
    found = (Problem("BLANK", "ants/05.png"), Problem("IMBALANCE", "", {"ratio": 12}))
    session.shelf.fill(session.project.folder, ShelfFacts(shown=24, problems=found))
    qtbot.waitUntil(lambda: page.tabs.tabText(PROBLEMS) == "Problems  2", timeout=LONG)
    page.tabs.setCurrentIndex(PROBLEMS)
    model = page.problems.list.model()
    rows = [model.index(row, 0).data().split("\n") for row in range(2)]
    assert rows[0][0] == "ants/05.png"
    assert "perhaps a placeholder" in rows[0][1]
    assert rows[1][0] == "the whole folder"
    assert "12 times" in rows[1][1]
    qtbot.waitUntil(lambda: session.picture_at("ants/05.png") is not None, timeout=LONG)
    page.problems.list.selectAll()
    qtbot.keyClick(page.problems.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().count("\n") == 1
    qtbot.keyClick(page.problems.list, Qt.Key.Key_Delete)
    assert len(engine.asked("Edit")[-1].pictures) == 1
    page.problems.list.setCurrentIndex(model.index(1, 0))
    qtbot.keyClick(page.problems.list, Qt.Key.Key_Return)
    assert page.tabs.currentIndex() == SPLIT


def test_conflicts_are_settled_one_by_one_and_parted_twins_stay_parted(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    looks = {"ants/90.png": "ff" * 80, "ants/91.png": "ff" * 80, "ants/92.png": "0f" * 80, "bees/92.png": "0f" * 80}
    write(session, *(
        Reading(path, path[:4], "", 1, 1, "one" if "92" in path else path, look, 0.1, 40, 30)
        for path, look in looks.items()
    ))  # fmt: skip
    qtbot.waitUntil(lambda: [group.pictures for group in session.shelf.facts.twins] == [2, 2], timeout=LONG)
    qtbot.waitUntil(lambda: any("two classes" in banner.text for banner in page.banners()), timeout=LONG)
    assert not page.primary.isEnabled()
    next(banner for banner in page.banners() if "two classes" in banner.text).action.click()
    assert page.tabs.currentIndex() == TWINS
    compare = page.twins.compare
    qtbot.waitUntil(lambda: [p.path for p in compare.pictures] == ["ants/92.png", "bees/92.png"], timeout=LONG)
    qtbot.keyClick(page.twins.list, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: page.primary.isEnabled(), timeout=LONG)
    assert kept(session)["bees/92.png"].excluded
    qtbot.waitUntil(lambda: [p.path for p in compare.pictures] == ["ants/90.png", "ants/91.png"], timeout=LONG)
    qtbot.keyClick(page.twins.list, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: session.shelf.facts.twins == (), timeout=LONG)
    write(session)
    qtbot.wait(100)
    assert session.shelf.facts.twins == (), "that they are not the same is remembered"
    session.undo.undo()
    qtbot.waitUntil(page.twins.keep_ones.isEnabled, timeout=LONG)
    page.twins.keep_ones.click()
    qtbot.waitUntil(lambda: kept(session)["ants/91.png"].excluded, timeout=LONG)


def test_the_tab_key_goes_down_the_page_whatever_came_later(page: DataPage, session: Session) -> None:
    source = {"path": "/a", "kind": "folder", "files": 24, "layout": "classes", "possible": ["classes", "flat"],
              "table": "", "columns": {}, "all_columns": [], "stamp": [0, 0]}  # fmt: skip
    session.board.set_result("scan", scanned(sources=[source]))
    page.show_banner("late", "info", "Something came up.", "Do it", lambda: None)
    page.refresh()
    expected = [page.banners()[0].action, page.sources.lines[0].choice, page.sources.confirm, page.sources.add,
                page.tabs, page.classes, page.sorting.new_class, page.pane.filters.search, page.pane.grid]  # fmt: skip
    met, one = [], page.primary.nextInFocusChain()
    while one is not page.primary:
        met.append(one)
        one = one.nextInFocusChain()
    assert [one for one in met if one in expected] == expected


def test_what_a_table_has_wrong_leads_to_the_table(
    page: DataPage, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("gui.pages.data.QDesktopServices.openUrl", lambda url: opened.append(url.toLocalFile()))
    source = {"path": "/slides", "kind": "folder", "files": 24, "layout": "table", "possible": ["table", "flat"],
              "table": "labels.csv", "columns": {}, "all_columns": [], "stamp": [0, 0]}  # fmt: skip
    session.board.set_result("scan", scanned(sources=[source]))
    problem = Problem("MISSING", "scans/gone.jpg")
    assert step_of(problem) == "Open the table"
    page.problems.list.step_asked.emit(problem)
    assert opened == ["/slides/labels.csv"]


def test_names_that_differ_in_case_become_that_of_the_larger_class(
    page: DataPage, session: Session, qtbot: Any
) -> None:
    write(session, Reading("Ants/1.png", "Ants", "", 1, 1, "other", "", 0.1, 40, 30))
    qtbot.waitUntil(lambda: counts(page)[1:3] == [("ants", 12), ("bees", 12)], timeout=LONG)
    qtbot.waitUntil(lambda: "Ants" in session.shelf.facts.class_names, timeout=LONG)
    page.problems.list.step_asked.emit(Problem("CASE_CLASH", "", {"names": "Ants, ants"}))
    qtbot.waitUntil(lambda: counts(page) == [("All classes", 25), ("ants", 13), ("bees", 12)], timeout=LONG)


def test_without_twins_only_the_closer_look_is_offered(page: DataPage) -> None:
    page._enter(TWINS)
    assert not page.twins.list.isVisible()
    assert page.focusWidget() is page.twins.look_closer


def test_twins_lie_side_by_side_however_long_their_names_are(page: DataPage, session: Session, qtbot: Any) -> None:
    long = "ants/" + " ".join(["from the second day in the field"] * 6) + ".png"
    write(session, *(Reading(path, "ants", "", 1, 1, "one", "ff" * 80, 0.1, 40, 30) for path in (long, "ants/b.png")))
    page.tabs.setCurrentIndex(TWINS)
    compare = page.twins.compare
    qtbot.waitUntil(lambda: len(compare.keep_buttons) == 2 and compare.keep_buttons[1].y() > 0, timeout=LONG)
    qtbot.waitUntil(lambda: len({button.y() for button in compare.keep_buttons}) == 1, timeout=LONG)


def test_the_split_shows_each_class_and_how_sure_a_figure_can_be(page: DataPage, session: Session) -> None:
    page.tabs.setCurrentIndex(SPLIT)
    assert page.split.table.texts()[0] == ["ants", "10", "2", "0", "! ±\u00a041"]
    assert page.split.table.texts()[2][:4] == ["All classes", "20", "4", "0"]
    assert "sure to ±\u00a035 points" in page.split.small.text()
    page.split.form.editors["split.validation"]._set(0.4)
    assert session.recipe.split.validation == 0.4


def test_twelve_pictures_allow_twenty_five_points() -> None:
    assert points(12) == 25
    assert small_parts({"train": 3, "val": 12, "test": 0}) == [
        "Validation is small: with 12 pictures, a figure is sure to ±\u00a025 points."
    ]
    assert small_parts({"train": 3, "val": 120, "test": 0}) == []


def test_groups_are_one_click_and_weighing_is_offered_where_it_helps(
    page: DataPage, session: Session, qtbot: Any
) -> None:
    proposal = {"code": "WORD_WITH_NUMBER", "pattern": r"(p\d+)", "example": "p7", "groups": 6, "largest": 4,
                "pictures": 24, "examples": [["p7", ["p7_1.png", "p7_2.png"]]]}  # fmt: skip
    session.board.set_result("scan", scanned(bees=3, groups=[proposal]))
    page.tabs.setCurrentIndex(SPLIT)
    page.refresh()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow, timeout=LONG)
    row = page.split._rows.itemAt(0).widget()
    row.button.setFocus()
    qtbot.keyClick(row.button, Qt.Key.Key_Space)
    assert session.recipe.split.group_pattern == r"(p\d+)"
    page.refresh()
    new = page.split._rows.itemAt(0).widget()
    assert new is not row
    assert new.button.hasFocus(), "the same key takes it back"
    qtbot.waitUntil(lambda: session.result("scan").get("split", {}).get("val") is not None, timeout=LONG)
    session.board.set_result("scan", scanned(bees=3, groups=[proposal]))
    page.refresh()
    assert not page.split.weights.isHidden()
    page.split.weights.click()
    page.split.sampling.click()
    assert (session.recipe.regularization.class_weights, session.recipe.training.balanced_sampling) == (False, True)
    session.set_value("training.balanced_sampling", False)
    session.board.set_result("scan", scanned(bees=5))
    page.refresh()
    assert page.split.weights.isHidden(), "a ratio of 2.4 needs no weights"


@pytest.mark.parametrize(
    ("correct", "number", "low", "high"),
    [(18, 20, 0.69896, 0.97213), (0, 10, 0.0, 0.27753), (263, 300, 0.83463, 0.90915)],
)
def test_wilson_against_published_values(correct: int, number: int, low: float, high: float) -> None:
    """scipy.stats.binomtest(...).proportion_ci(method="wilson")."""
    assert wilson(correct, number) == pytest.approx((low, high), abs=1e-4)


def test_a_failed_scan_says_why_and_offers_another(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    session.scan()
    scans = len(engine.asked("Scan"))
    engine.fail("Scan", "ONE_CLASS", name="ants")
    qtbot.waitUntil(lambda: bool(page.banners()), timeout=LONG)
    assert "only one class (ants)" in page.banners()[0].text
    assert not page.primary.isEnabled()
    page.banners()[0].action.click()
    assert len(engine.asked("Scan")) == scans + 1


def test_a_hundred_thousand_pictures_are_read_only_where_they_are_seen(
    page: DataPage, session: Session, qtbot: Any
) -> None:
    assert session.project is not None
    with Index.open(session.project.folder) as index:
        index.record(
            Reading(f"ants/many/{n:06d}.png", "ants", "", 1, 1, f"{n:040x}", "", 0.1, 40, 30) for n in range(100_000)
        )
    session.shelf.reload()
    model, grid = page.pane.model, page.pane.grid
    qtbot.waitUntil(lambda: len(model.ids) == 100_024, timeout=LONG)
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.indexAt(QPoint(10, grid.viewport().height() - 40)).row() > 100_000
    qtbot.waitUntil(lambda: model.picture(100_023) is not None, timeout=LONG)
    assert model.picture(100_023).path == "bees/11.png"
    assert len(model._chunks) <= KEPT
    assert model.picture(50_000) is None, "nobody looked there"
    press(qtbot, page, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(grid.chosen) == 100_024
    assert CHUNK * KEPT < 10_000


def test_the_grid_finds_its_way_by_division(qtbot: Any, session: Session) -> None:
    """Every picture lies where it is found again; keys and rectangles meet what they should."""
    page = DataPage(session)
    qtbot.addWidget(page)
    grid: PictureGrid = page.pane.grid
    grid.resize(500, 300)
    page.pane.model.show(array("q", range(1, 101)))
    columns = grid.columns
    for row in (0, 1, columns, 57, 99):
        assert grid.indexAt(grid.visualRect(page.pane.model.index(row)).center()).row() == row
    moves = PictureGrid.CursorAction
    grid.choose([columns + 1])
    for action, row in ((moves.MoveUp, 1), (moves.MoveDown, 2 * columns + 1), (moves.MoveRight, columns + 2),
                        (moves.MoveHome, 0), (moves.MoveEnd, 99)):  # fmt: skip
        assert grid.moveCursor(action, Qt.KeyboardModifier.NoModifier).row() == row
    page.pane.model.show(array("q", [number for number in range(1, 101) if number != columns + 2]))
    assert grid.chosen == [columns + 3], "the one that took its place"
    page.pane.model.show(array("q"))
    assert grid.chosen == []
