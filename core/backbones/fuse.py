"""Folds batch normalisation into the convolution before it, which costs nothing at prediction and saves a pass."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.backbones.network import Network

# Folding only reorders sums; what differs by more than this share was not the same computation.
LARGEST_DIFFERENCE = 1e-3


def fused(network: Network) -> Network:
    """A copy of the network that only judges, faster; the same features but for rounding.

    Which batch norm follows which convolution is seen in a pass, not guessed from names; where the copy then differs,
    a copy without folding is given.
    """
    folded = _copy(network)
    example = torch.randn(1, 3, network.image_size, network.image_size, generator=torch.Generator().manual_seed(0))
    example = example.to(next(network.parameters()).device)
    with torch.no_grad():  # not inference mode: its tensors break convolutions on one thread
        pairs = _pairs(folded, example)
        if not pairs:
            return folded
        before = folded(example)
        for convolution, norm in pairs:
            _fold(folded, convolution, norm)
        after = folded(example)
    same = (after - before).abs().max() <= LARGEST_DIFFERENCE * before.abs().max()
    return folded if same else _copy(network)


def _copy(network: Network) -> Network:
    return copy.deepcopy(network).eval().requires_grad_(False)


def _pairs(network: nn.Module, example: Tensor) -> list[tuple[str, str]]:
    """(convolution, batch norm) wherever the norm alone reads what the convolution gave."""
    made_by: dict[int, str] = {}
    alive: list[Tensor] = []  # so that no two outputs share an id
    pairs: list[tuple[str, str]] = []
    handles = []

    def made(name: str) -> object:
        def note(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            alive.append(output)
            made_by[id(output)] = name

        return note

    def read(name: str) -> object:
        def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            if id(inputs[0]) in made_by:
                pairs.append((made_by[id(inputs[0])], name))

        return note

    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            handles.append(module.register_forward_hook(made(name)))  # type: ignore[arg-type]
        elif isinstance(module, nn.BatchNorm2d):
            handles.append(module.register_forward_pre_hook(read(name)))  # type: ignore[arg-type]
    try:
        network(example)
    finally:
        for handle in handles:
            handle.remove()
    once = {norm for _, norm in pairs if sum(norm == other for _, other in pairs) == 1}
    return [(convolution, norm) for convolution, norm in pairs if norm in once]


def _fold(network: nn.Module, convolution: str, norm: str) -> None:
    """timm's norms carry their activation inside; it stays."""
    conv, old = network.get_submodule(convolution), network.get_submodule(norm)
    if isinstance(conv, nn.Conv2d) and isinstance(old, nn.BatchNorm2d):
        network.set_submodule(convolution, fuse_conv_bn_eval(conv, old))
    rest = [part for part in (getattr(old, "drop", None), getattr(old, "act", None)) if isinstance(part, nn.Module)]
    network.set_submodule(norm, nn.Sequential(*rest) if rest else nn.Identity())
