"""About learning: advice, previews, trainings and races."""

from dataclasses import dataclass
from typing import ClassVar

from core.recipe import Recipe
from core.requests.request import Request, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview(Request):
    """Augmented views of some pictures. Result: `side`, `rows` [{picture, original, views}].

    Each picture is `side` × `side` pixels, three bytes each (RGB), row by row: to pack and unpack them would take
    longer than to send them. The same `edition` says that the index is as it was when last asked.
    """

    project: str
    recipe: Recipe
    pictures: int = 4
    views: int = 8
    side: int = 128
    edition: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advise(Request):
    """Measure size and similarity. Result: the `advise` fields and `plan`."""

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Train(Request):
    """Train into a new folder `run`, scanning first where that is needed. Result: the `train` fields.

    `replay` names a run whose steering events are met again at the same steps.
    """

    role: ClassVar[Role] = "trainer"
    keeps: ClassVar[bool] = True
    project: str
    recipe: Recipe
    run: str
    replay: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRate(Request):
    """Try ever larger learning rates for a few steps each, on a copy of the network that is then thrown away.

    Tells a `Batch` event for each step. Result: `points` [{rate, loss}], the loss smoothed; `suggested`, a rate for
    `optimizer.learning_rate`, None where no rate brought the loss down; `strategy`, `optimizer`.
    """

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Request):
    """Go on with a run from its last whole checkpoint. Result: the `train` fields."""

    role: ClassVar[Role] = "trainer"
    keeps: ClassVar[bool] = True
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Race(Request):
    """Every strategy on the same budget of `seconds`; None: enough for the slowest to learn to its end if it is the
    best. `replay` names a race that ended, whose rungs are met again at the same epochs.

    Tells a `Rung` and a `Lap` event for what happens. Result: the `race` fields.
    """

    role: ClassVar[Role] = "trainer"
    keeps: ClassVar[bool] = True
    project: str
    recipe: Recipe
    out: str
    seconds: float | None = None
    replay: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRace(Request):
    """Go on with a race that was interrupted. Result: the `race` fields."""

    role: ClassVar[Role] = "trainer"
    keeps: ClassVar[bool] = True
    out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossValidate(Request):
    """One training for each fold, below `out`. Where that is there and not complete, or, with `go_on`, something beside
    it, the rest of it is done. Result: `folds`, `images`, `mean`, `spread`, `run`."""

    role: ClassVar[Role] = "trainer"
    keeps: ClassVar[bool] = True
    project: str
    recipe: Recipe
    out: str
    go_on: bool = False
