"""About backbones: which there are, getting them, measuring them, choosing among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from core.recipe import Recipe
from core.requests.request import Request, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBackbones(Request):
    """The short list and what is here. Result: `backbones`, each the fields of an `Entry` with `local`, `origin`,
    `licence_use` (free, own_terms, no_commerce, unstated), `partial` {done, total} of a download that was broken off,
    `speed` as measured here {way, milliseconds a picture, batch, complete, ways, failed}, `default` (the one that is
    taken where none is named)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCatalogue(Request):
    """All that timm and torchvision publish. Result: `backbones` as above, and `uncounted`: how many of them have
    no number of parameters yet. `count_seconds` are spent counting."""

    role: ClassVar[Role] = "helper"
    count_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchBackbone(Request):
    """Download pretrained weights; goes on where an earlier try was broken off. Result: `name`, `sha256`, `path`."""

    role: ClassVar[Role] = "helper"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardDownload(Request):
    """Forget what came of a download that was broken off. Result: `name`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureBackbone(Request):
    """Try every way of computing features with a backbone that is here. Result: `name`, and the fields of `speed`."""

    role: ClassVar[Role] = "helper"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBackbone(Request):
    """Take weights from a file. Result: `name`, `sha256`, `path`, `matched`, `missing`, `misshapen`, `unused`.

    A pack says itself whose weights it holds: its result is `names`.
    """

    path: str
    name: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackBackbones(Request):
    """Write several backbones into one file for a machine without a network. Result: `path`, `names`."""

    names: tuple[str, ...]
    out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeBackbone(Request):
    """Result: `name`, `stages` [{name, channels, resolution, parameters}], `features`, `image_size`."""

    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank(Request):
    """Result: `backbones`, best first."""

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe
    backbones: tuple[str, ...] = ()
