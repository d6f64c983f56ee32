"""The eight steps and where each stands, worked out in one place from plain facts; the rail only draws."""

from collections.abc import Mapping
from dataclasses import dataclass

from gui import words
from gui.words import translate

STEPS = ("data", "backbone", "strategy", "augment", "train", "evaluate", "predict", "export")
OTHERS = ("runs", "learn", "settings")


@dataclass(frozen=True, slots=True)
class StepState:
    """`glyph` is todo, ready, running or attention; `line` the quiet words; `why_not` says why one cannot enter."""

    glyph: str
    line: str
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the states follow from. Shares run from 0 to 1; names are codes."""

    project: bool = False
    scanned: bool = False
    scanning: float | None = None
    pictures: int = 0
    classes: int = 0
    problems: int = 0
    read_only: bool = False
    data_fault: str = ""  # why training cannot begin: a code such as ONE_CLASS
    data_fault_count: int = 0
    backbone: str = ""  # its title; empty while none is chosen or here
    backbones_known: bool = False
    fetching: bool = False
    advising: bool = False
    chosen_strategy: str = ""
    advised_strategy: str = ""
    augmentations: int = 0
    training: float | None = None
    paused: bool = False
    racing: bool = False  # what trains is a race
    train_fault: str = ""
    unfinished: bool = False
    trained: bool = False
    accuracy: tuple[float, float, float] | None = None
    evaluating: bool = False
    mistakes: int | None = None
    predicting: bool = False
    predicted: int | None = None
    exporting: bool = False
    exported: str = ""
    verified: bool = False
    smaller: bool = False  # exported with smaller numbers: not verified then, but measured
    lost: float | None = None  # the share of right answers that cost; None where it could not be measured


def states(now: Situation) -> Mapping[str, StepState]:
    """The state of every step, by its page's name."""
    return {
        "data": _data(now),
        "backbone": _backbone(now),
        "strategy": _strategy(now),
        "augment": _augment(now),
        "train": _train(now),
        "evaluate": _evaluate(now),
        "predict": _predict(now),
        "export": _export(now),
    }


def data_block(now: Situation) -> str:
    """Why these pictures cannot be trained on; nothing where they can."""
    if not now.project:
        return translate("Steps", "Open a folder of pictures first.")
    if now.scanning is not None and not now.scanned:
        return translate("Steps", "The folder is still being read.")
    if now.data_fault == "CONFLICTS":
        many = now.data_fault_count
        return translate("Steps", "%n picture(s) in two classes at once: settle them on the Data page.", "", many)
    if now.data_fault == "ONE_CLASS":
        return translate("Steps", "There is only one class, so there is nothing to tell apart.")
    if now.data_fault == "NO_LABELS":
        return translate("Steps", "%n picture(s) wait for the names of their classes.", "", now.data_fault_count)
    if now.data_fault in ("NO_SUCH_FOLDER", "NO_PERMISSION"):
        return translate("Steps", "The folder of pictures cannot be read: is the drive connected?")
    if now.data_fault:
        return translate("Steps", "No usable pictures were found.")
    if not now.scanned:
        return translate("Steps", "The folder was not read to its end. What was read is kept.")
    return ""


def backbone_block(now: Situation) -> str:
    """Why nothing can be built on a backbone yet."""
    if now.backbone:
        return ""
    if not now.backbones_known:
        return translate("Steps", "The backbones on this machine are still being looked for.")
    return translate("Steps", "There is no backbone on this machine yet: see the Backbone page.")


def train_block(now: Situation) -> str:
    """Why training cannot begin."""
    if reason := data_block(now):
        return reason
    if now.read_only:
        return translate("Steps", "This project is open in another window, or its disk cannot be written.")
    return "" if (now.chosen_strategy or now.advised_strategy) == "from_scratch" else backbone_block(now)


def _data(now: Situation) -> StepState:
    if not now.project:
        return StepState("todo", translate("Steps", "Open a folder"))
    if now.scanning is not None:
        return StepState("running", translate("Steps", "Reading, {share}").format(share=words.percent(now.scanning)))
    if now.data_fault:
        lines = {
            "CONFLICTS": translate("Steps", "%n conflict(s) to settle", "", now.data_fault_count),
            "ONE_CLASS": translate("Steps", "Needs two classes"),
            "NO_LABELS": translate("Steps", "%n without a class", "", now.data_fault_count),
            "NO_SUCH_FOLDER": translate("Steps", "Out of reach"),
            "NO_PERMISSION": translate("Steps", "May not be read"),
        }
        return StepState("attention", lines.get(now.data_fault, translate("Steps", "No usable pictures")))
    if not now.scanned:
        return StepState("todo", translate("Steps", "Not read yet"))
    line = translate("Steps", "{pictures} pictures, %n class(es)", "", now.classes)
    return StepState("ready", line.format(pictures=words.count(now.pictures)))


def _backbone(now: Situation) -> StepState:
    if not now.project:
        return StepState("todo", "", translate("Steps", "Open a folder of pictures first."))
    if now.fetching:
        return StepState("running", translate("Steps", "On its way"))
    if now.backbone:
        return StepState("ready", now.backbone)
    if now.chosen_strategy == "from_scratch":
        return StepState("ready", translate("Steps", "None: from scratch"))
    if now.backbones_known:
        return StepState("attention", translate("Steps", "None here yet"))
    return StepState("todo", "")


def _strategy(now: Situation) -> StepState:
    if not now.project:
        return StepState("todo", "", translate("Steps", "Open a folder of pictures first."))
    if now.advising:
        return StepState("running", translate("Steps", "Measuring"))
    if now.chosen_strategy:
        return StepState("ready", words.strategy_name(now.chosen_strategy))
    if now.advised_strategy:
        return StepState("ready", words.strategy_name(now.advised_strategy))
    return StepState("todo", translate("Steps", "Not measured yet"))


def _augment(now: Situation) -> StepState:
    if not now.project:
        return StepState("todo", "", translate("Steps", "Open a folder of pictures first."))
    if not now.augmentations:
        return StepState("ready", translate("Steps", "Off"))
    return StepState("ready", translate("Steps", "%n kind(s) of variation", "", now.augmentations))


def _train(now: Situation) -> StepState:
    if now.training is not None:
        going = translate("Steps", "Racing, {share}") if now.racing else translate("Steps", "Learning, {share}")
        said = translate("Steps", "Paused, {share}") if now.paused else going
        return StepState("attention" if now.paused else "running", said.format(share=words.percent(now.training)))
    if not now.project:
        return StepState("todo", "", translate("Steps", "Open a folder of pictures first."))
    if now.unfinished:
        return StepState("attention", translate("Steps", "Interrupted"))
    if now.train_fault:
        return StepState("attention", translate("Steps", "Stopped by a problem"))
    if now.trained:
        return StepState("ready", words.accuracy(*now.accuracy) if now.accuracy else translate("Steps", "Done"))
    block = train_block(now)
    return StepState("todo", "", block)


def _needs_model(now: Situation) -> str:
    if now.trained:
        return ""
    if not now.project:
        return translate("Steps", "Open a folder of pictures first.")
    return translate("Steps", "Train a model first.")


def _evaluate(now: Situation) -> StepState:
    if reason := _needs_model(now):
        return StepState("todo", "", reason)
    if now.evaluating:
        return StepState("running", translate("Steps", "Judging"))
    if now.mistakes is None:
        return StepState("ready", "")
    return StepState("ready", translate("Steps", "%n mistake(s)", "", now.mistakes))


def _predict(now: Situation) -> StepState:
    if reason := _needs_model(now):
        return StepState("todo", "", reason)
    if now.predicting:
        return StepState("running", translate("Steps", "Looking"))
    if now.predicted is None:
        return StepState("todo", "")
    return StepState("ready", translate("Steps", "%n picture(s)", "", now.predicted))


def _export(now: Situation) -> StepState:
    if reason := _needs_model(now):
        return StepState("todo", "", reason)
    if now.exporting:
        return StepState("running", translate("Steps", "Writing"))
    if not now.exported:
        return StepState("todo", "")
    if now.smaller:
        return _smaller(now)
    if not now.verified:
        return StepState("attention", translate("Steps", "{name}, not verified").format(name=now.exported.upper()))
    return StepState("ready", translate("Steps", "{name}, verified").format(name=now.exported.upper()))


def _smaller(now: Situation) -> StepState:
    """An export with smaller numbers is not held to the certificate's limit: its price is told instead."""
    if now.lost is None:
        return StepState("attention", translate("Steps", "{name}, not measured").format(name=now.exported.upper()))
    if now.lost <= 0:
        return StepState("ready", translate("Steps", "{name}, smaller, no worse").format(name=now.exported.upper()))
    text = translate("Steps", "{name}, smaller, −{points} points")
    return StepState("ready", text.format(name=now.exported.upper(), points=f"{100 * now.lost:.1f}"))
