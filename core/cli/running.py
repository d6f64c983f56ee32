"""Runs one job for a command: events printed as people or scripts want them, Ctrl-C met at a safe point."""

import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import FrameType
from typing import Any

import typer

from core.cli.keys import Keys
from core.cli.printing import Printer, printer_for
from core.errors import Cancelled, UserError
from core.events import Failed, Reporter, Result, Started
from core.requests import Request

USER_ERROR = 3
CANCELLED = 130
STEERED = ("train", "resume")


def do(
    request: Request,
    as_json: bool,
    quiet_result: bool = False,
    check: Callable[[dict[str, Any]], None] = lambda value: None,
) -> dict[str, Any]:
    """Do the job and return its result fields, printed too unless `quiet_result`; `check` may refuse them.

    Leaves the program with status 3 on a user error and 130 on Ctrl-C.
    """
    printer = printer_for(as_json)
    interrupted = Interrupted()
    kind = type(request).__name__.lower()
    keys = Keys()
    reporter = Reporter(kind, printer.show, interrupted.asked, keys.take)
    try:
        with interrupted, keys if kind in STEERED and not as_json else nullcontext(), printer:
            reporter.attended = keys.active
            reporter.emit(Started, kind=kind)
            from core.jobs import run

            value = run(request, reporter)
            check(value)
            if not quiet_result:
                reporter.emit(Result, value=value)
    except Cancelled:
        printer.say_cancelled()
        raise typer.Exit(CANCELLED) from None
    except Exception as error:
        raise typer.Exit(_explain(error, reporter, printer)) from error if _is_bug(error) else None
    return value


def fail(error: UserError, as_json: bool) -> typer.Exit:
    """Say a user error that was found before any job began; raise what comes back."""
    printer = printer_for(as_json)
    return typer.Exit(_explain(error, Reporter("command", printer.show), printer))


def _explain(error: Exception, reporter: Reporter, printer: Printer) -> int:
    from core.jobs import failure_of

    told = failure_of(error)
    reporter.emit(Failed, code=told.code, params=told.params, message=told.message, hint=told.hint)
    if _is_bug(error):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
        return 1
    return USER_ERROR


def _is_bug(error: Exception) -> bool:
    from core.jobs import failure_of

    return failure_of(error).code == "BUG"


class Interrupted:
    """Within the block the first Ctrl-C asks politely, so that a checkpoint is left; the second ends at once."""

    def __init__(self) -> None:
        self._asked = False
        self._before: Any = None

    def asked(self) -> bool:
        return self._asked

    def __enter__(self) -> "Interrupted":
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        print("Stopping at the next safe point (Ctrl-C again stops at once).", file=sys.stderr)
