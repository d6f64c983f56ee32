"""The optimisers of the Learn page agree with PyTorch's, and the surfaces' slopes with their losses."""

import itertools

import pytest

from gui.landscapes import OPTIMISERS, RATES, SURFACES, Walker, best_rate


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.key)
def test_slopes_are_the_derivatives_of_the_losses(surface):
    for x, y in itertools.product((-1.3, 0.2, 0.9), repeat=2):
        h = 1e-5
        dx = (surface.loss(x + h, y) - surface.loss(x - h, y)) / (2 * h)
        dy = (surface.loss(x, y + h) - surface.loss(x, y - h)) / (2 * h)
        assert surface.slope(x, y) == pytest.approx((dx, dy), abs=1e-6)


def torch_optimiser(torch, name, weights, rate):
    optim = torch.optim
    return {
        "sgd": lambda: optim.SGD(weights, rate),
        "momentum": lambda: optim.SGD(weights, rate, momentum=0.9),
        "nesterov": lambda: optim.SGD(weights, rate, momentum=0.9, nesterov=True),
        "adagrad": lambda: optim.Adagrad(weights, rate, eps=1e-8),
        "rmsprop": lambda: optim.RMSprop(weights, rate, alpha=0.99, eps=1e-8),
        "adam": lambda: optim.Adam(weights, rate),
    }[name]()


def test_every_optimiser_walks_as_pytorch_does():
    import torch

    surface = SURFACES[0]
    for name in OPTIMISERS:
        walker = Walker(surface, name, 0.05)
        weights = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
        optimiser = torch_optimiser(torch, name, [weights], 0.05)
        for _ in range(30):
            optimiser.zero_grad()
            surface.loss(weights[0], weights[1]).backward()
            optimiser.step()
            walker.step()
        assert walker.path[-1] == pytest.approx(weights.tolist(), abs=1e-5), name


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.key)
def test_each_optimiser_finds_a_rate_that_leads_downhill(surface):
    for name in OPTIMISERS:
        rate = best_rate(surface, name)
        assert rate in RATES
        walker = Walker(surface, name, rate)
        begin = walker.loss
        for _ in range(120):
            walker.step()
        assert walker.loss < begin, name
