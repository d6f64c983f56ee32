"""The zoo: what there is, what is here, and bringing more here. Listing needs no torch, so it answers at once."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import requests
from core.backbones import catalogue, packing, weights
from core.events import Reporter

Managing = requests.ListBackbones | requests.FetchBackbone | requests.ImportBackbone | requests.PackBackbones


def manage(request: Managing, reporter: Reporter) -> dict[str, Any]:
    match request:
        case requests.ListBackbones(everything=everything):
            return {"backbones": [_row(entry) for entry in catalogue.entries(everything)]}
        case requests.FetchBackbone(name=name):
            entry = catalogue.find(name)
            fetched = weights.local(entry) or weights.fetch(entry, reporter)
            _try_precisions(entry, fetched)
            return {"name": entry.name, "sha256": fetched.sha256, "path": str(fetched.path)}
        case requests.PackBackbones(names=names, out=out):
            return packing.pack(names, Path(out), reporter)
        case requests.ImportBackbone(path=path) if packing.is_pack(Path(path)):
            return packing.unpack(Path(path), reporter)
        case requests.ImportBackbone(path=path, name=name, settings=given):
            settings: dict[str, Any] = dict(given)
            mean, std = settings.pop("mean", None), settings.pop("std", None)
            taken = weights.import_file(Path(path), name, mean=mean, std=std, settings=settings)
            entry = catalogue.find(taken["name"])
            _try_precisions(entry, weights.local(entry))
            return taken
    raise TypeError(request)


def _try_precisions(entry: catalogue.Entry, here: weights.Weights | None) -> None:
    """See now, and remember, which precision is fastest on this machine, so that the first training need not."""
    from core.backbones.network import build
    from core.backbones.precision import fastest_precision
    from core.recipe import Recipe
    from core.training.resolve import device_for

    if here is not None:
        fastest_precision(build(entry, here), device_for(Recipe()), here.sha256)


def _row(entry: catalogue.Entry) -> dict[str, Any]:
    here = weights.local(entry)
    return {**asdict(entry), "local": here is not None, "origin": here.origin if here else ""}
