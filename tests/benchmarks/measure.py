"""What the benchmarks share: where the real pictures are, fresh places for Graft, medians and bounds."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("GRAFT_SHARED", ROOT.parent / "shared"))
PICTURES = SHARED / "data" / "ants-bees"
WEIGHTS = SHARED / "weights" / "mobilenetv2_035.imagenet.safetensors"
GRAFT = str(Path(sys.executable).with_name("graft"))


@contextmanager
def fresh_home() -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder, and an environment in which Graft has never run.

    Threads wait without spinning, as Graft has it, for the references too: on a busy machine they would suffer more.
    """
    with tempfile.TemporaryDirectory() as name:
        home = {"GRAFT_HOME": f"{name}/graft", "QT_QPA_PLATFORM": "offscreen", "HF_HUB_OFFLINE": "1"}
        yield Path(name), {**os.environ, **home, "OMP_WAIT_POLICY": "PASSIVE"}


def last_line(command: Sequence[str], environment: dict[str, str]) -> dict[str, Any]:
    """Run a command and read the JSON object that it prints last."""
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def report(rows: Sequence[tuple[str, Sequence[float]]], unit: str = "s") -> dict[str, float]:
    """Print each row's repetitions and median; the medians by name."""
    for name, values in rows:
        print(f"{name:<34} {statistics.median(values):8.3f} {unit}   {'  '.join(f'{value:.3f}' for value in values)}")
    return {name: statistics.median(values) for name, values in rows}


def judge(name: str, value: float, bound: float) -> bool:
    """Print a figure beside its bound; whether it is within."""
    within = value <= bound
    print(f"{name:<34} {value:8.3f}     bound {bound:g}: {'kept' if within else 'BROKEN'}")
    return within
