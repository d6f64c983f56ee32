"""Events as a person reads them in a terminal, and as a script reads them: one JSON object a line."""

import json
import sys
from collections.abc import Mapping
from typing import Any, Protocol

from core.errors import Problem, hint_of, message_of
from core.events import Advice, Epoch, Event, Failed, Found, Lap, Progress, Rung, Steered, as_json
from core.processes import Place

# Stages of work in plain words.
STAGES = {
    "scan": "Reading the pictures",
    "features": "Looking at the pictures with the backbone",
    "squares": "Preparing the pictures",
    "pictures": "Preparing the pictures",
    "advise": "Measuring how similar the pictures are",
    "similarity": "Measuring how similar the pictures are",
    "frozen": "Passing the frozen stages once",
    "train": "Training",
    "find_rate": "Trying learning rates",
    "folds": "Training every fold",
    "judge": "Judging",
    "evaluate": "Judging",
    "labels": "Checking the labels",
    "explain": "Looking for the evidence",
    "report": "Writing the report",
    "predict": "Predicting",
    "export": "Exporting",
    "calibrate": "Measuring how large its numbers become",
    "parity": "Checking the exported model",
    "rank": "Ranking backbones",
    "look_up": "Looking up where the weights are kept",
    "connect": "Asking the server",
    "download": "Downloading",
    "ways": "Trying ways to compute features",
    "catalogue": "Reading the lists of timm and torchvision",
    "parameters": "Counting parameters",
    "archive": "Unpacking",
    "pack": "Packing",
    "unpack": "Unpacking",
    "race": "Racing the strategies",
    "pace": "Finding out how long an epoch takes",
}


class Printer(Protocol):
    """A context manager that shows events."""

    def show(self, event: Event) -> None: ...

    def say_cancelled(self) -> None: ...

    def __enter__(self) -> "Printer": ...

    def __exit__(self, *error: object) -> None: ...


def printer_for(as_json: bool, with_problems: bool = True) -> Printer:
    return JsonPrinter() if as_json else PeoplePrinter(with_problems)


def plain(value: Any) -> Any:
    """For JSON: names that are no text (odd bytes in a path) become escapes instead of an exception."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def json_line(content: Mapping[str, Any]) -> None:
    """One object in one line of standard output: UTF-8 whatever the terminal's own letters are, and the bytes of names
    that are no text."""
    sys.stdout.flush()
    sys.stdout.buffer.write(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.flush()


class Helper:
    """For a process that only helps the main one: silent, but for what went wrong here and nowhere else."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def show(self, event: Event) -> None:
        if isinstance(event, Failed) and event.code != "PROCESS_LOST":
            who = f"Process {self._place.index + 1} of {self._place.count}"
            print(f"{who}: {event.message} {event.hint}", file=sys.stderr, flush=True)

    def say_cancelled(self) -> None:
        return None

    def __enter__(self) -> "Helper":
        return self

    def __exit__(self, *error: object) -> None:
        return None


class JsonPrinter:
    """Standard output holds one JSON object a line."""

    def show(self, event: Event) -> None:
        json_line(as_json(event))

    def say_cancelled(self) -> None:
        json_line({"event": "cancelled"})

    def __enter__(self) -> "JsonPrinter":
        return self

    def __exit__(self, *error: object) -> None:
        return None


def line_of(event: Event) -> str:
    """What a person reads of an event; nothing where it is a program's affair."""
    match event:
        case Epoch() if event.val and (event.epochs <= 60 or event.epoch % 10 == 0):
            best = "  best so far" if event.best else ""
            train = f"loss {event.train['loss']:.3f}  " if event.train else ""
            return f"  epoch {event.epoch:>3}  {train}accuracy {event.val['accuracy']:.1%}{best}"
        case Rung():
            names = ", ".join(event.strategies) or "all have learned to their end"
            return f"  rung {event.number} of {event.of}, {max(0.0, event.budget - event.spent):.0f} s left: {names}"
        case Lap():
            at = f"epoch {event.epoch:>3} of {event.epochs}  {event.seconds:6.1f} s"
            return f"    {event.strategy:<14}{at}  accuracy {event.accuracy:.1%}"
        case Steered():
            return f"  step {event.step}: {event.action}"
        case Advice():
            return f"  {message_of(event.code, event.params)} {hint_of(event.code, event.params)}"
        case Failed():
            return f"{event.message}\n{event.hint}"
    return ""


MOST_PROBLEMS = 10  # that are told one by one


class PeoplePrinter:
    """Progress bars while it works, then what is worth knowing; results are told by the commands themselves.

    Without `with_problems` those of the folder are passed over: the command asks about something else.
    """

    def __init__(self, with_problems: bool = True) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        self._console = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}
        self._with_problems = with_problems
        self._advised: set[str] = set()  # the same is not said again with other figures
        self._problems = 0
        self._said: set[str] = set()  # of the whole folder: it is no news when the job fails for it

    def show(self, event: Event) -> None:
        if not isinstance(event, (Found, Progress)):
            self._count_the_rest()
        match event:
            case Progress(stage="folds", done=done, total=total):
                self._say(f"  fold {done + 1} of {total}")
            case Progress():
                self._advance(event)
            case Found():
                if self._with_problems:
                    self._tell(event.problem)
            case Advice():
                if event.code not in self._advised:
                    self._advised.add(event.code)
                    self._say(line_of(event))
            case Failed() if event.message in self._said:
                pass
            case _:
                if text := line_of(event):
                    self._say(text)

    def say_cancelled(self) -> None:
        self._say("Stopped. What was done is kept; `graft resume RUN` goes on with a training or a race.")

    def __enter__(self) -> "PeoplePrinter":
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def _count_the_rest(self) -> None:
        """Of many problems the number, before anything else is said."""
        if self._problems > MOST_PROBLEMS:
            self._say(f"  … and {self._problems - MOST_PROBLEMS} more pictures with a problem; --json lists all")
        self._problems = 0

    def _tell(self, problem: Problem) -> None:
        if not problem.path:
            self._said.add(problem.message)
            self._say(f"  {problem.message} {problem.hint}")
            return
        self._problems += 1
        if self._problems <= MOST_PROBLEMS:
            self._say(f"  {plain(problem.path)}: {problem.message}")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False)

    def _advance(self, event: Progress) -> None:
        if event.stage not in self._tasks:
            label = STAGES.get(event.stage, event.stage)
            self._tasks[event.stage] = self._bars.add_task(label, total=event.total)
        self._bars.update(self._tasks[event.stage], completed=event.done, total=event.total)
