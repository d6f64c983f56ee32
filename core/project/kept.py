"""What the index keeps beside the pictures: where they come from, the recipe, and what the last whole scan found."""

import json
import os
from pathlib import Path
from typing import Any

from core.errors import Problem
from core.project.store import Store


class Kept(Store):
    """The part of the index that holds one value under each name."""

    @property
    def data_folder(self) -> Path | None:
        """The folder of pictures; None while none was chosen."""
        kept = self._kept("data_folder")
        return None if kept is None else Path(os.fsdecode(kept))

    def store_data_folder(self, folder: Path) -> None:
        self._keep("data_folder", os.fsencode(folder))

    @property
    def source(self) -> Path | None:
        """What the user opened: the folder of pictures, or a table or an archive; None where that is the folder."""
        kept = self._kept("source")
        return None if kept is None else Path(os.fsdecode(kept))

    def store_source(self, source: Path) -> None:
        self._keep("source", os.fsencode(source))

    def recipe(self) -> str | None:
        """The project's recipe as JSON; None while none was stored."""
        kept = self._kept("recipe")
        return None if kept is None else kept.decode()

    def store_recipe(self, recipe_json: str) -> None:
        self._keep("recipe", recipe_json.encode())

    def summary(self) -> dict[str, Any]:
        """The `scan` result as last worked out; empty while there was no whole scan."""
        return dict(json.loads(self._kept("summary") or b"{}"))

    def class_folders(self) -> list[str]:
        """The class folders that the last whole scan met, those without pictures too."""
        return list(json.loads(self._kept("class_folders") or b"[]"))

    def sources(self) -> list[dict[str, Any]]:
        """How the last whole scan read each place that pictures come from, the first one first."""
        return list(json.loads(self._kept("sources") or b"[]"))

    def source_problems(self) -> list[Problem]:
        """What the last whole scan found wrong with tables as such."""
        return [Problem(*row) for row in json.loads(self._kept("source_problems") or b"[]")]

    def hidden(self) -> int:
        """How many hidden and system files the last whole scan passed over."""
        return int(self._kept("hidden") or 0)
