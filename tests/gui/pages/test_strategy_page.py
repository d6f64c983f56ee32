"""The Strategy page: cells overrule, the boundary drags, evidence is drawn, the race is run and its winner taken."""

from PySide6.QtCore import Qt

from core.events import Lap, Rung
from core.project import races
from core.project.races import Entrant, Race
from gui.pages.strategy import StrategyPage
from gui.reasons import REASONS
from gui.why import why_of
from tests.gui.pages.conftest import ADVICE, BACKBONES

RACE = {
    "strategies": [
        {
            "strategy": kind, "accuracy": accuracy, "low": low, "high": high, "seconds": 38.0, "parameters_learned": 9,
            "run": f"/runs/{kind}", "first_stage": first, "epoch": 3, "epochs": 8, "finished": kind == "linear_probe",
        }
        for kind, accuracy, low, high, first in (
            ("fine_tune_top", 0.91, 0.85, 0.95, 3), ("linear_probe", 0.89, 0.83, 0.93, None)
        )
    ],
    "recommended": "linear_probe",
    "regret": 0.02,
    "regret_low": -0.01,
    "regret_high": 0.05,
}  # fmt: skip


def test_before_anything_is_measured_the_one_button_measures(show, session, engine):
    page = show(StrategyPage, session)
    assert page.primary.text() == "Measure"
    page.primary.click()
    assert len(engine.asked("Advise")) == 1


def test_the_advice_is_drawn_and_a_click_on_a_cell_overrules_it_undoably(qtbot, show, advised):
    page = show(StrategyPage, advised)
    assert page.grid.data.recommended == "small-similar"
    assert "A new head only" in page.status
    assert "122" in page.reasons.text()
    target = page.grid.cell_rect("large-different").center().toPoint()
    qtbot.mouseClick(page.grid, Qt.MouseButton.LeftButton, pos=target)
    assert advised.recipe.strategy.kind == "fine_tune_all"
    qtbot.waitUntil(lambda: page.grid.data.chosen == "large-different")
    assert all(block.learns for block in page.network.blocks)
    advised.undo.undo()
    assert advised.recipe.strategy.kind is None


def test_the_advised_cell_takes_the_advice_back(qtbot, show, advised):
    advised.set_value("strategy.kind", "fine_tune_all")
    page = show(StrategyPage, advised)
    page.grid.cellChosen.emit("small-similar")
    assert advised.recipe.strategy.kind is None


def test_the_boundary_becomes_a_strategy(show, advised):
    page = show(StrategyPage, advised)
    page.network.boundaryMoved.emit(2)
    assert (advised.recipe.strategy.kind, advised.recipe.strategy.first_stage) == ("fine_tune_top", 2)
    page.network.boundaryMoved.emit(0)
    assert (advised.recipe.strategy.kind, advised.recipe.strategy.first_stage) == ("fine_tune_all", None)
    page.network.boundaryMoved.emit(5)
    assert advised.recipe.strategy.kind == "linear_probe"


def test_it_leads_on_to_variation(qtbot, show, advised):
    page = show(StrategyPage, advised)
    with qtbot.waitSignal(advised.go_to) as went:
        page.primary.click()
    assert went.args == ["augment"]


def test_the_race_runs_and_its_rows_can_be_taken(qtbot, show, advised, engine):
    page = show(StrategyPage, advised)
    race = page.race
    race.budget.setCurrentIndex(race.budget.findData(120))
    race.button.click()
    assert [request.seconds for request in engine.asked("Race")] == [120]
    qtbot.waitUntil(lambda: race.pause.isVisible() and not race.button.isVisible())
    job = advised.running("race").id
    names = ("linear_probe", "fine_tune_top")
    engine.received.emit(Rung(job=job, count=1, number=1, of=2, strategies=names, budget=120.0, spent=0.0))
    for count, (kind, epoch, epochs, accuracy) in enumerate(
        (("linear_probe", 1, 1, 0.89), ("fine_tune_top", 1, 8, 0.9))
    ):
        engine.received.emit(
            Lap(job=job, count=2 + count, strategy=kind, rung=1, epoch=epoch, epochs=epochs, seconds=9.0 + count,
                accuracy=accuracy)
        )  # fmt: skip
    qtbot.waitUntil(lambda: race.plot.isVisible() and race.table.rowCount() == 2)
    assert race.table.texts()[0] == ["Fine-tune the top", "90\u00a0%", "10 s", "–", "epoch 1 of 8, learns now"]
    assert race.table.texts()[1][4] == "to its end"
    assert "Rung 1 of 2" in race.note.text()
    engine.answer(RACE)
    qtbot.waitUntil(lambda: race.take.isVisible())
    row = ["Fine-tune the top ★", "91\u00a0%\u00a0±\u00a05", "38 s", "9", "epoch 3 of 8"]
    assert race.table.texts()[0] == row
    assert "2 points below" in race.note.text()
    assert "may be chance" in race.note.text()
    race.take.click()
    strategy = advised.recipe.strategy
    assert (strategy.kind, strategy.first_stage) == ("fine_tune_top", 3)
    race.table.setCurrentCell(1, 0)
    qtbot.keyClick(race.table, Qt.Key.Key_Return)
    assert (advised.recipe.strategy.kind, advised.recipe.strategy.first_stage) == ("linear_probe", None)


def test_a_race_that_was_interrupted_is_shown_and_goes_on(qtbot, show, advised, engine):
    """As it is found on the disk when the project is opened again."""
    folder = advised.project.runs_folder / "0001-race"
    folder.mkdir(parents=True)
    entrants = [Entrant("linear_probe", 1, 0.0), Entrant("fine_tune_top", 8, 4.0)]
    kept = Race(folder, str(advised.project.folder), advised.recipe.model_dump(), "linear_probe", None, 60.0, entrants)
    kept.laps = [races.Lap("linear_probe", 1, 1, 2.0, 0.8, 0.5), races.Lap("fine_tune_top", 1, 1, 6.0, 0.85, 0.4)]
    kept.legs = [races.Leg("linear_probe", 1, 1, 2.0, "complete")]
    kept.save()
    page = show(StrategyPage, advised)
    qtbot.waitUntil(lambda: page.race.again.isVisible(), timeout=30_000)
    assert "nothing is lost" in page.race.note.text()
    assert [row[0] for row in page.race.table.texts()] == ["Fine-tune the top", "A new head only"]
    page.race.again.click()
    assert [request.out for request in engine.asked("ResumeRace")] == [str(folder)]
    qtbot.waitUntil(lambda: page.race.pause.isVisible())
    assert page.race.plot.isVisible()


def test_what_is_known_before_training_is_drawn_stage_by_stage(show, advised):
    page = show(StrategyPage, advised)
    drawn = {"familiar": page.familiar, "probes": page.probes}
    advice = advised.result("advise")
    for chart, rows in (
        (drawn["familiar"], advice["similarity"]["stages"]),
        (drawn["probes"], advice["evidence"]["stages"]),
    ):
        assert [mark.stage for mark in chart.marks] == [row["stage"] for row in rows]
        assert chart.isVisible()
        assert chart.accessibleName()
        assert "stage 1" in chart.accessibleDescription()


def test_without_any_weights_the_size_is_measured_all_the_same(qtbot, show, session, engine):
    session.board.set_result("list_backbones", {"backbones": [{**BACKBONES["backbones"][0], "local": False}]})
    page = show(StrategyPage, session)
    assert page.primary.isEnabled()
    page.primary.click()
    assert len(engine.asked("Advise")) == 1
    codes = [{"code": "SIZE_SMALL", "params": {"images": 121, "limit": 200}}, {"code": "FROM_SCRATCH", "params": {}}]
    similarity = {"value": None, "low": None, "high": None, "cell": "unknown", "neighbours": [], "stages": []}
    size = {"images_per_class": 121.8, "cell": "small"}
    engine.answer(
        {
            "cell": "small-unknown", "strategy": "from_scratch", "confident": True, "evidence": None, "size": size,
            "similarity": similarity, "reason_codes": codes, "plan": ADVICE["plan"],
        }
    )  # fmt: skip
    qtbot.waitUntil(lambda: page.grid.data.images_per_class == 121.8)
    assert "similarity not known" in page.grid.accessibleDescription()
    assert "from nothing" in page.reasons.text()
    assert not page.familiar.isVisible()
    assert page.race.button.isEnabled()
    session.set_value("backbone.name", "resnet18")  # chosen, and not here: to advise would be to download it
    qtbot.waitUntil(lambda: not page.measure_button.isEnabled())


def test_failure_says_why_and_offers_to_measure_again(qtbot, show, session, engine):
    page = show(StrategyPage, session)
    page.primary.click()
    engine.fail("NO_IMAGES", folder="/x")
    qtbot.waitUntil(lambda: any("No usable picture" in banner.text for banner in page.banners()))


def test_every_reason_of_the_core_has_words_here():
    from core.strategy.advise import SENTENCES

    assert set(SENTENCES) <= set(REASONS)


def test_what_has_the_focus_is_explained(show, advised):
    page = show(StrategyPage, advised)
    for widget in (page.grid, page.network, page.race.button, page.race.table):
        why = why_of(widget)
        assert why is not None
        assert len(why.text) > 80
        assert widget.accessibleName() or widget.text()
