"""Pictures that are the same, or the same but for compression, size or a touch of colour."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 16
"""Side of the perceptual hash: 256 bits."""

_BITS_APART = 8
"""Saved anew as JPEG at quality 20, halved or doubled in size, a photograph differs from itself in at most 8 bits (98
of 100). The next slice of the same brain differs in 20 to 40, unrelated photographs in about 100. At 8 bits every pair
of brain slices correlates by at least 0.993; a false twin costs more than a missed one."""

_BLOCK = 256
_COLOURS_SIDE = 4
_COLOUR_APART = 16
"""The hash looks at grey alone: a mean colour of the 4 x 4 fields may differ by no more than this."""


def perceptual_hash(small: Image.Image) -> str:
    """Of an RGB picture, which may be a thumbnail: 256 bits of phash (DCT), then 4 x 4 mean colours, in hexadecimal."""
    bits = np.packbits(imagehash.phash(small, hash_size=_SIDE).hash)
    colours = small.resize((_COLOURS_SIDE, _COLOURS_SIDE), Image.Resampling.BOX)
    return bits.tobytes().hex() + colours.tobytes().hex()


def near_pairs(hashes: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of positions whose perceptual hashes are nearly the same; empty hashes have no twin."""
    places = np.array([place for place, text in enumerate(hashes) if text], dtype=np.int64)
    if len(places) < 2:
        return
    table = np.frombuffer(bytes.fromhex("".join(text for text in hashes if text)), dtype=np.uint8)
    table = table.reshape(len(places), -1)
    bits, colours = table[:, : _SIDE * _SIDE // 8], table[:, _SIDE * _SIDE // 8 :].astype(np.int16)
    for one, other in _candidates(np.ascontiguousarray(bits).view(np.uint16)):
        apart = np.bitwise_count(bits[one] ^ bits[other]).sum(axis=1)
        shades = np.abs(colours[one] - colours[other]).max(axis=1)
        close = (apart <= _BITS_APART) & (shades <= _COLOUR_APART)
        yield from zip(places[one[close]].tolist(), places[other[close]].tolist(), strict=True)


def _candidates(words: NDArray[np.uint16]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs that agree in one of the first nine words: with at most 8 bits apart, one of nine must be whole."""
    for column in range(_BITS_APART + 1):
        order = np.argsort(words[:, column], kind="stable")
        starts = np.flatnonzero(np.diff(words[order, column], prepend=-1, append=-1))
        alone = np.diff(starts) == 1
        for start, end in zip(starts[:-1][~alone], starts[1:][~alone], strict=True):
            run = order[start:end]
            for at in range(0, len(run), _BLOCK):  # in blocks, so that thousands of like pictures fit in memory
                one, other = np.triu_indices(min(_BLOCK, len(run) - at), k=1, m=len(run) - at)
                yield run[at:][one], run[at:][other]


class Groups:
    """Union-find over positions: what was joined, however indirectly, is one group."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def find(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self._above[second] = first

    def join_equal(self, keys: Iterable[Hashable]) -> None:
        """Join positions with the same key; None is nobody's key."""
        first: dict[Hashable, int] = {}
        for place, key in enumerate(keys):
            if key is not None:
                self.join(first.setdefault(key, place), place)

    def ids(self) -> list[int]:
        """The group of each position, named by its first position."""
        return [self.find(place) for place in range(len(self._above))]

    def several(self) -> list[list[int]]:
        """The groups of more than one, in order."""
        members: dict[int, list[int]] = defaultdict(list)
        for place, group in enumerate(self.ids()):
            members[group].append(place)
        return [group for group in members.values() if len(group) > 1]
