"""All that computes. Nothing in here imports Qt."""

__version__ = "0.1.0"
