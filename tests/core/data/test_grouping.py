"""Groups by name: what people's names mean is found, what only looks like it is not."""

import random
import re

import pytest

from core.data.grouping import CANDIDATES, SENTENCES, group_of, propose


def first(names: list[str], labels: list[str] | None = None) -> tuple[str, int] | None:
    found = propose(names, labels or ["ab"[number % 2] for number in range(len(names))])
    return (found[0].code, found[0].groups) if found else None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([f"x/patient{p:02d}_{n:02d}.png" for p in range(12) for n in range(5)], ("WORD_WITH_NUMBER", 12)),
        ([f"x/IMG_{p:04d}_{side}.jpg" for p in range(30) for side in "abc"], ("FIRST_TWO_WORDS", 30)),
        ([f"x/{p:04d}{eye}.jpg" for p in range(30) for eye in "LR"], ("NUMBER_AND_LETTER", 30)),
        ([f"x/scan-{n:03d}-subject{p}-left.png" for p in range(9) for n in range(7)], ("WORD_WITH_NUMBER", 9)),
        ([f"x/IMG_202304{day:02d}_{n * 977 % 86400:06d}.jpg" for day in range(1, 20) for n in range(8)], ("DATE", 19)),
        ([f"a/slide{p}/{n}.tif" for p in range(8) for n in range(20)], ("FOLDER", 8)),
        ([f"x/p{p}_s{s}_{n}.tif" for p in range(6) for s in range(4) for n in range(3)], ("FIRST_WORD", 6)),
    ],
)
def test_names_as_people_give_them(names: list[str], expected: tuple[str, int]) -> None:
    code, groups = expected
    found = propose(names, ["ab"[number % 2] for number in range(len(names))])
    assert (code, groups) in [(one.code, one.groups) for one in found]
    assert [one.groups for one in found] == sorted(one.groups for one in found)
    best = next(one for one in found if one.code == code)
    assert best.pictures == len(names)
    assert best.example in best.sentence
    pattern = re.compile(best.pattern)
    assert len({group_of(pattern, name) for name in names}) == groups


@pytest.mark.parametrize(
    "names",
    [
        [f"x/IMG_{n:04d}.jpg" for n in range(60)],  # a camera's numbers
        [f"x/{random.Random(n).getrandbits(40):010x}_{n}.jpg" for n in range(60)],  # everybody's own
        [f"{'ab'[n % 2]}/{'ab'[n % 2]}_{n:03d}.jpg" for n in range(60)],  # the class's name
        [f"x/image ({n}).jpg" for n in range(60)],
        [f"x/{n}.jpg" for n in range(60)],
        [f"x/patient1_{n}.jpg" for n in range(60)],  # one patient is no grouping
        [],
    ],
)
def test_what_is_no_group_is_not_proposed(names: list[str]) -> None:
    assert first(names) is None


def test_every_candidate_has_its_words() -> None:
    assert set(CANDIDATES) == set(SENTENCES)
