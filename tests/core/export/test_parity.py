"""The check itself: it must see what is wrong, and only that."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from core.data.decode import decode
from core.data.preprocessing import to_square
from core.errors import Cancelled
from core.evaluation.judge import judge
from core.evaluation.trained import Trained
from core.events import Reporter, silent
from core.export import nasty, standalone
from core.export.parity import TOLERANCE, Compared, Parity, Picture, _compared, compare
from core.training.classifier import Classifier

MINE = Picture("mine", Path("x"))


def test_fifty_awkward_pictures_decoded_alike_by_the_app_and_the_exported_script(tmp_path: Path) -> None:
    paths = nasty.draw(tmp_path)
    assert len(set(paths)) == nasty.COUNT
    modes = set()
    for path in paths:
        ours, theirs = decode(path), standalone.decode(path)
        assert np.array_equal(ours, theirs), path.name
        with Image.open(path) as image:
            modes.add(image.mode)
    assert {"CMYK", "I;16", "F", "LA", "RGBA", "P", "L", "1", "RGB"} <= modes
    by_name = {path.name: decode(path).shape[:2] for path in paths}
    assert (by_name["1x1.png"], by_name["5x4000.png"], by_name["3000x4000.jpg"]) == ((1, 1), (5, 4000), (3000, 4000))
    turned = [by_name[f"exif-{orientation}.jpg"] for orientation in range(1, 9)]
    assert turned == [(150, 97)] * 4 + [(97, 150)] * 4


def test_differences_are_seen(classifier: Classifier, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    paths = []
    for i in range(8):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(generator.integers(0, 256, (50, 70, 3), dtype=np.uint8)).save(paths[-1])
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    pictures = [Picture("mine", path) for path in [*paths, tmp_path / "broken.png", tmp_path / "gone.png"]]
    preprocessing = classifier.card.preprocessing

    def exact(path: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        square = to_square(torch.from_numpy(pixels), preprocessing.size, preprocessing.fit).numpy()
        return judge(classifier, square[None], silent())[0]

    def brighter(path: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        return exact(path, np.minimum(pixels, 215) + 40)

    def faulty(path: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        if path.name == "3.png":
            raise RuntimeError("no")
        return exact(path, pixels)

    app = Trained(classifier)
    good = compare(app, exact, pictures, 2, silent())
    assert [row.name for row in good.rows] == [path.name for path in paths]
    assert good.summary() == {
        "images": 8,
        "top1_agreement": 1.0,
        "max_abs_probability_difference": pytest.approx(0, abs=1e-6),
        "verified": True,
    }
    assert not compare(app, brighter, pictures, 2, silent()).summary()["verified"]
    bad = compare(app, faulty, pictures, 2, silent())
    assert bad.summary() == {
        "images": 8, "top1_agreement": 7 / 8, "max_abs_probability_difference": 1.0, "verified": False,
    }  # fmt: skip
    assert [(row.name, row.fault) for row in bad.rows if row.fault] == [("3.png", "RuntimeError: no")]
    with pytest.raises(Cancelled):
        compare(app, exact, pictures, 2, Reporter("x", lambda event: None, cancelled=lambda: True))


def test_a_tie_is_no_disagreement_but_a_gap_is() -> None:
    ours = np.array([0.4503, 0.4500, 0.0997], dtype=np.float32)

    def against(*theirs: float) -> Compared:
        return _compared(MINE, ours, np.array(theirs, dtype=np.float32))

    tie = against(0.4500, 0.4503, 0.0997)
    assert tie.same_top
    assert tie.difference == pytest.approx(3e-4, abs=1e-6)
    assert tie.agrees
    assert not against(0.44, 0.46, 0.10).agrees  # the same tie, too far off in the numbers
    assert not _compared(MINE, ours, np.array([0.0997, 0.45, 0.4503], dtype=np.float32)).same_top
    for wrong in ((0.5, 0.5), (0.5, np.nan, 0.5), (0.2, 0.2, 0.3, 0.3)):
        row = against(*wrong)
        assert (row.same_top, row.difference, bool(row.fault)) == (False, 1.0, True)
    assert tie.difference < TOLERANCE


def test_what_smaller_numbers_cost_is_counted_on_pictures_whose_class_is_known() -> None:
    right, wrong = np.array([0.8, 0.2], dtype=np.float32), np.array([0.3, 0.7], dtype=np.float32)
    known = Picture("mine", Path("x"), 0)
    answers = [(right, right), (right, right), (right, wrong), (wrong, right), (wrong, ValueError("no"))]
    rows = [_compared(known, ours, theirs) for ours, theirs in answers]
    parity = Parity((*rows, _compared(MINE, right, wrong)))
    assert parity.accuracy() == {"images": 5, "before": 0.6, "after": 0.6, "broken": 1, "mended": 1}
    assert Parity((_compared(MINE, right, right),)).accuracy() is None


def test_nothing_compared_is_nothing_verified() -> None:
    assert not Parity(()).summary()["verified"]
