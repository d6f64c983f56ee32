"""What the Train page may offer at the moment: read from the session and from the training that is watched."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.recipe import PROBES
from gui import facts, rules, steps, words
from gui.words import translate

if TYPE_CHECKING:
    from core.project.runs import Run
    from gui.job_board import Job
    from gui.opening import RunFacts
    from gui.session import Session
    from gui.training_watch import TrainingWatch

ALL_LEARN = ("fine_tune_all", "from_scratch")
LOWEST = "stage 0"


class TrainingStanding:
    """Nothing is kept here; every question is answered anew."""

    def __init__(self, session: "Session", watch: "TrainingWatch") -> None:
        self._session, self._watch = session, watch

    @property
    def job(self) -> "Job | None":
        """The training that runs."""
        return self._session.running("train")

    @property
    def known(self) -> "RunFacts | None":
        """The run that is shown, as last read from disk."""
        run = self._session.run
        return None if run is None else next((it for it in self._session.runs() if it.run.folder == run.folder), None)

    @property
    def report(self) -> Mapping[str, Any]:
        """Of the run that is shown, once it is over; else empty."""
        known = self.known if self.job is None else None
        return (known.report if known is not None else None) or {}

    @property
    def done(self) -> bool:
        return self.known is not None and bool(self.known.complete)

    @property
    def resumable(self) -> "Run | None":
        """The run that is shown, if it was interrupted."""
        unfinished, shown = self._session.unfinished, self._session.run
        same = unfinished is not None and shown is not None and unfinished.folder == shown.folder
        return unfinished if same and not self._session.read_only else None

    @property
    def solver(self) -> bool:
        """Whether a head is fitted by L-BFGS, whose rounds are no epochs in small batches."""
        known = self.known
        for resolved in (self._watch.resolved, (known.resolved if known is not None else None) or {}):
            if "optimizer" in resolved:
                return bool(resolved["optimizer"] == "lbfgs")
        return rules.strategy_of(self._session) in PROBES and self._session.recipe.optimizer.kind in (None, "lbfgs")

    def status(self) -> str:
        """One sentence on where it stands."""
        session, report = self._session, self.report
        if self.job is not None:
            return _status_while_running(self._watch.paused, self._watch.steps_now or self.solver)
        if self.resumable is not None:
            done = round(max(self._watch.data.epochs, default=0.0))
            return translate("TrainingStanding", "Interrupted after %n epoch(s).", "", done)
        if report:
            name = words.strategy_name(str(report.get("strategy", "")))
            return translate("TrainingStanding", "Trained: {strategy}.").format(strategy=name)
        kind = rules.strategy_of(session)
        if not kind:
            return translate("TrainingStanding", "Graft chooses what is left open, and says what it chose.")
        return translate("TrainingStanding", "Ready: {strategy}.").format(strategy=words.strategy_name(str(kind)))

    def why_not_start(self) -> str:
        """Why no training can begin; nothing where one can."""
        if self._session.read_only:
            return translate("TrainingStanding", "The project is open in another window: look, but do not train.")
        block = steps.train_block(facts.situation(self._session))
        return block or (
            translate("TrainingStanding", "A race is running.") if self._session.running("race") is not None else ""
        )

    def why_not_steer(self) -> str:
        """Why there is nothing to steer yet; nothing where there is."""
        first = translate("TrainingStanding", "It has not taken its first step yet.")
        return "" if self._watch.steps_now else first

    def why_not_unfreeze(self) -> str:
        """Why no further stage can be let learn; nothing where one can."""
        if self.job is not None and (reason := self.why_not_steer()):
            return reason
        learning = self._watch.data.rates
        every = LOWEST in learning if learning else self._watch.resolved.get("strategy") in ALL_LEARN
        return translate("TrainingStanding", "Every stage learns already.") if every else ""


def _status_while_running(paused: bool, steps_now: bool) -> str:
    if paused:
        return translate("TrainingStanding", "Paused. Nothing is lost; go on when you like.")
    if not steps_now:
        return translate("TrainingStanding", "Getting ready. The first training after opening takes longest to begin.")
    return translate("TrainingStanding", "It is learning. Pictures kept aside check it after every epoch.")
