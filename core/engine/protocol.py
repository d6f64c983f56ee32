"""What travels through the pipe between the window and an engine process. Events come back, in lists."""

from dataclasses import dataclass

from core.events import Steer
from core.requests import Request


@dataclass(frozen=True, slots=True)
class Do:
    """Begin a job, after those that wait already."""

    job: str
    request: Request


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop a job at its next safe point, or never begin it."""

    job: str


@dataclass(frozen=True, slots=True)
class SteerJob:
    """A wish for a running training."""

    job: str
    steer: Steer


@dataclass(frozen=True, slots=True)
class Quit:
    """Cancel what runs and end."""


Message = Do | Cancel | SteerJob | Quit
