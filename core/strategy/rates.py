"""How fast pretrained stages learn where the user leaves it open: the less familiar the pictures, the faster."""

from core.recipe import BOLD, GENTLE, Rates
from core.strategy.similarity import Similarity


def rates_for(similarity: Similarity | None) -> Rates:
    """Gentle where the pictures are like those of the pretraining, or nobody knows."""
    return BOLD if similarity is not None and similarity["cell"] == "different" else GENTLE
