"""What augmentation does to the user's own pictures, for the Augment page."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core import requests
from core.data.load import load_dataset
from core.data.pictures import squares
from core.events import Reporter
from core.jobs.opening import square_size
from core.project import places
from core.project.index import Index
from core.training.augmentation import augment
from core.training.resolve import threads_for


def preview(request: requests.Preview, reporter: Reporter) -> dict[str, Any]:
    """One picture of each class in turn, and `views` of each as training would see them. PNG bytes."""
    recipe = request.recipe
    with Index.open(Path(request.project), read_only=True) as index:
        dataset = load_dataset(index, recipe)
    train = dataset.indices("train")
    by_class = [train[dataset.labels[train] == label] for label in range(len(dataset.classes))]
    turns = max((len(rows) for rows in by_class), default=0)
    shown = np.array([rows[turn] for turn in range(turns) for rows in by_class if turn < len(rows)][: request.pictures])
    size = square_size(recipe)
    originals = squares(dataset, shown, size, recipe.data.fit, places.pictures_folder(), reporter, threads_for(recipe))
    rows = []
    for number, (index_of, original) in enumerate(zip(shown, originals, strict=True)):
        many = torch.from_numpy(np.repeat(original[None], request.views, axis=0))
        views = augment(many, recipe.augmentation, seed=recipe.seed * 1_000_003 + number).numpy()
        rows.append(
            {
                "picture": dataset.paths[index_of],
                "original": _png(original),
                "views": [_png(view) for view in views],
            }
        )
    return {"rows": rows}


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
