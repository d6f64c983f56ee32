"""The single steps of a run, for its curve: `steps.bin`, one record of 20 bytes a step.

Events are lines of text that people may read; a hundred thousand steps among them would be 20 MB, and are 2 MB here.
What is lost with a crash are steps since the last checkpoint or epoch, and those are done again.
"""

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from core.events import Batch, Event, Progress
from core.project import atomic

NAME = "steps.bin"
RECORD = struct.Struct("<Idd")
"""The step's number, its loss, the largest learning rate; little-endian."""
AT_ONCE = 256  # steps that are written together, where nothing else happens


class StepLog:
    """Hears a training (`reporter.heard_by(log.hear)`) and keeps its steps; a context, so that the last are written."""

    def __init__(self, run: Path) -> None:
        self._path = run / NAME
        self._waiting = bytearray()

    def __enter__(self) -> "StepLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()

    def hear(self, event: Event) -> None:
        """Steps wait for one another; whatever else happens finds them written."""
        if isinstance(event, Batch):
            rate = max(event.learning_rates.values(), default=float("nan"))
            self._waiting += RECORD.pack(event.step, event.loss, rate)
        if len(self._waiting) >= AT_ONCE * RECORD.size or not isinstance(event, (Batch, Progress)):
            self._write()

    def _write(self) -> None:
        """As with events, a full disk loses the lines of a drawing, not the training."""
        if self._waiting and self._path.parent.is_dir():
            with contextlib.suppress(OSError), self._path.open("ab") as file:
                file.truncate(file.tell() // RECORD.size * RECORD.size)  # a disk that was full left a part of a record
                file.write(self._waiting)
        self._waiting.clear()


def read_steps(run: Path) -> Iterator[tuple[int, float, float]]:
    """Step, loss and rate in the order in which they were done; a step that comes again was done again.

    Nothing where no steps were kept; a last record cut by a crash is left out. Raises OSError.
    """
    try:
        kept = (run / NAME).read_bytes()
    except FileNotFoundError:
        return iter(())
    return RECORD.iter_unpack(kept[: len(kept) // RECORD.size * RECORD.size])


def forget_steps(run: Path, after: int) -> None:
    """Forget the steps done after a checkpoint at the step `after`: they will be done again."""
    kept = [record for record in read_steps(run) if record[0] <= after]
    if (run / NAME).exists():
        atomic.write_bytes(run / NAME, b"".join(RECORD.pack(*record) for record in kept))
