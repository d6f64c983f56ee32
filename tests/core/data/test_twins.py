"""Twins: found through compression and size, never invented; the quick search held against all pairs."""

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data.decode import inspect
from core.data.twins import Groups, join_near, perceptual_hash

Photo = Callable[..., Image.Image]


def grouped(hashes: list[str]) -> list[int]:
    groups = Groups(len(hashes))
    join_near(groups, hashes)
    return groups.ids()


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 40), st.integers(0, 10), st.integers(0, 2**31))
def test_the_search_finds_what_all_pairs_would(count: int, flips: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    origin = random.integers(0, 2, (3, 256), dtype=np.uint8)
    bits = origin[random.integers(0, 3, count)]
    for row in bits:
        row[random.integers(0, 256, flips)] ^= 1
    colours = random.integers(0, 24, (count, 48), dtype=np.uint8)
    hashes = [
        np.packbits(row).tobytes().hex() + shade.tobytes().hex() for row, shade in zip(bits, colours, strict=True)
    ]
    hashes[count // 2] = ""
    expected = Groups(count)
    for one, other in itertools.combinations(range(count), 2):
        apart = (bits[one] != bits[other]).sum()
        shades = np.abs(colours[one].astype(int) - colours[other]).max()
        if count // 2 not in (one, other) and apart <= 8 and shades <= 16:
            expected.join(one, other)
    assert grouped(hashes) == expected.ids()


def test_thousands_of_the_same_are_no_trouble() -> None:
    random = np.random.default_rng(0)
    frames = np.zeros((3000, 80), dtype=np.uint8)
    frames[np.arange(3000), random.integers(0, 32, 3000)] = 1 << random.integers(0, 8, 3000)
    assert set(grouped([frame.tobytes().hex() for frame in frames])) == {0}


def test_the_bits_are_imagehash_s(photo: Photo) -> None:
    kept = np.frombuffer(bytes.fromhex(perceptual_hash(photo(4))), dtype=np.uint8)
    assert len(kept) == 80
    np.testing.assert_array_equal(np.unpackbits(kept[:32]).reshape(16, 16), imagehash.phash(photo(4), 16).hash)


def test_colour_alone_tells_pictures_apart(photo: Photo) -> None:
    """Of equal brightness, so that the grey hash is the same."""
    red = np.tile(np.asarray(photo(1).convert("L"))[..., None] // 2, 3)
    blue = red.copy()
    red[..., 0] += 60
    blue[..., 2] += 120
    hashes = [perceptual_hash(Image.fromarray(picture)) for picture in (red, blue, red)]
    assert grouped(hashes) == [0, 1, 0]


@pytest.mark.parametrize("folder", ["ants-bees/train/ants", "brain-mri/train/glioma_tumor"])
def test_real_pictures_know_their_copies_and_no_others(folder: str, shared: Path) -> None:
    hashes = []
    for path in sorted((shared / "data" / folder).iterdir())[:40]:
        image = inspect(path).image
        saved = io.BytesIO()
        image.save(saved, "JPEG", quality=40)
        smaller = image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)
        hashes += [perceptual_hash(version) for version in (image, Image.open(saved), smaller)]
    groups = grouped(hashes)
    whole = [len(set(groups[at : at + 3])) == 1 for at in range(0, len(groups), 3)]
    assert sum(whole) >= 0.95 * len(whole), "a copy was missed"
    assert len(set(groups)) >= len(whole) - 3, "the folders hold a few copies themselves"


def test_groups_join_however_indirectly() -> None:
    groups = Groups(6)
    groups.join(4, 2)
    groups.join(2, 5)
    groups.join_equal([None, "x", None, None, None, "x"])
    assert groups.ids() == [0, 1, 1, 3, 1, 1]
    assert groups.several() == [[1, 2, 4, 5]]
