"""The Evaluate page: figures, the matrix that opens into its pictures, what is settled, checked and compared."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.evaluation.answers import Answers
from core.evaluation.examine import examine
from core.evaluation.intervals import difference
from gui.pages.evaluate import EvaluatePage
from tests.gui.pages.conftest import VAL

SETTLED = {"temperature": 1.0, "threshold": None, "views": "none", "line": None}


@pytest.fixture
def examined() -> dict[str, object]:
    """What the engine would say of 120 answers that are too sure."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 120)
    logits = random.normal(size=(120, 2))
    logits[np.arange(120), labels] += 1.2
    logs = logits * 4 - np.log(np.exp(logits * 4).sum(1, keepdims=True))
    paths = tuple(f"val/ants/a{number}.jpg" for number in range(120))
    return examine(Answers(("ants", "bees"), paths, labels, logs.astype(np.float32)), 1.0)


@pytest.fixture
def full(qtbot, show, with_run, engine, examined):
    """The page once everything is worked out."""
    page = show(EvaluatePage, with_run)
    engine.answer({"run": "", "settled": SETTLED, "judged": {"val": examined}})
    qtbot.waitUntil(lambda: page.classes.overall.texts()[5][1] != "–")
    return page


def test_without_a_model_the_page_says_so(show, session):
    page = show(EvaluatePage, session)
    assert not page.primary.isEnabled()
    assert page.primary.toolTip() == "Train a model first."
    assert "Train a model" in page.status
    assert page.labels.check_button.toolTip() == "Train a model first."


def test_the_report_is_shown_at_once(show, with_run, engine):
    page = show(EvaluatePage, with_run)
    assert engine.asked("Examine")[0].run == str(with_run.trained.run.folder)
    assert "90\u00a0%\u00a0±\u00a05" in page.status
    assert "95 % certain: 84 to 94\u00a0%" in page.figures.right.accessibleName()
    wall = page.mistakes.wall
    assert [tile.title for tile in wall.tiles] == ["ants → bees", "bees → ants"]
    assert wall.tiles[0].detail == "98\u00a0% sure"
    assert page.classes.table.texts()[1][:5] == ["bees", "83", "! 40\u00a0%", "–", "90\u00a0%"]
    page.mistakes.kinds.setCurrentIndex(1)
    page.mistakes.kinds.activated.emit(1)
    assert [tile.title for tile in wall.tiles] == ["ants"]
    page.refresh()
    assert len(engine.asked("Examine")) == 1


def test_a_cell_opens_into_its_pictures_and_back(qtbot, show, with_run):
    page = show(EvaluatePage, with_run)
    tab = page.mistakes
    qtbot.mouseClick(tab.confusion, Qt.MouseButton.LeftButton, pos=tab.confusion.cell_rect(1, 0).center().toPoint())
    assert [tile.title for tile in tab.wall.tiles] == ["bees → ants"]
    tab.all_button.click()
    assert len(tab.wall.tiles) == 2
    tab.confusion.cellChosen.emit(0, 0)
    assert [tile.tip for tile in tab.wall.tiles] == ["val/ants/a2.jpg"]
    assert tab.confusion.sheet() == [["truth \\ answer", "ants", "bees"], ["ants", 60, 10], ["bees", 6, 77]]


def test_a_picture_is_looked_at_large_with_its_evidence_and_mended_by_a_key(qtbot, show, with_run, engine):
    page = show(EvaluatePage, with_run)
    wall = page.mistakes.wall
    wall.setCurrentIndex(wall.model().index(0, 0))
    wall.opened.emit(wall.tiles[0])
    assert page.large.picture.path == "val/ants/a1.jpg"
    asked = engine.asked("Explain")[0]
    assert asked.paths == (str(with_run.folder / "val/ants/a1.jpg"),)
    row = {
        "path": asked.paths[0], "status": "ok", "label": "bees", "probability": 0.98,
        "probabilities": {"ants": 0.02, "bees": 0.98},
        "heat": {"width": 2, "height": 2, "values": bytes([0, 255, 0, 0])}, "box": [0, 0, 1, 1],
        "neighbours": [{"path": "val/bees/b1.jpg", "label": "bees", "distance": 0.25}],
        "strangeness": 0.9, "limit": 0.7, "unknown": True,
    }  # fmt: skip
    engine.answer({"rows": [row], "classes": ["ants", "bees"]})
    assert page.large.image.has_heat
    assert [(tile.title, tile.detail) for tile in page.large.neighbours.tiles] == [("bees", "75\u00a0% alike")]
    assert page.large._unknown.isVisible()
    qtbot.keyClick(page.large, Qt.Key.Key_E)
    assert not page.large.image.evident
    qtbot.keyClick(page.large, Qt.Key.Key_2)
    assert (engine.asked("Edit")[0].pictures, engine.asked("Edit")[0].label) == ((0,), "bees")
    qtbot.keyClick(page.large, Qt.Key.Key_Right)
    assert page.large.picture.path == "val/bees/b1.jpg"
    assert not page.large.image.has_heat
    qtbot.keyClick(page.large, Qt.Key.Key_Escape)
    assert page.large.picture is None


def test_another_folder_is_judged_and_shown_under_its_name(qtbot, show, with_run, engine, tmp_path):
    page = show(EvaluatePage, with_run)
    engine.answer({"run": "", "settled": SETTLED, "judged": {}})
    page.judged.judge_anew(str(tmp_path / "clinic"))
    assert engine.asked("Evaluate")[0].folder == str(tmp_path / "clinic")
    engine.answer({"run": "", "val": None, "test": {**VAL, "accuracy": 0.5, "low": 0.4, "high": 0.6, "images": 20}})
    qtbot.waitUntil(lambda: page.part.currentText() == "clinic: 20 pictures")
    assert "50\u00a0%" in page.status
    assert page.mistakes.wall.tiles[0].picture == tmp_path / "clinic" / "val/ants/a1.jpg"


def test_every_figure_has_its_range_and_can_be_taken_away(full, examined):
    assert full.classes.overall.texts()[0][1:] == [
        f"{100 * examined['accuracy']:.1f}\u00a0%",
        f"{100 * examined['low']:.0f} to {100 * examined['high']:.0f}\u00a0%",
    ]
    sheet = full.classes._class_sheet()
    assert sheet[0][:5] == ["class", "pictures", "recall", "recall low", "recall high"]
    assert sheet[1][2] == examined["figures"]["classes"][0]["recall"]["value"]
    assert "±" in full.figures.balanced.accessibleName()


def test_probabilities_are_mended_and_taken_back(qtbot, full, engine, examined):
    tab = full.calibration
    assert "too sure" in tab.said.text()
    assert tab.button.text() == "Mend the probabilities"
    assert len(tab.chart.series) == 2
    tab.button.click()
    asked = engine.asked("Settle")[0]
    assert asked.temperature == pytest.approx(examined["calibration"]["temperature"])
    assert (asked.threshold, asked.views) == (None, "none")
    now = {**examined, "calibration": {**examined["calibration"], "current": 3.0}}
    engine.answer({"run": "", "settled": {**SETTLED, "temperature": 3.0}, "judged": {"val": now}})
    qtbot.waitUntil(lambda: "Back to" in tab.button.text())
    tab.button.click()
    assert engine.asked("Settle")[1].temperature == 1.0


def test_the_line_and_the_threshold_are_chosen(qtbot, full, engine, examined):
    tab = full.operating
    tab.find_button.click()
    row = examined["trade_off"][0][tab.line.mark]
    assert row["recall"] >= 0.95
    assert f"finds {row['found']} of {row['found'] + row['missed']}" in tab.line_said.text()
    tab.right_button.click()
    assert examined["trade_off"][0][tab.line.mark]["precision"] >= 0.95
    assert not tab.likeliest_button.isEnabled()
    tab.use_button.click()
    assert engine.asked("Settle")[0].line == ("ants", examined["trade_off"][0][tab.line.mark]["threshold"])
    line = {"label": "bees", "threshold": examined["trade_off"][1][3]["threshold"]}
    engine.answer({"run": "", "settled": {**SETTLED, "line": line}, "judged": {"val": examined}})
    qtbot.waitUntil(lambda: "The answer is bees from" in tab.line_stands.text())
    tab.classes.setCurrentIndex(1)
    tab.classes.activated.emit(1)
    assert tab.line.mark == 3
    tab.likeliest_button.click()
    assert engine.asked("Settle")[1].line is None
    assert "answers every picture" in tab.coverage_said.text()
    full.tabs.setCurrentWidget(tab)
    qtbot.keyClick(tab.coverage, Qt.Key.Key_PageUp)
    tab.apply_button.click()
    assert engine.asked("Settle")[-1].threshold == examined["coverage"][tab.coverage.mark]["threshold"]


def test_doubtful_labels_are_mended_by_one_key_and_taken_back(qtbot, full, engine, with_run):
    tab = full.labels
    full.tabs.setCurrentWidget(tab)
    tab.check_button.click()
    rows = [
        {"path": path, "label": path.split("/")[1], "suggested": other, "probability": 0.97, "own": 0.03}
        for path, other in (("val/ants/a1.jpg", "bees"), ("val/bees/b1.jpg", "ants"))
    ]
    engine.answer({"checked": 398, "suspects": rows})
    assert [tile.title for tile in tab.wall.tiles] == ["ants → bees?", "bees → ants?"]
    qtbot.keyClick(tab.wall, Qt.Key.Key_R)
    qtbot.keyClick(tab.wall, Qt.Key.Key_Delete)
    first, second = engine.asked("Edit")
    assert (first.pictures, first.label, second.pictures, second.excluded) == ((0,), "bees", (1,), True)
    assert "2 mended" in tab.said.text()
    assert not tab.relabel_button.isEnabled()
    with_run.undo.undo()
    assert engine.sent[-1][1].name == second.name  # takes back what that name did


def test_the_map_opens_pictures_and_names_the_strange(qtbot, full, engine):
    tab = full.map
    full.tabs.setCurrentWidget(tab)
    tab.draw_button.click()
    points = [
        {"path": "val/ants/a1.jpg", "part": "val", "label": "ants", "x": 0.2, "y": 0.3, "strangeness": 0.9},
        {"path": "val/bees/b1.jpg", "part": "val", "label": "bees", "x": 0.8, "y": 0.7, "strangeness": 0.5},
        {"path": "train/x.jpg", "part": "train", "label": "bees", "x": 0.5, "y": 0.9, "strangeness": None},
    ]
    engine.answer(
        {"method": "pca", "methods": ["pca"], "share": 0.3, "limit": 0.7, "known_share": 0.95,
         "classes": ["ants", "bees"], "points": points}
    )  # fmt: skip
    assert [tile.tip for tile in tab.strange.tiles] == ["val/ants/a1.jpg"]
    assert tab.strange_said.text().startswith("1 of 2")
    qtbot.mouseClick(tab.plot, Qt.MouseButton.LeftButton, pos=tab.plot.place(points[1]).toPoint())
    assert full.large.picture.path == "val/bees/b1.jpg"
    full.large.put_away()
    tab.plot.walk(-1, 0)
    assert "train/x.jpg" in tab.plot.accessibleDescription()


def test_runs_are_compared_and_combined_only_when_the_gain_was_seen(
    qtbot, show, with_run, engine, make_run, project, tmp_path
):
    from gui.opening import read_runs

    make_run("2026-11-22-1000-02").write_report({"strategy": "linear_probe", "val": VAL})
    with_run.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page = show(EvaluatePage, with_run)
    tab = page.compare
    page.tabs.setCurrentWidget(tab)
    assert len(tab.boxes) == 2
    assert not tab.combine_button.isVisible()
    for box in tab.boxes.values():
        box.setChecked(True)
    first = np.array([True] * 100 + [False] * 20 + [True] * 2)
    second = np.array([True] * 120 + [False] * 2)
    pair = {"first": 0, "second": 1, **difference(first, second), "p_adjusted": 0.0001}
    together = {"best": 1, "accuracy": 0.98, "low": 0.94, "high": 0.99, "against": difference(second, second)}
    differ = [{"path": "val/ants/a1.jpg", "truth": "ants", "answers": ["bees", "ants"]}]
    engine.answer(
        {"part": "val", "names": ["a", "b"], "images": 122, "runs": [], "pairs": [pair], "together": together,
         "differ": differ}
    )  # fmt: skip
    assert "Run 2 is better than Run 1" in tab.said.text()
    assert "Nothing gained" in tab.together_said.text()
    assert tab.differ.tiles[0].detail == "bees / ants"
    tab.combine_button.click()
    assert len(engine.asked("Combine")[0].runs) == 2


def test_the_snapshots_of_a_single_run_can_be_made_one_model(qtbot, show, with_run, engine, make_run, project):
    from gui.opening import read_runs

    snapshots = {"snapshots": [10, 20, 30], "val": {**VAL, "accuracy": 0.91}}
    make_run("2026-11-22-1000-02").write_report({"strategy": "fine_tune_all", "val": VAL, "ensemble": snapshots})
    with_run.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page = show(EvaluatePage, with_run)
    tab = page.compare
    page.tabs.setCurrentWidget(tab)
    first, second = tab.boxes.values()
    first.setChecked(True)
    second.setChecked(False)
    assert not tab.combine_button.isVisible()  # that one took none
    first.setChecked(False)
    second.setChecked(True)
    assert "3 snapshots together: 91" in tab.together_said.text()
    tab.combine_button.click()
    assert [Path(run).name for run in engine.asked("Combine")[0].runs] == ["2026-11-22-1000-02"]


def test_views_are_tried_before_they_are_used(qtbot, full, engine):
    tab = full.compare.views
    full.tabs.setCurrentWidget(full.compare)
    tab.try_button.click()
    right = np.arange(120) % 9 > 0
    rows = [
        {"views": name, "passes": 1, "milliseconds": 5.0, "accuracy": 0.9, "loss": 0.3,
         "against": difference(right, right | (np.arange(120) < gain))}
        for name, gain in (("none", 0), ("flip", 60))
    ]  # fmt: skip
    engine.answer({"part": "val", "images": 120, "settled": "none", "rows": rows})
    assert tab.table.texts()[1][0] == "And mirrored"
    assert tab.table.texts()[1][1].startswith("+")
    assert not tab.use_button.isEnabled()
    tab.table.setCurrentCell(1, 0)
    tab.use_button.click()
    assert engine.asked("Settle")[0].views == "flip"
    engine.answer({"run": "", "settled": {**SETTLED, "views": "flip"}, "judged": {}})
    assert engine.asked("Evaluate")  # other views, other answers


@pytest.mark.parametrize("val", [{"accuracy": 0.5}, None])
def test_a_report_with_gaps_still_draws_and_no_score_is_invented(show, with_run, make_run, project, val):
    from gui.opening import read_runs

    make_run("2026-11-22-1000-02").write_report({"strategy": "linear_probe", "val": val})
    with_run.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page = show(EvaluatePage, with_run)
    if val:
        assert "50\u00a0%" in page.status
    else:
        assert "nothing can be said" in page.status
        assert page.figures.right.accessibleName().endswith("–")


def test_it_is_said_that_the_best_epoch_was_chosen_by_the_pictures_that_judge_it(show, with_run, project):
    from gui.opening import read_runs

    page = show(EvaluatePage, with_run)
    assert "a little kind" in page.status
    facts = with_run.trained
    facts.run.write_resolved({**facts.resolved, "optimizer": "lbfgs"})
    with_run.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page.refresh()
    assert "a little kind" not in page.status


def test_a_report_is_said_to_be_saved_only_when_it_is(qtbot, full, engine, tmp_path, monkeypatch):
    from gui.pages import evaluate

    monkeypatch.setattr(evaluate, "choose_file", lambda owner, name, then: then(tmp_path / name))
    full.print_button.click()
    path = engine.asked("WriteReport")[0].out
    assert path == str(tmp_path / f"{full.session.folder.name}-report.html")
    assert full.banners() == ()
    engine.answer({"path": path})
    assert [banner.text for banner in full.banners()] == [f"Saved as {path}"]
