"""From codes to words, in the user's language (the tables: `gui.vocabulary`); numbers with the digits they deserve."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from core.errors import FAULTS
from gui.vocabulary import ADVICE, CELLS, CHOICES, JOBS, PARTS, SIGNS, STAGES, STRATEGIES
from gui.vocabulary import QT_TRANSLATE_NOOP as QT_TRANSLATE_NOOP
from resources.samples import PICTURES

if TYPE_CHECKING:
    from core.errors import UserError
    from core.events import Failed
    from core.recipe import FieldRow


def say(text: str) -> str:
    """Translate a text that one of the tables holds."""
    return QCoreApplication.translate("Words", text)


class _Filled(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def fault_message(code: str, params: Mapping[str, object]) -> str:
    """What happened and why. An unknown code is shown as it is."""
    fault = FAULTS.get(code)
    return QCoreApplication.translate("Faults", fault.message).format_map(_Filled(params)) if fault else code


def fault_hint(code: str, params: Mapping[str, object]) -> str:
    """What to do next."""
    fault = FAULTS.get(code)
    return QCoreApplication.translate("Faults", fault.hint).format_map(_Filled(params)) if fault else ""


def fault_text(fault: "UserError | Failed") -> str:
    """What happened, why, and what to do next: of a `UserError`, or of a job that failed."""
    return f"{fault_message(fault.code, fault.params)} {fault_hint(fault.code, fault.params)}"


def strategy_name(kind: str) -> str:
    if kind == "ensemble":  # no strategy of a recipe: what `Combine` makes
        return say(QT_TRANSLATE_NOOP("Words", "Several runs in one"))
    return say(STRATEGIES[kind][0]) if kind in STRATEGIES else kind


def strategy_what(kind: str) -> str:
    return say(STRATEGIES[kind][1]) if kind in STRATEGIES else ""


def cell_name(cell: str) -> str:
    return say(CELLS[cell][0]) if cell in CELLS else cell


def cell_what(cell: str) -> str:
    return say(CELLS[cell][1]) if cell in CELLS else ""


def part_name(part: str) -> str:
    return say(PARTS.get(part, part))


def job_name(kind: str) -> str:
    return say(JOBS.get(kind, kind))


def stage_name(stage: str) -> str:
    """The words for a `Progress.stage`."""
    return say(STAGES.get(stage, stage))


def advice_text(code: str, params: Mapping[str, object]) -> str:
    """What the core advises, and what to do about it."""
    if code in ADVICE:
        return say(ADVICE[code]).format_map(_Filled(params))
    return f"{fault_message(code, params)} {fault_hint(code, params)}"


def choice_name(path: str, value: str) -> str:
    """One choice of the recipe's field at `path`."""
    return strategy_name(value) if path == "strategy.kind" else say(CHOICES.get(value, value))


def field_title(row: "FieldRow") -> str:
    return QCoreApplication.translate("Recipe", row.title)


def field_what(row: "FieldRow") -> str:
    return QCoreApplication.translate("Recipe", row.what)


def field_unit(row: "FieldRow") -> str:
    """The word behind a number; nothing where a sign tells it."""
    return QCoreApplication.translate("Recipe", row.unit) if row.unit and row.unit not in SIGNS else ""


def translate(context: str, text: str, comment: str = "", number: int = -1) -> str:
    """`QCoreApplication.translate` with English endings for `%n picture(s)`."""
    return plural(QCoreApplication.translate(context, text, comment, number), number)


def plural(translated: str, number: int) -> str:
    """Finish a text such as `tr("%n picture(s)", "", n)`: English has no translation file, its endings are set here."""
    one = number == 1
    return translated.replace("(s)", "" if one else "s").replace("(es)", "" if one else "es")


def count(number: int) -> str:
    return QLocale().toString(number)


def percent(share: float) -> str:
    """0.8889 as `89 %` (with a no-break space)."""
    return f"{round(100 * share)}\u00a0%"


def accuracy(share: float, low: float | None = None, high: float | None = None) -> str:
    """`89 % ± 5`: the half width of the interval in whole points, at least 1."""
    if low is None or high is None:
        return percent(share)
    return f"{percent(share)}\u00a0±\u00a0{max(1, round(50 * (high - low)))}"


def small(number: float, digits: int = 2) -> str:
    """A number that may be tiny, such as a learning rate, as one may type it again: `0.00045`, `4.5e-6`."""
    return f"{float(f'{number:.{digits}g}'):g}".replace("e-0", "e-")


def duration(seconds: float) -> str:
    """How long, as people say it: `8 s`, `2 min 5 s`, `1 h 20 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return say(QT_TRANSLATE_NOOP("Words", "{s} s")).format(s=whole)
    if whole < 600 and whole % 60:
        return say(QT_TRANSLATE_NOOP("Words", "{m} min {s} s")).format(m=whole // 60, s=whole % 60)
    if whole < 3600:
        return say(QT_TRANSLATE_NOOP("Words", "{m} min")).format(m=round(whole / 60))
    return say(QT_TRANSLATE_NOOP("Words", "{h} h {m} min")).format(h=whole // 3600, m=whole % 3600 // 60)


def folder_name(folder: Path) -> str:
    """What a data folder is called in titles."""
    if folder == PICTURES:
        return say(QT_TRANSLATE_NOOP("Words", "Sample pictures"))
    return folder.name or str(folder)


def bytes_text(number: int) -> str:
    digits = 1 if 1e6 <= number < 1e7 else 0
    return QLocale().formattedDataSize(number, digits, QLocale.DataSizeFormat.DataSizeSIFormat)


def when(moment: datetime | float, now: datetime | None = None) -> str:
    """How long ago, roughly: `just now`, `12 minutes ago`, `yesterday`, then the date."""
    moment = datetime.fromtimestamp(moment) if isinstance(moment, (int, float)) else moment
    now = now or datetime.now(moment.tzinfo)
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return say(QT_TRANSLATE_NOOP("Words", "just now"))
    if minutes < 60:
        return plural(QCoreApplication.translate("Words", "%n minute(s) ago", "", minutes), minutes)
    days = (now.date() - moment.date()).days
    if days == 0:
        return plural(QCoreApplication.translate("Words", "%n hour(s) ago", "", minutes // 60), minutes // 60)
    if days == 1:
        return say(QT_TRANSLATE_NOOP("Words", "yesterday"))
    return QLocale().toString(QDate(moment.year, moment.month, moment.day), QLocale.FormatType.ShortFormat)
