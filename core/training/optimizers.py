"""Optimisers as rows: name, what it does, its usual rate, and how it is built. Formulas: CS231n, lecture 7."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch.optim import Optimizer

from core.recipe import Optimizer as Choice
from core.recipe import OptimizerKind
from core.training.head import LINE_SEARCH

Groups = Iterable[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OptimizerRow:
    """`rate` is the learning rate of the head where the user leaves it open."""

    kind: OptimizerKind
    what: str
    rate: float
    build: Callable[[Groups, float, Choice], Optimizer]


OPTIMIZERS: tuple[OptimizerRow, ...] = (
    OptimizerRow(
        "sgd",
        "Steps straight down the gradient.",
        0.05,
        lambda groups, rate, choice: torch.optim.SGD(groups, lr=rate),
    ),
    OptimizerRow(
        "momentum",
        "Keeps rolling: past steps add up, which carries it through noise and narrow valleys.",
        0.01,
        lambda groups, rate, choice: torch.optim.SGD(groups, lr=rate, momentum=choice.momentum),
    ),
    OptimizerRow(
        "nesterov",
        "Momentum that looks ahead and corrects itself.",
        0.01,
        lambda groups, rate, choice: torch.optim.SGD(groups, lr=rate, momentum=choice.momentum, nesterov=True),
    ),
    OptimizerRow(
        "adagrad",
        "A step size for each weight that only ever shrinks.",
        0.01,
        lambda groups, rate, choice: torch.optim.Adagrad(groups, lr=rate),
    ),
    OptimizerRow(
        "rmsprop",
        "A step size for each weight, from the recent size of its gradient.",
        0.001,
        lambda groups, rate, choice: torch.optim.RMSprop(groups, lr=rate, alpha=choice.decay),
    ),
    OptimizerRow(
        "adam",
        "Momentum and a step size for each weight: a good first choice.",
        0.001,
        lambda groups, rate, choice: torch.optim.Adam(groups, lr=rate, betas=(choice.momentum, 0.999)),
    ),
    OptimizerRow(
        "adamw",
        "Adam whose weight decay does not depend on the gradient.",
        0.001,
        lambda groups, rate, choice: torch.optim.AdamW(groups, lr=rate, betas=(choice.momentum, 0.999)),
    ),
    OptimizerRow(
        "lbfgs",
        "Second order: uses curvature, takes all pictures at once. For a head on cached features.",
        1.0,
        lambda groups, rate, choice: torch.optim.LBFGS(
            [p for group in groups for p in group["params"]],
            lr=rate,
            max_iter=1,
            max_eval=LINE_SEARCH,
            line_search_fn="strong_wolfe",
        ),
    ),
)

_BY_KIND = {row.kind: row for row in OPTIMIZERS}


def optimizer_row(kind: OptimizerKind) -> OptimizerRow:
    return _BY_KIND[kind]
