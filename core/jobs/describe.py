"""The stages of a backbone, for the window's picture of the network."""

from dataclasses import asdict
from typing import Any

import torch

from core import requests
from core.backbones.network import Network
from core.errors import UserError
from core.events import Reporter
from core.jobs.choosing import Chosen, choose, network_of
from core.recipe import BackboneChoice, Recipe, Strategy

# A network whose numbers must stand in memory to be looked at is built only up to so many.
MOST_PARAMETERS = 400_000_000


def describe(request: requests.DescribeBackbone, reporter: Reporter) -> dict[str, Any]:
    """The stages of a backbone; only shapes are asked for, so it is built without memory for its numbers.

    Raises UserError OUT_OF_MEMORY for one that cannot be, and is too large to be built just for a look.
    """
    recipe = Recipe(backbone=BackboneChoice(name=request.name), strategy=Strategy(kind="from_scratch"))
    chosen = choose(recipe, reporter)
    network = _shapes(chosen, recipe)
    return {
        "name": chosen.entry.name,
        "features": network.feature_count,
        "image_size": network.image_size,
        "stages": [asdict(stage) for stage in network.stages],
    }


def _shapes(chosen: Chosen, recipe: Recipe) -> Network:
    try:
        with torch.device("meta"):
            return network_of(chosen, recipe)
    except Exception:  # its constructor or its pass looks at numbers; then they must be there
        if not 0 < chosen.entry.parameters <= MOST_PARAMETERS:
            raise UserError("OUT_OF_MEMORY") from None
        return network_of(chosen, recipe)
