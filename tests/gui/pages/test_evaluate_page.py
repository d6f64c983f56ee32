"""The Evaluate page: figures, the matrix that opens into its pictures, judging anew and elsewhere."""

from PySide6.QtCore import Qt

from gui.pages.evaluate import EvaluatePage
from tests.gui.pages.conftest import VAL


def test_without_a_model_the_page_says_so(show, session):
    page = show(EvaluatePage, session)
    assert not page.primary.isEnabled()
    assert page.primary.toolTip() == "Train a model first."
    assert "Train a model" in page.status


def test_figures_mistakes_and_classes(show, with_run):
    page = show(EvaluatePage, with_run)
    assert "90\u00a0%\u00a0±\u00a05" in page.status
    assert "surely between 84\u00a0% and 94\u00a0%" in page.figures[0].accessibleName()
    assert [tile.title for tile in page.wall.tiles] == ["ants → bees", "bees → ants"]
    assert page.wall.tiles[0].detail == "98\u00a0% sure"
    assert page.table.texts()[1] == ["bees", "83", "! 40\u00a0%", "–", "90\u00a0%"]
    assert [tile.title for tile in page.unsure.tiles] == ["ants"]


def test_a_cell_opens_into_its_pictures_and_back(qtbot, show, with_run):
    page = show(EvaluatePage, with_run)
    target = page.confusion.cell_rect(1, 0).center().toPoint()
    qtbot.mouseClick(page.confusion, Qt.MouseButton.LeftButton, pos=target)
    assert [tile.title for tile in page.wall.tiles] == ["bees → ants"]
    page.all_button.click()
    assert len(page.wall.tiles) == 2
    page.confusion.cellChosen.emit(0, 0)
    assert [tile.tip for tile in page.wall.tiles] == ["val/ants/a2.jpg"]


def test_a_picture_is_looked_at_large(qtbot, show, with_run):
    page = show(EvaluatePage, with_run)
    page.wall.setCurrentIndex(page.wall.model().index(0, 0))
    page.wall.opened.emit(page.wall.tiles[0])
    assert page.large.picture is not None
    assert page.large.picture.path == "val/ants/a1.jpg"
    qtbot.keyClick(page.large, Qt.Key.Key_Right)
    assert page.large.picture.path == "val/bees/b1.jpg"
    qtbot.keyClick(page.large, Qt.Key.Key_Escape)
    assert page.large.picture is None


def test_another_folder_is_judged_and_shown_under_its_name(qtbot, show, with_run, engine, tmp_path):
    page = show(EvaluatePage, with_run)
    page._judge_anew(str(tmp_path / "clinic"))
    assert engine.asked("Evaluate")[0].folder == str(tmp_path / "clinic")
    engine.answer({"run": "", "val": None, "test": {**VAL, "accuracy": 0.5, "low": 0.4, "high": 0.6, "images": 20}})
    qtbot.waitUntil(lambda: page.part.currentText() == "clinic: 20 pictures")
    assert "50\u00a0%" in page.status
    assert page.wall.tiles[0].picture == tmp_path / "clinic" / "val/ants/a1.jpg"


def test_a_report_with_gaps_still_draws(show, with_run, make_run, project):
    run = make_run("2026-11-22-1000-02")
    run.write_report({"strategy": "linear_probe", "val": {"accuracy": 0.5}})
    from gui.opening import read_runs

    with_run.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page = show(EvaluatePage, with_run)
    assert "50\u00a0%" in page.status


def test_no_validation_pictures_no_invented_score(show, with_run, make_run, project):
    run = make_run("2026-11-22-1000-02")
    run.write_report({"strategy": "linear_probe", "val": None})
    from gui.opening import read_runs

    with_run.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page = show(EvaluatePage, with_run)
    assert "nothing can be said" in page.status
    assert page.figures[0].accessibleName().endswith("–")
