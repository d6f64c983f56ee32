"""From what was found to what is used: twins, groups, conflicts, the folders' split, and classes too small."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import PARTS, Dataset
from core.data.load import load_dataset
from core.data.selection import Pairs, Selection, select
from core.errors import UserError
from core.project.index import Index, Picture, Reading
from core.recipe import Recipe

RECIPE = Recipe()
LOOKS = np.random.default_rng(7).integers(0, 256, (400, 80), dtype=np.uint8)


def look(number: int) -> str:
    return LOOKS[number].tobytes().hex()


def picture(number: int, label: str, part: str = "", **fields: object) -> Picture:
    plain = Picture(
        id=number, path=f"{part or '.'}/{label}/{number}", label=label, part=part, size=1, mtime_ns=1,
        content_hash=f"{number:032x}", perceptual_hash=look(number), width=1, height=1, problem="", excluded=False,
    )  # fmt: skip
    return replace(plain, **fields)  # type: ignore[arg-type]


def choose(pictures: list[Picture], recipe: Recipe = RECIPE, folders: tuple[str, ...] = ()) -> Selection:
    return select(pictures, folders, recipe, "/data")


def parts_of(selection: Selection) -> dict[int, str]:
    return {p.id: PARTS[part] for p, part in zip(selection.used, selection.parts, strict=True)}


def codes_of(selection: Selection) -> list[tuple[str, str]]:
    return sorted((problem.code, problem.path) for problem in selection.problems)


def test_twins_and_named_groups_fall_on_one_side() -> None:
    pictures = [picture(number, "ab"[number % 2], path=f"ab/{number // 4:02d}_{number}.jpg") for number in range(80)]
    pictures[4] = replace(pictures[4], content_hash=pictures[60].content_hash)
    pictures[9] = replace(pictures[9], perceptual_hash=pictures[70].perceptual_hash[:-1] + "0")
    recipe = RECIPE.with_value("split.group_pattern", r"^(\d+)_").with_value("split.test", 0.2)
    selection = choose(pictures, recipe)
    parts = parts_of(selection)
    for patient in range(20):
        assert len({parts[patient * 4 + shot] for shot in range(4)}) == 1
    assert parts[4] == parts[60]
    assert parts[9] == parts[70]
    assert {tuple(p.id for p in group) for group in selection.twins} == {(4, 60), (9, 70)}
    assert set(parts.values()) == set(PARTS)


@pytest.mark.parametrize("pattern", ["(", "(?P<x", "*"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(UserError) as refused:
        choose([picture(0, "a")], RECIPE.with_value("split.group_pattern", pattern))
    assert refused.value.code == "BAD_VALUE"


def test_the_folders_split_is_kept_without_leaks() -> None:
    pictures = [picture(n, "ab"[n % 2], "train") for n in range(40)]
    pictures += [picture(n, "ab"[n % 2], "val") for n in range(40, 50)]
    pictures += [picture(n, "ab"[n % 2], "test") for n in range(50, 60)]
    pictures[0] = replace(pictures[0], content_hash=pictures[40].content_hash)  # train and val
    pictures[42] = replace(pictures[42], perceptual_hash=pictures[52].perceptual_hash)  # val and test
    pictures[2] = replace(pictures[2], content_hash=pictures[4].content_hash)  # within train
    selection = choose(pictures)
    assert [(problem.code, problem.path) for problem in selection.left_out] == [
        ("LEAK", "train/a/0"),
        ("LEAK", "val/a/42"),
    ]
    assert parts_of(selection) == {p.id: p.part for p in pictures if p.id not in (0, 42)}
    loose = choose(pictures, RECIPE.with_value("split.keep_folders", False))
    assert not loose.left_out
    parts = parts_of(loose)
    assert parts[0] == parts[40]
    assert "test" not in parts.values()


def test_without_val_it_is_taken_out_of_train() -> None:
    pictures = [picture(n, "ab"[n % 2], "train") for n in range(40)]
    pictures += [picture(n, "ab"[n % 2], "test") for n in range(40, 60)]
    parts = parts_of(choose(pictures))
    assert {n for n, part in parts.items() if part == "test"} == set(range(40, 60))
    assert sum(part == "val" for part in parts.values()) == 8


def test_a_class_with_nothing_to_learn_from_is_left_out() -> None:
    pictures = [picture(n, "ab"[n % 2], "train") for n in range(8)] + [picture(8, "a", "val"), picture(9, "c", "val")]
    selection = choose(pictures)
    assert [(problem.code, problem.path) for problem in selection.left_out] == [("UNTAUGHT_CLASS", "val/c/9")]
    assert selection.counts == {"a": 5, "b": 4}


def test_conflicts_block_or_stay_out() -> None:
    pictures = [picture(n, "ab"[n % 2]) for n in range(10)]
    pictures[3] = replace(pictures[3], content_hash=pictures[0].content_hash)
    pictures[5] = replace(pictures[5], perceptual_hash=pictures[2].perceptual_hash)
    open_ = choose(pictures)
    assert [[p.id for p in group] for group in open_.conflicts] == [[0, 3]]
    assert len(open_.used) == 10
    expected = [("ALIKE", "./a/2"), ("ALIKE", "./b/5"), ("CONFLICT", "./a/0"), ("CONFLICT", "./b/3")]
    assert codes_of(open_) == expected
    settled = choose(pictures, RECIPE.with_value("data.on_conflict", "exclude"))
    assert sorted(p.id for p in settled.used) == [1, 2, 4, 5, 6, 7, 8, 9]
    assert {problem.code for problem in settled.left_out} == {"CONFLICT"}
    decided = [replace(p, excluded=p.id == 3) for p in pictures]
    assert choose(decided).conflicts == ()


def test_what_is_said_about_classes() -> None:
    pictures = [picture(n, "a") for n in range(30)] + [picture(30, "b"), picture(31, "B"), picture(32, "B")]
    selection = choose(pictures, folders=("a", "b", "B", "nothing"))
    assert [(p.code, dict(p.params)) for p in selection.problems] == [
        ("EMPTY_CLASS", {"name": "nothing"}),
        ("TINY_CLASS", {"name": "b", "count": 1}),
        ("CASE_CLASH", {"names": "B, b"}),
        ("IMBALANCE", {"ratio": 30}),
    ]
    assert parts_of(selection)[30] == "train"
    assert codes_of(choose([picture(0, "a"), picture(1, "a")])) == [("ONE_CLASS", "")]
    assert codes_of(choose([])) == [("NO_IMAGES", "")]


def test_few_blank_pictures_are_odd_and_many_are_drawings() -> None:
    def sheets(count: int) -> list[Picture]:
        return [picture(n, "ab"[n % 2], flatness=0.95 if n < count else 0.2) for n in range(60)]

    assert codes_of(choose(sheets(3))) == [("BLANK", f"./{'ab'[n % 2]}/{n}") for n in (0, 2, 1)]
    assert codes_of(choose(sheets(10))) == []
    same = [replace(p, perceptual_hash=look(0)) for p in sheets(60)]
    assert choose(same).twins == (), "nearly blank pictures are twins only by content"


marks = st.tuples(
    st.sampled_from("abc"),  # label
    st.sampled_from(["", "train", "val", "test"]),
    st.integers(0, 25),  # content
    st.integers(0, 25),  # look
    st.sampled_from(["", "", "", "TRUNCATED", "UNLABELLED"]),
    st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(marks, max_size=60), st.booleans(), st.sampled_from(["fail", "exclude"]))
def test_nothing_is_lost_and_nothing_leaks(
    rows: list[tuple[str, str, int, int, str, bool]], keep: bool, on_conflict: str
) -> None:
    pictures = [
        picture(n, label, part, path=f"{n:03d}", content_hash=f"{content:032x}", perceptual_hash=look(seen),
                problem=problem, excluded=excluded and n % 5 == 0)
        for n, (label, part, content, seen, problem, excluded) in enumerate(rows)
    ]  # fmt: skip
    recipe = RECIPE.with_value("split.keep_folders", keep).with_value("data.on_conflict", on_conflict)
    selection = choose(pictures, recipe)
    assert sorted([p.path for p in selection.used] + [p.path for p in selection.left_out]) == [p.path for p in pictures]
    for attribute in ("content_hash", "perceptual_hash"):
        sides: dict[str, set[int]] = {}
        for used, part in zip(selection.used, selection.parts, strict=True):
            sides.setdefault(getattr(used, attribute), set()).add(part)
        assert all(len(found) == 1 for found in sides.values()), "a twin crossed the split"
    taught = {used.label for used, part in zip(selection.used, selection.parts, strict=True) if part == 0}
    assert taught == set(selection.counts)
    assert choose(pictures, recipe) == selection


@pytest.fixture
def filled(index: Index) -> Index:
    index.store_data_folder(Path("/data"))
    index.record(
        Reading(f"{'ab'[n % 2]}/{n:02d}", "ab"[n % 2], "", n, n, f"{n:032x}", look(n), 0.1, 8, 8) for n in range(20)
    )
    return index


def test_the_dataset_says_what_was_selected(filled: Index) -> None:
    dataset = load_dataset(filled, RECIPE)
    assert dataset.classes == ("a", "b")
    assert dataset.paths == tuple(sorted(f"{'ab'[n % 2]}/{n:02d}" for n in range(20)))
    assert [dataset.classes[label] for label in dataset.labels] == [path[0] for path in dataset.paths]
    assert [len(dataset.indices(part)) for part in PARTS] == [16, 4, 0]
    assert (dataset.labels.dtype, dataset.parts.dtype) == (np.int64, np.uint8)
    assert dataset.stamps[3].tolist() == [6, 6]
    assert load_dataset(filled, RECIPE).fingerprint == dataset.fingerprint
    assert load_dataset(filled, RECIPE.with_value("seed", 1)).fingerprint != dataset.fingerprint
    fewer = dataset.without({0, 5})
    assert fewer.paths == tuple(path for place, path in enumerate(dataset.paths) if place not in (0, 5))
    assert len(fewer.stamps) == len(fewer) == 18
    assert fewer.fingerprint != dataset.fingerprint


def test_what_cannot_be_trained_on_is_refused(filled: Index, tmp_path: Path) -> None:
    def refusal(recipe: Recipe = RECIPE) -> UserError:
        with pytest.raises(UserError) as refused:
            load_dataset(filled, recipe)
        return refused.value

    ids = [p.id for p in filled.pictures()]
    filled.record([Reading("b/copy", "b", "", 1, 1, f"{0:032x}", look(0), 0.1, 8, 8)])
    assert (refusal().code, refusal().params) == ("CONFLICTS", {"count": 2})
    settled: Dataset = load_dataset(filled, RECIPE.with_value("data.on_conflict", "exclude"))
    assert len(settled) == 19
    filled.edit([p.id for p in filled.pictures()], label="a")
    assert (refusal().code, refusal().params) == ("ONE_CLASS", {"name": "a"})
    filled.edit([*ids, filled.pictures()[-1].id], excluded=True)
    assert (refusal().code, refusal().params) == ("NO_IMAGES", {"folder": "/data"})
    with Index.open(tmp_path / "unused") as unused, pytest.raises(UserError, match="No usable picture"):
        load_dataset(unused, RECIPE)


def test_what_the_user_says_by_hand_goes_before_the_folders_and_the_dealing() -> None:
    pictures = [picture(n, "ab"[n % 2]) for n in range(40)]
    pictures[4] = replace(pictures[4], content_hash=pictures[8].content_hash, own_part="test")
    pictures[6] = replace(pictures[6], own_group="burst", own_part="val")
    pictures[7] = replace(pictures[7], own_group="burst")
    parts = parts_of(choose(pictures))
    assert (parts[4], parts[8]) == ("test", "test"), "a twin goes along"
    assert (parts[6], parts[7]) == ("val", "val"), "and so does a group"
    kept = [replace(p, part="train" if p.id < 30 else "val") for p in pictures]
    parts = parts_of(choose(kept))
    assert (parts[4], parts[8], parts[6], parts[7], parts[10]) == ("test", "test", "val", "val", "train")


def test_pairs_that_the_user_parted_are_no_twins_and_what_a_backbone_finds_alike_is() -> None:
    pictures = [picture(n, "ab"[n % 2]) for n in range(10)]
    pictures[3] = replace(pictures[3], perceptual_hash=look(0))
    pair = (pictures[0].content_hash, pictures[3].content_hash)
    other = (pictures[5].content_hash, pictures[6].content_hash)

    def twins(pairs: Pairs) -> list[list[int]]:
        return [[p.id for p in group] for group in select(pictures, (), RECIPE, "/data", pairs).twins]

    assert twins(Pairs()) == [[0, 3]]
    assert twins(Pairs(apart=frozenset([pair]))) == []
    assert twins(Pairs(alike=frozenset([other, ("gone", "too")]))) == [[0, 3], [5, 6]]
    assert twins(Pairs(apart=frozenset([pair, other]), alike=frozenset([other]))) == []


def test_each_picture_is_judged_by_in_one_fold() -> None:
    pictures = [picture(n, "ab"[n % 2], path=f"{n // 4:02d}_{n}.jpg") for n in range(80)]
    recipe = RECIPE.with_value("split.group_pattern", r"^(\d+)_").with_value("split.test", 0.2)
    seen: list[int] = []
    for fold in range(1, 5):
        parts = parts_of(choose(pictures, recipe.with_value("split.folds", 4).with_value("split.fold", fold)))
        tested = {n for n, part in parts.items() if part == "test"}
        seen += [n for n, part in parts.items() if part == "val"]
        assert all(len({parts[patient * 4 + shot] for shot in range(4)}) == 1 for patient in range(20))
    assert sorted([*seen, *tested]) == list(range(80))
    with pytest.raises(UserError) as refused:
        choose(pictures, recipe.with_value("split.folds", 4).with_value("split.fold", 5))
    assert refused.value.code == "BAD_VALUE"
