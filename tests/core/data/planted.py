"""A folder of sound pictures with sixty faults planted in it, and what a scan has to say of each."""

import io
import os
import random
import shutil
import socket
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from tests.core.data.conftest import synthetic_photo

CLASSES = ("ant", "bee", "wasp")
FAULTS = 60
HERE = Path(__file__).parent


@dataclass(slots=True)
class Planted:
    """`codes` are the expected (path, code) of single files, `of_all` those of the dataset as a whole, `twins` the
    expected groups; `kinds` counts the faults by kind."""

    folder: Path
    codes: set[tuple[str, str]] = field(default_factory=set)
    of_all: list[str] = field(default_factory=list)
    twins: list[list[str]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    found: int = 0
    hidden: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(7))
    _seed: int = 1_000_000

    def place(self, name: str, content: bytes = b"") -> Path:
        """A new file in one of the classes, all in turn; counted as found."""
        path = self.folder / CLASSES[self.found % len(CLASSES)] / f"{self.found:05d}-{name}"
        path.write_bytes(content)
        self.found += 1
        return path

    def photo(self) -> Image.Image:
        """Of no other picture's likeness."""
        self._seed += 1
        return synthetic_photo(self._seed, (64, 48))

    def detailed(self) -> Image.Image:
        """With detail of every size, as a photograph has it and as likeness is judged by; 160 x 120."""
        self._seed += 1
        noise = np.random.default_rng(self._seed)
        layers = [
            np.asarray(Image.fromarray(noise.integers(0, 256, (side, side, 3), dtype=np.uint8)).resize((160, 120), 3))
            for side in (4, 8, 16, 32)
        ]
        return Image.fromarray(np.mean(layers, axis=0).astype(np.uint8))

    def encoded(self, form: str = "JPEG", **options: object) -> bytes:
        stream = io.BytesIO()
        self.photo().save(stream, form, **options)  # type: ignore[arg-type]
        return stream.getvalue()

    def expect(self, code: str, *paths: Path) -> None:
        self.codes |= {(self.name(path), code) for path in paths}

    def name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def cut(self, content: bytes) -> bytes:
        return content[: int(len(content) * self._random.uniform(0.3, 0.8))]

    def holed(self, content: bytes, size: int) -> bytes:
        """Random bytes over the middle."""
        start = len(content) // 2
        return content[:start] + self._random.randbytes(size) + content[start + size :]


def _spoiled(code: str, name: str, make: Callable[[Planted], bytes]) -> Callable[[Planted], None]:
    def plant(garden: Planted) -> None:
        garden.expect(code, garden.place(name, make(garden)))

    return plant


def _bomb(garden: Planted) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = chunk(b"IHDR", (30_000).to_bytes(4, "big") * 2 + b"\x08\0\0\0\0")
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")


def _broken_link(garden: Planted) -> None:
    path = garden.place("link.jpg")
    path.unlink()
    path.symlink_to("nowhere")
    garden.expect("BROKEN_LINK", path)


def _link_to_itself(garden: Planted) -> None:
    path = garden.place("self.jpg")
    path.unlink()
    path.symlink_to(path.name)
    garden.expect("BROKEN_LINK", path)


def _pipe(garden: Planted) -> None:
    path = garden.place("pipe.jpg")
    path.unlink()
    os.mkfifo(path)
    garden.expect("NOT_A_FILE", path)


def _socket(garden: Planted) -> None:
    path = garden.place("socket.jpg")
    path.unlink()
    before = Path.cwd()
    os.chdir(path.parent)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)
    os.chdir(before)
    garden.expect("NOT_A_FILE", path)


def _loose(garden: Planted) -> None:
    path = garden.place("loose.jpg", garden.encoded())
    garden.expect("UNLABELLED", path.rename(garden.folder / path.name))


def _blank(garden: Planted) -> None:
    path = garden.place("blank.png")
    Image.new("RGB", (50, 40), (garden.found % 250, 90, 30)).save(path)
    garden.expect("BLANK", path)


def _moving(form: str) -> Callable[[Planted], None]:
    def plant(garden: Planted) -> None:
        path = garden.place(f"moving.{form.lower()}")
        garden.photo().save(path, form, save_all=True, append_images=[garden.photo(), garden.photo()])
        garden.expect("MULTIPLE_FRAMES", path)

    return plant


def _neighbours(garden: Planted, apart: int) -> tuple[Path, Path]:
    """Names in the same class (0 apart), or in the next one."""
    while apart == 0 and garden.found % len(CLASSES) == len(CLASSES) - 1:
        garden.place("sound.jpg", garden.encoded())
    one, other = garden.place("one.jpg"), garden.place("other.jpg")
    return one, (other if apart else other.rename(one.parent / other.name))


def _same_in_two_classes(garden: Planted) -> None:
    one, other = _neighbours(garden, 1)
    content = garden.encoded()
    one.write_bytes(content)
    other.write_bytes(content)
    garden.expect("CONFLICT", one, other)
    garden.twins.append(sorted((garden.name(one), garden.name(other))))


def _alike_in_two_classes(garden: Planted) -> None:
    one, other = _neighbours(garden, 1)
    picture = garden.detailed()
    picture.save(one, quality=95)
    picture.save(other, quality=60)
    garden.expect("ALIKE", one, other)
    garden.twins.append(sorted((garden.name(one), garden.name(other))))


def _same_twice(garden: Planted) -> None:
    one, other = _neighbours(garden, 0)
    content = garden.encoded()
    one.write_bytes(content)
    other.write_bytes(content)
    garden.twins.append(sorted((garden.name(one), garden.name(other))))


def _made_smaller(garden: Planted) -> None:
    one, other = _neighbours(garden, 0)
    picture = garden.detailed()
    picture.save(one, quality=95)
    picture.resize((80, 60)).save(other, quality=80)
    garden.twins.append(sorted((garden.name(one), garden.name(other))))


KINDS: dict[str, Callable[[Planted], None]] = {
    "JPEG cut short": _spoiled("TRUNCATED", "cut.jpg", lambda g: g.cut(g.encoded())),
    "JPEG with a hole": _spoiled("TRUNCATED", "hole.jpg", lambda g: g.holed(g.encoded(quality=95), 1000)),
    "PNG cut short": _spoiled("TRUNCATED", "cut.png", lambda g: g.cut(g.encoded("PNG"))),
    "PNG damaged inside": _spoiled("TRUNCATED", "bits.png", lambda g: g.holed(g.encoded("PNG"), 3)),
    "GIF cut short": _spoiled("TRUNCATED", "cut.gif", lambda g: g.cut(g.encoded("GIF"))),
    "WebP cut short": _spoiled("TRUNCATED", "cut.webp", lambda g: g.cut(g.encoded("WEBP"))),
    "TIFF cut short": _spoiled("TRUNCATED", "cut.tif", lambda g: g.cut(g.encoded("TIFF"))),
    "BMP cut short": _spoiled("TRUNCATED", "cut.bmp", lambda g: g.cut(g.encoded("BMP"))),
    "HEIC cut short": _spoiled("TRUNCATED", "cut.heic", lambda g: g.cut((HERE / "quadrants.heic").read_bytes())),
    "no bytes": _spoiled("EMPTY", "empty.jpg", lambda g: b""),
    "text": _spoiled("NOT_AN_IMAGE", "text.jpg", lambda g: b"not a picture"),
    "web page": _spoiled("NOT_AN_IMAGE", "page.jpg", lambda g: b"<!doctype html><html><body>404</body></html>"),
    "noise": _spoiled("NOT_AN_IMAGE", "noise.png", lambda g: b"\0" + g._random.randbytes(4000)),
    "SVG": _spoiled("UNSUPPORTED_FORMAT", "drawing.svg", lambda g: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "AVIF": _spoiled("UNSUPPORTED_FORMAT", "new.avif", lambda g: b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + bytes(99)),
    "Photoshop": _spoiled("UNSUPPORTED_FORMAT", "work.psd", lambda g: b"8BPS\0\1" + bytes(99)),
    "PDF named JPEG": _spoiled("UNSUPPORTED_FORMAT", "scan.jpg", lambda g: b"%PDF-1.7\n" + bytes(99)),
    "bomb": _spoiled("TOO_LARGE", "bomb.png", _bomb),
    "dangling link": _broken_link,
    "link to itself": _link_to_itself,
    "pipe": _pipe,
    "socket": _socket,
    "outside the classes": _loose,
    "of one colour": _blank,
    "moving GIF": _moving("GIF"),
    "TIFF of several pages": _moving("TIFF"),
    "same in two classes": _same_in_two_classes,
    "nearly the same in two classes": _alike_in_two_classes,
    "same twice": _same_twice,
    "smaller copy": _made_smaller,
}


def plant(folder: Path, pictures: int) -> Planted:
    """About so many pictures, the faults strewn among them."""
    garden = Planted(folder)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    order = [kind for kind, _ in zip((list(KINDS) * FAULTS)[:FAULTS], range(FAULTS), strict=True)]
    garden._random.shuffle(order)
    for kind in order:
        for _ in range(max(0, pictures // FAULTS - 1)):
            garden.place("sound.jpg", garden.encoded())
        KINDS[kind](garden)
        garden.kinds[kind] = garden.kinds.get(kind, 0) + 1
    while garden.found < pictures:
        garden.place("sound.jpg", garden.encoded())
    _sound_oddities(garden)
    _of_the_whole(garden)
    return garden


def _sound_oddities(garden: Planted) -> None:
    """What looks like a fault and is none: none of these may be reported."""
    photo = garden.photo
    garden.place("png-inside.jpg", garden.encoded("PNG"))
    garden.place("heic-inside.jpg", (HERE / "quadrants.heic").read_bytes())
    photo().convert("CMYK").save(garden.place("inks.jpg"), "JPEG")
    photo().convert("L").convert("I;16").save(garden.place("deep.png"))
    photo().quantize(64).save(garden.place("palette.png"))
    photo().convert("RGBA").save(garden.place("alpha.webp"), lossless=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    photo().save(garden.place("turned.jpg"), exif=exif)
    photo().save(garden.place("progressive.jpg"), progressive=True)
    photo().save(garden.place("no suffix"), "JPEG")
    photo().save(garden.place("\u202e\U0001f41c e\u0301.jpg"))
    folder = garden.folder / CLASSES[garden.found % len(CLASSES)] / "folder.jpg"
    folder.mkdir()
    inside = garden.place("inside.jpg", garden.encoded())
    shutil.move(inside, folder / inside.name)
    (folder / "round").symlink_to(garden.folder)


def _of_the_whole(garden: Planted) -> None:
    hidden: Sequence[str] = (".DS_Store", "ant/Thumbs.db", "bee/._x.jpg", ".ipynb_checkpoints/a.jpg")
    for name in hidden:
        (garden.folder / name).parent.mkdir(exist_ok=True)
        (garden.folder / name).write_bytes(garden.encoded())
    garden.hidden = len(hidden)
    (garden.folder / "empty").mkdir()
    (garden.folder / "Ant").mkdir()
    garden.photo().save(garden.folder / "Ant" / "only.jpg")
    garden.found += 1
    garden.of_all = ["CASE_CLASH", "EMPTY_CLASS", "IMBALANCE", "TINY_CLASS"]
