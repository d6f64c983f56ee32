"""The scan: a folder of planted faults, each with its code; twice the same; cancelled and killed on the way."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.data import reading
from core.data.load import load_dataset
from core.data.pictures import squares
from core.data.scan import brief, refresh, scan
from core.data.squares import Squares
from core.errors import Cancelled, UserError
from core.events import Event, Found, Progress, Reporter, silent
from core.project import places
from core.project.index import Index, thumbnail_path
from core.recipe import Recipe

Photo = Callable[..., Image.Image]
HERE = Path(__file__).parent
EXCLUDE = Recipe().with_value("data.on_conflict", "exclude")


def run(folder: Path, index: Index, recipe: Recipe = EXCLUDE, reporter: Reporter | None = None) -> dict[str, Any]:
    return scan(folder, index, 32, "crop", recipe, reporter or silent(), threads=2)


def codes(rows: list[Mapping[str, str]]) -> dict[str, str]:
    return {row["path"]: row["code"] for row in rows}


def state_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and time of every plain file."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path): (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def faulty(tmp_path: Path, photo: Photo, bomb: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything of the table of faults that one folder can hold, beside 12 sound pictures."""
    folder = tmp_path / "faulty"
    cat, dog = folder / "cat", folder / "dog"
    for name in ("cat", "dog", "Cat", "empty", "only-broken", "one", ".ipynb_checkpoints", "cat/x.jpg", "=cmd()"):
        (folder / name).mkdir(parents=True)
    for number in range(6):
        photo(number).save(cat / f"{number}.jpg")
        photo(100 + number).save(dog / f"{number}.jpg")
    sound = (cat / "0.jpg").read_bytes()
    (cat / "cut.jpg").write_bytes(sound[: len(sound) // 2])
    (cat / "nothing.jpg").write_bytes(b"")
    (cat / "page.jpg").write_bytes(b"<html>404</html>")
    (cat / "notes.txt").write_text("about cats")
    (cat / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (cat / "bomb.png").write_bytes(bomb)
    (cat / "gone.jpg").symlink_to("nowhere")
    (cat / "loop").symlink_to(".")
    (folder / "cats-again").symlink_to("cat")
    os.mkfifo(cat / "pipe.jpg")
    with monkeypatch.context() as short, socket.socket(socket.AF_UNIX) as listener:
        short.chdir(dog)
        listener.bind("socket.jpg")
    (folder / "only-broken" / "a.jpg").write_bytes(sound[:200])
    for hidden in (".DS_Store", "cat/Thumbs.db", "cat/._0.jpg", ".ipynb_checkpoints/0.jpg"):
        (folder / hidden).write_bytes(sound)
    photo(200).save(folder / "loose.jpg")
    photo(201).save(cat / "x.jpg" / "below.jpg")
    photo(202).save(cat / "really-png.jpg", "PNG")
    (cat / "phone.jpg").write_bytes((HERE / "quadrants.heic").read_bytes())
    Image.new("RGB", (40, 40), (10, 200, 30)).save(dog / "blank.png")
    photo(203).save(dog / "moving.gif", save_all=True, append_images=[photo(204)])
    photo(205).save(folder / "Cat" / "upper.jpg")
    photo(206).save(folder / "Cat" / "upper2.jpg")
    photo(207).save(folder / "one" / "alone.jpg")
    (dog / "copy.jpg").write_bytes((dog / "1.jpg").read_bytes())
    Image.open(dog / "2.jpg").resize((60, 45)).save(dog / "small-copy.png")
    (dog / "not-a-dog.jpg").write_bytes((cat / "5.jpg").read_bytes())
    for name in (
        "CON",
        "dot.",
        "e\u0301.jpg",
        "\u00e9.jpg",
        "\u202egpj.exe",
        "🐱" * 60 + ".jpg",
        os.fsdecode(b"\xff\xfe"),
    ):
        photo(int.from_bytes(os.fsencode(name)[:4], "big")).save(folder / "=cmd()" / name, "JPEG")
    return folder


def test_every_planted_fault_has_its_code(faulty: Path, index: Index) -> None:
    before = state_of(faulty)
    events: list[Event] = []
    result = run(faulty, index, EXCLUDE, Reporter("job", events.append))
    assert codes(result["skipped"]) == {
        "cat/cut.jpg": "TRUNCATED",
        "cat/nothing.jpg": "EMPTY",
        "cat/page.jpg": "NOT_AN_IMAGE",
        "cat/notes.txt": "NOT_AN_IMAGE",
        "cat/drawing.svg": "UNSUPPORTED_FORMAT",
        "cat/bomb.png": "TOO_LARGE",
        "cat/gone.jpg": "BROKEN_LINK",
        "cat/pipe.jpg": "NOT_A_FILE",
        "dog/socket.jpg": "NOT_A_FILE",
        "only-broken/a.jpg": "TRUNCATED",
        "loose.jpg": "UNLABELLED",
        "cat/5.jpg": "CONFLICT",
        "dog/not-a-dog.jpg": "CONFLICT",
    }
    assert all(row["hint"] for row in result["skipped"])
    assert "900 megapixels; the limit is 120" in next(r["message"] for r in result["skipped"] if "bomb" in r["path"])
    assert result["classes"] == {"=cmd()": 7, "Cat": 2, "cat": 8, "dog": 10, "one": 1}
    assert result["images"] == sum(result["classes"].values()) == sum(result["split"].values())
    assert result["found"] == result["images"] + len(result["skipped"]) == 41
    assert result["hidden"] == 4
    assert result["conflicts"] == [{"paths": ["cat/5.jpg", "dog/not-a-dog.jpg"], "classes": ["cat", "dog"]}]
    assert sorted(result["duplicates"]) == [
        ["cat/5.jpg", "dog/not-a-dog.jpg"],
        ["dog/1.jpg", "dog/copy.jpg"],
        ["dog/2.jpg", "dog/small-copy.png"],
    ]
    noted = sorted((row["code"], row["path"]) for row in result["problems"])
    assert noted == [
        ("BLANK", "dog/blank.png"),
        ("CASE_CLASH", ""),
        ("EMPTY_CLASS", ""),
        ("EMPTY_CLASS", ""),
        ("IMBALANCE", ""),
        ("MULTIPLE_FRAMES", "dog/moving.gif"),
        ("TINY_CLASS", ""),
    ]
    said = {(event.problem.code, event.problem.path) for event in events if isinstance(event, Found)}
    kept = {(problem.code, problem.path) for problem in index.problems()}
    assert said | {("UNLABELLED", "loose.jpg")} == kept
    assert kept == {(row["code"], row["path"]) for row in result["skipped"] + result["problems"]}
    assert state_of(faulty) == before
    assert index.summary() == brief(result)


def test_a_second_scan_reads_only_metadata(faulty: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(faulty, index)

    def fail(*args: object) -> None:
        raise AssertionError("a file was read again")

    monkeypatch.setattr(reading, "inspect", fail)
    events: list[Event] = []
    assert run(faulty, index, EXCLUDE, Reporter("job", events.append)) == first
    assert sum(isinstance(event, Found) for event in events) >= 12


def test_only_what_changed_is_read_again(
    two_classes: Path, index: Index, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(two_classes, index)
    kept = {picture.path: picture for picture in index.pictures()}
    index.edit([kept["ant/02.jpg"].id], excluded=True)
    index.edit([kept["ant/04.jpg"].id], label="wasp")
    photo(99).save(two_classes / "ant" / "00.jpg")
    (two_classes / "ant" / "02.jpg").rename(two_classes / "bee" / "moved.jpg")
    (two_classes / "bee" / "01.jpg").unlink()
    thumbnail_path(kept["bee/03.jpg"].content_hash).unlink()
    read: list[str] = []
    real = reading.inspect

    def watch(path: Path, *rest: int) -> reading.inspect.__class__:
        read.append(path.name)
        return real(path, *rest)

    monkeypatch.setattr(reading, "inspect", watch)
    result = run(two_classes, index)
    assert sorted(read) == ["00.jpg", "03.jpg", "moved.jpg"]
    now = {picture.path: picture for picture in index.pictures()}
    assert now["ant/00.jpg"].content_hash != kept["ant/00.jpg"].content_hash
    assert now["ant/04.jpg"].label == "wasp"
    assert now["bee/moved.jpg"].excluded
    assert not {"ant/02.jpg", "bee/01.jpg"} & set(now)
    assert codes(result["skipped"]) == {"bee/moved.jpg": "EXCLUDED"}
    assert result["classes"] == {"ant": 10, "bee": 11, "wasp": 1}
    assert thumbnail_path(kept["bee/03.jpg"].content_hash).exists()


def test_an_edit_shows_in_the_summary_without_reading(two_classes: Path, index: Index) -> None:
    run(two_classes, index)
    index.edit([index.pictures()[0].id], excluded=True)
    assert refresh(index, EXCLUDE)["classes"] == {"ant": 11, "bee": 12}
    assert index.summary()["found"] == 24


def test_a_folder_given_a_split_later_is_placed_anew(two_classes: Path, index: Index, tmp_path: Path) -> None:
    run(two_classes, index)
    (two_classes / "train").mkdir()
    for name in ("ant", "bee"):
        (two_classes / name).rename(two_classes / "train" / name)
    result = run(two_classes, index)
    assert result["classes"] == {"ant": 12, "bee": 12}
    (two_classes / "val" / "ant").mkdir(parents=True)
    (two_classes / "train" / "ant" / "00.jpg").rename(two_classes / "val" / "ant" / "00.jpg")
    assert run(two_classes, index)["split"] == {"train": 23, "val": 1, "test": 0}


def test_what_the_scan_kept_is_what_training_gets(two_classes: Path, index: Index) -> None:
    run(two_classes, index)
    dataset = load_dataset(index, Recipe())
    everything = np.arange(len(dataset))
    stored, here = Squares(places.pictures_folder(), 32, "crop").load(dataset.hashes)
    assert here.all()
    anew = squares(dataset, everything, 32, "crop", two_classes.parent / "other cache", silent(), 2)
    np.testing.assert_array_equal(stored, anew)
    for name in dataset.hashes:
        with Image.open(thumbnail_path(name)) as thumbnail:
            assert thumbnail.size == (96, 72)


class _Stop:
    """Asks to cancel after so many progress reports."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.events: list[Event] = []
        self.reporter = Reporter("job", self.events.append, self)

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_cancelled_it_keeps_what_is_done(two_classes: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = _Stop(after=15)
    with pytest.raises(Cancelled):
        run(two_classes, index, EXCLUDE, stop.reporter)
    done = len(index.pictures())
    assert 0 < done < 24
    assert index.summary() == {}
    progress = [event.done for event in stop.events if isinstance(event, Progress)]
    assert progress[0] == 0, "it shows itself at once"
    read: list[Path] = []
    real = reading.inspect
    monkeypatch.setattr(reading, "inspect", lambda path, *rest: (read.append(path), real(path, *rest))[1])
    assert run(two_classes, index)["images"] == 24
    assert len(read) == 24 - done


KILLED = """
import sys, time
from pathlib import Path
from core.data import reading
from core.data.scan import scan
from core.events import silent
from core.project.index import Index
from core.recipe import Recipe
slow = reading.inspect
reading.inspect = lambda *args: (time.sleep(0.03), slow(*args))[1]
from core.data import scan as module
module._BATCH = 4
with Index.open(Path(sys.argv[2])) as index:
    scan(Path(sys.argv[1]), index, 32, "crop", Recipe(), silent(), 1)
"""


def test_killed_it_leaves_nothing_to_clean_up(two_classes: Path, index: Index) -> None:
    command = [sys.executable, "-c", KILLED, str(two_classes), str(index.project)]
    process = subprocess.Popen(command, cwd=HERE.parents[2])
    deadline = time.monotonic() + 120
    while not index.pictures() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < len(index.pictures()) < 24
    assert run(two_classes, index)["images"] == 24
    dataset = load_dataset(index, Recipe())
    _, here = Squares(places.pictures_folder(), 32, "crop").load(dataset.hashes)
    assert here.all()


LIGHT = """
import sys
from core import jobs, requests
from core.events import silent
from core.recipe import Recipe
recipe = Recipe().with_value("data.folder", sys.argv[1])
for brief in (False, True):
    assert jobs.run(requests.Scan(project=sys.argv[2], recipe=recipe, brief=brief), silent())["images"] == 24
jobs.run(requests.Edit(project=sys.argv[2], pictures=(1,), excluded=True, name="one"), silent())
sys.exit("torch" in sys.modules or "sklearn" in sys.modules)
"""


def test_reading_and_sorting_wait_for_no_heavy_library(two_classes: Path, index: Index) -> None:
    """Importing torch takes many seconds on a busy machine, in which the first pictures can be seen."""
    command = [sys.executable, "-c", LIGHT, str(two_classes), str(index.project)]
    assert subprocess.run(command, cwd=HERE.parents[2], check=False).returncode == 0


def test_faults_of_the_folder_itself(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for missing, code in ((tmp_path / "nowhere", "NO_SUCH_FOLDER"), (tmp_path / "file", "NOT_A_SOURCE")):
        with pytest.raises(UserError) as failure:
            run(missing, index)
        assert failure.value.code == code
    (tmp_path / "bare").mkdir()
    result = run(tmp_path / "bare", index)
    assert (result["images"], result["found"]) == (0, 0)
    assert codes(result["problems"]) == {"": "NO_IMAGES"}

    def refuse(folder: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UserError) as failure:
        run(tmp_path / "bare", index)
    assert failure.value.code == "NO_PERMISSION"


def test_unreadable_files_and_folders_are_listed(
    two_classes: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root nothing is unreadable: the system's answer is played."""
    (two_classes / "closed").mkdir()
    scandir, opened, access = os.scandir, Path.open, os.access
    closed = {"closed", "00.jpg"}

    def guarded_scandir(folder: Path) -> Any:
        if Path(folder).name in closed:
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    def guarded_open(path: Path, *rest: Any, **options: Any) -> Any:
        if path.name in closed:
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **options)

    monkeypatch.setattr(os, "scandir", guarded_scandir)
    monkeypatch.setattr(Path, "open", guarded_open)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name not in closed and access(path, mode))
    for _ in range(2):
        result = run(two_classes, index)
        assert codes(result["skipped"]) == {"closed": "NO_PERMISSION", "ant/00.jpg": "NO_PERMISSION"}
        assert result["found"] == result["images"] + 2
    closed.clear()
    assert run(two_classes, index)["images"] == 24


def test_a_drive_pulled_out_stops_the_scan(two_classes: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    real = reading.inspect
    away = two_classes.with_name("unplugged")

    def pull(path: Path, *rest: int) -> Any:
        if path.name == "10.jpg":
            two_classes.rename(away)
        return real(path, *rest)

    monkeypatch.setattr(reading, "inspect", pull)
    with pytest.raises(UserError) as failure:
        run(two_classes, index)
    assert failure.value.code == "NO_SUCH_FOLDER"
    assert index.pictures()
    away.rename(two_classes)
    monkeypatch.setattr(reading, "inspect", real)
    assert run(two_classes, index)["images"] == 24


def test_a_file_that_vanishes_on_the_way_is_no_fault(
    two_classes: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reading.inspect

    def lose(path: Path, *rest: int) -> Any:
        path.unlink() if path.name == "10.jpg" else None
        return real(path, *rest)

    monkeypatch.setattr(reading, "inspect", lose)
    result = run(two_classes, index)
    assert (result["found"], result["images"], result["skipped"]) == (23, 23, [])


def test_the_real_folders(shared: Path, index: Index) -> None:
    result = run(shared / "data" / "ants-bees", index, Recipe())
    assert result["classes"] == {"ants": 194, "bees": 204}
    assert (result["skipped"], result["conflicts"], result["duplicates"]) == ([], [], [])
    assert codes(result["problems"]) == {"train/ants/imageNotFound.gif": "BLANK"}
    assert result["split"] == {"train": 245, "val": 153, "test": 0}
