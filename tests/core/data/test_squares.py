"""The cache of resized pictures: whole rows or none, whatever happens to its files; and pictures drawn from it."""

import sqlite3
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import reading
from core.data import squares as module
from core.data.load import load_dataset
from core.data.pictures import album, changed, prepare, squares
from core.data.scan import scan
from core.data.squares import Squares
from core.errors import UserError
from core.events import Event, Found, Reporter, silent
from core.project.index import Index
from core.recipe import Recipe

Photo = Callable[..., Image.Image]


def square(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)


def add(cache: Squares, *numbers: int) -> None:
    cache.add([(str(number), square(number)) for number in numbers])


def found(cache: Squares, *numbers: int) -> list[int]:
    pictures, here = cache.load([str(number) for number in numbers])
    for place, number in enumerate(numbers):
        assert not here[place] or (pictures[place] == square(number)).all()
    return [number for place, number in enumerate(numbers) if here[place]]


def test_what_was_added_is_found_in_any_order(tmp_path: Path) -> None:
    cache = Squares(tmp_path, 8, "crop")
    assert found(cache, 1, 2) == []
    add(cache, 1, 2, 3)
    add(cache, 3, 4)
    assert found(Squares(tmp_path, 8, "crop"), 4, 9, 1, 3, 2) == [4, 1, 3, 2]
    assert (tmp_path / "squares").stat()
    assert sum(path.stat().st_size for path in (tmp_path / "squares").glob("*.u8")) == 4 * 8 * 8 * 3
    assert found(Squares(tmp_path, 8, "stretch"), 1) == []


def test_what_a_crash_leaves_is_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Squares(tmp_path, 8, "crop")
    add(cache, 1, 2)
    calls = iter([1, 2, ZeroDivisionError])

    def crash(content: bytes) -> int:
        step = next(calls)
        if step is ZeroDivisionError:
            raise ZeroDivisionError
        return step

    monkeypatch.setattr(module.zlib, "crc32", crash)
    with pytest.raises(ZeroDivisionError):
        add(cache, 3, 4, 5)
    monkeypatch.undo()
    assert found(cache, 1, 2, 3, 4, 5) == [1, 2]
    add(cache, 6)
    assert found(cache, 1, 2, 3, 6) == [1, 2, 6]


def test_it_may_be_deleted_cut_or_scribbled_on(tmp_path: Path) -> None:
    cache = Squares(tmp_path, 8, "crop")
    add(cache, 1, 2, 3)
    pixels, records = next(tmp_path.glob("squares/*.u8")), next(tmp_path.glob("squares/*.sqlite"))
    with pixels.open("r+b") as file:
        file.seek(8 * 8 * 3 + 5)
        file.write(b"scribble")
    assert found(cache, 1, 2, 3) == [1, 3]
    cache.add([("2", square(2))], anew=True)
    assert found(cache, 1, 2, 3) == [1, 2, 3]
    with pixels.open("r+b") as file:
        file.truncate(8 * 8 * 3 + 1)
    assert found(cache, 1, 2, 3) == [1]
    add(cache, 2)
    assert found(cache, 1, 2, 3) == [1, 2]
    pixels.unlink()
    assert found(cache, 1, 2) == []
    add(cache, 2)
    assert found(cache, 1, 2) == [2]
    records.write_bytes(b"no database at all" * 50)
    assert found(cache, 2) == []
    add(cache, 2, 3)
    assert found(cache, 2, 3) == [2, 3]
    records.unlink()
    add(cache, 1)
    assert found(cache, 1, 2, 3) == [1]


def test_several_write_and_read_at_once(tmp_path: Path) -> None:
    seen: list[int] = []

    def write(start: int) -> None:
        for number in range(start, start + 40):
            add(Squares(tmp_path, 8, "crop"), number, number + 1)

    def look() -> None:
        for _ in range(30):
            seen.append(len(found(Squares(tmp_path, 8, "crop"), *range(130))))

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 30, 60)]
    threads.append(threading.Thread(target=look))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found(Squares(tmp_path, 8, "crop"), *range(101)) == list(range(101))
    assert seen == sorted(seen)


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(UserError) as failure:
        add(Squares(tmp_path, 8, "crop"), 1)
    assert failure.value.code == "DISK_FULL"


@pytest.fixture
def scanned(two_classes: Path, index: Index) -> Index:
    scan(two_classes, index, 32, "crop", Recipe(), silent(), 2)
    return index


def test_in_another_size_pictures_are_read_once(
    scanned: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = load_dataset(scanned, Recipe())
    order = np.array([5, 0, 17, 3])
    first = squares(dataset, order, 24, "letterbox", tmp_path, silent(), 2)
    assert first.shape == (4, 24, 24, 3)
    monkeypatch.setattr(reading, "inspect", None)
    np.testing.assert_array_equal(squares(dataset, order[::-1], 24, "letterbox", tmp_path, silent(), 2), first[::-1])


def test_files_that_changed_are_marked_and_left_out(
    scanned: Index, two_classes: Path, tmp_path: Path, photo: Photo
) -> None:
    dataset = load_dataset(scanned, Recipe())
    assert changed(dataset) == []
    (two_classes / "ant" / "00.jpg").unlink()
    photo(77).save(two_classes / "bee" / "03.jpg")
    assert changed(dataset) == ["ant/00.jpg", "bee/03.jpg"]
    events: list[Event] = []
    reporter = Reporter("job", events.append)
    ready = prepare(dataset, 24, "crop", tmp_path, reporter, 2)
    marked = [(event.problem.code, event.problem.path) for event in events if isinstance(event, Found)]
    assert marked == [("CHANGED", "ant/00.jpg"), ("CHANGED", "bee/03.jpg")]
    assert len(ready) == 22
    assert squares(ready, np.arange(22), 24, "crop", tmp_path, silent(), 2).any(axis=(1, 2, 3)).all()
    with pytest.raises(UserError) as failure:
        squares(dataset, np.arange(24), 24, "crop", tmp_path, silent(), 2)
    assert failure.value.code == "DATA_CHANGED"


def test_without_a_place_for_a_cache_pictures_come_all_the_same(scanned: Index, tmp_path: Path) -> None:
    dataset = load_dataset(scanned, Recipe())
    (tmp_path / "file").write_text("")
    pictures = squares(dataset, np.arange(3), 24, "crop", tmp_path / "file", silent(), 2)
    np.testing.assert_array_equal(pictures, squares(dataset, np.arange(3), 24, "crop", tmp_path, silent(), 2))


def test_an_album_gives_the_same_pictures_kept_or_not(scanned: Index, tmp_path: Path) -> None:
    dataset, order = load_dataset(scanned, Recipe()), np.array([5, 0, 17, 3])
    whole = squares(dataset, order, 24, "crop", tmp_path, silent(), 2)
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file"):  # nothing can be kept below a file
        shown = album(dataset, order, 24, "crop", place, silent(), 2)
        assert len(shown) == 4
        for places in (slice(1, 3), slice(None), slice(3, 9), np.array([2, 2, 0]), np.array([], np.int64)):
            np.testing.assert_array_equal(shown[places], whole[places])
    shown = album(dataset, order, 24, "crop", tmp_path, silent(), 2)
    for file in (tmp_path / "squares").iterdir():  # the cache is deleted while a training uses it
        file.unlink()
    np.testing.assert_array_equal(shown[np.array([3, 1])], whole[[3, 1]])


def test_an_album_does_not_weigh_what_its_pictures_weigh(
    scanned: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """600 pictures of 224 pixels are 90 MB; looked through in parts, no more than one part is held at a time."""
    dataset, count, size = load_dataset(scanned, Recipe()), 600, 224
    many = replace(dataset, hashes=[str(number) for number in range(count)])
    cache = Squares(tmp_path, size, "crop")
    for start in range(0, count, 50):
        cache.add([(str(n), np.full((size, size, 3), n % 251, np.uint8)) for n in range(start, start + 50)])
    monkeypatch.setattr("core.data.pictures._AT_ONCE", 48)
    tracemalloc.start()
    try:
        shown = album(many, np.arange(count), size, "crop", tmp_path, silent(), 2)
        assert (shown[np.array([7, 599, 250])][:, 9, 9, 1] == [7, 97, 250]).all()
        assert tracemalloc.get_traced_memory()[1] < 0.2 * count * size * size * 3
    finally:
        tracemalloc.stop()
