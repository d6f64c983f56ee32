"""The one preprocessing, held against Pillow's own antialiased resize and against geometry worked out by hand."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.data import resizing
from core.data.preprocessing import Preprocessing, from_json, normalise, to_json, to_square, to_squares
from core.data.resizing import BAR_GREY, square
from core.recipe import Fit

FITS: tuple[Fit, ...] = ("crop", "letterbox", "stretch")


def reference(picture: Image.Image, size: int, fit: Fit) -> np.ndarray:
    width, height = picture.size
    if fit == "stretch":
        return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))
    if fit == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        middle = picture.crop((left, top, left + side, top + side))
        return np.asarray(middle.resize((size, size), Image.Resampling.BILINEAR))
    inner = [max(1, int(side * size / max(width, height) + 0.5)) for side in (width, height)]
    page = Image.new("RGB", (size, size), (BAR_GREY,) * 3)
    page.paste(
        picture.resize((inner[0], inner[1]), Image.Resampling.BILINEAR),
        ((size - inner[0]) // 2, (size - inner[1]) // 2),
    )
    return np.asarray(page)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(500, 375), (375, 500), (224, 224), (64, 64), (31, 200), (1000, 999)])
def test_like_pillow_to_the_last_digit(shape: tuple[int, int], fit: Fit) -> None:
    random = np.random.default_rng(sum(shape))
    picture = Image.fromarray(random.integers(0, 256, (shape[1], shape[0], 3), dtype=np.uint8))
    ours = to_square(torch.from_numpy(np.array(picture)), 224, fit).numpy()
    # Pillow rounds after each of its two passes, in fixed point.
    assert np.abs(ours.astype(int) - reference(picture, 224, fit).astype(int)).max() <= 1


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(500, 375), (31, 200), (64, 64), (448, 448), (1, 1), (3, 7), (5, 4000), (4000, 5)])
def test_what_is_read_without_torch_is_the_same(shape: tuple[int, int], fit: Fit) -> None:
    """Noise and a checkerboard, whose exact halves round one way on both sides; values may differ by the last bits."""
    noise = np.random.default_rng(sum(shape)).integers(0, 256, (*shape, 3), dtype=np.uint8)
    checks = np.add.outer(np.arange(shape[0]), np.arange(shape[1])) % 2 * np.ones((3, 1, 1)) * 255
    for pixels in (noise, checks.transpose(1, 2, 0).astype(np.uint8)):
        ours = square(Image.fromarray(pixels), 224, fit).astype(int)
        theirs = to_square(torch.from_numpy(pixels), 224, fit).numpy()
        assert np.abs(ours - theirs).max() <= 1
        assert (ours != theirs).mean() < 1e-3


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("pixels", [1, 1000, 20_000])
def test_large_pictures_go_in_strips_and_come_out_the_same(
    pixels: int, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(pixels).integers(0, 256, (333, 250, 3), dtype=np.uint8)
    whole = square(Image.fromarray(noise), 96, fit)
    monkeypatch.setattr(resizing, "_STRIP", pixels)
    np.testing.assert_array_equal(square(Image.fromarray(noise), 96, fit), whole)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (5, 4000), (4000, 5)])
def test_any_shape_becomes_a_square(shape: tuple[int, int], fit: Fit) -> None:
    picture = torch.full((*shape, 3), 77, dtype=torch.uint8)
    square = to_square(picture, 32, fit)
    assert square.shape == (32, 32, 3)
    assert square.dtype == torch.uint8
    assert set(square.unique().tolist()) <= {77, BAR_GREY}


@pytest.mark.parametrize("fit", FITS)
def test_one_picture_or_many_and_any_number_of_threads_are_the_same(fit: Fit) -> None:
    pictures = torch.randint(0, 256, (3, 90, 140, 3), dtype=torch.uint8)
    together = to_squares(pictures, 64, fit)
    assert torch.equal(together, torch.stack([to_square(picture, 64, fit) for picture in pictures]))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    assert torch.equal(together, to_squares(pictures, 64, fit))
    torch.set_num_threads(before)


@pytest.mark.parametrize("fit", FITS)
def test_the_exported_program_is_the_same_function(fit: Fit) -> None:
    class Module(torch.nn.Module):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return to_squares(pictures, 32, fit)

    dynamic = torch.export.Dim.DYNAMIC
    example = torch.zeros((2, 40, 60, 3), dtype=torch.uint8)
    program = torch.export.export(Module(), (example,), dynamic_shapes=({0: dynamic, 1: dynamic, 2: dynamic},)).module()
    for shape in [(1, 50, 50), (3, 60, 40), (2, 7, 3), (1, 300, 20)]:
        pictures = torch.randint(0, 256, (*shape, 3), dtype=torch.uint8)
        assert torch.equal(program(pictures), to_squares(pictures, 32, fit)), shape


def test_normalised_as_by_hand_and_kept_as_json() -> None:
    preprocessing = Preprocessing(8, "letterbox", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert from_json(to_json(preprocessing)) == preprocessing
    pictures = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    expected = (pictures / 255 - np.array(preprocessing.mean)) / np.array(preprocessing.std)
    ours = normalise(torch.from_numpy(pictures), preprocessing)
    assert ours.shape == (2, 3, 8, 8)
    np.testing.assert_allclose(ours.numpy(), expected.transpose(0, 3, 1, 2), atol=1e-5)
