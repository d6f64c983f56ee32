"""Where pretrained weights are kept: one safetensors file per SHA-256, and beside it a JSON card that says whose it is.

Imports neither torch nor timm, so that a list of what is here costs nothing.
"""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.project import atomic, places

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """Pretrained numbers on this disk. `mean` and `std` are what the network saw while it learned.

    `settings` are the keyword arguments with which the network must be built to mean the same (such as
    `pad_type`). `missing` names the tensors that the file did not hold: they stay at random. `published` is how the
    authors prepared pictures beside that, {interpolation, crop: share of the side}: kept and shown, not followed.
    """

    path: Path
    sha256: str
    origin: str
    mean: Triple
    std: Triple
    settings: Mapping[str, Any] = field(default_factory=dict)
    image_size: int | None = None
    missing: tuple[str, ...] = ()
    published: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """One JSON card: the weights, the backbone they belong to, and the order in which they came."""

    name: str
    weights: Weights
    facts: Mapping[str, Any]
    order: int


def cards() -> list[Card]:
    """All weights that are here, the newest last. A card that cannot be read, or without its file, is passed over."""
    folder = places.weights_folder()
    found = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            card = _card(path)
            if card.weights.path.is_file():
                found.append(card)
    return sorted(found, key=lambda card: card.order)


def newest(name: str) -> Weights | None:
    """The weights that were last brought in for a backbone."""
    return next((card.weights for card in reversed(cards()) if card.name == name), None)


def keep(file: Path, name: str, facts: Mapping[str, Any], **details: Any) -> Weights:
    """Take a safetensors file into the store, whole or not at all; `details` are the fields of `Weights`.

    Raises UserError DISK_FULL or CANNOT_WRITE.
    """
    sha256 = sha256_of(file)
    path = places.weights_folder() / f"{sha256}.safetensors"
    if not path.is_file():
        with atomic.whole(path) as temporary:
            shutil.copyfile(file, temporary)
    weights = Weights(path=path, sha256=sha256, **details)
    atomic.write_json(card_path(name, sha256), _as_json(name, weights, facts, next_order()))
    return weights


def card_path(name: str, sha256: str) -> Path:
    """Where the card of these weights stands; the same numbers may serve two names."""
    key = hashlib.sha256(name.encode()).hexdigest()[:8]
    return places.weights_folder() / f"{sha256}.{key}.json"


def next_order() -> int:
    return max((card.order for card in cards()), default=0) + 1


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _as_json(name: str, weights: Weights, facts: Mapping[str, Any], order: int) -> dict[str, Any]:
    return {
        "name": name,
        "sha256": weights.sha256,
        "origin": weights.origin,
        "mean": list(weights.mean),
        "std": list(weights.std),
        "settings": dict(weights.settings),
        "image_size": weights.image_size,
        "missing": list(weights.missing),
        "published": dict(weights.published),
        "facts": dict(facts),
        "order": order,
    }


def _card(path: Path) -> Card:
    kept = json.loads(path.read_text(encoding="utf-8"))
    weights = Weights(
        path=path.parent / f"{kept['sha256']}.safetensors",
        sha256=kept["sha256"],
        origin=kept["origin"],
        mean=_triple(kept["mean"]),
        std=_triple(kept["std"]),
        settings=kept["settings"],
        image_size=kept["image_size"],
        missing=tuple(kept["missing"]),
        published=kept.get("published", {}),
    )
    return Card(kept["name"], weights, kept["facts"], kept["order"])


def _triple(values: list[float]) -> Triple:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
