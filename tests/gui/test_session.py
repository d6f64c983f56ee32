"""The session with a real project on disk and an engine that writes down what it is asked."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import UserError
from core.project.index import Index
from core.project.runs import create_run
from core.recipe import Recipe, read_recipe
from gui.opening import open_path
from gui.session import Session
from tests.gui.frame import BACKBONES, NO_BACKBONES, Engine, picture_folder, scanned


def kept_recipe(session: Session) -> Recipe:
    assert session.project is not None
    with Index.open(session.project.folder, read_only=True) as index:
        return read_recipe(index.recipe() or "{}")


def test_a_folder_is_scanned_at_once_and_measured_when_that_is_done(opened: Session, engine: Engine) -> None:
    assert opened.recipe.data.folder == str(opened.folder)
    assert [type(request).__name__ for _, request in engine.sent] == ["Scan", "ListBackbones", "Advise"]
    assert opened.states()["data"].line == "24 pictures, 2 classes"
    assert opened.states()["strategy"].glyph == "running"


def test_without_a_backbone_nothing_is_measured(session: Session, engine: Engine, folder: Path, qtbot: Any) -> None:
    session.open_folder(folder)
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=5000)
    engine.answer("Scan", scanned())
    engine.answer("ListBackbones", NO_BACKBONES)
    assert engine.asked("Advise") == []
    assert session.states()["backbone"].glyph == "attention"
    assert session.train() is None, "there is nothing to build on"
    session.list_backbones()
    engine.answer("ListBackbones", BACKBONES)
    assert len(engine.asked("Advise")) == 1


def test_a_folder_that_is_gone_becomes_a_notice(session: Session, tmp_path: Path, qtbot: Any) -> None:
    with qtbot.waitSignal(session.notice, timeout=5000) as told:
        session.open_folder(tmp_path / "nothing")
    assert told.args[0] == "bad"
    assert "There is no folder" in told.args[1]
    assert session.project is None


def test_a_folder_opened_twice_in_a_moment_is_not_held_by_this_window_itself(
    session: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    session.open_folder(folder)
    session.open_folder(folder)
    qtbot.waitUntil(lambda: len(engine.asked("Scan")) == 2, timeout=5000)
    assert session.project is not None
    assert not session.read_only


def test_the_recipe_is_undone_and_redone_and_kept_on_disk(opened: Session, qtbot: Any) -> None:
    opened.set_value("augmentation.flip", False)
    opened.set_value("training.epochs", 7)
    opened.undo.undo()
    assert (opened.recipe.training.epochs, opened.recipe.augmentation.flip) == (None, False)
    opened.undo.redo()
    qtbot.waitUntil(lambda: kept_recipe(opened).training.epochs == 7, timeout=5000)
    with pytest.raises(UserError) as refused:
        opened.set_value("training.epochs", -1)
    assert refused.value.code == "BAD_VALUE"
    assert opened.recipe.training.epochs == 7


def test_a_dragged_slider_is_one_edit(opened: Session) -> None:
    for value in (10.0, 20.0, 30.0):
        opened.set_value("augmentation.rotation", value)
    opened.undo.undo()
    assert opened.recipe.augmentation.rotation == 0


def test_choices_that_change_the_pictures_scan_again_and_another_backbone_measures_again(
    opened: Session, engine: Engine
) -> None:
    opened.set_value("split.validation", 0.3)
    assert len(engine.asked("Scan")) == 2
    engine.answer("Scan", scanned())
    before = len(engine.asked("Advise"))
    opened.set_value("backbone.name", "resnet18")
    assert len(engine.asked("Advise")) == before + 1
    assert len(engine.asked("Scan")) == 2


def test_pictures_are_excluded_at_once_written_by_the_worker_and_taken_back(opened: Session, engine: Engine) -> None:
    first, second, *_ = opened.pictures
    opened.shelf.exclude([first, second], True, "Leave out")
    assert [picture.excluded for picture in opened.pictures[:3]] == [True, True, False]
    assert engine.asked("Edit")[-1].pictures == (first.id, second.id)
    assert engine.asked("Edit")[-1].excluded is True
    opened.undo.undo()
    assert not any(picture.excluded for picture in opened.pictures)
    assert engine.asked("Edit")[-1].excluded is False


def test_undoing_a_relabelling_gives_each_picture_its_own_class_back(opened: Session, engine: Engine) -> None:
    ant, bee = opened.pictures[0], opened.pictures[-1]
    opened.shelf.relabel([ant, bee], "wasps", "Move")
    assert {picture.label for picture in (opened.pictures[0], opened.pictures[-1])} == {"wasps"}
    opened.undo.undo()
    assert (opened.pictures[0].label, opened.pictures[-1].label) == ("ants", "bees")
    back = {request.label: request.pictures for request in engine.asked("Edit")[1:]}
    assert back == {"ants": (ant.id,), "bees": (bee.id,)}


def test_after_edits_the_counts_are_new_at_once_and_it_is_measured_anew_when_they_have_settled(
    opened: Session, engine: Engine, qtbot: Any
) -> None:
    opened.shelf._settle.setInterval(30)
    opened.shelf.exclude(opened.pictures[:1], True, "Leave out")
    measured = len(engine.asked("Advise"))
    engine.answer("Edit", {"pictures": 1})
    engine.answer("Summarise", scanned(ants=11))
    assert opened.states()["data"].line == "23 pictures, 2 classes"
    qtbot.waitUntil(lambda: len(engine.asked("Advise")) == measured + 1, timeout=3000)


def test_an_edit_that_cannot_be_written_is_taken_back_and_told(opened: Session, engine: Engine, qtbot: Any) -> None:
    opened.shelf.exclude(opened.pictures[:1], True, "Leave out")
    with qtbot.waitSignal(opened.notice, timeout=2000) as told:
        engine.fail("Edit", "DISK_FULL", path="here")
    assert "no room left" in told.args[1]
    qtbot.waitUntil(lambda: not opened.pictures[0].excluded, timeout=3000)


def test_training_makes_way_and_its_run_becomes_the_one_spoken_about(opened: Session, engine: Engine) -> None:
    job = opened.train()
    assert job is not None
    assert engine.cancelled == [engine.job("Advise")], "measuring must not keep a training waiting"
    assert opened.run is not None
    assert str(opened.run.folder) == engine.asked("Train")[0].run
    assert opened.train() is None, "one training at a time"
    engine.advance("Train", 3, 10, "train")
    assert opened.states()["train"].line == "Learning, 30\u00a0%"


def test_a_crash_while_training_leaves_a_run_to_resume(opened: Session, engine: Engine, qtbot: Any) -> None:
    opened.train()
    run = create_run(Path(engine.asked("Train")[0].run), opened.recipe)
    run.write_resolved({"strategy": "fine_tune_top"})
    engine.fail("Train", "ENGINE_DIED")
    qtbot.waitUntil(lambda: opened.unfinished is not None, timeout=5000)
    assert opened.states()["train"].line == "Interrupted"
    failed = opened.failure("train")
    assert failed is not None
    assert failed.code == "ENGINE_DIED"
    opened.resume(run.folder)
    assert engine.asked("Resume")[0].run == str(run.folder)
    assert opened.unfinished is None
    assert opened.failure("train") is None


def test_a_finished_run_is_found_again_when_the_project_is_opened(
    opened: Session, engine: Engine, qtbot: Any, folder: Path
) -> None:
    opened.train()
    run = create_run(Path(engine.asked("Train")[0].run), opened.recipe)
    run.write_resolved({"strategy": "linear_probe"})
    run.write_report({"val": {"accuracy": 0.9, "low": 0.8, "high": 1.0, "mistakes": [{}]}})
    engine.answer("Train", {})
    qtbot.waitUntil(lambda: opened.trained is not None, timeout=5000)
    assert opened.states()["train"].line == "90\u00a0%\u00a0±\u00a010"
    assert opened.states()["evaluate"].line == "1 mistake"
    opened.close_project()
    assert opened.trained is None
    opened.open_folder(folder)
    qtbot.waitUntil(lambda: opened.trained is not None, timeout=5000)


def test_a_second_window_looks_on_and_names_the_first(opened: Session, folder: Path) -> None:
    other = open_path(folder)
    assert other.project.read_only
    assert "process" in other.project.holder
    opened.read_only = True
    assert "another window" in opened.states()["train"].why_not


def test_another_folder_takes_the_place_of_the_first_and_gives_it_free(
    opened: Session, tmp_path: Path, folder: Path, qtbot: Any
) -> None:
    opened.set_value("training.epochs", 3)
    first = opened.project
    opened.open_folder(picture_folder(tmp_path / "birds", 3))
    qtbot.waitUntil(lambda: opened.project is not first and len(opened.pictures) == 6, timeout=5000)
    assert opened.undo.count() == 0
    assert opened.result("advise") is None
    assert opened.result("list_backbones") is not None, "that is the machine's, not the project's"
    opened.background.wait()
    again = open_path(folder)
    assert not again.project.read_only
    assert again.recipe.training.epochs == 3
    again.project.close()


def test_the_same_folder_again_is_read_anew_and_stays_ours(
    opened: Session, folder: Path, qtbot: Any, engine: Engine
) -> None:
    project, scans = opened.project, len(engine.asked("Scan"))
    opened.open_folder(folder)
    qtbot.waitUntil(lambda: len(engine.asked("Scan")) > scans, timeout=5000)
    assert opened.project is project
    assert not opened.read_only
