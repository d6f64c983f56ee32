"""The command line: the same jobs as the window, for scripts, servers and clusters."""

import sys
import time

STARTED = time.monotonic()


def main() -> None:
    """Entry point of `graft`. With no arguments the window opens; without a display the demo runs in the terminal."""
    if len(sys.argv) == 1:
        from core.cli.window import open_window

        sys.exit(open_window())
    from core.cli.commands import app

    app(prog_name="graft")


if __name__ == "__main__":
    main()
