"""From the command line to the window, where there is a display."""

import sys


def open_window() -> int:
    """Open the window and return its exit status; without a display say so in one line and run the demo."""
    from gui.preflight import why_no_window

    reason = why_no_window()
    if reason is None:
        from gui.app import main

        return main([])
    print(f"{reason} Running the demo in the terminal instead.", file=sys.stderr)
    from core.cli.commands import app

    app(["demo"], prog_name="graft", standalone_mode=False)
    return 0
