"""A run's folder: made once, read back from disk alone, and readable whatever a crash left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import Problem, UserError
from core.events import Advice, Batch, Checkpoint, Epoch, Event, Found, Progress, Started, Steered
from core.project import runs
from core.project.races import Race, read_race
from core.project.store import FILE_NAME
from core.recipe import Recipe

RECIPE = Recipe().with_value("strategy.kind", "linear_probe").with_value("seed", 3)


@pytest.fixture
def run(tmp_path: Path) -> runs.Run:
    return runs.create_run(tmp_path / "runs" / "one", RECIPE)


def _epoch(number: int, count: int = 0) -> Epoch:
    return Epoch(
        job="train", count=count, epoch=number, epochs=9, train={"loss": 1.0}, val={"loss": 1.1, "accuracy": 0.5},
        learning_rates={"head": 0.1}, seconds=0.2, best=False,
    )  # fmt: skip


def test_a_run_knows_its_recipe_and_nothing_else_at_first(run: runs.Run) -> None:
    again = runs.open_run(run.folder)
    assert again.recipe == RECIPE
    assert not again.complete
    assert again.report is None
    assert list(again.events()) == []


def test_a_report_makes_it_complete(run: runs.Run) -> None:
    run.write_resolved({"threads": 2})
    run.write_report({"val": {"accuracy": 0.5}})
    assert run.complete
    assert run.resolved == {"threads": 2}
    assert run.report == {"val": {"accuracy": 0.5}}


def test_one_process_trains_a_run_and_leaves_it_free_however_it_ends(run: runs.Run) -> None:
    holds = "import sys, pathlib, core.project.runs as r; h = r.Run(pathlib.Path(sys.argv[1])).in_use(); h.__enter__()"
    command = [sys.executable, "-c", holds + "; print('held', flush=True); input()", str(run.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UserError) as caught, run.in_use():
            pass
        assert caught.value.code == "RUN_IN_USE"
        other.kill()
    with run.in_use():
        pass


def test_a_run_never_overwrites_anything(run: runs.Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for taken in (run.folder, tmp_path / "empty"):
        with pytest.raises(UserError) as caught:
            runs.create_run(taken, Recipe())
        assert caught.value.code == "RUN_EXISTS"
    assert run.recipe == RECIPE


def test_where_no_run_can_be_made_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError) as caught:
        runs.create_run(tmp_path / "file" / "run", Recipe())
    assert caught.value.code == "CANNOT_WRITE"


def test_only_a_run_opens_as_a_run(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        runs.open_run(tmp_path)
    assert caught.value.code == "NOT_A_RUN"


def test_events_come_back_in_order_without_single_batches(run: runs.Run) -> None:
    said: list[Event] = [
        Started(job="train", count=0, kind="train"),
        Progress(job="train", count=1, stage="features", done=1, total=2, seconds_left=None),
        Batch(job="train", count=2, step=0, epoch=1, loss=1.0, learning_rates={}),
        _epoch(1, 3),
        Steered(job="train", count=4, step=5, action="decay", value=0.1),
    ]
    for event in said:
        run.record(event)
    assert [(event["event"], event["count"]) for event in run.events()] == [
        ("started", 0),
        ("epoch", 3),
        ("steered", 4),
    ]


def test_a_last_line_cut_by_a_crash_is_left_out(run: runs.Run) -> None:
    run.record(_epoch(1))
    with (run.folder / "events.jsonl").open("a") as file:
        file.write('{"event": "epoch", "epo')
    assert [event["epoch"] for event in run.events()] == [1]


def test_names_that_are_no_text_are_recorded_too(run: runs.Run) -> None:
    name = os.fsdecode(b"ants/caf\xe9.jpg")
    run.record(Found(job="train", count=0, problem=Problem("CHANGED", name)))
    run.rewind(0, 0)
    assert [event["path"] for event in run.events()] == [name]


def test_rewinding_forgets_what_came_after_a_checkpoint(run: runs.Run) -> None:
    run.record(Started(job="train", count=0, kind="train"))
    for epoch in (0, 1):
        run.record(_epoch(epoch))
    run.record(Steered(job="train", count=3, step=4, action="decay", value=0.1))
    run.record(Checkpoint(job="train", count=4, step=8, path="checkpoints/8"))
    run.record(Steered(job="train", count=5, step=9, action="stop", value=None))
    run.record(_epoch(2))
    run.record(Checkpoint(job="train", count=7, step=12, path="checkpoints/12"))
    run.record(Advice(job="train", count=8, code="OVERFITTING"))
    forgotten = run.rewind(step=8, epochs=2)
    assert [(event["step"], event["action"]) for event in forgotten] == [(9, "stop")]
    left = [(event["event"], event.get("epoch", event.get("step"))) for event in run.events()]
    assert left == [
        ("started", None), ("epoch", 0), ("epoch", 1), ("steered", 4), ("checkpoint", 8), ("advice", None),
    ]  # fmt: skip


def test_runs_are_listed_oldest_name_first(run: runs.Run) -> None:
    folder = run.folder.parent
    runs.create_run(folder / "another", Recipe())
    (folder / "stray").mkdir()
    (folder / "note.txt").write_text("not a run")
    assert [found.folder.name for found in runs.runs_in(folder)] == ["another", "one"]
    assert runs.runs_in(folder / "nowhere") == []


def test_a_line_cut_within_a_letter_hides_no_other(run: runs.Run) -> None:
    run.record(_epoch(1))
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write('{"path": "/home/müde'.encode()[:-3] + b"\n")
    run.record(_epoch(2))
    assert [event["epoch"] for event in run.events()] == [1, 2]
    run.rewind(9, 9)
    assert [event["epoch"] for event in run.events()] == [1, 2]


@pytest.mark.skipif(os.name != "posix", reason="this system cannot limit how long a file may become")
def test_a_line_for_which_there_is_no_room_leaves_no_half_of_it(run: runs.Run) -> None:
    import resource

    run.record(_epoch(1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = (run.folder / "events.jsonl").stat().st_size + 20
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        run.record(_epoch(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    run.record(_epoch(3))
    assert [event["epoch"] for event in run.events()] == [1, 3]


def test_a_run_belongs_to_the_project_that_it_lies_in(tmp_path: Path) -> None:
    """A project that was moved, or copied to another machine, must not write into the one it came from."""
    run = runs.create_run(tmp_path / "was" / "runs" / "0001", RECIPE)
    run.write_resolved({"project": str(tmp_path / "was")})
    assert run.project == str(tmp_path / "was")
    (tmp_path / "was" / FILE_NAME).touch()
    race = Race(tmp_path / "was" / "runs" / "0002", str(tmp_path / "was"), {}, "linear_probe", None, 60.0, [])
    race.save()
    (tmp_path / "was").rename(tmp_path / "now")
    assert runs.open_run(tmp_path / "now" / "runs" / "0001").project == str(tmp_path / "now")
    assert read_race(tmp_path / "now" / "runs" / "0002").project == str(tmp_path / "now")
