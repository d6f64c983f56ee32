"""How large a picture may claim to be before it is refused: chosen once, for all projects and for the terminal too."""

import json
from pathlib import Path

from core.errors import UserError
from core.project import atomic, places

MEGAPIXELS = 120
"""The usual limit: larger pictures are refused from their header, before any of it is decoded."""

LEAST, MOST = 1, 4000
BYTES_A_PIXEL = 12
"""What reading a picture takes of memory at most: the pixels, and one colour of them in floats."""


def megapixels() -> int:
    """What was chosen; the usual limit where the file is missing or damaged."""
    try:
        kept = int(json.loads(_file().read_text(encoding="utf-8"))["megapixels"])
    except (OSError, ValueError, KeyError, TypeError):
        return MEGAPIXELS
    return kept if LEAST <= kept <= MOST else MEGAPIXELS


def choose(limit: int) -> None:
    """Keep the choice. Raises UserError BAD_OPTION, CANNOT_WRITE, DISK_FULL."""
    if not LEAST <= limit <= MOST:
        raise UserError("BAD_OPTION", field="megapixels", value=limit, reason=f"it must be between {LEAST} and {MOST}")
    atomic.write_json(_file(), {"megapixels": limit})


def _file() -> Path:
    return places.data_folder() / "limits.json"
