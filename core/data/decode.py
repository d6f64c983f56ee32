"""From a file to pixels: the only place where a picture file is opened.

Full decoding, EXIF orientation, RGB, transparency on white, 16 bits scaled linearly to 8, the first frame of several.
Only the openers of `formats.READ` ever see a file; whatever they raise becomes a code.
"""

import errno
import hashlib
import io
import os
import stat
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from core.data.formats import HEAD, READ, sniff
from core.data.jpeg import Helpings
from core.errors import UserError
from core.project import limits

BACKGROUND = (255, 255, 255)
"""What shows through transparent pixels, in the scan, training, prediction and exports alike."""

_ORIENTATION = 0x0112  # EXIF 2.3, 4.6.4 A
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_WHOLE_IN_MEMORY = 256 * 2**20
_ANIMATED = ("GIF", "WEBP", "TIFF", "PNG")
# Imported for their openers alone: with these there, Pillow does not load forty others.
_PLUGINS = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
_heif = threading.Lock()

Image.MAX_IMAGE_PIXELS = None  # our own limit holds instead, and says so with a code
warnings.filterwarnings("ignore", module=r"PIL\.")  # a sloppy file is no news on the terminal


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture as Pillow holds it (mode RGB, upright), the hash of the file's content, how many frames it has."""

    image: Image.Image
    content_hash: str
    frames: int

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8 [H, W, 3]."""
        return np.array(self.image)


def decode(path: Path, megapixels: int | None = None) -> NDArray[np.uint8]:
    """The picture's pixels, uint8 [H, W, 3] RGB. None takes the limit that was chosen.

    Raises UserError with a code of the pictures' faults.
    """
    return inspect(path, megapixels).pixels


def inspect(path: Path, megapixels: int | None = None) -> Decoded:
    """Read and fully decode one file. Raises UserError with a code of the pictures' faults."""
    with _open(path) as file:
        return _inspect(file, path, limits.megapixels() if megapixels is None else megapixels)


def _inspect(file: IO[bytes], path: Path, megapixels: int) -> Decoded:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise UserError("EMPTY", path=str(path))
    kind = sniff(file.read(HEAD), path.name)
    if not kind:
        raise UserError("NOT_AN_IMAGE", path=str(path))
    if kind not in READ:
        raise UserError("UNSUPPORTED_FORMAT", path=str(path), format=kind)
    if kind == "HEIF":
        _allow_heif()
    file.seek(0)
    content = file.read() if size < _WHOLE_IN_MEMORY else None
    source = file if content is None else Helpings(content) if kind == "JPEG" else io.BytesIO(content)
    try:
        image, frames = _decode(source, kind, path, megapixels)
    except UserError:
        raise
    except Exception as error:  # for a malformed file Pillow raises nearly anything, MemoryError too
        raise UserError("TRUNCATED", path=str(path)) from error
    return Decoded(image, _hash(file if content is None else io.BytesIO(content)), frames)


def _decode(source: IO[bytes], kind: str, path: Path, megapixels: int) -> tuple[Image.Image, int]:
    image = Image.open(source, formats=[kind])
    width, height = image.size
    if width * height > megapixels * 1_000_000:
        claimed = round(width * height / 1_000_000)
        raise UserError("TOO_LARGE", path=str(path), megapixels=claimed, limit=megapixels)
    if isinstance(source, Helpings):
        source.serving = True
    image.load()  # a TIFF comes upright out of this, with its orientation struck out
    if isinstance(source, Helpings) and source.lost:
        raise UserError("TRUNCATED", path=str(path))
    upright = _turned(_to_rgb(image, path), _orientation(image))
    if upright is image and kind in _ANIMATED:
        upright = image.copy()  # counting the frames makes the file forget its pixels
    frames = _frames(image) if kind in _ANIMATED else 1
    if kind == "PNG":  # the decoder stops at the last row, whatever the checksums say
        source.seek(0)
        Image.open(source, formats=[kind]).verify()
    return upright, frames


def _to_rgb(image: Image.Image, path: Path) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_to_bytes(np.asarray(image))).convert("RGB")
    if image.mode == "CMYK":
        return _from_inks(image)
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, (*BACKGROUND, 255))
        return Image.alpha_composite(page, image.convert("RGBA")).convert("RGB")
    if image.mode == "LAB":
        raise UserError("UNSUPPORTED_FORMAT", path=str(path), format="TIFF in Lab colours")
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_bytes(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey values of more than 8 bits, scaled linearly: 16 bits from their whole range, so that a series stays
    comparable; 32 bits and fractions from 0 to 1, 255 or 65535, whichever holds them, else from their own range."""
    if values.dtype.itemsize == 2:
        return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    numbers = np.nan_to_num(values.astype(np.float64))
    low, high = float(numbers.min()), float(numbers.max())
    ceilings = (1.0, 255.0, 65535.0) if values.dtype.kind == "f" else (255.0, 65535.0)
    ceiling = next((ceiling for ceiling in ceilings if low >= 0 and high <= ceiling), None)
    if ceiling is None:
        numbers, ceiling = numbers - low, high - low
    return (numbers * (255 / ceiling)).round().astype(np.uint8)


def _from_inks(image: Image.Image) -> Image.Image:
    """CMYK by the colour profile that the file brings, or by the plain formula."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            inks, screen = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, inks, screen, outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that is broken or for other inks
    return image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken EXIF is no reason to lose the picture
        return 1


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_TURNED[orientation]) if orientation in _TURNED else image


def _frames(image: Image.Image) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # only the first frame is used, and that one is whole
        return 1


def _open(path: Path) -> IO[bytes]:
    """The file, open for reading. Pipes, sockets and devices are never opened."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise UserError("NOT_A_FILE", path=str(path))
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError("BROKEN_LINK" if path.is_symlink() else "NO_SUCH_FILE", path=str(path)) from error
    except OSError as error:
        codes = {errno.ELOOP: "BROKEN_LINK", errno.ENAMETOOLONG: "NAME", errno.EINVAL: "NAME", errno.EIO: "TRUNCATED"}
        raise UserError(codes.get(error.errno or 0, "NO_PERMISSION"), path=str(path)) from error


def _hash(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()  # type: ignore[arg-type]


def _allow_heif() -> None:
    with _heif:
        if "HEIF" not in Image.OPEN:
            import pi_heif

            pi_heif.register_heif_opener()
