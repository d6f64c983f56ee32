"""What the head of the Backbone page says: where things stand, and what its one button does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui import facts
from gui.words import translate

if TYPE_CHECKING:
    from gui.backbone_rows import Row
    from gui.session import Session


@dataclass(frozen=True, slots=True)
class Head:
    """`why_not` says why the button cannot be pressed, where it cannot."""

    status: str
    button: str
    why_not: str = ""


def head_of(session: "Session", wanted: "Row | None", known: bool) -> Head:
    """With the backbone that is picked or in use; `known` once it is known what is on this machine."""
    if session.running("fetch_backbone") is not None:
        return Head(
            translate("BackbonePage", "On its way. You can go on looking around."),
            translate("BackbonePage", "Downloading…"),
            translate("BackbonePage", "It is being downloaded."),
        )
    if not known:
        return Head(
            translate("BackbonePage", "Looking for the backbones on this machine…"),
            translate("BackbonePage", "Go on"),
            translate("BackbonePage", "The list is not here yet."),
        )
    if wanted is None:
        status = translate("BackbonePage", "There is none here yet.")
        return Head(status, translate("BackbonePage", "Go on from scratch"))
    status, button = _with(wanted, facts.backbone(session))
    return Head(status.format(name=wanted["title"]), button.format(name=wanted["title"]))


def _with(wanted: "Row", used: "Row | None") -> tuple[str, str]:
    """Status and button for a backbone, its name left open."""
    if not wanted["local"]:
        begun = translate("BackbonePage", "Go on downloading {name}")
        fresh = translate("BackbonePage", "Download {name}")
        return translate("BackbonePage", "{name} is not on this machine yet."), begun if wanted.get(
            "partial"
        ) else fresh
    if used is not None and used["name"] == wanted["name"]:
        return translate("BackbonePage", "{name} will look at your pictures."), translate("BackbonePage", "Use {name}")
    return translate("BackbonePage", "{name} is on this machine."), translate("BackbonePage", "Use {name}")
