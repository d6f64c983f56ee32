"""The scan where the world is at odds with it: pictures on a disk that cannot be written, and clocks that jump."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.data.scan import scan
from core.events import silent
from core.project.index import Index
from core.recipe import Recipe

TEN_YEARS = 10 * 365 * 86_400
NOBODY = 65_534


def run(folder: Path, index: Index) -> dict[str, Any]:
    return scan(folder, index, 32, "crop", Recipe(), silent(), threads=2)


@pytest.fixture
def locked(two_classes: Path) -> Iterator[Path]:
    """Pictures that can be read and nothing else, and beside them a place for Graft."""
    outside = Path(tempfile.mkdtemp())  # pytest's own folders are closed to others
    folder, home = outside / "pictures", outside / "home"
    shutil.copytree(two_classes, folder)
    home.mkdir()
    home.chmod(0o777)
    outside.chmod(0o755)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    shutil.rmtree(outside)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere: meanwhile it is nobody."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_folder_that_cannot_be_written_is_read_to_the_end(
    locked: Path, two_classes: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run(two_classes, index)
    monkeypatch.setenv("GRAFT_HOME", str(locked.parent / "home"))
    with as_nobody():
        with pytest.raises(PermissionError):
            (locked / "ant" / "new").touch()
        with Index.open(locked.parent / "home" / "project") as own:
            for _ in range(2):
                found = run(locked, own)
                assert found == {**expected, "folder": str(locked), "sources": found["sources"]}
            assert own.problems() == []
            name = own.pictures()[0].content_hash
    kept = [path.name for path in (locked.parent / "home").rglob("*") if path.is_file()]
    assert f"{name}.jpg" in kept, "thumbnails lie in the cache"
    assert any(file.endswith(".u8") for file in kept), "and so do the pictures for training"


@pytest.mark.parametrize("years", [-10, 10])
def test_what_changed_while_the_clock_was_wrong_is_noticed(
    years: int, two_classes: Path, index: Index, photo: Callable[..., Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are compared by whether their times differ, not by which is later; what lasts is measured by a clock that
    nobody sets."""
    run(two_classes, index)
    before = {picture.path: picture.content_hash for picture in index.pictures()}
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + years * TEN_YEARS / 10)
    changed = two_classes / "ant" / "00.jpg"
    photo(777).save(changed, quality=90)
    os.utime(changed, (now + years * TEN_YEARS / 10,) * 2)
    run(two_classes, index)
    after = {picture.path: picture.content_hash for picture in index.pictures()}
    assert {path for path in before if before[path] != after[path]} == {"ant/00.jpg"}
    assert after.keys() == before.keys()


def test_edits_are_taken_back_in_their_order_whatever_the_clock_says(
    two_classes: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(two_classes, index)
    picture = index.pictures()[0]
    moments = iter([2e9, 1e9, 1.5e9, *[1e9] * 50])
    monkeypatch.setattr(time, "time", lambda: next(moments))
    for label in ("wasp", "fly", "moth"):
        index.edit([picture.id], label=label, name=label)
    assert [edit.name for edit in index.kept_edits()] == ["wasp", "fly", "moth"]
    seen = []
    for edit in reversed(index.kept_edits()):
        index.take_back(edit.name)
        seen.append(index.by_ids([picture.id])[0].label)
    assert seen == ["fly", "wasp", "ant"]
