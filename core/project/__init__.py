"""The project folder and all that is kept on disk. Imports neither torch, numpy nor Pillow: the window reads here."""
