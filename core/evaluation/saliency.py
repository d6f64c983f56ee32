"""Where in a picture the evidence for an answer lies: Grad-CAM, and its like for networks of tokens."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from core.backbones.fuse import fused
from core.backbones.network import prefix_tokens
from core.backbones.stages import is_channels_last
from core.data.preprocessing import normalise
from core.training.classifier import Classifier

Heat = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """`heat` [h, w] from 0 to 1 over the square, all zero where nothing speaks for the answer; the `logits` [C] and the
    `features` [D] of the same pass."""

    heat: Heat
    logits: NDArray[np.float32]
    features: NDArray[np.float32]


class Saliency:
    """A classifier made ready to explain many answers; the classifier itself stays as it is.

    The map is that of the last stage that the head reads, before pooling. Each channel is weighted by the mean slope
    of the answer's logit along it, and what speaks against the answer is left out (Selvaraju et al. 2017). Networks of
    tokens mix places until their last block, and often read one token alone: there the input of that block is taken,
    and each token counts by its own slope (Draelos and Carin 2020).
    """

    def __init__(self, classifier: Classifier) -> None:
        self._card, self._head = classifier.card, classifier.head
        self._network = fused(classifier.network)
        read = self._network.read_stage
        stage = self._network.stages[-1 if read is None else read]
        self._module = self._network.layers.get_submodule(stage.name)
        self._prefix = prefix_tokens(self._network.layers)
        self._of_tokens: bool | None = None

    def explain(self, square: NDArray[np.uint8], answer: int | None = None) -> Explained:
        """Of a square uint8 [S, S, 3]. `answer` is the class that is explained; without one, the likeliest."""
        if self._of_tokens is None:
            self._of_tokens = self._look(square)
        kept: list[Tensor] = []

        def leaf(tensor: Tensor) -> Tensor:
            """Slopes are wanted from here on only: what lies below is not walked back through."""
            kept.append(tensor.detach().requires_grad_())
            return kept[0]

        handle = self._hook(leaf)
        try:
            with torch.enable_grad():
                features = self._network(self._taken(square))
                logits: Tensor = self._head(features)[0]
                chosen = int(logits.argmax()) if answer is None else answer
                (slope,) = torch.autograd.grad(logits[chosen], kept)
        finally:
            handle.remove()
        heat = self._weighted(kept[0].detach()[0], slope[0])
        return Explained(heat.numpy(), logits.detach().numpy(), features.detach()[0].numpy())

    def _hook(self, leaf: Callable[[Tensor], Tensor]) -> RemovableHandle:
        if self._of_tokens:
            return self._module.register_forward_pre_hook(lambda module, inputs: (leaf(inputs[0]), *inputs[1:]))
        # Before the hooks of the network itself: where the head reads this stage, one of them takes what it gives.
        return self._module.register_forward_hook(lambda module, inputs, output: leaf(output), prepend=True)

    def _weighted(self, values: Tensor, slope: Tensor) -> Tensor:
        if values.ndim == 2:  # tokens [T, C]
            heat = (values * slope)[self._prefix :].sum(-1)
            side = int(len(heat) ** 0.5)
            heat = heat[: side * side].view(side, side)
        else:
            if is_channels_last((1, *values.shape)):
                values, slope = values.permute(2, 0, 1), slope.permute(2, 0, 1)
            heat = (slope.mean((1, 2), keepdim=True) * values).sum(0)
        heat = heat.clamp_min(0)
        return heat / heat.max().clamp_min(1e-12)

    def _taken(self, square: NDArray[np.uint8]) -> Tensor:
        taken = normalise(torch.from_numpy(np.ascontiguousarray(square))[None], self._card.preprocessing)
        return taken.contiguous(memory_format=torch.channels_last)

    def _look(self, square: NDArray[np.uint8]) -> bool:
        """Whether the stage gives tokens [N, T, C]; one pass tells."""
        shapes: list[int] = []
        handle = self._module.register_forward_hook(lambda module, inputs, output: shapes.append(output.ndim))
        try:
            with torch.inference_mode():
                self._network(self._taken(square))
        finally:
            handle.remove()
        return shapes[0] == 3


def mean_heat(heats: list[Heat]) -> Heat:
    """Of several classifiers: the mean where their maps are of one size, else the first one's."""
    if any(heat.shape != heats[0].shape for heat in heats):
        return heats[0]
    mean: Heat = np.mean(heats, axis=0)
    return mean / max(float(mean.max()), 1e-12)
