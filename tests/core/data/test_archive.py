"""Archives: whole or not at all, once each, and nothing that leads out."""

import io
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.data import archive as module
from core.data.archive import unpack
from core.errors import Cancelled, UserError
from core.events import Event, Progress, Reporter, silent
from core.project import places
from core.project.sources import unpacked_folder

FILES: Mapping[str, bytes] = {"ants/1.jpg": b"one", "ants/\u00fc.jpg": b"two", "bees/deep/3.jpg": b"x" * 3_000_000}


def zipped(path: Path, files: Mapping[str, bytes] = FILES) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def tarred(path: Path, files: Mapping[str, bytes] = FILES) -> Path:
    with tarfile.open(path, "w:" + path.suffix[1:].replace("tar", "").replace("tgz", "gz")) as packed:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return path


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def leftovers() -> list[str]:
    root = places.data_folder() / "unpacked"
    return [str(path) for path in root.rglob("*") if path.is_file() or ".part-" in path.name] if root.is_dir() else []


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_an_archive_is_unpacked_once(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = (zipped if name.endswith("zip") else tarred)(tmp_path / name)
    events: list[Event] = []
    folder = unpack(packed, Reporter("job", events.append))
    assert folder == unpacked_folder(packed)
    assert folder.name == "a"
    assert content_of(folder) == FILES
    assert any(isinstance(event, Progress) and event.done == event.total > 0 for event in events)
    assert not any(path.stat().st_mode & 0o111 for path in folder.rglob("*") if path.is_file())
    monkeypatch.setattr(module, "_fill", lambda *rest: pytest.fail("unpacked again"))
    assert unpack(packed, silent()) == folder


def test_an_archive_that_changed_takes_the_place_of_the_old(tmp_path: Path) -> None:
    old = unpack(zipped(tmp_path / "a.zip"), silent())
    new = unpack(zipped(tmp_path / "a.zip", {"only.jpg": b"1"}), silent())
    assert content_of(new) == {"only.jpg": b"1"}
    assert not old.exists()


def _link(name: str, to: str) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as packed:
                packed.writestr("a/good.jpg", b"x")
                info = zipfile.ZipInfo(name)
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
                packed.writestr(info, to)
            return path
        with tarfile.open(path, "w") as packed:
            for kind in (tarfile.REGTYPE, tarfile.SYMTYPE):
                member = tarfile.TarInfo("a/good.jpg" if kind == tarfile.REGTYPE else name)
                member.type, member.linkname = kind, "" if kind == tarfile.REGTYPE else to
                packed.addfile(member, io.BytesIO())
        return path

    return write


def _device(path: Path) -> Path:
    with tarfile.open(path, "w") as packed:
        member = tarfile.TarInfo("pipe")
        member.type = tarfile.FIFOTYPE
        packed.addfile(member)
    return path


def _overlapping(path: Path) -> Path:
    """A thousand names for the same compressed bytes."""
    zipped(path, {"a.bin": os.urandom(200_000)})
    raw = path.read_bytes()
    start = raw.index(b"PK\1\2")
    entry, end = raw[start : raw.index(b"PK\5\6")], raw[raw.index(b"PK\5\6") :]
    many = b"".join(entry.replace(b"a.bin", b"%05d" % number) for number in range(1000))
    path.write_bytes(raw[:start] + many + end[:8] + struct.pack("<HHI", 1000, 1000, len(many)) + end[16:])
    return path


UNSAFE: Mapping[str, tuple[str, Callable[[Path], Path]]] = {
    "zip up": ("a.zip", lambda path: zipped(path, {"good.jpg": b"x", "../evil.jpg": b"x"})),
    "zip deep up": ("a.zip", lambda path: zipped(path, {"a/b/../../../evil.jpg": b"x"})),
    "zip absolute": ("a.zip", lambda path: zipped(path, {"/evil.jpg": b"x"})),
    "zip drive": ("a.zip", lambda path: zipped(path, {"C:\\evil.jpg": b"x"})),
    "zip backslash": ("a.zip", lambda path: zipped(path, {"..\\evil.jpg": b"x"})),
    "zip link": ("a.zip", _link("a/out", "../../etc")),
    "zip overlapping": ("a.zip", _overlapping),
    "zip contradiction": ("a.zip", lambda path: zipped(path, {"a": b"x", "a/b": b"x"})),
    "tar up": ("a.tar", lambda path: tarred(path, {"good.jpg": b"x", "../evil.jpg": b"x"})),
    "tar absolute": ("a.tar", lambda path: tarred(path, {"/evil.jpg": b"x"})),
    "tar link": ("a.tar", _link("a/out", "/etc/passwd")),
    "tar link up": ("a.tar", _link("out", "a/../../b")),
    "tar device": ("a.tar", _device),
    "zip bomb": ("a.zip", lambda path: zipped(path, {"zeros": bytes(30_000_000)})),
    "tar bomb": ("a.tar.gz", lambda path: tarred(path, {"good": b"x", "zeros": bytes(30_000_000)})),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_what_leads_out_or_swells_is_refused_whole(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BOMB_BYTES", 10_000_000)
    name, write = UNSAFE[case]
    packed = write(tmp_path / name)
    with pytest.raises(UserError) as refused:
        unpack(packed, silent())
    assert refused.value.code == "UNSAFE_ARCHIVE"
    assert leftovers() == []
    assert sorted(path.name for path in tmp_path.rglob("*evil*")) == []


def test_links_within_are_passed_over(tmp_path: Path) -> None:
    for name in ("a.zip", "a.tar"):
        folder = unpack(_link("a/again.jpg", "good.jpg")(tmp_path / name), silent())
        assert list(content_of(folder)) == ["a/good.jpg"]


def _cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _flipped(path: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[80] ^= 0xFF
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "spoil"),
    [("a.zip", _cut), ("a.zip", _flipped), ("a.tar.gz", _cut), ("a.tar.xz", _cut), ("a.tar.bz2", _flipped)],
)
def test_a_damaged_archive_leaves_nothing(name: str, spoil: Callable[[Path], Path], tmp_path: Path) -> None:
    noise = {"1.jpg": os.urandom(50_000), "2.jpg": os.urandom(50_000)}
    packed = spoil((zipped if name.endswith("zip") else tarred)(tmp_path / name, noise))
    with pytest.raises(UserError) as refused:
        unpack(packed, silent())
    assert refused.value.code == "DAMAGED_ARCHIVE"
    assert leftovers() == []


def test_cancelled_it_leaves_nothing_and_a_dead_one_is_cleared_away(tmp_path: Path) -> None:
    packed = zipped(tmp_path / "a.zip")
    asked: list[int] = []
    stop = Reporter("job", lambda event: None, lambda: asked.append(1) or len(asked) > 3)  # type: ignore[func-returns-value]
    with pytest.raises(Cancelled):
        unpack(packed, stop)
    assert leftovers() == []
    dead = unpacked_folder(packed).parent.with_name("0000.part-999999999")
    dead.mkdir(parents=True)
    (dead / "half.jpg").write_bytes(b"x")
    assert content_of(unpack(packed, silent())) == FILES
    assert not dead.exists()


def test_utf8_names_without_the_flag_are_read_right(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"\u00fc.jpg": b"x"})
    raw = bytearray(path.read_bytes())
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = raw.index(signature) + at
        raw[place : place + 2] = b"\0\0"
    path.write_bytes(raw)
    assert list(content_of(unpack(path, silent()))) == ["\u00fc.jpg"]
