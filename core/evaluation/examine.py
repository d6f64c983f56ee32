"""All that can be said of a part's answers: what the page draws, the command line tells and the report prints."""

from typing import Any

from core.evaluation.answers import Answers
from core.evaluation.calibration import calibration
from core.evaluation.intervals import figures
from core.evaluation.operating import coverage, trade_off
from core.evaluation.report import report_on
from core.training.deciding import Line, decide


def examine(answers: Answers, temperature: float, seed: int = 0, line: Line | None = None) -> dict[str, Any]:
    """`report_on`'s fields at a temperature, and `figures`, `calibration`, `coverage` and, a class, `trade_off`.

    Where a `line` is drawn, report and figures hold for the answers that follow from it; calibration and coverage,
    which are about probabilities, for the likeliest class as ever.
    """
    chances = answers.probabilities(temperature)
    labels = answers.labels
    return {
        **report_on(chances, labels, answers.classes, answers.paths, line),
        "figures": figures(chances, labels, answers.classes, seed, decide(chances, answers.classes, line)),
        "calibration": calibration(answers.logs, labels, temperature, seed),
        "trade_off": [trade_off(chances[:, k], labels == k) for k in range(len(answers.classes))],
        "coverage": coverage(chances, labels),
    }


def brief(examined: dict[str, Any]) -> dict[str, Any]:
    """What a run's report keeps: the rest follows from the answers."""
    later = ("figures", "calibration", "trade_off", "coverage")
    return {key: value for key, value in examined.items() if key not in later}
