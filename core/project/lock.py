"""Who holds a project: one window writes, a second one looks on. A holder that died leaves nothing to clean up.

The holder stands in the project's own database, so that looking and taking is one transaction, on any system.
"""

import getpass
import json
import os
import platform
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from core.project.store import Store

_NAME = "holder"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that writes. `started` tells it from a later process of the same number; `token` names the opening."""

    user: str
    host: str
    pid: int
    started: str
    token: str

    def __str__(self) -> str:
        return f"{self.user} on {self.host}, process {self.pid}"

    @property
    def is_elsewhere(self) -> bool:
        """On another machine, or on this one before it was given another name."""
        return self.host != platform.node()

    @property
    def is_alive(self) -> bool:
        """Another machine's process counts as alive: from here nobody can tell."""
        return self.is_elsewhere or _started(self.pid) == self.started


class Lock(Store):
    """Opened like any store; closing does not release what was taken."""

    def take(self, from_elsewhere: bool = False) -> tuple[Holder, bool]:
        """Who holds the project now, and whether that is the caller; with `from_elsewhere` a holder on another machine,
        of whom the user knows that it is gone, gives way. Raises UserError CANNOT_WRITE, DISK_FULL.
        """
        with self._transaction():
            kept = self._kept(_NAME)
            holder = Holder(**json.loads(kept)) if kept else None
            gives_way = holder is not None and holder.is_elsewhere and from_elsewhere
            if holder is not None and holder.is_alive and not gives_way:
                return holder, False
            me = _me()
            self._keep(_NAME, json.dumps(asdict(me)).encode())
            return me, True

    def release(self, holder: Holder) -> None:
        """Give the project back, if it is still this holder's."""
        with self._transaction():
            kept = self._kept(_NAME)
            if kept and Holder(**json.loads(kept)) == holder:
                self._forget(_NAME)


def _me() -> Holder:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        user = "somebody"
    return Holder(user, platform.node(), os.getpid(), _started(os.getpid()), uuid.uuid4().hex)


def _started(pid: int) -> str:
    """When a process began, in a form that no setting of the clock changes where that can be had; empty if it ended."""
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            state, *fields = status.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return "" if state in "ZX" else f"{boot} {fields[18]}"  # field 22 of proc(5): ticks since the system started
    import psutil

    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.AccessDenied:
        return "hidden"
    except psutil.Error:
        return ""
