"""Decoding: every kind of picture comes out as it should look, everything else with its code."""

import io
import os
import resource
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from core.data import decode as decoding
from core.data.decode import decode, inspect
from core.errors import UserError
from core.project import limits

Photo = Callable[..., Image.Image]
HERE = Path(__file__).parent


def code_of(path: Path, **options: int) -> str:
    with pytest.raises(UserError) as failure:
        decode(path, **options)
    return failure.value.code


def shown_or_code(path: Path) -> NDArray[np.uint8] | str:
    try:
        return decode(path)
    except UserError as error:
        return error.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_each_orientation_is_applied_once(kind: str, tmp_path: Path, photo: Photo) -> None:
    upright = photo(1, (64, 40))
    undo = {2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}  # which orientation stores a picture so that this one shows it
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = undo.get(orientation, 1)
        stored = ImageOps.exif_transpose(_tagged(upright, exif))
        exif[0x0112] = orientation
        path = tmp_path / f"{orientation}.{kind.lower()}"
        exact = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
        stored.save(path, kind, exif=exif, **exact)
        shown = decode(path)
        assert shown.shape == (40, 64, 3), orientation
        assert np.abs(shown.astype(int) - np.asarray(upright)).mean() < 3, orientation
        reference = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        np.testing.assert_array_equal(shown, np.asarray(reference))


def _tagged(picture: Image.Image, exif: Image.Exif) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", exif=exif)
    return Image.open(buffer)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_linearly(kind: str, tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 512).round().astype(np.uint16)
    path = tmp_path / "ramp"
    Image.fromarray(np.tile(ramp, (4, 1))).save(path, kind)
    shown = decode(path)
    assert len(np.unique(shown)) == 256
    assert np.abs(shown[0, :, 0] - ramp / 257).max() <= 0.5
    assert (shown[..., 0] == shown[..., 1]).all()


def test_more_bits_and_fractions_keep_their_range(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)
    for name, values in {"unit": ramp, "byte": ramp * 255, "word": ramp * 65535, "odd": ramp * 7e6 - 3e6}.items():
        Image.fromarray(np.tile(values, (2, 1))).save(tmp_path / name, "TIFF")
        assert np.abs(decode(tmp_path / name)[0, :, 0] - np.arange(256.0)).max() <= 1, name
    Image.fromarray(np.tile((ramp * 1e6).astype(np.int32), (2, 1))).save(tmp_path / "int", "TIFF")
    assert np.abs(decode(tmp_path / "int")[0, :, 0] - np.arange(256.0)).max() <= 1
    empty = np.full((3, 3), np.nan, dtype=np.float32)
    Image.fromarray(empty).save(tmp_path / "empty", "TIFF")
    assert (decode(tmp_path / "empty") == 0).all()


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    colours = np.zeros((2, 3, 4), dtype=np.uint8)
    colours[:, 0], colours[:, 1], colours[:, 2] = (200, 0, 0, 255), (200, 0, 0, 0), (200, 0, 0, 128)
    rgba = Image.fromarray(colours)
    rgba.save(tmp_path / "rgba.png")
    rgba.convert("LA").save(tmp_path / "la.png")
    rgba.save(tmp_path / "rgba.webp", lossless=True, exact=True)
    shown = decode(tmp_path / "rgba.png")
    assert shown[0].tolist() == [[200, 0, 0], [255, 255, 255], [227, 127, 127]]
    np.testing.assert_array_equal(decode(tmp_path / "rgba.webp"), shown)
    grey = rgba.convert("LA").getpixel((0, 0))[0]
    assert decode(tmp_path / "la.png")[0, :2].tolist() == [[grey] * 3, [255] * 3]
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    for kind in ("PNG", "GIF"):
        palette.save(tmp_path / "opaque", kind)
        assert decode(tmp_path / "opaque")[0].tolist() == [[10, 20, 30], [40, 50, 60]]
        palette.save(tmp_path / "hole", kind, transparency=1)
        assert decode(tmp_path / "hole")[0].tolist() == [[10, 20, 30], [255, 255, 255]]


def test_inks_become_colours(tmp_path: Path, photo: Photo) -> None:
    picture = photo(3)
    path = tmp_path / "inks.jpg"
    for profile in (None, b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()):
        picture.convert("CMYK").save(path, quality=98, icc_profile=profile)
        assert _colour_error(decode(path), picture) < 3


def _colour_error(shown: np.ndarray, picture: Image.Image) -> float:
    """Mean CIE76 difference."""
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    one, other = (
        np.asarray(ImageCms.applyTransform(image, to_lab)).view(np.int8).astype(float)
        for image in (Image.fromarray(shown), picture)
    )
    one[..., 0], other[..., 0] = (values[..., 0] % 256 * 100 / 255 for values in (one, other))
    return float(np.sqrt(((one - other) ** 2).sum(axis=-1)).mean())


@pytest.mark.parametrize("name", ["picture.heic", "picture.jpg"])
def test_heic_is_read_upright_whatever_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes((HERE / "quadrants.heic").read_bytes())
    red, green, blue, white = (220, 30, 30), (30, 200, 40), (30, 40, 210), (240, 240, 240)
    shown = decode(tmp_path / name)
    assert shown.shape == (48, 64, 3)
    assert np.abs(shown[[5, 5, -5, -5], [5, -5, 5, -5]].astype(int) - [red, green, blue, white]).max() <= 2
    (tmp_path / name).write_bytes((HERE / "quadrants_turned.heic").read_bytes())
    shown = decode(tmp_path / name)
    assert shown.shape == (64, 48, 3)
    assert np.abs(shown[[5, 5, -5, -5], [5, -5, 5, -5]].astype(int) - [blue, red, white, green]).max() <= 2


def test_of_several_frames_the_first_is_used(tmp_path: Path, photo: Photo) -> None:
    first, second = photo(1), photo(2)
    for kind in ("GIF", "WEBP", "TIFF", "PNG"):
        path = tmp_path / f"frames.{kind}"
        first.save(path, kind, save_all=True, append_images=[second, first])
        assert inspect(path).frames == 3, kind
        assert np.abs(decode(path).astype(int) - np.asarray(first)).mean() < 15, kind  # GIF has 256 colours
    first.save(tmp_path / "one.jpg")
    assert inspect(tmp_path / "one.jpg").frames == 1


def test_a_name_says_nothing(tmp_path: Path, photo: Photo) -> None:
    photo(1).save(tmp_path / "x.jpg", "PNG")
    np.testing.assert_array_equal(decode(tmp_path / "x.jpg"), np.asarray(photo(1)))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY"),
        (b"just some words", "NOT_AN_IMAGE"),
        (b"BM is how this text begins", "NOT_AN_IMAGE"),
        (b"<!DOCTYPE html><html><body><svg></svg></body></html>", "NOT_AN_IMAGE"),
        (b"\x00" * 100, "NOT_AN_IMAGE"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "UNSUPPORTED_FORMAT"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn -->\n<svg/>", "UNSUPPORTED_FORMAT"),
        ("<svg/>".encode("utf-16"), "UNSUPPORTED_FORMAT"),
        (b"%PDF-1.7", "UNSUPPORTED_FORMAT"),
        (b"8BPS\0\1", "UNSUPPORTED_FORMAT"),
        (b"P6 2 2 255 " + bytes(12), "UNSUPPORTED_FORMAT"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf", "UNSUPPORTED_FORMAT"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp41", "UNSUPPORTED_FORMAT"),
        (b"\xff\xd8\xff\xe0", "TRUNCATED"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "TRUNCATED"),
        (b"II*\0\xff\xff\xff\xff", "TRUNCATED"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "TRUNCATED"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "TRUNCATED"),
    ],
)
def test_what_is_no_picture_has_its_code(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    assert code_of(path) == code


def test_a_camera_raw_file_is_not_mistaken_for_its_preview(tmp_path: Path, photo: Photo) -> None:
    photo(1).save(tmp_path / "x.dng", "TIFF")
    assert code_of(tmp_path / "x.dng") == "UNSUPPORTED_FORMAT"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_file_cut_short_is_noticed(kind: str, tmp_path: Path, photo: Photo) -> None:
    whole = io.BytesIO()
    photo(5, (200, 150)).save(whole, kind)
    content = whole.getvalue()
    for share in (0.1, 0.5, 0.9, 0.99):
        (tmp_path / "cut").write_bytes(content[: int(len(content) * share)])
        assert code_of(tmp_path / "cut") == "TRUNCATED", share


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("length", [256, 1024])
def test_damage_inside_is_noticed(kind: str, length: int, tmp_path: Path, photo: Photo) -> None:
    found = 0
    for seed in range(12):
        whole = io.BytesIO()
        photo(seed, (400, 300)).save(whole, kind)
        content = bytearray(whole.getvalue())
        middle = len(content) // 2
        harm = [bytes(length), np.random.default_rng(seed).bytes(length), b"\xff" * length][seed % 3]
        content[middle : middle + length] = harm
        (tmp_path / "harmed").write_bytes(content)
        found += isinstance(shown_or_code(tmp_path / "harmed"), str)
    assert found >= (12 if kind == "PNG" else 11)


def test_sound_jpegs_of_all_kinds_are_not_suspected(tmp_path: Path, photo: Photo) -> None:
    path = tmp_path / "x.jpg"
    for seed, options in enumerate(
        [
            {"quality": 30},
            {"quality": 100, "subsampling": 0},
            {"progressive": True},
            {"optimize": True},
            {"restart_marker_rows": 1},
            {"restart_marker_blocks": 3},
            {"comment": b"\xff\xd9\xff\xda in a comment"},
        ]
    ):
        for size in ((1, 1), (7, 9), (16, 16), (333, 222)):
            photo(seed, size).save(path, "JPEG", **options)
            assert (decode(path) == np.asarray(Image.open(path))).all()
            photo(seed, size).convert("L").save(path, "JPEG", **options)
            assert (decode(path)[..., 0] == np.asarray(Image.open(path))).all()
    path.write_bytes(path.read_bytes() + b"a camera's own data after the end")
    decode(path)


def test_every_real_photograph_is_sound(shared: Path) -> None:
    for path in sorted((shared / "data" / "ants-bees").rglob("*.*"))[::7]:
        decode(path)


def test_a_bomb_is_refused_from_its_header(tmp_path: Path, bomb: bytes) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb)
    assert path.stat().st_size < 200_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UserError) as refused:
        decode(path)
    assert (refused.value.code, refused.value.params["megapixels"]) == ("TOO_LARGE", 900)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    Image.new("1", (2000, 1000)).save(path)
    assert code_of(path, megapixels=1) == "TOO_LARGE"
    assert decode(path, megapixels=2).shape == (1000, 2000, 3)


def test_the_limit_is_the_users(tmp_path: Path, graft_home: Path) -> None:
    path = tmp_path / "map.png"
    Image.new("1", (12_000, 10_001)).save(path)
    assert code_of(path) == "TOO_LARGE"
    limits.choose(121)
    assert decode(path).shape == (10_001, 12_000, 3)
    limits.choose(1)
    assert code_of(path) == "TOO_LARGE"
    with pytest.raises(UserError):
        limits.choose(0)
    (graft_home / "limits.json").write_text("nonsense")
    assert limits.megapixels() == limits.MEGAPIXELS


def claiming(kind: str, side: int) -> bytes:
    """A small picture whose header was changed to claim `side` x `side` pixels."""
    whole = io.BytesIO()
    Image.new("RGBA" if kind == "WEBP" else "L", (16, 16)).save(
        whole, kind, **({"lossless": True} if kind == "WEBP" else {})
    )
    content = bytearray(whole.getvalue())
    if kind == "GIF":
        content[6:10] = struct.pack("<HH", side, side)
    if kind == "BMP":
        content[18:26] = struct.pack("<ii", side, side)
    if kind == "JPEG":
        at = content.index(b"\xff\xc0") + 5
        content[at : at + 4] = struct.pack(">HH", side, side)
    if kind == "WEBP":
        at = content.index(b"VP8L") + 9  # 14 bits of width - 1, 14 of height - 1
        rest = int.from_bytes(content[at : at + 4], "little") >> 28 << 28
        content[at : at + 4] = (rest | (side - 1) | (side - 1) << 14).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize(("kind", "side"), [("GIF", 65535), ("BMP", 60000), ("JPEG", 65000), ("WEBP", 16383)])
def test_bombs_of_every_format_are_refused(kind: str, side: int, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(claiming(kind, side))
    assert code_of(tmp_path / "x") == "TOO_LARGE"


def test_what_is_no_file_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    listener.bind("socket")
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "loop").symlink_to("loop")
    assert code_of(tmp_path / "pipe") == "NOT_A_FILE"
    assert code_of(tmp_path / "socket") == "NOT_A_FILE"
    assert code_of(Path("/dev/null")) == "NOT_A_FILE"
    assert code_of(tmp_path) == "NOT_A_FILE"
    assert code_of(tmp_path / "dangling") == "BROKEN_LINK"
    assert code_of(tmp_path / "loop") == "BROKEN_LINK"
    assert code_of(tmp_path / "nothing") == "NO_SUCH_FILE"
    assert code_of(tmp_path / ("x" * 300)) == "NAME"
    listener.close()


def test_an_unreadable_file_is_said_to_be(tmp_path: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    photo(1).save(tmp_path / "x.jpg")

    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert code_of(tmp_path / "x.jpg") == "NO_PERMISSION"


FAILURES = [ValueError, SyntaxError, TypeError, KeyError, struct.error, MemoryError, OSError, RecursionError, EOFError]


@pytest.mark.parametrize("failure", FAILURES)
def test_whatever_pillow_raises_becomes_a_code(
    failure: type[Exception], tmp_path: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo(1).save(tmp_path / "x.jpg")

    def fail(*args: object, **options: object) -> None:
        raise failure

    monkeypatch.setattr(decoding.Image, "open", fail)
    assert code_of(tmp_path / "x.jpg") == "TRUNCATED"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF"]),
    places=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_any_bytes_changed_give_a_picture_or_a_code(
    kind: str, places: list[tuple[int, int]], tmp_path: Path, photo: Photo
) -> None:
    path = tmp_path / "x"
    if kind == "HEIF":
        content = bytearray((HERE / "quadrants.heic").read_bytes())
    else:
        whole = io.BytesIO()
        photo(1, (40, 30)).save(whole, kind)
        content = bytearray(whole.getvalue())
    for place, value in places:
        content[place % len(content)] = value
    path.write_bytes(content)
    shown = shown_or_code(path)
    if isinstance(shown, str):
        assert shown in {"TRUNCATED", "NOT_AN_IMAGE", "UNSUPPORTED_FORMAT", "TOO_LARGE"}
    else:
        assert shown.dtype == np.uint8
        assert shown.shape[2] == 3


def test_no_other_opener_is_loaded(tmp_path: Path, photo: Photo) -> None:
    """In a process of its own: here other tests may have loaded them all."""
    photo(1).save(tmp_path / "x.jpg")
    (tmp_path / "y.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    program = (
        "import sys; from pathlib import Path; from core.data.decode import decode; from core.errors import UserError\n"
        "decode(Path(sys.argv[1]))\n"
        "try: decode(Path(sys.argv[2]))\n"
        "except UserError: pass\n"
        "from PIL import Image; print(*sorted(Image.OPEN))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "x.jpg"), str(tmp_path / "y.jpg")]
    loaded = subprocess.run(command, cwd=HERE.parents[2], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) <= {"BMP", "DIB", "GIF", "JPEG", "MPO", "PNG", "PPM", "TIFF", "WEBP"}


def test_originals_are_only_read(tmp_path: Path, photo: Photo) -> None:
    path = tmp_path / "x.tiff"
    photo(1).save(path)
    path.chmod(stat.S_IRUSR)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    decode(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
