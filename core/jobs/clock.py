"""Where the seconds of a job went, by the monotonic clock."""

import contextlib
import time
from collections.abc import Iterator

PARTS = ("scan", "features", "train", "evaluate")


class Clock:
    """Adds up seconds by part. `startup` is what passed before (imports); it is no part of the total."""

    def __init__(self, startup: float = 0.0) -> None:
        self._startup = startup
        self._began = time.monotonic()
        self._parts = dict.fromkeys(PARTS, 0.0)
        self._inner = 0.0

    @contextlib.contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Count the block for `part`; what an inner block measures is not counted twice."""
        began, inner_before = time.monotonic(), self._inner
        try:
            yield
        finally:
            whole = time.monotonic() - began
            self._parts[part] += whole - (self._inner - inner_before)
            self._inner = inner_before + whole

    def seconds(self) -> dict[str, float]:
        """The `seconds` field of a result."""
        rounded = {part: round(seconds, 3) for part, seconds in self._parts.items()}
        return {"startup": round(self._startup, 3), **rounded, "total": round(time.monotonic() - self._began, 3)}
