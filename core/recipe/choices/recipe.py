"""The recipe: all parts together, changed by making a copy."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
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

        Raises UserError NO_SUCH_FIELD where the field is unknown, BAD_VALUE where the value does not fit it.
        """
        tree = self.model_dump()
        node = tree
        *parents, leaf = path.split(".")
        for name in parents:
            node = node.get(name, {}) if isinstance(node, dict) else {}
        if not isinstance(node, dict) or leaf not in node or isinstance(node[leaf], dict):
            raise no_such_field(path)
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
        raise UserError("BAD_VALUE", field=path, value=value, reason=_plain(error.errors()[0]["msg"])) from error


def reason_of(error: ValidationError) -> str:
    """The first thing that pydantic found wrong, in a line that names the field."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {_plain(first['msg'])}" if place else _plain(first["msg"])


def _plain(said: str) -> str:
    """pydantic's words as the second half of a sentence."""
    if said == "Extra inputs are not permitted":
        return "there is no such field"
    said = said.replace("Input should be", "it must be")
    return said[0].lower() + said[1:]


def no_such_field(path: str) -> UserError:
    """What to say of a field that is not there, with those that a person may have meant."""
    tree = Recipe().model_dump()
    paths = ["seed", *(f"{part}.{leaf}" for part, own in tree.items() if isinstance(own, dict) for leaf in own)]
    leaf = path.rpartition(".")[2]
    inside = [known for known in paths if known.startswith(f"{path}.")]
    same = [known for known in paths if leaf and known.endswith(f".{leaf}")]
    near = inside or same or get_close_matches(path, paths, n=3, cutoff=0.0)
    return UserError("NO_SUCH_FIELD", field=path, nearest=", ".join(near))
