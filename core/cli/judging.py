"""The commands that judge: further figures, runs compared and combined, labels checked, the printable report."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.options import Json

TheRun = Annotated[Path, typer.Argument(help="The run's folder.")]
Combined = Annotated[
    list[Path], typer.Argument(help="Runs' folders, on the same pictures; of a single one its snapshots.")
]
Runs = Annotated[list[Path], typer.Argument(help="Two or more runs' folders, on the same pictures.")]


def add_to(app: typer.Typer) -> None:
    for command, name in (
        (compare, "compare"), (combine, "combine"), (check_labels, "check-labels"), (try_views, "try-views"),
        (settle, "settle"), (report, "report"),
    ):  # fmt: skip
        app.command(name)(command)


def compare(runs: Runs, json: Json = False) -> None:
    """Runs side by side on the same pictures. With McNemar's test, and what their mean would give."""
    from core import requests
    from core.cli import telling_judged
    from core.cli.running import do

    result = do(requests.Compare(runs=tuple(str(run.absolute()) for run in runs)), json)
    if not json:
        telling_judged.compare(result)


def combine(
    runs: Combined, out: Annotated[Path, typer.Option("--out", help="The new run's folder.")], json: Json = False
) -> None:
    """Make one model of several runs, or of one's snapshots. It averages their probabilities."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    request = requests.Combine(runs=tuple(str(run.absolute()) for run in runs), out=str(out.absolute()))
    result = do(request, json)
    if not json:
        telling.train(result)


def check_labels(run: TheRun, json: Json = False) -> None:
    """Pictures whose label is probably wrong. The most doubtful come first."""
    from core import requests
    from core.cli import telling_judged
    from core.cli.running import do

    result = do(requests.CheckLabels(run=str(run.absolute())), json)
    if not json:
        telling_judged.check_labels(result)


def try_views(run: TheRun, json: Json = False) -> None:
    """What the mean over several views of each picture gains. And what it costs (test-time augmentation)."""
    from core import requests
    from core.cli import telling_judged
    from core.cli.running import do

    result = do(requests.TryViews(run=str(run.absolute())), json)
    if not json:
        telling_judged.try_views(result)


def settle(
    run: TheRun,
    temperature: Annotated[
        str, typer.Option("--temperature", help="A number, or fit: the one that makes its probabilities honest.")
    ] = "",
    threshold: Annotated[
        str, typer.Option("--threshold", help="Less sure than this (0 to 1) means “not sure”; none: always answer.")
    ] = "",
    views: Annotated[str, typer.Option("--views", help="none, flip, five, ten or scales.")] = "",
    line: Annotated[
        str, typer.Option("--line", help="CLASS=0.2: call it so from that probability on; none: the likeliest class.")
    ] = "",
    json: Json = False,
) -> None:
    """Change how a run's model answers from now on. What is not named stays as it is."""
    from core import requests
    from core.cli import telling_judged
    from core.cli.running import do, fail
    from core.errors import UserError
    from core.evaluation.settled import settle_by_name

    folder = str(run.absolute())
    try:
        chosen = settle_by_name(Path(folder), temperature, threshold, views, line)
    except UserError as error:
        raise fail(error, json) from None
    drawn = None if chosen.line is None else (chosen.line.label, chosen.line.threshold)
    request = requests.Settle(
        run=folder, temperature=chosen.temperature, threshold=chosen.threshold, views=chosen.views, line=drawn
    )
    result = do(request, json)
    if not json:
        telling_judged.settled(result)


def report(
    run: TheRun, out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")], json: Json = False
) -> None:
    """A page to print: figures, pictures and the recipe. All in one HTML file."""
    from core import requests
    from core.cli import telling_judged
    from core.cli.running import do

    result = do(requests.WriteReport(run=str(run.absolute()), out=str(out.absolute())), json)
    if not json:
        telling_judged.written(result)
