"""The preview: the user's own pictures and what training would make of them, from memory after the first time."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.data.preprocessing import to_square
from core.errors import UserError
from core.events import silent
from core.jobs import run
from core.jobs.preview import preview
from core.project.index import FILE_NAME
from core.recipe import Augmentation, Recipe
from core.requests import Preview, Scan
from core.training.augmentation import augment

SIDE = 24


@pytest.fixture
def project(tmp_path: Path, graft_home: Path) -> tuple[str, Recipe]:
    """A folder of six pictures, scanned."""
    for number in range(6):
        path = tmp_path / "pictures" / ("ants", "bees")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    recipe = Recipe().with_value("data.folder", str(tmp_path / "pictures")).with_value("data.image_size", 32)
    folder = tmp_path / "project"
    folder.mkdir()
    run(Scan(project=str(folder), recipe=recipe), silent())
    return str(folder), recipe


def test_the_variants_are_those_of_training(project: tuple[str, Recipe], tmp_path: Path) -> None:
    folder, recipe = project
    value = preview(Preview(project=folder, recipe=recipe, pictures=2, views=3, side=32), silent())
    assert [Path(row["picture"]).parent.name for row in value["rows"]] == ["ants", "bees"]
    square = to_square(
        torch.from_numpy(np.array(Image.open(tmp_path / "pictures" / value["rows"][0]["picture"]))), 32, "crop"
    )
    assert value["rows"][0]["original"] == square.numpy().tobytes()
    others = torch.from_numpy(np.frombuffer(value["rows"][1]["original"], dtype=np.uint8).reshape(32, 32, 3).copy())
    wanted = augment(torch.stack([square] * 3 + [others] * 3), Augmentation(), recipe.seed)
    assert [view for row in value["rows"] for view in row["views"]] == [view.numpy().tobytes() for view in wanted]


def test_pictures_are_read_once_until_the_index_changes(project: tuple[str, Recipe]) -> None:
    folder, recipe = project
    first = preview(Preview(project=folder, recipe=recipe, side=SIDE), silent())
    assert {len(picture) for row in first["rows"] for picture in (row["original"], *row["views"])} == {SIDE * SIDE * 3}
    Path(folder, FILE_NAME).unlink()
    changed = recipe.with_value("augmentation.rotation", 90).with_value("optimizer.learning_rate", 0.5)
    again = preview(Preview(project=folder, recipe=changed, side=SIDE), silent())
    assert [row["original"] for row in again["rows"]] == [row["original"] for row in first["rows"]]
    assert again["rows"] != first["rows"]
    for count in (1, 2, 3):  # while a slider moves, as many as the machine can answer in time
        few = preview(Preview(project=folder, recipe=recipe, pictures=count, side=SIDE), silent())
        assert few["rows"] == first["rows"][:count]
    with pytest.raises(UserError, match="no file"):
        preview(Preview(project=folder, recipe=recipe, side=SIDE, edition=1), silent())
