"""The command line: the same jobs as the window, for scripts, servers and clusters."""

import io
import os
import signal
import sys


def main() -> None:
    """Entry point of `graft`. With no arguments the window opens; without a display the demo runs in the terminal."""
    # Threads that wait by spinning make every other torch process about crawl: 7.9 s a step instead of 0.8 s.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):  # a letter that the terminal lacks is no reason to end with a traceback
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if len(sys.argv) == 1:
        from core.cli.window import open_window

        sys.exit(open_window())
    from core.cli.commands import app

    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))  # a job has its own way to stop: `core.cli.running`
    app(prog_name="graft")


if __name__ == "__main__":
    main()
