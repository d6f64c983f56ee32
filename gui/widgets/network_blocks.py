"""The network as rows: one block a stage, from the picture up, and the head. Knows no Qt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.recipe import GENTLE, PROBES, Strategy

HALF = 0.5  # of the training: by then every stage has joined, where they do so one by one


@dataclass(frozen=True, slots=True)
class Block:
    """One stage, or the head (`stage` None). `rate` is a share of the head's rate; sizes are 0 where unknown; `joins`
    is the share of the training after which it begins to learn."""

    stage: int | None
    name: str
    learns: bool
    rate: float
    reinitialized: bool
    parameters: int
    channels: int = 0
    resolution: int = 0
    unused: bool = False
    joins: float = 0.0


def blocks(plan: Iterable[Mapping[str, Any]], stages: Iterable[Mapping[str, Any]] = ()) -> tuple[Block, ...]:
    """From the advice's `plan`, with channels and resolution from the backbone's `stages` where they are known."""
    sizes = list(stages)
    result = []
    for row in plan:
        stage = row.get("stage")
        known = sizes[stage] if isinstance(stage, int) and 0 <= stage < len(sizes) else {}
        result.append(
            Block(
                stage=stage,
                name=str(row.get("name", "")),
                learns=bool(row.get("learns")),
                rate=float(row.get("rate") or 0.0),
                reinitialized=stage is not None and bool(row.get("reinitialized")),  # a head is always new
                parameters=int(row.get("parameters") or 0),
                channels=int(row.get("channels") or known.get("channels") or 0),
                resolution=int(row.get("resolution") or known.get("resolution") or 0),
                joins=float(row.get("joins") or 0.0),
            )
        )
    return tuple(sorted(result, key=lambda block: (block.stage is None, block.stage or 0)))


def planned(blocks: tuple[Block, ...], strategy: Strategy) -> tuple[Block, ...]:
    """The same network under another strategy, at once and without asking the engine.

    The rule is that of `core.strategy.plan`, and a test holds the two together. `strategy.kind` must be decided.
    """
    count = sum(block.stage is not None for block in blocks)
    probing = strategy.kind in PROBES
    fresh = count if probing else 0 if strategy.kind == "from_scratch" else count - min(strategy.reinitialize, count)
    lowest = count if probing else 0
    if strategy.kind == "fine_tune_top":
        chosen = strategy.first_stage if strategy.first_stage is not None else count - max(1, count // 2)
        lowest = min(chosen, fresh)
    share = GENTLE.backbone_rate if strategy.backbone_rate is None else strategy.backbone_rate
    fall = GENTLE.layer_decay if strategy.layer_decay is None else strategy.layer_decay
    reads = strategy.first_stage if strategy.kind == "stage_probe" else None
    result = []
    for block in blocks:
        if block.stage is None:
            result.append(replace(block, learns=True, rate=1.0))
            continue
        inherited = share * fall ** (count - 1 - block.stage)
        rate = 1.0 if block.stage >= fresh else inherited
        learns = block.stage >= lowest
        gradual = strategy.gradual_unfreezing and learns and strategy.kind != "from_scratch"
        result.append(
            replace(
                block,
                learns=learns,
                rate=rate if learns else 0.0,
                reinitialized=block.stage >= fresh,
                unused=reads is not None and block.stage > reads,
                joins=HALF * (count - block.stage) / (count - lowest + 1) if gradual else 0.0,
            )
        )
    return tuple(result)
