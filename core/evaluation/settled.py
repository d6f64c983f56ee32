"""What the user settled about a run's model, read and changed without loading it: temperature, threshold,
views, and the line for one class."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.evaluation.answers import load_answers
from core.evaluation.calibration import FEWEST, FEWEST_MISTAKES, calibration
from core.project import atomic
from core.training.deciding import Line, line_of

VIEW_NAMES = ("none", "flip", "five", "ten", "scales")
"""Those of `core.evaluation.views`, which imports torch; a test holds the two together."""


@dataclass(frozen=True, slots=True)
class Settled:
    """See `core.training.classifier.ModelCard`."""

    temperature: float = 1.0
    threshold: float | None = None
    views: str = "none"
    line: Line | None = None


def read_settled(model: Path) -> Settled:
    """Of a run's `model` folder. Raises UserError NOT_A_MODEL."""
    kept = _card(model)[1]
    return Settled(
        float(kept.get("temperature", 1.0)), kept.get("threshold"), kept.get("views", "none"), line_of(kept.get("line"))
    )


def write_settled(model: Path, settled: Settled) -> None:
    """Raises UserError NOT_A_MODEL, BAD_OPTION, DISK_FULL, CANNOT_WRITE."""
    if not 0.01 <= settled.temperature <= 100:
        raise UserError("BAD_OPTION", field="temperature", value=settled.temperature, reason="it lies from 0.01 to 100")
    if settled.threshold is not None and not 0 <= settled.threshold <= 1:
        raise UserError("BAD_OPTION", field="threshold", value=settled.threshold, reason="it lies from 0 to 1")
    if settled.views not in VIEW_NAMES:
        known = ", ".join(VIEW_NAMES)
        raise UserError("BAD_OPTION", field="views", value=settled.views, reason=f"the views are {known}")
    path, kept = _card(model)
    if settled.line is not None:
        _check_line(settled.line, kept["classes"])
    atomic.write_json(path, {**kept, **asdict(settled)})


def settle_by_name(run: Path, temperature: str, threshold: str, views: str, line: str = "") -> Settled:
    """What stands, changed by what a person typed: "" leaves a value as it is, temperature `fit` is the one with the
    lowest loss on validation, threshold and line `none` take it away, a line is CLASS=THRESHOLD. Raises UserError
    BAD_OPTION and what `read_settled` does.
    """
    standing = read_settled(run / "model")
    if temperature == "fit":
        standing = replace(standing, temperature=_fitted(run))
    elif temperature:
        standing = replace(standing, temperature=_number("temperature", temperature))
    if threshold:
        standing = replace(standing, threshold=None if threshold == "none" else _number("threshold", threshold))
    if line:
        label, _, least = line.rpartition("=")
        standing = replace(standing, line=None if line == "none" else Line(label, _number("line", least)))
    return replace(standing, views=views) if views else standing


def _check_line(line: Line, classes: Sequence[str]) -> None:
    if line.label not in classes:
        reason = f"the classes are {', '.join(classes)}"
        raise UserError("BAD_OPTION", field="line", value=line.label, reason=reason)
    if not 0 < line.threshold <= 1:
        raise UserError("BAD_OPTION", field="line", value=line.threshold, reason="it lies above 0 and up to 1")


def _fitted(run: Path) -> float:
    answers = load_answers(run).get("val")
    fitted = None if answers is None else calibration(answers.logs, answers.labels, 1.0)
    if fitted is None or fitted["temperature"] is None:
        reason = f"it takes {FEWEST} validation pictures and {FEWEST_MISTAKES} mistakes among them"
        raise UserError("BAD_OPTION", field="temperature", value="fit", reason=reason)
    return float(fitted["temperature"])


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError("BAD_OPTION", field=field, value=text, reason="it is a number") from None


def _card(model: Path) -> tuple[Path, dict[str, Any]]:
    for name in ("ensemble.json", "model.json"):
        try:
            return model / name, dict(json.loads((model / name).read_text(encoding="utf-8")))
        except FileNotFoundError:
            continue
    raise UserError("NOT_A_MODEL", path=str(model))
