"""Which of several processes this one is, where `torchrun` or `accelerate launch` started them to train together."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Process `index` of `count`; on this machine it is `local_index` of `local_count`. The first of all, the main one,
    decides, writes and speaks."""

    index: int = 0
    count: int = 1
    local_index: int = 0
    local_count: int = 1

    @property
    def main(self) -> bool:
        return self.index == 0

    @property
    def several(self) -> bool:
        return self.count > 1


def place() -> Place:
    """What the launcher says in the environment; alone where there is none."""
    try:
        return Place(*(int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")))
    except (KeyError, ValueError):
        return Place()
