"""The translations of the window: sources (`.ts`) and what Qt loads (`.qm`)."""
