"""Files of an export, moved and removed together with what lies beside them; off the window's thread."""

import contextlib
import shutil
from pathlib import Path

from core.project import atomic


def together(path: Path) -> list[Path]:
    """The export, what its format writes beside it, and its certificate; only what is there."""
    names = (path.name, f"{path.name}.parity.json")
    return [path.with_name(name) for name in names if path.with_name(name).exists()]


def keep(written: Path, out: Path) -> None:
    """Copy to another place, whole or not at all. Raises UserError CANNOT_WRITE, DISK_FULL."""
    with atomic.aside(out) as folder:
        for part in together(written):
            copy = folder / part.name.replace(written.name, out.name, 1)
            if part.is_dir():
                shutil.copytree(part, copy)
            else:
                shutil.copyfile(part, copy)
            atomic.put(copy, out.with_name(copy.name))
    throw_away(written)


def throw_away(written: Path) -> None:
    for part in together(written):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                part.unlink()
