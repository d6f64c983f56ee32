"""An export that is killed, or that the disk refuses, leaves what was there: no half file that looks whole."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import UserError
from core.evaluation.ensemble import Ensemble
from core.events import silent
from core.export import nasty, onnx_model
from core.export.formats import certificate_of, export_model
from core.project import atomic

resource = pytest.importorskip("resource", reason="this system knows no limits for processes")
TWO_DAYS = 2 * 24 * 60 * 60
EARLIER = "an earlier export"


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dies_in_the_middle(onnx_file: Path) -> None:
    def write(model: Ensemble, path: Path, reduction: object) -> int:
        path.write_bytes(onnx_file.read_bytes()[: onnx_file.stat().st_size // 2])
        _die()
        return 0

    onnx_model.write = write  # type: ignore[assignment]


def _dies_when_checked(onnx_file: Path) -> None:
    onnx_model.open_onnx = _die  # type: ignore[assignment]


def _dies_between(puts: int) -> Callable[[Path], None]:
    def arrange(onnx_file: Path) -> None:
        put, done = atomic.put, []

        def dying(written: Path, path: Path) -> None:
            if len(done) == puts:
                _die()
            done.append(path)
            put(written, path)

        atomic.put = dying

    return arrange


MOMENTS = {
    "half written": _dies_in_the_middle,
    "being checked": _dies_when_checked,
    "before the certificate is in place": _dies_between(0),
    "before the model is in place": _dies_between(1),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_process_killed_in_the_middle_leaves_no_half_file(
    onnx_file: Path, model: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(onnx_model, "write", lambda model, path, reduction: _copied(onnx_file, path))
    monkeypatch.setattr(nasty, "draw", lambda folder: [])
    out = tmp_path / "m.onnx"
    out.write_text(EARLIER)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            MOMENTS[moment](onnx_file)
            export_model(model, "onnx", out, [], silent())
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
    export_model(model, "onnx", out, [], silent())
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
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    model: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_model, "write", lambda *given: pytest.fail("it was begun"))
    with pytest.raises(UserError) as caught:
        export_model(model, "onnx", Path("/proc/self/m.onnx"), [], silent())
    assert caught.value.code == "CANNOT_WRITE"
    assert caught.value.params["reason"]


def _copied(file: Path, path: Path) -> int:
    shutil.copyfile(file, path)
    return path.stat().st_size


def _hashes(file: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()}
