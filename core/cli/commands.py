"""The commands. Each makes a request, has it done, and tells the result in a few lines (or as JSON with `--json`).

Heavy imports wait inside the functions, so that `graft --help` answers at once.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli import judging, sorting
from core.cli.backbones import backbones
from core.cli.options import (
    Added,
    Backbone,
    Conflict,
    Folder,
    Json,
    RecipeFile,
    Settings,
    project_of,
    recipe_from,
)
from core.cli.recipes import recipes

app = typer.Typer(
    name="graft",
    help="Teach a pretrained network your own pictures. Without a command, the window opens.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command()
def demo(
    out: Annotated[Path | None, typer.Option("--out", help="Where the run and the model go.")] = None,
    json: Json = False,
) -> None:
    """The whole job on the sample pictures. Scan, advise, train, evaluate, export, verify."""
    from core.cli.demo import run_demo

    run_demo(out, json)


@app.command()
def scan(
    folder: Folder, add: Added = None, settings: Settings = None, on_conflict: Conflict = None, json: Json = False
) -> None:
    """Classes, counts, problems, duplicates, the proposed split."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do
    from core.errors import UserError

    def some(value: dict[str, Any]) -> None:
        if not value["images"] and not any(row["code"] == "UNLABELLED" for row in value["skipped"]):
            raise UserError("NO_IMAGES", folder=str(folder))

    recipe = recipe_from(folder, json, settings=settings, on_conflict=on_conflict, add=add)
    result = do(requests.Scan(project=project_of(folder), recipe=recipe), json, check=some)
    if not json:
        telling.scan(result)


@app.command()
def advise(
    folder: Folder,
    add: Added = None,
    backbone: Backbone = None,
    settings: Settings = None,
    on_conflict: Conflict = None,
    json: Json = False,
) -> None:
    """Small or large, similar or different, and what follows. The evidence, and the strategy that it speaks for."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    recipe = recipe_from(folder, json, backbone, settings=settings, on_conflict=on_conflict, add=add)
    result = do(requests.Advise(project=project_of(folder), recipe=recipe), json)
    if not json:
        telling.advise(result)


@app.command()
def rank(
    folder: Folder,
    names: Annotated[str, typer.Option("--backbones", help="Names, separated by commas; else all that are here.")] = "",
    add: Added = None,
    on_conflict: Conflict = None,
    json: Json = False,
) -> None:
    """Backbones ranked for these pictures, without training."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    chosen = tuple(name.strip() for name in names.split(",") if name.strip())
    recipe = recipe_from(folder, json, on_conflict=on_conflict, add=add)
    result = do(requests.Rank(project=project_of(folder), recipe=recipe, backbones=chosen), json)
    if not json:
        telling.rank(result)


@app.command()
def train(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="The run's folder; must not exist.")],
    add: Added = None,
    backbone: Backbone = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    on_conflict: Conflict = None,
    replay: Annotated[Path | None, typer.Option("--replay", help="Repeat this run, its steering included.")] = None,
    json: Json = False,
) -> None:
    """Train on a folder. Without a strategy the advisor's is taken. Ctrl-C leaves a run that can be resumed."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    chosen = recipe_from(folder, json, backbone, recipe, settings, on_conflict, add)
    again = str(replay.absolute()) if replay else None
    request = requests.Train(project=project_of(folder), recipe=chosen, run=str(out.absolute()), replay=again)
    result = do(request, json)
    if not json:
        telling.train(result)


@app.command("find-rate")
def find_rate(
    folder: Folder,
    backbone: Backbone = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    on_conflict: Conflict = None,
    json: Json = False,
) -> None:
    """Try ever larger learning rates, and suggest one. A step for each; nothing is kept but the answer."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    chosen = recipe_from(folder, json, backbone, recipe, settings, on_conflict)
    result = do(requests.FindRate(project=project_of(folder), recipe=chosen), json)
    if not json:
        telling.find_rate(result)


@app.command()
def resume(run: Annotated[Path, typer.Argument(help="The folder of a run or a race.")], json: Json = False) -> None:
    """Go on with a run or a race that was interrupted. It begins at the last checkpoint."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do
    from core.project.races import is_race

    if is_race(run):
        raced = do(requests.ResumeRace(out=str(run.absolute())), json)
        if not json:
            telling.race(raced)
        return
    result = do(requests.Resume(run=str(run.absolute())), json)
    if not json:
        telling.train(result)


@app.command()
def race(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="Where the runs go; must not exist.")],
    add: Added = None,
    backbone: Backbone = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    on_conflict: Conflict = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", min=1, help="Seconds of training for all together. Left open: enough for the best."),
    ] = None,
    replay: Annotated[Path | None, typer.Option("--replay", help="Meet the rungs of this race again.")] = None,
    json: Json = False,
) -> None:
    """Every strategy on the same budget of time. The better half goes on, rung after rung."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    chosen = recipe_from(folder, json, backbone, recipe, settings, on_conflict, add)
    again = str(replay.absolute()) if replay else None
    request = requests.Race(
        project=project_of(folder), recipe=chosen, out=str(out.absolute()), seconds=budget, replay=again
    )
    result = do(request, json)
    if not json:
        telling.race(result)


@app.command()
def evaluate(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    folder: Annotated[Path | None, typer.Option("--folder", help="Judge on all pictures of this folder.")] = None,
    json: Json = False,
) -> None:
    """Judge a model again, on its own pictures or on others."""
    from core import requests
    from core.cli import telling, telling_judged
    from core.cli.running import do

    elsewhere = str(folder.absolute()) if folder else None
    result = do(requests.Evaluate(run=str(run.absolute()), folder=elsewhere), json)
    if not json:
        telling.elsewhere(result, folder) if folder else telling.train(result)
        telling_judged.examined(result)


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A run's folder, or an .onnx file that Graft exported.")],
    paths: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the answers to this file.")] = None,
    json: Json = False,
) -> None:
    """The class of each picture, with its probability."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    request = requests.Predict(
        model=str(model.absolute()), paths=tuple(str(p) for p in paths), csv=str(csv.absolute()) if csv else None
    )
    result = do(request, json)
    if not json:
        telling.predict(result)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    out: Annotated[Path, typer.Option("--out", help="The file or folder to write.")],
    format: Annotated[str, typer.Option("--format", help="onnx, pt2, safetensors, python or web.")] = "onnx",
    precision: Annotated[
        str, typer.Option("--precision", help="fp32, or smaller and less exact: fp16, int8. What it costs is measured.")
    ] = "fp32",
    json: Json = False,
) -> None:
    """Write the model for use elsewhere. Opened again there, it must give the same answers."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    request = requests.Export(run=str(run.absolute()), format=format, out=str(out.absolute()), precision=precision)
    result = do(request, json)
    if not json:
        telling.export(result)


# In the order in which `--help` lists them: first the job from folder to model, above, then what goes deeper.
judging.add_to(app)
sorting.add_to(app)
app.add_typer(backbones, name="backbones")
app.add_typer(recipes, name="recipe")
