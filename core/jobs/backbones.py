"""The zoo: what there is, what is here, and bringing more here. Listing needs no torch, so it answers at once."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import requests
from core.backbones import catalogue, licences, packing, partial, records, store, table, weights
from core.errors import UserError
from core.events import Reporter

Managing = (
    requests.ListBackbones
    | requests.ReadCatalogue
    | requests.FetchBackbone
    | requests.DiscardDownload
    | requests.MeasureBackbone
    | requests.ImportBackbone
    | requests.PackBackbones
)


def manage(request: Managing, reporter: Reporter) -> dict[str, Any]:
    match request:
        case requests.ListBackbones():
            return {"backbones": _rows(catalogue.entries())}
        case requests.ReadCatalogue(count_seconds=seconds):
            left = table.count(seconds, reporter) if seconds else table.uncounted(table.read(reporter))
            return {"backbones": _rows(catalogue.everything(table.read(reporter))), "uncounted": left}
        case requests.DiscardDownload(name=name):
            partial.discard(name)
            return {"name": name}
        case requests.FetchBackbone(name=name):
            entry = catalogue.find(name)
            fetched = weights.local(entry) or weights.fetch(entry, reporter)
            _try_precisions(entry, fetched)
            return {"name": entry.name, "sha256": fetched.sha256, "path": str(fetched.path)}
        case requests.MeasureBackbone(name=name):
            return _measured(name, reporter)
        case requests.PackBackbones(names=names, out=out):
            return packing.pack(names, Path(out), reporter)
        case requests.ImportBackbone(path=path) if packing.is_pack(Path(path)):
            return packing.unpack(Path(path), reporter)
        case requests.ImportBackbone(path=path, name=name, settings=given):
            if not name:
                raise UserError("WHOSE_WEIGHTS", path=path)
            settings: dict[str, Any] = dict(given)
            mean, std = settings.pop("mean", None), settings.pop("std", None)
            taken = weights.import_file(Path(path), name, mean=mean, std=std, settings=settings)
            entry = catalogue.find(taken["name"])
            _try_precisions(entry, weights.local(entry))
            return taken
    raise TypeError(request)


def _measured(name: str, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NO_WEIGHTS: numbers at random would say nothing about what is right."""
    entry = catalogue.find(name)
    here = weights.local(entry)
    if here is None:
        raise UserError("NO_WEIGHTS", name=name, reason="only what is here can be measured")
    _measure(entry, here, True, reporter)
    return {"name": entry.name, **(records.as_row(records.latest(here.sha256)) or {})}


def _try_precisions(entry: catalogue.Entry, here: weights.Weights | None) -> None:
    """See now, and remember, which precision is fastest on this machine, so that the first training need not."""
    if here is not None:
        _measure(entry, here, False)


def _measure(entry: catalogue.Entry, here: weights.Weights, prepare: bool, reporter: Reporter | None = None) -> None:
    import torch

    from core.backbones.network import build
    from core.backbones.ways import measure
    from core.recipe import Recipe
    from core.training.resolve import device_for, threads_for

    torch.set_num_threads(threads_for(Recipe()))
    measure(build(entry, here), device_for(Recipe()), here.sha256, prepare, reporter)


def _rows(entries: Iterable[catalogue.Entry]) -> list[dict[str, Any]]:
    """What the list shows of each: the registries' facts, and how things stand on this machine."""
    here = {card.name: card.weights for card in store.cards()}
    begun, best = partial.standing(), catalogue.best_local()
    return [
        {
            **asdict(entry),
            "local": entry.name in here,
            "origin": here[entry.name].origin if entry.name in here else "",
            "published": dict(here[entry.name].published) if entry.name in here else {},
            "licence_use": licences.use_of(entry.licence),
            "partial": begun.get(entry.name),
            "speed": records.as_row(records.latest(here[entry.name].sha256)) if entry.name in here else None,
            "default": best is not None and entry.name == best.name,
        }
        for entry in entries
    ]
