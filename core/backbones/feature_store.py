"""Keeps rows of features on disk by content hash, safe against crashes and against two writers at once.

A store is a folder of segments. A segment is one .npy file that appears whole (written aside, then renamed) and is
never changed, so readers need no lock, and two writers at worst keep the same row twice.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.project import atomic

LAYOUT = 1
DIGEST_BYTES = 16


class FeatureStore:
    """Rows float32 [width] of everything that `key` (any JSON) determines but the picture."""

    def __init__(self, cache: Path, key: Any, width: int) -> None:
        text = json.dumps([LAYOUT, key, width], sort_keys=True)
        self._folder = cache / "features" / hashlib.sha256(text.encode()).hexdigest()[:32]
        self._record = np.dtype([("digest", f"V{DIGEST_BYTES}"), ("row", "<f4", (width,))])

    def read(self, hashes: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Rows [N, width] and the positions that are missing, whose rows are undefined."""
        wanted: dict[bytes, list[int]] = {}
        for position, content_hash in enumerate(hashes):
            wanted.setdefault(_digest(content_hash), []).append(position)
        rows = np.empty((len(hashes), *self._record["row"].shape), np.float32)
        found = np.zeros(len(hashes), bool)
        for segment in self._segments():
            digests = segment["digest"].tobytes()
            for at in range(len(segment)):
                positions = wanted.pop(digests[at * DIGEST_BYTES : (at + 1) * DIGEST_BYTES], None)
                if positions is not None:
                    rows[positions] = segment["row"][at]
                    found[positions] = True
        return rows, np.flatnonzero(~found)

    def append(self, hashes: Sequence[str], rows: npt.NDArray[np.float32]) -> None:
        """Keep rows [N, width] for ever. Raises UserError DISK_FULL or CANNOT_WRITE."""
        segment = np.empty(len(hashes), self._record)
        segment["digest"] = np.frombuffer(b"".join(map(_digest, hashes)), f"V{DIGEST_BYTES}")
        segment["row"] = rows
        with atomic.whole(self._folder / f"{uuid.uuid4().hex}.npy") as temporary, temporary.open("wb") as stream:
            np.save(stream, segment)

    def _segments(self) -> list[npt.NDArray[Any]]:
        segments = []
        for path in sorted(self._folder.glob("*.npy")) if self._folder.is_dir() else ():
            try:
                segment = np.load(path, mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, EOFError):  # damaged from outside: computed again
                continue
            if segment.dtype == self._record:
                segments.append(segment)
        return segments


def _digest(content_hash: str) -> bytes:
    return hashlib.blake2b(content_hash.encode(), digest_size=DIGEST_BYTES).digest()
