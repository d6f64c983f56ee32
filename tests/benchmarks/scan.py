"""How fast a folder is read, against threads that decode the same files and do nothing else.

`uv run python -m tests.benchmarks.scan [--pictures 10000] [--most 10000]`. Four questions: the rate of the scan, on
photographs as cameras make them and on the real pictures where they are; the time until the first thumbnail of many
small pictures can be shown; the time to open them again; and whether the time of each picture stays the same from 1,000
to `--most`. Imports are made before the clock begins; what they take is printed.
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from tests.benchmarks.measure import SHARED, fresh_home, judge, report

THREADS = os.cpu_count() or 1
ROUNDS = 3


def photographs(folder: Path, number: int, size: tuple[int, int], grain: float = 6.0) -> Path:
    """JPEGs with detail of every size and the grain of a sensor; no two alike."""
    random = np.random.default_rng(1)
    for place in range(number):
        path = folder / ("ants", "bees")[place % 2] / f"{place:06d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        layers = []
        for side in (5, 20, 80, 320):
            coarse = Image.fromarray(random.integers(0, 256, (side * 3 // 4, side, 3), dtype=np.uint8))
            layers.append(np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), dtype=np.float32))
        noise = random.normal(0, grain, (size[1], size[0], 1)).astype(np.float32)
        picture = np.mean(layers, axis=0) + noise
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return folder


def small_pictures(folder: Path, number: int) -> Path:
    """Many, quickly made: blots of 40 x 30, each of its own."""
    random = np.random.default_rng(2)
    for place in range(number):
        path = folder / f"class{place % 10}" / f"{place:06d}.jpg"
        if place < 10:
            path.parent.mkdir(parents=True)
        Image.fromarray(random.integers(0, 256, (30, 40, 3), dtype=np.uint8)).save(path, quality=80)
    return folder


def decode_all(folder: Path) -> float:
    """Seconds for the reference: every file to RGB pixels in memory."""
    files = [path for path in folder.rglob("*.*") if path.is_file()]

    def decode(path: Path) -> int:
        with Image.open(path) as image:
            return int(np.asarray(image.convert("RGB"))[0, 0, 0])

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(decode, files))
    return time.perf_counter() - began


@contextmanager
def fresh_index() -> Iterator[Callable[[Path], float]]:
    """A place where Graft has never run, and what scans a folder there and gives the seconds."""
    from core.data.scan import scan
    from core.events import silent
    from core.project.index import Index
    from core.recipe import Recipe

    with fresh_home() as (home, environment):
        before, os.environ["GRAFT_HOME"] = os.environ.get("GRAFT_HOME"), environment["GRAFT_HOME"]
        with Index.open(home / "project") as index:

            def run(folder: Path) -> float:
                began = time.perf_counter()
                scan(folder, index, 224, "crop", Recipe(), silent(), THREADS)
                return time.perf_counter() - began

            run.project = home / "project"  # type: ignore[attr-defined]
            yield run
        if before is None:
            del os.environ["GRAFT_HOME"]
        else:
            os.environ["GRAFT_HOME"] = before


def rate(folder: Path) -> float:
    """Decoding alone / scanning, the two in turns."""
    decoding, scanning = [], []
    for _ in range(ROUNDS):
        decoding.append(decode_all(folder))
        with fresh_index() as scan:
            scanning.append(scan(folder))
    medians = report([("decoding alone", decoding), ("scan", scanning)])
    return medians["decoding alone"] / medians["scan"]


def first_thumbnail(folder: Path) -> tuple[float, float]:
    """Seconds from the request until a picture with its thumbnail is in the index, and until all are."""
    from core.project.index import Index, thumbnail_path

    shown: list[float] = []
    with fresh_index() as scan:
        began = time.perf_counter()

        def look() -> None:
            with Index.open(scan.project, read_only=True) as index:  # type: ignore[attr-defined]
                while not shown:
                    first = index.pictures_page(None, 0, 1)
                    if first and thumbnail_path(first[0].content_hash).exists():
                        shown.append(time.perf_counter() - began)
                    time.sleep(0.005)

        looking = threading.Thread(target=look)
        looking.start()
        whole = scan(folder)
        looking.join()
    return shown[0], whole


def again(folder: Path) -> list[float]:
    """Seconds to open the folder again, unchanged."""
    with fresh_index() as scan:
        scan(folder)
        return [scan(folder) for _ in range(ROUNDS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--most", type=int, default=10_000)
    given = parser.parse_args()
    began = time.perf_counter()
    import core.data.scan  # noqa: F401

    print(f"imports {time.perf_counter() - began:.1f} s, {THREADS} threads, load {os.getloadavg()[0]:.1f}")
    kept = []
    with fresh_home() as (place, _):
        print("photographs of 12 megapixels")
        kept.append(judge("decoding / scan, large", 1 / rate(photographs(place / "large", 16, (4000, 3000))), 1 / 0.8))
        real = SHARED / "data" / "ants-bees"
        if real.is_dir():
            print("ants-bees, 398 photographs of half a megapixel")
            judge("scan / decoding, small", 1 / rate(real), 1 / 0.8)
        many = small_pictures(place / "many", given.pictures)
        first, whole = first_thumbnail(many)
        kept.append(judge(f"first thumbnail of {given.pictures:,}", first, 0.5))
        print(f"{'all of them':<34} {whole:8.3f} s")
        opened = report([(f"again, {given.pictures:,} unchanged", again(many))])
        kept.append(judge("open again", next(iter(opened.values())), 1.0))
        each = {}
        for number in (1_000, *((given.most,) if given.most > 1_000 else ())):
            folder = many if number == given.pictures else small_pictures(place / f"of {number}", number)
            with fresh_index() as scan:
                each[number] = scan(folder) / number
            print(f"{f'{number:,} pictures':<34} {1000 * each[number]:8.3f} ms each")
        kept.append(judge("slower by the number", each[max(each)] / each[1_000], 1.25))
    print(f"load {os.getloadavg()[0]:.1f}")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
