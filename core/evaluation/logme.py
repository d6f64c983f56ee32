"""LogME: how well features explain labels, without training anything.

You, Liu, Wang, Long: LogME: Practical Assessment of Pre-trained Models for Transfer Learning, ICML 2021.
"""

import numpy as np
from numpy.typing import NDArray

ROUNDS = 100
TINY = 1e-10


def logme(features: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Logarithm of the maximum evidence per sample, averaged over the classes that occur; higher is better.

    `features` [N, D], `labels` [N]. For each class a Bayesian linear model with prior precision α and noise
    precision β explains the 0/1 label; α and β are those that make the labels likeliest (the paper's algorithm 1).
    """
    left, values, _ = np.linalg.svd(features.astype(np.float64), full_matrices=False)
    targets = [(labels == label).astype(np.float64) for label in np.unique(labels)]
    return float(np.mean([_evidence(left, values**2, target) for target in targets]))


def _evidence(left: NDArray[np.float64], squares: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """Equation 2 of the paper, divided by N. `squares` are the squared singular values of the features.

    Directions that no feature spans add log α to both D log α and log |A|, so only the singular ones are counted.
    """
    count, along = len(target), (left.T @ target) ** 2
    beyond = max(float(target @ target - along.sum()), 0.0)
    alpha = beta = 1.0
    for _ in range(ROUNDS):
        ratio = alpha / beta
        effective = float((squares / (squares + ratio)).sum())
        length = float((squares * along / (squares + ratio) ** 2).sum())
        residual = float((along * (ratio / (squares + ratio)) ** 2).sum()) + beyond
        alpha, beta = effective / max(length, TINY), (count - effective) / max(residual, TINY)
        if abs(alpha / beta - ratio) <= 1e-5 * ratio:
            break
    ratio = alpha / beta
    length = float((squares * along / (squares + ratio) ** 2).sum())
    residual = float((along * (ratio / (squares + ratio)) ** 2).sum()) + beyond
    evidence = (
        len(squares) * np.log(alpha)
        + count * np.log(beta / (2 * np.pi))
        - np.log(alpha + beta * squares).sum()
        - beta * residual
        - alpha * length
    )
    return float(evidence) / (2 * count)
