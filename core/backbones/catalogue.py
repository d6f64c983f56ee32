"""Which backbones there are: a short list that is known by heart, and all that timm and torchvision publish.

The short list, and whatever has weights here, is shown without importing either library; so is the whole table, once
the libraries were looked into.
"""

from dataclasses import replace

from core.backbones import store, table
from core.backbones.entry import Entry, from_facts
from core.backbones.shortlist import ALSO_KNOWN, RECOMMENDED
from core.errors import UserError

__all__ = ["SMALL", "Entry", "best_local", "entries", "everything", "find"]

# What a backbone counts as whose accuracy nobody publishes: better than the smallest, less than those known to be good.
UNKNOWN_ACCURACY = 70.0

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
    row = next((row for row in table.known() or () if row.name == name and row.parameters), None)
    if row is not None:
        return row
    from core.backbones import registries

    entry = registries.find(name)
    if entry is None:
        raise UserError("NO_SUCH_BACKBONE", name=name, nearest=", ".join(registries.nearest(name)))
    return replace(entry, parameters=registries.count_parameters(entry))


def entries() -> list[Entry]:
    """The short list and whatever has weights here."""
    here = [_from_card(card) for card in store.cards()]
    return list({entry.name: entry for entry in (*RECOMMENDED, *here)}.values())


def everything(rows: list[Entry]) -> list[Entry]:
    """The whole table, its `rows` as `table` gave them: what is known by heart first, then what has weights here."""
    known = {row.name: row for row in rows}
    first = [_with_variants(entry, known.get(entry.name)) for entry in entries()]
    return list({entry.name: entry for entry in (*first, *rows, *first)}.values())


def _with_variants(entry: Entry, row: Entry | None) -> Entry:
    return replace(entry, variant=row.variant, variants=row.variants) if row else entry


def best_local() -> Entry | None:
    """The most accurate backbone whose weights are on this machine; None where there are no weights at all."""
    here = [_from_card(card) for card in store.cards()]
    return max(here, key=lambda entry: entry.accuracy or UNKNOWN_ACCURACY, default=None)


def _from_card(card: store.Card) -> Entry:
    return _KNOWN.get(card.name) or from_facts(card.name, card.facts)
