"""How it learns: optimiser, schedule, what works against learning by heart, and the course of the training."""

from typing import Literal

from core.recipe.choices.part import Part, choice

OptimizerKind = Literal["lbfgs", "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
ScheduleKind = Literal["constant", "step", "exponential", "inverse", "cosine", "one_cycle", "warm_restarts"]
Pooling = Literal["average", "max", "fractional_max"]


class Optimizer(Part, frozen=True):
    kind: OptimizerKind | None = choice(
        None,
        "Optimiser",
        "How the weights follow the gradient. Left open: L-BFGS for a head on cached features, AdamW otherwise.",
    )
    learning_rate: float | None = choice(
        None,
        "Learning rate",
        "The size of a step. Too high: the loss jumps; too low: it crawls. Left open: the optimiser's usual rate.",
        "per step",
        gt=0,
        le=100,
    )
    momentum: float = choice(
        0.9, "Momentum", "How much of the last step is kept (momentum, nesterov); Adam's first average.", "share",
        ge=0, lt=1,
    )  # fmt: skip
    decay: float = choice(
        0.99, "Memory of squared gradients", "For rmsprop: how slowly its average of squared gradients forgets.",
        "share", gt=0, lt=1,
    )  # fmt: skip


class Schedule(Part, frozen=True):
    kind: ScheduleKind = choice("cosine", "Schedule", "How the learning rate falls while training goes on.")
    warmup: float = choice(
        0.1, "Warm-up", "The rate climbs from zero over this share of the training.", "share", ge=0, le=0.5
    )
    step_every: float = choice(
        0.3, "Step every", "For step: the rate falls each time this share of the training has passed.", "share",
        gt=0, le=1,
    )  # fmt: skip
    factor: float = choice(
        0.1, "Fall", "For step: the share kept at each fall. For exponential and inverse: the share left at the end.",
        "share", gt=0, lt=1,
    )  # fmt: skip
    cycles: int = choice(
        3, "Cycles", "For warm_restarts: so often the rate falls along a cosine and springs up again. At the end of "
        "each cycle a snapshot is kept, and all of them are asked together.", "cycles", ge=1, le=50,
    )  # fmt: skip


class Regularization(Part, frozen=True):
    weight_decay: float | None = choice(
        None,
        "Weight decay",
        "Pulls weights towards zero, against learning by heart. AdamW takes it off the weights themselves (decoupled), "
        "every other optimiser adds it to the gradient (L2). Left open: by cross-validation for a head on cached "
        "features, 0.01 otherwise.",
        "",
        ge=0,
        le=100,
    )
    dropout: float = choice(
        0.0, "Dropout", "So many of the features before the head are hidden at random.", "share", ge=0, lt=1
    )
    l1: float = choice(
        0.0,
        "L1 on the head",
        "Pulls the head's weights to exactly zero, so that it relies on few features. With weight decay: elastic net.",
        "", ge=0, le=10,
    )  # fmt: skip
    drop_connect: float = choice(
        0.0, "DropConnect", "So many of the head's weights are left out at random in each step.", "share", ge=0, lt=1
    )
    drop_path: float = choice(
        0.0, "Stochastic depth", "So many of the backbone's blocks are skipped at random, where it has any.", "share",
        ge=0, le=0.5,
    )  # fmt: skip
    label_smoothing: float = choice(
        0.0,
        "Label smoothing",
        "The target is never quite certain: helps when labels may be wrong.",
        "share",
        ge=0,
        lt=1,
    )
    mixup: float = choice(
        0.0, "Mixup", "Two pictures are laid over each other, and both labels are right in part. The number says how "
        "evenly: 0.2 is usual, 0 is off.", "alpha", ge=0, le=10,
    )  # fmt: skip
    cutmix: float = choice(
        0.0, "CutMix", "A rectangle of one picture is pasted into another, and both labels are right in part. 1 draws "
        "every size equally often, 0 is off. With mixup, each batch takes one of the two.", "alpha", ge=0, le=10,
    )  # fmt: skip
    ema: float = choice(
        0.0, "Average of weights", "A running average that keeps this share of itself in each step is judged beside "
        "the weights, and the better of the two is kept. 0.99 is usual, 0 is off.", "share", ge=0, lt=1,
    )  # fmt: skip
    pooling: Pooling = choice(
        "average",
        "Pooling before the head",
        "How the last map becomes one number per feature: its average, its largest value, or the largest of regions "
        "whose borders are random while learning.",
    )
    class_weights: bool = choice(
        False, "Weigh classes", "Rare classes count more, so that they are not drowned by frequent ones."
    )


class Training(Part, frozen=True):
    epochs: int | None = choice(
        None, "Epochs", "How often every picture is seen. Left open: enough for the strategy.", "", ge=1, le=10_000
    )
    batch_size: int | None = choice(
        None, "Batch size", "Pictures per step. Left open: 32, or fewer if there are few.", "pictures", ge=1, le=4096
    )
    precision: Literal["fp32", "bf16", "fp16"] | None = choice(
        None, "Precision", "How numbers are kept while learning. Left open: the fastest that is safe here."
    )
    features: Literal["fp32", "bf16", "fp16", "onnx"] | None = choice(
        None, "Features by", "How features are computed for a head to learn from. Left open: the fastest way that was "
        "measured here and gives the same features; what is judged is computed in fp32 whatever stands here.",
    )  # fmt: skip
    device: Literal["cpu", "cuda", "mps"] | None = choice(
        None, "Device", "What computes. Left open: a graphics card where there is one."
    )
    threads: int | None = choice(
        None, "Threads", "Processor cores to use. Left open: all. A run repeats exactly only at the same number.", "",
        ge=1, le=256,
    )  # fmt: skip
    patience: int = choice(
        0, "Stop early after", "Stop when validation has not improved for so many epochs; 0 is off.", "epochs", ge=0,
        le=1000,
    )  # fmt: skip
    gradient_clip: float = choice(
        1.0, "Clip gradients", "Longer gradients are cut to this length; 0 is off.", "", ge=0, le=1000
    )
    balanced_sampling: bool = choice(
        False,
        "Show classes equally often",
        "Pictures of rare classes come up more often, so that every class is seen as much as any other.",
    )
