"""What the window or the command line asks for: one frozen dataclass per job, with the process that does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from core.recipe import Recipe

Role = Literal["worker", "trainer", "helper"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`role` is the engine process that answers: the worker stays free while the trainer trains, and while the helper
    downloads; the helper ends when it has nothing to do. What is `quick` is done at once, beside a longer job of the
    same process."""

    role: ClassVar[Role] = "worker"
    quick: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan(Request):
    """Read the data folder into the project's index. Result: the `scan` fields; where `brief`, numbers for the lists
    that grow with the folder."""

    project: str
    recipe: Recipe
    brief: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarise(Request):
    """Work out anew what follows from edits or from other choices for twins, problems and the split; no file is read.

    Result: the `scan` fields, brief.
    """

    project: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Request):
    """Whether the folder changed since it was read, by metadata. Result: `reached`, `added`, `changed`, `removed`."""

    project: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Request):
    """Say something about pictures: class, left out or not, part of the split, group. None leaves that as it is, an
    empty part or group takes the user's word back. Stored at once, under `name`, to be taken back. Result: `pictures`,
    how many are concerned.
    """

    quick: ClassVar[bool] = True
    project: str
    pictures: tuple[int, ...]
    label: str | None = None
    excluded: bool | None = None
    part: Literal["", "train", "val", "test"] | None = None
    group: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditClass(Request):
    """Make a class; or give it another name, which may be that of another class: then they become one; or a colour.

    Stored at once, under `name`, to be taken back. Result: `pictures`, how many are concerned.
    """

    quick: ClassVar[bool] = True
    project: str
    label: str
    new_label: str | None = None
    colour: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTwins(Request):
    """These pictures are not the same, however alike they look. Kept under `name`, to be taken back. Result: `{}`."""

    quick: ClassVar[bool] = True
    project: str
    pictures: tuple[int, ...]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Request):
    """Undo the edit of that name, or (`again`) redo it. Result: `known`, whether it was still remembered."""

    quick: ClassVar[bool] = True
    project: str
    name: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBackbones(Request):
    """The short list and what is here. Result: `backbones`, each the fields of an `Entry` with `local`, `origin`,
    `licence_use` (free, own_terms, no_commerce, unstated), `partial` {done, total} of a download that was broken off,
    `speed` as measured here {way, milliseconds a picture, batch, complete, ways, failed}, `default` (the one that is
    taken where none is named)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCatalogue(Request):
    """All that timm and torchvision publish. Result: `backbones` as above, and `uncounted`: how many of them have
    no number of parameters yet. `count_seconds` are spent counting."""

    role: ClassVar[Role] = "helper"
    count_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchBackbone(Request):
    """Download pretrained weights; goes on where an earlier try was broken off. Result: `name`, `sha256`, `path`."""

    role: ClassVar[Role] = "helper"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardDownload(Request):
    """Forget what came of a download that was broken off. Result: `name`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureBackbone(Request):
    """Try every way of computing features with a backbone that is here. Result: `name`, and the fields of `speed`."""

    role: ClassVar[Role] = "helper"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBackbone(Request):
    """Take weights from a file. Result: `name`, `sha256`, `path`, `matched`, `missing`, `misshapen`, `unused`.

    A pack says itself whose weights it holds: its result is `names`.
    """

    path: str
    name: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackBackbones(Request):
    """Write several backbones into one file for a machine without a network. Result: `path`, `names`."""

    names: tuple[str, ...]
    out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeBackbone(Request):
    """Result: `name`, `stages` [{name, channels, resolution, parameters}], `features`, `image_size`."""

    name: str | None


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
class Advise(Request):
    """Measure size and similarity. Result: the `advise` fields and `plan`."""

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank(Request):
    """Result: `backbones`, best first."""

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe
    backbones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Train(Request):
    """Train into a new folder `run`, scanning first where that is needed. Result: the `train` fields.

    `replay` names a run whose steering events are met again at the same steps.
    """

    role: ClassVar[Role] = "trainer"
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
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Race(Request):
    """Every strategy on the same budget of `seconds`; None: enough for the slowest to learn to its end if it is the
    best. `replay` names a race that ended, whose rungs are met again at the same epochs.

    Tells a `Rung` and a `Lap` event for what happens. Result: the `race` fields.
    """

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe
    out: str
    seconds: float | None = None
    replay: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRace(Request):
    """Go on with a race that was interrupted. Result: the `race` fields."""

    role: ClassVar[Role] = "trainer"
    out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTwins(Request):
    """Compare all pictures by their features. Result: `backbone`, `pairs`, `groups`, `groups_before`, `duplicates`."""

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossValidate(Request):
    """One training for each fold, below `out`. Result: `folds`, `images`, `mean`, `spread`, `run`."""

    role: ClassVar[Role] = "trainer"
    project: str
    recipe: Recipe
    out: str


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
