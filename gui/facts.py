"""From the session to the plain facts that the states of the steps follow from."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gui import steps
from gui.steps import Situation

if TYPE_CHECKING:
    from core.recipe import Augmentation
    from gui.job_board import Job
    from gui.standing import Standing

# Faults of the folder that keep training from beginning.
DATA_FAULTS = ("NO_IMAGES", "NO_LABELS", "ONE_CLASS", "NO_SUCH_FOLDER", "NO_PERMISSION", "CONFLICTS")
LEARNING = ("train", "race", "head")  # what comes before, such as reading pictures, is no share of the learning


def situation(session: "Standing") -> Situation:
    """What is so at the moment. Cheap: nothing is read from disk."""
    if session.project is None:
        return Situation()
    scan = session.result("scan") or {}
    advice = session.result("advise") or {}
    report = session.report
    predicted = session.result("predict")
    exported = session.result("export") or {}
    chosen = backbone(session)
    fault, many = data_fault(session)
    failed, learning = session.failure("train"), session.running("train", "race")
    return Situation(
        project=True,
        read_only=session.read_only,
        scanned=bool(scan),
        scanning=share(session.running("scan")),
        pictures=sum(scan.get("classes", {}).values()),
        classes=sum(1 for count in scan.get("classes", {}).values() if count),
        problems=number(scan.get("skipped", 0)),
        data_fault=fault,
        data_fault_count=many,
        backbone=str(chosen["title"]) if chosen else "",
        backbones_known=session.result("list_backbones") is not None,
        fetching=session.running("fetch_backbone", "import_backbone") is not None,
        advising=session.running("advise") is not None,
        chosen_strategy=session.recipe.strategy.kind or "",
        advised_strategy=str(advice.get("strategy", "")),
        augmentations=augmentations(session.recipe.augmentation),
        training=share(learning, LEARNING),
        paused=learning is not None and learning.paused,
        racing=learning is not None and learning.kind == "race",
        train_fault=failed.code if failed else "",
        unfinished=session.unfinished is not None,
        trained=report is not None,
        accuracy=accuracy_of(report),
        evaluating=session.running("evaluate") is not None,
        mistakes=mistakes_of(report),
        predicting=session.running("predict") is not None,
        predicted=len(predicted.get("rows", ())) if predicted else None,
        exporting=session.running("export") is not None,
        exported=str(exported.get("format", "")),
        verified=bool(exported.get("parity", {}).get("verified", False)),
        smaller=bool(exported.get("cost")),
        lost=lost_by(exported.get("cost") or {}),
    )


def advice_block(session: "Standing") -> str:
    """Why size and similarity cannot be measured yet; nothing where they can.

    Where no backbone is here and none was chosen, size alone can be told, and that all must be learned from nothing.
    """
    now = situation(session)
    from_nothing = now.backbones_known and not _here(session) and session.recipe.backbone.name is None
    return steps.data_block(now) or ("" if from_nothing else steps.backbone_block(now))


def backbone(session: "Standing") -> Mapping[str, Any] | None:
    """The row of the backbone that will be used: the one chosen if it is here, else the best that is."""
    here = _here(session)
    name = session.recipe.backbone.name
    if name is not None:
        return next((row for row in here if row["name"] == name), None)
    return next((row for row in here if row.get("default")), None)


def _here(session: "Standing") -> list[Mapping[str, Any]]:
    return [row for row in (session.result("list_backbones") or {}).get("backbones", ()) if row["local"]]


def data_fault(session: "Standing") -> tuple[str, int]:
    """The code that keeps these pictures from being learned from, and how many are concerned; nothing where none."""
    failed = session.failure("scan")
    if failed is not None and failed.code in DATA_FAULTS:
        return failed.code, 0
    scan = session.result("scan")
    if scan is None:
        return "", 0
    filled = [count for count in scan.get("classes", {}).values() if count]
    if not filled:
        without = session.shelf.facts.unlabelled
        return ("NO_LABELS", without) if without else ("NO_IMAGES", 0)
    if len(filled) == 1:
        return "ONE_CLASS", 0
    conflicts = number(scan.get("conflicts", 0))
    if conflicts and session.recipe.data.on_conflict == "fail":
        return "CONFLICTS", conflicts
    return "", 0


def share(job: "Job | None", stages: Sequence[str] = ()) -> float | None:
    """How much of a job is done, from 0 to 1; None where it does not run. Only these `stages` count, where given."""
    if job is None:
        return None
    if job.progress is None or not job.progress.total or (stages and job.progress.stage not in stages):
        return 0.0
    return min(1.0, job.progress.done / job.progress.total)


def augmentations(chosen: "Augmentation") -> int:
    """How many kinds of variation are on."""
    colours = chosen.brightness or chosen.contrast or chosen.saturation or chosen.hue or chosen.pca_colour
    shape = (chosen.flip, chosen.vertical_flip, chosen.smallest_crop < 1, chosen.rotation, chosen.perspective)
    damage = (chosen.blur, chosen.noise, chosen.erase)
    return sum(map(bool, (*shape, colours, *damage, chosen.automatic != "off")))


def accuracy_of(report: Mapping[str, Any] | None) -> tuple[float, float, float] | None:
    """Validation accuracy with its interval, where there were validation pictures."""
    judged = (report or {}).get("val")
    return (judged["accuracy"], judged["low"], judged["high"]) if judged else None


def lost_by(cost: Mapping[str, Any]) -> float | None:
    """The share of right answers that an export with smaller numbers lost, where that was measured."""
    return float(cost["before"]) - float(cost["after"]) if cost.get("images") else None


def mistakes_of(report: Mapping[str, Any] | None) -> int | None:
    judged = (report or {}).get("val") or {}
    return number(judged["mistakes"]) if "mistakes" in judged else None


def number(value: int | Sequence[object]) -> int:
    return value if isinstance(value, int) else len(value)
