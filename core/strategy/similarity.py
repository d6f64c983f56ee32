"""How like the user's pictures are to those that the backbone learned from, on one scale from 0 to 1.

A backbone with BatchNorm is asked for its memory (`moments`). One without is asked how sure its pretrained classifier
is of its answers, compared with how sure it is on its own pictures (`core.backbones.pretrained`); and where that
classifier is not here, another backbone's memory stands in.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from core.backbones.network import Network
from core.strategy import scale
from core.strategy.constants import (
    DOUBT,
    FEW_PICTURES,
    REFERENCE_BACKBONE,
    REFERENCE_SIZE,
    SAMPLE,
    SIMILAR_FROM,
    USUAL_CONFIDENCE,
    WIDE_DOUBT,
)
from core.strategy.moments import RESAMPLES, Moments, divergence, estimate
from core.strategy.scale import Neighbour, neighbours

Measure = Literal["batch_norm", "confidence", "none"]


class Layer(TypedDict):
    """The similarity at one BatchNorm layer, and the divergence it comes from."""

    name: str
    stage: int
    value: float
    divergence: float


class StageSimilarity(TypedDict):
    """The similarity over one stage's layers."""

    stage: int
    value: float


class Similarity(TypedDict):
    """`value` from 0 to 1, 1 for pictures just like those of the pretraining; `low` and `high` bound it (95 %). None
    where it cannot be measured, and `notes` [{code, params}] say why, or what else limits it.

    `raw` [value, low, high] is what was measured, before it was brought to the scale: the divergence, or the share of
    the usual confidence. `layers` and `stages` are empty where the measure looks at answers alone. `neighbours` are the
    reference sets, nearest first; `measured_with` is the backbone that was asked.
    """

    value: float | None
    low: float | None
    high: float | None
    cell: Literal["similar", "different", "unknown"]
    confident: bool
    measure: Measure
    raw: list[float]
    neighbours: list[Neighbour]
    layers: list[Layer]
    stages: list[StageSimilarity]
    pictures: int
    measured_with: str
    notes: list[dict[str, Any]]


def by_memory(
    network: Network, moments: Sequence[Moments], image_size: int, seed: int, stand_in_for: str = ""
) -> Similarity:
    """From what passed the BatchNorm layers of `network`, which may stand in for a backbone without any."""
    value, low, high = estimate(moments, seed)
    pictures = len(moments[0].means)
    layers = [
        Layer(
            name=moment.name,
            stage=network.stage_of(f"{moment.name}.running_mean"),
            divergence=round(apart, 4),
            value=round(scale.of_divergence(apart), 3),
        )
        for moment, apart in ((moment, divergence(moment)) for moment in moments)
    ]
    name = network.entry.name
    on_scale = (name, image_size) == (REFERENCE_BACKBONE, REFERENCE_SIZE) and not stand_in_for
    notes = [note("STAND_IN", backbone=stand_in_for, stand_in=name)] if stand_in_for else []
    return _similarity(
        "batch_norm", (value, low, high), scale.of_divergence, on_scale, pictures, name, notes,
        [] if stand_in_for else layers,
    )  # fmt: skip


def by_confidence(backbone: str, confidences: NDArray[np.float64], usual: float | None, seed: int) -> Similarity:
    """From how sure the pretrained classifier is of each picture [P]; `usual` is its accuracy on its own pictures,
    which is about how sure it is there. `low` and `high` by bootstrap over pictures."""
    shares = confidences / (usual or USUAL_CONFIDENCE)
    drawn = np.random.default_rng(seed).integers(len(shares), size=(RESAMPLES, len(shares)))
    low, high = np.quantile(shares[drawn].mean(1), (0.025, 0.975))
    raw = (float(shares.mean()), float(low), float(high))
    notes = [note("BY_CONFIDENCE", backbone=backbone, confidence=float(confidences.mean()))]
    return _similarity("confidence", raw, scale.of_confidence, False, len(shares), backbone, notes, [])


def unknown(code: str, backbone: str) -> Similarity:
    """The result where nothing can be measured; `code` says why."""
    return Similarity(
        value=None,
        low=None,
        high=None,
        cell="unknown",
        confident=False,
        measure="none",
        raw=[],
        neighbours=neighbours(1.0),
        layers=[],
        stages=[],
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


def _similarity(
    measure: Measure,
    raw: tuple[float, float, float],
    to_scale: Any,
    on_scale: bool,
    pictures: int,
    backbone: str,
    notes: list[dict[str, Any]],
    layers: list[Layer],
) -> Similarity:
    value, low, high = (to_scale(figure) for figure in raw)
    low, high = min(low, high), max(low, high)  # a small divergence is a great similarity
    if pictures < FEW_PICTURES:
        notes = [*notes, note("FEW_PICTURES", pictures=pictures, limit=FEW_PICTURES)]
    if not on_scale and measure == "batch_norm":
        notes = [*notes, note("OTHER_SCALE", backbone=backbone, reference=REFERENCE_BACKBONE)]
    doubt = DOUBT if on_scale else WIDE_DOUBT
    in_doubt = doubt[0] <= value <= doubt[1] or low < SIMILAR_FROM <= high
    return Similarity(
        value=round(value, 4),
        low=round(low, 4),
        high=round(high, 4),
        cell="similar" if value >= SIMILAR_FROM else "different",
        confident=pictures >= FEW_PICTURES and not in_doubt,
        measure=measure,
        raw=[round(figure, 4) for figure in raw],
        neighbours=neighbours(value),
        layers=layers,
        stages=_by_stage(layers),
        pictures=pictures,
        measured_with=backbone,
        notes=notes,
    )


def _by_stage(layers: Sequence[Layer]) -> list[StageSimilarity]:
    apart: dict[int, list[float]] = {}
    for layer in layers:
        apart.setdefault(layer["stage"], []).append(layer["divergence"])
    return [
        StageSimilarity(stage=stage, value=round(scale.of_divergence(sum(all_) / len(all_)), 3))
        for stage, all_ in sorted(apart.items())
    ]
