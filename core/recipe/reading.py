"""Recipes from files and from `path=value` texts."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from core.errors import UserError
from core.recipe.choices import Recipe, reason_of


def read_recipe(text: str) -> Recipe:
    """A recipe from JSON. Raises UserError BAD_RECIPE."""
    try:
        return Recipe.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise UserError("BAD_RECIPE", reason=f"it is not JSON ({error})") from error
    except ValidationError as error:
        raise UserError("BAD_RECIPE", reason=reason_of(error)) from error


def read_kept(text: str) -> tuple[Recipe, tuple[str, ...]]:
    """A recipe that a project kept, perhaps by another version of Graft, and the fields in which it means nothing here:
    these stand as usual, for a choice that is gone must keep nobody from labels and runs. Raises UserError BAD_RECIPE
    where it is no recipe at all.
    """
    try:
        return read_recipe(text), ()
    except UserError as refused:
        if not isinstance(refused.__cause__, ValidationError):
            raise
        places = {error["loc"][:2] for error in refused.__cause__.errors() if error["loc"]}
    kept = json.loads(text)
    for part, *field in places:
        (kept[part] if field else kept).pop(*field or (part,), None)
    return read_recipe(json.dumps(kept)), tuple(sorted(".".join(map(str, place)) for place in places))


def load_recipe(path: Path) -> Recipe:
    """A recipe from a file. Raises UserError NO_SUCH_FILE, NO_PERMISSION or BAD_RECIPE."""
    if path.is_dir():
        raise UserError("BAD_RECIPE", reason=f"{path} is a folder, and a recipe is a file of JSON")
    try:
        return read_recipe(path.read_text(encoding="utf-8"))
    except PermissionError as error:
        raise UserError("NO_PERMISSION", path=str(path)) from error
    except OSError as error:
        raise UserError("NO_SUCH_FILE", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise UserError("BAD_RECIPE", reason="it is not text") from error


def with_settings(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """Apply `path=value` texts as typed on a command line; values are JSON where they parse as JSON."""
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            reason = f"{setting} has no value; write it as in strategy.kind=fine_tune_top"
            raise UserError("BAD_RECIPE", reason=reason)
        try:
            value: object = json.loads(text)
        except json.JSONDecodeError:
            value = text
        recipe = recipe.with_value(path.strip(), value)
    return recipe
