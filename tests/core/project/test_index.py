"""The dataset index: what was said stays, readers see whole batches, names survive byte for byte."""

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Problem, UserError
from core.project import store
from core.project.index import Index, Reading
from core.project.project import Project


def reading(path: str, label: str, **fields: object) -> Reading:
    known = Reading(
        path, label, "", 10, 20, content_hash="hash of " + path.encode("ascii", "replace").decode(), width=3, height=4
    )
    return replace(known, **fields)  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "project"


def test_names_of_any_bytes_survive(project: Path) -> None:
    names = [
        "b\udcff\udc80.jpg",
        "e\u0301.jpg",
        "\u00e9.jpg",
        "\u202eevil.jpg",
        "🐜.jpg",
        "=cmd().jpg",
        "CON.",
        "x\ny.jpg",
    ]
    with Index.open(project) as index:
        index.record(reading(f"na\udcfeme/{name}", "na\udcfeme") for name in names)
        index.store_data_folder(Path("/pictures\udcff"))
    with Index.open(project, read_only=True) as index:
        assert sorted(picture.path for picture in index.pictures()) == sorted(f"na\udcfeme/{name}" for name in names)
        assert index.class_counts() == {"na\udcfeme": len(names)}
        assert len(index.pictures_page("na\udcfeme", 0, 3)) == 3
        assert os.fsencode(index.data_folder or "") == b"/pictures\xff"


def test_what_was_said_stays_through_a_new_scan_and_a_move(project: Path) -> None:
    with Index.open(project) as index:
        index.record([reading("cat/a", "cat"), reading("cat/b", "cat"), reading("cat/c", "cat")])
        index.finish_scan(["cat/a", "cat/b", "cat/c"], ["cat"], hidden=2)
        a, b, c = (picture.id for picture in index.pictures())
        assert index.edit([a, b], label="dog") == 2
        index.edit([c], excluded=True)

        moved = [
            reading("cat/a", "cat", size=11, content_hash="new"),  # changed where it was
            reading("cat/b2", "cat", content_hash="hash of cat/b"),  # renamed within its class
            reading("fox/c", "fox", content_hash="hash of cat/c"),  # moved to another class
        ]
        index.record(moved)
        index.finish_scan([row.path for row in moved], ["cat", "fox"], hidden=0)
        now = {picture.path: (picture.label, picture.excluded) for picture in index.pictures()}
        assert now == {"cat/a": ("dog", False), "cat/b2": ("dog", False), "fox/c": ("fox", True)}
        assert index.class_counts() == {"dog": 2}

        # What went away and comes back is remembered; an undone label follows the folder again.
        index.record([reading("cat/b", "cat")])
        index.finish_scan(["cat/b"], ["cat"], hidden=0)
        assert [(picture.path, picture.label) for picture in index.pictures()] == [("cat/b", "dog")]
        index.edit([b], label="cat")
        index.record([reading("cat/b", "lynx")])
        assert index.pictures()[0].label == "lynx"


def test_problems_name_each_file_with_its_note(project: Path) -> None:
    with Index.open(project) as index:
        index.record(
            [
                reading("cat/a", "cat", notes=(Problem("BLANK", "cat/a"), Problem("MULTIPLE_FRAMES", "cat/a"))),
                reading("cat/b", "cat", problem="UNSUPPORTED_FORMAT", params={"format": "SVG"}),
                reading("loose", ""),
            ]
        )
        index.store_summary({"images": 1}, [Problem("ONE_CLASS", "", {"name": "cat"})])
        assert [(problem.code, problem.path) for problem in index.problems()] == [
            ("BLANK", "cat/a"),
            ("MULTIPLE_FRAMES", "cat/a"),
            ("UNSUPPORTED_FORMAT", "cat/b"),
            ("UNLABELLED", "loose"),
            ("ONE_CLASS", ""),
        ]
        assert "SVG" in index.problems()[2].message
        assert index.summary() == {"images": 1}
        index.edit([index.pictures()[2].id], label="cat")
        assert index.class_counts() == {"cat": 2}


def test_readers_see_whole_batches_while_a_batch_is_written(project: Path) -> None:
    seen: set[int] = set()
    writing = threading.Event()
    done = threading.Event()
    with Index.open(project) as index, Index.open(project, read_only=True) as reader:

        def look() -> None:
            writing.wait(10)
            while not done.is_set():
                seen.add(len(reader.pictures()))

        thread = threading.Thread(target=look)
        thread.start()
        for batch in range(20):
            index.record(reading(f"cat/{batch}-{number}", "cat") for number in range(50))
            writing.set()
        done.set()
        thread.join()
        assert len(reader.pictures()) == 1000
    assert seen
    assert all(count % 50 == 0 for count in seen)


def test_a_batch_that_fails_leaves_nothing(project: Path) -> None:
    def rows() -> object:
        yield reading("cat/a", "cat")
        raise ZeroDivisionError

    with Index.open(project) as index:
        with pytest.raises(ZeroDivisionError):
            index.record(rows())  # type: ignore[arg-type]
        assert index.pictures() == []
        index.record([reading("cat/b", "cat")])
        assert len(index.pictures()) == 1


def test_a_reader_cannot_write_and_strangers_are_refused(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        Index.open(project, read_only=True)
    assert refused.value.code == "NO_SUCH_FILE"
    Index.open(project).close()
    with Index.open(project, read_only=True) as reader, pytest.raises(UserError) as refused:
        reader.record([reading("cat/a", "cat")])
    assert refused.value.code == "CANNOT_WRITE"

    (project / store.FILE_NAME).write_bytes(b"this is no database" * 100)
    for read_only in (True, False):
        with pytest.raises(UserError) as refused:
            Index.open(project, read_only=read_only)
        assert refused.value.code == "NOT_A_PROJECT"

    newer = tmp_path / "newer"
    newer.mkdir()
    connection = sqlite3.connect(newer / store.FILE_NAME)
    connection.execute(f"PRAGMA user_version = {store.VERSION + 1}")
    connection.close()
    with pytest.raises(UserError) as refused:
        Index.open(newer)
    assert refused.value.code == "NEWER_PROJECT"


def test_a_project_of_an_older_version_is_renewed(project: Path) -> None:
    with Index.open(project) as index:
        index.record([reading("cat/a", "cat")])
    connection = sqlite3.connect(project / store.FILE_NAME, isolation_level=None)
    connection.execute("DROP INDEX by_twin")
    for gained in ("group_key", "own_part", "own_group", "dealt", "twin"):
        connection.execute(f"ALTER TABLE pictures DROP COLUMN {gained}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with Index.open(project, read_only=True) as index:
        assert [(picture.path, picture.group) for picture in index.pictures()] == [("cat/a", "")]
    with Index.open(project) as index:
        index.record([reading("cat/b", "cat", group="patient 7")])
        index.place([("cat/a", "dog", "val", "patient 8")])
        found = {picture.path: (picture.label, picture.part, picture.group) for picture in index.pictures()}
        assert found == {"cat/a": ("dog", "val", "patient 8"), "cat/b": ("cat", "", "patient 7")}


@pytest.fixture
def unwritable() -> Iterator[Path]:
    """A project on a disk that cannot be written; while the test runs, root is nobody."""
    outside = Path(tempfile.mkdtemp())  # pytest's own folders are closed to others
    project = outside / "project"
    with Index.open(project) as index:
        index.record([reading("cat/a", "cat")])
    outside.chmod(0o755)
    project.chmod(0o555)
    (project / store.FILE_NAME).chmod(0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield project
    if is_root:
        os.seteuid(0)
    project.chmod(0o755)
    shutil.rmtree(outside)


def test_a_disk_that_cannot_be_written_is_read(unwritable: Path) -> None:
    with Index.open(unwritable, read_only=True) as index:
        assert [picture.path for picture in index.pictures()] == ["cat/a"]
    with pytest.raises(UserError) as refused:
        Index.open(unwritable)
    assert refused.value.code == "CANNOT_WRITE"
    with Project.open(unwritable) as project:
        assert project.read_only
        assert project.holder is None
