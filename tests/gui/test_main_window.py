"""The frame as a person uses it: keys, rail, panels, banners, closing."""

import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from core.project.runs import create_run
from gui import words
from gui.hooks import Hooks
from gui.main_window import MainWindow
from gui.session import Session
from gui.steps import OTHERS, STEPS
from gui.widgets.activity_bar import ROW
from tests.gui.frame import LONG, Engine

CTRL = Qt.KeyboardModifier.ControlModifier


def press(qtbot: Any, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = CTRL) -> None:
    qtbot.keyClick(window, key, modifier)


def test_without_a_project_the_start_page_stands_and_locked_steps_say_why(window: MainWindow, qtbot: Any) -> None:
    assert window.page.name == "start"
    qtbot.mouseClick(window.rail.item("train"), Qt.MouseButton.LeftButton)
    assert window.page.name == "start"
    assert window.why_panel.why is not None
    assert window.why_panel.why.text == "Open a folder of pictures first."
    press(qtbot, window, Qt.Key.Key_5)
    assert window.page.name == "start"


def test_every_page_can_be_reached_and_made(window: MainWindow, opened: Session, qtbot: Any, engine: Engine) -> None:
    opened.train()
    run = create_run(Path(engine.asked("Train")[0].run), opened.recipe)
    run.write_resolved({"strategy": "linear_probe", "project": str(opened.project.folder)})
    run.write_report({"strategy": "linear_probe", "val": None, "history": []})
    engine.answer("Train", {})
    qtbot.waitUntil(lambda: opened.trained is not None, timeout=LONG)
    for number, step in enumerate(STEPS, 1):
        press(qtbot, window, Qt.Key(Qt.Key.Key_0 + number))
        assert window.page.name == step
        assert window.rail.item(step).isChecked()
    for page in OTHERS:
        qtbot.mouseClick(window.rail.item(page), Qt.MouseButton.LeftButton)
        assert window.page.name == page
    opened.close_project()
    assert window.page.name == "settings", "a page that needs no project stays"


def test_every_control_of_the_frame_has_a_name(window: MainWindow, opened: Session) -> None:
    for page in ("data", "backbone", "settings"):
        window.go_to(page)
    for part in window.findChildren(QWidget):
        focusable = part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isVisibleTo(window)
        named = part.accessibleName() or (part.text() if isinstance(part, QAbstractButton) else "")
        inner = part.objectName().startswith("qt_") or (part.parentWidget() and part.parentWidget().accessibleName())
        assert not focusable or named or inner, part


def test_panels_fold_and_stay_folded(window: MainWindow, session: Session, qtbot: Any) -> None:
    assert window.why_panel.isVisible()
    press(qtbot, window, Qt.Key.Key_I)
    assert not window.why_panel.isVisible()
    press(qtbot, window, Qt.Key.Key_B)
    assert window.rail.folded
    again = MainWindow(session)
    assert again.rail.folded
    assert not again.why_panel.isVisibleTo(again)
    press(qtbot, window, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)
    assert window.why_panel.isVisible()


def test_a_narrow_window_folds_the_why_panel_by_itself(window: MainWindow) -> None:
    window.resize(1024, 680)
    assert not window.why_panel.isVisible()
    window.resize(1280, 800)
    assert window.why_panel.isVisible()


def test_every_page_fits_into_the_smallest_window(window: MainWindow, opened: Session, qtbot: Any) -> None:
    window.resize(1024, 680)
    for page in ("data", "backbone", "settings"):
        window.go_to(page)
        qtbot.wait(20)
        assert window.width() == 1024
        assert window.page.scroller.horizontalScrollBar().maximum() == 0, page


def test_ctrl_enter_presses_the_one_primary_button(window: MainWindow, opened: Session, qtbot: Any) -> None:
    assert window.page.name == "data"
    press(qtbot, window, Qt.Key.Key_Return)
    assert window.page.name == "backbone"
    press(qtbot, window, Qt.Key.Key_Return)
    assert window.page.name == "strategy"
    assert opened.recipe.backbone.name == "resnet18"


def test_undo_says_what_it_took_back(window: MainWindow, opened: Session, qtbot: Any) -> None:
    opened.set_value("augmentation.flip", False)
    press(qtbot, window, Qt.Key.Key_Z)
    assert opened.recipe.augmentation.flip
    assert window.activity._idle.text() == "Taken back: Change “Mirror”"
    press(qtbot, window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert not opened.recipe.augmentation.flip


def test_what_runs_stands_below_and_cancel_is_acknowledged_at_once(
    window: MainWindow, session: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    session.open_folder(folder)
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=LONG)
    engine.advance("Scan", 312, 1397)
    said = f"Reading pictures 312 of {words.count(1397)} · 2 s left"
    qtbot.waitUntil(lambda: window.activity.lines == [said], timeout=LONG)
    cancel = window.activity._rows[engine.job("Scan")]._button
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.activity.lines == ["Reading the folder: stopping…"], timeout=LONG)
    assert engine.cancelled == [engine.job("Scan")]
    assert not cancel.isEnabled()
    engine.stop("Scan")
    assert window.activity.lines == []


def test_several_jobs_stack_and_short_ones_stay_out_of_sight(
    window: MainWindow, opened: Session, engine: Engine
) -> None:
    opened.scan()
    opened.list_backbones()
    assert len(window.activity.lines) == 2, "the scan, and the measuring that began before"


def test_what_is_counted_to_its_end_is_not_said_to_go_on(
    window: MainWindow, session: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    session.open_folder(folder)
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=LONG)
    engine.advance("Scan", 24, 24)
    qtbot.waitUntil(lambda: window.activity.lines == ["Reading the folder…"], timeout=LONG)


def test_of_trainings_over_folds_it_is_said_which_one(
    window: MainWindow, opened: Session, engine: Engine, qtbot: Any
) -> None:
    engine.stop("Advise")
    opened.set_value("split.folds", 3)
    opened.cross_validate()
    engine.advance("CrossValidate", 1, 3, "folds", None)
    qtbot.waitUntil(lambda: window.activity.lines == ["Fold 2 of 3"], timeout=LONG)
    engine.advance("CrossValidate", 32, 60, "features", None)
    qtbot.waitUntil(lambda: window.activity.lines == ["Fold 2 of 3 · Computing features 32 of 60"], timeout=LONG)


def test_the_bar_keeps_its_height_for_a_while(window: MainWindow, opened: Session, engine: Engine, qtbot: Any) -> None:
    opened.scan()
    qtbot.waitUntil(lambda: window.activity.height() > 2 * ROW, timeout=LONG)
    high = window.activity.height()
    for kind in ("Scan", "Advise"):
        engine.stop(kind)
    qtbot.wait(50)
    assert window.activity.height() == high, "the page above does not jump"
    window.activity._calm.setInterval(10)
    window.activity._calm.start()
    qtbot.waitUntil(lambda: window.activity.height() < high, timeout=LONG)


def test_the_why_panel_follows_the_focus(window: MainWindow, opened: Session, qtbot: Any) -> None:
    assert window.why_panel.why.title == "Why look at the data first?"
    window.page.classes.setFocus()
    assert window.why_panel.why.title == "Classes"
    window.page.pane.grid.setFocus()
    assert window.why_panel.why.title == "Your pictures"


def test_messages_are_banners_that_escape_closes(window: MainWindow, session: Session, qtbot: Any) -> None:
    session.notice.emit("bad", "Something is the matter.")
    assert [banner.text for banner in window.page.banners()] == ["Something is the matter."]
    press(qtbot, window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert window.page.banners() == ()
    session.notice.emit("bad", "Something is the matter.")
    assert window.page.banners(), "said again when it happens again"


def test_escape_closes_the_large_picture_before_a_banner(window: MainWindow, opened: Session, qtbot: Any) -> None:
    opened.notice.emit("bad", "Something is the matter.")
    page = window.page
    qtbot.waitUntil(lambda: page.pane.model.picture(1) is not None, timeout=LONG)
    page.pane.grid.setFocus()
    page.pane.grid.choose([1])
    qtbot.keyClick(page.pane.grid, Qt.Key.Key_Space)
    assert page.large.isVisible()
    qtbot.keyClick(page.large, Qt.Key.Key_Escape)
    assert not page.large.isVisible()
    assert window.focusWidget() is page.pane.grid
    assert page.banners()
    qtbot.keyClick(page.pane.grid, Qt.Key.Key_Escape)
    assert not page.banners()
    qtbot.keyClick(page.pane.grid, Qt.Key.Key_Space)
    opened.close_project()
    assert not page.large.isVisible()


def test_an_exception_in_a_slot_is_logged_and_told_and_the_window_goes_on(
    window: MainWindow, opened: Session, qtbot: Any, graft_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Hooks(lambda error: opened.notice.emit("bad", f"Something unexpected happened: {error!r}"))
    hooks.install()
    try:
        monkeypatch.setattr(window.page, "primary_action", lambda: 1 / 0)
        with qtbot.captureExceptions():
            sys.excepthook = hooks._caught
            window.page.primary.click()
    finally:
        hooks.remove()
    assert "ZeroDivisionError" in window.page.banners()[0].text
    assert "ZeroDivisionError" in (graft_home / "cache" / "logs" / "window.log").read_text()
    window.go_to("settings")
    assert window.page.name == "settings"


def test_a_folder_may_be_dropped_anywhere(
    window: MainWindow, session: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    window.go_to("settings")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    place, action = window.rect().center(), Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place, action, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    assert window._overlay.isVisible()
    drop = QDropEvent(QPointF(place), action, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(drop)
    assert not window._overlay.isVisible()
    qtbot.waitUntil(lambda: session.folder == folder, timeout=LONG)
    assert window.page.name == "data"
    assert window.windowTitle() == "insects – Graft"


def test_closing_while_training_asks_once_and_waits_for_the_checkpoint(
    window: MainWindow, opened: Session, engine: Engine, qtbot: Any
) -> None:
    opened.train()
    engine.advance("Train", 1, 10, "train")
    window.close()
    window.close()
    boxes = window.findChildren(QMessageBox)
    assert len(boxes) == 1
    stay = next(button for button in boxes[0].buttons() if button.text() == "Keep training")
    stay.click()
    assert window.isVisible()
    assert engine.job("Train") not in engine.cancelled
    window.close()
    box = next(box for box in window.findChildren(QMessageBox) if box.isVisible())
    next(button for button in box.buttons() if button.text() == "Stop and close").click()
    assert engine.job("Train") in engine.cancelled
    assert window.isVisible(), "it waits for the checkpoint"
    engine.stop("Train")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)


def test_an_unfinished_run_is_offered_when_the_project_opens(
    window: MainWindow, opened: Session, engine: Engine, qtbot: Any
) -> None:
    run = create_run(opened.project.new_run_folder(), opened.recipe)
    run.write_resolved({"strategy": "fine_tune_top"})
    opened.run_list.reload()
    qtbot.waitUntil(lambda: bool(window.page.banners()), timeout=LONG)
    banner = window.page.banners()[0]
    assert "interrupted" in banner.text
    banner.action.click()
    assert engine.asked("Resume")[0].run == str(run.folder)
    assert window.page.name == "train"
