"""What is known of how good the chosen run is, and the ways to know more: examined, judged anew, settled."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.requests import Evaluate, Examine, Settle
from gui.judgement import PARTS, Judgement

if TYPE_CHECKING:
    from gui.session import Session


class RunJudged(QObject):
    """Follows the session's chosen run. `changed`: there is more to show, or something else."""

    changed = Signal()

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._examined: tuple[Path, Mapping[str, Any]] | None = None  # run, `Examine` fields
        self._asked: tuple[object, ...] | None = None  # what was examined, or is being
        self._anew: tuple[Path, Mapping[str, Any], str] | None = None  # run, result, the other folder

    @property
    def run(self) -> Path | None:
        trained = self._session.trained
        return None if trained is None else trained.run.folder

    def examine(self) -> None:
        """Have everything worked out for a run that was not examined yet: the report alone holds the least of it."""
        trained = self._session.trained
        key = None if trained is None else (trained.run.folder, id(trained.report))
        if trained is None or key == self._asked:
            return
        self._asked = key
        run = trained.run.folder
        self._session.start(Examine(run=str(run)), lambda value: self._take_examined(run, value))

    def _take_examined(self, run: Path, value: Mapping[str, Any]) -> None:
        self._examined = (run, value)
        self.changed.emit()

    @property
    def settled(self) -> Mapping[str, Any]:
        """The `Settled` fields of the run; nothing while they are not known."""
        if self._examined is None or self._examined[0] != self.run:
            return {}
        return dict(self._examined[1].get("settled") or {})

    @property
    def result(self) -> Mapping[str, Any]:
        """What is shown: what judging anew gave for the run, else all that its answers say, else its report."""
        trained = self._session.trained
        if trained is None:
            return {}
        if self._anew is not None and self._anew[0] == trained.run.folder:
            return self._anew[1]
        if self._examined is not None and self._examined[0] == trained.run.folder:
            judged: Mapping[str, Any] = self._examined[1].get("judged") or {}
            if judged:
                return judged
        return trained.report or {}

    @property
    def elsewhere(self) -> Path | None:
        """The other folder whose pictures were judged, where that is what is shown."""
        if self._anew is not None and self._anew[0] == self.run and self._anew[2]:
            return Path(self._anew[2])
        return None

    def judgement(self, part: str) -> Judgement:
        return Judgement(
            run=self.run,
            part=part,
            judged=self.result.get(part) or {},
            settled=self.settled,
            folder=self.elsewhere,
        )

    def judge_anew(self, folder: str = "") -> None:
        """On its own pictures, or on those of another folder."""
        run = self.run
        if run is not None:
            request = Evaluate(run=str(run), folder=folder or None)
            self._session.start(request, lambda value: self._take_anew(run, value, folder))

    def _take_anew(self, run: Path, value: Mapping[str, Any], folder: str) -> None:
        """Another folder's figures are shown for now; the run's own were kept and are read anew."""
        if folder or not any(value.get(part) for part in PARTS):
            self._anew = (run, value, folder)
        else:
            self._anew, self._asked = None, None
            self._examined = (run, {"judged": {part: value[part] for part in PARTS if value.get(part)},
                                    "settled": self.settled})  # fmt: skip
            self._session.run_list.reload()
        self.changed.emit()

    def settle(self, **changed: Any) -> None:
        """Keep what was settled with the model; other views need the answers anew."""
        run = self.run
        if run is None or self._session.read_only:
            return
        standing = self.settled
        line = standing.get("line")
        drawn = None if line is None else (line["label"], line["threshold"])
        settled = {"temperature": 1.0, "threshold": None, "views": "none", **standing, "line": drawn, **changed}

        def done(value: Mapping[str, Any]) -> None:
            self._anew = None
            self._take_examined(run, value)
            self._session.run_list.reload()
            if "views" in changed:
                self.judge_anew()

        self._session.start(Settle(run=str(run), **settled), done)
