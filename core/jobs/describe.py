"""The stages of a backbone, for the window's picture of the network."""

from dataclasses import asdict
from typing import Any

from core import requests
from core.events import Reporter
from core.jobs.choosing import choose, network_of
from core.recipe import BackboneChoice, Recipe, Strategy


def describe(request: requests.DescribeBackbone, reporter: Reporter) -> dict[str, Any]:
    """The stages of a backbone; random numbers serve, since only shapes are asked for."""
    recipe = Recipe(backbone=BackboneChoice(name=request.name), strategy=Strategy(kind="from_scratch"))
    chosen = choose(recipe, reporter)
    network = network_of(chosen, recipe)
    return {
        "name": chosen.entry.name,
        "features": network.feature_count,
        "image_size": network.image_size,
        "stages": [asdict(stage) for stage in network.stages],
    }
