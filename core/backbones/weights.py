"""Pretrained weights: what is here, fetching what is not, taking in files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.backbones import catalogue, partial, store
from core.backbones.entry import Entry
from core.backbones.store import Triple, Weights
from core.errors import UserError
from core.events import Reporter

__all__ = ["Weights", "fetch", "import_file", "local"]


def local(entry: Entry) -> Weights | None:
    """The weights of a backbone that are on this machine, those that came last; or None."""
    return store.newest(entry.name)


def fetch(entry: Entry, reporter: Reporter) -> Weights:
    """The weights of a backbone, from this machine if they are here, else from where its library keeps them.

    Raises UserError NO_WEIGHTS (nobody has them, or no connection), NETWORK, HASH_MISMATCH, DISK_FULL, and Cancelled.
    """
    here = local(entry)
    if here is not None:
        return here
    reporter.progress("look_up", 0, 0)  # importing the libraries takes seconds
    from core.backbones import hub, importing
    from core.backbones.download import download

    source = hub.source(entry)
    file = download(source, reporter)
    tensors = hub.read(entry, file)
    origin = source.url or f"{source.repository} on the hub"
    weights, _ = importing.take_in(tensors, entry, origin, None, None, {}, named=origin)
    if file.suffix == ".part":
        partial.forget(file)
    return weights


def import_file(
    path: Path,
    name: str,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Take weights from a file; a mean or std of one number stands for all three colours.

    Gives `name`, `sha256`, `path`, `wanted`, `matched` and the lists `missing`, `misshapen`, `unused`. Raises
    UserError NO_SUCH_BACKBONE, NO_SUCH_FILE, UNSAFE_WEIGHTS, NOT_WEIGHTS, WEIGHTS_MISMATCH or BAD_OPTION.
    """
    entry = catalogue.find(name)
    from core.backbones import importing

    tensors = importing.read_tensors(path)
    weights, found = importing.take_in(
        tensors, entry, path.name, _triple("mean", mean), _triple("std", std), settings or {}, named=str(path)
    )
    return {
        "name": entry.name,
        "sha256": weights.sha256,
        "path": str(weights.path),
        "wanted": found.wanted,
        "matched": found.matched,
        "missing": list(found.missing),
        "misshapen": [{"name": n, "file": list(f), "wanted": list(w)} for n, f, w in found.misshapen],
        "unused": list(found.unused),
    }


def _triple(what: str, value: float | Sequence[float] | None) -> Triple | None:
    if value is None:
        return None
    values = [float(value)] * 3 if isinstance(value, int | float) else [float(number) for number in value]
    if len(values) != 3 or (what == "std" and min(values) <= 0):
        raise UserError("BAD_OPTION", field=what, value=value, reason="it takes one number, or three above zero")
    return values[0], values[1], values[2]
