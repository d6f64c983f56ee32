"""`graft edit`, `classes` and `undo`: what the window says by clicks, said in a terminal, on a real folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from core.cli.commands import app


@pytest.fixture
def folder(tmp_path: Path, graft_home: Path) -> Path:
    random = np.random.default_rng(0)
    data = tmp_path / "data"
    for number in range(20):
        place = data / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (24, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((48, 48)).save(place / f"p{number // 4}_{number}.png")
    graft("scan", data)
    return data


def graft(*arguments: object, status: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert done.exit_code == status, done.output
    return dict(json.loads(done.output.splitlines()[-1]))


def test_labels_parts_and_classes_are_said_and_taken_back(folder: Path) -> None:
    before = graft("scan", folder)
    assert graft("edit", folder, "a/*", "--label", "c")["classes"] == {"b": 10, "c": 10}
    assert graft("edit", folder, "b/p0_1.png", "b/p0_3.png", "--leave-out")["classes"] == {"b": 8, "c": 10}
    assert graft("edit", folder, "b/p1_*", "--part", "test")["split"]["test"] == 2
    assert graft("classes", folder, "--rename", "b", "c")["classes"] == {"c": 18}
    assert graft("classes", folder)["classes"] == [{"name": "c", "pictures": 18, "left_out": 2}]
    assert graft("scan", folder)["classes"] == {"c": 18}, "a scan keeps what was said"
    for _ in range(4):
        graft("undo", folder)
    after = graft("scan", folder)
    assert (after["classes"], after["split"]) == (before["classes"], before["split"])
    assert graft("undo", folder, status=3)["code"] == "NOTHING_TO_UNDO"


def test_what_cannot_be_is_refused_in_words(folder: Path, tmp_path: Path) -> None:
    assert graft("edit", folder, "nothing.png", "--label", "x", status=3)["code"] == "NO_SUCH_PICTURE"
    assert graft("undo", tmp_path / "other", status=3)["code"] == "NO_SUCH_FOLDER"
    (tmp_path / "other").mkdir()
    assert graft("undo", tmp_path / "other", status=3)["code"] == "NOT_SCANNED"
    assert graft("classes", folder, "--rename", "z", "a", status=3)["message"].endswith("the classes are a, b.")
    assert CliRunner().invoke(app, ["classes", str(folder), "--rename", "a", "c", "--new", "d"]).exit_code == 2
    assert CliRunner().invoke(app, ["edit", str(folder), "a/*"]).exit_code == 2
    assert CliRunner().invoke(app, ["edit", str(folder), "a/*", "--part", "x"]).exit_code == 2


def test_groups_are_proposed_from_the_names(folder: Path) -> None:
    [proposal] = graft("scan", folder)["groups"]
    assert (proposal["groups"], proposal["largest"]) == (5, 4)
    assert proposal["example"] in proposal["sentence"]
