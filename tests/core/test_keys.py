"""Keys in a terminal of its own: read one by one, and the terminal is as it was however the program ends."""

import os
import pty
import signal
import subprocess
import sys
import termios
import time

import pytest

PROGRAM = """
import sys, time
from core.cli.keys import Keys
with Keys() as keys:
    until, seen = time.monotonic() + 20, []
    while time.monotonic() < until:
        for wish in keys.take():
            print("saw", wish.action, flush=True)
            if wish.action == "stop": sys.exit(0)
            if wish.action == "snapshot": raise RuntimeError("a bug")
        time.sleep(0.01)
"""


@pytest.mark.parametrize("ending", ["q", "s", "SIGTERM"])
def test_keys_are_met_and_the_terminal_is_restored(ending: str) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    until = time.monotonic() + 20
    while termios.tcgetattr(theirs)[3] & termios.ICANON and time.monotonic() < until:
        time.sleep(0.01)
    os.write(ours, b"xdu")
    assert [program.stdout.readline().strip() for _ in range(2)] == ["saw decay", "saw unfreeze"]
    if ending == "SIGTERM":
        program.send_signal(signal.SIGTERM)
    else:
        os.write(ours, ending.encode())
    program.wait(20)
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


def test_without_a_terminal_nothing_happens() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("+ 20", "+ 0.1")], stdin=subprocess.DEVNULL, timeout=20
    )
    assert done.returncode == 0
