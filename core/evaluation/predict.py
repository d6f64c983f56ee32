"""Answers for picture files, by a run's classifier or by an exported model; one row a file, whatever is wrong with it.

Importing this module does not import torch: an exported model is answered by onnxruntime alone.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.decode import decode
from core.errors import UserError
from core.evaluation.gallery import Gallery
from core.evaluation.onnx_file import OnnxModel, open_onnx
from core.events import Reporter
from core.project.runs import open_run
from core.training.deciding import Line, decide

BATCH = 32
SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})
NOT_SURE, UNKNOWN = "not_sure", "unknown"
Row = dict[str, Any]


class Answered(NamedTuple):
    """Of some pictures: probabilities float32 [n, C], and what the head read of them, float32 [n, D], where the model
    tells."""

    probabilities: NDArray[np.float32]
    features: NDArray[np.float32] | None = None


class Model(Protocol):
    """What answers. `prepare` is called from several threads at once, `answer` with what it gave, batch by batch."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def threshold(self) -> float | None:
        """Where no class is likelier than this, the answer is "not sure"."""

    @property
    def line(self) -> Line | None:
        """Drawn by the user for one class: see `core.training.deciding`."""

    def prepare(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """The little that is kept of one picture uint8 [H, W, 3]."""

    def answer(self, prepared: list[NDArray[Any]]) -> Answered: ...


def open_model(path: Path) -> Model:
    """The model of a run (its folder, or the `model` folder inside), or of an exported `.onnx` file.

    Raises UserError NO_SUCH_FILE, NO_PERMISSION, NOT_A_RUN, NOT_A_MODEL, UNSAFE_MODEL.
    """
    if not path.is_dir():
        return Exported(open_onnx(path, threads=1))  # its threads are those that decode
    from core.evaluation.trained import open_trained

    inside = any((path / name).exists() for name in ("model.json", "ensemble.json"))
    return open_trained(path if inside else open_run(path).model)


class Exported:
    """An exported model does its own preprocessing, so each picture goes through it alone, in its own shape."""

    def __init__(self, model: OnnxModel) -> None:
        self._model = model

    @property
    def classes(self) -> tuple[str, ...]:
        return self._model.classes

    @property
    def threshold(self) -> float | None:
        return self._model.threshold

    @property
    def line(self) -> Line | None:
        return self._model.line

    def prepare(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._model.answer(pixels)

    def answer(self, prepared: list[NDArray[np.float32]]) -> Answered:
        return Answered(np.stack(prepared))


def predict_files(
    model: Model, paths: Sequence[str], reporter: Reporter, threads: int, gallery: Gallery | None = None
) -> list[Row]:
    """Rows {path, label, probability, probabilities {class: p}, status, strangeness}, in order; folders stand for their
    files.

    `label` is the likeliest class, or what the model's line makes of the probabilities; `probability` is the label's.
    `status` is `ok`, `not_sure` where even the likeliest class stays below the model's threshold, `unknown` where the
    picture is unlike all in the `gallery`, or the code of what is wrong with the file; such a row has an empty label
    and no probability. `strangeness` is None without a gallery. Files are decoded `threads` at a time while earlier
    ones are answered.
    """
    files = [file for path in paths for file in files_at(path)]
    rows: list[Row] = []
    reporter.progress("predict", 0, len(files))
    with ThreadPoolExecutor(threads, thread_name_prefix="predict") as pool:
        try:
            for batch in _in_batches(files, model, pool):
                rows += _rows(model, batch, gallery)
                reporter.progress("predict", len(rows), len(files))
        finally:
            pool.shutdown(cancel_futures=True)
    return rows


def files_at(path: str) -> list[str]:
    """The path itself, or every visible file below it in order of name, each folder visited once, links followed."""
    if not Path(path).is_dir():
        return [path]
    files: list[str] = []
    visited: set[tuple[int, int]] = set()
    for folder, below, names in os.walk(path, followlinks=True):
        identity = Path(folder).stat()
        if (identity.st_dev, identity.st_ino) in visited:
            below.clear()
            continue
        visited.add((identity.st_dev, identity.st_ino))
        below[:] = sorted(name for name in below if not name.startswith("."))
        files += [os.path.join(folder, name) for name in sorted(names) if not _is_hidden(name)]
    return files


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM_FILES


# A file, and what was kept of its picture or the code of what is wrong with it.
_Read = tuple[str, NDArray[Any] | str]


def _in_batches(files: Sequence[str], model: Model, pool: ThreadPoolExecutor) -> Iterator[list[_Read]]:
    """Files in order, read ahead by two batches at most, so that thousands of large pictures fit into memory."""

    def read(file: str) -> _Read:
        try:
            return file, model.prepare(decode(Path(file)))
        except UserError as error:
            return file, error.code

    waiting = iter(files)
    ahead: deque[Future[_Read]] = deque(pool.submit(read, file) for file in islice(waiting, 2 * BATCH))
    while ahead:
        batch = [ahead.popleft().result() for _ in range(min(BATCH, len(ahead)))]
        ahead.extend(pool.submit(read, file) for file in islice(waiting, len(batch)))
        yield batch


def _rows(model: Model, batch: list[_Read], gallery: Gallery | None) -> list[Row]:
    prepared = [kept for _, kept in batch if not isinstance(kept, str)]
    rows = iter(_answered(model, model.answer(prepared), gallery) if prepared else ())
    return [_unread(file, kept) if isinstance(kept, str) else {"path": file, **next(rows)} for file, kept in batch]


def _answered(model: Model, given: Answered, gallery: Gallery | None) -> list[Row]:
    strange: list[float | None] = [None] * len(given.probabilities)
    if gallery is not None and given.features is not None:
        strange = list(gallery.strangeness(given.features).tolist())
    limit = np.inf if gallery is None else gallery.limit
    chosen = decide(given.probabilities, model.classes, model.line)
    each = zip(given.probabilities, chosen.tolist(), strange, strict=True)
    return [_row(model, answer, best, one, limit) for answer, best, one in each]


def _row(model: Model, answer: NDArray[np.float32], best: int, strangeness: float | None, limit: float) -> Row:
    classes = model.classes
    sure = model.threshold is None or answer.max() >= model.threshold
    known = strangeness is None or strangeness <= limit
    return {
        "label": classes[best],
        "probability": float(answer[best]),
        "probabilities": dict(zip(classes, answer.tolist(), strict=True)),
        "status": UNKNOWN if not known else "ok" if sure else NOT_SURE,
        "strangeness": strangeness,
    }


def _unread(file: str, code: str) -> Row:
    return {"path": file, "label": "", "probability": None, "probabilities": {}, "status": code, "strangeness": None}
