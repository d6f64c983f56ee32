"""The network's picture: its plan equals the core's, and its boundary moves by mouse and keys."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt

from core.recipe import STRATEGIES, Strategy
from gui.widgets.network_blocks import blocks, planned
from gui.widgets.network_picture import NetworkPicture

PLAN = [
    {"stage": n, "name": f"stage {n}", "learns": n >= 3, "rate": 0.1 if n >= 3 else 0.0, "reinitialized": False,
     "parameters": 1000 * (n + 1), "channels": 8 * 2**n, "resolution": 112 // 2**n}
    for n in range(5)
] + [
    {"stage": None, "name": "head", "learns": True, "rate": 1.0, "reinitialized": True, "parameters": 2562}
]  # fmt: skip


@pytest.fixture
def picture(qtbot):
    made = NetworkPicture()
    qtbot.addWidget(made)
    made.resize(520, 260)
    made.show_blocks(blocks(PLAN))
    made.show()
    return made


def test_blocks_stand_in_order_and_shrink_with_the_resolution(picture):
    rects = [picture.rect_of(number) for number in range(6)]
    assert all(one.right() < other.left() for one, other in pairwise(rects))
    assert rects[0].height() > rects[4].height()
    assert rects[4].width() > rects[0].width()
    assert picture.boundary == 3


def test_the_boundary_is_dragged(qtbot, picture):
    start = QPoint(int(picture.boundary_x(3)), 80)
    end = QPoint(int(picture.boundary_x(1)), 80)
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(picture, end)
    with qtbot.waitSignal(picture.boundaryMoved) as moved:
        qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=end)
    assert moved.args == [1]


def test_arrow_keys_move_the_boundary_one_stage(qtbot, picture):
    with qtbot.waitSignal(picture.boundaryMoved) as moved:
        qtbot.keyClick(picture, Qt.Key.Key_Right)
    assert moved.args == [4]
    with qtbot.waitSignal(picture.boundaryMoved) as moved:
        qtbot.keyClick(picture, Qt.Key.Key_Right)
    assert moved.args == [5]
    with qtbot.assertNotEmitted(picture.boundaryMoved):
        qtbot.keyClick(picture, Qt.Key.Key_Right)


def test_each_block_says_what_becomes_of_it(picture):
    said = picture.accessibleDescription()
    assert "stage 1: frozen" in said
    assert "stage 5: learns at 10\u00a0% of the head's rate" in said


@pytest.fixture(scope="module")
def network():
    from core.backbones.catalogue import find
    from core.backbones.network import build

    return build(find("mobilenetv2_035"), None)


def strategies():
    for kind in STRATEGIES:
        yield Strategy(kind=kind)
        yield Strategy(kind=kind, reinitialize=2, backbone_rate=0.3, layer_decay=0.5)
    for stage in range(4):
        yield Strategy(kind="fine_tune_top", first_stage=stage)
        yield Strategy(kind="fine_tune_top", first_stage=stage, reinitialize=1)
        yield Strategy(kind="fine_tune_top", first_stage=stage, gradual_unfreezing=True)


@pytest.mark.parametrize("strategy", strategies(), ids=lambda s: f"{s.kind}-{s.first_stage}-{s.reinitialize}")
def test_the_plan_that_is_drawn_is_the_plan_that_is_carried_out(network, strategy):
    from core.strategy.opening import joins_at, planned_floor
    from core.strategy.plan import describe, plan

    opening = planned_floor(network, strategy)
    gradual = strategy.gradual_unfreezing
    told = blocks(
        {
            **row,
            "joins": joins_at(row["stage"], 4, opening, gradual)
            if gradual and row["stage"] in range(opening, 4)
            else 0,
        }
        for row in describe(plan(network, strategy), network.stages, 2562)
    )
    start = blocks(describe(plan(network, Strategy(kind="fine_tune_all")), network.stages, 2562))
    for drawn, carried_out in zip(planned(start, strategy), told, strict=True):
        assert (drawn.stage, drawn.learns, drawn.reinitialized) == (
            carried_out.stage, carried_out.learns, carried_out.reinitialized,
        )  # fmt: skip
        assert drawn.rate == pytest.approx(carried_out.rate)
        assert drawn.joins == pytest.approx(carried_out.joins)


def test_stages_above_the_one_that_is_read_are_not_used():
    drawn = planned(blocks(PLAN), Strategy(kind="stage_probe", first_stage=2))
    assert [block.unused for block in drawn] == [False, False, False, True, True, False]
