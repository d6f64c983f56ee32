"""Successive halving as plain arithmetic."""

import pytest

from core.strategy.halving import (
    Standing,
    allotment,
    best_first,
    enough,
    epochs_within,
    longest_share,
    sizes,
    survivors,
    usual_budget,
)


@pytest.mark.parametrize(("racers", "rungs"), [(0, ()), (1, (1,)), (2, (2, 1)), (3, (3, 2, 1)), (5, (5, 3, 2, 1))])
def test_half_go_on_until_one_is_left(racers: int, rungs: tuple[int, ...]) -> None:
    assert sizes(racers) == rungs


def test_the_better_half_of_those_that_are_not_finished_goes_on() -> None:
    standings = {
        "a": Standing(0.99, 0.1, finished=True),
        "b": Standing(0.7, 0.5),
        "c": Standing(0.8, 0.9),
        "d": Standing(0.8, 0.4),
    }
    assert survivors(standings, 2) == ["c", "d"]
    assert survivors(standings, 1) == ["d"]
    assert survivors(standings, 5) == ["b", "c", "d"]


def test_every_second_is_dealt_and_none_twice() -> None:
    """Racers that use all they are given use the budget up; what one leaves goes to the next."""
    budget, spent, own = 90.0, 0.0, {"a": 0.0, "b": 0.0, "c": 0.0}
    names = ["a", "b", "c"]
    for number, keep in enumerate(sizes(3)):
        used = 0.0
        for place in range(keep):
            given = allotment(budget - spent, len(sizes(3)) - number, keep - place, used)
            used += given
            own[names[place]] += given
        spent += used
    assert spent == pytest.approx(budget)
    assert own["a"] == pytest.approx(budget * longest_share(3))
    assert allotment(90, 3, 2, 4) == 13  # the first of three left six of its ten seconds
    assert allotment(90, 3, 1, 50) == 0


def test_epochs_and_budget_fit_one_another() -> None:
    assert epochs_within(60, 7, 100) == 8
    assert epochs_within(60, 7, 5) == 5
    assert epochs_within(60, 700, 5) == 1
    budget = usual_budget([40, 100], 3)
    assert budget == 180  # 164 would do
    assert epochs_within(budget * longest_share(3), 100 / 8, 8) == 8
    assert usual_budget([20_000], 1) == 6 * 3600


def test_a_leg_ends_at_the_epoch_nearest_to_its_share() -> None:
    assert not enough(10, 8, 15)
    assert enough(10, 12, 15)


def test_of_equals_the_quicker_is_better() -> None:
    rows = [{"accuracy": 0.8, "seconds": 9.0}, {"accuracy": 0.9, "seconds": 9.0}, {"accuracy": 0.8, "seconds": 1.0}]
    assert best_first(rows) == [1, 2, 0]
