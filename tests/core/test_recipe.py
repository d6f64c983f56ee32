"""The recipe: frozen, whole through JSON, and every field described well enough to draw a form from."""

import json
import math
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.errors import UserError
from core.recipe import (
    LAYOUTS,
    FieldRow,
    Recipe,
    Strategy,
    differences,
    field_row,
    field_rows,
    load_recipe,
    read_kept,
    read_recipe,
    value_at,
    with_settings,
)  # fmt: skip

ROWS = list(field_rows())
BOUNDED = [row for row in ROWS if row.low is not None or row.high is not None]


def _values(row: FieldRow) -> st.SearchStrategy[Any]:
    """Any value that the field's row says it takes."""
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "flag": st.booleans(),
        "choice": st.sampled_from(row.choices or ("",)),
        "text": st.text(st.characters(exclude_categories=["Cs"])),
        "list": st.lists(st.sampled_from((*LAYOUTS, None)) if "layouts" in row.path else st.text("abc/.", max_size=9)),
        "integer": st.integers(
            None if row.low is None else int(row.low) + row.low_open,
            None if row.high is None else int(row.high) - row.high_open,
        ),
        "number": st.floats(
            row.low, row.high, exclude_min=row.low_open, exclude_max=row.high_open, allow_nan=False
        ),
    }  # fmt: skip
    return st.none() | kinds[row.kind] if row.optional else kinds[row.kind]


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    recipe = Recipe()
    for row in draw(st.lists(st.sampled_from(ROWS), unique_by=lambda row: row.path, max_size=8)):
        recipe = recipe.with_value(row.path, draw(_values(row)))
    return recipe


@settings(deadline=None, max_examples=60)
@given(recipes())
def test_a_recipe_comes_back_whole_from_json(recipe: Recipe) -> None:
    assert read_recipe(recipe.to_json()) == recipe


@settings(deadline=None, max_examples=60)
@given(recipes())
def test_settings_typed_on_the_command_line_rebuild_any_recipe(recipe: Recipe) -> None:
    changes = differences(Recipe(), recipe)
    typed = [f"{path}={json.dumps(value)}" for path, (_, value) in changes.items()]
    assert with_settings(Recipe(), typed) == recipe
    assert all(value_at(recipe, path) == value for path, (_, value) in changes.items())


def test_a_recipe_read_from_a_file_is_the_one_written(tmp_path: Any) -> None:
    recipe = Recipe().with_value("data.folder", "café 猫").with_value("strategy.kind", "fine_tune_top")
    (tmp_path / "recipe.json").write_text(recipe.to_json(), encoding="utf-8")
    assert load_recipe(tmp_path / "recipe.json") == recipe


def test_a_folder_whose_name_is_no_text_comes_back_byte_for_byte() -> None:
    folder = os.fsdecode(b"/data/caf\xe9")
    recipe = read_recipe(Recipe().with_value("data.folder", folder).to_json())
    assert os.fsencode(recipe.data.folder) == b"/data/caf\xe9"


def test_no_part_of_a_recipe_can_be_assigned() -> None:
    recipe = Recipe()
    for part, name in ((recipe, "seed"), (recipe.training, "epochs"), (recipe.strategy, "kind")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, name, 1)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_every_field_says_what_it_is(row: FieldRow) -> None:
    assert row.title != row.path
    assert row.title[0].isupper()
    assert row.what.endswith(".")
    assert row.kind in ("number", "integer", "flag", "choice", "text", "list")
    assert bool(row.choices) == (row.kind == "choice")
    if row.kind == "number":
        assert row.low is not None
        assert row.high is not None
    assert field_row(row.path) == row
    assert value_at(Recipe(), row.path) == row.default
    assert row.optional or row.default is not None


def test_every_leaf_of_the_schema_has_a_row() -> None:
    schema = Recipe.model_json_schema()
    leaves = set()
    for name, part in schema["properties"].items():
        reference = part.get("$ref", part.get("allOf", [{}])[0].get("$ref", "")).rpartition("/")[2]
        inside = schema["$defs"][reference]["properties"] if reference else {}
        leaves |= {f"{name}.{leaf}" for leaf in inside} or {name}
    assert leaves - {"version"} == {row.path for row in ROWS}


@pytest.mark.parametrize("row", BOUNDED, ids=lambda row: row.path)
def test_values_beyond_the_bounds_are_refused_by_name(row: FieldRow) -> None:
    step: Any = (lambda value, towards: value + (1 if towards > 0 else -1)) if row.kind == "integer" else math.nextafter
    for bound, is_open, outside, inside in (
        (row.low, row.low_open, -math.inf, math.inf),
        (row.high, row.high_open, math.inf, -math.inf),
    ):
        if bound is None:
            continue
        value = int(bound) if row.kind == "integer" else float(bound)
        refused, taken = (value, step(value, inside)) if is_open else (step(value, outside), value)
        with pytest.raises(UserError) as caught:
            Recipe().with_value(row.path, refused)
        assert caught.value.code == "BAD_VALUE"
        assert caught.value.params["field"] == row.path
        assert value_at(Recipe().with_value(row.path, taken), row.path) == taken


@pytest.mark.parametrize("path", ["nonsense", "strategy", "strategy.nonsense", "strategy.kind.more", "", "seed.x"])
def test_unknown_fields_are_refused(path: str) -> None:
    with pytest.raises(UserError) as caught:
        Recipe().with_value(path, 1)
    assert caught.value.code == "NO_SUCH_FIELD"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("epochs", "training.epochs"), ("optimiser.kind", "optimizer.kind"), ("optimizer", "optimizer.learning_rate")],
)
def test_of_an_unknown_field_those_are_named_that_come_near(typed: str, meant: str) -> None:
    with pytest.raises(UserError) as caught:
        field_row(typed)
    nearest = str(caught.value.params["nearest"]).split(", ")
    assert meant in nearest
    assert {row.path for row in ROWS} >= set(nearest)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"seed": "much"}', '{"colour": 1}', '{"strategy": {"kind": "magic"}}', '{"version": 2}']
)
def test_what_is_not_a_recipe_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_recipe(text)
    assert caught.value.code == "BAD_RECIPE"


def test_settings_take_plain_words_numbers_and_null() -> None:
    typed = [
        "strategy.kind=linear_probe",
        "seed=7",
        "training.epochs=null",
        " data.folder =a=b",
        "augmentation.flip=false",
    ]
    recipe = with_settings(Recipe(), typed)
    assert recipe.strategy == Strategy(kind="linear_probe")
    assert (recipe.seed, recipe.training.epochs, recipe.data.folder) == (7, None, "a=b")
    assert recipe.augmentation.flip is False
    with pytest.raises(UserError) as caught:
        with_settings(Recipe(), ["seed"])
    assert caught.value.code == "BAD_RECIPE"


def test_what_another_version_kept_is_read_as_far_as_it_means_something_here() -> None:
    recipe = Recipe().with_value("training.epochs", 7)
    assert read_kept(recipe.to_json()) == (recipe, ())
    tree = json.loads(recipe.to_json())
    tree["training"]["gone"] = tree["part"] = {"also": "gone"}
    tree["split"]["validation"], tree["data"]["more_folders"] = 70.0, [3]
    assert read_kept(json.dumps(tree)) == (
        recipe, ("data.more_folders", "part", "split.validation", "training.gone"),
    )  # fmt: skip
    for text in ("[]", "{"):
        with pytest.raises(UserError, match="recipe"):
            read_kept(text)
