"""What a file is, by its first bytes: one of the formats that are read, a known one that is not, or no picture."""

from pathlib import PurePath

HEAD = 4096
"""So many bytes from the start are enough for `sniff`."""

READ = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF")
"""The only formats whose openers ever see a file, by Pillow's names."""

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (8, b"WEBP", "WEBP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"gimp xcf", "GIMP"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\0\0\1\0", "icon"),
    (0, b"%!PS", "PostScript"),
    (0, b"%PDF", "PDF"),
    (128, b"DICM", "DICOM"),
    (0, b"SIMPLE  =", "FITS"),
    (0, b"#?RADIANCE", "HDR"),
    (0, b"v/1\1", "OpenEXR"),
    (0, b"DDS ", "DDS"),
    (0, b"qoif", "QOI"),
    (0, b"FUJIFILM", "camera raw"),
    (0, b"IIU\0", "camera raw"),
    (0, b"IIRO", "camera raw"),
    (8, b"CR\2\0", "camera raw"),
)

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
# Camera raw files are TIFF outside; the TIFF opener would take the small preview in them for the picture.
_RAW_SUFFIXES = {".3fr", ".arw", ".cr2", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".nef", ".nrw", ".pef", ".srw"}


def sniff(head: bytes, name: str) -> str:
    """The format's name from the first `HEAD` bytes; empty where it is no picture. Pillow's names for those `READ`.

    `name` only tells a camera's raw file from an ordinary TIFF.
    """
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset) and not (kind == "WEBP" and not head.startswith(b"RIFF")):
            raw = kind == "TIFF" and (head.startswith(b"CR", 8) or PurePath(name).suffix.lower() in _RAW_SUFFIXES)
            return "camera raw" if raw else kind
    if head.startswith(b"ftyp", 4):
        return _of_boxes(head)
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if head[:1] == b"P" and head[1:2] in b"1234567" and head[2:3] in b" \t\r\n" and len(head) > 2:
        return "PNM"
    return "SVG" if _is_svg(head) else ""


def _of_boxes(head: bytes) -> str:
    """ISO media files name their brands: the major one, a version, then compatible ones up to the box's end."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if head[8:12] in {b"avif", b"avis"} or (
        brands & {b"avif", b"avis"} and not brands & (_HEIF_BRANDS - {b"mif1", b"msf1"})
    ):
        return "AVIF"
    if brands & _HEIF_BRANDS:
        return "HEIF"
    return "camera raw" if head[8:12] == b"crx " else "video"


def _is_svg(head: bytes) -> bool:
    """SVG as text, perhaps after a byte order mark, an XML declaration, comments or a document type."""
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", errors="ignore")
    text = text.lstrip("\ufeff \t\r\n").lower()
    if text.startswith(("<!doctype html", "<html")):
        return False
    return text.startswith("<svg") or (text.startswith(("<?xml", "<!")) and "<svg" in text)
