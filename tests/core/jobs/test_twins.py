"""Twins by features: whatever strategy is chosen, the best backbone that is here looks; without one it says so."""

from pathlib import Path

import pytest

from core.errors import UserError
from core.events import silent
from core.jobs import run
from core.recipe import Recipe
from core.requests import FindTwins, Scan


@pytest.mark.parametrize("strategy", [None, "from_scratch"])
def test_the_backbone_that_is_here_looks_whatever_the_strategy(
    coloured: Path, tmp_path: Path, strategy: str | None, request: pytest.FixtureRequest
) -> None:
    recipe = Recipe().with_value("data.folder", str(coloured)).with_value("strategy.kind", strategy)
    recipe = recipe.with_value("data.image_size", 32)
    project = tmp_path / "project"
    project.mkdir()
    run(Scan(project=str(project), recipe=recipe), silent())
    asked = FindTwins(project=str(project), recipe=recipe)
    with pytest.raises(UserError) as refused:
        run(asked, silent())
    assert refused.value.code == "NO_BACKBONE_HERE"
    request.getfixturevalue("tiny_backbone")
    assert run(asked, silent())["backbone"] == "test_resnet"
