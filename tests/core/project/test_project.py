"""Opening projects: one window writes, the second looks on, a dead one leaves nothing behind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import UserError
from core.project import lock, store
from core.project.index import Index
from core.project.lock import Lock
from core.project.project import Project
from core.project.runs import create_run
from core.recipe import Recipe

HOLD = """
import sys
from pathlib import Path
from core.project.project import Project
project = Project.open(Path(sys.argv[1]))
print(project.read_only, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


@pytest.fixture
def other_window(data: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the project of `data`."""
    with Project.of(data) as project:
        command = [sys.executable, "-c", HOLD, str(project.folder)]
    root = Path(__file__).parents[3]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "False"
    yield process
    process.kill()
    process.communicate()


def test_the_second_window_looks_on_and_names_the_first(data: Path, other_window: subprocess.Popen[str]) -> None:
    with Project.of(data) as second:
        assert second.read_only
        assert f"process {other_window.pid}" in str(second.holder)
        assert second.data_folder == data
    with Project.of(data) as third:
        assert third.read_only, "closing a project that only looked on releases nothing"


def test_a_killed_holder_is_replaced(data: Path, other_window: subprocess.Popen[str]) -> None:
    other_window.kill()
    other_window.wait()
    with Project.of(data) as project:
        assert not project.read_only
        assert project.holder is None


def test_a_number_given_to_another_process_is_no_holder(data: Path) -> None:
    project = Project.of(data)
    with Lock.open(project.folder) as kept:
        row = json.loads(kept._kept("holder") or b"")
        kept._keep("holder", json.dumps({**row, "started": "long ago"}).encode())
    with Project.of(data) as later:
        assert not later.read_only
    with Lock.open(project.folder) as kept:
        kept._keep("holder", json.dumps({**row, "host": "elsewhere", "pid": 1}).encode())
    with Project.of(data) as later:
        assert later.read_only
        assert "elsewhere" in str(later.holder)
        later.take_over()  # the user knows that it is gone
        assert not later.read_only
        with Project.of(data) as another:
            another.take_over()
            assert another.read_only, "who works on this machine gives way to nobody"


def test_within_one_process_too_only_one_writes(data: Path) -> None:
    with Project.of(data) as first, Project.of(data) as second:
        assert (first.read_only, second.read_only) == (False, True)
    with Project.of(data) as third:
        assert not third.read_only


def test_without_proc_psutil_tells_processes_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "Path", lambda path: Path("/nowhere" + path))
    mine = lock._started(os.getpid())
    assert float(mine) > 0
    assert lock._started(os.getpid()) == mine
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert lock._started(ended.pid) == ""


def test_a_project_that_cannot_be_written_opens(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Project.of(data).folder

    def refuse(path: Path) -> None:
        raise UserError("CANNOT_WRITE", path=str(path), reason="read-only")

    monkeypatch.setattr(store, "_connect_to_write", refuse)
    with Project.open(folder) as project:
        assert project.read_only
        assert project.holder is None
        assert project.data_folder == data


def test_strangers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        Project.open(tmp_path / "nowhere")
    assert refused.value.code == "NO_SUCH_FOLDER"
    with pytest.raises(UserError) as refused:
        Project.open(tmp_path)
    assert refused.value.code == "NOT_A_PROJECT"
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as refused:
        Project.create(tmp_path / "file" / "below")
    assert refused.value.code == "CANNOT_WRITE"


def test_runs_are_numbered_whatever_the_clock_says(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Project.of(data) as project:
        assert project.runs() == []
        for year in ("2030", "2016", "2031"):
            monkeypatch.setattr("core.project.project.time.strftime", lambda form, year=year: f"{year}0101-000000")
            create_run(project.new_run_folder(), Recipe())
        names = [run.folder.name for run in project.runs()]
        assert names == ["0001-20300101-000000", "0002-20160101-000000", "0003-20310101-000000"]


def test_one_folder_of_pictures_is_one_project(data: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(data)
    with Project.of(data) as project:
        assert Project.of(tmp_path / "link").folder == project.folder
        with Index.open(project.folder, read_only=True) as index:
            assert index.data_folder == data
