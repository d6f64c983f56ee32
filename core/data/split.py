"""Which pictures are learned from and which are set aside: seeded, stratified, groups never torn apart."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

TRAIN, VAL, TEST = 0, 1, 2
"""Parts of the split, as they index `dataset.PARTS`."""

ALWAYS_TRAIN = -1
"""The fold of pictures that every fold learns from: a class that is one group cannot be judged and learned."""


def split(
    labels: Sequence[str],
    groups: Sequence[int],
    keys: Sequence[str],
    validation: float,
    test: float,
    seed: int,
    fixed: Mapping[int, int] | None = None,
) -> list[int]:
    """A part for each picture. `keys` are content hashes: with the seed they give each group a ticket of its own, so
    that names do not matter, and pictures that are added later leave nearly all others where they were. `fixed` are
    groups whose part was decided by hand.

    In the order of their tickets groups fill the test part, then validation, wherever that brings these nearer to their
    due in the classes concerned; the rest is learned from. A class of one group has its place in training; one of
    several is judged by at least one of them.
    """
    members = _members(groups)
    shares = {group: Counter(labels[picture] for picture in pictures) for group, pictures in members.items()}
    tickets = {group: _ticket(min(keys[picture] for picture in pictures), seed) for group, pictures in members.items()}
    counts = Counter(labels)
    lacking = {label: list(_due(count, validation, test)) for label, count in counts.items()}
    home: dict[int, int] = {}

    def put(group: int, part: int) -> None:
        for label, count in shares[group].items():
            lacking[label][part] -= count
            if group in home:
                lacking[label][home[group]] += count
        home[group] = part

    for group, part in (fixed or {}).items():
        if group in shares:
            put(group, part)
    order = sorted((group for group in members if group not in home), key=tickets.__getitem__)
    for group in order:
        growth = _growth(shares[group], lacking, counts)
        put(group, TEST if growth[TEST] < 0 else VAL if growth[VAL] < 0 else TRAIN)
    if validation:
        _judge_every_class(order, shares, home, put)
    return [home[group] for group in groups]


def _judge_every_class(
    order: Sequence[int], shares: Mapping[int, Counter[str]], home: Mapping[int, int], put: Callable[[int, int], None]
) -> None:
    """A class whose groups are all too large for validation gives its smallest, if it is taught by another."""
    taught: dict[str, list[int]] = defaultdict(list)
    judged = {label for group, part in home.items() if part != TRAIN for label in shares[group]}
    for group in order:
        if home[group] == TRAIN:
            for label in shares[group]:
                taught[label].append(group)
    for label in sorted(set(taught) - judged):
        least = min(taught[label], key=lambda group: sum(shares[group].values()))
        if all(sum(home[group] == TRAIN for group in taught[other]) > 1 for other in shares[least]):
            put(least, VAL)


def folds(labels: Sequence[str], groups: Sequence[int], keys: Sequence[str], count: int, seed: int) -> list[int]:
    """A fold from 0 to `count` - 1 for each picture, or ALWAYS_TRAIN. Each class is spread over the folds as evenly as
    whole groups allow."""
    members = _members(groups)
    homes: dict[str, set[int]] = defaultdict(set)
    for label, group in zip(labels, groups, strict=True):
        homes[label].add(group)
    home = {next(iter(found)): ALWAYS_TRAIN for found in homes.values() if len(found) == 1}
    counts = Counter(labels)
    lacking = {label: [number / count] * count for label, number in counts.items()}
    tickets = {group: _ticket(min(keys[picture] for picture in pictures), seed) for group, pictures in members.items()}
    for group in sorted(members.keys() - home.keys(), key=lambda group: (-len(members[group]), tickets[group])):
        share = Counter(labels[picture] for picture in members[group])
        growth = _growth(share, lacking, counts)
        home[group] = growth.index(min(growth))
        for label, number in share.items():
            lacking[label][home[group]] -= number
    return [home[group] for group in groups]


def _members(groups: Sequence[int]) -> dict[int, list[int]]:
    members: dict[int, list[int]] = defaultdict(list)
    for picture, group in enumerate(groups):
        members[group].append(picture)
    return members


def _growth(share: Counter[str], lacking: Mapping[str, Sequence[float]], counts: Counter[str]) -> list[float]:
    """By how much the squared distance from the due numbers, relative to each class's size, grows in each place."""
    growth = [0.0] * len(next(iter(lacking.values())))
    for label, count in share.items():
        weight = count / counts[label] ** 2
        for place, missing in enumerate(lacking[label]):
            growth[place] += weight * (count - 2 * missing)
    return growth


def _due(count: int, validation: float, test: float) -> tuple[int, int, int]:
    """How many pictures of a class each part should have."""
    val_due = max(1, round(count * validation)) if validation and count > 1 else 0
    test_due = max(1, round(count * test)) if test and count > 2 else 0
    while val_due + test_due >= count > 0:
        val_due, test_due = (val_due - 1, test_due) if val_due >= test_due else (val_due, test_due - 1)
    return count - val_due - test_due, val_due, test_due


def _ticket(key: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed} {key}".encode(), digest_size=8).digest()
