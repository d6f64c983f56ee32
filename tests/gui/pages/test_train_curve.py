"""The curve of the Train page: caught up with, read back from disk, read off with mouse and keys, never in the way."""

import time

from PySide6.QtCore import QCoreApplication, QPointF, Qt

from core.events import Steered
from core.project.steps import StepLog
from gui.pages.train import TrainPage
from gui.run_curve import read_curve
from tests.gui.pages.conftest import batch, epoch


def test_a_page_made_late_catches_up_from_the_run(qtbot, show, advised, engine, project):
    advised.train()
    job = engine.begin()
    from core.project.runs import create_run

    run = create_run(project.made[-1], advised.recipe)
    for number in (1, 2):
        run.record(epoch(number))
    page = show(TrainPage, advised)
    engine.received.emit(epoch(3, job=job))
    qtbot.waitUntil(lambda: list(page.watch.data.epochs) == [1, 2, 3])


def test_a_finished_run_is_read_back_with_its_best_and_its_marks(qtbot, show, with_run):
    page = show(TrainPage, with_run)
    qtbot.waitUntil(lambda: len(page.watch.data.epochs) == 6)
    data = page.watch.data
    assert data.best == 4
    assert data.place(data.marks[0]) == 3.5  # step 28 of 8 an epoch
    assert page.primary.text() == "Look at the mistakes ▸"
    assert "90\u00a0%\u00a0±\u00a05" in page.figures.accuracy.accessibleName()
    with qtbot.waitSignal(with_run.go_to) as went:
        page.primary.click()
    assert went.args == ["evaluate"]


def test_a_run_that_is_opened_again_shows_its_single_steps(qtbot, show, with_run, make_run, project):
    run = with_run.run
    with StepLog(run.folder) as log:
        for step in range(1, 49):
            log.hear(batch("", step, -(-step // 8)))
    page = show(TrainPage, with_run)
    qtbot.waitUntil(lambda: len(page.watch.data.steps) == 48)
    data = page.watch.data
    assert (data.batch_losses[3], data.batch_rates[3]) == (1 / 4, 0.01)
    assert [data.at(step) for step in (8, 12, 48)] == [1, 1.5, 6]


def test_a_resumed_run_keeps_its_steps_and_marks_each_act_once(qtbot, running, engine, advised, project, make_run):
    page, job = running
    run = make_run(project.made[-1].name, epochs=0, complete=False)
    with StepLog(run.folder) as log:
        for step in range(1, 20):
            log.hear(batch(job, step))
            engine.received.emit(batch(job, step))
    for event in (
        Steered(job=job, count=30, step=5, action="decay", value=0.1),
        Steered(job=job, count=31, step=12, action="snapshot", value=None),
    ):
        run.record(event)
        engine.received.emit(event)
    engine.fail("ENGINE_DIED")
    qtbot.waitUntil(lambda: page.primary.text() == "Resume")
    page.primary.click()
    job = engine.begin()
    engine.received.emit(batch(job, 11))
    qtbot.waitUntil(lambda: [mark.action for mark in page.watch.data.marks] == ["decay"])
    engine.received.emit(batch(job, 12))
    engine.received.emit(Steered(job=job, count=32, step=12, action="snapshot", value=None))
    qtbot.waitUntil(lambda: [mark.action for mark in page.watch.data.marks] == ["decay", "snapshot"])
    assert list(page.watch.data.steps) == list(range(1, 13))


def test_the_figures_of_an_epoch_are_read_with_the_mouse_and_with_the_arrow_keys(qtbot, show, with_run):
    page = show(TrainPage, with_run)
    qtbot.waitUntil(lambda: page.curve.widget is not None and len(page.curve.widget.data.epochs) == 6)
    curve = page.curve.widget
    qtbot.waitUntil(curve.isVisible)
    reader, data = curve.reader, curve.data
    qtbot.keyClick(curve, Qt.Key.Key_Left)
    assert reader.row == 5
    qtbot.keyClick(curve, Qt.Key.Key_Left)
    assert reader.row == 4
    assert curve.accessibleDescription() == reader.text()
    assert f"Epoch 5: training {round(100 * data.train_accuracy[4])}\u00a0%" in reader.text()
    assert f"{data.val_loss[4]:.2f}" in reader.sheet.text()
    qtbot.keyClick(curve, Qt.Key.Key_Home)
    assert reader.row == 0
    qtbot.keyClick(curve, Qt.Key.Key_Escape)
    assert not reader.sheet.isVisible()
    following = page.save_button.nextInFocusChain()
    while not following.isVisible() or not following.focusPolicy() & Qt.FocusPolicy.TabFocus:
        following = following.nextInFocusChain()
    assert following is curve
    box = curve.accuracy.vb
    place = curve.view.mapFromScene(box.mapViewToScene(QPointF(3.1, 0.9)))
    qtbot.mouseMove(curve.view.viewport(), place)
    qtbot.waitUntil(lambda: reader.row == 2)
    assert reader.sheet.isVisible()
    assert curve.view.rect().contains(reader.sheet.geometry())


def test_a_run_that_is_not_there_gives_an_empty_curve(tmp_path):
    assert len(read_curve(tmp_path / "nothing").epochs) == 0


def test_ten_thousand_events_never_hold_the_window_up(qtbot, running, engine):
    """Each turn of the loop stays under 16 ms for the median and far from a stutter at the worst."""
    page, job = running
    page.resize(1000, 800)
    qtbot.waitUntil(lambda: page.curve.widget is not None, timeout=20_000)
    turns, step = [], 1
    for number in range(1, 101):
        for _ in range(100):
            step += 1
            engine.received.emit(batch(job, step, number))
        engine.received.emit(epoch(number, 100, best=True, job=job))
        began = time.process_time()
        QCoreApplication.processEvents()
        turns.append(time.process_time() - began)
    qtbot.waitUntil(lambda: page.curve.widget._drawn == page.watch.data.version, timeout=2000)
    assert len(page.watch.data.steps) == 10_001
    assert sorted(turns)[len(turns) // 2] < 0.016
