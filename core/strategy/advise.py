"""From size and similarity to a strategy, with the reasons as codes and as plain English.

The cells and their strategies are those of CS231n, lecture 7. Where the evidence permits several cells, the strategy
that costs least is taken and `confident` is false.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from core.recipe import StrategyKind
from core.strategy.constants import DOUBT, SIMILAR_BELOW, SMALL_BELOW
from core.strategy.similarity import Similarity, note
from core.strategy.size import Size

CELLS: Mapping[str, StrategyKind] = {
    "small-similar": "linear_probe",
    "large-similar": "fine_tune_top",
    "small-different": "stage_probe",
    "large-different": "fine_tune_all",
}

CHEAPEST_FIRST: tuple[StrategyKind, ...] = (
    "linear_probe",
    "stage_probe",
    "fine_tune_top",
    "fine_tune_all",
    "from_scratch",
)

SENTENCES: Mapping[str, str] = {
    # What was measured.
    "SIZE_SMALL": "There are {images:.0f} pictures a class to learn from: few (fewer than {limit}).",
    "SIZE_LARGE": "There are {images:.0f} pictures a class to learn from: many ({limit} or more).",
    "SIMILAR": "The backbone finds your pictures much like those it learned from: their distance is {value:.3f} "
    "({low:.3f} to {high:.3f}), below {limit}.",
    "DIFFERENT": "The backbone finds your pictures unlike those it learned from: their distance is {value:.3f} "
    "({low:.3f} to {high:.3f}), not below {limit}.",
    "NEIGHBOUR": "On the same scale, {name} lie at {value:.3f}, which is nearest.",
    # What limits the measure.
    "DOUBT": "So near to the limit this is not certain.",
    "OTHER_SCALE": "The scale was measured with {reference}; with {backbone} at this picture size it is only rough.",
    "FEW_PICTURES": "Only {pictures} pictures could be measured; below {limit} the figure is not to be relied on.",
    "STAND_IN": "{backbone} keeps no memory of the pictures it learned from, so {stand_in} was asked in its place.",
    "NO_MEMORY": "{backbone} keeps no memory of the pictures it learned from, so how similar yours are is not known.",
    "NO_PRETRAINING": "{backbone} holds random numbers: it has learned nothing that could be passed on.",
    "NO_PICTURES": "There are no pictures to measure.",
    # What follows.
    "CHEAPER": "Being unsure, Graft takes what costs less. A race of all the strategies would decide by evidence.",
    "LINEAR_PROBE": "So only a new head is trained on what the backbone sees; more would learn few pictures by heart.",
    "LINEAR_PROBE_UNSURE": "So, to begin with, only a new head is trained on what the backbone sees.",
    "STAGE_PROBE": "So a new head is trained on the stage whose features tell your classes apart best: the topmost "
    "may know too much about other things.",
    "FINE_TUNE_TOP": "So a new head and the upper stages are trained, the stages gently.",
    "FINE_TUNE_ALL": "So everything is trained, the pretrained stages gently: they must learn to see anew.",
    "FROM_SCRATCH": "So everything is learned from nothing. Expect less than with pretrained weights: fetch or import "
    "some if you can.",
}


class Advice(TypedDict):
    """The `advise` result. `reason_codes` [{code, params}] are what the window translates, `reasons` their English."""

    cell: str
    strategy: StrategyKind
    confident: bool
    size: Size
    similarity: Similarity
    reasons: list[str]
    reason_codes: list[dict[str, Any]]


def advise(size: Size, similarity: Similarity, pretrained: bool = True) -> Advice:
    """The recommended strategy. `cell` ends in `-unknown` where similarity could not be measured.

    `pretrained` is False where the backbone has no weights to pass on; then there is one strategy.
    """
    cell = f"{size['cell']}-{similarity['cell']}"
    codes = [_size_reason(size)]
    if not pretrained:
        reason = note("NO_PRETRAINING", backbone=similarity["measured_with"] or _backbone_of(similarity))
        return _advice(cell, "from_scratch", True, size, similarity, [*codes, reason, note("FROM_SCRATCH")])
    codes += [*_similarity_reasons(similarity), *similarity["notes"]]
    confident = similarity["confident"]
    permitted = [CELLS[cell]] if confident else [CELLS[f"{size['cell']}-{end}"] for end in ("similar", "different")]
    strategy = min(permitted, key=CHEAPEST_FIRST.index)
    if not confident:
        codes.append(note("CHEAPER"))
    unsure_probe = strategy == "linear_probe" and cell != "small-similar"
    codes.append(note("LINEAR_PROBE_UNSURE" if unsure_probe else strategy.upper()))
    return _advice(cell, strategy, confident, size, similarity, codes)


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """The English of one reason."""
    return SENTENCES[code].format_map(params)


def _size_reason(size: Size) -> dict[str, Any]:
    code = "SIZE_SMALL" if size["cell"] == "small" else "SIZE_LARGE"
    return note(code, images=size["images_per_class"], limit=SMALL_BELOW)


def _similarity_reasons(similarity: Similarity) -> list[dict[str, Any]]:
    value = similarity["value"]
    if value is None:
        return []
    figures = {"value": value, "low": similarity["low"], "high": similarity["high"], "limit": SIMILAR_BELOW}
    nearest = similarity["neighbours"][0]
    reasons = [
        note(similarity["cell"].upper(), **figures),
        note("NEIGHBOUR", set=nearest["code"], name=nearest["name"], value=nearest["value"]),
    ]
    return reasons if similarity["confident"] or not _in_doubt(value) else [*reasons, note("DOUBT")]


def _in_doubt(value: float) -> bool:
    return DOUBT[0] <= value <= DOUBT[1]


def _backbone_of(similarity: Similarity) -> str:
    named = (row["params"].get("backbone") for row in similarity["notes"])
    return next((str(name) for name in named if name), "")


def _advice(
    cell: str,
    strategy: StrategyKind,
    confident: bool,
    size: Size,
    similarity: Similarity,
    codes: list[dict[str, Any]],
) -> Advice:
    return Advice(
        cell=cell,
        strategy=strategy,
        confident=confident,
        size=size,
        similarity=similarity,
        reasons=[sentence(row["code"], row["params"]) for row in codes],
        reason_codes=codes,
    )
