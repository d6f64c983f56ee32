"""A run's curve as it stands on disk; read off the window's thread."""

from pathlib import Path
from typing import Any

from core.project.runs import Run
from core.project.steps import read_steps
from gui.widgets.curve_data import CurveData


def read_curve(folder: Path, single_steps: bool = True) -> CurveData:
    """From the events of the run; where the report is there, its history adds the step of each epoch.

    A folder that is not there yet, or cannot be read, gives an empty curve.
    """
    data = CurveData()
    run = Run(folder)
    try:
        history = {row["epoch"]: row for row in (run.report or {}).get("history") or ()}
        events: list[dict[str, Any]] = list(run.events())
        steps = list(read_steps(folder)) if single_steps else []
    except (OSError, ValueError):
        return data
    if not any(event.get("event") == "epoch" for event in events):
        events += [{"event": "epoch", **row} for row in history.values()]
    for event in events:
        known = history.get(event.get("epoch"), {}) if event.get("event") == "epoch" else {}
        data.add_json({**event, **{key: known[key] for key in ("step", "best") if key in known}})
    for step, loss, rate in steps:
        data.add_step(step, loss, rate)
    return data


def read_resolved(folder: Path) -> dict[str, Any]:
    """What was decided when the run began; empty where that is not known."""
    try:
        return Run(folder).resolved
    except (OSError, ValueError):
        return {}
