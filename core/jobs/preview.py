"""What augmentation does to the user's own pictures, for the Augment page: asked anew while a slider moves.

So the decoded pictures stay in the worker's memory, and all variants are made as one batch, as in training.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from torch import Tensor

from core import requests
from core.data.load import load_dataset
from core.data.pictures import squares
from core.events import Reporter, silent
from core.jobs.opening import square_size
from core.project import places
from core.project.index import Index
from core.recipe import Recipe
from core.training.augmentation import augment
from core.training.threads import threads_for

KEPT = 2  # sets of pictures: the one in sight and the one before
MOST = 8  # pictures in a set: fewer are asked for while a slider moves, and to look these up each time is felt


def preview(request: requests.Preview, reporter: Reporter) -> dict[str, Any]:
    """One picture of each class in turn, and `views` of each as training would see them."""
    recipe = request.recipe
    chosen = Recipe(data=recipe.data, split=recipe.split, backbone=recipe.backbone).to_json()
    kept = _originals(request.project, request.edition, chosen, max(MOST, request.pictures))
    paths, originals = kept[0][: request.pictures], kept[1][: request.pictures]
    reporter.check_cancelled()
    many = originals.repeat_interleave(request.views, dim=0)
    views = _shrunk(augment(many, recipe.augmentation, recipe.seed), request.side)
    first = _shrunk(originals, request.side)
    rows = [
        {
            "picture": path,
            "original": first[number].numpy().tobytes(),
            "views": [view.numpy().tobytes() for view in views[number * request.views : (number + 1) * request.views]],
        }
        for number, path in enumerate(paths)
    ]
    return {"side": request.side, "rows": rows}


@lru_cache(maxsize=KEPT)
def _originals(project: str, edition: int, chosen: str, count: int) -> tuple[list[str], Tensor]:
    """Paths and squares uint8 [count, S, S, 3] of what is learned from, one of each class in turn.

    `edition` only parts what is kept from what is no longer so.
    """
    recipe = Recipe.model_validate_json(chosen)
    with Index.open(Path(project), read_only=True) as index:
        dataset = load_dataset(index, recipe)
    train = dataset.indices("train")
    by_class = [train[dataset.labels[train] == label] for label in range(len(dataset.classes))]
    turns = max((len(rows) for rows in by_class), default=0)
    shown = np.array([rows[turn] for turn in range(turns) for rows in by_class if turn < len(rows)][:count])
    size, threads = square_size(recipe), threads_for(recipe)
    pixels = squares(dataset, shown, size, recipe.data.fit, places.pictures_folder(), silent(), threads)
    return [dataset.paths[index] for index in shown], torch.from_numpy(pixels)


def _shrunk(pictures: Tensor, side: int) -> Tensor:
    """uint8 [N, S, S, 3] to [N, side, side, 3], for the eye."""
    if pictures.shape[1] == side:
        return pictures
    smaller = F.interpolate(pictures.permute(0, 3, 1, 2), size=(side, side), mode="bilinear", antialias=True)
    return smaller.permute(0, 2, 3, 1).contiguous()
