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
    "TWINS_COUNTED": QT_TRANSLATE_NOOP(
        "Reasons", "Of {counted} pictures to learn from, {alike} add little: they look like others, or belong together."
    ),
    "SIZE_DOUBT": QT_TRANSLATE_NOOP("Reasons", "So near to the limit, few or many is not certain."),
    "SIMILAR": QT_TRANSLATE_NOOP(
        "Reasons", "Familiar pictures: from 0 to 1, they are {value:.2f} like what the backbone learned from, "
        "surely between {low:.2f} and {high:.2f}. From {limit} on is familiar."
    ),
    "DIFFERENT": QT_TRANSLATE_NOOP(
        "Reasons", "Unfamiliar pictures: from 0 to 1, they are {value:.2f} like what the backbone learned from, "
        "surely between {low:.2f} and {high:.2f}. From {limit} on would be familiar."
    ),
    "NEIGHBOUR": QT_TRANSLATE_NOOP("Reasons", "Their nearest neighbour on that scale: {name}, at {value:.2f}."),
    "LAYERS_ALIKE": QT_TRANSLATE_NOOP(
        "Reasons", "No stage of the network is surprised by them, from the first ({first:.2f}) to the last "
        "({last:.2f})."
    ),
    "CUT_AT": QT_TRANSLATE_NOOP(
        "Reasons", "Up to stage {stage} they look familiar, above they do not ({above:.2f}): learning should "
        "begin there."
    ),
    "DIFFER_EARLY": QT_TRANSLATE_NOOP(
        "Reasons", "They are unfamiliar from the first stage on ({first:.2f}), where colours, edges and textures are "
        "seen: no stage can simply be kept."
    ),
    "PROBE": QT_TRANSLATE_NOOP(
        "Reasons", "Tried on the spot: a new head alone gets {accuracy:.0%} of {pictures} pictures right in "
        "cross-validation."
    ),
    "MORE_DATA": QT_TRANSLATE_NOOP(
        "Reasons", "With half of them it got {before:.0%}: more pictures would help."
    ),
    "DATA_ENOUGH": QT_TRANSLATE_NOOP(
        "Reasons", "With half of them it got {before:.0%} already: more pictures would add little to such a head."
    ),
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
    "BY_CONFIDENCE": QT_TRANSLATE_NOOP(
        "Reasons", "{backbone} keeps no memory of what it learned from, so it was asked how sure it is of what it "
        "sees: {confidence:.0%} on average. That says nothing stage by stage."
    ),
    "NO_MEMORY": QT_TRANSLATE_NOOP(
        "Reasons", "{backbone} keeps no memory of what it learned from: how familiar your pictures are is not known."
    ),
    "NO_PRETRAINING": QT_TRANSLATE_NOOP(
        "Reasons", "{backbone} holds random numbers: it has learned nothing that could be passed on."
    ),
    "NO_PICTURES": QT_TRANSLATE_NOOP("Reasons", "There are no pictures to measure."),
    "PROBE_ENOUGH": QT_TRANSLATE_NOOP("Reasons", "That leaves next to nothing to gain by training more."),
    "STAGE_BETTER": QT_TRANSLATE_NOOP(
        "Reasons", "Read at stage {stage} it gets {accuracy:.0%}, better than after the last."
    ),
    "STAGES_BETTER": QT_TRANSLATE_NOOP(
        "Reasons", "Reading stages {stages} together it does better than after the last."
    ),
    "STAGES_NO_BETTER": QT_TRANSLATE_NOOP(
        "Reasons", "No earlier stage tells the classes apart better than the last: reading elsewhere gains nothing."
    ),
    "NEVER_WORSE": QT_TRANSLATE_NOOP(
        "Reasons", "Training more begins with that head and keeps the best it finds: on validation pictures it ends no "
        "worse."
    ),
    "RACE": QT_TRANSLATE_NOOP("Reasons", "This is not certain. The race below would decide by evidence."),
    "GENTLE": QT_TRANSLATE_NOOP(
        "Reasons", "Pretrained stages learn at a tenth of the head's rate, lower ones slower still: what they know "
        "fits."
    ),
    "BOLD": QT_TRANSLATE_NOOP(
        "Reasons", "Pretrained stages learn as fast as the head: they must learn to see anew."
    ),
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
    "FINE_TUNE_TOP": QT_TRANSLATE_NOOP("Reasons", "So a new head and the upper stages learn."),
    "FINE_TUNE_ALL": QT_TRANSLATE_NOOP("Reasons", "So everything learns, from the first stage to the head."),
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
