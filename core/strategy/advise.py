"""From size, similarity and what probes show to a strategy, with the reasons as codes and as plain English.

The cells and their strategies are those of CS231n, lecture 7. Where the measures permit several cells, what the probes
show decides between them; where nothing was tried, the strategy that costs least is taken. Either way `confident` is
false. CONTRIBUTING.md has the figures behind the rules.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from core.recipe import BOLD, StrategyKind
from core.strategy.constants import CLEAR_GAIN, DOUBT, ROOM, SIMILAR_FROM, SMALL_BELOW
from core.strategy.evidence import Evidence
from core.strategy.rates import rates_for
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
    "TWINS_COUNTED": "Of {counted} pictures to learn from, {alike} add little: they look like others or belong "
    "together with them.",
    "SIMILAR": "The backbone finds your pictures much like those it learned from: their similarity is {value:.2f} "
    "({low:.2f} to {high:.2f}), where {limit} or more is similar.",
    "DIFFERENT": "The backbone finds your pictures unlike those it learned from: their similarity is {value:.2f} "
    "({low:.2f} to {high:.2f}), where less than {limit} is different.",
    "NEIGHBOUR": "On the same scale, {name} lie at {value:.2f}, which is nearest.",
    "LAYERS_ALIKE": "No stage of the network is surprised by them, from the first ({first:.2f}) to the last "
    "({last:.2f}).",
    "CUT_AT": "Up to stage {stage} they look familiar, above they do not ({above:.2f}): learning should begin there.",
    "DIFFER_EARLY": "They differ from the first stage on ({first:.2f}), where colours, edges and textures are seen: no "
    "stage can simply be kept.",
    "PROBE": "A new head on what the backbone sees gets {accuracy:.0%} of {pictures} pictures right in "
    "cross-validation.",
    "MORE_DATA": "It got {before:.0%} with half of them, so more pictures would help.",
    "DATA_ENOUGH": "It got {before:.0%} with half of them already, so more pictures would add little to such a head.",
    # What limits the measure.
    "SIZE_DOUBT": "So near to the limit, few or many is not certain.",
    "DOUBT": "So near to the limit this is not certain.",
    "OTHER_SCALE": "The scale was measured with {reference}; with {backbone} at this picture size it is only rough.",
    "FEW_PICTURES": "Only {pictures} pictures could be measured; below {limit} the figure is not to be relied on.",
    "STAND_IN": "{backbone} keeps no memory of the pictures it learned from, so {stand_in} was asked in its place.",
    "BY_CONFIDENCE": "{backbone} keeps no memory of the pictures it learned from, so it was asked how sure it is of "
    "what it sees: {confidence:.0%} on average. Stage by stage that says nothing.",
    "NO_MEMORY": "{backbone} keeps no memory of the pictures it learned from, so how similar yours are is not known.",
    "NO_PRETRAINING": "{backbone} holds random numbers: it has learned nothing that could be passed on.",
    "NO_PICTURES": "There are no pictures to measure.",
    # What follows.
    "PROBE_ENOUGH": "That leaves next to nothing to gain by training more.",
    "STAGE_BETTER": "Read at stage {stage} it gets {accuracy:.0%}, better than after the last.",
    "STAGES_BETTER": "Read at stages {stages} together it does better than after the last.",
    "STAGES_NO_BETTER": "No earlier stage tells the classes apart better than the last, so reading elsewhere gains "
    "nothing.",
    "NEVER_WORSE": "Training more begins with that head and keeps the best it finds, so on validation pictures it ends "
    "no worse.",
    "CHEAPER": "Being unsure, Graft takes what costs less. A race of all the strategies would decide by evidence.",
    "GENTLE": "Pretrained stages learn at a tenth of the head's rate, lower ones slower still: what they know fits.",
    "BOLD": "Pretrained stages learn as fast as the head: they must learn to see anew.",
    "RACE": "This is not certain: a race of all the strategies would decide by evidence.",
    "LINEAR_PROBE": "So only a new head is trained on what the backbone sees; more would learn few pictures by heart.",
    "LINEAR_PROBE_UNSURE": "So, to begin with, only a new head is trained on what the backbone sees.",
    "STAGE_PROBE": "So a new head is trained on the stage whose features tell your classes apart best: the topmost "
    "may know too much about other things.",
    "FINE_TUNE_TOP": "So a new head and the upper stages are trained.",
    "FINE_TUNE_ALL": "So everything is trained, from the first stage to the head.",
    "FROM_SCRATCH": "So everything is learned from nothing. Expect less than with pretrained weights: fetch or import "
    "some if you can.",
}


class Advice(TypedDict):
    """The `advise` result. `reason_codes` [{code, params}] are what the window translates, `reasons` their English.

    `evidence` is None where nothing was tried. `first_stage` is where `fine_tune_top` should begin, where that is
    known.
    """

    cell: str
    strategy: StrategyKind
    first_stage: int | None
    confident: bool
    size: Size
    similarity: Similarity
    evidence: Evidence | None
    reasons: list[str]
    reason_codes: list[dict[str, Any]]


def advise(size: Size, similarity: Similarity, evidence: Evidence | None = None, pretrained: bool = True) -> Advice:
    """The recommended strategy. `cell` ends in `-unknown` where similarity could not be measured.

    `pretrained` is False where the backbone has no weights to pass on; then there is one strategy.
    """
    cell = f"{size['cell']}-{similarity['cell']}"
    codes = _size_reasons(size)
    if not pretrained:
        reason = note("NO_PRETRAINING", backbone=similarity["measured_with"] or _backbone_of(similarity))
        codes += [reason, note("FROM_SCRATCH")]
        return _advice(cell, "from_scratch", None, True, size, similarity, None, codes)
    codes += [*_similarity_reasons(similarity), *similarity["notes"], *_probe_reasons(evidence)]
    sure = similarity["confident"] and size["confident"]
    if evidence is None:
        strategy, reasons = _cheapest(size, similarity), [] if sure else [note("CHEAPER")]
    else:
        strategy, reasons = _by_evidence(size, similarity, evidence)
        reasons += [] if sure else [note("RACE")]
    codes += reasons
    if strategy in ("fine_tune_top", "fine_tune_all"):
        codes.append(note("BOLD" if rates_for(similarity) == BOLD else "GENTLE"))
    unsure_probe = strategy == "linear_probe" and (cell != "small-similar" or not sure)
    codes.append(note("LINEAR_PROBE_UNSURE" if unsure_probe else strategy.upper()))
    first = first_different_stage(similarity) if strategy == "fine_tune_top" else None
    return _advice(cell, strategy, first, sure, size, similarity, evidence, codes)


def first_different_stage(similarity: Similarity) -> int | None:
    """The lowest stage from which on the pictures look unfamiliar; None where that is the first, or none."""
    stages = similarity["stages"]
    found = next((row["stage"] for row in stages if row["value"] < SIMILAR_FROM), 0)
    return found or None


def _cheapest(size: Size, similarity: Similarity) -> StrategyKind:
    """Of the cells that the measures permit, the strategy that costs least."""
    sizes = (size["cell"],) if size["confident"] else ("small", "large")
    ends = (similarity["cell"],) if similarity["confident"] else ("similar", "different")
    return min((CELLS[f"{one}-{other}"] for one in sizes for other in ends), key=CHEAPEST_FIRST.index)


def _by_evidence(size: Size, similarity: Similarity, evidence: Evidence) -> tuple[StrategyKind, list[dict[str, Any]]]:
    """What the probes add to size and similarity."""
    last = evidence["stages"][-1]["accuracy"]
    if last >= ROOM:
        return "linear_probe", [note("PROBE_ENOUGH")]
    if similarity["confident"] and similarity["cell"] == "similar":
        return _cheapest(size, similarity), []
    large = size["cell"] == "large" and size["confident"]
    if large and similarity["confident"]:
        return "fine_tune_all", []
    better = None if large else _better_read(evidence, last)
    if better is not None:
        return "stage_probe", [better]
    reasons = [*([] if large else [note("STAGES_NO_BETTER")]), note("NEVER_WORSE")]
    return ("fine_tune_top" if first_different_stage(similarity) else "fine_tune_all"), reasons


def _better_read(evidence: Evidence, last: float) -> dict[str, Any] | None:
    """Why a probe should read elsewhere than at the end, if it should."""
    read = evidence["read"]
    if not read:
        return None
    if len(read) > 1:
        return note("STAGES_BETTER", stages=", ".join(str(stage + 1) for stage in read))
    accuracy = next(row["accuracy"] for row in evidence["stages"] if row["stage"] == read[0])
    return note("STAGE_BETTER", stage=read[0] + 1, accuracy=accuracy) if accuracy >= last + CLEAR_GAIN else None


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """The English of one reason."""
    return SENTENCES[code].format_map(params)


def _size_reasons(size: Size) -> list[dict[str, Any]]:
    code = "SIZE_SMALL" if size["cell"] == "small" else "SIZE_LARGE"
    reasons = [note(code, images=math.floor(size["images_per_class"]), limit=SMALL_BELOW)]
    counted = sum(size["counted"].values())
    alike = counted - round(sum(size["per_class"].values()))
    if alike:
        reasons.append(note("TWINS_COUNTED", counted=counted, alike=alike))
    return reasons if size["confident"] else [*reasons, note("SIZE_DOUBT")]


def _similarity_reasons(similarity: Similarity) -> list[dict[str, Any]]:
    value = similarity["value"]
    if value is None:
        return []
    figures = {"value": value, "low": similarity["low"], "high": similarity["high"], "limit": SIMILAR_FROM}
    nearest = similarity["neighbours"][0]
    reasons = [
        note(similarity["cell"].upper(), **figures),
        note("NEIGHBOUR", set=nearest["code"], name=nearest["name"], value=nearest["value"]),
        *_layer_reasons(similarity),
    ]
    in_doubt = DOUBT[0] <= value <= DOUBT[1] or (similarity["low"] or 0.0) < SIMILAR_FROM <= (similarity["high"] or 0.0)
    return [*reasons, note("DOUBT")] if in_doubt and not similarity["confident"] else reasons


def _layer_reasons(similarity: Similarity) -> list[dict[str, Any]]:
    """What similarity from stage to stage means for where to cut."""
    stages = similarity["stages"]
    if not stages:
        return []
    first, last = stages[0]["value"], stages[-1]["value"]
    if first < SIMILAR_FROM:
        return [note("DIFFER_EARLY", first=first)]
    cut = first_different_stage(similarity)
    if cut is None:
        return [note("LAYERS_ALIKE", first=first, last=last)]
    above = next(row["value"] for row in stages if row["stage"] == cut)
    return [note("CUT_AT", stage=cut, above=above)]


def _probe_reasons(evidence: Evidence | None) -> list[dict[str, Any]]:
    if evidence is None:
        return []
    curve: Sequence[Mapping[str, Any]] = evidence["learning_curve"]
    reasons = [note("PROBE", accuracy=evidence["stages"][-1]["accuracy"], pictures=evidence["pictures"])]
    helps = "MORE_DATA" if evidence["growth"] >= CLEAR_GAIN else "DATA_ENOUGH"
    return [*reasons, note(helps, before=curve[-2]["accuracy"])] if len(curve) > 1 else reasons


def _backbone_of(similarity: Similarity) -> str:
    named = (row["params"].get("backbone") for row in similarity["notes"])
    return next((str(name) for name in named if name), "")


def _advice(
    cell: str,
    strategy: StrategyKind,
    first_stage: int | None,
    confident: bool,
    size: Size,
    similarity: Similarity,
    evidence: Evidence | None,
    codes: list[dict[str, Any]],
) -> Advice:
    return Advice(
        cell=cell,
        strategy=strategy,
        first_stage=first_stage,
        confident=confident,
        size=size,
        similarity=similarity,
        evidence=evidence,
        reasons=[sentence(row["code"], row["params"]) for row in codes],
        reason_codes=codes,
    )
