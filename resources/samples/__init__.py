"""Sample pictures for a first start without own ones, and the recipe that suits them. `draw` makes them anew."""

from pathlib import Path

PICTURES = Path(__file__).parent / "pictures"
RECIPE = Path(__file__).parent / "recipe.json"
