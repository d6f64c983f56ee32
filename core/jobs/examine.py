"""What the kept answers of a run say, and what the user settles about it. Without torch: it is there at once."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import requests
from core.evaluation.answers import load_answers
from core.evaluation.examine import brief
from core.evaluation.examine import examine as examine_answers
from core.evaluation.settled import Settled, read_settled, write_settled
from core.project.runs import Run, open_run
from core.training.deciding import Line


def examine(request: requests.Examine) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL."""
    return examined(open_run(Path(request.run)))


def examined(run: Run) -> dict[str, Any]:
    """The `Examine` fields of a run."""
    settled = read_settled(run.model)
    seed = run.recipe.seed
    judged = {
        part: examine_answers(answers, settled.temperature, seed, settled.line)
        for part, answers in load_answers(run.folder).items()
        if len(answers)
    }
    return {"run": str(run.folder), "settled": asdict(settled), "judged": judged}


def settle(request: requests.Settle) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL, BAD_OPTION."""
    run = open_run(Path(request.run))
    line = None if request.line is None else Line(*request.line)
    settled = Settled(request.temperature, request.threshold, request.views, line)
    write_settled(run.model, settled)
    found, report = examined(run), run.report
    if report is not None:
        judged = {part: brief(one) for part, one in found["judged"].items()}
        run.write_report({**report, **judged, **asdict(settled)})
    return found
