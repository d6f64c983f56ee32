"""About what was learned: answers, judging them, comparing and combining runs, exports."""

from dataclasses import dataclass
from typing import ClassVar

from core.requests.request import Request, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Predict(Request):
    """Result: `rows` [{path, label, probability, probabilities, status, strangeness}], `status` being ok, not_sure
    (below `threshold`, which the result names too), unknown (stranger than `limit`: unlike all training pictures) or
    the code of a fault; `csv` where one was written. Exported files cannot tell what is unknown: `limit` is None."""

    model: str
    paths: tuple[str, ...]
    csv: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain(Request):
    """Why a run's model answers so for some pictures (absolute paths).

    Result: `rows`, one a path: {path, status, label, probability, probabilities {class: p}, heat {width, height,
    values}, box, neighbours [{path, label, distance}], strangeness, limit, unknown}. `values` are bytes, a row after
    the other, from 0 (no evidence) to 255; they lie over `box` [left, top, width, height], in shares of the picture's
    sides and perhaps reaching over its edge. Neighbours are training pictures, relative to the run's data folder,
    nearest first; where they cannot be had, there are none, and `strangeness` and `limit` are None. `explained` names
    the class whose evidence is drawn, the likeliest where it is "".
    """

    run: str
    paths: tuple[str, ...]
    explained: str = ""
    neighbours: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate(Request):
    """Judge a run anew, on its own pictures or on those of another folder. Result: the `evaluate` fields."""

    role: ClassVar[Role] = "trainer"
    run: str
    folder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examine(Request):
    """Everything that the kept answers of a run say; needs no model and no picture.

    Result: `run`, `settled` {temperature, threshold, views, line {label, threshold} or None}, `judged` {part:
    `core.evaluation.examine` fields}, empty where the run kept no answers: then `Evaluate` makes them.
    """

    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle(Request):
    """Change what holds for a run's model from now on, also when it predicts and is exported. `line`: a class and the
    probability from which on a picture is called so.

    Result: as of `Examine`. Other `views` need the answers anew: `Evaluate` after it.
    """

    run: str
    temperature: float = 1.0
    threshold: float | None = None
    views: str = "none"
    line: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryViews(Request):
    """Test-time augmentation, tried. Result: `part`, `images`, `rows` [{views, passes, accuracy, low, high, loss,
    against {gain, low, high, p, ...}, milliseconds}], the first without."""

    role: ClassVar[Role] = "trainer"
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Request):
    """The pictures of a run on a plane, and how strange those are that were held out.

    Result: `method`, `methods`, `share`, `limit`, `known_share`, `points` [{path, part, label, x, y, strangeness}]; of
    training pictures `strangeness` is None.
    """

    role: ClassVar[Role] = "trainer"
    run: str
    method: str = "pca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLabels(Request):
    """Pictures whose label is in doubt. Result: `checked`, `suspects` [{path, label, suggested, probability, own}]."""

    role: ClassVar[Role] = "trainer"
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Request):
    """Two or more runs on the pictures that all of them judged. Result: `part`, `names`, `core.evaluation.compare`
    fields. Part "" is the test pictures where all have them, else validation."""

    runs: tuple[str, ...]
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Combine(Request):
    """Make one model of several runs, or of the snapshots of one, which averages their answers: a new run in the folder
    `out`. Result: the `train` fields."""

    runs: tuple[str, ...]
    out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteReport(Request):
    """A page that can be printed: one HTML file with figures, pictures and the recipe. Result: `path`."""

    run: str
    out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(Request):
    """Write the model in one of the formats and check it. `precision`: fp32, fp16 or int8.

    Result: `path`, `format`, `precision`, `parity`, and `cost` of a smaller precision (see `core.export.formats`).
    """

    role: ClassVar[Role] = "trainer"
    run: str
    format: str
    out: str
    precision: str = "fp32"
