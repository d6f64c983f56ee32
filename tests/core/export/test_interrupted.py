"""An export that is killed, or that the disk refuses, leaves what was there: no half file that looks whole."""

import contextlib
import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UserError
from core.evaluation.ensemble import Ensemble
from core.events import silent
from core.export import formats, nasty
from core.export.formats import certificate_of, export_model
from core.export.parity import Parity
from core.project import atomic

resource = pytest.importorskip("resource", reason="this system knows no limits for processes")
TWO_DAYS = 2 * 24 * 60 * 60
EARLIER, NEW = "an earlier export", "a new export" * 1000


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _write(model: Ensemble, path: Path, reduction: object) -> int:
    return path.write_text(NEW)


def _dies_in_the_middle() -> None:
    def write(model: Ensemble, path: Path, reduction: object) -> None:
        path.write_text(NEW[: len(NEW) // 2])
        _die()

    formats.FORMATS = (replace(formats.find("onnx"), write=write),)  # type: ignore[arg-type]


def _dies_when_checked() -> None:
    formats.compare = _die  # type: ignore[assignment]


def _dies_before(put_number: int) -> Callable[[], None]:
    def arrange() -> None:
        put, done = atomic.put, []

        def dying(written: Path, path: Path) -> None:
            done.append(path)
            if len(done) == put_number:
                _die()
            put(written, path)

        atomic.put = dying

    return arrange


MOMENTS = {
    "half written": _dies_in_the_middle,
    "being checked": _dies_when_checked,
    "before the certificate is in place": _dies_before(1),
    "before the model is in place": _dies_before(2),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_process_killed_in_the_middle_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The way out with everything that computes left out, so that a forked process can go it."""
    light = replace(formats.find("onnx"), write=_write, answers=lambda path: None)  # type: ignore[arg-type]
    monkeypatch.setattr(formats, "FORMATS", (light,))
    monkeypatch.setattr(formats, "TrainedTogether", lambda model: None)
    monkeypatch.setattr(formats, "compare", lambda *given: Parity(()))
    monkeypatch.setattr(nasty, "draw", lambda folder: [])
    out = tmp_path / "m.onnx"
    out.write_text(EARLIER)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            MOMENTS[moment]()
            export_model(None, "onnx", out, [], silent())  # type: ignore[arg-type]
        os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL

    assert out.read_text() == EARLIER
    (left,) = (path for path in tmp_path.iterdir() if path.name.startswith("."))
    certificate = certificate_of(out)
    assert set(tmp_path.iterdir()) - {certificate} == {out, left}
    if certificate.exists():
        assert json.loads(certificate.read_text())["sha256"] != _hashes(out)  # it says itself that it is of another

    os.utime(left, times=(left.stat().st_mtime - TWO_DAYS,) * 2)
    export_model(None, "onnx", out, [], silent())  # type: ignore[arg-type]
    assert out.read_text() == NEW
    assert set(tmp_path.iterdir()) == {out, certificate}
    assert json.loads(certificate.read_text())["sha256"] == _hashes(out)


@contextlib.contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    """The system itself refuses to write on, in whatever library."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["onnx", "pt2", "safetensors", "python", "web"])
def test_a_disk_that_refuses_to_go_on_leaves_what_was_there(model: Ensemble, tmp_path: Path, name: str) -> None:
    """With the exporters' own writing, which the error must come through."""
    out = tmp_path / "m"
    with pytest.raises(UserError) as caught, _no_file_larger_than(300_000):
        export_model(model, name, out, [], silent())
    assert caught.value.code == "CANNOT_WRITE"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no place that nobody may write to")
def test_a_place_that_cannot_be_written_is_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = replace(formats.find("onnx"), write=lambda *given: pytest.fail("it was begun"))  # type: ignore[arg-type]
    monkeypatch.setattr(formats, "FORMATS", (begun,))
    with pytest.raises(UserError) as caught:
        export_model(None, "onnx", Path("/proc/self/m.onnx"), [], silent())  # type: ignore[arg-type]
    assert caught.value.code == "CANNOT_WRITE"
    assert caught.value.params["reason"]


def _hashes(file: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()}
