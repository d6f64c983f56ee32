"""The commands. Each makes a request, has it done, and tells the result in a few lines (or as JSON with `--json`).

Heavy imports wait inside the functions, so that `graft --help` answers at once.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli import judging

if TYPE_CHECKING:
    from core.recipe import Recipe

app = typer.Typer(
    name="graft",
    help="Teach a pretrained network your own pictures. Without a command, the window opens.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
backbones = typer.Typer(help="The pretrained networks: list, download, import.", no_args_is_help=True)
recipe_commands = typer.Typer(help="The recipe: every choice that determines a run.", no_args_is_help=True)
app.add_typer(backbones, name="backbones")
app.add_typer(recipe_commands, name="recipe")
judging.add_to(app)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line; the last is the result.")]
Folder = Annotated[
    Path, typer.Argument(help="A folder of pictures, a .csv or .tsv that lists them, or a .zip or .tar of either.")
]
Added = Annotated[list[Path] | None, typer.Option("--add", help="A further folder, table or archive. May be repeated.")]
Backbone = Annotated[str | None, typer.Option("--backbone", help="A name from `graft backbones list`.")]
RecipeFile = Annotated[Path | None, typer.Option("--recipe", help="A recipe in JSON.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="One choice, as in strategy.kind=fine_tune_top. May be repeated.")
]
Conflict = Annotated[
    str | None, typer.Option("--on-conflict", help="fail or exclude: what to do with a picture in two classes.")
]


@app.command()
def demo(
    out: Annotated[Path | None, typer.Option("--out", help="Where the run and the model go.")] = None,
    json: Json = False,
) -> None:
    """The whole job on the sample pictures: scan, advise, train, evaluate, export, verify."""
    from core.cli.demo import run_demo

    run_demo(out, json)


@app.command()
def scan(
    folder: Folder, add: Added = None, settings: Settings = None, on_conflict: Conflict = None, json: Json = False
) -> None:
    """Classes, counts, problems, duplicates and the proposed split."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do
    from core.errors import UserError

    def some(value: dict[str, Any]) -> None:
        if not value["images"] and not any(row["code"] == "UNLABELLED" for row in value["skipped"]):
            raise UserError("NO_IMAGES", folder=str(folder))

    recipe = _recipe(folder, json, settings=settings, on_conflict=on_conflict, add=add)
    result = do(requests.Scan(project=_project(folder), recipe=recipe), json, check=some)
    if not json:
        telling.scan(result)


@app.command()
def advise(
    folder: Folder, add: Added = None, backbone: Backbone = None, settings: Settings = None, json: Json = False
) -> None:
    """The dataset's place in the grid, the evidence, and the strategy it speaks for."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    recipe = _recipe(folder, json, backbone, settings=settings, add=add)
    result = do(requests.Advise(project=_project(folder), recipe=recipe), json)
    if not json:
        telling.advise(result)


@app.command()
def rank(
    folder: Folder,
    names: Annotated[str, typer.Option("--backbones", help="Names, separated by commas; else all that are here.")] = "",
    add: Added = None,
    json: Json = False,
) -> None:
    """Backbones ranked for these pictures, without training."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    chosen = tuple(name.strip() for name in names.split(",") if name.strip())
    recipe = _recipe(folder, json, add=add)
    result = do(requests.Rank(project=_project(folder), recipe=recipe, backbones=chosen), json)
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

    chosen = _recipe(folder, json, backbone, recipe, settings, on_conflict, add)
    again = str(replay.absolute()) if replay else None
    request = requests.Train(project=_project(folder), recipe=chosen, run=str(out.absolute()), replay=again)
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
    """Try ever larger learning rates for a step each, and suggest one. Nothing is kept but the answer."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    chosen = _recipe(folder, json, backbone, recipe, settings, on_conflict)
    result = do(requests.FindRate(project=_project(folder), recipe=chosen), json)
    if not json:
        telling.find_rate(result)


@app.command()
def resume(run: Annotated[Path, typer.Argument(help="The run's folder.")], json: Json = False) -> None:
    """Go on with a run that was interrupted, from its last checkpoint."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

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
    json: Json = False,
) -> None:
    """Every strategy on the same pictures and the same number of epochs, side by side."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    chosen = _recipe(folder, json, backbone, recipe, settings, add=add)
    result = do(requests.Race(project=_project(folder), recipe=chosen, out=str(out.absolute())), json)
    if not json:
        telling.race(result)


@app.command()
def evaluate(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    folder: Annotated[Path | None, typer.Option("--folder", help="Judge on all pictures of this folder.")] = None,
    json: Json = False,
) -> None:
    """Judge a trained model again, on its own pictures or on those of another folder."""
    from core import requests
    from core.cli import telling, telling_judged
    from core.cli.running import do

    elsewhere = str(folder.absolute()) if folder else None
    result = do(requests.Evaluate(run=str(run.absolute()), folder=elsewhere), json)
    if not json:
        telling.train(result)
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
    """Write the model for use elsewhere, and check that it gives the same answers there."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    request = requests.Export(run=str(run.absolute()), format=format, out=str(out.absolute()), precision=precision)
    result = do(request, json)
    if not json:
        telling.export(result)


@backbones.command("list")
def list_backbones(
    everything: Annotated[bool, typer.Option("--all", help="All of timm and torchvision.")] = False,
    count: Annotated[bool, typer.Option("--count", help="With --all: count parameters; minutes, once.")] = False,
    json: Json = False,
) -> None:
    """The short list and what is on this machine; with --all everything that has pretrained weights."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    whole = requests.ReadCatalogue(count_seconds=math.inf if count else 0.0)
    result = do(whole if everything or count else requests.ListBackbones(), json)
    if not json:
        telling.backbones(result)


@backbones.command("get")
def get_backbone(name: str, json: Json = False) -> None:
    """Download pretrained weights. After Ctrl-C or a broken line the same command goes on where it stopped."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    result = do(requests.FetchBackbone(name=name), json)
    if not json:
        telling.backbone(result)


@backbones.command("measure")
def measure_backbone(name: str, json: Json = False) -> None:
    """Try every way of computing features on this machine, and remember the fastest that is right."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    result = do(requests.MeasureBackbone(name=name), json)
    if not json:
        telling.speed(result)


@backbones.command("import")
def import_backbone(
    file: Annotated[Path, typer.Argument(help="A .safetensors, .pth or .bin file, or a pack.")],
    name: Annotated[str, typer.Option("--as", help="The backbone these weights belong to; a pack knows.")] = "",
    mean: Annotated[str | None, typer.Option(help="One number, or three separated by commas (0 to 1).")] = None,
    std: Annotated[str | None, typer.Option(help="One number, or three separated by commas.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="As in pad_type=same. May be repeated.")] = None,
    json: Json = False,
) -> None:
    """Take weights from a file, for machines without a network."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    given: dict[str, object] = {}
    for setting in settings or []:
        key, equals, text = setting.partition("=")
        if not equals:
            raise typer.BadParameter(f"{setting!r} has no '='", param_hint="--set")
        given[key.strip()] = _literal(text)
    for key, numbers in (("mean", mean), ("std", std)):
        if numbers is not None:
            given[key] = _triple(numbers, f"--{key}")
    result = do(requests.ImportBackbone(path=str(file.absolute()), name=name, settings=given), json)
    if not json:
        telling.backbone(result)


@backbones.command("pack")
def pack_backbones(
    names: Annotated[list[str], typer.Argument(help="Backbones whose weights are on this machine.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    json: Json = False,
) -> None:
    """Put weights into one file, to be imported on a machine without a network."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    result = do(requests.PackBackbones(names=tuple(names), out=str(out.absolute())), json)
    if not json:
        telling.backbone(result)


@recipe_commands.command("show")
def show_recipe(file: RecipeFile = None, settings: Settings = None, json: Json = False) -> None:
    """A recipe in full: the default one, or a file's, with changes."""
    typer.echo(_recipe(None, json, recipe=file, settings=settings).to_json())


@recipe_commands.command("schema")
def recipe_schema(json: Json = False) -> None:
    """The recipe's JSON schema."""
    from json import dumps

    from core.recipe import Recipe

    typer.echo(dumps(Recipe.model_json_schema(), indent=2))


@recipe_commands.command("explain")
def explain_field(field: str, json: Json = False) -> None:
    """What one choice does, its range and its unit."""
    from core.cli import telling
    from core.cli.running import fail
    from core.errors import UserError
    from core.recipe import field_row

    try:
        row = field_row(field)
    except UserError as error:
        raise fail(error, json) from None
    telling.field(row, json)


def _project(folder: Path) -> str:
    from core.project.places import default_project

    return str(default_project(folder))


def _recipe(
    folder: Path | None,
    json: bool,
    backbone: str | None = None,
    recipe: Path | None = None,
    settings: list[str] | None = None,
    on_conflict: str | None = None,
    add: list[Path] | None = None,
) -> "Recipe":
    """The recipe of a command: from its file, then --set, then its own options. Leaves with status 3 if it is bad."""
    from core.cli.running import fail
    from core.errors import UserError
    from core.project.beginning import recipe_for
    from core.recipe import Recipe, load_recipe, with_settings

    try:
        chosen = load_recipe(recipe) if recipe else recipe_for(folder) if folder else Recipe()
        chosen = with_settings(chosen, settings or [])
        own: dict[str, Any] = {"backbone.name": backbone, "data.on_conflict": on_conflict}
        own["data.folder"] = str(folder.absolute()) if folder else None
        own["data.more_folders"] = [str(path.absolute()) for path in add] if add else None
        for path, value in own.items():
            if value is not None:
                chosen = chosen.with_value(path, value)
    except UserError as error:
        raise fail(error, json) from None
    return chosen


def _literal(text: str) -> object:
    import json

    try:
        value: object = json.loads(text)
    except json.JSONDecodeError:
        return text
    return value


def _triple(text: str, option: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter("numbers are wanted", param_hint=option) from error
    if len(numbers) not in (1, 3):
        raise typer.BadParameter("one number, or three separated by commas", param_hint=option)
    return numbers * 3 if len(numbers) == 1 else numbers
