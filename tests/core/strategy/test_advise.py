"""Each cell has its strategy, doubt takes the cheaper one, and every reason is a whole sentence with its figures."""

import json
from itertools import product
from typing import Any, cast

import pytest

from core.recipe import STRATEGIES
from core.strategy.advise import CELLS, CHEAPEST_FIRST, Advice, advise
from core.strategy.similarity import Similarity, neighbours, unknown
from core.strategy.size import Size

SIZES = {"small": 60.0, "large": 900.0}
VALUES = {"similar": 0.02, "different": 0.2}


def size_of(cell: str) -> Size:
    return Size(images_per_class=SIZES[cell], cell=cast("Any", cell), per_class={})


def similarity_of(value: float, confident: bool = True) -> Similarity:
    return Similarity(
        value=value,
        low=value * 0.9,
        high=value * 1.1,
        cell="similar" if value < 0.06 else "different",
        confident=confident,
        neighbours=neighbours(value),
        layers=[],
        pictures=300,
        measured_with="mobilenetv2_035",
        notes=[],
    )


def codes(advice: Advice) -> list[str]:
    return [row["code"] for row in advice["reason_codes"]]


@pytest.mark.parametrize(("many", "like"), list(product(SIZES, VALUES)))
def test_each_cell_has_its_strategy(many: str, like: str) -> None:
    advice = advise(size_of(many), similarity_of(VALUES[like]))
    assert advice["cell"] == f"{many}-{like}"
    assert advice["strategy"] == CELLS[advice["cell"]]
    assert advice["confident"]
    assert codes(advice)[-1] == advice["strategy"].upper()


@pytest.mark.parametrize("value", [0.05, 0.09])
@pytest.mark.parametrize(("many", "cheaper"), [("small", "linear_probe"), ("large", "fine_tune_top")])
def test_doubt_takes_the_cheaper(many: str, cheaper: str, value: float) -> None:
    advice = advise(size_of(many), similarity_of(value, confident=False))
    assert advice["strategy"] == cheaper
    assert not advice["confident"]
    assert {"DOUBT", "CHEAPER"} <= set(codes(advice))
    nothing_known = advise(size_of(many), unknown("NO_MEMORY", "squeezenet1_1"))
    assert nothing_known["strategy"] == cheaper
    assert nothing_known["cell"] == f"{many}-unknown"


def test_without_weights_there_is_one_strategy() -> None:
    advice = advise(size_of("small"), unknown("NO_PRETRAINING", "resnet10t"), pretrained=False)
    assert advice["strategy"] == "from_scratch"
    assert codes(advice) == ["SIZE_SMALL", "NO_PRETRAINING", "FROM_SCRATCH"]
    assert "resnet10t" in advice["reasons"][1]


def test_reasons_are_sentences_with_figures_and_survive_json() -> None:
    advice = advise(size_of("large"), similarity_of(0.2))
    assert advice["reasons"][0].startswith("There are 900 pictures a class")
    assert "0.200 (0.180 to 0.220)" in advice["reasons"][1]
    assert "hand signs" in advice["reasons"][2]
    assert all(text.endswith(".") and "{" not in text for text in advice["reasons"])
    assert json.loads(json.dumps(advice)) == advice


def test_costs_rank_every_strategy() -> None:
    assert set(CHEAPEST_FIRST) == set(STRATEGIES)
