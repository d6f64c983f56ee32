"""Thumbnails off the window's thread: asked for while painting, drawn when they come, the last asked for first."""

import threading
from collections import OrderedDict, deque
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

KEPT = 1500  # pictures in memory, about 100 KB each
WAITING = 300  # what scrolled by long ago need not be loaded any more
THREADS = 2


class ThumbnailLoader(QObject):
    """`pixmap(path)` is None until `loaded(path)` was emitted; a file that cannot be read stays None."""

    loaded = Signal(str)
    _came = Signal(str, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(THREADS)
        self._kept: OrderedDict[str, QPixmap] = OrderedDict()
        self._asked: set[str] = set()
        self._waiting: deque[tuple[str, int]] = deque()
        self._lock = threading.Lock()
        self._came.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def pixmap(self, path: Path | str, side: int = 160) -> QPixmap | None:
        """The picture at most `side` pixels high and wide (as first asked for), or None while it is not here."""
        name = str(path)
        found = self._kept.get(name)
        if found is not None:
            self._kept.move_to_end(name)
            return None if found.isNull() else found
        if name not in self._asked:
            self._ask(name, side)
        return None

    def forget(self, path: Path | str) -> None:
        """The file changed: load it again when next asked for."""
        self._kept.pop(str(path), None)

    def wait(self, milliseconds: int = 2000) -> bool:
        with self._lock:
            self._waiting.clear()
        return self._pool.waitForDone(milliseconds)

    def _ask(self, name: str, side: int) -> None:
        self._asked.add(name)
        with self._lock:
            self._waiting.append((name, side))
            if len(self._waiting) > WAITING:
                dropped, _ = self._waiting.popleft()
                self._asked.discard(dropped)
        self._pool.start(_Load(self))

    def next_wanted(self) -> tuple[str, int] | None:
        with self._lock:
            return self._waiting.pop() if self._waiting else None

    def deliver(self, name: str, image: QImage) -> None:
        """Called in a thread of the pool."""
        self._came.emit(name, image)

    def _take(self, name: str, image: QImage) -> None:
        self._asked.discard(name)
        self._kept[name] = QPixmap.fromImage(image)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.loaded.emit(name)


class _Load(QRunnable):
    def __init__(self, loader: ThumbnailLoader) -> None:
        super().__init__()
        self._loader = loader

    def run(self) -> None:
        wanted = self._loader.next_wanted()
        if wanted is None:
            return
        name, side = wanted
        try:
            self._loader.deliver(name, read_small(name, side))
        except RuntimeError:
            return  # the window closed while we read


def read_small(name: str, side: int) -> QImage:
    """Read a picture scaled to fit a square of `side` pixels; a null image where that fails."""
    reader = QImageReader(name)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > side:
        reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


@lru_cache(maxsize=1)
def loader() -> ThumbnailLoader:
    """The one loader of the window."""
    return ThumbnailLoader()
