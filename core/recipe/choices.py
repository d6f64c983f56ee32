"""The choices themselves: one frozen model a part, each field with its title, what it does, its range and its unit."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field, ValidationError

from core.errors import UserError

StrategyKind = Literal["linear_probe", "stage_probe", "fine_tune_top", "fine_tune_all", "from_scratch"]
STRATEGIES: tuple[StrategyKind, ...] = get_args(StrategyKind)
OptimizerKind = Literal["lbfgs", "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
ScheduleKind = Literal["constant", "step", "exponential", "inverse", "cosine", "one_cycle", "warm_restarts"]
Pooling = Literal["average", "max", "fractional_max"]
Fit = Literal["crop", "letterbox", "stretch"]
LayoutKind = Literal["classes", "parts", "table", "one_class", "flat"]
LAYOUTS: tuple[LayoutKind, ...] = get_args(LayoutKind)
Automatic = Literal["off", "trivial", "rand"]


def _field(default: Any, title: str, what: str, unit: str = "", **bounds: Any) -> Any:
    return Field(default, title=title, description=what, json_schema_extra={"unit": unit}, **bounds)


class _Part(BaseModel, frozen=True, extra="forbid"):
    pass


class Data(_Part, frozen=True):
    folder: str = _field("", "Folder", "Where the pictures are: a folder, a table that lists them, or an archive.")
    layout: LayoutKind | None = _field(
        None,
        "Read as",
        "What gives each picture its class: the folder it lies in (classes), folders within train and val (parts), a "
        "table, the whole folder (one_class), or nothing yet (flat). Left open: as the folder looks.",
    )
    table: str | None = _field(
        None, "Table", "The CSV or TSV file that lists the pictures, as a name within the folder. Left open: searched."
    )
    path_column: str | None = _field(None, "Column of paths", "Left open: the one whose entries are files.")
    label_column: str | None = _field(None, "Column of classes", "Left open: guessed by its name.")
    group_column: str | None = _field(
        None,
        "Column of groups",
        "Pictures with the same entry (patient, slide) fall on the same side. Left open: guessed; empty: none.",
    )
    part_column: str | None = _field(
        None, "Column of the split", "Says train, val or test for each picture. Left open: guessed; empty: none."
    )
    more_folders: tuple[str, ...] = _field(
        (), "Further folders", "Folders, tables or archives whose pictures are added to those of the first."
    )
    more_layouts: tuple[LayoutKind | None, ...] = _field(
        (),
        "Further folders read as",
        "As for the first, one entry for each; where one is missing, as the folder looks.",
    )
    image_size: int | None = _field(
        None,
        "Picture size",
        "Pictures are brought to a square of this size. Larger shows finer detail and takes longer. "
        "Left open, it is the size that the backbone learned with.",
        "pixels",
        ge=32,
        le=1024,
    )
    fit: Fit = _field(
        "crop",
        "Fit",
        "How an oblong picture becomes square: crop cuts the ends off, letterbox adds grey bars, stretch distorts.",
    )
    on_conflict: Literal["fail", "exclude"] = _field(
        "fail", "The same picture in two classes", "Whether such pictures stop the training or are left out."
    )


class Split(_Part, frozen=True):
    validation: float = _field(
        0.2,
        "Validation share",
        "Pictures set aside to judge while training. They are never learned from.",
        "share",
        gt=0,
        le=0.5,
    )
    test: float = _field(
        0.0,
        "Test share",
        "Pictures looked at only once, after all choices are made: the most honest figure.",
        "share",
        ge=0,
        le=0.5,
    )
    keep_folders: bool = _field(
        True, "Keep the folders' split", "If the folder has train and val (or valid, test) inside, use that split."
    )
    group_pattern: str = _field(
        "",
        "Groups",
        "A regular expression on the file name (or, if it holds a slash, on the path); pictures in which it finds the "
        "same (same patient, same slide) fall on the same side.",
    )
    folds: int = _field(
        0,
        "Folds",
        "Cross-validation: what is not for the test is dealt into so many folds, and each training is judged by one of "
        "them. 0 or 1 is off: the validation share is used.",
        "folds",
        ge=0,
        le=20,
    )
    fold: int = _field(
        1, "Fold", "Which of the folds judges this training; the others are learned from.", "", ge=1, le=20
    )


class BackboneChoice(_Part, frozen=True):
    name: str | None = _field(
        None, "Backbone", "The pretrained network that looks at the pictures. Left open: the best one that is here."
    )


class Strategy(_Part, frozen=True):
    kind: StrategyKind | None = _field(
        None,
        "Strategy",
        "Which layers learn: only a new head (linear_probe, stage_probe), the upper stages too (fine_tune_top), "
        "everything (fine_tune_all), or everything from random numbers (from_scratch). Left open: the advisor's.",
    )
    first_stage: int | None = _field(
        None,
        "Learn from stage",
        "For fine_tune_top: this stage and all above it learn. For stage_probe: the head reads this stage.",
        "stage",
        ge=0,
        le=64,
    )
    reinitialize: int = _field(
        0,
        "Start stages afresh",
        "So many of the top stages forget what they know. Helps when pictures differ much from photographs.",
        "stages",
        ge=0,
        le=64,
    )
    backbone_rate: float = _field(
        0.1,
        "Backbone's share of the rate",
        "Pretrained layers learn at this share of the head's rate, so that they adapt without forgetting.",
        "share",
        gt=0,
        le=1,
    )
    layer_decay: float = _field(
        0.7, "Rate from stage to stage", "Each stage below the top learns at this share of the next one.", "share",
        gt=0, le=1,
    )  # fmt: skip
    head_first: bool = _field(
        True, "Head first", "Fit the new head on the untouched backbone before anything else is allowed to move."
    )
    gradual_unfreezing: bool = _field(
        False,
        "Unfreeze gradually",
        "The head learns alone first; then the stages join one by one, from the top, until half the training has "
        "passed. What the lower stages know is not washed away while the head still guesses.",
    )
    batch_norm: Literal["frozen", "adapt"] = _field(
        "frozen",
        "Batch normalisation",
        "Frozen keeps the statistics of the pretraining data: right for small batches and few pictures. "
        "Adapt lets learning stages follow your pictures.",
    )
    frozen_views: int | None = _field(
        None,
        "Views kept of frozen stages",
        "Frozen stages pass each picture, varied in so many ways, only once, and every epoch draws from these views. "
        "0 varies anew in every epoch, which takes much longer. Left open: 4, or 0 where there is no room for them.",
        "views",
        ge=0,
        le=64,
    )


class Augmentation(_Part, frozen=True):
    flip: bool = _field(True, "Mirror", "Left and right are swapped at random. Not for letters or left/right hands.")
    vertical_flip: bool = _field(False, "Upside down", "Top and bottom are swapped at random: microscopes, satellites.")
    smallest_crop: float = _field(
        0.6, "Smallest crop", "A random part of at least this share of the picture is shown; 1 is off.", "area",
        ge=0.05, le=1,
    )  # fmt: skip
    rotation: float = _field(
        0.0, "Rotation", "Turned by up to this angle to either side; 180 is any angle.", "degrees", ge=0, le=180
    )
    perspective: float = _field(
        0.0, "Perspective", "As if seen from the side: corners move by up to half this share of the picture.", "share",
        ge=0, le=0.8,
    )  # fmt: skip
    brightness: float = _field(0.1, "Brightness", "Lighter or darker by up to this share.", "share", ge=0, le=0.9)
    contrast: float = _field(0.1, "Contrast", "Flatter or harder by up to this share.", "share", ge=0, le=0.9)
    saturation: float = _field(0.1, "Saturation", "Paler or more colourful by up to this share.", "share", ge=0, le=0.9)
    hue: float = _field(0.0, "Hue", "Colours turned by up to this share of the wheel.", "share", ge=0, le=0.5)
    pca_colour: float = _field(
        0.0, "Colour of the light", "Another light, along the ways in which colours of photographs differ (AlexNet). "
        "AlexNet learned with 10 %.", "share", ge=0, le=1,
    )  # fmt: skip
    blur: float = _field(
        0.0, "Blur", "Out of focus by up to this strength; 100 % spreads each point over a fiftieth of the picture.",
        "share", ge=0, le=1,
    )  # fmt: skip
    noise: float = _field(
        0.0, "Noise", "Grain, with a deviation of up to this share of full brightness.", "share", ge=0, le=0.5
    )
    erase: float = _field(
        0.0, "Erasing", "A rectangle of up to this share of the picture is covered: no single part may be relied on.",
        "area", ge=0, le=0.5,
    )  # fmt: skip
    automatic: Automatic = _field(
        "off",
        "Automatic",
        "Changes drawn from a set of fourteen known to help on photographs: one of any strength each time "
        "(TrivialAugment), or several of one strength (RandAugment). They turn, shear, shift and recolour.",
    )
    automatic_strength: float = _field(
        0.3, "Strength of RandAugment", "How far each of its changes goes.", "share", ge=0, le=1
    )
    automatic_changes: int = _field(
        2, "Changes of RandAugment", "So many changes, one upon the other.", "changes", ge=1, le=5
    )


class Optimizer(_Part, frozen=True):
    kind: OptimizerKind | None = _field(
        None,
        "Optimiser",
        "How the weights follow the gradient. Left open: L-BFGS for a head on cached features, AdamW otherwise.",
    )
    learning_rate: float | None = _field(
        None,
        "Learning rate",
        "The size of a step. Too high: the loss jumps; too low: it crawls. Left open: the optimiser's usual rate.",
        "per step",
        gt=0,
        le=100,
    )
    momentum: float = _field(
        0.9, "Momentum", "How much of the last step is kept (momentum, nesterov); Adam's first average.", "share",
        ge=0, lt=1,
    )  # fmt: skip
    decay: float = _field(
        0.99, "Memory of squared gradients", "For rmsprop: how slowly its average of squared gradients forgets.",
        "share", gt=0, lt=1,
    )  # fmt: skip


class Schedule(_Part, frozen=True):
    kind: ScheduleKind = _field("cosine", "Schedule", "How the learning rate falls while training goes on.")
    warmup: float = _field(
        0.1, "Warm-up", "The rate climbs from zero over this share of the training.", "share", ge=0, le=0.5
    )
    step_every: float = _field(
        0.3, "Step every", "For step: the rate falls each time this share of the training has passed.", "share",
        gt=0, le=1,
    )  # fmt: skip
    factor: float = _field(
        0.1, "Fall", "For step: the share kept at each fall. For exponential and inverse: the share left at the end.",
        "share", gt=0, lt=1,
    )  # fmt: skip
    cycles: int = _field(
        3, "Cycles", "For warm_restarts: so often the rate falls along a cosine and springs up again. At the end of "
        "each cycle a snapshot is kept, and all of them are asked together.", "cycles", ge=1, le=50,
    )  # fmt: skip


class Regularization(_Part, frozen=True):
    weight_decay: float | None = _field(
        None,
        "Weight decay",
        "Pulls weights towards zero, against learning by heart. AdamW takes it off the weights themselves (decoupled), "
        "every other optimiser adds it to the gradient (L2). Left open: by cross-validation for a head on cached "
        "features, 0.01 otherwise.",
        "",
        ge=0,
        le=100,
    )
    dropout: float = _field(
        0.0, "Dropout", "So many of the features before the head are hidden at random.", "share", ge=0, lt=1
    )
    l1: float = _field(
        0.0,
        "L1 on the head",
        "Pulls the head's weights to exactly zero, so that it relies on few features. With weight decay: elastic net.",
        "", ge=0, le=10,
    )  # fmt: skip
    drop_connect: float = _field(
        0.0, "DropConnect", "So many of the head's weights are left out at random in each step.", "share", ge=0, lt=1
    )
    drop_path: float = _field(
        0.0, "Stochastic depth", "So many of the backbone's blocks are skipped at random, where it has any.", "share",
        ge=0, le=0.5,
    )  # fmt: skip
    label_smoothing: float = _field(
        0.0,
        "Label smoothing",
        "The target is never quite certain: helps when labels may be wrong.",
        "share",
        ge=0,
        lt=1,
    )
    mixup: float = _field(
        0.0, "Mixup", "Two pictures are laid over each other, and both labels are right in part. The number says how "
        "evenly: 0.2 is usual, 0 is off.", "alpha", ge=0, le=10,
    )  # fmt: skip
    cutmix: float = _field(
        0.0, "CutMix", "A rectangle of one picture is pasted into another, and both labels are right in part. 1 draws "
        "every size equally often, 0 is off. With mixup, each batch takes one of the two.", "alpha", ge=0, le=10,
    )  # fmt: skip
    ema: float = _field(
        0.0, "Average of weights", "A running average that keeps this share of itself in each step is judged beside "
        "the weights, and the better of the two is kept. 0.99 is usual, 0 is off.", "share", ge=0, lt=1,
    )  # fmt: skip
    pooling: Pooling = _field(
        "average",
        "Pooling before the head",
        "How the last map becomes one number per feature: its average, its largest value, or the largest of regions "
        "whose borders are random while learning.",
    )
    class_weights: bool = _field(
        False, "Weigh classes", "Rare classes count more, so that they are not drowned by frequent ones."
    )


class Training(_Part, frozen=True):
    epochs: int | None = _field(
        None, "Epochs", "How often every picture is seen. Left open: enough for the strategy.", "", ge=1, le=10_000
    )
    batch_size: int | None = _field(
        None, "Batch size", "Pictures per step. Left open: 32, or fewer if there are few.", "pictures", ge=1, le=4096
    )
    precision: Literal["fp32", "bf16", "fp16"] | None = _field(
        None, "Precision", "How numbers are kept while learning. Left open: the fastest that is safe here."
    )
    features: Literal["fp32", "bf16", "fp16", "onnx"] | None = _field(
        None, "Features by", "How features are computed for a head to learn from. Left open: the fastest way that was "
        "measured here and gives the same features; what is judged is computed in fp32 whatever stands here.",
    )  # fmt: skip
    device: Literal["cpu", "cuda", "mps"] | None = _field(
        None, "Device", "What computes. Left open: a graphics card where there is one."
    )
    threads: int | None = _field(
        None, "Threads", "Processor cores to use. Left open: all. A run repeats exactly only at the same number.", "",
        ge=1, le=256,
    )  # fmt: skip
    patience: int = _field(
        0, "Stop early after", "Stop when validation has not improved for so many epochs; 0 is off.", "epochs", ge=0,
        le=1000,
    )  # fmt: skip
    gradient_clip: float = _field(
        1.0, "Clip gradients", "Longer gradients are cut to this length; 0 is off.", "", ge=0, le=1000
    )
    balanced_sampling: bool = _field(
        False,
        "Show classes equally often",
        "Pictures of rare classes come up more often, so that every class is seen as much as any other.",
    )


class Recipe(_Part, frozen=True):
    """All choices of one run. Immutable: `with_value` gives a changed copy."""

    version: Literal[1] = 1
    data: Data = Data()
    split: Split = Split()
    backbone: BackboneChoice = BackboneChoice()
    strategy: Strategy = Strategy()
    augmentation: Augmentation = Augmentation()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    regularization: Regularization = Regularization()
    training: Training = Training()
    seed: int = _field(0, "Seed", "Fixes everything random: the same seed gives the same run.", "", ge=0, lt=2**31)

    def with_value(self, path: str, value: object) -> "Recipe":
        """A copy with one field changed, `path` dotted as in `strategy.kind`.

        Raises UserError BAD_VALUE where the field is unknown or the value does not fit it.
        """
        tree = self.model_dump()
        node = tree
        *parents, leaf = path.split(".")
        for name in parents:
            node = node.get(name, {}) if isinstance(node, dict) else {}
        if not isinstance(node, dict) or leaf not in node or isinstance(node[leaf], dict):
            raise UserError("BAD_VALUE", field=path, value=value, reason="there is no such field")
        node[leaf] = value
        return _validated(tree, path, value)

    def without_places(self) -> "Recipe":
        """A copy to be handed on: of the folders only their names, not where they lie on this machine."""
        more = [PurePath(folder).name for folder in self.data.more_folders]
        named = self.with_value("data.folder", PurePath(self.data.folder).name)
        return named.with_value("data.more_folders", more)

    def to_json(self) -> str:
        """Readable JSON; a folder's name that is no text keeps its bytes, escaped."""
        text = json.dumps(self.model_dump(), indent=2, ensure_ascii=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _validated(tree: Mapping[str, Any], path: str, value: object) -> Recipe:
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        raise UserError("BAD_VALUE", field=path, value=value, reason=reason_of(error)) from error


def reason_of(error: ValidationError) -> str:
    """The first thing that pydantic found wrong, in a line."""
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
