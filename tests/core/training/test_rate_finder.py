"""The learning-rate finder: the weights stay, the rates climb, and the rule is the one that is documented."""

import itertools
import math

import pytest
import torch

from core.errors import Cancelled
from core.events import Advice, Batch, Progress
from core.training import rate_finder
from core.training.rate_finder import HIGHEST, LOWEST, STEPS, find, rate_at, suggestion
from core.training.stepping import accelerator_for
from tests.core.training.lessons import PACE, Listener, SmallLesson


def test_the_weights_are_untouched_and_the_rates_climb_in_equal_ratios() -> None:
    lesson, listener = SmallLesson(), Listener()
    before = {name: value.clone() for name, value in lesson.model.state_dict().items()}
    optimizer = lesson.optimizer()
    points, suggested = find(lesson, optimizer, None, PACE, accelerator_for("cpu", "fp32"), listener.reporter())
    assert all(torch.equal(value, before[name]) for name, value in lesson.model.state_dict().items())
    assert points[0][0] == pytest.approx(LOWEST)
    assert rate_at(STEPS - 1) == pytest.approx(HIGHEST)
    ratios = [later / earlier for (earlier, _), (later, _) in itertools.pairwise(points)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios))
    lowest = min(points, key=lambda point: point[1])
    assert suggested == pytest.approx(lowest[0] / 10, rel=0.05)
    told = listener.of(Batch)
    assert [event.learning_rates["head"] for event in told] == pytest.approx([rate for rate, _ in points])
    share = PACE.rates["stage 0"] / PACE.rates["head"]  # each stage keeps its share of the head's rate
    assert told[0].learning_rates["stage 0"] == pytest.approx(share * points[0][0])
    assert listener.of(Progress)[-1].done == STEPS


def test_it_ends_where_the_loss_leaves_all_bounds_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = SmallLesson()
    monkeypatch.setattr(rate_finder, "HIGHEST", 1e30)
    points, _ = find(lesson, lesson.optimizer(), None, PACE, accelerator_for("cpu", "fp32"), Listener().reporter())
    assert len(points) < STEPS
    assert all(math.isfinite(loss) for _, loss in points)
    again = SmallLesson()
    with pytest.raises(Cancelled):
        find(again, again.optimizer(), None, PACE, accelerator_for("cpu", "fp32"), Listener(cancel_at=3).reporter())


def test_where_memory_is_short_steps_are_taken_in_pieces() -> None:
    """As in a training; a norm that sees its pieces by themselves would tell the difference, so it rests here."""
    found = []
    for most in (16, 5):
        lesson, listener = SmallLesson(planned=2), Listener()
        lesson.set_mode = lesson.model.eval  # type: ignore[method-assign]
        lesson.model[3].register_forward_hook(_room_for(most))
        found.append(
            find(lesson, lesson.optimizer(), None, PACE, accelerator_for("cpu", "fp32"), listener.reporter())[0]
        )
        assert [event.params["pieces"] for event in listener.of(Advice)] == ([] if most == 16 else [2, 4])
    assert [loss for _, loss in found[0][:30]] == pytest.approx([loss for _, loss in found[1][:30]], rel=1e-3)


def _room_for(most: int):  # type: ignore[no-untyped-def]
    def hook(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
        if len(output) > most:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    return hook


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(1e-3, 1.0), (1e-2, 0.5), (1e-1, 0.2), (1.0, 3.0)], 1e-2),
        ([(1e-3, 0.05), (1e-2, 0.06), (1e-1, 0.9)], None),
        ([(1e-3, 1.0), (2e-3, 0.995)], None),
        ([], None),
    ],
)
def test_the_suggestion_is_a_tenth_of_the_rate_of_the_lowest_loss(
    points: list[tuple[float, float]], expected: float | None
) -> None:
    assert suggestion(points) == expected
