"""The head against scikit-learn's logistic regression."""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from core.training.head import fit_head, folds_of, sample_weights


def _data(samples: int, width: int, classes: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(samples) % classes
    centres = torch.randn(classes, width, generator=generator) * 0.4
    return centres[labels] + torch.randn(samples, width, generator=generator) + 3.0, labels


def _standard(features: torch.Tensor) -> np.ndarray:
    return ((features - features.mean(0)) / features.std(0, correction=0)).numpy()


def test_agrees_with_scikit_learn() -> None:
    """Both with more samples than features and with fewer, where the fit happens in the samples' span."""
    for samples, width in ((300, 20), (60, 200)):
        features, labels = _data(samples, width, 3)
        head = fit_head(features, labels, 3, weight_decay=0.05).head
        reference = LogisticRegression(C=1 / (0.05 * samples), tol=1e-10, max_iter=5000)
        reference.fit(_standard(features), labels.numpy())
        ours = torch.softmax(head(features), 1).detach().numpy()
        assert np.abs(ours - reference.predict_proba(_standard(features))).max() < 5e-3


def test_features_that_move_together_are_no_obstacle() -> None:
    """As those of a network that never learned: the first step along the gradient is far too long."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(240) % 2
    common = torch.randn(240, 1, generator=generator)
    features = 3 * common + torch.randn(240, 400, generator=generator) + 0.3 * labels[:, None]
    head = fit_head(features, labels, 2, weight_decay=0.1).head
    reference = LogisticRegression(C=2 / (0.1 * 240), tol=1e-10, max_iter=5000)
    reference.fit(_standard(features), labels.numpy())
    ours = torch.softmax(head(features), 1).detach().numpy()
    assert np.abs(ours - reference.predict_proba(_standard(features))).max() < 2e-2


def test_class_weights_agree_with_scikit_learn() -> None:
    features, labels = _data(200, 10, 2)
    labels[:150] = 0
    head = fit_head(features, labels, 2, weight_decay=0.1, class_weights=True).head
    # Two classes: scikit-learn has one vector where softmax has two of half the length each.
    reference = LogisticRegression(C=2 / (0.1 * 200), class_weight="balanced", tol=1e-10, max_iter=5000)
    reference.fit(_standard(features), labels.numpy())
    ours = torch.softmax(head(features), 1).detach().numpy()
    assert np.abs(ours - reference.predict_proba(_standard(features))).max() < 5e-3


def test_weight_decay_is_chosen_by_what_is_held_out() -> None:
    """Noise alone asks for the strongest decay; clear classes for a weak one."""
    noise = torch.randn(80, 50, generator=torch.Generator().manual_seed(1))
    clear, labels = _data(400, 5, 2, seed=2)
    strong = fit_head(noise, torch.arange(80) % 2, 2).weight_decay
    weak = fit_head(clear, labels, 2).weight_decay
    assert strong >= 0.3 > weak


def test_watch_sees_the_loss_fall_from_the_untrained_head() -> None:
    features, labels = _data(100, 20, 4)
    losses: list[float] = []
    fit_head(features, labels, 4, weight_decay=0.01, watch=lambda iteration, loss, head: losses.append(loss))
    assert abs(losses[0] - np.log(4)) < 1e-5
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.5 * losses[0]


def test_folds_spread_every_class_and_weights_balance_it() -> None:
    labels = torch.tensor([0] * 40 + [1] * 8)
    folds = folds_of(labels, 4, seed=3)
    for fold in range(4):
        assert torch.bincount(labels[folds == fold]).tolist() == [10, 2]
    weights = sample_weights(labels, 2)
    assert abs(float(weights[labels == 0].sum() - weights[labels == 1].sum())) < 1e-4
