"""What every part of a recipe is made of."""

from typing import Any

from pydantic import BaseModel, Field


def choice(default: Any, title: str, what: str, unit: str = "", off_below: int = 0, **bounds: Any) -> Any:
    """A field with its title, what it does, its unit, the number from which on it does anything (0: it always does),
    and its range (pydantic's `ge`, `lt` and so on)."""
    extra: dict[str, Any] = {"unit": unit, **({"off_below": off_below} if off_below else {})}
    return Field(default, title=title, description=what, json_schema_extra=extra, **bounds)


class Part(BaseModel, frozen=True, extra="forbid"):
    """Frozen; a name that it does not know is refused."""
