"""Steering a training from the terminal, by single keys, where there is one to type at."""

import os
import select
import signal
import sys
from types import FrameType
from typing import Any

from core.events import Steer

KEYS = {
    "d": Steer("decay"),
    "p": Steer("pause"),
    "g": Steer("go_on"),
    "u": Steer("unfreeze"),
    "s": Steer("snapshot"),
    "q": Steer("stop"),
}
HELP = "Keys: d decay the rate ÷ 10 · p pause · g go on · u unfreeze a stage · s snapshot · q stop and keep the best"


class Keys:
    """Within the block keys are read as they are typed, without echo. Outside a terminal it does nothing.

    However the block ends, by SIGTERM or a closed terminal too, the terminal is as it was.
    """

    def __init__(self) -> None:
        self._before: Any = None
        self._handlers: dict[signal.Signals, Any] = {}
        self.active = False

    def take(self) -> tuple[Steer, ...]:
        """What was typed since it was last asked; keys that mean nothing are passed over."""
        typed = ""
        while self.active and select.select([sys.stdin], [], [], 0)[0]:
            some = os.read(sys.stdin.fileno(), 64)
            if not some:
                break
            typed += some.decode("ascii", "replace")
        return tuple(KEYS[key] for key in typed.lower() if key in KEYS)

    def __enter__(self) -> "Keys":
        try:
            import termios
            import tty

            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                return self
            self._before = termios.tcgetattr(sys.stdin)
            for name in (signal.SIGTERM, signal.SIGHUP):
                self._handlers[name] = signal.signal(name, _leave)
            tty.setcbreak(sys.stdin)
        except (ImportError, OSError, ValueError):  # Windows, or no terminal after all
            return self
        self.active = True
        print(HELP, file=sys.stderr)
        return self

    def __exit__(self, *error: object) -> None:
        for name, handler in self._handlers.items():
            signal.signal(name, handler)
        if self.active:
            import termios

            self.active = False
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
