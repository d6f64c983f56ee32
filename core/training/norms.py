"""Batch normalisation by several processes: the statistics are those of the whole batch, not of each one's part.

torch's own SyncBatchNorm works on graphics cards only and does not know the norms of timm, which hold their activation.
"""

from types import MethodType
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.autograd import Function
from torch.autograd.function import FunctionCtx
from torch.nn.modules.batchnorm import _BatchNorm

from core.training.team import losses


def bring_together(model: nn.Module) -> None:
    """From now on each batch norm that adapts asks the other processes. All must make as many passes, empty or not."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.forward = MethodType(_forward, module)  # type: ignore[method-assign]


def _forward(norm: _BatchNorm, inputs: Tensor) -> Tensor:
    if not norm.training:
        given: Tensor = type(norm).forward(norm, inputs)
        return given
    values = inputs.float()
    axes, shape = [0, *range(2, inputs.ndim)], [1, -1, *[1] * (inputs.ndim - 2)]
    size = values.new_tensor([values.numel() / values.shape[1]])
    sums: Tensor = _Sum.apply(torch.cat([values.sum(axes), size]))
    count, mean = sums[-1].detach(), sums[:-1] / sums[-1].detach()
    centred = values - mean.view(shape)
    spread: Tensor = _Sum.apply(centred.square().sum(axes))
    variance = spread / count
    _remember(norm, mean.detach(), variance.detach() * count / (count - 1).clamp_min(1))
    normal = centred * torch.rsqrt(variance + norm.eps).view(shape)
    if norm.affine:
        normal = normal * norm.weight.view(shape) + norm.bias.view(shape)
    normal = normal.to(inputs.dtype)
    for part in (getattr(norm, "drop", None), getattr(norm, "act", None)):  # timm's norms carry them inside
        if isinstance(part, nn.Module):
            normal = part(normal)
    return normal


def _remember(norm: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    with torch.no_grad():
        norm.num_batches_tracked += 1
        share = norm.momentum if norm.momentum is not None else 1 / float(norm.num_batches_tracked)
        norm.running_mean.lerp_(mean, share)
        norm.running_var.lerp_(variance, share)


class _Sum(Function):
    """The sum over all processes; what each of them lost by it comes back to all."""

    @staticmethod
    def forward(ctx: FunctionCtx, own: Tensor) -> Tensor:
        return _summed(own)

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Any) -> Tensor:
        return _summed(gradients[0])


def _summed(own: Tensor) -> Tensor:
    together = own.clone()
    with losses():
        distributed.all_reduce(together)
    return together
