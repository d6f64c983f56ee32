"""The Train page: start, steer, pause, decay, stop, resume, and what it advises."""

import pytest
from PySide6.QtCore import Qt

from core.errors import FAULTS
from core.events import Advice, Batch, Progress, Steered, Stopped
from gui.advice_acts import ACTS
from gui.opening import read_runs
from gui.pages.train import TrainPage
from tests.gui.pages.conftest import batch, epoch


def test_start_sends_one_training_and_the_button_becomes_pause(qtbot, running, engine):
    page, _ = running
    assert len(engine.asked("Train")) == 1
    qtbot.waitUntil(lambda: page.primary.text() == "Pause")
    assert not page.again_button.isVisible()


def test_the_figures_follow_the_epochs_with_their_interval(qtbot, running, engine):
    page, job = running
    for number in range(1, 4):
        engine.received.emit(batch(job, number * 8, number))
        engine.received.emit(epoch(number, best=True, job=job))
    engine.received.emit(Progress(job=job, count=5, stage="train", done=3, total=10, seconds_left=14.2))
    qtbot.waitUntil(lambda: page.figures.epochs.accessibleName() == "Epochs: 3 of 10")
    assert "81\u00a0%\u00a0±\u00a06 of 153 kept aside" in page.figures.accuracy.accessibleName()
    assert "in epoch 3" in page.figures.best.accessibleName()
    qtbot.waitUntil(lambda: "14 s" in page.figures.time.accessibleName())


def test_the_hands_reach_the_engine(qtbot, running, engine):
    page, job = running
    page.hands.decay.click()
    page.primary.click()
    engine.received.emit(Steered(job=job, count=3, step=9, action="pause", value=None))
    qtbot.waitUntil(lambda: page.primary.text() == "Go on")
    assert "Paused" in page.status
    assert page.session.states()["train"].line.startswith("Paused")
    page.primary.click()
    engine.received.emit(Steered(job=job, count=4, step=9, action="go_on", value=None))
    qtbot.waitUntil(lambda: page.primary.text() == "Pause")
    page.hands.stop.click()
    assert [steer.action for _, steer in engine.steered] == ["decay", "pause", "go_on", "stop"]
    assert [mark.action for mark in page.watch.data.marks] == ["pause", "go_on"]


def test_advice_of_the_core_stands_under_the_curve(qtbot, running, engine):
    page, job = running
    engine.received.emit(epoch(1, job=job))
    engine.received.emit(Advice(job=job, count=3, code="OUT_OF_MEMORY", params={"pieces": 2}))
    engine.received.emit(epoch(2, job=job))
    qtbot.waitUntil(lambda: "2 pieces" in page.line.text)


def test_advice_that_was_taken_is_not_said_any_more(qtbot, running, engine):
    page, job = running
    for action, code in (("decay", "PLATEAU"), ("unfreeze", "UNDERFITTING"), ("go_on", "DISK_FULL")):
        engine.received.emit(Advice(job=job, count=3, code=code, params=_Any()))
        qtbot.waitUntil(lambda: bool(page.line.text))
        engine.received.emit(Steered(job=job, count=4, step=1, action=action, value=0.1))
        qtbot.waitUntil(lambda: not page.line.text)
    engine.received.emit(Advice(job=job, count=3, code="GAP", params=_Any()))
    engine.received.emit(Steered(job=job, count=4, step=1, action="snapshot", value=None))
    qtbot.waitUntil(lambda: bool(page.line.text))


class _Any(dict):
    def __missing__(self, key):
        return 1


@pytest.mark.parametrize("code", sorted(ACTS))
def test_each_piece_of_advice_has_the_button_that_does_it(qtbot, running, engine, code):
    page, job = running
    act = ACTS[code][0]
    engine.received.emit(Advice(job=job, count=3, code=code, params=_Any()))
    qtbot.waitUntil(lambda: bool(page.line.text))
    assert page.line.button.isVisible() == (act is not None)
    if act is None:
        return
    assert page.line.button.text() == act.text
    went = []
    page.session.go_to.connect(went.append)
    page.line.button.click()
    if act.page:
        assert went == [act.page]
    else:
        assert [steer.action for _, steer in engine.steered] == [act.action]


def test_advice_that_cannot_be_followed_has_no_button(qtbot, running, engine):
    page, job = running
    rates = {"head": 0.01, "stage 0": 0.001}
    engine.received.emit(Batch(job=job, count=2, step=2, epoch=1, loss=0.5, learning_rates=rates))
    engine.received.emit(Advice(job=job, count=3, code="UNDERFITTING", params={"train": 55}))
    qtbot.waitUntil(lambda: bool(page.line.text))
    assert not page.line.button.isVisible(), "every stage learns already"
    qtbot.waitUntil(lambda: not page.hands.unfreeze.isEnabled())
    assert "already" in page.hands.unfreeze.toolTip()


def test_after_it_diverged_the_advice_opens_the_finder(qtbot, show, advised, make_run, project):
    run = make_run("2026-11-22-1000-01")
    run.record(Advice(job="", count=9, code="DIVERGED", params={"step": 40}))
    advised.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page = show(TrainPage, advised)
    qtbot.waitUntil(lambda: page.line.button.isVisible())
    page.line.button.click()
    assert page.choices.finder.content.isVisible()


def test_advice_of_the_curve_is_worded(running):
    assert set(ACTS) <= set(FAULTS) | {"DIVERGED"}


def test_a_discarded_run_leaves_the_page(qtbot, running, engine):
    page, job = running
    engine.received.emit(Steered(job=job, count=3, step=1, action="discard", value=None))
    engine.received.emit(Stopped(job=job, count=4))
    qtbot.waitUntil(lambda: len(page.watch.data.steps) == 0)
    assert "Press “Start training”" in page.invitation.text()


def test_before_its_first_step_a_training_can_be_stopped_and_not_steered(qtbot, show, advised, engine):
    advised.set_value("strategy.kind", "fine_tune_top")
    page = show(TrainPage, advised)
    page.primary.click()
    job = engine.begin()
    qtbot.waitUntil(lambda: page.hands.isVisible())
    steered = (page.hands.decay, page.hands.set_rate, page.hands.unfreeze, page.hands.snapshot)
    assert not any(hand.isEnabled() for hand in steered)
    assert "first step" in page.hands.decay.toolTip()
    assert page.hands.stop.isEnabled()
    engine.received.emit(batch(job, 1))
    qtbot.waitUntil(lambda: all(hand.isEnabled() for hand in steered))


def test_the_fields_beside_the_hands_never_stand_empty(qtbot, running):
    page, _ = running
    for field in (page.hands.factor, page.hands.new_rate):
        stood = field.text()
        assert stood
        field.setFocus()
        field.clear()
        page.primary.setFocus()
        assert field.text() == stood


def test_when_the_hands_go_the_focus_returns_to_the_one_button(qtbot, running, engine, make_run, project):
    page, _ = running
    page.hands.stop.setFocus()
    make_run(project.made[-1].name, complete=False)
    engine.fail("ENGINE_DIED")
    qtbot.waitUntil(lambda: not page.hands.isVisible())
    assert page.window().focusWidget() is page.primary


def test_other_jobs_do_not_draw_here(running, engine):
    page, _ = running
    before = page.watch.data.version
    engine.received.emit(epoch(1, job="race-7"))
    assert page.watch.data.version == before


def test_an_interrupted_run_offers_to_resume(qtbot, show, advised, engine, make_run, project):
    run = make_run("2026-11-22-1000-01", complete=False)
    advised.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page = show(TrainPage, advised)
    assert "interrupted" in page.banners()[0].text
    qtbot.waitUntil(lambda: page.status == "Interrupted after 6 epochs.")
    assert page.primary.text() == "Resume"
    page.primary.click()
    assert engine.asked("Resume")[0].run == str(run.folder)
    assert not engine.asked("Train"), "a new run is another button"


def test_the_death_of_the_engine_is_told_with_a_way_on(qtbot, running, engine, make_run, advised, project):
    page, _ = running
    make_run(project.made[-1].name, epochs=0, complete=False)
    engine.fail("ENGINE_DIED")
    qtbot.waitUntil(lambda: page.primary.text() == "Resume")
    assert "ended unexpectedly" in page.banners()[0].text
    assert len(page.watch.data.steps) == 1  # what was drawn stays


def test_a_head_that_is_fitted_at_a_stroke_cannot_be_paused_or_slowed(qtbot, show, advised, engine):
    page = show(TrainPage, advised)
    page.primary.click()
    job = engine.begin()
    for number in range(1, 5):
        engine.received.emit(epoch(number, 100, job=job, rate=1.0))
    qtbot.waitUntil(lambda: "rounds of the solver" in page.figures.epochs.accessibleName())
    qtbot.waitUntil(lambda: not page.primary.isEnabled())
    assert "nothing to pause" in page.primary.toolTip()
    assert not page.hands.isVisible()
    qtbot.waitUntil(lambda: page.curve.widget is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not page.curve.widget.rate.isVisible())


def test_what_is_opened_comes_into_sight(qtbot, show, advised):
    page = show(TrainPage, advised, height=560)
    fold = page.choices.groups[0]
    assert fold.content is None
    fold.button.click()
    qtbot.waitUntil(lambda: not fold.content.visibleRegion().isEmpty())
    assert not fold.button.visibleRegion().isEmpty()


def test_the_rate_finder_shows_its_curve_keeps_the_focus_and_goes_when_cancelled(qtbot, show, advised, engine):
    advised.set_value("strategy.kind", "fine_tune_top")
    page = show(TrainPage, advised)
    page.choices.open_finder()
    finder = page.choices.finder.content
    finder.look.setFocus()
    finder.look.click()
    engine.begin()
    assert finder.plot.isVisible()
    assert page.window().focusWidget() is finder.plot
    engine.answer({"points": [{"rate": 10.0**power, "loss": -power / 10} for power in range(-6, 0)], "suggested": 1e-3})
    assert finder.plot.isVisible()
    assert page.window().focusWidget() is finder.plot
    qtbot.keyClick(finder.plot, Qt.Key.Key_Left)
    qtbot.keyClick(finder.plot, Qt.Key.Key_Return)
    assert advised.recipe.optimizer.learning_rate == pytest.approx(1e-4)
    finder.look.click()
    job = engine.begin()
    advised.cancel(advised.running("find_rate"))
    engine.received.emit(Stopped(job=job, count=1))
    assert not finder.plot.isVisible()
    assert finder.look.isEnabled()
