"""What the kept answers of a run say, and what the user settles about it. Without torch: it is there at once."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import requests
from core.evaluation.answers import load_answers
from core.evaluation.examine import examine as examine_answers
from core.evaluation.settled import Settled, read_settled, write_settled
from core.project.runs import Run, open_run


def examine(request: requests.Examine) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL."""
    return examined(open_run(Path(request.run)))


def examined(run: Run) -> dict[str, Any]:
    """The `Examine` fields of a run."""
    settled = read_settled(run.model)
    seed = run.recipe.seed
    judged = {
        part: examine_answers(answers, settled.temperature, seed)
        for part, answers in load_answers(run.folder).items()
        if len(answers)
    }
    return {"run": str(run.folder), "settled": asdict(settled), "judged": judged}


def settle(request: requests.Settle) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL, BAD_VALUE."""
    run = open_run(Path(request.run))
    settled = Settled(request.temperature, request.threshold, request.views)
    write_settled(run.model, settled)
    report = run.report
    if report is not None:
        run.write_report({**report, "temperature": settled.temperature, "threshold": settled.threshold})
    return examined(run)
