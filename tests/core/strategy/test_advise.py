"""Each cell has its strategy, doubt takes the cheaper one, and every reason is a whole sentence with its figures."""

import json
from itertools import product
from typing import Any, cast

import pytest

from core.recipe import STRATEGIES, StrategyKind
from core.strategy.advise import CELLS, CHEAPEST_FIRST, Advice, advise, first_different_stage
from core.strategy.evidence import CurvePoint, Evidence, StageAccuracy, gather
from core.strategy.scale import neighbours
from core.strategy.similarity import Similarity, StageSimilarity, unknown
from core.strategy.size import Size

SIZES = {"small": 60.0, "large": 900.0}
VALUES = {"similar": 0.9, "different": 0.1}


def size_of(cell: str, confident: bool = True) -> Size:
    return Size(images_per_class=SIZES[cell], cell=cast("Any", cell), confident=confident, per_class={}, counted={})


def similarity_of(value: float, confident: bool = True, stages: tuple[float, ...] = ()) -> Similarity:
    return Similarity(
        value=value,
        low=value * 0.95,
        high=value * 1.05,
        cell="similar" if value >= 0.5 else "different",
        confident=confident,
        measure="batch_norm",
        raw=[],
        neighbours=neighbours(value),
        layers=[],
        stages=[StageSimilarity(stage=stage, value=figure) for stage, figure in enumerate(stages)],
        pictures=300,
        measured_with="mobilenetv2_035",
        notes=[],
    )


def evidence_of(stages: tuple[float, ...], read: list[int] | None = None, half: float = 0.7) -> Evidence:
    """Accuracies of the stages, the last features at the end."""
    names: list[int | None] = [*range(len(stages) - 1), None]
    return Evidence(
        pictures=400,
        stages=[StageAccuracy(stage=s, accuracy=a, low=a, high=a) for s, a in zip(names, stages, strict=True)],
        read=read,
        learning_curve=[CurvePoint(pictures=160, accuracy=half), CurvePoint(pictures=320, accuracy=stages[-1])],
        growth=(stages[-1] - half) / 2,
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


@pytest.mark.parametrize("value", [0.45, 0.6])
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
    advice = advise(size_of("large"), similarity_of(0.2), evidence_of((0.5, 0.6, 0.8)))
    assert advice["reasons"][0].startswith("There are 900 pictures a class")
    assert "0.20 (0.19 to 0.21)" in advice["reasons"][1]
    assert "hand signs" in advice["reasons"][2]
    assert all(text.endswith(".") and "{" not in text for text in advice["reasons"])
    assert json.loads(json.dumps(advice)) == advice


NO_BETTER, BETTER = evidence_of((0.6, 0.7, 0.8)), evidence_of((0.6, 0.9, 0.8), read=[1])
PERFECT = evidence_of((0.6, 0.9, 0.98))


@pytest.mark.parametrize(
    ("many", "value", "evidence", "strategy", "code"),
    [
        ("small", 0.9, NO_BETTER, "linear_probe", "LINEAR_PROBE"),
        ("large", 0.9, NO_BETTER, "fine_tune_top", "FINE_TUNE_TOP"),
        ("large", 0.1, BETTER, "fine_tune_all", "FINE_TUNE_ALL"),
        ("small", 0.1, BETTER, "stage_probe", "STAGE_BETTER"),
        ("small", 0.1, NO_BETTER, "fine_tune_all", "STAGES_NO_BETTER"),
        ("small", 0.4, NO_BETTER, "fine_tune_all", "NEVER_WORSE"),
        ("large", 0.1, PERFECT, "linear_probe", "PROBE_ENOUGH"),
    ],
)
def test_what_probes_show_decides_where_the_measures_leave_it_open(
    many: str, value: float, evidence: Evidence, strategy: StrategyKind, code: str
) -> None:
    sure = value in (0.1, 0.9)
    advice = advise(size_of(many), similarity_of(value, sure, stages=(0.3, 0.3, 0.3)), evidence)
    assert advice["strategy"] == strategy
    assert code in codes(advice)
    assert advice["confident"] == sure
    assert ("RACE" in codes(advice)) == (not sure)
    assert advice["evidence"] == evidence


def test_familiar_lower_stages_are_kept_and_the_cut_is_named() -> None:
    split = similarity_of(0.4, False, stages=(0.9, 0.8, 0.3, 0.1))
    advice = advise(size_of("small"), split, NO_BETTER)
    assert (advice["strategy"], advice["first_stage"]) == ("fine_tune_top", 2)
    assert "Up to stage 2 they look familiar" in " ".join(advice["reasons"])
    assert first_different_stage(similarity_of(0.9, stages=(0.9, 0.9))) is None
    assert first_different_stage(similarity_of(0.1, stages=(0.1, 0.9))) is None
    assert "DIFFER_EARLY" in codes(advise(size_of("small"), similarity_of(0.1, stages=(0.1, 0.2)), NO_BETTER))


def test_does_more_data_help() -> None:
    helps = advise(size_of("small"), similarity_of(0.9), evidence_of((0.5, 0.8), half=0.7))
    enough = advise(size_of("small"), similarity_of(0.9), evidence_of((0.5, 0.8), half=0.795))
    assert "MORE_DATA" in codes(helps)
    assert "DATA_ENOUGH" in codes(enough)


def test_evidence_is_what_its_parts_say() -> None:
    import numpy as np

    labels = np.arange(120) % 3
    telling = np.eye(3)[labels] + np.random.default_rng(0).normal(size=(120, 3)) * 0.1
    noise = np.random.default_rng(1).normal(size=(120, 5))
    found = gather([telling, noise], noise, labels, None, seed=0)
    assert found["read"] == [0]
    assert [row["stage"] for row in found["stages"]] == [0, 1, None]
    assert found["stages"][0]["accuracy"] > 0.95
    assert found["stages"][0]["low"] < found["stages"][0]["accuracy"] <= found["stages"][0]["high"]
    assert [row["pictures"] for row in found["learning_curve"]] == [24, 48, 96]
    assert json.loads(json.dumps(found)) == found


def test_costs_rank_every_strategy() -> None:
    assert set(CHEAPEST_FIRST) == set(STRATEGIES)
