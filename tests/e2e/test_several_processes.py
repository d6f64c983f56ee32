"""Two real processes under torchrun, on the processor: one training, steered by keys, struck by a kill, gone on with by
one process, and replayed by one process with the same figures."""

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from core.cli.commands import app

CHOICES = (
    "strategy.kind=fine_tune_top", "strategy.batch_norm=adapt", "strategy.frozen_views=0", "data.image_size=32",
    "training.epochs=60", "optimizer.learning_rate=0.001",
    "training.batch_size=9", "training.patience=0", "optimizer.kind=momentum", "regularization.mixup=0.2",
    "regularization.class_weights=true", "regularization.l1=0.001",
)  # fmt: skip


def options(backbone: str) -> list[str]:
    return ["--backbone", backbone, *(part for choice in CHOICES for part in ("--set", choice))]


def events(run: Path) -> list[dict[str, Any]]:
    try:
        lines = (run / "events.jsonl").read_text().splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line.endswith("}")]


def epochs(run: Path) -> list[dict[str, Any]]:
    return [event for event in events(run) if event["event"] == "epoch"]


def soon(condition: Callable[[], object], seconds: float = 400) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(condition())


class Terminal:
    """A command at a terminal of its own: what is typed, and all that it shows."""

    def __init__(self, command: list[str]) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self._shown = b""
        self._reader = Thread(target=self._read)
        self._reader.start()

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def ended(self) -> tuple[int, str]:
        """Its exit status and what it showed, each run of blanks and line ends as one blank."""
        status = self.process.wait(400)
        self._reader.join(60)
        return status, " ".join(self._shown.decode().split())

    def _read(self) -> None:
        while True:
            try:
                some = os.read(self._ours, 4096)
            except OSError:  # the other end is closed
                return
            self._shown += some

    def close(self) -> None:
        if self.process.poll() is None:  # the launcher gives each process a session of its own
            for process in (*psutil.Process(self.process.pid).children(recursive=True), self.process):
                process.kill()
            self.process.wait(60)
        self._reader.join(60)
        os.close(self._ours)


TORCHRUN = ("torch.distributed.run", "--nproc-per-node", "2")
ACCELERATE = (
    "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1", "--mixed_precision",
    "no", "--dynamo_backend", "no", "--main_process_port", "0",
)  # fmt: skip


@contextmanager
def by_two(*arguments: object, launcher: tuple[str, ...] = TORCHRUN) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-m", *launcher, "-m", "core.cli", *map(str, arguments)])
    try:
        yield terminal
    finally:
        terminal.close()


@pytest.mark.timeout(1500)
def test_two_train_as_one_are_steered_struck_and_gone_on_with(
    coloured: Path, tiny_backbone: str, tmp_path: Path
) -> None:
    run, again = tmp_path / "run", tmp_path / "again"
    with by_two("train", coloured, "--out", run, *options(tiny_backbone)) as terminal:
        assert soon(lambda: len(epochs(run)) > 2)
        terminal.type("p")
        assert soon(lambda: any(event.get("action") == "pause" for event in events(run)))
        before = len(epochs(run))
        terminal.type("dus")
        assert soon(lambda: sum(event["event"] == "steered" for event in events(run)) == 4)
        assert len(epochs(run)) == before  # it stands still, the other process too
        terminal.type("g")
        assert soon(lambda: len(epochs(run)) > before + 2)
        started = psutil.Process(terminal.process.pid).children()
        next(process for process in started if process.environ().get("RANK") == "1").kill()
        status, shown = terminal.ended()
    assert status != 0
    assert "Another process of this training ended" in shown
    assert "graft resume RUN" in shown
    assert len(re.findall("epoch 1 loss", shown)) == 1  # one process speaks, and one writes
    told = [event["epoch"] for event in epochs(run)]
    assert told == list(range(len(told)))
    assert json.loads((run / "run.json").read_text())["processes"] == 2

    cli = CliRunner()
    assert cli.invoke(app, ["resume", str(run), "--json"]).exit_code == 0
    assert [event["params"] for event in events(run) if event.get("code") == "PROCESSES"] == [{"before": 2, "now": 1}]
    replayed = cli.invoke(app, ["train", str(coloured), "--out", str(again), "--replay", str(run), "--json"])
    assert replayed.exit_code == 0, replayed.stdout[-500:]
    steered, met = ([e for e in events(one) if e["event"] == "steered"] for one in (run, again))
    actions = [(e["step"], e["action"]) for e in steered if e["action"] not in ("pause", "go_on")]
    assert [action for _, action in actions] == ["decay", "unfreeze", "snapshot"]
    assert [(e["step"], e["action"]) for e in met] == actions
    for one, other in list(zip(epochs(run), epochs(again), strict=True))[: before + 3]:  # by two, and by one
        for part in ("train", "val"):
            assert one[part] == pytest.approx(other[part], rel=0.02, abs=1e-3)  # rounding, 20 to 40 steps on
        assert one["learning_rates"] == pytest.approx(other["learning_rates"])


@pytest.mark.timeout(900)
def test_accelerate_launches_two_as_well(coloured: Path, tiny_backbone: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    asked = [*options(tiny_backbone), "--set", "training.epochs=2"]  # of two values the last one counts
    with by_two("train", coloured, "--out", run, *asked, launcher=ACCELERATE) as terminal:
        status, shown = terminal.ended()
    assert status == 0, shown[-500:]
    assert len(re.findall("epoch 1 loss", shown)) == 1
    assert json.loads((run / "run.json").read_text())["processes"] == 2
    assert (run / "report.json").exists()


def test_what_cannot_be_done_together_is_refused_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RANK", 0), ("WORLD_SIZE", 2), ("LOCAL_RANK", 0), ("LOCAL_WORLD_SIZE", 2)):
        monkeypatch.setenv(name, str(value))
    refused = CliRunner().invoke(app, ["race", "somewhere", "--out", "race", "--json"])
    assert refused.exit_code == 3
    assert json.loads(refused.stdout)["code"] == "NOT_TOGETHER"
    monkeypatch.setenv("RANK", "1")
    assert CliRunner().invoke(app, ["race", "somewhere", "--out", "race"]).output == ""
