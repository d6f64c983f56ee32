"""Can a window open here at all? Asked before PySide6 is imported: without a library Qt would end the process.

The table of Debian and Ubuntu packages was read off `ldd` on PySide6's QtGui, QtWidgets and platform plugins.
"""

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from core.errors import hint_of, message_of

# Libraries that Qt needs and does not bring along, with the package that holds each.
FOR_ANY: dict[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libz.so.1": "zlib1g",
}
FOR_X: dict[str, str] = {
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
FOR_WAYLAND: dict[str, str] = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}


def why_no_window() -> str | None:
    """One line for people where the window cannot open, else None. Never raises, never imports Qt."""
    if not sys.platform.startswith("linux"):
        return None
    if not has_display():
        return "There is no display here: neither DISPLAY nor WAYLAND_DISPLAY is set."
    missing = missing_packages()
    if missing:
        packages = "sudo apt-get install " + " ".join(missing)
        return f"{message_of('NO_GUI_LIBRARIES', {})} {hint_of('NO_GUI_LIBRARIES', {'packages': packages})}"
    return None


def has_display() -> bool:
    """Whether Qt has anything to show a window on; `QT_QPA_PLATFORM` (such as offscreen) decides by itself."""
    return any(os.environ.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"))


def missing_packages() -> list[str]:
    """The packages to install, in the order of the tables above."""
    wanted = dict(FOR_ANY)
    if "xcb" in _platforms():
        wanted |= FOR_X
    if "wayland" in _platforms():
        wanted |= FOR_WAYLAND
    return [package for library, package in wanted.items() if not _is_there(library)]


def _platforms() -> tuple[str, ...]:
    """What Qt will try first: as it is told, else Wayland where that runs, else X."""
    told = os.environ.get("QT_QPA_PLATFORM", "")
    if told:
        return tuple(name.split(":")[0] for name in told.split(";"))
    return ("wayland",) if os.environ.get("WAYLAND_DISPLAY") and not os.environ.get("DISPLAY") else ("xcb",)


def _is_there(library: str) -> bool:
    """Whether the system's loader finds the library, or PySide6 brings it along."""
    spec = find_spec("PySide6")
    if spec is not None and spec.origin and (Path(spec.origin).parent / "Qt" / "lib" / library).exists():
        return True
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
