"""What people read in the terminal while a job runs."""

import pytest

from core.cli.printing import MOST_PROBLEMS, PeoplePrinter
from core.events import Epoch, Reporter, Result


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
