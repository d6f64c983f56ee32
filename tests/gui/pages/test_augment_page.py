"""The Augment page: examples follow the recipe at once, presets are one step, sided labels are warned about."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QSlider

from core.project.index import Index, Reading
from core.recipe import OFF, PRESETS, Augmentation
from gui.pages.augment import AugmentPage
from gui.shelf_facts import ShelfFacts

GREY = bytes([128]) * (8 * 8 * 3)


def rows(count=3, views=4):
    row = {"picture": "a.jpg", "original": GREY, "views": [GREY] * views}
    return {"side": 8, "rows": [row] * count}


def answer(engine):
    """As the worker would: it begins, and gives as many rows as it was asked for."""
    engine.begin()
    asked = engine.asked("Preview")[-1]
    engine.answer(rows(asked.pictures, asked.views))


def test_examples_follow_each_change_one_question_at_a_time(qtbot, show, session, engine, monkeypatch):
    monkeypatch.setattr("gui.previews.BUDGET", 60)  # however slow this machine is: all rows at once
    page = show(AugmentPage, session)
    first = engine.asked("Preview")[-1]
    answer(engine)
    assert page.wall.pictures == first.pictures * (first.views + 1)
    engine.begin()
    for degrees in (5.0, 10.0, 15.0):
        session.set_value("augmentation.rotation", degrees)
        qtbot.wait(5)
        engine.begin()
    standing = len(engine.asked("Preview"))
    answer(engine)  # what was asked at 5 degrees; the next question is about 15
    assert len(engine.asked("Preview")) == standing + 1
    assert engine.asked("Preview")[-1].recipe.augmentation.rotation == 15
    answer(engine)
    assert page.wall.fresh == engine.asked("Preview")[-1].pictures
    asked = len(engine.asked("Preview"))
    session.set_value("optimizer.learning_rate", 0.1)  # changes nothing that can be seen here
    qtbot.wait(250)
    assert len(engine.asked("Preview")) == asked


def test_a_question_that_waits_behind_other_work_gives_way_to_a_newer_one(qtbot, show, session, engine):
    show(AugmentPage, session)
    waiting = engine.sent[-1][0]  # not begun: the worker reads a folder
    session.set_value("augmentation.flip", False)
    qtbot.waitUntil(lambda: waiting in engine.cancelled)
    assert engine.asked("Preview")[-1].recipe.augmentation.flip is False


def test_a_slow_machine_draws_fewer_rows_first_and_the_rest_at_rest(qtbot, show, session, engine, monkeypatch):
    page = show(AugmentPage, session)
    whole = engine.asked("Preview")[-1].pictures
    assert whole >= 3
    qtbot.wait(250)  # so slow is the worker
    answer(engine)
    session.set_value("augmentation.rotation", 5.0)
    qtbot.waitUntil(lambda: engine.asked("Preview")[-1].recipe.augmentation.rotation == 5)
    assert engine.asked("Preview")[-1].pictures < whole
    answer(engine)
    assert page.wall.fresh < whole
    qtbot.waitUntil(lambda: engine.asked("Preview")[-1].pictures == whole)
    answer(engine)
    assert page.wall.fresh == whole


def test_pictures_that_changed_are_read_anew(qtbot, show, session, engine):
    show(AugmentPage, session)
    answer(engine)
    before = engine.asked("Preview")[-1]
    session.dataset_changed.emit()
    qtbot.waitUntil(lambda: engine.asked("Preview")[-1] is not before)
    assert engine.asked("Preview")[-1].edition != before.edition


def test_a_preset_is_one_undoable_step_and_says_what_it_takes_for_granted(qtbot, show, session):
    page = show(AugmentPage, session)
    for preset in PRESETS:
        page.choices.preset.setCurrentIndex(page.choices.preset.findData(preset.key))
        page.choices.preset.activated.emit(page.choices.preset.currentIndex())
        assert session.recipe.augmentation == preset.choices
        qtbot.waitUntil(lambda text=preset.assumes: text in page.choices.assumes.text())
    assert session.recipe.augmentation == OFF
    session.undo.undo()
    assert session.recipe.augmentation == PRESETS[-2].choices


def test_every_choice_of_augmentation_is_on_the_page(show, session):
    page = show(AugmentPage, session)
    for fold in page.choices.groups:
        fold.button.setChecked(True)
    names = {part.accessibleName() for part in page.findChildren(QSlider) + page.findChildren(QCheckBox)}
    assert {"Mirror", "Rotation", "Perspective", "Blur", "Noise", "Erasing", "Colour of the light"} <= names
    fields = [name for fold in page.choices.groups for name in fold.content.property("fields")]
    assert sorted(fields) == sorted(Augmentation.model_fields)


def test_mirroring_is_questioned_where_labels_have_sides(qtbot, show, session):
    session.board.set_result("scan", {"classes": {"left_hand": 5, "right_hand": 5}, "split": {}})
    page = show(AugmentPage, session)
    banner = next(banner for banner in page.banners() if "left_hand" in banner.text)
    banner.action.click()
    assert session.recipe.augmentation.flip is False
    qtbot.waitUntil(lambda: not any("left_hand" in banner.text for banner in page.banners()))


def test_turning_digits_upside_down_is_questioned_and_can_be_undone(qtbot, show, session):
    session.board.set_result("scan", {"classes": {"6": 5, "9": 5}, "split": {}})
    page = show(AugmentPage, session)
    assert any("6, 9" in banner.text for banner in page.banners())
    session.replace(session.recipe.model_copy(update={"augmentation": Augmentation(flip=False, rotation=180)}))
    qtbot.waitUntil(lambda: any("upside down" in banner.text for banner in page.banners()))
    next(banner for banner in page.banners() if "upside down" in banner.text).action.click()
    assert session.recipe.augmentation.rotation == 15


def test_what_a_crop_cuts_away_is_said_and_another_way_is_one_click(qtbot, show, session):
    page = show(AugmentPage, session)
    with Index.open(session.project.folder) as index:
        index.record(
            Reading(f"ants/{n}.jpg", "ants", "", 1, 1, f"{n}", "", 0.0, w, h)
            for n, (w, h) in enumerate(((100, 100), (200, 100), (100, 400)))
        )
        shapes = index.shapes(2)
    session.shelf.fill(session.project.folder, ShelfFacts(shapes=shapes))
    session.dataset_changed.emit()
    qtbot.waitUntil(lambda: "42\u00a0%" in page.fit.cards["crop"].accessibleDescription())
    assert "75\u00a0%" in page.fit.cards["crop"].accessibleDescription()
    assert shapes.longest == 4
    assert [(p.width, p.height) for p in shapes.telling] == [(200, 100), (100, 400)]
    page.fit.cards["letterbox"].clicked.emit()
    assert session.recipe.data.fit == "letterbox"
    qtbot.waitUntil(lambda: page.fit.cards["letterbox"].selected)


def test_where_only_a_head_learns_the_page_says_that_nothing_happens(qtbot, show, advised):
    page = show(AugmentPage, advised)
    told = [banner for banner in page.banners() if "no effect" in banner.text]
    assert told
    told[0].closed.emit()
    page.refresh()
    assert not any("no effect" in banner.text for banner in page.banners())


def test_a_failed_preview_can_be_tried_again(qtbot, show, session, engine):
    page = show(AugmentPage, session)
    engine.begin()
    engine.fail("CHANGED")
    qtbot.waitUntil(lambda: bool(page.banners()))
    page.banners()[-1].action.click()
    assert len(engine.asked("Preview")) == 2


def test_the_tab_key_walks_through_the_choices_in_the_order_in_which_they_stand(qtbot, show, advised):
    page = show(AugmentPage, advised)
    for fold in page.choices.groups:
        fold.button.setChecked(True)
    qtbot.wait(50)
    walked, widget = [], page.choices.preset
    for _ in range(40):
        widget = widget.nextInFocusChain()
        while not widget.isVisible() or not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or not widget.isEnabled():
            widget = widget.nextInFocusChain()
        if widget is page.tabs:
            break
        walked.append(widget)
    titles = [part for part in walked if part in [fold.button for fold in page.choices.groups]]
    assert [title.text() for title in titles] == [fold.button.text() for fold in page.choices.groups]
    heights = [part.mapTo(page.window(), part.rect().center()).y() for part in walked]
    assert heights == sorted(heights)
