"""What can be done about each piece of advice: the button beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from gui.words import QT_TRANSLATE_NOOP, translate


@dataclass(frozen=True, slots=True)
class Act:
    """`action` is one of `core.events.Steer`, or `find_rate`; `page` leads there instead."""

    words: str
    action: str = ""
    page: str = ""

    @property
    def text(self) -> str:
        return translate("Advice", self.words)


DECAY = Act(QT_TRANSLATE_NOOP("Advice", "Decay ÷ 10"), "decay")
STOP = Act(QT_TRANSLATE_NOOP("Advice", "Stop and keep best"), "stop")
UNFREEZE = Act(QT_TRANSLATE_NOOP("Advice", "Unfreeze a stage"), "unfreeze")
RETRY = Act(QT_TRANSLATE_NOOP("Advice", "Try again"), "go_on")
FIND = Act(QT_TRANSLATE_NOOP("Advice", "Find a learning rate"), "find_rate")
VARY = Act(QT_TRANSLATE_NOOP("Advice", "Vary the pictures more"), page="augment")
WIDEN = Act(QT_TRANSLATE_NOOP("Advice", "Let more stages learn"), page="strategy")
SET_ASIDE = Act(QT_TRANSLATE_NOOP("Advice", "Set more pictures aside"), page="data")

# By code: while it runs, and once it is over.
ACTS: Mapping[str, tuple[Act | None, Act | None]] = {
    "DIVERGING": (DECAY, FIND),
    "DIVERGED": (None, FIND),
    "OVERFITTING": (STOP, VARY),
    "GAP": (VARY, VARY),
    "PLATEAU": (DECAY, None),
    "UNDERFITTING": (UNFREEZE, WIDEN),
    "TOO_FEW": (SET_ASIDE, SET_ASIDE),
    "DISK_FULL": (RETRY, None),
    "CANNOT_WRITE": (RETRY, None),
}


def act_on(code: str, running: bool) -> Act | None:
    while_running, afterwards = ACTS.get(code, (None, None))
    return while_running if running else afterwards
