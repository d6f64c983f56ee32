"""How the folder is read is shown, confirmed once, open to change; folders are added; changes are offered."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication

from core.events import Sources
from gui.pages.data import DataPage
from gui.session import Session
from gui.settings import Settings
from tests.gui.frame import BACKBONES, LONG, Engine, picture_folder, scanned

TABLE = {
    "kind": "folder", "layout": "table", "possible": ["classes", "table", "one_class", "flat"], "table": "t.csv",
    "columns": {"path": "file", "label": "dx", "group": "patient", "part": ""},
    "all_columns": ["file", "dx", "patient"],
}  # fmt: skip
PLAIN = {"kind": "folder", "layout": "classes", "possible": ["classes", "one_class", "flat"], "columns": {}}


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def session(qtbot: Any, engine: Engine, tmp_path: Path) -> Any:
    standing = Session(engine, Settings())  # type: ignore[arg-type]
    standing.open_folder(picture_folder(tmp_path / "insects"))
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=5000)
    yield standing
    standing.close()


def said(engine: Engine, session: Session, *sources: dict[str, Any]) -> None:
    """The scan tells how it reads the places, and ends."""
    places = [session.recipe.data.folder, *session.recipe.data.more_folders]
    named = tuple({**source, "path": path} for source, path in zip(sources, places, strict=True))
    engine.say(Sources(job=engine.job("Scan"), count=1, sources=named))
    engine.answer("Scan", scanned(sources=list(named)))
    engine.answer("ListBackbones", BACKBONES)


@pytest.fixture
def page(session: Session, show: Callable[..., DataPage]) -> DataPage:
    return show(DataPage, session, 900, 700)


def test_the_layout_is_confirmed_once(page: DataPage, session: Session, engine: Engine, qtbot: Any) -> None:
    assert not page.sources.isVisible()
    said(engine, session, PLAIN)
    qtbot.waitUntil(page.sources.isVisible, timeout=LONG)
    bar = page.sources
    assert bar.lines[0].choice.currentText() == "One folder per class"
    assert bar.objectName() == "banner"
    bar.confirm.click()
    assert session.recipe.data.layout == "classes"
    qtbot.waitUntil(lambda: not bar.confirm.isVisible() and bar.objectName() == "card", timeout=LONG)
    session.undo.undo()
    qtbot.waitUntil(bar.confirm.isVisible, timeout=LONG)


def test_another_reading_and_other_columns_are_scanned_at_once(
    page: DataPage, session: Session, engine: Engine, qtbot: Any
) -> None:
    said(engine, session, TABLE)
    qtbot.waitUntil(lambda: bool(page.sources.lines), timeout=LONG)
    columns = page.sources.lines[0].columns
    assert {role: box.currentData() for role, box in columns.items()} == TABLE["columns"]
    qtbot.keyClick(columns["group"], Qt.Key.Key_Up)
    assert (session.recipe.data.group_column, session.recipe.data.layout) == ("dx", "table")
    qtbot.waitUntil(lambda: bool(page.sources.lines[0].fold) and page.sources.lines[0].isVisible(), timeout=LONG)
    fold = page.sources.lines[0].fold
    assert fold.note == "file, dx, patient"
    assert not page.sources.lines[0].columns["group"].isVisible(), "confirmed, they fold away"
    fold.button.click()
    qtbot.waitUntil(page.sources.lines[0].columns["group"].isVisible, timeout=LONG)
    choice = page.sources.lines[0].choice
    choice.setCurrentIndex(choice.findData("flat"))
    choice.activated.emit(choice.currentIndex())
    assert session.recipe.data.layout == "flat"
    assert engine.asked("Scan")[-1].recipe.data.layout == "flat"


def test_folders_are_added_by_drop_and_taken_away(
    page: DataPage, session: Session, engine: Engine, qtbot: Any, tmp_path: Path
) -> None:
    said(engine, session, PLAIN)
    qtbot.waitUntil(page.sources.isVisible, timeout=LONG)
    (tmp_path / "more").mkdir()
    dragged = QMimeData()
    files = [tmp_path / "more", tmp_path / "labels.csv", tmp_path / "notes.txt"]
    dragged.setUrls([QUrl.fromLocalFile(str(path)) for path in files])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, dragged, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    page.sources.dropEvent(event)
    assert session.recipe.data.more_folders == (str(tmp_path / "more"), str(tmp_path / "labels.csv"))
    said(engine, session, PLAIN, PLAIN, TABLE)
    qtbot.waitUntil(lambda: len(page.sources.lines) == 3, timeout=LONG)
    page.sources.lines[2].layout_chosen.emit(2, "one_class")
    assert session.recipe.data.more_layouts == (None, "one_class")
    page.sources.lines[1].removed.emit(1)
    assert session.recipe.data.more_folders == (str(tmp_path / "labels.csv"),)
    assert session.recipe.data.more_layouts == ("one_class",)


def test_changes_in_the_folder_are_offered(page: DataPage, session: Session, engine: Engine, qtbot: Any) -> None:
    said(engine, session, PLAIN)
    qtbot.waitUntil(lambda: session.running("scan") is None, timeout=LONG)
    session.board._jobs.clear()
    session.watching.look()
    engine.answer("Look", {"reached": True, "added": 12, "changed": 0, "removed": 1})
    qtbot.waitUntil(lambda: any("12 new files, 1 vanished file" in banner.text for banner in page.banners()))
    scans = len(engine.asked("Scan"))
    next(banner for banner in page.banners() if "12 new" in banner.text).action.click()
    assert len(engine.asked("Scan")) == scans + 1
    qtbot.waitUntil(lambda: not page.banners(), timeout=LONG)
    engine.answer("Scan", scanned())
    session.board._jobs.clear()
    session.watching.look()
    engine.answer("Look", {"reached": False, "added": 0, "changed": 0, "removed": 0})
    qtbot.waitUntil(lambda: any("cannot be reached" in banner.text for banner in page.banners()), timeout=LONG)
    QApplication.processEvents()


def test_a_look_gives_way_to_what_the_user_asks_for(session: Session, engine: Engine, page: DataPage) -> None:
    said(engine, session, PLAIN)
    session.board._jobs.clear()
    session.watching.look()
    look = engine.job("Look")
    session.scan()
    assert look in engine.cancelled
