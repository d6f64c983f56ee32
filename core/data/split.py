"""Which pictures are learned from and which are set aside: seeded, stratified, groups never torn apart."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

TRAIN, VAL, TEST = 0, 1, 2
"""Parts of the split, as they index `dataset.PARTS`."""


def split(
    labels: Sequence[str], groups: Sequence[int], keys: Sequence[str], validation: float, test: float, seed: int
) -> list[int]:
    """A part for each picture. `keys` are content hashes: with the seed they order the pictures, so that neither names
    nor newly added pictures shuffle everything.

    Groups are dealt out one by one, large ones first, to the part that is left least far from its due in the classes
    concerned. A class of one picture has its place in training; one of several has at least one picture to judge by,
    unless they are all one group.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for picture, group in enumerate(groups):
        members[group].append(picture)
    order = sorted(members.values(), key=lambda group: (-len(group), _ticket(min(keys[p] for p in group), seed)))
    counts = Counter(labels)
    lacking = {label: list(_due(count, validation, test)) for label, count in counts.items()}
    parts = [TRAIN] * len(labels)
    for dealt in order:
        share = Counter(labels[picture] for picture in dealt)
        part = _best_part(share, lacking, counts)
        for picture in dealt:
            parts[picture] = part
        for label, count in share.items():
            lacking[label][part] -= count
    return parts


def _best_part(share: Counter[str], lacking: Mapping[str, Sequence[int]], counts: Counter[str]) -> int:
    """Where the squared distance from the due numbers, relative to the size of each class, grows least."""

    def growth(part: int) -> float:
        return sum(count * (count - 2 * lacking[label][part]) / counts[label] ** 2 for label, count in share.items())

    return min((TRAIN, VAL, TEST), key=growth)


def _due(count: int, validation: float, test: float) -> tuple[int, int, int]:
    """How many pictures of a class each part should have."""
    val_due = max(1, round(count * validation)) if validation and count > 1 else 0
    test_due = max(1, round(count * test)) if test and count > 2 else 0
    while val_due + test_due >= count > 0:
        val_due, test_due = (val_due - 1, test_due) if val_due >= test_due else (val_due, test_due - 1)
    return count - val_due - test_due, val_due, test_due


def _ticket(key: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed} {key}".encode(), digest_size=8).digest()
