"""What the scan does with one file: decode it once, and take all from it that will ever be asked."""

import contextlib
import io
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.decode import inspect
from core.data.found import FoundFile
from core.data.resizing import square
from core.data.twins import perceptual_hash
from core.errors import Problem, UserError
from core.project.index import Reading, thumbnail_path
from core.recipe import Fit

_THUMBNAIL = 160
_SAMPLES = (128, 128)
_ONE_COLOUR = 2
"""JPEG may move the one colour of a picture by this much."""

_AHEAD = 16
"""Items for each thread, done or begun: enough to do while what was done is recorded, which waits for the disk."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Read:
    """What is kept of a file, and the picture resized (uint8 [size, size, 3]); None where the file is no good."""

    reading: Reading
    square: NDArray[np.uint8] | None


def read(folder: Path, file: FoundFile, size: int, fit: Fit, megapixels: int | None = None) -> Read:
    """Read one file. What is wrong with it is in the answer."""
    known = {name: getattr(file, name) for name in ("path", "label", "part", "group", "size", "mtime_ns")}
    if file.problem:
        return Read(Reading(**known, problem=file.problem, params=file.params), None)
    try:
        decoded = inspect(folder / file.path, megapixels)
    except UserError as error:
        params = {name: value for name, value in error.params.items() if name != "path"}
        return Read(Reading(**known, problem=error.code, params=params), None)
    image = decoded.image
    small = _thumbnail(image)
    _keep_thumbnail(small, decoded.content_hash)
    reading = Reading(
        **known,
        content_hash=decoded.content_hash,
        perceptual_hash=perceptual_hash(small),
        flatness=_flatness(image),
        width=image.width,
        height=image.height,
        notes=(Problem("MULTIPLE_FRAMES", file.path, {"frames": decoded.frames}),) if decoded.frames > 1 else (),
    )
    return Read(reading, square(image, size, fit))


def read_square(path: Path, content_hash: str, size: int, fit: Fit) -> NDArray[np.uint8] | None:
    """The resized picture (uint8 [size, size, 3]) of a file read before; None where it is another now."""
    try:
        decoded = inspect(path)
    except UserError:
        return None
    return square(decoded.image, size, fit) if decoded.content_hash == content_hash else None


def in_threads(work: Callable[[Item], Answer], items: Iterable[Item], threads: int) -> Generator[Answer]:
    """The answers in order; only some items are under way at a time. Closing the iterator drops those not begun."""
    pool = ThreadPoolExecutor(threads, "pictures")
    try:
        waiting: deque[Future[Answer]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > _AHEAD * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _thumbnail(image: Image.Image) -> Image.Image:
    small = image.reduce(max(1, max(image.size) // _THUMBNAIL))
    small.thumbnail((_THUMBNAIL, _THUMBNAIL))
    return small


def _keep_thumbnail(small: Image.Image, content_hash: str) -> None:
    """Whole or absent; without it pages show an empty frame, so a full disk is no reason to stop."""
    path = thumbnail_path(content_hash)
    temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    encoded = io.BytesIO()
    small.save(encoded, "JPEG", quality=85)
    with contextlib.suppress(OSError):
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(encoded.getbuffer())
        temporary.replace(path)


def _flatness(image: Image.Image) -> float:
    """The share of the commonest grey value among 128 x 128 pixels; 1 where the whole picture is of one colour."""
    counts = image.resize(_SAMPLES, Image.Resampling.NEAREST).convert("L").histogram()
    share = max(counts) / sum(counts)
    bands = image.getextrema() if share > 0.9 else ()
    if bands and all(high - low <= _ONE_COLOUR for low, high in bands):  # type: ignore[misc]
        return 1.0
    return min(share, 0.999)
