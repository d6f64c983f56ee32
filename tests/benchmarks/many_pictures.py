"""A folder of 100,000 small pictures in the window: how soon it is there, how smoothly it scrolls, what it weighs.

`uv run python -m tests.benchmarks.many_pictures [--pictures 100000]`. The index is written directly, its thumbnails are
real files; no engine runs, so that the figures are the window's own. A frame is: the grid is scrolled on, and all that
this leads to (rows read, thumbnails that came, painting) is done. Three speeds: a line at a time, a page at a time, and
leaps to where nothing was read yet. The other side, in turns with it, is the same grid with one page of pictures.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measure import fresh_home, judge

FRAME = 1000 / 60
ROUNDS, FRAMES = 3, 120
KINDS = 500  # different thumbnails; the others are links to them


def write_index(data: Path, count: int) -> None:
    """The project's index with `count` pictures in ten classes, as a scan leaves it."""
    from PySide6.QtGui import QColor, QImage, QPainter

    from core.project.index import Index, Reading, thumbnail_path
    from core.project.places import default_project

    data.mkdir()
    readings = []
    for number in range(count):
        content = f"{number:040x}"[::-1]
        thumbnail = thumbnail_path(content)
        thumbnail.parent.mkdir(parents=True, exist_ok=True)
        if number < KINDS:
            image = QImage(160, 120, QImage.Format.Format_RGB32)
            image.fill(QColor.fromHsv(number % 360, 120, 200))
            painter = QPainter(image)
            for line in range(0, 160, 4):
                painter.setPen(QColor.fromHsv((number * 7 + line) % 360, 200, 160))
                painter.drawLine(line, 0, (line * 13 + number) % 160, 120)
            painter.end()
            image.save(str(thumbnail))
        else:
            os.link(thumbnail_path(f"{number % KINDS:040x}"[::-1]), thumbnail)
        label = f"class {number % 10}"
        readings.append(Reading(f"{label}/{number:06d}.jpg", label, "", 9000, 1, content, "", 0.1, 160, 120))
    with Index.open(default_project(data)) as index:
        index.store_data_folder(data)
        index.record(readings)
        index.finish_scan([reading.path for reading in readings], [f"class {number}" for number in range(10)], 0)
        index.settle_classes()


def frames(step: Callable[[int], object], paint: Callable[[], object]) -> list[tuple[float, float]]:
    """Milliseconds of each frame: of the window's own thread, and by the clock, which others on the machine slow."""
    from PySide6.QtWidgets import QApplication

    found = []
    for number in range(FRAMES):
        began, busy = time.perf_counter(), time.thread_time()
        step(number)
        paint()
        QApplication.processEvents()
        found.append(((time.thread_time() - busy) * 1000, (time.perf_counter() - began) * 1000))
        time.sleep(max(0.0, (FRAME - found[-1][1]) / 1000))  # as a screen does, which leaves the loaders their time
    return found


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(data: Path, count: int) -> dict[str, float]:
    from PySide6.QtWidgets import QApplication

    from gui.main_window import MainWindow
    from gui.session import Session
    from gui.settings import Settings
    from tests.gui.frame import Engine

    app = QApplication.instance() or QApplication([])
    session = Session(Engine(), Settings())  # type: ignore[arg-type]
    window = MainWindow(session)
    window.resize(1280, 800)
    window.show()
    app.processEvents()
    os.sync()  # else the first fsync of the window pays for the 100,000 links that were just made
    began = time.perf_counter()
    session.open_folder(data)
    while session.project is None or window.page.name != "data" or window.page.pane.model.picture(0) is None:
        app.processEvents()
        time.sleep(0.001)  # a window waits between events; one that spins keeps its own threads from Python
    window.grab()
    opened = time.perf_counter() - began
    grid, model = window.page.pane.grid, window.page.pane.model
    bar = grid.verticalScrollBar()
    assert len(model.ids) == count

    def scroll(by: int, lines: int) -> list[tuple[float, float]]:
        """There and back within `lines`, so that the small side has as far to go."""
        bar.setValue(0)
        reach = max(1, lines * grid.cell().height())
        return frames(lambda number: bar.setValue(number * by % reach), grid.viewport().repaint)

    whole = -(-count // grid.columns)
    page = bar.pageStep()
    rows: dict[str, list[tuple[float, float]]] = {"line": [], "page": [], "leap": [], "one page only": []}
    for _ in range(ROUNDS):
        rows["line"] += scroll(bar.singleStep(), whole)
        rows["page"] += scroll(page, whole)
        rows["leap"] += scroll(bar.maximum() // 37, whole)
        rows["one page only"] += scroll(bar.singleStep(), 3)
    worst: dict[str, float] = {}
    for name, values in rows.items():
        for kind, side in (("", 0), (", by the clock", 1)):
            some = [pair[side] for pair in values]
            worst[name + kind] = statistics.quantiles(some, n=100)[94]
            print(f"{name + kind:<34} median {statistics.median(some):6.2f} ms, p95 {worst[name + kind]:6.2f} ms")
    result = {"open": opened, "memory": resident_megabytes(), **worst}
    session.board.forget()
    window.hide()
    session.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100_000)
    given = parser.parse_args()
    with fresh_home() as (folder, environment):
        os.environ.update(environment)
        from PySide6.QtWidgets import QApplication

        app = QApplication([])
        data = folder / "many"
        write_index(data, given.pictures)
        found = measure(data, given.pictures)
        app.processEvents()
    print(f"scrolling 100,000 / scrolling one page: {found['line'] / found['one page only']:.2f}")
    kept = [
        judge("seconds until pictures are seen", found["open"], 2.0),
        judge("95 % of frames, line by line, ms", found["line"], FRAME),
        judge("95 % of frames, page by page, ms", found["page"], FRAME),
        judge("resident memory of the window, MB", found["memory"], 500),
    ]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
