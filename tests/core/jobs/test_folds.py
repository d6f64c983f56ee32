"""A training for each fold: every picture is judged once, and what was broken off goes on with what is missing."""

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core import jobs, requests
from core.errors import Cancelled, UserError
from core.evaluation.answers import load_answers
from core.events import Event, Progress, Reporter, silent
from core.project.folds import folds_in
from core.project.places import default_project
from core.project.runs import runs_in
from core.recipe import Recipe


@pytest.fixture
def recipe(coloured: Path, tiny_backbone: str) -> Recipe:
    recipe = Recipe().with_value("data.folder", str(coloured)).with_value("backbone.name", tiny_backbone)
    for path, value in {"data.image_size": 32, "strategy.kind": "linear_probe", "split.folds": 3}.items():
        recipe = recipe.with_value(path, value)
    return recipe


def cross_validate(recipe: Recipe, out: Path, reporter: Reporter | None = None, go_on: bool = False) -> dict[str, Any]:
    project = str(default_project(Path(recipe.data.folder)))
    request = requests.CrossValidate(project=project, recipe=recipe, out=str(out), go_on=go_on)
    return jobs.run(request, reporter or silent())


def stop_before(fold: int) -> Callable[[Event], None]:
    def hear(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "folds" and event.done == fold - 1:
            raise Cancelled

    return hear


def test_every_picture_is_judged_once_and_the_mean_is_that_of_the_folds(recipe: Recipe, tmp_path: Path) -> None:
    result = cross_validate(recipe, tmp_path / "out")
    judged = [path for run in runs_in(tmp_path) for path in load_answers(run.folder)["val"].paths]
    assert len(judged) == len(set(judged)) == result["images"] == 57
    accuracies = [run.report["val"]["accuracy"] for run in runs_in(tmp_path)]
    assert len(accuracies) == 3
    assert result["mean"] == pytest.approx(sum(accuracies) / 3)
    assert result["spread"] == pytest.approx(statistics.stdev(accuracies))
    (kept,) = folds_in(tmp_path)
    assert kept.result() == result, "as the next start reads it"
    with pytest.raises(UserError) as refused:
        cross_validate(recipe, tmp_path / "out")
    assert refused.value.code == "RUN_EXISTS"


def test_what_was_broken_off_goes_on_unless_the_pictures_are_others(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        cross_validate(recipe, tmp_path / "one", Reporter("job", stop_before(3)))
    assert [len(folds.rows) for folds in folds_in(tmp_path)] == [2]
    before = (tmp_path / "one" / "fold-1" / "report.json").stat().st_mtime_ns
    result = cross_validate(recipe, tmp_path / "two", go_on=True)
    assert result["run"] == str(tmp_path / "one")
    assert len(result["folds"]) == 3
    assert (tmp_path / "one" / "fold-1" / "report.json").stat().st_mtime_ns == before, "what was done is not done again"

    with pytest.raises(Cancelled):
        cross_validate(recipe, tmp_path / "two", Reporter("job", stop_before(2)))
    Image.new("RGB", (32, 32), (10, 200, 30)).save(Path(recipe.data.folder) / "red" / "new.png")
    with pytest.raises(UserError) as refused:
        cross_validate(recipe, tmp_path / "two")
    assert refused.value.code == "DATA_CHANGED"
    assert cross_validate(recipe, tmp_path / "three", go_on=True)["run"] == str(tmp_path / "three")
