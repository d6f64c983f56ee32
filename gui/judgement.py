"""What is known of how good the chosen run is: its report at once, everything else as soon as it is worked out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.project.index import Picture
    from gui.session import Session

PARTS = ("val", "test")


@dataclass(frozen=True, slots=True)
class Judgement:
    """One part of one run's answers, as the tabs of the Evaluate page draw it.

    `judged` holds the `Examine` fields of the part, or only those of the report while they are on their way. `folder`
    is where its pictures lie, None for the project's own; `run` is None where nothing was trained.
    """

    run: Path | None = None
    part: str = ""
    judged: Mapping[str, Any] = field(default_factory=dict)
    settled: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def names(self) -> list[str]:
        return [str(row.get("name", "")) for row in self.judged.get("per_class") or ()]

    @property
    def images(self) -> int:
        return int(self.judged.get("images") or 0)

    def figure(self, name: str) -> Mapping[str, float] | None:
        """{value, low, high} of the whole part; None while it is not known, or undefined."""
        found = ((self.judged.get("figures") or {}).get("overall") or {}).get(name)
        return found or None

    def rows(self, name: str) -> Sequence[Mapping[str, Any]]:
        return list(self.judged.get(name) or ())


def with_picture(session: "Session", path: str, act: "Callable[[Picture], object]") -> None:
    """Do something with the project's picture at a path, at once where it is known, else when it was read."""

    def found() -> None:
        picture = session.picture_at(path)
        if picture is not None:
            act(picture)

    if session.picture_at(path) is not None:
        found()
    else:
        session.shelf.look_up([path], found)
