"""The advisor's reasons in words: the core gives codes and figures, these are the sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication

from gui.words import QT_TRANSLATE_NOOP

REASONS: Mapping[str, str] = {
    "SIZE_SMALL": QT_TRANSLATE_NOOP(
        "Reasons", "Few pictures: about {images:.0f} a class to learn from. From {limit:.0f} on, Graft calls it many."
    ),
    "SIZE_LARGE": QT_TRANSLATE_NOOP(
        "Reasons", "Many pictures: about {images:.0f} a class to learn from; {limit:.0f} or more is many."
    ),
    "SIMILAR": QT_TRANSLATE_NOOP(
        "Reasons", "Familiar pictures: their distance from what the backbone knows is {value:.3f}, "
        "surely between {low:.3f} and {high:.3f}. Below {limit} is familiar."
    ),
    "DIFFERENT": QT_TRANSLATE_NOOP(
        "Reasons", "Unfamiliar pictures: their distance from what the backbone knows is {value:.3f}, "
        "surely between {low:.3f} and {high:.3f}. Below {limit} would be familiar."
    ),
    "NEIGHBOUR": QT_TRANSLATE_NOOP("Reasons", "Their nearest neighbour on that scale: {name}, at {value:.3f}."),
    "DOUBT": QT_TRANSLATE_NOOP("Reasons", "So near to the limit this is not certain."),
    "OTHER_SCALE": QT_TRANSLATE_NOOP(
        "Reasons", "The scale was drawn up with {reference}; with {backbone} the place is only rough."
    ),
    "FEW_PICTURES": QT_TRANSLATE_NOOP(
        "Reasons", "Only {pictures} pictures could be measured; below {limit} the figure is not to be relied on."
    ),
    "STAND_IN": QT_TRANSLATE_NOOP(
        "Reasons", "{backbone} keeps no memory of what it learned from, so {stand_in} was asked in its place."
    ),
    "NO_MEMORY": QT_TRANSLATE_NOOP(
        "Reasons", "{backbone} keeps no memory of what it learned from: how familiar your pictures are is not known."
    ),
    "NO_PRETRAINING": QT_TRANSLATE_NOOP(
        "Reasons", "{backbone} holds random numbers: it has learned nothing that could be passed on."
    ),
    "NO_PICTURES": QT_TRANSLATE_NOOP("Reasons", "There are no pictures to measure."),
    "CHEAPER": QT_TRANSLATE_NOOP(
        "Reasons", "Being unsure, Graft advises what costs less. The race below would decide by evidence."
    ),
    "LINEAR_PROBE": QT_TRANSLATE_NOOP(
        "Reasons", "So only a new head learns, on what the backbone sees. More would learn few pictures by heart."
    ),
    "LINEAR_PROBE_UNSURE": QT_TRANSLATE_NOOP(
        "Reasons", "So, to begin with, only a new head learns, on what the backbone sees."
    ),
    "STAGE_PROBE": QT_TRANSLATE_NOOP(
        "Reasons", "So a new head reads the stage that tells your classes apart best: the topmost may know too much "
        "about other things."
    ),
    "FINE_TUNE_TOP": QT_TRANSLATE_NOOP("Reasons", "So a new head and the upper stages learn, the stages gently."),
    "FINE_TUNE_ALL": QT_TRANSLATE_NOOP(
        "Reasons", "So everything learns, the pretrained stages gently: they must learn to see anew."
    ),
    "FROM_SCRATCH": QT_TRANSLATE_NOOP(
        "Reasons", "So everything is learned from nothing. Expect less than with pretrained weights: the Backbone page "
        "can fetch or import some."
    ),
}  # fmt: skip


def reasons(advice: Mapping[str, Any]) -> list[str]:
    """The sentences, in order; where a code is not known here, its English from the core."""
    codes: Sequence[Mapping[str, Any]] = advice.get("reason_codes") or ()
    english = list(advice.get("reasons") or ())
    if not codes:
        return english
    return [_sentence(row, english[number] if number < len(english) else "") for number, row in enumerate(codes)]


def _sentence(row: Mapping[str, Any], english: str) -> str:
    known = REASONS.get(str(row.get("code")))
    if known is None:
        return english
    try:
        return QCoreApplication.translate("Reasons", known).format_map(dict(row.get("params") or {}))
    except (KeyError, ValueError, TypeError):
        return english
