"""The drawn pictures and what is said of them."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from core.pretrain import descriptors, pool
from core.pretrain.augment import augmented
from core.pretrain.fields import PROGRAMS

CPU = torch.device("cpu")
SIDE = 32


def test_a_chunk_follows_from_its_number_and_seed_alone() -> None:
    one = pool.draw(3, SIDE, 7, CPU)
    assert one.shape == (pool.CHUNK, 2, pool.CHANNELS, SIDE, SIDE)
    assert torch.equal(one, pool.draw(3, SIDE, 7, CPU))
    assert not torch.equal(one, pool.draw(3, SIDE, 8, CPU))
    assert not torch.equal(one, pool.draw(4, SIDE, 7, CPU))


def test_every_program_draws_pictures_with_something_in_them() -> None:
    """And the fourth channel marks a thing where one was drawn, of a size between a speck and everything."""
    numbers = {(plan.program, plan.with_thing): number for number in range(120) if (plan := pool.plan(number, 7))}
    assert len(numbers) == 2 * len(PROGRAMS)
    for (_, with_thing), number in numbers.items():
        drawn = pool.draw(number, SIDE, 7, CPU).float()
        assert (drawn[:, :, :3].std((2, 3, 4)) > 4).float().mean() > 0.9
        assert (drawn[:, 0, :3] - drawn[:, 1, :3]).abs().mean() > 8, "two views differ"
        share = (drawn[:, :, 3] > 127).float().mean((2, 3))
        assert 0.05 < share.mean() < 0.7 if with_thing else share.max() == 0


def test_a_pool_that_was_cut_short_is_finished_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole = pool.fill(tmp_path / "whole", 2, SIDE, 7, CPU)
    cut = tmp_path / "cut"
    pool.fill(cut, 1, SIDE, 7, CPU)
    file = next(cut.iterdir())
    with file.open("ab") as stream:
        stream.write(b"half a chunk")
    again = pool.fill(cut, 2, SIDE, 7, CPU)
    assert np.array_equal(whole.pictures, again.pictures)
    assert np.array_equal(whole.programs, again.programs)


def test_augmented_pictures_are_pictures_and_the_thing_moves_along() -> None:
    drawn = pool.draw(next(n for n in range(20) if pool.plan(n, 7).with_thing), SIDE, 7, CPU)[:, 0]
    drawn[:, :3] = drawn[:, 3:]  # a picture of the mark itself: both must be cut alike
    pictures, covers = augmented(drawn, 24, torch.Generator().manual_seed(0))
    assert pictures.shape == (len(drawn), 3, 24, 24)
    assert 0 <= float(pictures.min()) <= float(pictures.max()) <= 1
    alike = [np.corrcoef(p.mean(0).flatten(), c.flatten())[0, 1] for p, c in zip(pictures, covers, strict=True)]
    assert np.nanmedian(alike) > 0.95


def test_descriptors_agree_with_plain_counting() -> None:
    """Colours against numpy's histogram, patterns and edges against loops over every pixel."""
    picture = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    told = descriptors.describe(picture)[0].numpy()
    half = picture[0].reshape(3, 8, 2, 8, 2).mean((2, 4)).flatten(1).T.numpy()
    counts, _ = np.histogramdd(half, bins=[np.linspace(0, 1, 6)] * 3)
    assert told[:125] == pytest.approx(np.sqrt(counts.ravel() / 64), abs=1e-6)
    assert told[125:131] == pytest.approx(np.concatenate([half.mean(0), half.std(0, ddof=1)]), abs=1e-5)

    grey = np.tensordot(descriptors.GREY, picture[0].numpy(), 1)
    around = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
    patterns: dict[tuple[bool, ...], int] = {}
    for y, x in product(range(1, 15), repeat=2):
        ring = tuple(bool(grey[y + down, x + right] > grey[y, x] + 0.01) for down, right in around)
        changes = sum(a != b for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
        key = ring if changes <= 2 else ()
        patterns[key] = patterns.get(key, 0) + 1
    textures = told[131 + 4 * 12 :][:59]
    assert sorted(textures[textures > 0]) == pytest.approx(
        sorted(np.sqrt(np.array([*patterns.values()]) / 196)), abs=1e-4
    )

    across, down = grey[1:-1, 2:] - grey[1:-1, :-2], grey[2:, 1:-1] - grey[:-2, 1:-1]
    slopes = np.hypot(across, down)
    assert (told[131:139] ** 2).sum() == pytest.approx(slopes.mean(), rel=1e-4), "orientations share all the slope"
