"""Pictures that come as pixels, not as files: pasted, or dragged out of a browser. They are kept beside the run."""

import hashlib
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage

from core.project import atomic

FOLDER = "pasted"


def local_files(data: QMimeData) -> list[Path]:
    """The files of this machine that are meant."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def has_pictures(data: QMimeData) -> bool:
    return data.hasImage() or bool(local_files(data))


def picture_in(data: QMimeData) -> QImage | None:
    """The pixels that are brought along, where no file of this machine is named."""
    if local_files(data) or not data.hasImage():
        return None
    image = QImage(data.imageData())
    return None if image.isNull() else image


def keep(image: QImage, folder: Path) -> Path:
    """Write it as PNG, named after its content: the same picture twice is one file. Raises UserError."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    whole = bytes(content.data())
    path = folder / FOLDER / f"{hashlib.blake2b(whole, digest_size=8).hexdigest()}.png"
    if not path.exists():
        atomic.write_bytes(path, whole)
    return path
