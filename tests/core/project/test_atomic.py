"""Whole or absent: whatever goes wrong in the middle, the old file stands and nothing is left lying about."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import UserError
from core.project import atomic

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_content_takes_the_place_of_the_old_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "report.json"
    atomic.write_json(path, {"old": 1})
    atomic.write_json(path, {"word": "müde 猫"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"word": "müde 猫"}
    assert list(path.parent.iterdir()) == [path]


def test_a_bug_in_the_middle_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    atomic.write_text(path, "old")
    with pytest.raises(ZeroDivisionError), atomic.whole(path) as temporary:
        _write_half(temporary)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_is_told_as_such_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "weights.safetensors"
    atomic.write_text(path, "old")

    def full(*_: object) -> None:
        raise FULL

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), full)
    with pytest.raises(UserError) as caught:
        atomic.write_text(path, "new")
    assert (caught.value.code, caught.value.params["path"]) == ("DISK_FULL", str(path))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_disk_that_is_really_full_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught, atomic.whole(tmp_path / "x"):
        Path("/dev/full").write_bytes(b"no room")
    assert caught.value.code == "DISK_FULL"


def test_a_place_that_cannot_be_written_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError) as caught:
        atomic.write_text(tmp_path / "file" / "report.json", "new")
    assert caught.value.code == "CANNOT_WRITE"
    assert caught.value.params["reason"]


def test_a_process_killed_at_any_moment_leaves_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    atomic.write_json(path, [0] * 50_000)
    writer = (
        "import sys, pathlib; from core.project import atomic\n"
        "for n in range(10**6): atomic.write_json(pathlib.Path(sys.argv[1]), [n] * 50_000); print(n, flush=True)"
    )
    for pause in (0.0, 0.004, 0.013):
        process = subprocess.Popen(
            [sys.executable, "-c", writer, str(path)], stdout=subprocess.PIPE, cwd=Path(atomic.__file__).parents[2]
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        numbers = json.loads(path.read_text())
        assert len(numbers) == 50_000
        assert len(set(numbers)) == 1


def test_names_that_are_no_text_survive_in_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    atomic.write_json(tmp_path / "x.json", {"path": name})
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"path": name}


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").write_text("old")
    with atomic.aside(target) as folder:
        (folder / "new").mkdir()
        (folder / "new" / "weights").write_text("new")
        assert [path.name for path in target.iterdir()] == ["old"]
        atomic.put(folder / "new", target)
    assert [path.name for path in target.iterdir()] == ["weights"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_given_up_halfway_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    with pytest.raises(UserError) as caught, atomic.aside(target):
        raise FULL
    assert caught.value.code == "DISK_FULL"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_process_left_is_removed_but_never_an_only_copy(tmp_path: Path) -> None:
    names = (".graft-half.part", ".graft-only.part", ".graft-new.part")
    half, only, new = (tmp_path / name for name in names)
    for folder in (half, only / "before-x" / "model", new):
        folder.mkdir(parents=True)
        (folder / "weights").write_text("…")
    for folder in (half, only):
        os.utime(folder, times=(time.time() - 2 * 24 * 60 * 60,) * 2)
    with atomic.aside(tmp_path / "out"):
        assert not half.exists()
    assert sorted(tmp_path.iterdir()) == sorted([only, new])


def _write_half(path: Path) -> None:
    path.write_text("half of the n")
    raise ZeroDivisionError
