"""What frozen stages make of the pictures, computed once: an epoch then costs only what can change.

Where pictures are varied, their frozen part would be another in every epoch. So some views of every picture are drawn
once, and each step takes one of them at random. They lie in one memory-mapped file, under a budget for all of
them together; a file may be deleted at any time and is then computed again, to the same bits.
"""

import functools
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.backbones.features import Precision
from core.backbones.fuse import fused
from core.backbones.halves import Halves, halves
from core.backbones.network import Network
from core.data.preprocessing import Preprocessing, to_json
from core.events import Reporter
from core.project import atomic
from core.recipe import PROBES, Augmentation, Recipe, Strategy, StrategyKind
from core.strategy.plan import lowest_learning_stage
from core.training.augmentation import varies
from core.training.examples import CPU, Examples

LAYOUT = 1
BATCH = 32
STAGE = "frozen"
VIEWS = 4
"""Views of each picture where pictures are varied. CONTRIBUTING.md has accuracies and seconds."""

BUDGET = 4 * 2**30
"""Bytes that all the files together may take. A training that would need more passes its pictures whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What the frozen stages gave: `rows` [V, N, …] on disk, V views of each picture. Once `frozen` tells that one of
    the stages has begun to learn, `pictures` gives what passes the whole network instead."""

    rows: NDArray[Any]
    labels: Tensor
    pictures: Callable[[], Examples]
    frozen: Callable[[], bool]

    def inputs(self, positions: Tensor, seed: int, device: torch.device = CPU) -> Tensor:
        """One view of each position, drawn by the seed."""
        if not self.frozen():
            return self.pictures().inputs(positions, seed, device)
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randint(len(self.rows), (len(positions),), generator=generator)
        taken = torch.from_numpy(self.rows[drawn.numpy(), positions.numpy()]).to(device).float()
        return taken.permute(0, 3, 1, 2) if taken.ndim == 4 else taken  # maps are kept channels last


class Prefix:
    """The stages of a network below `lowest`, frozen, and the file that keeps what they give."""

    def __init__(
        self, network: Network, lowest: int, cut: Halves, preprocessing: Preprocessing, precision: Precision,
        folder: Path, reporter: Reporter,
    ) -> None:  # fmt: skip
        self.upper = cut
        self._network = network
        self._cut = lowest - 1
        self._shape = cut.shape
        self._precision = precision
        self._folder = folder
        self._reporter = reporter
        self._below = [value for name, value in network.named_parameters() if network.stage_of(name) < lowest]
        self._key = [
            LAYOUT, network.entry.name, dict(network.settings), lowest, _fingerprint(network, lowest),
            to_json(preprocessing), precision,
        ]  # fmt: skip

    def frozen(self) -> bool:
        """Whether nothing in these stages learns."""
        return not any(parameter.requires_grad for parameter in self._below)

    def views(
        self,
        hashes: Sequence[str],
        labels: Tensor,
        pictures: Callable[[], Examples],
        augmentation: Augmentation | None,
        count: int,
        seed: int,
    ) -> Views:
        """`count` views of the pictures with these content hashes, from the file where it is whole.

        `augmentation` is how `pictures` varies them; None where it leaves them as they are. Raises Cancelled, UserError
        DISK_FULL, CANNOT_WRITE.
        """
        varied = [augmentation.model_dump(), seed] if augmentation else []
        key = json.dumps([self._key, varied, count, list(hashes)], sort_keys=True)
        path = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npy"
        pictures = functools.cache(pictures)
        rows = _open(path)
        if rows is None:
            _make_room(self._folder, count * len(hashes) * _bytes_each(self._shape, augmentation))
            self._compute(path, len(hashes), pictures(), augmentation, count, seed)
            rows = _open(path)
        path.touch()  # the longest unused goes first
        assert rows is not None
        return Views(rows, labels, pictures, self.frozen)

    def _compute(
        self, path: Path, pictures: int, examples: Examples, augmentation: Augmentation | None, count: int, seed: int
    ) -> None:
        """Always in the same batches, so that the same bits come out again."""
        device = self._below[0].device
        # Folding norms into convolutions is quicker but rounds differently, which training would make more of.
        lower = Halves(fused(self._network) if augmentation else self._network, self._cut).lower
        shape = _kept(self._shape)
        with atomic.whole(path) as temporary:
            rows = np.lib.format.open_memmap(temporary, "w+", _kind(augmentation), (count, pictures, *shape))
            for view in range(count):
                for start in range(0, pictures, BATCH):
                    self._reporter.progress(STAGE, view * pictures + start, count * pictures)
                    positions = torch.arange(start, min(start + BATCH, pictures))
                    drawn = int(np.random.SeedSequence([seed, view, start]).generate_state(1)[0])
                    with torch.inference_mode(), _autocast(device.type, self._precision):
                        given = lower(examples.inputs(positions, drawn, device)).float().cpu()
                    given = given.permute(0, 2, 3, 1) if given.ndim == 4 else given
                    rows[view, start : start + BATCH] = given.numpy()
            rows.flush()
        self._reporter.progress(STAGE, count * pictures, count * pictures)


def frozen_prefix(
    network: Network, strategy: Strategy, preprocessing: Preprocessing, precision: Precision, folder: Path,
    reporter: Reporter,
) -> Prefix | None:  # fmt: skip
    """The frozen stages of a strategy that learns from a stage upward, or None where the network cannot be cut there.

    The network must be as its weights made it, and in evaluation mode.
    """
    lowest = lowest_learning_stage(strategy, len(network.stages))
    cut = halves(network, lowest - 1) if 0 < lowest < len(network.stages) else None
    return Prefix(network, lowest, cut, preprocessing, precision, folder, reporter) if cut else None


def views_for(recipe: Recipe, kind: StrategyKind, network: Network, epochs: int, pictures: int, folder: Path) -> int:
    """How many views of each picture to keep; 0 where frozen stages had better be passed anew in every epoch.

    That is where there are none, where an epoch is not repeated more often than there would be views, and where there
    is no room for them. Pictures that are not varied have one.
    """
    strategy = recipe.strategy.model_copy(update={"kind": kind})
    lowest = lowest_learning_stage(strategy, len(network.stages))
    wanted = recipe.strategy.frozen_views
    if kind in PROBES or lowest == 0 or wanted == 0 or mixes(recipe):
        return 0
    varied = recipe.augmentation if varies(recipe.augmentation) else None
    views = (wanted or VIEWS) if varied else 1
    cut = halves(network, lowest - 1) if wanted or epochs > views else None
    if cut is None:
        return 0
    needed = views * pictures * _bytes_each(cut.shape, varied)
    return views if needed <= min(BUDGET, _free_bytes(folder) // 2) else 0


def mixes(recipe: Recipe) -> bool:
    """Whether pictures are mixed with one another, which must happen before any stage sees them."""
    return recipe.regularization.mixup > 0 or recipe.regularization.cutmix > 0


def _kept(shape: tuple[int, ...]) -> tuple[int, ...]:
    """One picture's map [C, H, W] is kept as [H, W, C], as convolutions like it; tokens as they are."""
    return (*shape[1:], shape[0]) if len(shape) == 3 else shape


def _kind(augmentation: Augmentation | None) -> type[np.floating[Any]]:
    """Half precision where chance plays a larger part anyway; else in full, so that nothing differs but rounding."""
    return np.float16 if augmentation else np.float32


def _bytes_each(shape: tuple[int, ...], augmentation: Augmentation | None) -> int:
    return prod(shape) * np.dtype(_kind(augmentation)).itemsize


def _open(path: Path) -> NDArray[Any] | None:
    try:
        rows: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):  # not there, or damaged from outside
        return None
    return rows


def _make_room(folder: Path, needed: int) -> None:
    """Delete the files longest unused until there is room in the budget."""
    files = sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime_ns) if folder.is_dir() else []
    sizes = {path: path.stat().st_size for path in files}
    for path in files:
        if sum(sizes.values()) + needed <= BUDGET:
            return
        with suppress(OSError):  # another process was quicker, or still has it open (Windows)
            path.unlink()
        del sizes[path]


def _free_bytes(folder: Path) -> int:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return shutil.disk_usage(there).free


def _fingerprint(network: Network, lowest: int) -> str:
    """A hash of every number in the stages below `lowest`."""
    digest = hashlib.blake2b(digest_size=16)
    for name, value in network.state_dict().items():
        if network.stage_of(name) < lowest:
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


def _autocast(device: str, precision: Precision) -> AbstractContextManager[Any]:
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16 if precision == "bf16" else torch.float16)
