"""The pictures that are learned from: two views of each formula, drawn chunk by chunk into one file that only grows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.pretrain.fields import PROGRAMS, Dice
from core.pretrain.scenes import scene

CHUNK = 64
"""Formulas of one chunk: they share the program that draws them, and differ in every number."""
WITH_THING = 0.5
"""The share of chunks that show a thing before a ground; the others show the ground alone."""
CHANNELS = 4
"""Red, green, blue, and where the thing is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a chunk shows: the program of its surface, whether a thing has it, the programs behind it, one a view."""

    program: int
    with_thing: bool
    behind: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """`pictures` uint8 [formulas, 2, CHANNELS, S, S]; `programs` int64 [formulas]: by which program, or by which and as
    a thing, the formula is drawn."""

    pictures: NDArray[np.uint8]
    programs: NDArray[np.int64]


def plan(number: int, seed: int) -> Plan:
    """Of the chunk of that number."""
    dice = np.random.default_rng([seed, number])
    program, one, other = (int(value) for value in dice.integers(len(PROGRAMS), size=3))
    return Plan(program, bool(dice.random() < WITH_THING), (one, other))


def draw(number: int, size: int, seed: int, device: torch.device) -> Tensor:
    """Two views of each of CHUNK formulas, uint8 [CHUNK, 2, CHANNELS, size, size]: a function of `seed`, `number` and
    the kind of device."""
    planned = plan(number, seed)
    dice = Dice(torch.Generator(device).manual_seed(seed * 1_000_003 + number), CHUNK)
    drawn = scene(dice, planned.program, planned.with_thing)
    views = [drawn.seen(dice, size, behind) for behind in planned.behind]
    return (torch.stack(views, 1) * 255 + 0.5).to(torch.uint8)


def fill(folder: Path, chunks: int, size: int, seed: int, device: torch.device) -> Pool:
    """So many chunks in a file of the folder; what was drawn before is kept, and half a chunk drawn again."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"pool-{size}-{seed}.u8"
    shape = (CHUNK, 2, CHANNELS, size, size)
    with path.open("ab") as file, torch.inference_mode():
        whole = file.tell() // int(np.prod(shape))
        file.truncate(whole * int(np.prod(shape)))
        for number in range(whole, chunks):
            file.write(draw(number, size, seed, device).cpu().numpy().tobytes())
            file.flush()
    plans = [plan(number, seed) for number in range(chunks)]
    programs = np.repeat([one.program + len(PROGRAMS) * one.with_thing for one in plans], CHUNK)
    return Pool(np.memmap(path, np.uint8, "r", shape=(chunks * CHUNK, *shape[1:])), programs.astype(np.int64))
