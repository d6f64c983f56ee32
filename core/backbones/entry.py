"""One row of the catalogue."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

Source = Literal["timm", "torchvision"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One backbone. `parameters` counts the backbone without its classifier (0: not counted yet).

    `accuracy` is the percentage of ImageNet-1k's validation pictures that its usual weights, with their own
    classifier, get right; None where the registries do not say. `licence` is that of the weights, empty where nobody
    says. `download_bytes` is the size of the usual weights' file (0: not told beforehand). `variant` is the published
    edition of the weights that `name` alone means; each of the other `variants` is to be had as `name.variant`.
    """

    name: str
    source: Source
    family: str
    title: str
    why: str
    parameters: int
    image_size: int
    recommended: bool
    licence: str
    accuracy: float | None = None
    download_bytes: int = 0
    variant: str = ""
    variants: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """What a card of weights keeps about its backbone."""
        kept = asdict(self)
        return {key: value for key, value in kept.items() if key not in ("name", "variant", "variants")}


def from_facts(name: str, facts: Mapping[str, Any]) -> Entry:
    """The inverse of `Entry.facts`, whatever version of Graft wrote them."""
    known = {field.name for field in fields(Entry)} - {"name", "variants"}
    return Entry(name=name, **{key: value for key, value in facts.items() if key in known})
