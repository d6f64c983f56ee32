"""Pretrained weights: what is here, fetching what is not, taking in files."""

from core.backbones import store
from core.backbones.entry import Entry
from core.backbones.store import Weights

__all__ = ["Weights", "local"]


def local(entry: Entry) -> Weights | None:
    """The weights of a backbone that are on this machine, those that came last; or None."""
    return store.newest(entry.name)
