"""What every part of a recipe is made of."""

from typing import Any

from pydantic import BaseModel, Field


def choice(default: Any, title: str, what: str, unit: str = "", **bounds: Any) -> Any:
    """A field with its title, what it does, its unit and its range (pydantic's `ge`, `lt` and so on)."""
    return Field(default, title=title, description=what, json_schema_extra={"unit": unit}, **bounds)


class Part(BaseModel, frozen=True, extra="forbid"):
    """Frozen; a name that it does not know is refused."""
