"""What learns: the backbone, and which of its layers, at which share of the rate."""

from typing import Any, Literal, NamedTuple, get_args

from core.recipe.choices.part import Part, choice

StrategyKind = Literal["linear_probe", "stage_probe", "fine_tune_top", "fine_tune_all", "from_scratch"]
STRATEGIES: tuple[StrategyKind, ...] = get_args(StrategyKind)
PROBES: tuple[StrategyKind, ...] = ("linear_probe", "stage_probe")
"""Those in which only a new head learns."""


class Rates(NamedTuple):
    """How fast pretrained stages learn: the share of the head's rate at the top, and from each stage to the one
    below."""

    backbone_rate: float
    layer_decay: float


GENTLE = Rates(0.1, 0.7)
"""For pictures much like those of the pretraining: what is known is bent, not broken."""

BOLD = Rates(1.0, 1.0)
"""For pictures unlike them: every stage must learn to see anew. CONTRIBUTING.md has the figures."""


class BackboneChoice(Part, frozen=True):
    name: str | None = choice(
        None, "Backbone", "The pretrained network that looks at the pictures. Left open: the best one that is here."
    )


class Strategy(Part, frozen=True):
    kind: StrategyKind | None = choice(
        None,
        "Strategy",
        "Which layers learn: only a new head, on all that the backbone sees or on one of its stages; the upper stages "
        "too; everything; or everything from random numbers. Left open: what the advisor says.",
    )
    first_stage: int | None = choice(
        None,
        "Learn from stage",
        "Fine-tuning the top: this stage and all above it learn. A new head, lower down: it reads this stage. 0 is the "
        "lowest, which elsewhere is called stage 1.",
        "stage",
        ge=0,
        le=64,
    )
    reinitialize: int = choice(
        0,
        "Start stages afresh",
        "So many of the top stages forget what they know. Helps when pictures differ much from photographs.",
        "stages",
        ge=0,
        le=64,
    )
    backbone_rate: float | None = choice(
        None,
        "Backbone's share of the rate",
        "Pretrained layers learn at this share of the head's rate, so that they adapt without forgetting. Left open: a "
        "tenth where the pictures are like those of the pretraining, all of it where they are not.",
        "share",
        gt=0,
        le=1,
    )
    layer_decay: float | None = choice(
        None,
        "Rate from stage to stage",
        "Each stage below the top learns at this share of the next one. Left open: 70 % where the pictures are like "
        "those of the pretraining, all of it where they are not.",
        "share",
        gt=0,
        le=1,
    )
    head_first: bool = choice(
        True, "Head first", "Fit the new head on the untouched backbone before anything else is allowed to move."
    )
    gradual_unfreezing: bool = choice(
        False,
        "Unfreeze gradually",
        "The head learns alone first; then the stages join one by one, from the top, until half the training has "
        "passed. What the lower stages know is not washed away while the head still guesses.",
    )
    batch_norm: Literal["frozen", "adapt"] = choice(
        "frozen",
        "Batch normalisation",
        "Frozen keeps the statistics of the pretraining data: right for small batches and few pictures. "
        "Adapt lets learning stages follow your pictures.",
    )
    frozen_views: int | None = choice(
        None,
        "Views kept of frozen stages",
        "Frozen stages pass each picture, varied in so many ways, only once, and every epoch draws from these views. "
        "0 varies anew in every epoch, which takes much longer. Left open: 4, or 0 where there is no room for them.",
        "views",
        ge=0,
        le=64,
    )

    def settled(self, kind: StrategyKind, first_stage: int | None, usual: Rates = GENTLE) -> "Strategy":
        """The same with nothing left open that says how stages learn; `first_stage` stands in for `fine_tune_top`."""
        decided: dict[str, Any] = {"kind": kind}
        if self.first_stage is None and kind == "fine_tune_top":
            decided["first_stage"] = first_stage
        for name, value in usual._asdict().items():
            if getattr(self, name) is None:
                decided[name] = value
        return self.model_copy(update=decided)
