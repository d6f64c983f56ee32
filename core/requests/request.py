"""The process that does a job, and what every request is."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Role = Literal["worker", "trainer", "helper"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`role` is the engine process that answers: the worker stays free while the trainer trains, and while the helper
    downloads; the helper ends when it has nothing to do. What is `quick` is done at once, beside a longer job of the
    same process. What `keeps` writes where it stands when it is asked to stop, and gets the time for it."""

    role: ClassVar[Role] = "worker"
    quick: ClassVar[bool] = False
    keeps: ClassVar[bool] = False
