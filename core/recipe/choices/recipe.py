"""The recipe: all parts together, changed by making a copy."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Literal

from pydantic import ValidationError

from core.errors import UserError
from core.recipe.choices.augmentation import Augmentation
from core.recipe.choices.data import Data, Split
from core.recipe.choices.layers import BackboneChoice, Strategy
from core.recipe.choices.learning import Optimizer, Regularization, Schedule, Training
from core.recipe.choices.part import Part, choice


class Recipe(Part, frozen=True):
    """All choices of one run. Immutable: `with_value` gives a changed copy."""

    version: Literal[1] = 1
    data: Data = Data()
    split: Split = Split()
    backbone: BackboneChoice = BackboneChoice()
    strategy: Strategy = Strategy()
    augmentation: Augmentation = Augmentation()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    regularization: Regularization = Regularization()
    training: Training = Training()
    seed: int = choice(0, "Seed", "Fixes everything random: the same seed gives the same run.", "", ge=0, lt=2**31)

    def with_value(self, path: str, value: object) -> "Recipe":
        """A copy with one field changed, `path` dotted as in `strategy.kind`.

        Raises UserError NO_SUCH_FIELD, or BAD_VALUE where the value does not fit the field.
        """
        tree = self.model_dump()
        node = tree
        *parents, leaf = path.split(".")
        for name in parents:
            node = node.get(name, {}) if isinstance(node, dict) else {}
        if not isinstance(node, dict) or leaf not in node or isinstance(node[leaf], dict):
            raise UserError("NO_SUCH_FIELD", field=path)
        node[leaf] = value
        return _validated(tree, path, value)

    def without_places(self) -> "Recipe":
        """A copy to be handed on: of the folders only their names, not where they lie on this machine."""
        more = [PurePath(folder).name for folder in self.data.more_folders]
        named = self.with_value("data.folder", PurePath(self.data.folder).name)
        return named.with_value("data.more_folders", more)

    def to_json(self) -> str:
        """Readable JSON; a folder's name that is no text keeps its bytes, escaped."""
        text = json.dumps(self.model_dump(), indent=2, ensure_ascii=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _validated(tree: Mapping[str, Any], path: str, value: object) -> Recipe:
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        raise UserError("BAD_VALUE", field=path, value=value, reason=reason_of(error)) from error


def reason_of(error: ValidationError) -> str:
    """The first thing that pydantic found wrong, in a line."""
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
