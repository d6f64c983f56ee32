"""How much room the caches take, and clearing them; called off the window's thread."""

import os
import shutil
from pathlib import Path

from core.project import places

# What can be had again in seconds to minutes. Weights are not cleared here: to fetch them again takes a network.
CACHES = ("pictures", "features", "frozen", "thumbnails")


def cache_bytes() -> int:
    """Bytes taken by resized pictures, thumbnails, features and outputs of frozen stages."""
    return sum(folder_bytes(places.cache_folder() / name) for name in CACHES)


def weights_bytes() -> int:
    return folder_bytes(places.weights_folder())


def folder_bytes(folder: Path) -> int:
    """What vanishes while it is counted is not counted."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size
            except OSError:
                continue
    return total


def clear_caches() -> int:
    """Delete the caches; what is left (in use, protected) is told in bytes."""
    for name in CACHES:
        shutil.rmtree(places.cache_folder() / name, ignore_errors=True)
    return cache_bytes()
