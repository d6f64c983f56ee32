"""Pictures to be read: synthetic photographs that differ as photographs do, and folders full of faults."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.project.index import Index

Photo = Callable[..., Image.Image]


def synthetic_photo(seed: int, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """Soft shapes with a little grain; any two seeds look unrelated."""
    random = np.random.default_rng(seed)
    soft = Image.fromarray(random.integers(0, 256, (9, 9, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    grain = random.integers(-6, 7, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.asarray(soft).astype(int) + grain, 0, 255).astype(np.uint8))


@pytest.fixture
def photo() -> Photo:
    return synthetic_photo


@pytest.fixture(scope="session")
def bomb() -> bytes:
    """A PNG of some 100 kB that claims 900 megapixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10**8)))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def two_classes(tmp_path: Path) -> Path:
    """24 sound photographs in two classes."""
    folder = tmp_path / "pictures"
    for number in range(24):
        path = folder / ("ant", "bee")[number % 2] / f"{number:02d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        synthetic_photo(number).save(path, quality=90)
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open(tmp_path / "project")
