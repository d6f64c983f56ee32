"""Pictures that are the same, or the same but for compression, size or a touch of colour."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 16
"""Side of the perceptual hash: 256 bits."""

_GREYS = 64
"""Side of the grey picture that the hash is taken from."""

_WAVES = 2 * np.cos(np.pi * np.outer(np.arange(_SIDE), 2 * np.arange(_GREYS) + 1) / (2 * _GREYS))
"""The lowest `_SIDE` rows of the discrete cosine transform (type 2), not normalised."""

_ZERO = 6
"""Digits of a coefficient (up to 4 million): what rounding leaves of a zero would be a bit drawn at random."""

_BITS_APART = 8
"""Saved anew as JPEG at quality 20, halved or doubled in size, a photograph differs from itself in at most 8 bits (98
of 100). The next slice of the same brain differs in 20 to 40, unrelated photographs in about 100. At 8 bits every pair
of brain slices correlates by at least 0.993; a false twin costs more than a missed one."""

_BLOCK = 256
_SHORT = 16
_MANY = 10_000
_COLOURS_SIDE = 4
_COLOUR_APART = 16
"""The hash looks at grey alone: a mean colour of the 4 x 4 fields may differ by no more than this."""


def perceptual_hash(small: Image.Image) -> str:
    """Of an RGB picture, which may be a thumbnail: 256 bits of phash (DCT), then 4 x 4 mean colours, in hexadecimal."""
    greys = small.convert("L").resize((_GREYS, _GREYS), Image.Resampling.LANCZOS)
    low = (_WAVES @ np.asarray(greys, dtype=np.float64) @ _WAVES.T).round(_ZERO)
    bits = np.packbits(low > np.median(low))
    colours = small.resize((_COLOURS_SIDE, _COLOURS_SIDE), Image.Resampling.BOX)
    return bits.tobytes().hex() + colours.tobytes().hex()


def join_near(groups: "Groups", hashes: Sequence[str], apart: Collection[tuple[int, int]] = ()) -> None:
    """Join positions whose perceptual hashes are nearly the same; an empty hash has no twin. Pairs of positions that
    are `apart`, the lower first, are not joined for looking alike."""
    places = np.array([place for place, text in enumerate(hashes) if text], dtype=np.int64)
    if len(places) < 2:
        return
    table = np.frombuffer(bytes.fromhex("".join(text for text in hashes if text)), dtype=np.uint8)
    table = table.reshape(len(places), -1)
    forbidden = np.array([one * len(hashes) + other for one, other in apart], dtype=np.int64)
    bits = np.ascontiguousarray(table[:, : _SIDE * _SIDE // 8])
    long_words, colours = bits.view(np.uint64), table[:, _SIDE * _SIDE // 8 :].astype(np.int16)

    def join(one: NDArray[np.int64], other: NDArray[np.int64]) -> None:
        """Join the pairs among these that are near."""
        near = np.bitwise_count(long_words[one] ^ long_words[other]).sum(axis=1) <= _BITS_APART
        one, other = one[near], other[near]
        same_shades = np.abs(colours[one] - colours[other]).max(axis=1, initial=0) <= _COLOUR_APART
        ones, others = places[one[same_shades]], places[other[same_shades]]
        if len(forbidden):
            free = ~np.isin(np.minimum(ones, others) * len(hashes) + np.maximum(ones, others), forbidden)
            ones, others = ones[free], others[free]
        groups.join_pairs(ones, others)

    for column in range(_BITS_APART + 1):  # with at most 8 bits apart, one of nine words must be whole
        words = bits.view(np.uint16)[:, column]
        order = np.argsort(words, kind="stable")
        starts = np.flatnonzero(np.diff(words[order].astype(np.int32), prepend=-1, append=-1))
        for one, other in _pairs_of_short(order, starts):
            join(one, other)
        for run in _long(order, starts):
            for at in range(0, len(run), _BLOCK):  # in blocks, so that thousands of like pictures fit in memory
                rest = run[at:]
                if groups.are_one(places[rest]):
                    break
                rows, columns = np.triu_indices(min(_BLOCK, len(rest)), k=1, m=len(rest))
                join(rest[rows], rest[columns])


def _pairs_of_short(
    order: NDArray[np.int64], starts: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs within runs of up to `_SHORT`: among unlike pictures there are tens of thousands of such runs. `order`
    lists the rows, run after run; `starts` says where each run begins, and the end."""
    lengths = np.diff(starts)
    run = np.repeat(np.where(lengths <= _SHORT, np.arange(len(lengths)), -1), lengths)
    for apart in range(1, min(_SHORT, len(order))):
        same = (run[:-apart] == run[apart:]) & (run[:-apart] >= 0)
        if not same.any():
            return
        yield order[:-apart][same], order[apart:][same]


def _long(order: NDArray[np.int64], starts: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The runs longer than `_SHORT`, one by one."""
    many = np.diff(starts) > _SHORT
    for start, end in zip(starts[:-1][many], starts[1:][many], strict=True):
        yield order[start:end]


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

    def join_pairs(self, ones: NDArray[np.int64], others: NDArray[np.int64]) -> None:
        """Join each of `ones` with its fellow in `others`."""
        if len(ones) > _MANY:
            ones, others = _spanning(ones, others)
        for one, other in zip(ones.tolist(), others.tolist(), strict=True):
            self.join(one, other)

    def are_one(self, places: NDArray[np.int64]) -> bool:
        first = self.find(int(places[0]))
        return all(self.find(place) == first for place in places.tolist())

    def ids(self) -> list[int]:
        """The group of each position, named by its first position."""
        return [self.find(place) for place in range(len(self._above))]

    def several(self) -> list[list[int]]:
        """The groups of more than one, in order."""
        members: dict[int, list[int]] = defaultdict(list)
        for place, group in enumerate(self.ids()):
            members[group].append(place)
        return [group for group in members.values() if len(group) > 1]


def _spanning(ones: NDArray[np.int64], others: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As few pairs as join the same."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    places, compact = np.unique(np.concatenate([ones, others]), return_inverse=True)
    ends = compact[: len(ones)], compact[len(ones) :]
    links = coo_array((np.ones(len(ones), dtype=np.bool_), ends), shape=(len(places), len(places)))
    labels = connected_components(links, directed=False)[1]
    first = np.unique(labels, return_index=True)[1]
    return places[first[labels]], places
