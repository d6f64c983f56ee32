"""The split: whole groups, every class in training, due shares, the same from the same seed."""

import hashlib
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from core.data.split import ALWAYS_TRAIN, TEST, TRAIN, VAL, folds, split


def keys_for(count: int) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]


pictures = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 60)), min_size=1, max_size=150)
shares = st.tuples(st.floats(0.05, 0.5), st.sampled_from([0.0, 0.1, 0.25, 0.5]), st.integers(0, 99))


@settings(max_examples=200, deadline=None)
@given(pictures, shares)
def test_whatever_comes(rows: list[tuple[str, int]], share: tuple[float, float, int]) -> None:
    labels, groups = [label for label, _ in rows], [group for _, group in rows]
    keys = keys_for(len(rows))
    parts = split(labels, groups, keys, *share)
    by_group: dict[int, set[int]] = {}
    for group, part in zip(groups, parts, strict=True):
        by_group.setdefault(group, set()).add(part)
    assert all(len(found) == 1 for found in by_group.values()), "a group was torn apart"
    assert parts == split(labels, groups, keys, *share)
    if share[1] == 0:
        assert TEST not in parts
    order = list(range(len(rows)))[::-1]
    turned = split([labels[p] for p in order], [groups[p] for p in order], [keys[p] for p in order], *share)
    assert turned == [parts[p] for p in order], "the order of the pictures must not matter"


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 60), min_size=1), shares)
def test_single_pictures_meet_their_shares_exactly(counts: dict[str, int], share: tuple[float, float, int]) -> None:
    labels = [label for label, count in counts.items() for _ in range(count)]
    parts = split(labels, list(range(len(labels))), keys_for(len(labels)), *share)
    validation, test, _ = share
    for label, count in counts.items():
        found = Counter(part for part, other in zip(parts, labels, strict=True) if other == label)
        assert found[TRAIN] >= 1
        if count == 1:
            assert found == {TRAIN: 1}
            continue
        assert found[VAL] >= 1
        if validation + test <= 0.8 and count >= 10:
            assert found[VAL] == max(1, round(count * validation))
            assert found[TEST] == (max(1, round(count * test)) if test else 0)


def test_seeds_differ_and_new_pictures_move_few() -> None:
    labels = ["a", "b"] * 100
    keys = keys_for(210)
    first = split(labels, list(range(200)), keys[:200], 0.2, 0.0, seed=1)
    other = split(labels, list(range(200)), keys[:200], 0.2, 0.0, seed=2)
    assert sum(one != two for one, two in zip(first, other, strict=True)) > 30
    more = split([*labels, *["a"] * 10], list(range(210)), keys, 0.2, 0.0, seed=1)
    assert sum(one != two for one, two in zip(first, more[:200], strict=True)) <= 4


def test_a_class_that_is_one_group_is_learned_from() -> None:
    labels = ["a"] * 10 + ["b"] * 10
    parts = split(labels, [0] * 10 + list(range(1, 11)), keys_for(20), 0.2, 0.0, 0)
    assert parts[:10] == [TRAIN] * 10
    assert Counter(parts[10:]) == {TRAIN: 8, VAL: 2}


def test_a_class_of_few_large_groups_is_judged_by_its_smallest() -> None:
    labels = ["a"] * 11 + ["b"] * 40
    groups = [0] * 6 + [1] * 5 + list(range(2, 42))
    parts = split(labels, groups, keys_for(51), 0.2, 0.0, 0)
    assert (parts[:6], parts[6:11]) == ([TRAIN] * 6, [VAL] * 5)


def test_what_was_decided_by_hand_counts_towards_the_due() -> None:
    labels, keys = ["a"] * 50, keys_for(50)
    parts = split(labels, list(range(50)), keys, 0.2, 0.0, 0, fixed={7: VAL, 8: VAL, 9: TRAIN})
    assert (parts[7], parts[8], parts[9]) == (VAL, VAL, TRAIN)
    assert Counter(parts) == {TRAIN: 40, VAL: 10}


@settings(max_examples=100, deadline=None)
@given(pictures, st.integers(2, 6), st.integers(0, 99))
def test_folds_hold_whole_groups_and_every_picture_once(rows: list[tuple[str, int]], count: int, seed: int) -> None:
    labels, groups = [label for label, _ in rows], [group for _, group in rows]
    dealt = folds(labels, groups, keys_for(len(rows)), count, seed)
    homes: dict[int, set[int]] = {}
    for group, fold in zip(groups, dealt, strict=True):
        homes.setdefault(group, set()).add(fold)
    assert all(len(found) == 1 for found in homes.values())
    assert set(dealt) <= {ALWAYS_TRAIN, *range(count)}
    for fold in range(count):
        left = {label for label, other in zip(labels, dealt, strict=True) if other != fold}
        assert set(labels) <= left or any(len({g for g, o in zip(groups, labels, strict=True) if o == lost}) == 1
                                          for lost in set(labels) - left) or len(set(groups)) < count + 5  # fmt: skip


def test_folds_are_as_even_as_scikit_learns() -> None:
    random = np.random.default_rng(3)
    sizes = random.integers(1, 12, 150)
    groups = np.repeat(np.arange(150), sizes)
    labels = np.repeat(random.choice(list("abc"), 150, p=[0.6, 0.3, 0.1]), sizes)
    ours = np.array(folds(labels.tolist(), groups.tolist(), keys_for(len(labels)), 5, 0))
    theirs = np.empty(len(labels), dtype=int)
    for number, (_, test) in enumerate(
        StratifiedGroupKFold(5, shuffle=True, random_state=0).split(labels, labels, groups)
    ):
        theirs[test] = number

    def spread(dealt: np.ndarray) -> float:  # type: ignore[type-arg]
        return max(np.ptp([np.mean(dealt[labels == name] == fold) for fold in range(5)]) for name in "abc")

    assert spread(ours) <= spread(theirs) + 0.02
