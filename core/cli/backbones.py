"""`graft backbones`: the pretrained networks that are here, and those that can be had."""

import math
from pathlib import Path
from typing import Annotated

import typer

from core.cli.options import Json

Name = Annotated[str, typer.Argument(help="As in `graft backbones list`.")]

backbones = typer.Typer(help="The pretrained networks: list, download, import.", no_args_is_help=True)


@backbones.command("list")
def list_backbones(
    everything: Annotated[bool, typer.Option("--all", help="All of timm and torchvision.")] = False,
    count: Annotated[bool, typer.Option("--count", help="With --all: count parameters; minutes, once.")] = False,
    json: Json = False,
) -> None:
    """The short list and what is here; --all for everything. That is whatever has pretrained weights."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    whole = requests.ReadCatalogue(count_seconds=math.inf if count else 0.0)
    result = do(whole if everything or count else requests.ListBackbones(), json)
    if not json:
        telling.backbones(result)


@backbones.command("get")
def get_backbone(name: Name, json: Json = False) -> None:
    """Download pretrained weights. After Ctrl-C or a broken line the same command goes on where it stopped."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    result = do(requests.FetchBackbone(name=name), json)
    if not json:
        telling.backbone(result)


@backbones.command("measure")
def measure_backbone(name: Name, json: Json = False) -> None:
    """Try every way of computing features here. The fastest that is right is remembered."""
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
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="<name=value>", help="What its constructor must be told, as in pad_type=same."),
    ] = None,
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
    """Put weights into one file. It can be imported on a machine without a network."""
    from core import requests
    from core.cli import telling
    from core.cli.running import do

    result = do(requests.PackBackbones(names=tuple(names), out=str(out.absolute())), json)
    if not json:
        telling.backbone(result)


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
