"""Fifty awkward pictures, drawn anew for every check: what cameras, scanners and drawing programs really produce."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ORIENTATION = 0x0112
COUNT = 50

Save = Callable[[Path], object]


def draw(folder: Path, names: Collection[str] | None = None) -> list[Path]:
    """Write the pictures, or those of some names, into `folder`. The same ones every time."""
    paths = []
    for name, save in _pictures(np.random.default_rng(20)):
        if names is None or name in names:
            path = folder / name
            save(path)
            paths.append(path)
    return paths


def _pictures(generator: np.random.Generator) -> Iterator[tuple[str, Save]]:
    yield from _held_askew(generator)
    yield from _colours(generator)
    yield from _shapes(generator)
    yield from _patterns()
    yield from _formats(generator)


def _held_askew(generator: np.random.Generator) -> Iterator[tuple[str, Save]]:
    """EXIF orientations 1 to 8."""
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        image = _rgb(generator, 150, 97)
        yield f"exif-{orientation}.jpg", _saver(image, exif=exif, quality=90)


def _colours(generator: np.random.Generator) -> Iterator[tuple[str, Save]]:
    """Modes other than RGB."""
    wide = _wide(generator, 120, 160)
    clear = _rgb(generator, 90, 130)
    clear.putalpha(_rgb(generator, 90, 130).convert("L"))
    yield "cmyk.jpg", _saver(_rgb(generator, 120, 90).convert("CMYK"), quality=92)
    yield "cmyk.tif", _saver(_rgb(generator, 61, 83).convert("CMYK"))
    yield "16-bit.png", _saver(Image.fromarray(wide))
    yield "16-bit.tif", _saver(Image.fromarray(wide[::-1].copy()))
    yield "16-bit-dark.png", _saver(Image.fromarray(wide // 64))
    yield "fractions.tif", _saver(Image.fromarray(wide.astype(np.float32) / 65535))
    yield "32-bit.tif", _saver(Image.fromarray(wide.astype(np.int32)))
    yield "rgba.png", _saver(clear)
    yield "rgba.webp", _saver(clear, lossless=True)
    yield "la.png", _saver(clear.convert("LA"))
    yield "palette.png", _saver(clear.convert("RGB").quantize(40))
    yield "palette-clear.png", _saver(clear.convert("RGB").quantize(40), transparency=3)
    yield "palette-half-clear.png", _saver(clear.convert("RGB").quantize(8), transparency=bytes(range(0, 256, 32)))
    yield "grey.jpg", _saver(clear.convert("L"))
    yield "grey-key.png", _saver(clear.convert("L"), transparency=200)
    yield "one-bit.png", _saver(clear.convert("1"))
    yield "ycbcr.tif", _saver(clear.convert("RGB").convert("YCbCr"), compression="jpeg")


def _shapes(generator: np.random.Generator) -> Iterator[tuple[str, Save]]:
    """From one pixel to twelve million, and slivers."""
    for height, width in ((1, 1), (3, 7), (1, 9), (2, 2), (5, 4000), (4000, 5), (33, 32), (64, 64)):
        yield f"{height}x{width}.png", _saver(_rgb(generator, height, width))
    yield "3000x4000.jpg", _saver(_rgb(generator, 750, 1000).resize((4000, 3000)), quality=80)


def _patterns() -> Iterator[tuple[str, Save]]:
    """Where resizing has the hardest time: sharp edges, and values that fall between two greys."""
    rows, columns = np.mgrid[0:448, 0:448]
    flat = np.zeros((448, 448), np.uint8)
    yield "black.png", _saver(Image.fromarray(flat))
    yield "white.png", _saver(Image.fromarray(flat + 255))
    yield "chequered.png", _saver(Image.fromarray(((rows + columns) % 2 * 255).astype(np.uint8)))
    yield "stripes.png", _saver(Image.fromarray((columns // 3 % 2 * 255).astype(np.uint8)))
    yield "ramp.png", _saver(Image.fromarray((rows * 255 // 447).astype(np.uint8)))
    yield "half-greys.png", _saver(Image.fromarray((127 + (rows // 2 + columns // 2) % 2).astype(np.uint8)))


def _formats(generator: np.random.Generator) -> Iterator[tuple[str, Save]]:
    """Containers, and ways to write them."""
    image = _rgb(generator, 140, 200)
    noise = Image.fromarray(generator.integers(0, 256, (300, 200, 3), dtype=np.uint8))
    yield "progressive.jpg", _saver(image, progressive=True)
    yield "whole-chroma.jpg", _saver(image, subsampling=0, quality=95)
    yield "coarse.jpg", _saver(image, quality=8)
    yield "lossy.webp", _saver(image, quality=70)
    yield "windows.bmp", _saver(image)
    yield "packed.tif", _saver(image, compression="tiff_lzw")
    yield "animated.gif", _saver(image, save_all=True, append_images=[noise.resize(image.size)])
    yield "pages.tif", _saver(image, save_all=True, append_images=[noise])
    yield "noise.png", _saver(noise)
    yield "png-named.jpg", lambda path: noise.save(path, format="PNG")


def _saver(image: Image.Image, **options: object) -> Save:
    return lambda path: image.save(path, **options)  # type: ignore[arg-type]


def _rgb(generator: np.random.Generator, height: int, width: int) -> Image.Image:
    """Clouds of colour with some grain: closer to a photograph than noise is, and quick to draw at any size."""
    coarse = generator.integers(0, 256, (7, 9, 3), dtype=np.uint8)
    clouds = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
    grain = generator.integers(-12, 13, (min(height, 256), min(width, 256), 3), dtype=np.int16)
    tiled = np.tile(grain, (-(-height // grain.shape[0]), -(-width // grain.shape[1]), 1))[:height, :width]
    return Image.fromarray(np.clip(clouds + tiled, 0, 255).astype(np.uint8))


def _wide(generator: np.random.Generator, height: int, width: int) -> NDArray[np.uint16]:
    clouds = np.asarray(_rgb(generator, height, width).convert("L"), dtype=np.uint16)
    return (clouds * 256 + generator.integers(0, 256, clouds.shape)).astype(np.uint16)
