"""All that computes. Nothing in here imports Qt."""

import time

__version__ = "0.1.0"

STARTED = time.monotonic()
"""When this process began, near enough: the package's own first line."""
