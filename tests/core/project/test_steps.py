"""The single steps of a run: kept beside its events, found again, forgotten with what came after a checkpoint."""

import contextlib
from pathlib import Path

from core.errors import Cancelled
from core.events import Batch, Checkpoint, Event
from core.project.steps import AT_ONCE, NAME, RECORD, StepLog, forget_steps, read_steps


def batch(step: int) -> Batch:
    return Batch(job="", count=step, step=step, epoch=1, loss=1 / step, learning_rates={"head": 0.1, "stage 1": 0.01})


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    with StepLog(tmp_path) as log:
        for step in range(1, 8):
            log.hear(batch(step))
    assert list(read_steps(tmp_path)) == [(step, 1 / step, 0.1) for step in range(1, 8)]
    assert list(read_steps(tmp_path / "elsewhere")) == []


def test_a_checkpoint_finds_the_steps_before_it_written_and_a_break_loses_none(tmp_path: Path) -> None:
    said: list[Event] = [batch(1), batch(2), Checkpoint(job="", count=0, step=2, path="2")]
    with contextlib.suppress(Cancelled), StepLog(tmp_path) as log:
        for event in said:
            log.hear(event)
        assert [step for step, _, _ in read_steps(tmp_path)] == [1, 2]
        for step in range(3, AT_ONCE + 4):
            log.hear(batch(step))
        assert len(list(read_steps(tmp_path))) == AT_ONCE + 2, "not one file access a step"
        raise Cancelled
    assert len(list(read_steps(tmp_path))) == AT_ONCE + 3


def test_a_record_cut_by_a_crash_is_left_out_and_later_steps_are_forgotten(tmp_path: Path) -> None:
    with StepLog(tmp_path) as log:
        for step in range(1, 8):
            log.hear(batch(step))
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole[:-5])
    assert [step for step, _, _ in read_steps(tmp_path)] == list(range(1, 7))
    forget_steps(tmp_path, 4)
    assert (tmp_path / NAME).read_bytes() == whole[: 4 * RECORD.size]


def test_what_a_full_disk_left_half_written_spoils_nothing_that_follows(tmp_path: Path) -> None:
    with StepLog(tmp_path) as log:
        log.hear(batch(1))
    with (tmp_path / NAME).open("ab") as file:
        file.write(b"half")
    with StepLog(tmp_path) as log:
        log.hear(batch(2))
    assert [step for step, _, _ in read_steps(tmp_path)] == [1, 2]


def test_a_run_that_was_discarded_is_not_made_again(tmp_path: Path) -> None:
    with StepLog(tmp_path / "gone") as log:
        log.hear(batch(1))
    assert not (tmp_path / "gone").exists()
