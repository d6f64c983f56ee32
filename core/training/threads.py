"""How many threads a job takes. Apart from `resolve`, so that a scan can ask without torch."""

import os

from core.processes import place
from core.recipe import Recipe


def threads_for(recipe: Recipe) -> int:
    """Of one process: what the recipe says, else the processors that it may use; several on a machine share them."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return recipe.training.threads or max(1, here // place().local_count)
