"""What people read in the terminal while a job runs."""

import json
import os
import signal
from pathlib import Path

import pytest

from core.cli import telling
from core.cli.printing import MOST_PROBLEMS, PeoplePrinter, json_line
from core.cli.running import CANCELLED, Interrupted
from core.errors import UserError
from core.events import Epoch, Failed, Reporter, Result, Rung


def test_of_many_problems_the_rest_is_counted_before_anything_else_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    score = {"loss": 1.0, "accuracy": 0.5}
    with PeoplePrinter() as printer:
        reporter = Reporter("race", printer.show)
        for number in range(MOST_PROBLEMS + 3):
            reporter.found("TRUNCATED", f"ants/{number}.jpg")
        reporter.progress("features", 10, 10)
        reporter.emit(
            Epoch, epoch=1, epochs=3, train=score, val=score, learning_rates={}, seconds=1.0, best=True
        )  # fmt: skip
        reporter.emit(Result, value={})
    said = capsys.readouterr().err
    assert said.count("3 more pictures with a problem") == 1
    assert said.index("ants/9.jpg") < said.index("3 more pictures") < said.index("epoch   1")
    assert "ants/10.jpg" not in said


def test_the_first_ctrl_c_asks_and_the_second_ends_with_the_status_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with Interrupted() as interrupted:
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupted.asked()
        with pytest.raises(SystemExit) as left:
            os.kill(os.getpid(), signal.SIGINT)
    assert left.value.code == CANCELLED == 130
    assert capsys.readouterr().err.count("Stopping at the next safe point") == 1


def test_a_json_line_is_whole_whatever_the_names_are(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    names = ["개미", "é", "line\nbreak", os.fsdecode(b"odd\xff")]
    json_line({"names": names})
    said = capfdbinary.readouterr().out
    assert said.count(b"\n") == 1
    assert json.loads(said.decode("utf-8", "surrogateescape"))["names"] == names


def test_what_is_wrong_with_the_folder_is_said_once_and_not_where_something_else_was_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fault = UserError("NO_IMAGES", folder="empty")
    for with_problems in (True, False):
        with PeoplePrinter(with_problems) as printer:
            reporter = Reporter("scan", printer.show)
            reporter.found("TRUNCATED", "ants/1.jpg")
            reporter.found("NO_IMAGES", folder="empty")
            reporter.emit(Failed, code=fault.code, params=fault.params, message=fault.message, hint=fault.hint)
        said = capsys.readouterr().err
        assert said.count(fault.message) == 1
        assert ("ants/1.jpg" in said) is with_problems


def test_an_answer_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    sure = {"path": "1.jpg", "label": "bees", "probability": 0.9, "status": "ok"}
    rows = [sure, {**sure, "status": "unknown"}, {**sure, "probability": None, "status": "TRUNCATED"}]
    rows += [{**sure, "probability": None, "status": code} for code in ("UNSUPPORTED_FORMAT", "TOO_LARGE")]
    telling.predict({"rows": rows})
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["1.jpg  bees  90.0%", "1.jpg  bees  90.0%  unknown: unlike all that it learned from"]
    assert lines[2:4] == [
        "1.jpg  The file is cut short or damaged inside.", "1.jpg  This picture format is not read."
    ]  # fmt: skip
    assert lines[4] == "1.jpg  TOO_LARGE"
    telling.predict({"rows": rows, "csv": "a.csv"})
    assert capsys.readouterr().out == "Rows written to a.csv: 5, of which 1 unknown, 3 not readable.\n"
    telling.predict({"rows": [], "csv": "a.csv"})
    assert capsys.readouterr().out == "There is no picture to answer for.\n"


def test_folds_and_rungs_say_where_a_long_job_is(capsys: pytest.CaptureFixture[str]) -> None:
    with PeoplePrinter() as printer:
        reporter = Reporter("cross_validate", printer.show)
        reporter.progress("folds", 0, 2)
        reporter.emit(Rung, number=3, of=3, strategies=(), budget=8.0, spent=6.0)
    said = capsys.readouterr().err
    assert "fold 1 of 2" in said
    assert "rung 3 of 3, 2 s left: all have learned to their end" in said


def test_of_another_folder_nothing_is_claimed_that_nobody_checked(capsys: pytest.CaptureFixture[str]) -> None:
    telling.elsewhere({"test": {"images": 48, "accuracy": 0.9375, "low": 0.83, "high": 0.98}}, Path("more"))
    said = capsys.readouterr().out
    assert "Accuracy on the 48 pictures of more: 93.8% (95 %: 83.0% to 98.0%)" in said
    assert "only if it learned from none of these" in said
