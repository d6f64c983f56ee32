"""LogME: how well features explain labels, without training anything.

You, Liu, Wang, Long: LogME: Practical Assessment of Pre-trained Models for Transfer Learning, ICML 2021.
"""

import numpy as np
import torch
from numpy.typing import NDArray

ROUNDS = 100
TINY = 1e-10
EPSILON = 1e-13


def logme(features: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Logarithm of the maximum evidence per sample, averaged over the classes that occur; higher is better.

    `features` [N, D], `labels` [N]. For each class a Bayesian linear model with prior precision α and noise
    precision β explains the 0/1 label; α and β are those that make the labels likeliest (the paper's algorithm 1).
    """
    pictures, width = features.shape
    exact = torch.from_numpy(features).double()
    # Eigenvectors of the smaller Gram matrix in place of a singular value decomposition: a tenth of the time.
    wide = width >= pictures
    values, vectors = torch.linalg.eigh(exact @ exact.T if wide else exact.T @ exact)
    kept = values > values.max() * EPSILON
    squares = values[kept].numpy()
    evidences = []
    for label in np.unique(labels):
        target = torch.from_numpy((labels == label).astype(np.float64))
        along = vectors[:, kept].T @ (target if wide else exact.T @ target)
        shares = along.square().numpy() / (1.0 if wide else squares)
        evidences.append(_evidence(squares, shares, float(target.sum()), pictures))
    return float(np.mean(evidences))


def _evidence(squares: NDArray[np.float64], along: NDArray[np.float64], total: float, count: int) -> float:
    """Equation 2 of the paper, divided by N, for a 0/1 label y that is 1 `total` times.

    `squares` are the squared singular values of the features, `along` the squares of y along the left singular
    vectors. Directions that no feature spans add log α to both D log α and log |A|, so only those are counted.
    """
    beyond = max(total - float(along.sum()), 0.0)
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
