"""What learns, and how fast: a strategy turned into a list of rows that a person can read.

`plan` only looks. `apply` carries a plan out on a classifier. Parameters go by their names in the classifier:
`network.…` for the backbone (its own name with `network.` before it), `head.…` for the head.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from core.backbones.network import Network
from core.backbones.stages import Stage
from core.errors import UserError
from core.recipe import GENTLE, PROBES, Strategy

HEAD = "head"
HEAD_WEIGHTS = ("head.weight",)
HEAD_BIASES = ("head.bias",)
NETWORK_PREFIX = "network."


@dataclass(frozen=True, slots=True)
class Group:
    """One row. `stage` is None for the head; `rate` is the share of the head's learning rate, 0 where nothing learns.

    A stage that learns has two rows of the same name: its weights, pulled to zero by `weight_decay`, and its biases
    and norms, which are not. `batch_norm` is `frozen` where the statistics of the pretraining data are kept.
    """

    name: str
    stage: int | None
    parameters: tuple[str, ...]
    learns: bool
    rate: float
    weight_decay: bool
    batch_norm: Literal["frozen", "adapt"]
    reinitialized: bool


class Plannable(Protocol):
    """What a plan is carried out on: a classifier."""

    network: Network
    head: nn.Linear

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]: ...

    def train(self, mode: bool = True) -> Any: ...


def plan(network: Network, strategy: Strategy) -> list[Group]:
    """Rows from the lowest stage up to the head; every parameter is in exactly one. `strategy.kind` must be decided.

    Probes leave the backbone as it is, so they pass over `reinitialize`; in `fine_tune_top` reinitialised stages
    learn even below `first_stage`. Raises UserError BAD_VALUE for a stage that the network does not have.
    """
    count = len(network.stages)
    lowest, fresh = lowest_learning_stage(strategy, count), lowest_fresh_stage(strategy, count)
    by_stage: list[list[str]] = [[] for _ in range(count)]
    for name, _ in network.named_parameters():
        by_stage[network.stage_of(name)].append(name)
    undecayed = _undecayed(network)
    rows: list[Group] = []
    for index, names in enumerate(by_stage):
        rate = _rate(strategy, count, index, lowest, fresh)
        adapts = index >= fresh or (index >= lowest and strategy.batch_norm == "adapt")
        decayed = [name for name in names if name not in undecayed]
        halves = [(decayed, True), ([name for name in names if name in undecayed], False)]
        rows += [
            Group(
                name=f"stage {index}",
                stage=index,
                parameters=tuple(NETWORK_PREFIX + name for name in half),
                learns=index >= lowest,
                rate=rate,
                weight_decay=decays,
                batch_norm="adapt" if adapts else "frozen",
                reinitialized=index >= fresh,
            )
            for half, decays in (halves if index >= lowest else [(names, False)])
            if half
        ]
    head = Group(HEAD, None, HEAD_WEIGHTS, True, 1.0, True, "frozen", True)
    return [*rows, head, Group(HEAD, None, HEAD_BIASES, True, 1.0, False, "frozen", True)]


def apply(groups: Sequence[Group], classifier: Plannable) -> Callable[[], None]:
    """Set which parameters learn. Returns what takes the place of `classifier.train()`: call it before each epoch.

    It wakes the classifier but leaves frozen stages, and BatchNorm whose statistics are kept, in evaluation mode.
    """
    present = [name for name, _ in classifier.named_parameters()]
    planned = [name for group in groups for name in group.parameters]
    if sorted(present) != sorted(planned):
        raise ValueError(f"the plan is for another network: {sorted(set(present) ^ set(planned))[:5]}")
    learning = {name for group in groups if group.learns for name in group.parameters}
    for name, parameter in classifier.named_parameters():
        parameter.requires_grad_(name in learning)
    resting = list(_resting(groups, classifier.network))

    def set_mode() -> None:
        classifier.train()
        for module in resting:
            module.eval()

    return set_mode


def describe(
    groups: Sequence[Group], stages: Sequence[Stage], head_parameters: int | None = None
) -> list[dict[str, Any]]:
    """The network as the window draws it, as JSON: one object per stage from the lowest up, and last the head."""
    first = {group.stage: group for group in reversed(groups)}
    blocks: list[dict[str, Any]] = [
        {
            **_drawn(first[stage.index]),
            "parameters": stage.parameters,
            "channels": stage.channels,
            "resolution": stage.resolution,
        }
        for stage in stages
        if stage.index in first
    ]
    return [*blocks, {**_drawn(first[None]), "parameters": head_parameters, "channels": None, "resolution": None}]


def lowest_learning_stage(strategy: Strategy, count: int) -> int:
    """The lowest of `count` stages that learns; `count` where only the head does.

    `fine_tune_top` takes the upper half where the user names no stage: two of five, as in MobileNet, two of four in
    a ResNet.
    """
    if strategy.first_stage is not None and strategy.kind in ("stage_probe", "fine_tune_top"):
        _check(strategy.first_stage, count - 1, "strategy.first_stage", f"this backbone has stages 0 to {count - 1}")
    if strategy.kind is None:
        raise ValueError("the strategy is still open")
    if strategy.kind in PROBES:
        return count
    if strategy.kind == "fine_tune_top":
        chosen = strategy.first_stage if strategy.first_stage is not None else count - max(1, count // 2)
        return min(chosen, lowest_fresh_stage(strategy, count))
    return 0


def lowest_fresh_stage(strategy: Strategy, count: int) -> int:
    """The lowest of `count` stages that starts afresh; `count` where none does."""
    if strategy.kind in PROBES:
        return count
    if strategy.kind == "from_scratch":
        return 0
    _check(strategy.reinitialize, count, "strategy.reinitialize", f"this backbone has {count} stages")
    return count - strategy.reinitialize


def _rate(strategy: Strategy, count: int, index: int, lowest: int, fresh: int) -> float:
    if index < lowest:
        return 0.0
    if index >= fresh:
        return 1.0
    share = GENTLE.backbone_rate if strategy.backbone_rate is None else strategy.backbone_rate
    fall = GENTLE.layer_decay if strategy.layer_decay is None else strategy.layer_decay
    return float(share * fall ** (count - 1 - index))


def _undecayed(network: Network) -> set[str]:
    """Biases, norms, and what timm says should not shrink (position tables, class tokens)."""
    told: Callable[[], set[str]] = getattr(network.layers, "no_weight_decay", set)
    named = {f"layers.{name}" for name in told()}
    return {name for name, parameter in network.named_parameters() if parameter.ndim <= 1 or name in named}


def _resting(groups: Sequence[Group], network: Network) -> Iterator[nn.Module]:
    """The largest modules that stay in evaluation mode. Whole frozen stages do: their output may have been cached,
    so nothing random may happen there (dropout, stochastic depth); elsewhere BatchNorm that keeps its statistics."""
    frozen = {group.stage for group in groups if not group.learns}
    kept = {group.stage for group in groups if group.batch_norm == "frozen"}

    def gather(name: str, module: nn.Module) -> Iterator[nn.Module]:
        inside = {network.stage_of(f"{name}.{inner}") for inner in module.state_dict(keep_vars=True)}
        is_statistical = isinstance(module, _NormBase)
        if inside and inside <= (kept if is_statistical else frozen):
            yield module
        else:
            for child_name, child in module.named_children():
                yield from gather(f"{name}.{child_name}", child)

    yield from gather("layers", network.layers)


def _drawn(group: Group) -> dict[str, Any]:
    return {
        "stage": group.stage,
        "name": group.name,
        "learns": group.learns,
        "rate": group.rate,
        "reinitialized": group.reinitialized,
        "batch_norm": group.batch_norm,
    }


def _check(value: int, highest: int, field: str, reason: str) -> None:
    if value > highest:
        raise UserError("BAD_VALUE", field=field, value=value, reason=reason)
