"""Where things are kept. With GRAFT_HOME set everything lies under it; otherwise in the user's own folders."""

import hashlib
import os
from pathlib import Path

import platformdirs

APPLICATION = "graft"


def cache_folder() -> Path:
    """What can be had again: resized pictures, thumbnails, features, and weights by hash."""
    home = os.environ.get("GRAFT_HOME")
    return Path(home) / "cache" if home else Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))


def data_folder() -> Path:
    """What cannot be had again: projects with their labels and runs."""
    home = os.environ.get("GRAFT_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def pictures_folder() -> Path:
    """Resized pictures by content, shared by all projects."""
    return cache_folder() / "pictures"


def thumbnails_folder() -> Path:
    return cache_folder() / "thumbnails"


def weights_folder() -> Path:
    return cache_folder() / "weights"


def log_folder() -> Path:
    return cache_folder() / "logs"


def default_project(data: Path) -> Path:
    """The project of a data folder: found again by the folder's real path, whoever asks, window or command line."""
    real = os.path.realpath(data)
    key = hashlib.sha256(os.fsencode(real)).hexdigest()[:12]
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in os.path.basename(real))
    return data_folder() / "projects" / f"{name[:40] or 'pictures'}-{key}"
