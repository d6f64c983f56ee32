"""A race with a small network: fair, killed and gone on with, met again, and each of its strategies a run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
from PIL import Image
from safetensors.torch import save_file

from core import jobs, requests
from core.backbones import weights
from core.errors import Cancelled, UserError
from core.evaluation.answers import load_answers
from core.events import Advice, Event, Lap, Reporter, Rung, Steered, silent
from core.jobs.race_leg import Part, _Running
from core.metrics import paired_difference
from core.project.races import Entrant, Race, latest_race, read_race
from core.project.runs import runs_in
from core.recipe import STRATEGIES, Recipe

NAME = "test_resnet"
SIDE = 32


@pytest.fixture
def asked(tmp_path: Path) -> dict[str, Any]:
    """Stripes of two directions, so noisy that nobody is right at once; a backbone that "knows" random numbers."""
    for number in range(60):
        kind = number % 2
        random = np.random.default_rng(number)
        wave = 20 * np.sin(np.arange(40) * random.uniform(0.5, 1.2) + random.uniform(0, 6))
        stripes = wave[None, :] if kind else wave[:, None]
        pixels = 128 + stripes[..., None] + random.normal(0, 60, (40, 40, 3))
        path = tmp_path / "pictures" / ("down", "across")[kind] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    save_file(timm.create_model(NAME, num_classes=0).state_dict(), tmp_path / "numbers.safetensors")
    weights.import_file(tmp_path / "numbers.safetensors", NAME)
    recipe = Recipe().with_value("data.folder", str(tmp_path / "pictures")).with_value("data.image_size", SIDE)
    recipe = recipe.with_value("backbone.name", NAME).with_value("split.validation", 0.4)
    recipe = recipe.with_value("training.threads", 1).with_value("training.epochs", 3)
    (tmp_path / "project").mkdir()
    return {"project": str(tmp_path / "project"), "recipe": recipe.with_value("training.precision", "fp32")}


def laps(folder: Path) -> list[tuple[str, int, int, float, float]]:
    """All but the seconds."""
    return [(lap.strategy, lap.rung, lap.epoch, lap.accuracy, lap.loss) for lap in read_race(folder).laps]


def test_a_race_is_fair_survives_being_killed_and_repeats(asked: dict[str, Any], tmp_path: Path) -> None:
    said: list[Event] = []
    out = tmp_path / "runs/0001-race"
    result = jobs.run(requests.Race(**asked, out=str(out), seconds=1.0), Reporter("race", said.append))

    # The same pictures judged all of them, each is a run of its own, and the figures are those of the runs.
    rows = {row["strategy"]: row for row in result["strategies"]}
    assert set(rows) == set(STRATEGIES)
    assert {run.folder.name for run in runs_in(tmp_path / "runs")} == set(STRATEGIES)
    answers = {kind: load_answers(Path(row["run"]))["val"] for kind, row in rows.items()}
    assert len({answer.paths for answer in answers.values()}) == 1
    for kind, row in rows.items():
        report = json.loads((Path(row["run"]) / "report.json").read_text())
        assert (row["accuracy"], row["low"]) == (report["val"]["accuracy"], report["val"]["low"]), kind
    best = result["strategies"][0]
    assert best["accuracy"] == max(row["accuracy"] for row in rows.values())

    # Regret, by the answers themselves.
    right = [
        answers[kind].logs.argmax(1) == answers[kind].labels for kind in (result["recommended"], best["strategy"])
    ]  # fmt: skip
    wanted = paired_difference(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum()), len(right[0]))
    assert (result["regret"], result["regret_low"], result["regret_high"]) == pytest.approx(wanted)

    # With a budget of one second hardly more than the first rung is run, and there everybody has an epoch.
    rungs = [event for event in said if isinstance(event, Rung)]
    assert rungs[0].strategies == STRATEGIES
    assert all(row["epoch"] >= 1 for row in rows.values())
    assert {lap.strategy for lap in said if isinstance(lap, Lap)} == set(STRATEGIES)

    # Met again, killed at every second lap, and gone on with: the same laps and legs, to the last bit.
    again, heard = tmp_path / "again", 0

    def kill(event: Event) -> None:
        nonlocal heard
        heard += isinstance(event, Lap)

    def ask(request: requests.Request) -> dict[str, Any] | None:
        nonlocal heard
        heard = 0
        try:
            return jobs.run(request, Reporter("race", kill, lambda: heard >= 2))
        except Cancelled:
            return None

    repeated = ask(requests.Race(**asked, out=str(again), replay=str(out)))
    times = 0
    while repeated is None:
        assert not read_race(again).complete
        repeated = ask(requests.ResumeRace(out=str(again)))
        times += 1
    assert times >= 2
    assert laps(again) == laps(out)
    met = [[(leg.strategy, leg.rung, leg.epoch, leg.end) for leg in read_race(folder).legs] for folder in (out, again)]
    assert met[0] == met[1]
    assert [row["accuracy"] for row in repeated["strategies"]] == [row["accuracy"] for row in result["strategies"]]
    with pytest.raises(UserError, match="complete"):
        jobs.run(requests.ResumeRace(out=str(again)), silent())
    with pytest.raises(UserError, match="exists"):
        jobs.run(requests.Race(**asked, out=str(again)), silent())
    assert (latest_race(tmp_path / "runs") or read_race(again)).folder == out


def test_a_leg_that_waits_for_room_says_so_and_is_not_charged_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = [0.0], list[Event]()
    monkeypatch.setattr("core.events.time.monotonic", lambda: now[0])
    race = Race(Path(), "", {}, "linear_probe", None, 60.0, [Entrant("fine_tune_all", 3, 1.0)])
    leg = _Running(Part(race, race.entrants[0], 1, lambda epoch, seconds: False), Reporter("race", said.append))
    own = Reporter("race", leg.hear)
    now[0] += 5
    own.emit(Advice, code="DISK_FULL", params={"path": "here"})
    own.emit(Steered, step=7, action="pause", value=None)
    now[0] += 3600
    own.emit(Steered, step=7, action="go_on", value=None)
    now[0] += 2
    assert [type(event) for event in said] == [Advice, Steered, Steered]
    assert leg.seconds == pytest.approx(7)
