"""Every code has words, and numbers have no more digits than they deserve."""

from datetime import datetime

import pytest

from core import requests
from core.errors import FAULTS
from core.recipe import STRATEGIES, field_rows
from gui import job_board, vocabulary, words


def test_every_code_of_the_core_has_words() -> None:
    assert set(vocabulary.STRATEGIES) == set(STRATEGIES)
    for code in FAULTS:
        assert words.fault_message(code, {}) not in ("", code)
        assert words.fault_hint(code, {}) != ""
    choices = {choice for row in field_rows() for choice in row.choices if row.path != "strategy.kind"}
    assert choices - set(vocabulary.CHOICES) <= {"fp32", "bf16", "fp16"}


def test_every_request_has_a_kind_with_words() -> None:
    kinds = {kind.__name__ for kind in requests.Request.__subclasses__()}
    assert set(job_board.KINDS) == kinds
    assert set(job_board.KINDS.values()) == set(vocabulary.JOBS)


def test_missing_params_stay_visible() -> None:
    assert words.fault_message("ONE_CLASS", {}) == "There is only one class (?), so there is nothing to tell apart."
    assert words.fault_message("MADE_UP", {}) == "MADE_UP"


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 pictures"), (1, "1 picture"), (2, "2 pictures"), (-1, "%n pictures")]
)
def test_plurals(number: int, said: str) -> None:
    assert words.translate("X", "%n picture(s)", "", number) == said


def test_figures() -> None:
    assert words.percent(0.888889) == "89\u00a0%"
    assert words.accuracy(0.888889, 0.84, 0.94) == "89\u00a0%\u00a0±\u00a05"
    assert words.accuracy(0.999, 0.998, 1.0) == "100\u00a0%\u00a0±\u00a01"
    assert words.accuracy(0.5) == "50\u00a0%"
    assert [words.duration(seconds) for seconds in (0.4, 59.7, 125, 3500, 4800)] == [
        "0 s", "1 min", "2 min 5 s", "58 min", "1 h 20 min",
    ]  # fmt: skip


def test_when() -> None:
    now = datetime(2026, 3, 1, 10, 0)
    assert words.when(datetime(2026, 3, 1, 9, 59, 40), now) == "just now"
    assert words.when(datetime(2026, 3, 1, 9, 48), now) == "12 minutes ago"
    assert words.when(datetime(2026, 3, 1, 9, 0), now) == "1 hour ago"
    assert words.when(datetime(2026, 2, 28, 23, 0), now) == "yesterday"
    assert "2026" in words.when(datetime(2026, 1, 2), now) or "26" in words.when(datetime(2026, 1, 2), now)
    assert words.when(datetime(2036, 1, 2), now) == "just now", "a clock that was set back is no reason to count below"
