"""Which choices of the recipe exclude one another at the moment, in words."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from core.recipe import RULES, FieldRow, blocked
from gui import words

if TYPE_CHECKING:
    from core.recipe import Recipe, StrategyKind
    from gui.standing import Standing

RULED = frozenset(rule.field for rule in RULES)


def strategy_of(session: "Standing") -> str | None:
    """The strategy that a training would have now: the one chosen, else the advisor's."""
    return session.recipe.strategy.kind or (session.result("advise") or {}).get("strategy")


def reason(session: "Standing", path: str) -> str:
    """Why the field cannot be chosen now, or would have no effect; nothing where it can."""
    if path not in RULED:
        return ""
    return _said(_blocked(session.recipe, strategy_of(session)).get(path, ""))


def choice_reasons(session: "Standing", row: FieldRow) -> Mapping[str, str]:
    """The choices of a field that cannot be taken now, each with its reason."""
    if row.path not in RULED:
        return {}
    strategy, recipe = strategy_of(session), session.recipe
    told = {choice: _blocked(recipe.with_value(row.path, choice), strategy).get(row.path) for choice in row.choices}
    unchosen = _blocked(recipe.with_value(row.path, row.default), strategy).get(row.path)
    return {choice: _said(why) for choice, why in told.items() if why and why != unchosen}


@lru_cache(maxsize=64)
def _blocked(recipe: "Recipe", strategy: "StrategyKind | None") -> Mapping[str, str]:
    return blocked(recipe, strategy)


def _said(why: str) -> str:
    return words.translate("Rules", why) if why else ""
