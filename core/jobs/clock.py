"""Where the seconds of a job went, by the monotonic clock."""

import contextlib
import importlib
import time
from collections.abc import Iterator

import core

PARTS = ("scan", "features", "train", "evaluate")


class Clock:
    """Adds up seconds by part. `startup`, no part of the total, is what the process took until its first clock began:
    its own start, and its imports. `also` names modules that the job will want, imported before the clock begins.
    """

    _started_up = False

    def __init__(self, also: tuple[str, ...] = ()) -> None:
        for name in also:
            importlib.import_module(name)
        self._startup = 0.0 if Clock._started_up else time.monotonic() - core.STARTED
        Clock._started_up = True
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
