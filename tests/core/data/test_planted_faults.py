"""Sixty faults of thirty kinds among sound pictures: every one is found, nothing else is, and no file is touched."""

import hashlib
from pathlib import Path

import pytest

from core.data.scan import scan
from core.errors import FAULTS
from core.events import silent
from core.project.index import Index
from core.recipe import Recipe
from tests.core.data.planted import plant


def content_of(folder: Path) -> dict[str, tuple[str, int]]:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("pictures", [400, pytest.param(2000, marks=pytest.mark.slow)])
def test_every_planted_fault_is_found_and_nothing_else(pictures: int, index: Index, tmp_path: Path) -> None:
    garden = plant(tmp_path / "garden", pictures)
    assert sum(garden.kinds.values()) == 60
    assert len(garden.kinds) >= 20
    before = content_of(garden.folder)
    recipe = Recipe().with_value("data.on_conflict", "exclude")
    for _ in range(2):  # the second time from what is known
        result = scan(garden.folder, index, 32, "crop", recipe, silent(), threads=2)
        rows = [*result["skipped"], *result["problems"]]
        reported = [(row["path"], row["code"]) for row in rows if row["path"]]
        assert len(reported) == len(set(reported)), "each is said once"
        assert garden.codes - set(reported) == set(), "recall is whole"
        assert set(reported) - garden.codes == set(), "precision is whole"
        assert sorted({row["code"] for row in rows if not row["path"]}) == garden.of_all
        assert all(row["message"] == FAULTS[row["code"]].message or "{" in FAULTS[row["code"]].message for row in rows)
        assert all(row["hint"] for row in rows)
        assert result["found"] == result["images"] + len(result["skipped"]) == garden.found
        assert sorted(result["duplicates"]) == sorted(garden.twins)
        assert result["hidden"] == garden.hidden
    assert content_of(garden.folder) == before
