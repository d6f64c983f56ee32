"""All that can be said of a part's answers: what the page draws, the command line tells and the report prints."""

from typing import Any

from core.evaluation.answers import Answers
from core.evaluation.calibration import calibration
from core.evaluation.intervals import figures
from core.evaluation.operating import coverage, trade_off
from core.evaluation.report import report_on


def examine(answers: Answers, temperature: float, seed: int = 0) -> dict[str, Any]:
    """`report_on`'s fields at a temperature, and `figures`, `calibration`, `coverage` and, a class, `trade_off`."""
    chances = answers.probabilities(temperature)
    labels = answers.labels
    return {
        **report_on(chances, labels, answers.classes, answers.paths),
        "figures": figures(chances, labels, answers.classes, seed),
        "calibration": calibration(answers.logs, labels, temperature, seed),
        "trade_off": [trade_off(chances[:, k], labels == k) for k in range(len(answers.classes))],
        "coverage": coverage(chances, labels),
    }
