"""Takes weights into the store: reads any of the usual files, fits them to the architecture, keeps what fits."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.backbones import store, unpickle
from core.backbones.construct import classifier_names, construct, normalisation, published_preparation
from core.backbones.entry import Entry
from core.backbones.match import Match, match
from core.backbones.pretrained import keep_classifier
from core.backbones.store import Triple, Weights
from core.backbones.tensor_files import write_tensors
from core.errors import UserError
from core.project import places

# Below this share of fitting tensors a file belongs to another architecture.
LEAST_MATCHED = 0.95
PREPARATION = ("interpolation", "crop")  # settings that concern the pictures, not the network


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a file, by name. Nothing in it is run.

    Raises UserError NO_SUCH_FILE, NO_PERMISSION, UNSAFE_WEIGHTS or NOT_WEIGHTS.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(9)
    except PermissionError as error:
        raise UserError("NO_PERMISSION", path=str(path)) from error
    except OSError as error:
        raise UserError("NO_SUCH_FILE", path=str(path)) from error
    is_safetensors = start[8:9] == b"{"  # eight bytes of length, then JSON
    if is_safetensors:
        return _load(path)
    folder = places.weights_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=folder) as scratch:
        out = Path(scratch) / "tensors.safetensors"
        unpickle.to_safetensors(path, out)
        return _load(out)


def take_in(
    tensors: Mapping[str, Tensor], entry: Entry, origin: str, mean: Triple | None, std: Triple | None,
    settings: Mapping[str, Any], named: str,
) -> tuple[Weights, Match]:  # fmt: skip
    """Keep what fits as the weights of `entry`, in the precision in which it came.

    `named` is what a message calls the file. Raises UserError WEIGHTS_MISMATCH or BAD_OPTION.
    """
    told = {key: value for key, value in settings.items() if key in PREPARATION}
    settings = {key: value for key, value in settings.items() if key not in PREPARATION}
    layers = construct(entry, settings)
    heads, wanted = classifier_names(entry, layers), layers.state_dict()
    found = match(tensors, wanted, heads)
    _check(found, entry, named)
    usual_mean, usual_std = normalisation(entry)
    with tempfile.TemporaryDirectory(prefix=".taking-", dir=_folder()) as scratch:
        file = Path(scratch) / "weights.safetensors"
        write_tensors(file, {name: tensor.clone() for name, tensor in found.tensors.items()})
        weights = store.keep(
            file,
            entry.name,
            entry.facts(),
            origin=origin,
            mean=mean or usual_mean,
            std=std or usual_std,
            settings=dict(settings),
            image_size=entry.image_size,
            missing=(*found.missing, *(name for name, _, _ in found.misshapen)),
            published={**published_preparation(entry), **told},
        )
    keep_classifier(tensors, wanted, heads, weights)
    return weights, found


def _check(found: Match, entry: Entry, named: str) -> None:
    """Raises UserError WEIGHTS_MISMATCH where too little fits."""
    if found.matched < LEAST_MATCHED * found.wanted:
        raise UserError(
            "WEIGHTS_MISMATCH",
            path=named,
            name=entry.name,
            matched=found.matched,
            wanted=found.wanted,
            percent=round(100 * found.matched / found.wanted, 1),
        )


def _folder() -> Path:
    folder = places.weights_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _load(path: Path) -> dict[str, Tensor]:
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError("NOT_WEIGHTS", path=str(path), reason=str(error)) from error
    return tensors
