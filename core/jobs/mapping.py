"""The pictures of a run on a plane, as its model sees them."""

from pathlib import Path
from typing import Any

import numpy as np

from core import requests
from core.data.dataset import PARTS
from core.evaluation.gallery import KNOWN_SHARE
from core.evaluation.mapping import methods, plane
from core.events import Reporter
from core.jobs.clock import Clock
from core.jobs.judged import features_of, gallery_of, held_out, learned_from, open_judged, own_dataset
from core.project.runs import open_run

MOST = 5000
"""So many pictures at most are laid out: more dots hide one another."""


def map_pictures(request: requests.Map, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL, and what `open_dataset` raises."""
    run = open_run(Path(request.run))
    judged = open_judged(run)
    dataset = own_dataset(judged, Clock(), reporter)
    gallery = gallery_of(judged, reporter)
    chosen: list[tuple[str, int]] = []
    rows = []
    strangeness: list[float | None] = []
    for part in PARTS:
        indices = learned_from(judged, dataset) if part == "train" else held_out(judged, dataset, part)
        if len(indices) > MOST // 2:
            indices = np.sort(np.random.default_rng(run.recipe.seed).permutation(indices)[: MOST // 2])
        if not len(indices):
            continue
        features = features_of(judged, dataset, indices, part, reporter)
        chosen += [(part, int(index)) for index in indices]
        rows.append(features)
        strangeness += [None] * len(indices) if part == "train" else gallery.strangeness(features).tolist()
    places, share = plane(np.concatenate(rows), request.method, run.recipe.seed)
    points = [
        {
            "path": dataset.paths[index],
            "part": part,
            "label": dataset.classes[dataset.labels[index]],
            "x": float(x),
            "y": float(y),
            "strangeness": strange,
        }
        for (part, index), (x, y), strange in zip(chosen, places, strangeness, strict=True)
    ]
    return {
        "method": "umap" if share is None else "pca",
        "methods": list(methods()),
        "share": share,
        "limit": gallery.limit,
        "known_share": KNOWN_SHARE,
        "classes": list(dataset.classes),
        "points": points,
    }
