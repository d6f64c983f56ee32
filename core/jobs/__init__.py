"""The jobs: each takes a request and a reporter and returns its result fields.

Importing this package is cheap; a job's own imports (torch, timm) are paid by the first that needs them.
"""

import errno
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from core import memory, requests
from core.errors import UserError
from core.events import Reporter
from core.project import places


def run(request: requests.Request, reporter: Reporter) -> dict[str, Any]:
    """Do what is asked. Raises UserError where the user can mend it, Cancelled where the user ended it."""
    with memory.kept() if request.role == "trainer" else nullcontext():
        return _answer(request, reporter)


def _answer(request: requests.Request, reporter: Reporter) -> dict[str, Any]:
    match request:
        case requests.Scan():
            from core.jobs.scan import scan

            return scan(request, reporter)
        case requests.Look():
            from core.jobs.scan import look

            return look(request, reporter)
        case requests.Summarise():
            from core.jobs.scan import summarise

            return summarise(request)
        case requests.Edit() | requests.EditClass() | requests.PartTwins() | requests.TakeBack():
            from core.jobs.scan import edit

            return edit(request)
        case (
            requests.ListBackbones() | requests.ReadCatalogue() | requests.FetchBackbone() | requests.DiscardDownload()
            | requests.MeasureBackbone() | requests.ImportBackbone() | requests.PackBackbones()
        ):  # fmt: skip
            from core.jobs.backbones import manage

            return manage(request, reporter)
        case requests.DescribeBackbone():
            from core.jobs.describe import describe

            return describe(request, reporter)
        case requests.Preview():
            from core.jobs.preview import preview

            return preview(request, reporter)
        case requests.Predict():
            from core.jobs.predict import predict

            return predict(request, reporter)
        case requests.Explain():
            from core.jobs.explain import explain

            return explain(request, reporter)
        case requests.Advise():
            from core.jobs.advise import advise

            return advise(request, reporter)
        case requests.Rank():
            from core.jobs.rank import rank

            return rank(request, reporter)
        case requests.FindTwins():
            from core.jobs.twins import find_twins

            return find_twins(request, reporter)
        case requests.CrossValidate():
            from core.jobs.folds import cross_validate

            return cross_validate(request, reporter)
        case requests.Train():
            from core.jobs.train import train

            return train(request, reporter)
        case requests.FindRate():
            from core.jobs.find_rate import find_rate

            return find_rate(request, reporter)
        case requests.Resume():
            from core.jobs.train import resume

            return resume(request, reporter)
        case requests.Race():
            from core.jobs.race import race

            return race(request, reporter)
        case requests.ResumeRace():
            from core.jobs.race import resume_race

            return resume_race(request, reporter)
        case requests.Evaluate():
            from core.jobs.evaluate import evaluate

            return evaluate(request, reporter)
        case requests.Examine():
            from core.jobs.examine import examine

            return examine(request)
        case requests.Settle():
            from core.jobs.examine import settle

            return settle(request)
        case requests.Compare():
            from core.jobs.compare import compare

            return compare(request)
        case requests.Combine():
            from core.jobs.compare import combine

            return combine(request)
        case requests.TryViews():
            from core.jobs.evaluate import try_views

            return try_views(request, reporter)
        case requests.Map():
            from core.jobs.mapping import map_pictures

            return map_pictures(request, reporter)
        case requests.CheckLabels():
            from core.jobs.check_labels import check_labels

            return check_labels(request, reporter)
        case requests.WriteReport():
            from core.jobs.write_report import write_report

            return write_report(request, reporter)
        case requests.Export():
            from core.jobs.export import export

            return export(request, reporter)
    raise TypeError(request)


def failure_of(error: Exception) -> UserError:
    """Any exception as what the user is told: itself where it is a UserError, else memory, disk, or a bug."""
    if isinstance(error, UserError):
        return error
    if memory.is_out_of_memory(error):
        return UserError("OUT_OF_MEMORY")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError("DISK_FULL", path=str(error.filename or places.cache_folder()))
    reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return UserError("BUG", reason=reason, log=str(Path(places.log_folder())))
