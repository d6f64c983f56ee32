"""Which backbones there are: a short list that is known by heart, and all that timm and torchvision register.

The short list, and whatever has weights here, is shown without importing either library.
"""

from dataclasses import replace

from core.backbones import store
from core.backbones.entry import Entry, Source
from core.backbones.shortlist import ALSO_KNOWN, RECOMMENDED
from core.errors import UserError

__all__ = ["SMALL", "Entry", "Source", "best_local", "entries", "find"]

_KNOWN = {entry.name: entry for entry in (*RECOMMENDED, *ALSO_KNOWN)}

# Learns from random numbers where there are no weights at all: the smallest of timm's ResNets, at few pixels.
# Tried on 90 pictures of four kinds of pollen, judged on 28 others, processor seconds of two cores, AdamW, one cycle,
# batches of 16, colours and angles varied (without that resnet10t reached 0.32): test_resnet 0.89 at 96 px (120 epochs,
# 27 s), 0.82 to 0.86 at 64 px (20 s); resnet10t 0.89 at 64 px (100 epochs, 35 s) but 0.68 after 60 (26 s);
# test_efficientnet 0.43 (14 s), convnext_atto 0.21 (25 s), lcnet_050 0.17, test_byobnet 0.14 (24 s).
SMALL = Entry(
    "test_resnet", "timm", "ResNet", "Tiny ResNet",
    "Small enough to learn from nothing on a hundred pictures, where no pretrained weights are to be had.",
    372_688, 96, False, "apache-2.0",
)  # fmt: skip


def find(name: str) -> Entry:
    """The backbone of that name, its parameters counted; `torchvision/resnet18` where both libraries have one.

    timm's pretrained tags are understood (`resnet18.a1_in1k`). Raises UserError NO_SUCH_BACKBONE.
    """
    if name in _KNOWN:
        return _KNOWN[name]
    if name == SMALL.name:
        return SMALL
    from core.backbones import registries

    entry = registries.find(name)
    if entry is None:
        raise UserError("NO_SUCH_BACKBONE", name=name)
    return replace(entry, parameters=registries.count_parameters(entry))


def entries(everything: bool = False) -> list[Entry]:
    """The short list and whatever has weights here; with `everything` also all that the libraries register."""
    here = [_from_card(card) for card in store.cards()]
    rows = {entry.name: entry for entry in (*RECOMMENDED, *here)}
    if everything:
        from core.backbones import registries

        rows |= {entry.name: _KNOWN.get(entry.name, entry) for entry in registries.all_entries()}
        rows |= {entry.name: entry for entry in here}
    return list(rows.values())


def best_local() -> Entry | None:
    """The most accurate backbone whose weights are on this machine; None where there are no weights at all."""
    here = [_from_card(card) for card in store.cards()]
    return max(here, key=lambda entry: entry.accuracy or 0.0, default=None)


def _from_card(card: store.Card) -> Entry:
    return _KNOWN.get(card.name) or Entry(name=card.name, **card.facts)
