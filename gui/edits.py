"""What the user says about pictures, and the command that can be undone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
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
        request: "Request",
        send: "Callable[[Request], object]",
        show: Callable[[], object],
    ) -> None:
        super().__init__(text)
        self._name, self._request, self._send, self._show = name, request, send, show
        self._done_once = False

    def redo(self) -> None:
        self._show()
        self._send(self._taking_back(again=True) if self._done_once else self._request)
        self._done_once = True

    def undo(self) -> None:
        self._send(self._taking_back(again=False))

    def _taking_back(self, again: bool) -> "Request":
        from core.requests import TakeBack

        project: str = getattr(self._request, "project")  # noqa: B009 - every edit has one
        return TakeBack(project=project, name=self._name, again=again)
