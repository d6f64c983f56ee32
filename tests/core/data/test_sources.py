"""Pictures from several places, and what is opened by other names than a folder's, through the whole scan."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.data.load import load_dataset
from core.data.pictures import squares
from core.data.scan import scan
from core.errors import UserError
from core.events import silent
from core.project.beginning import recipe_for, with_source
from core.project.index import Index
from core.project.places import default_project
from core.project.project import Project
from core.recipe import Recipe

Photo = Callable[..., Image.Image]


def run(source: Path, index: Index, **data: object) -> dict[str, Any]:
    recipe = Recipe()
    for name, value in data.items():
        recipe = recipe.with_value(f"data.{name}", value)
    return scan(source, index, 32, "crop", recipe, silent(), threads=2)


def test_folders_are_added_under_names_of_their_own(
    two_classes: Path, index: Index, photo: Photo, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    for number, name in enumerate(("ant/00.jpg", "bee/new.jpg", "wasp/w1.jpg", "wasp/w2.jpg")):
        (more / name).parent.mkdir(parents=True, exist_ok=True)
        photo(100 + number).save(more / name)
    flat = tmp_path / "ant"
    flat.mkdir()
    photo(200).save(flat / "lone.jpg")
    added = {
        "more_folders": [str(more), str(flat), str(two_classes)],
        "more_layouts": [None, "one_class"],
    }
    for _ in range(2):
        result = run(two_classes, index, **added)
        assert result["classes"] == {"ant": 14, "bee": 13, "wasp": 2}
        assert (result["found"], result["skipped"]) == (29, [])
        assert [(source["layout"], source["files"]) for source in result["sources"]] == [
            ("classes", 24), ("classes", 4), ("one_class", 1), ("flat", 0)
        ]  # fmt: skip
    paths = {picture.path for picture in index.pictures()}
    assert {"ant/00.jpg", str(more / "ant/00.jpg"), str(flat / "lone.jpg")} <= paths
    dataset = load_dataset(index, Recipe())
    assert len(dataset) == 29
    anew = squares(dataset, np.arange(29), 32, "crop", tmp_path / "other cache", silent(), 2)
    assert anew.any(axis=(1, 2, 3)).all()
    assert run(two_classes, index)["classes"] == {"ant": 12, "bee": 12}, "a folder that is taken off again"


def test_a_table_and_an_archive_are_opened_like_a_folder(two_classes: Path, tmp_path: Path) -> None:
    names = [path.relative_to(two_classes) for path in sorted(two_classes.rglob("*.jpg"))]
    rows = "\n".join(f"{name},{'odd' if number % 2 else 'even'},p{number // 4}" for number, name in enumerate(names))
    (two_classes / "labels.csv").write_text(f"path,label,patient\n{rows}\n")
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "gztar", two_classes.parent, two_classes.name))
    for source, folder in ((two_classes / "labels.csv", two_classes), (two_classes, two_classes), (packed, None)):
        with Project.of(source) as project, Index.open(project.folder) as index:
            result = run(source, index)
            assert result["classes"] == {"even": 12, "odd": 12}
            assert index.source == source
            assert folder is None or index.data_folder == folder
            assert index.data_folder is not None
            assert all((index.data_folder / picture.path).is_file() for picture in index.pictures())
            assert {picture.group for picture in index.pictures()} == {f"p{number}" for number in range(6)}
            assert result["sources"][0]["layout"] == "table"
    assert len({default_project(source) for source in (two_classes, two_classes / "labels.csv", packed)}) == 3


def test_what_only_the_table_says_is_renewed_without_reading(two_classes: Path, index: Index) -> None:
    table = two_classes / "labels.csv"
    rows = [f"{path.relative_to(two_classes)},x" for path in sorted(two_classes.rglob("*.jpg"))]
    table.write_text("\n".join(["path,label", *rows, "ant/00.jpg,y"]))
    result = run(two_classes, index)
    assert [(row["path"], row["code"]) for row in result["skipped"]] == [("ant/00.jpg", "TWO_LABELS")]
    (two_classes / "bee" / "01.jpg").rename(two_classes / "01.away")
    table.write_text("\n".join(["path,label", *rows[:-1]]))
    result = run(two_classes, index)
    assert {(row["path"], row["code"]) for row in result["skipped"]} == {
        ("01.away", "UNLABELLED"), ("bee/01.jpg", "MISSING"), ("bee/23.jpg", "UNLABELLED")
    }  # fmt: skip
    assert result["found"] == result["images"] + 3 == 25


def test_a_flat_folder_says_that_labels_are_wanted(index: Index, photo: Photo, tmp_path: Path) -> None:
    folder = tmp_path / "flat"
    folder.mkdir()
    for number in range(6):
        photo(number).save(folder / f"{number}.jpg")
    result = run(folder, index)
    assert (result["images"], result["found"], result["sources"][0]["layout"]) == (0, 6, "flat")
    assert {row["code"] for row in result["skipped"]} == {"UNLABELLED"}
    assert [row["code"] for row in result["problems"]] == ["NO_LABELS"]
    with pytest.raises(UserError) as refused:
        load_dataset(index, Recipe())
    assert (refused.value.code, refused.value.params) == ("NO_LABELS", {"count": 6})
    index.edit([picture.id for picture in index.pictures()][:3], label="ant")
    index.edit([picture.id for picture in index.pictures()][3:], label="bee")
    assert run(folder, index)["classes"] == {"ant": 3, "bee": 3}, "what was said in the window stays"


def test_commands_read_a_folder_as_its_project_does(two_classes: Path, tmp_path: Path) -> None:
    with Project.of(two_classes) as project, Index.open(project.folder) as index:
        kept = Recipe().with_value("data.layout", "flat").with_value("data.more_folders", [str(tmp_path)])
        index.store_recipe(kept.with_value("seed", 7).to_json())
    recipe = recipe_for(two_classes)
    assert (recipe.data.layout, recipe.data.more_folders, recipe.seed) == ("flat", (str(tmp_path),), 0)
    other = with_source(recipe, tmp_path)
    assert (other.data.folder, other.data.layout, other.data.more_folders) == (str(tmp_path), None, ())
