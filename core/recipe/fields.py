"""The recipe's fields as rows: what forms, `--set` and `graft recipe explain` are drawn from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.recipe.choices import Recipe, no_such_field


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field as forms and help show it. `kind` is `number`, `integer`, `flag`, `choice`, `text` or `list`; below
    `off_below` it does nothing."""

    path: str
    title: str
    what: str
    unit: str
    kind: str
    optional: bool
    default: Any
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    off_below: int = 0


def field_rows() -> Iterator[FieldRow]:
    """Every field of the recipe in order, leaf by leaf."""
    for name, info in Recipe.model_fields.items():
        part = info.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            for leaf, leaf_info in part.model_fields.items():
                yield _row(f"{name}.{leaf}", leaf_info)
        elif info.title:
            yield _row(name, info)


def field_row(path: str) -> FieldRow:
    """One field by its path. Raises UserError NO_SUCH_FIELD."""
    for row in field_rows():
        if row.path == path:
            return row
    raise no_such_field(path)


def value_at(recipe: Recipe, path: str) -> Any:
    value: Any = recipe
    for name in path.split("."):
        value = getattr(value, name)
    return value


def differences(one: Recipe, other: Recipe) -> dict[str, tuple[Any, Any]]:
    """The fields in which two recipes differ: path to both values."""
    pairs = {row.path: (value_at(one, row.path), value_at(other, row.path)) for row in field_rows()}
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}


def _row(path: str, info: FieldInfo) -> FieldRow:
    is_list = get_origin(info.annotation) is tuple
    options = [kind for kind in get_args(info.annotation) if kind is not type(None)] or [info.annotation]
    optional = type(None) in get_args(info.annotation)
    first: Any = options[0]
    choices: tuple[str, ...] = ()
    if not is_list and not isinstance(first, type):  # a Literal, alone or beside None
        choices = get_args(first) or tuple(options)
    kinds: Mapping[Any, str] = {bool: "flag", int: "integer", float: "number", str: "text"}
    bounds: dict[str, Any] = {}
    for constraint in info.metadata:
        for attribute, name in (("ge", "low"), ("gt", "low"), ("le", "high"), ("lt", "high")):
            if getattr(constraint, attribute, None) is not None:
                bounds[name] = getattr(constraint, attribute)
                if attribute in ("gt", "lt"):
                    bounds[f"{name}_open"] = True
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return FieldRow(
        path=path,
        title=info.title or path,
        what=info.description or "",
        unit=str(extra.get("unit", "")),
        kind="list" if is_list else "choice" if choices else kinds[first],
        optional=optional,
        default=info.default,
        choices=choices,
        off_below=int(str(extra.get("off_below", 0))),
        **bounds,
    )
