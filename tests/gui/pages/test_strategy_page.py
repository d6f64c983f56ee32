"""The Strategy page: cells overrule, the boundary drags, the race is asked for and its rows taken."""

from PySide6.QtCore import Qt

from gui.pages.strategy import StrategyPage
from gui.reasons import REASONS
from gui.why import why_of

RACE = {
    "strategies": [
        {"strategy": kind, "accuracy": accuracy, "low": low, "high": high, "seconds": 38.0, "parameters_learned": 9}
        for kind, accuracy, low, high in (("fine_tune_top", 0.91, 0.85, 0.95), ("linear_probe", 0.89, 0.83, 0.93))
    ],
    "recommended": "linear_probe",
    "regret": 0.02,
}


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
    page.race.button.click()
    assert len(engine.asked("Race")) == 1
    qtbot.waitUntil(lambda: not page.race.button.isEnabled())
    assert page.race.button.toolTip()
    engine.answer(RACE)
    qtbot.waitUntil(lambda: page.race.table.isVisible())
    assert page.race.table.texts()[0] == ["Fine-tune the top ★", "91\u00a0%\u00a0±\u00a05", "38 s", "9"]
    assert "2 points below" in page.race.note.text()
    page.race.table.setCurrentCell(0, 0)
    qtbot.keyClick(page.race.table, Qt.Key.Key_Return)
    assert advised.recipe.strategy.kind == "fine_tune_top"


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
