"""How like the user's pictures are to those that the backbone learned from, by the backbone's own memory.

Every BatchNorm layer remembers mean and variance of what passed through it during pretraining. The divergence of
what passes now from that memory is the measure: Gaussian KL(now ‖ then), median over channels, mean over layers.
The per-picture sums of one pass give the estimate, its bias and its interval (bootstrap over pictures).
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

from core.backbones import catalogue, weights
from core.backbones.network import Network, build
from core.data.preprocessing import Preprocessing, normalise
from core.events import Reporter, silent
from core.strategy.constants import (
    DOUBT,
    FEW_PICTURES,
    OTHER_SCALE,
    REFERENCE_BACKBONE,
    REFERENCE_SETS,
    REFERENCE_SIZE,
    SAMPLE,
    SIMILAR_BELOW,
)

BATCH = 32
RESAMPLES = 200
TINY = 1e-5
"""Added to both variances, as the layers themselves do, so that dead channels stay finite."""


class Neighbour(TypedDict):
    """A reference set: a code for the window, its English name, its divergence, and its size where it is known."""

    code: str
    name: str
    value: float
    images_per_class: float | None


class Layer(TypedDict):
    """The divergence at one BatchNorm layer."""

    name: str
    stage: int
    value: float


class Similarity(TypedDict):
    """`value` is 0 for pictures like those of the pretraining and grows with the difference; `low` and `high` bound
    it (95 %). None where it cannot be measured, and `notes` [{code, params}] say why, or what else limits it.

    `neighbours` are the reference sets, nearest first; `measured_with` is the backbone whose memory was asked.
    """

    value: float | None
    low: float | None
    high: float | None
    cell: Literal["similar", "different", "unknown"]
    confident: bool
    neighbours: list[Neighbour]
    layers: list[Layer]
    pictures: int
    measured_with: str
    notes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Moments:
    """What one layer saw: per-picture mean and mean square [P, C], and its memory [C]. All float64."""

    name: str
    means: Tensor
    squares: Tensor
    remembered_mean: Tensor
    remembered_variance: Tensor


def similarity(
    network: Network,
    pictures: NDArray[np.uint8],
    preprocessing: Preprocessing,
    seed: int,
    reporter: Reporter | None = None,
) -> Similarity:
    """Measure pictures uint8 [n, S, S, 3]; of more than 300, 300 are drawn by `seed`.

    A backbone that keeps no such memory (no BatchNorm) is stood in for by the reference backbone if its weights are
    here, on the assumption that both learned from much the same pictures; the notes say so. Random weights remember
    nothing.
    """
    if len(pictures) == 0:
        return unknown("NO_PICTURES", network.entry.name)
    notes: list[dict[str, Any]] = []
    if not _batch_norms(network):
        stand_in = _stand_in()
        if stand_in is None:
            return unknown("NO_MEMORY", network.entry.name)
        notes.append(note("STAND_IN", backbone=network.entry.name, stand_in=stand_in.entry.name))
        network, preprocessing = (
            stand_in,
            replace(preprocessing, size=REFERENCE_SIZE, mean=stand_in.mean, std=stand_in.std),
        )
    elif not remembers(network):
        return unknown("NO_PRETRAINING", network.entry.name)
    drawn = sample(len(pictures), seed)
    moments = observe(network, pictures[drawn], preprocessing, reporter or silent())
    value, low, high = estimate(moments, seed)
    if len(drawn) < FEW_PICTURES:
        notes.append(note("FEW_PICTURES", pictures=len(drawn), limit=FEW_PICTURES))
    on_scale = (network.entry.name, preprocessing.size) == (REFERENCE_BACKBONE, REFERENCE_SIZE)
    if not on_scale:
        notes.append(note("OTHER_SCALE", backbone=network.entry.name, reference=REFERENCE_BACKBONE))
    return Similarity(
        value=round(value, 4),
        low=round(low, 4),
        high=round(high, 4),
        cell="similar" if value < SIMILAR_BELOW else "different",
        confident=len(drawn) >= FEW_PICTURES and _is_clear(value, low, high, 1.0 if on_scale else OTHER_SCALE),
        neighbours=neighbours(value),
        layers=[
            Layer(
                name=moment.name,
                stage=network.stage_of(f"{moment.name}.running_mean"),
                value=round(float(_divergences(moment, _evenly(len(drawn)))), 4),
            )
            for moment in moments
        ],
        pictures=len(drawn),
        measured_with=network.entry.name,
        notes=notes,
    )


def unknown(code: str, backbone: str) -> Similarity:
    """The result where nothing can be measured; `code` says why."""
    return Similarity(
        value=None,
        low=None,
        high=None,
        cell="unknown",
        confident=False,
        neighbours=neighbours(0.0),
        layers=[],
        pictures=0,
        measured_with="",
        notes=[note(code, backbone=backbone)],
    )


def note(code: str, **params: object) -> dict[str, Any]:
    return {"code": code, "params": params}


def sample(count: int, seed: int) -> NDArray[np.int64]:
    """Which of `count` pictures to measure, ascending: callers that decode pictures need only load these."""
    chosen = np.random.default_rng(seed).permutation(count)[:SAMPLE]
    return np.sort(chosen).astype(np.int64)


def remembers(network: Network) -> bool:
    """Whether any BatchNorm has seen data: fresh ones hold mean 0 and variance 1 everywhere."""
    return any(
        bool((layer.running_mean != 0).any()) or bool((layer.running_var != 1).any())
        for layer in _batch_norms(network).values()
        if layer.running_mean is not None and layer.running_var is not None
    )


def neighbours(value: float) -> list[Neighbour]:
    """The reference sets, nearest to `value` first (on a logarithmic scale, as they are drawn)."""
    rows = sorted(REFERENCE_SETS, key=lambda row: abs(np.log(row.value) - np.log(max(value, 1e-4))))
    return [
        Neighbour(code=row.code, name=row.name, value=row.value, images_per_class=row.images_per_class) for row in rows
    ]


def observe(
    network: Network, pictures: NDArray[np.uint8], preprocessing: Preprocessing, reporter: Reporter
) -> list[Moments]:
    """One pass of pictures uint8 [P, S, S, 3]: what entered each BatchNorm layer, picture by picture.

    It runs on a copy, channels last (twice as fast), so the network stays as it was.
    """
    means: dict[str, list[Tensor]] = {}
    squares: dict[str, list[Tensor]] = {}

    def watch(name: str) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        def take(module: nn.Module, inputs: tuple[Any, ...]) -> None:
            entering = inputs[0].flatten(2) if inputs[0].ndim > 2 else inputs[0].unsqueeze(2)
            means.setdefault(name, []).append(entering.mean(2).double().cpu())
            squares.setdefault(name, []).append(entering.square().mean(2).double().cpu())

        return take

    watched = copy.deepcopy(network).eval().to(memory_format=torch.channels_last)
    layers = _batch_norms(watched)
    for name, layer in layers.items():
        layer.register_forward_pre_hook(watch(name))
    _pass(watched, pictures, preprocessing, reporter)
    return [_moments(name, layers[name], torch.cat(means[name]), torch.cat(squares[name])) for name in means]


def estimate(moments: list[Moments], seed: int) -> tuple[float, float, float]:
    """The divergence and its 95 % interval, both freed of the bootstrap's estimate of bias.

    Few pictures look more unusual than many do, since their own mean strays: at 10 pictures of ants and bees the
    plain figure was 0.026, the corrected one 0.017, and all 300 gave 0.016.
    """
    count = len(moments[0].means)
    plain = float(_mean_divergence(moments, _evenly(count)))
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(count, (RESAMPLES, count), generator=generator)
    shares = torch.zeros(RESAMPLES, count, dtype=torch.float64)
    shares.scatter_add_(1, drawn, torch.full((RESAMPLES, count), 1 / count, dtype=torch.float64))
    resampled = _mean_divergence(moments, shares)
    bias = float(resampled.mean()) - plain
    low, high = (float(resampled.quantile(q)) - 2 * bias for q in (0.025, 0.975))
    value = max(0.0, plain - bias)
    return value, min(max(0.0, low), value), max(high, value)


def gaussian_kl(mean: Tensor, variance: Tensor, other_mean: Tensor, other_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(other_mean, other_variance)) in nats, elementwise."""
    spread = (variance + (mean - other_mean).square()) / other_variance
    return 0.5 * (spread - 1 + (other_variance / variance).log())


def _mean_divergence(moments: list[Moments], shares: Tensor) -> Tensor:
    return torch.stack([_divergences(moment, shares) for moment in moments]).mean(0)


def _divergences(moment: Moments, shares: Tensor) -> Tensor:
    """Median over channels for each row of picture weights [B, P] (rows add up to 1): [B]."""
    mean = shares @ moment.means
    variance = (shares @ moment.squares - mean.square()).clamp_min(0) + TINY
    return gaussian_kl(mean, variance, moment.remembered_mean, moment.remembered_variance + TINY).median(1).values


def _evenly(count: int) -> Tensor:
    return torch.full((1, count), 1 / count, dtype=torch.float64)


def _is_clear(value: float, low: float, high: float, stretch: float) -> bool:
    """Outside the doubt, and with an interval that lies on one side of the limit."""
    in_doubt = DOUBT[0] / stretch <= value <= DOUBT[1] * stretch
    return not in_doubt and not low < SIMILAR_BELOW <= high


def _batch_norms(network: Network) -> Mapping[str, _BatchNorm]:
    return {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, _BatchNorm) and module.running_mean is not None
    }


def _moments(name: str, layer: _BatchNorm, means: Tensor, squares: Tensor) -> Moments:
    assert layer.running_mean is not None
    assert layer.running_var is not None
    return Moments(name, means, squares, layer.running_mean.double().cpu(), layer.running_var.double().cpu())


def _pass(network: Network, pictures: NDArray[np.uint8], preprocessing: Preprocessing, reporter: Reporter) -> None:
    device = next(network.parameters()).device
    with torch.inference_mode():
        for start in range(0, len(pictures), BATCH):
            reporter.progress("similarity", start, len(pictures))
            batch = torch.from_numpy(np.ascontiguousarray(pictures[start : start + BATCH])).to(device)
            network(_at_size(normalise(batch, preprocessing), preprocessing.size))
    reporter.progress("similarity", len(pictures), len(pictures))


def _at_size(pictures: Tensor, size: int) -> Tensor:
    """[N, 3, S, S] at the side that the network wants: a stand-in may want another than the pictures were made for."""
    if pictures.shape[2] == size:
        return pictures
    return functional.interpolate(pictures, size=(size, size), mode="bilinear", antialias=True, align_corners=False)


def _stand_in() -> Network | None:
    entry = catalogue.find(REFERENCE_BACKBONE)
    here = weights.local(entry)
    return build(entry, here) if here else None
