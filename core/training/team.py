"""Several processes that train together: the main one decides and tells, all add up their gradients.

Words go by gloo, gradients between graphics cards by NCCL. Nobody tires of waiting, since the main process may be
paused for days; a process that ends is noticed by its connections, which close, and by the launcher, which ends the
others.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

from core.errors import Cancelled, Ended, UserError
from core.processes import Place

PATIENCE = timedelta(days=30)

T = TypeVar("T")


class Team:
    """Within the block the processes are connected. A single process needs no connection and decides on the spot."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def main(self) -> bool:
        return self.place.main

    @property
    def several(self) -> bool:
        return self.place.several

    def told(self, decide: Callable[[], T], said: Callable[[T], Any] = lambda decided: decided) -> T:
        """What the main process decides, known to all; the others hear `said` of it.

        A UserError or Cancelled of the main process ends all: it is raised there, and Ended elsewhere. Raises UserError
        PROCESS_LOST.
        """
        if not self.several:
            return decide()
        if not self.main:
            words = self._heard([None, False])
            if words[1]:
                raise Ended
            return words[0]  # type: ignore[no-any-return]
        try:
            decided = decide()
        except (UserError, Cancelled):
            self._heard([None, True])
            raise
        self._heard([said(decided), False])
        return decided

    def align(self, tensors: Iterable[Tensor]) -> None:
        """Give every process the numbers of the main one."""
        if self.several:
            with losses():
                for tensor in tensors:
                    distributed.broadcast(tensor, 0)

    @contextmanager
    def first_here(self) -> Iterator[None]:
        """One process of each machine goes through the block first; the others find in the cache what it leaves."""
        if self.place.local_index:
            self._wait()
        yield
        if not self.place.local_index:
            self._wait()

    def __enter__(self) -> "Team":
        if self.several:
            with losses():
                backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
                distributed.init_process_group(backend, timeout=PATIENCE)
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if self.several and kind is None:  # after an error others may wait for what never comes
            distributed.destroy_process_group()

    def _heard(self, words: list[Any]) -> list[Any]:
        with losses():
            distributed.broadcast_object_list(words)
        return words

    def _wait(self) -> None:
        if self.several:
            with losses():
                distributed.all_reduce(torch.zeros(1))  # a barrier would go by NCCL where there is a graphics card


ALONE = Team(Place())


@contextmanager
def losses() -> Iterator[None]:
    """Within the block processes speak with one another, and what fails is that one of them is gone.

    Raises UserError PROCESS_LOST.
    """
    try:
        yield
    except RuntimeError as error:
        raise UserError("PROCESS_LOST") from error
