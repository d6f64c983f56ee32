"""The head on fixed features: multinomial logistic regression, fitted by full-batch L-BFGS.

Features are standardised for the fit (so that one weight decay suits every backbone) and the standardisation is
folded back into the layer. The weight decay, where it is left open, is chosen by cross-validation: all folds and
all candidates are one batched problem, so the choice costs about as much as a single fit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

WEIGHT_DECAYS = (1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
FOLDS = 4
ITERATIONS = 100
CHOICE_ITERATIONS = 30
LINE_SEARCH = 25
"""So often may one iteration look along its line. Left to torch it is 1.25 times `max_iter`: a single look, and
features that move together, where the first step is too long, would leave the head as it began."""

# Told after each iteration: its number, the loss, and the head as it stands.
Watch = Callable[[int, float, nn.Linear], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The head and the weight decay with which it was fitted."""

    head: nn.Linear
    weight_decay: float


def fit_head(
    features: Tensor,
    labels: Tensor,
    classes: int,
    *,
    weight_decay: float | None = None,
    class_weights: bool = False,
    label_smoothing: float = 0.0,
    seed: int = 0,
    iterations: int = ITERATIONS,
    watch: Watch | None = None,
) -> Fitted:
    """Fit a linear head to features [N, D] float and labels [N] int64.

    Minimises mean cross-entropy + weight_decay / 2 · ‖W‖² over standardised features. The curve that `watch` draws
    runs from the untrained head (all classes equally likely) to the optimum.
    """
    features, labels = features.float(), labels.long()
    mean = features.mean(0)
    deviation = features.std(0, correction=0).clamp_min(1e-6)
    standard = (features - mean) / deviation
    basis, reduced = _reduce(standard)
    weights = sample_weights(labels, classes) if class_weights else torch.ones(len(labels))
    target = _targets(labels, classes, label_smoothing)
    decay = weight_decay if weight_decay is not None else _choose(reduced, target, weights, labels, seed)

    def as_layer(weight: Tensor, bias: Tensor) -> nn.Linear:
        folded = (basis @ weight) / deviation[:, None]
        head = nn.Linear(features.shape[1], classes)
        with torch.no_grad():
            head.weight.copy_(folded.T)
            head.bias.copy_(bias - mean @ folded)
        return head

    def told(iteration: int, loss: float, weight: Tensor, bias: Tensor) -> None:
        if watch:
            watch(iteration, loss, as_layer(weight[0], bias[0]))

    weight, bias = _minimise(reduced, target, weights[None], torch.tensor([decay]), iterations, told)
    return Fitted(as_layer(weight[0], bias[0]), decay)


def sample_weights(labels: Tensor, classes: int) -> Tensor:
    """Weights [N] with which every class counts the same; their mean is 1."""
    counts = torch.bincount(labels, minlength=classes).clamp_min(1)
    weights = (1.0 / counts)[labels]
    return weights / weights.mean()


def folds_of(labels: Tensor, folds: int, seed: int) -> Tensor:
    """A fold number for each sample [N], every class spread evenly."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    fold = torch.empty(len(labels), dtype=torch.long)
    by_class = order[torch.argsort(labels[order], stable=True)]
    fold[by_class] = torch.arange(len(labels)) % folds
    return fold


def _reduce(standard: Tensor) -> tuple[Tensor, Tensor]:
    """With fewer samples than features the optimum lies in the samples' span: rotate into it, losing nothing."""
    count, width = standard.shape
    if count >= width:
        return torch.eye(width), standard
    basis, triangle = torch.linalg.qr(standard.T)
    return basis, triangle.T.contiguous()


def _targets(labels: Tensor, classes: int, smoothing: float) -> Tensor:
    hot = functional.one_hot(labels, classes).float()
    return hot * (1 - smoothing) + smoothing / classes


def _choose(features: Tensor, target: Tensor, weights: Tensor, labels: Tensor, seed: int) -> float:
    """The weight decay with the lowest cross-validated loss."""
    folds = max(2, min(FOLDS, int(torch.bincount(labels)[labels].min())))
    fold = folds_of(labels, folds, seed)
    learns = torch.stack([fold != k for k in range(folds)])  # [F, N]
    decays = torch.tensor(WEIGHT_DECAYS)
    problems = learns.repeat_interleave(len(decays), 0)  # [F·V, N]
    weight, bias = _minimise(features, target, problems * weights, decays.repeat(folds), iterations=CHOICE_ITERATIONS)
    losses = _losses(features, target, weight, bias) * weights * ~problems
    by_decay = losses.sum(1).view(folds, len(decays)).sum(0)
    return float(decays[by_decay.argmin()])


def _losses(features: Tensor, target: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Cross-entropy [P, N] of P heads ([P, D, C], [P, C]) on features [N, D]: one matrix product for all of them."""
    problems, width, classes = weight.shape
    joined = features @ weight.permute(1, 0, 2).reshape(width, problems * classes)
    logits = joined.view(len(features), problems, classes) + bias
    return -(target[:, None] * functional.log_softmax(logits, -1)).sum(-1).T


def _minimise(
    features: Tensor,
    target: Tensor,
    weights: Tensor,
    decays: Tensor,
    iterations: int,
    told: Callable[[int, float, Tensor, Tensor], None] | None = None,
) -> tuple[Tensor, Tensor]:
    """P independent problems at once: features [N, D], sample weights [P, N], decays [P] → heads [P, D, C], [P, C]."""
    problems, width = len(weights), features.shape[1]
    weight = torch.zeros(problems, width, target.shape[1], requires_grad=True)
    bias = torch.zeros(problems, target.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        lr=1.0,
        max_iter=1,
        max_eval=LINE_SEARCH,
        history_size=20,
        line_search_fn="strong_wolfe",
    )
    total = weights.sum(1).clamp_min(1e-9)

    def closure() -> Tensor:
        optimizer.zero_grad()
        data = (_losses(features, target, weight, bias) * weights).sum(1) / total
        loss = (data + decays / 2 * weight.square().sum((1, 2))).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    with torch.enable_grad():
        before = float(closure().detach())
        if told:
            told(0, before, weight.detach(), bias.detach())
        for iteration in range(1, iterations + 1):
            optimizer.step(closure)  # type: ignore[no-untyped-call]
            after = float(closure().detach())
            if told:
                told(iteration, after, weight.detach(), bias.detach())
            if before - after < 1e-6 * max(1.0, abs(before)):
                break
            before = after
    return weight.detach(), bias.detach()
