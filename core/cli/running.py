"""Runs one job for a command: events printed as people or scripts want them, Ctrl-C met at a safe point."""

import re
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import FrameType
from typing import Any

import typer

from core.cli.keys import Keys
from core.cli.printing import Helper, Printer, printer_for
from core.errors import Cancelled, Ended, UserError
from core.events import Failed, Reporter, Result, Started
from core.processes import place
from core.requests import Request

USER_ERROR = 3
CANCELLED = 130
STEERED = ("train", "resume")
"""Kinds that are steered by keys, and that several processes may do together."""
ABOUT_A_RUN = ("predict", "checklabels", "tryviews", "writereport", "export")
"""Kinds that look at the pictures of a run on the way to something else: what is wrong there was told before."""


def do(
    request: Request,
    as_json: bool,
    quiet_result: bool = False,
    check: Callable[[dict[str, Any]], None] = lambda value: None,
) -> dict[str, Any]:
    """Do the job and return its result fields, printed too unless `quiet_result`; `check` may refuse them.

    Leaves the program with status 3 on a user error and 130 on Ctrl-C.
    """
    kind = type(request).__name__.lower()
    here = place()
    if here.several and kind not in STEERED:
        named = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(request).__name__).lower()
        raise fail(UserError("NOT_TOGETHER", command=named), as_json)
    printer = printer_for(as_json, kind not in ABOUT_A_RUN) if here.main else Helper(here)
    interrupted, keys = Interrupted(), Keys()
    reporter = Reporter(kind, printer.show, interrupted.asked if here.main else lambda: False, keys.take)
    try:
        with keys if kind in STEERED and here.main and not as_json else nullcontext(), interrupted, printer:
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
    except Ended:
        raise typer.Exit(USER_ERROR) from None
    except Exception as error:
        raise typer.Exit(_explain(error, reporter, printer)) from error if _is_bug(error) else None
    if not here.main:
        raise typer.Exit
    return value


def fail(error: UserError, as_json: bool) -> typer.Exit:
    """Say a user error that was found before any job began; raise what comes back."""
    if not place().main:  # the main process met the same
        return typer.Exit(USER_ERROR)
    printer = printer_for(as_json)
    return typer.Exit(_explain(error, Reporter("command", printer.show), printer))


def _explain(error: Exception, reporter: Reporter, printer: Printer) -> int:
    from core.jobs import failure_of

    told = failure_of(error)
    if _is_bug(error):
        told.params["log"] = "what follows here"
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
    """Within the block the first Ctrl-C asks politely, so that a checkpoint is left; the second ends at once.

    Of several processes the launcher passes it on to each, once more and with SIGTERM too, and ends them itself where
    they take too long: so each only asks, and the main one decides for all.
    """

    def __init__(self) -> None:
        self._asked = False
        self._several = place().several
        self._before: dict[signal.Signals, Any] = {}

    def asked(self) -> bool:
        return self._asked

    def __enter__(self) -> "Interrupted":
        for name in (signal.SIGINT, signal.SIGTERM) if self._several else (signal.SIGINT,):
            self._before[name] = signal.signal(name, self._interrupt)
        return self

    def __exit__(self, *error: object) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._asked and not self._several:
            sys.exit(CANCELLED)
        if not self._asked and place().main:
            again = "" if self._several else " (Ctrl-C again stops at once)"
            print(f"Stopping at the next safe point{again}.", file=sys.stderr)
        self._asked = True
