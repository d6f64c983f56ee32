"""The Augment page: examples follow the recipe after a rest, presets are one step, sided labels are warned about."""

from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QColor, QImage

from core.recipe import Augmentation
from gui.pages.augment import OFF, PRESETS, AugmentPage


def png(colour="#884422"):
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return kept.data()


def rows(count=3, views=6):
    return [{"picture": f"{n}.jpg", "original": png(), "views": [png()] * views} for n in range(count)]


def test_examples_are_asked_for_once_the_user_rests_and_then_drawn(qtbot, show, session, engine):
    page = show(AugmentPage, session)
    qtbot.waitUntil(lambda: len(engine.asked("Preview")) == 1)
    engine.answer({"rows": rows()})
    assert page.wall.pictures == 21
    for degrees in (5.0, 10.0, 15.0):
        session.set_value("augmentation.rotation", degrees)
    qtbot.waitUntil(lambda: len(engine.asked("Preview")) == 2)
    assert engine.asked("Preview")[-1].recipe.augmentation.rotation == 15
    session.set_value("optimizer.learning_rate", 0.1)  # changes nothing that can be seen here
    qtbot.wait(400)
    assert len(engine.asked("Preview")) == 2


def test_a_question_that_is_old_is_withdrawn(qtbot, show, session, engine):
    show(AugmentPage, session)
    qtbot.waitUntil(lambda: len(engine.asked("Preview")) == 1)
    first = engine.sent[-1][0]
    session.set_value("augmentation.flip", False)
    qtbot.waitUntil(lambda: len(engine.asked("Preview")) == 2)
    assert first in engine.cancelled


def test_a_preset_is_one_undoable_step(show, session):
    page = show(AugmentPage, session)
    page.preset.setCurrentIndex(page.preset.findData("off"))
    page.preset.activated.emit(page.preset.currentIndex())
    assert session.recipe.augmentation == OFF
    session.undo.undo()
    assert session.recipe.augmentation == Augmentation()
    assert all(page.preset.findData(key) >= 0 for key in PRESETS)


def test_mirroring_is_questioned_where_labels_have_sides(qtbot, show, session):
    session.board.set_result("scan", {"classes": {"left_hand": 5, "right_hand": 5}, "split": {}})
    page = show(AugmentPage, session)
    banner = next(banner for banner in page.banners() if "left_hand" in banner.text)
    banner.action.click()
    assert session.recipe.augmentation.flip is False
    qtbot.waitUntil(lambda: not any("left_hand" in banner.text for banner in page.banners()))


def test_digits_are_signs_too(show, session):
    session.board.set_result("scan", {"classes": {"6": 5, "9": 5}, "split": {}})
    page = show(AugmentPage, session)
    assert any("6, 9" in banner.text for banner in page.banners())


def test_where_only_a_head_learns_the_page_says_that_nothing_happens(qtbot, show, advised):
    page = show(AugmentPage, advised)
    told = [banner for banner in page.banners() if "no effect" in banner.text]
    assert told
    told[0].closed.emit()
    page.refresh()
    assert not any("no effect" in banner.text for banner in page.banners())


def test_a_failed_preview_can_be_tried_again(qtbot, show, session, engine):
    page = show(AugmentPage, session)
    qtbot.waitUntil(lambda: len(engine.asked("Preview")) == 1)
    engine.fail("CHANGED")
    qtbot.waitUntil(lambda: bool(page.banners()))
    page.banners()[-1].action.click()
    assert len(engine.asked("Preview")) == 2
