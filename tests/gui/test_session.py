"""The session with a real project on disk and an engine that writes down what it is asked."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import Problem, UserError
from core.events import Advice, Found
from core.project.beginning import recipe_for
from core.project.folds import create_folds
from core.project.index import Index, Picture
from core.project.lock import Lock
from core.project.runs import create_run
from core.recipe import Recipe, read_recipe
from gui.facts import situation
from gui.opening import open_path
from gui.session import Session
from gui.steps import train_block
from tests.gui.frame import BACKBONES, LONG, NO_BACKBONES, Engine, picture_folder, scanned


def kept_recipe(session: Session) -> Recipe:
    assert session.project is not None
    with Index.open(session.project.folder, read_only=True) as index:
        return read_recipe(index.recipe() or "{}")


def test_a_folder_is_scanned_at_once_and_measured_when_that_is_done(opened: Session, engine: Engine) -> None:
    assert opened.recipe.data.folder == str(opened.folder)
    assert [type(request).__name__ for _, request in engine.sent] == ["ListBackbones", "Scan", "Advise"]
    assert opened.states()["data"].line == "24 pictures, 2 classes"
    assert opened.states()["strategy"].glyph == "running"


def test_without_a_backbone_the_size_is_measured_all_the_same(
    session: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    session.open_folder(folder)
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=LONG)
    engine.answer("Scan", scanned())
    engine.answer("ListBackbones", NO_BACKBONES)
    assert len(engine.asked("Advise")) == 1
    assert session.states()["backbone"].glyph == "attention"
    assert session.train() is None, "there is nothing to build on"
    engine.answer("Advise", {"strategy": "from_scratch", "pretrained": False})
    session.list_backbones()
    engine.answer("ListBackbones", BACKBONES)
    assert len(engine.asked("Advise")) == 2


def test_a_folder_that_is_gone_becomes_a_notice(session: Session, tmp_path: Path, qtbot: Any) -> None:
    with qtbot.waitSignal(session.notice, timeout=LONG) as told:
        session.open_folder(tmp_path / "nothing")
    assert told.args[0] == "bad"
    assert "There is no folder" in told.args[1]
    assert session.project is None


def test_a_folder_opened_twice_in_a_moment_is_not_held_by_this_window_itself(
    session: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    session.open_folder(folder)
    session.open_folder(folder)
    qtbot.waitUntil(lambda: len(engine.asked("Scan")) == 2, timeout=LONG)
    assert session.project is not None
    assert not session.read_only


def test_the_recipe_is_undone_and_redone_and_kept_on_disk(opened: Session, qtbot: Any) -> None:
    opened.set_value("augmentation.flip", False)
    opened.set_value("training.epochs", 7)
    opened.undo.undo()
    assert (opened.recipe.training.epochs, opened.recipe.augmentation.flip) == (None, False)
    opened.undo.redo()
    qtbot.waitUntil(lambda: kept_recipe(opened).training.epochs == 7, timeout=LONG)
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
    opened.set_value("data.image_size", 96)
    assert len(engine.asked("Scan")) == 2
    engine.answer("Scan", scanned())
    opened.set_value("split.validation", 0.3)
    assert len(engine.asked("Summarise")) == 1, "no file need be read for that"
    before = len(engine.asked("Advise"))
    opened.set_value("backbone.name", "resnet18")
    assert len(engine.asked("Advise")) == before + 1
    assert len(engine.asked("Scan")) == 2


def kept_in(session: Session) -> dict[str, tuple[str, bool]]:
    assert session.project is not None
    with Index.open(session.project.folder, read_only=True) as index:
        return {picture.path: (picture.label, picture.excluded) for picture in index.pictures()}


def at(session: Session, qtbot: Any, *paths: str) -> list[Picture]:
    session.shelf.look_up(paths)
    qtbot.waitUntil(lambda: all(session.picture_at(path) is not None for path in paths), timeout=LONG)
    return [session.picture_at(path) for path in paths]  # type: ignore[misc]


def test_what_is_said_about_pictures_is_stored_by_the_worker_and_taken_back(opened: Session, qtbot: Any) -> None:
    before = kept_in(opened)
    ant, bee = at(opened, qtbot, "ants/00.png", "bees/03.png")
    opened.shelf.relabel([ant, bee], "wasps", "Move")
    opened.shelf.exclude([ant], True, "Leave out")
    opened.shelf.rename_class("bees", "Bienen", "Rename")
    qtbot.waitUntil(lambda: [r.name for r in opened.shelf.facts.classes] == ["ants", "Bienen", "wasps"], timeout=LONG)
    after = kept_in(opened)
    assert after["ants/00.png"] == ("wasps", True)
    assert after["bees/00.png"] == ("Bienen", False)
    assert opened.result("scan")["classes"] == {"Bienen": 11, "ants": 11, "wasps": 1}, "what follows is worked out"
    for _ in range(3):
        opened.undo.undo()
    qtbot.waitUntil(lambda: kept_in(opened) == before, timeout=LONG)
    for _ in range(3):
        opened.undo.redo()
    qtbot.waitUntil(lambda: kept_in(opened) == after, timeout=LONG)


def test_after_edits_it_is_measured_anew_when_they_have_settled(opened: Session, engine: Engine, qtbot: Any) -> None:
    opened.shelf._settle.setInterval(30)
    measured = len(engine.asked("Advise"))
    opened.shelf.exclude(at(opened, qtbot, "ants/00.png"), True, "Leave out")
    qtbot.waitUntil(lambda: opened.states()["data"].line == "23 pictures, 2 classes", timeout=LONG)
    qtbot.waitUntil(lambda: len(engine.asked("Advise")) == measured + 1, timeout=LONG)


def test_turning_to_another_page_measures_at_once_what_waited_for_quiet(
    opened: Session, engine: Engine, qtbot: Any
) -> None:
    measured = len(engine.asked("Advise"))
    opened.shelf.exclude(at(opened, qtbot, "ants/00.png"), True, "Leave out")
    qtbot.waitUntil(lambda: opened.states()["data"].line == "23 pictures, 2 classes", timeout=LONG)
    assert len(engine.asked("Advise")) == measured, "whoever sorts is not kept busy with measuring"
    opened.shelf.settle_now()
    assert len(engine.asked("Advise")) == measured + 1
    opened.shelf.settle_now()
    assert len(engine.asked("Advise")) == measured + 1


def test_an_edit_that_cannot_be_written_is_told(opened: Session, engine: Engine, qtbot: Any) -> None:
    pictures = at(opened, qtbot, "ants/00.png")
    engine.idle = True
    opened.shelf.exclude(pictures, True, "Leave out")
    with qtbot.waitSignal(opened.notice, timeout=LONG) as told:
        engine.fail("Edit", "DISK_FULL", path="here")
    assert "no room left" in told.args[1]
    assert not any(excluded for _, excluded in kept_in(opened).values())


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
    qtbot.waitUntil(lambda: opened.unfinished is not None, timeout=LONG)
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
    qtbot.waitUntil(lambda: opened.trained is not None, timeout=LONG)
    assert opened.states()["train"].line == "90\u00a0%\u00a0±\u00a010"
    assert opened.states()["evaluate"].line == "1 mistake"
    opened.close_project()
    assert opened.trained is None
    opened.open_folder(folder)
    qtbot.waitUntil(lambda: opened.trained is not None, timeout=LONG)


def test_what_trainings_over_folds_found_is_there_at_the_next_start(
    opened: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    assert opened.project is not None
    folds = create_folds(opened.project.new_run_folder(), opened.recipe.with_value("split.folds", 2))
    row = {"balanced_accuracy": 0.8, "low": 0.6, "high": 0.9, "images": 12}
    replace(folds, rows=tuple({"fold": n, "accuracy": 0.7 + n / 10, **row} for n in (1, 2))).write()
    opened.close_project()
    opened.open_folder(folder)
    qtbot.waitUntil(lambda: opened.result("cross_validate") is not None, timeout=LONG)
    assert opened.result("cross_validate")["mean"] == pytest.approx(0.85)


def test_what_was_learned_is_at_hand_while_the_pictures_are_out_of_reach(
    opened: Session, engine: Engine, qtbot: Any, folder: Path
) -> None:
    opened.train()
    run = create_run(Path(engine.asked("Train")[0].run), opened.recipe)
    run.write_resolved({"strategy": "linear_probe"})
    run.write_report({"val": {"accuracy": 0.9, "low": 0.8, "high": 1.0, "mistakes": []}})
    engine.answer("Train", {})
    qtbot.waitUntil(lambda: opened.trained is not None, timeout=30_000)
    opened.close_project()
    opened.background.wait()
    folder.rename(folder.with_name("unplugged"))
    opened.open_folder(folder)
    qtbot.waitUntil(lambda: opened.trained is not None, timeout=30_000)
    assert not opened.read_only
    engine.fail("Scan", "NO_SUCH_FOLDER", folder=str(folder))
    states = opened.states()
    assert states["data"].line == "Out of reach"
    assert not states["predict"].why_not
    assert not states["export"].why_not
    assert "drive" in train_block(situation(opened))


def test_a_second_window_looks_on_and_names_the_first(opened: Session, folder: Path) -> None:
    other = open_path(folder)
    assert other.project.read_only
    assert "process" in str(other.project.holder)
    opened.read_only = True
    assert "another window" in opened.states()["train"].why_not


def test_another_folder_takes_the_place_of_the_first_and_gives_it_free(
    opened: Session, tmp_path: Path, folder: Path, qtbot: Any
) -> None:
    opened.set_value("training.epochs", 3)
    first = opened.project
    opened.open_folder(picture_folder(tmp_path / "birds", 3))
    qtbot.waitUntil(lambda: opened.project is not first and opened.shelf.facts.shown == 6, timeout=LONG)
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
    qtbot.waitUntil(lambda: len(engine.asked("Scan")) > scans, timeout=LONG)
    assert opened.project is project
    assert not opened.read_only


def test_what_was_said_about_pictures_outlives_turning_to_another_folder(
    opened: Session, engine: Engine, tmp_path: Path, qtbot: Any
) -> None:
    """It was shown as done; and the other project's pictures are shown as they are."""
    pictures = at(opened, qtbot, "ants/00.png")
    engine.idle = True
    opened.shelf.exclude(pictures, True, "Leave out")
    edit, first = engine.job("Edit"), opened.project
    opened.open_folder(picture_folder(tmp_path / "birds", 3))
    qtbot.waitUntil(lambda: opened.project is not first, timeout=LONG)
    assert edit not in engine.cancelled
    engine.answer("Edit", {"pictures": 1})
    qtbot.waitUntil(lambda: opened.shelf.facts.shown == 6, timeout=LONG)


def test_an_interrupted_run_can_be_gone_on_with_though_others_came_after_it(
    opened: Session, engine: Engine, qtbot: Any
) -> None:
    opened.train()
    long = create_run(Path(engine.asked("Train")[0].run), opened.recipe)
    long.write_resolved({"strategy": "fine_tune_all"})
    engine.fail("Train", "ENGINE_DIED")
    qtbot.waitUntil(lambda: opened.unfinished == long, timeout=LONG)
    opened.train()
    quick = create_run(Path(engine.asked("Train")[1].run), opened.recipe)
    quick.write_resolved({"strategy": "linear_probe"})
    quick.write_report({"val": {"accuracy": 0.9, "low": 0.8, "high": 1.0, "mistakes": []}})
    engine.answer("Train", {})
    qtbot.waitUntil(lambda: opened.trained is not None, timeout=LONG)
    assert opened.unfinished is None
    opened.choose_run(long.folder)
    assert opened.unfinished == long


def test_a_race_that_waits_for_room_says_so(opened: Session, engine: Engine, qtbot: Any) -> None:
    opened.race()
    with qtbot.waitSignal(opened.notice, timeout=LONG) as told:
        engine.say(Advice(job=engine.job("Race"), count=1, code="DISK_FULL", params={"path": "here"}))
    assert "no room left" in told.args[1]


def test_a_project_of_another_version_opens_and_says_which_choices_it_lost(
    opened: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    assert opened.project is not None
    kept = json.loads(opened.recipe.with_value("training.epochs", 7).to_json())
    kept["training"]["a_choice_that_is_gone"] = True
    with Index.open(opened.project.folder) as index:
        index.store_recipe(json.dumps(kept))
    opened.close_project()
    with qtbot.waitSignal(opened.notice, timeout=LONG) as told:
        opened.open_folder(folder)
    assert "training.a_choice_that_is_gone" in told.args[1]
    assert opened.recipe.training.epochs == 7
    assert recipe_for(folder).data.folder == str(folder)


def test_pictures_that_changed_while_it_trained_are_told(opened: Session, engine: Engine, qtbot: Any) -> None:
    opened.train()
    for path in ("ants/00.png", "ants/00.png", "bees/01.png"):
        engine.say(Found(job=engine.job("Train"), count=1, problem=Problem("CHANGED", path)))
    with qtbot.waitSignal(opened.notice, timeout=LONG) as told:
        engine.answer("Train", {})
    assert told.args[1].startswith("2 pictures changed or vanished")


def test_a_project_held_by_a_machine_that_is_gone_is_taken_over(
    opened: Session, engine: Engine, folder: Path, qtbot: Any
) -> None:
    assert opened.project is not None
    with Lock.open(opened.project.folder) as lock:
        holder, _ = lock.take()
        lock._keep("holder", json.dumps({**asdict(holder), "host": "renamed"}).encode())
    opened.close_project()
    with qtbot.waitSignal(opened.held_elsewhere, timeout=LONG) as told:
        opened.open_folder(folder)
    assert told.args == ["renamed"]
    assert opened.read_only
    scans = len(engine.asked("Scan"))
    opened.take_over()
    qtbot.waitUntil(lambda: len(engine.asked("Scan")) > scans, timeout=LONG)
    assert not opened.read_only
