"""The loop: a small network learns to tell drawn pictures apart, and what is in them, by four objectives at once.

A function of the settings alone (on one kind of device, with one number of threads): every batch follows from the seed
and the step. What was learned is kept as it goes; a run that was stopped goes on from its last checkpoint.
"""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from safetensors.torch import save_file
from torch import Tensor, nn

from core.pretrain.augment import augmented
from core.pretrain.descriptors import describe
from core.pretrain.fields import PROGRAMS
from core.pretrain.pool import Pool

MEAN, STD = 0.5, 0.25
"""What the network sees of a picture from 0 to 1 is (picture - MEAN) / STD."""
CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
KEEP_EVERY = 100
"""Steps from one checkpoint to the next."""
WARM_UP = 200
"""Steps over which the rate rises."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`options` are the architecture's own; `sizes` of the pictures take turns, in pixels; `pairs` of views a step;
    `rate` at its highest; `weights` of the objectives, of which any may be 0."""

    architecture: str = "resnet14t"
    options: Mapping[str, Any] = field(default_factory=lambda: {"channels": [24, 48, 96, 192]})
    sizes: tuple[int, ...] = (64, 96)
    pairs: int = 64
    steps: int = 5200
    rate: float = 2e-3
    weight_decay: float = 0.02
    temperature: float = 0.1
    seed: int = 7
    snapshots: int = 10
    weights: Mapping[str, float] = field(
        default_factory=lambda: {"descriptors": 1.0, "programs": 0.5, "things": 1.0, "pairs": 0.5}
    )


class Learner(nn.Module):
    """A network without its classifier, and a head for each objective, which is thrown away afterwards."""

    mean: Tensor
    spread: Tensor

    def __init__(self, settings: Settings, descriptors: Tensor) -> None:
        """`descriptors` [N, D] of pictures like those to come: the network tells how far each is from their mean."""
        super().__init__()
        self.temperature = settings.temperature
        self.network = timm.create_model(settings.architecture, num_classes=0, **settings.options)
        with torch.no_grad():
            middle, features = self.seen(torch.zeros(2, 3, settings.sizes[0], settings.sizes[0]))
        width = features.shape[1]
        self.register_buffer("mean", descriptors.mean(0))
        self.register_buffer("spread", descriptors.std(0).clamp_min(1e-3))
        self.describes = nn.Linear(width, descriptors.shape[1])
        self.names = nn.Linear(width, 2 * len(PROGRAMS))
        self.marks = nn.Conv2d(middle.shape[1], 1, 1)
        self.projects = nn.Sequential(
            nn.Linear(width, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 128)
        )

    def seen(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """A map of a sixteenth of the picture's side, and the features."""
        inputs = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        last, maps = self.network.forward_intermediates(inputs, indices=[-2])
        return maps[0], self.network.forward_head(last)

    def forward(self, pictures: Tensor, covers: Tensor, programs: Tensor) -> dict[str, Tensor]:
        """The loss of each objective. Two views of each formula: pictures [2 N, 3, S, S], the second views after all
        first ones; covers [2 N, 1, S, S], programs [N]."""
        middle, features = self.seen(pictures)
        with torch.no_grad():
            told = ((describe(pictures) - self.mean) / self.spread).clamp_(-4, 4)
            where = F.adaptive_avg_pool2d(covers, (middle.shape[2], middle.shape[3]))
        return {
            "descriptors": F.mse_loss(self.describes(features), told),
            "programs": F.cross_entropy(self.names(features), programs.repeat(2)),
            "things": F.binary_cross_entropy_with_logits(self.marks(middle), where),
            "pairs": _contrast(F.normalize(self.projects(features), dim=1), self.temperature),
        }


def _contrast(places: Tensor, temperature: float) -> Tensor:
    """Each view must find the other view of its formula among all others (InfoNCE: van den Oord et al. 2018)."""
    pairs = len(places) // 2
    likeness = places @ places.T / temperature
    likeness = likeness.masked_fill(torch.eye(2 * pairs, dtype=torch.bool, device=places.device), -torch.inf)
    others = torch.arange(2 * pairs, device=places.device).roll(pairs)
    return F.cross_entropy(likeness, others)


def learn(pool: Pool, folder: Path, settings: Settings, device: torch.device) -> Path:
    """Learn from a pool and leave `step-….safetensors` in the folder, the last of them finished; gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    sample = _batch(pool, settings, -1, device, 256)[0]
    learner = Learner(settings, describe(sample)).to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=settings.rate, weight_decay=settings.weight_decay)
    begun, before = _resumed(folder, settings, learner, optimizer, device)
    clock, averages = time.perf_counter(), dict.fromkeys(settings.weights, math.nan)
    for step in range(begun, settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * _share(step, settings.steps)
        losses = learner.train()(*_batch(pool, settings, step, device, settings.pairs))
        total = torch.stack([weight * losses[name] for name, weight in settings.weights.items()]).sum()
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        for name in averages:
            value = losses[name].item()
            averages[name] = value if math.isnan(averages[name]) else 0.98 * averages[name] + 0.02 * value
        done, seconds = step + 1, before + time.perf_counter() - clock
        if done % KEEP_EVERY == 0 or done == settings.steps:
            _keep(folder, settings, learner, optimizer, done, seconds)
            _log(folder, {"step": done, "seconds": round(seconds, 1), **averages})
        if done % max(1, settings.steps // settings.snapshots) == 0 or done == settings.steps:
            _snapshot(folder, learner, done)
    return folder / f"step-{settings.steps:06d}.safetensors"


def _batch(
    pool: Pool, settings: Settings, step: int, device: torch.device, count: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The pictures, covers and programs of a step."""
    dice = np.random.default_rng([settings.seed, step + 1])
    chosen = np.sort(dice.choice(len(pool.pictures), min(count, len(pool.pictures)), replace=False))
    drawn = torch.from_numpy(pool.pictures[chosen]).to(device).transpose(0, 1).flatten(0, 1)
    generator = torch.Generator(device).manual_seed(settings.seed * 1_000_003 + step + 1)
    pictures, covers = augmented(drawn, settings.sizes[step % len(settings.sizes)], generator)
    return pictures, covers, torch.from_numpy(pool.programs[chosen]).to(device)


def _share(step: int, steps: int) -> float:
    """Of the highest rate: up over the first steps, then down along a cosine."""
    return min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _resumed(
    folder: Path, settings: Settings, learner: Learner, optimizer: torch.optim.Optimizer, device: torch.device
) -> tuple[int, float]:
    """Steps and seconds behind the checkpoint, which is taken up; 0 where there is none of these settings."""
    path = folder / CHECKPOINT
    if not path.is_file():
        return 0, 0.0
    kept = torch.load(path, map_location=device, weights_only=True)
    if kept["settings"] != asdict(settings):
        raise SystemExit(f"{path} was made with other settings: {kept['settings']}. Take another folder.")
    learner.load_state_dict(kept["learner"])
    optimizer.load_state_dict(kept["optimizer"])
    return kept["step"], kept["seconds"]


def _keep(
    folder: Path, settings: Settings, learner: Learner, optimizer: torch.optim.Optimizer, step: int, seconds: float
) -> None:
    kept = {"learner": learner.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": seconds}
    temporary = folder / f"{CHECKPOINT}.new"
    torch.save({**kept, "settings": asdict(settings)}, temporary)
    temporary.replace(folder / CHECKPOINT)


def _snapshot(folder: Path, learner: Learner, step: int) -> None:
    """The network alone, in half precision."""
    numbers = {
        name: value.detach().cpu().half().contiguous() if value.is_floating_point() else value.cpu()
        for name, value in learner.network.state_dict().items()
    }
    save_file(numbers, folder / f"step-{step:06d}.safetensors")


def _log(folder: Path, line: Mapping[str, float]) -> None:
    text = json.dumps({key: round(value, 4) for key, value in line.items()})
    print(text, flush=True)
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(text + "\n")
