"""Rows for files of every kind, in order; cancelling; the CSV; and an exported model without torch."""

import csv
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import Cancelled, UserError
from core.evaluation import predict
from core.evaluation.predict import BATCH, Answered, files_at, open_model, predict_files
from core.evaluation.table import write_csv
from core.events import Progress, Reporter, silent
from core.training.deciding import Line


class Brightness:
    """Answers with how bright a picture is; counts what it was asked."""

    classes = ("dark", "=bright")

    def __init__(self, threshold: float | None = None, line: Line | None = None) -> None:
        self.prepared = 0
        self.threshold, self.line = threshold, line

    def prepare(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.prepared += 1
        return np.array(pixels.mean() / 255, dtype=np.float32)

    def answer(self, prepared: list[NDArray[Any]]) -> Answered:
        bright = np.stack(prepared)
        answers = np.stack([1 - bright, bright], axis=1)
        return Answered(answers, answers)


def _picture(path: Path, value: int) -> str:
    Image.new("RGB", (9, 5), (value,) * 3).save(path, format="PNG")
    return str(path)


def _undecodable(folder: Path) -> str:
    """A name that is no UTF-8, where the disk allows it."""
    path = os.fsdecode(os.fsencode(folder) + b"/na\xefve\xff.png")
    try:
        return _picture(Path(path), 40)
    except OSError:
        return _picture(folder / "naïve.png", 40)


def test_an_answer_below_the_threshold_is_not_sure(tmp_path: Path) -> None:
    names = [_picture(tmp_path / f"{level}.png", level) for level in (150, 255)]
    rows = predict_files(Brightness(threshold=0.7), names, silent(), threads=1)
    assert [(row["label"], row["status"]) for row in rows] == [("=bright", "not_sure"), ("=bright", "ok")]


def test_a_line_decides_and_leaves_the_doubt_as_it_is(tmp_path: Path) -> None:
    names = [_picture(tmp_path / f"{level}.png", level) for level in (30, 60, 130, 255)]
    rows = predict_files(Brightness(0.7, Line("=bright", 0.2)), names, silent(), threads=1)
    assert [(row["label"], row["status"]) for row in rows] == [
        ("dark", "ok"), ("=bright", "ok"), ("=bright", "not_sure"), ("=bright", "ok"),
    ]  # fmt: skip
    assert rows[1]["probability"] == pytest.approx(60 / 255)


class KnowsBright:
    """Stands for a gallery of bright pictures."""

    limit = 0.8

    def strangeness(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        return features[:, 0]


def test_a_picture_unlike_all_that_was_learned_from_is_unknown(tmp_path: Path) -> None:
    """However sure the answer; "not sure" would say less."""
    names = [_picture(tmp_path / f"{level}.png", level) for level in (0, 60, 130, 255)]
    rows = predict_files(Brightness(0.78), [*names, str(tmp_path / "gone")], silent(), 1, KnowsBright())
    assert [row["status"] for row in rows] == ["unknown", "not_sure", "not_sure", "ok", "NO_SUCH_FILE"]
    assert [row["label"] for row in rows[:2]] == ["dark", "dark"]
    assert [row["strangeness"] for row in rows[:4]] == pytest.approx([1, 1 - 60 / 255, 1 - 130 / 255, 0], abs=1e-6)
    assert rows[4]["strangeness"] is None
    write_csv(rows, Brightness.classes, tmp_path / "out.csv")
    assert [line.split(",")[3] for line in (tmp_path / "out.csv").read_text().splitlines()[1:3]] == [
        "unknown", "not_sure",
    ]  # fmt: skip


def test_every_file_gets_its_row_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    bright, dark = _picture(folder / "a.png", 255), _picture(folder / "b" / "deep" / "c.png", 0)
    strange = _undecodable(folder / "b")
    (folder / "broken.jpg").write_bytes((folder / "a.png").read_bytes()[:60])
    (folder / "empty.png").touch()
    (folder / "notes.txt").write_text("no picture")
    for ignored in (folder / ".DS_Store", folder / "Thumbs.db", folder / ".hidden" / "x.png"):
        _picture(ignored, 9)
    (folder / "b" / "loop").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.png")

    rows = predict_files(Brightness(), [dark, str(folder), str(tmp_path / "gone.png")], silent(), threads=3)

    # Names before the folders below; a folder before its own folders.
    expected = [
        (dark, "ok"),
        (bright, "ok"),
        (str(folder / "broken.jpg"), "TRUNCATED"),
        (str(folder / "empty.png"), "EMPTY"),
        (str(folder / "notes.txt"), "NOT_AN_IMAGE"),
        (str(folder / "pipe.png"), "NOT_A_FILE"),
        (strange, "ok"),
        (dark, "ok"),
        (str(tmp_path / "gone.png"), "NO_SUCH_FILE"),
    ]
    assert [(row["path"], row["status"]) for row in rows] == expected
    by_path = {row["path"]: row for row in rows}
    assert by_path[bright]["label"] == "=bright"
    assert by_path[bright]["probabilities"] == {"dark": 0.0, "=bright": 1.0}
    assert by_path[strange]["probability"] == pytest.approx(1 - 40 / 255)
    unread = by_path[str(folder / "empty.png")]
    assert (unread["label"], unread["probability"], unread["probabilities"]) == ("", None, {})


def test_thousands_in_order_without_reading_far_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {f"{i}": i % 251 for i in range(1000)}
    monkeypatch.setattr(predict, "decode", lambda path: np.full((1, 1, 3), values[path.name], np.uint8))
    model, seen = Brightness(), []

    def watch(event: object) -> None:
        if isinstance(event, Progress):
            seen.append((event.done, event.total))
            assert model.prepared <= event.done + 2 * BATCH

    rows = predict_files(model, list(values), Reporter("x", watch), threads=2)
    assert [round(row["probabilities"]["=bright"] * 255) for row in rows] == list(values.values())
    assert (seen[0], seen[-1]) == ((0, 1000), (1000, 1000))


def test_cancel_stops_reading_and_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "decode", lambda path: np.zeros((1, 1, 3), np.uint8))
    model = Brightness()
    reporter = Reporter("x", lambda event: None, cancelled=lambda: model.prepared > 100)
    with pytest.raises(Cancelled):
        predict_files(model, [str(i) for i in range(5000)], reporter, threads=2)
    assert model.prepared < 100 + 3 * BATCH
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("predict")]


def test_a_folder_is_visited_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jpg").touch()
    (tmp_path / "b").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert files_at(str(tmp_path)) == [str(tmp_path / "a" / "1.jpg")]


def test_csv_comes_back_byte_for_byte_and_runs_nothing(tmp_path: Path) -> None:
    paths = [
        "=cmd|' /C calc'!A0.jpg", "+1.png", "-1.png", "@sum.png", "\tx.png", "\rx.png", "\x7fx", "'=x.png", "''@x",
        "'x", "plain, with \"quotes\"\nand lines.jpg", "عربي/🐜.jpg", os.fsdecode(b"na\xefve\xff.png"), "",
    ]  # fmt: skip
    classes = ["=HYPERLINK(1)", "bee"]
    rows = [
        {"path": path, "label": classes[0], "probability": 0.75, "probabilities": {classes[0]: 0.75, classes[1]: 0.25},
         "status": "ok"}
        for path in paths
    ]  # fmt: skip
    rows.append({"path": "gone", "label": "", "probability": None, "probabilities": {}, "status": "NO_SUCH_FILE"})
    write_csv(rows, classes, tmp_path / "out.csv")

    with (tmp_path / "out.csv").open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        head, *cells = list(csv.reader(file))
    assert head == ["path", "label", "probability", "status", "'=HYPERLINK(1)", "bee"]
    assert all(not cell or cell[0] not in "=+-@\t\r\n\x7f" for row in cells for cell in row)

    def unquoted(cell: str) -> str:
        bare = cell.lstrip("'")
        return cell[1:] if cell != bare and bare and bare[0] in "=+-@\t\r\x7f" else cell

    assert [unquoted(row[0]) for row in cells] == [*paths, "gone"]
    assert cells[0][1:] == ["'=HYPERLINK(1)", "0.75", "ok", "0.75", "0.25"]
    assert cells[-1][1:] == ["", "", "NO_SUCH_FILE", "", ""]
    assert os.listdir(tmp_path) == ["out.csv"]


def test_open_model_refuses_what_is_neither_run_nor_model(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("hello")
    for name, code in (("", "NOT_A_RUN"), ("x", "NO_SUCH_FILE"), ("text.onnx", "NOT_A_MODEL")):
        with pytest.raises(UserError) as caught:
            open_model(tmp_path / name)
        assert caught.value.code == code


def test_importing_prediction_imports_no_torch() -> None:
    check = "import sys, core.evaluation.predict, core.evaluation.table; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
