"""Why a model answers so: the evidence in the picture, the nearest training pictures, and whether it is unknown."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import requests
from core.data.decode import decode
from core.errors import UserError
from core.evaluation.answers import as_logs, softmax
from core.evaluation.gallery import Gallery
from core.evaluation.judge import Judge
from core.evaluation.saliency import Saliency, mean_heat
from core.evaluation.trained import square_of
from core.events import Reporter
from core.jobs.judged import Judged, gallery_of, model_key, open_judged
from core.project.runs import open_run
from core.recipe import Fit
from core.training.deciding import decide

Row = dict[str, Any]


def explain(request: requests.Explain, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL. A file that cannot be read has its code as `status`."""
    ready = _ready(Path(request.run), reporter)
    rows: list[Row] = []
    for done, path in enumerate(request.paths):
        reporter.progress("explain", done, len(request.paths))
        try:
            rows.append(ready.row(path, request.explained, request.neighbours))
        except UserError as error:
            rows.append({"path": path, "status": error.code})
    return {"rows": rows, "classes": list(ready.classes)}


class Explainer:
    """A run's model made ready to be asked often. Without a `gallery` there are no neighbours."""

    def __init__(self, judged: Judged, gallery: Gallery | None) -> None:
        self.classes = judged.card.classes
        self._card, self._members, self._gallery = judged.card, judged.members, gallery
        self._saliency = [Saliency(member) for member in judged.members]
        alone = len(judged.members) == 1 and judged.card.views == "none"  # then one pass tells everything
        self._judges = [] if alone else [Judge(member, views=judged.card.views) for member in judged.members]

    def row(self, path: str, explained: str = "", neighbours: int = 5) -> Row:
        """See `requests.Explain`. Raises UserError where the file cannot be read."""
        pixels = decode(Path(path))
        squares = [square_of(pixels, member.card.preprocessing) for member in self._members]
        answer = self.classes.index(explained) if explained in self.classes else None
        found = [saliency.explain(one, answer) for saliency, one in zip(self._saliency, squares, strict=True)]
        chances = self._chances(found[0].logits, squares)
        best = int(decide(chances[None], self.classes, self._card.line)[0])
        if answer is None and any(int(one.logits.argmax()) != best for one in found):  # members that were outvoted
            found = [saliency.explain(one, best) for saliency, one in zip(self._saliency, squares, strict=True)]
        heat = (mean_heat([one.heat for one in found]) * 255).round().astype(np.uint8)
        return {
            "path": path,
            "status": "ok",
            "label": self.classes[best],
            "probability": float(chances[best]),
            "probabilities": dict(zip(self.classes, chances.tolist(), strict=True)),
            "heat": {"width": heat.shape[1], "height": heat.shape[0], "values": heat.tobytes()},
            "box": box_of(pixels.shape[0], pixels.shape[1], self._members[0].card.preprocessing.fit),
            **self._likeness(found[0].features, neighbours),
        }

    def _chances(self, logits: NDArray[np.float32], squares: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Probabilities [C], as `core.evaluation.trained` gives them."""
        logs = logits[None]
        if self._judges:
            own = [judge.probabilities(one[None]) for judge, one in zip(self._judges, squares, strict=True)]
            logs = as_logs(np.mean(own, axis=0))
        chances: NDArray[np.float64] = softmax(logs, self._card.temperature)[0]
        return chances

    def _likeness(self, features: NDArray[np.float32], count: int) -> Row:
        if self._gallery is None:
            return {"neighbours": [], "strangeness": None, "limit": None, "unknown": False}
        places, distances = self._gallery.nearest(features[None], count)
        strangeness = float(self._gallery.strangeness(features[None])[0])
        return {
            "neighbours": [
                {
                    "path": self._gallery.paths[place],
                    "label": self._gallery.classes[self._gallery.labels[place]],
                    "distance": float(distance),
                }
                for place, distance in zip(places[0], distances[0], strict=True)
            ],
            "strangeness": strangeness,
            "limit": self._gallery.limit,
            "unknown": strangeness > self._gallery.limit,
        }


def box_of(height: int, width: int, fit: Fit) -> list[float]:
    """Where the model's square lies over a picture: [left, top, width, height] in shares of the picture's sides."""
    if fit == "stretch":
        return [0.0, 0.0, 1.0, 1.0]
    side = min(height, width) if fit == "crop" else max(height, width)
    return [(width - side) / 2 / width, (height - side) / 2 / height, side / width, side / height]


_kept: dict[tuple[str, ...], Explainer] = {}


def _ready(folder: Path, reporter: Reporter) -> Explainer:
    """The explainer of a run; the last one asked for stays ready."""
    run = open_run(folder)
    key = model_key(run.model)
    if key not in _kept:
        judged = open_judged(run)
        try:
            gallery: Gallery | None = gallery_of(judged, reporter)
        except UserError:  # its pictures are gone or changed; the answer itself needs none of them
            gallery = None
        _kept.clear()
        _kept[key] = Explainer(judged, gallery)
    return _kept[key]
