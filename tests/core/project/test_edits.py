"""What the user says: stored whole, taken back and done again by whoever opens the index, and never lost to a scan."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from core.project.index import Filter, Index, Reading


def reading(path: str, content: str = "", **fields: Any) -> Reading:
    label = path.rpartition("/")[0].rpartition("/")[2]
    return Reading(path, label, "", 10, 10, content or f"hash of {path}", "", 0.1, 8, 8, **fields)


FILES = ("ant/1", "ant/2", "ant/3", "bee/1", "bee/2", "loose")


def fill(index: Index) -> None:
    index.record(reading(path) for path in FILES)
    index.finish_scan(FILES, ["ant", "bee"], 0)
    index.settle_classes()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "project") as opened:
        fill(opened)
        yield opened


def said(index: Index) -> dict[str, tuple[str, bool, str, str]]:
    return {p.path: (p.label, p.excluded, p.own_part, p.own_group) for p in index.pictures()}


def state(index: Index) -> tuple[Any, ...]:
    return said(index), index.classes(), dict(index.name_of_folder()), sorted(index.not_twins())


def ids(index: Index, *paths: str) -> list[int]:
    return [index.at([path])[path].id for path in paths]


def test_what_was_done_can_be_told_to_who_opens_it_later(index: Index) -> None:
    index.edit(ids(index, "ant/1", "ant/2"), label="wasp", name="new class")
    index.edit(ids(index, "bee/1"), excluded=True, name="out")
    index.edit(ids(index, "bee/1"), part="test", name="part")
    index.edit(ids(index, "bee/1", "bee/2"), group="g", name="group")
    index.rename_class("wasp", "Wespe", name="rename")
    index.colour_class("bee", 7, name="colour")
    index.part_twins(ids(index, "bee/1", "bee/2"), name="apart")
    index.edit(ids(index, "ant/3"), excluded=True, name="given up")
    index.take_back("given up")
    told = [(edit.name, edit.what, edit.value, edit.pictures) for edit in index.kept_edits()]
    assert told == [
        ("new class", "label", "wasp", 2), ("out", "left_out", "1", 1), ("part", "own_part", "test", 1),
        ("group", "own_group", "g", 2), ("rename", "classes", "", 0), ("colour", "classes", "", 0),
        ("apart", "twins", "", 0),
    ]  # fmt: skip
    assert [edit.name for edit in index.kept_edits(2)] == ["colour", "apart"]


def test_a_class_is_renamed_merged_and_coloured_and_later_files_follow(index: Index) -> None:
    index.colour_class("ant", 5)
    assert index.rename_class("ant", "Ameise") == 3
    assert [(row.name, row.count, row.colour) for row in index.classes()] == [("Ameise", 3, 5), ("bee", 2, 1)]
    index.record([reading("ant/4"), reading("ant/1", "changed")])
    assert index.at(["ant/4"])["ant/4"].label == index.at(["ant/1"])["ant/1"].label == "Ameise"
    index.edit(ids(index, "ant/2"), label="bee")
    index.place([("ant/2", "ant", "train", ""), ("ant/3", "ant", "train", "")])
    assert [index.at([path])[path].label for path in ("ant/2", "ant/3")] == ["bee", "Ameise"], "an own label stays"
    assert index.rename_class("Ameise", "bee", name="merge") == 3
    assert [(row.name, row.count) for row in index.classes()] == [("bee", 6)]
    index.record([reading("ant/5")])
    assert index.at(["ant/5"])["ant/5"].label == "bee"
    assert index.take_back("merge")
    assert [(row.name, row.colour) for row in index.classes()] == [("Ameise", 5), ("bee", 1)]
    with pytest.raises(UserError):
        index.rename_class("bee", " ")


def test_a_flat_folder_is_labelled_with_classes_that_did_not_exist(index: Index) -> None:
    assert index.unlabelled_count() == 1
    index.edit(ids(index, "loose"), label="wasp", name="1")
    assert index.unlabelled_count() == 0
    assert [row.name for row in index.classes()] == ["ant", "bee", "wasp"]
    index.take_back("1")
    assert [row.name for row in index.classes()] == ["ant", "bee"]
    index.make_class("empty")
    assert [(row.name, row.count) for row in index.classes()][-1] == ("empty", 0)


def test_an_edit_is_taken_back_by_a_process_that_began_after_it(tmp_path: Path) -> None:
    with Index.open(tmp_path / "project") as index:
        fill(index)
        before = state(index)
        index.edit(ids(index, "ant/1", "bee/1"), label="wasp", excluded=True, name="one")
        index.part_twins(ids(index, "ant/1", "bee/2"), name="two")
        after = state(index)
    with Index.open(tmp_path / "project") as index:
        assert index.last_edit() == "two"
        assert index.take_back("two")
        assert index.last_edit() == "one"
        assert index.take_back("one")
        assert state(index) == before
        assert index.do_again("one")
        assert index.do_again("two")
        assert state(index) == after
        assert not index.take_back("never heard of")


edits = st.one_of(
    st.tuples(st.just("edit"), st.sets(st.integers(1, 6)), st.sampled_from(["ant", "bee", "fox", None]),
              st.sampled_from([True, False, None]), st.sampled_from(["", "val", None])),
    st.tuples(st.just("rename"), st.sampled_from(["ant", "bee", "fox"]), st.sampled_from(["ant", "bee", "na\udcfe"])),
    st.tuples(st.just("colour"), st.sampled_from(["ant", "fox"]), st.integers(0, 7)),
    st.tuples(st.just("part"), st.sets(st.integers(1, 6))),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(edits, max_size=8))
def test_whatever_was_done_is_undone_and_redone_step_by_step(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    with contextlib.closing(Index.open(tmp_path_factory.mktemp("p") / "project")) as index:
        fill(index)
        states = [state(index)]
        for number, (kind, *values) in enumerate(steps):
            match kind:
                case "edit":
                    chosen, label, excluded, part = values
                    index.edit(chosen, label, excluded, part, name=str(number))
                case "rename":
                    index.rename_class(*values, name=str(number))
                case "colour":
                    index.colour_class(*values, name=str(number))
                case "part":
                    index.part_twins(*values, name=str(number))
            states.append(state(index))
        for number in reversed(range(len(steps))):
            assert index.take_back(str(number))
            assert state(index) == states[number]
        for number in range(len(steps)):
            assert index.do_again(str(number))
            assert state(index) == states[number + 1]


def test_what_is_listed_is_what_was_asked_for(index: Index) -> None:
    index.record([reading("bee/broken", problem="TRUNCATED"), reading("bee/100%_A.JPG")])
    index.edit(ids(index, "ant/2"), excluded=True)
    index.store_dealing([("val", 0, ids(index, "bee/1")[0])])

    def paths(**wanted: Any) -> list[str]:
        return [picture.path for picture in index.by_ids(index.ids(Filter(**wanted)))]

    assert paths() == ["ant/1", "ant/2", "ant/3", "bee/1", "bee/100%_A.JPG", "bee/2", "loose"]
    assert paths(label="ant", state="used") == ["ant/1", "ant/3"]
    assert paths(state="excluded") == ["ant/2"]
    assert paths(label="") == ["loose"]
    assert paths(part="val") == ["bee/1"]
    assert paths(text="%_a") == ["bee/100%_A.JPG"]
    assert (index.shown_count(), index.excluded_count()) == (7, 1)
    assert [(row.name, row.count, row.excluded) for row in index.classes()] == [("ant", 2, 1), ("bee", 3, 0)]


def test_twins_that_must_be_settled_come_first(index: Index) -> None:
    a, b, c, d, e, _ = ids(index, *FILES)
    index.record([reading("ant/3", "one"), reading("bee/1", "one")])
    index.store_dealing([("train", 1, a), ("train", 1, b), ("val", 2, c), ("val", 2, d), ("val", 3, e)])
    groups = index.twin_groups()
    assert [(group.number, group.kind, group.labels, group.conflict) for group in groups] == [
        (2, "same", ("ant", "bee"), True),
        (1, "alike", ("ant",), False),
    ]
    assert [picture.path for picture in index.twins(2)] == ["ant/3", "bee/1"]
