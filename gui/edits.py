"""What the user says about pictures, and the command that can be undone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QUndoCommand

from gui import words

if TYPE_CHECKING:
    from core.project.edits import KeptEdit
    from core.project.index import Picture
    from core.requests import Request


@dataclass(frozen=True, slots=True)
class Change:
    """None leaves that as it is; an empty part or group takes the user's word back."""

    label: str | None = None
    excluded: bool | None = None
    part: str | None = None
    group: str | None = None

    def asked(self) -> dict[str, Any]:
        """The fields of the request."""
        return {"label": self.label, "excluded": self.excluded, "part": self.part, "group": self.group}

    def of(self, picture: "Picture") -> "Picture":
        """The picture as it will be."""
        return replace(
            picture,
            label=picture.label if self.label is None else self.label,
            problem="" if self.label and picture.problem == "UNLABELLED" else picture.problem,
            excluded=picture.excluded if self.excluded is None else self.excluded,
            own_part=picture.own_part if self.part is None else self.part,
            own_group=picture.own_group if self.group is None else self.group,
            dealt=picture.dealt if not self.part else self.part,
        )


class ShelfEdit(QUndoCommand):
    """An edit that the index remembers by `name`: the window keeps nothing of what was there before."""

    def __init__(
        self,
        text: str,
        name: str,
        project: str,
        send: "Callable[[Request], object]",
        request: "Request | None" = None,
        show: Callable[[], object] = lambda: None,
    ) -> None:
        """`request` None: it was done in an earlier session, and is only to be taken back and done again."""
        super().__init__(text)
        self._name, self._project, self._send = name, project, send
        self._request, self._show = request, show
        self._done_once = False

    def redo(self) -> None:
        self._show()
        if self._done_once:
            self._send(self._taking_back(again=True))
        elif self._request is not None:
            self._send(self._request)
        self._done_once = True

    def undo(self) -> None:
        self._send(self._taking_back(again=False))

    def _taking_back(self, again: bool) -> "Request":
        from core.requests import TakeBack

        return TakeBack(project=self._project, name=self._name, again=again)


def told(edit: "KeptEdit") -> str:
    """An edit of an earlier session, in words."""
    if edit.what == "twins":
        return words.translate("Edits", "Tell twins apart")
    if edit.what == "classes":
        return words.translate("Edits", "Change the classes")
    back = words.QT_TRANSLATE_NOOP("Edits", "Let Graft choose again for %n picture(s)")
    texts = {
        "label": words.QT_TRANSLATE_NOOP("Edits", "Move %n picture(s) to {value}"),
        "left_out": (
            words.QT_TRANSLATE_NOOP("Edits", "Leave out %n picture(s)")
            if edit.value == "1"
            else words.QT_TRANSLATE_NOOP("Edits", "Take %n picture(s) in again")
        ),
        "own_part": words.QT_TRANSLATE_NOOP("Edits", "Move %n picture(s) to another part") if edit.value else back,
        "own_group": words.QT_TRANSLATE_NOOP("Edits", "Group %n picture(s)") if edit.value else back,
    }
    return words.translate("Edits", texts[edit.what], "", edit.pictures).format(value=edit.value)
