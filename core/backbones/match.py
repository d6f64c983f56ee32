"""Fits the tensors of a file to a network by name and shape, and says exactly what fits and what does not."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

# What other programs put before the names of a backbone's tensors.
PREFIXES = ("module.", "model.", "backbone.", "network.", "layers.", "_orig_mod.", "encoder.", "base_model.")
# Counts batches while training; files often leave it out and nothing that Graft does reads it.
COUNTER = "num_batches_tracked"
# torchvision's DenseNet files of 2017 hold names with dots that Python no longer allows.
OLD_DENSENET = re.compile(r"\.(norm|relu|conv)\.([12])\.(weight|bias|running_mean|running_var)$")


@dataclass(frozen=True, slots=True)
class Match:
    """`tensors` carry the network's own names. `misshapen` holds (name, shape in the file, shape wanted)."""

    tensors: Mapping[str, Tensor]
    wanted: int
    missing: tuple[str, ...]
    misshapen: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]
    unused: tuple[str, ...]

    @property
    def matched(self) -> int:
        return self.wanted - len(self.missing) - len(self.misshapen)


def match(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor], classifier: Iterable[str]) -> Match:
    """Give every wanted tensor the one of its name; the file's own classifier is nothing that one would miss."""
    named = plain_names(tensors, wanted)
    fit: dict[str, Tensor] = {}
    missing, misshapen = [], []
    for name, like in wanted.items():
        found = named.get(name)
        if name.endswith(COUNTER):
            fit[name] = torch.zeros_like(like) if found is None or found.shape != like.shape else found
        elif found is None:
            missing.append(name)
        elif found.shape != like.shape:
            misshapen.append((name, tuple(found.shape), tuple(like.shape)))
        else:
            fit[name] = found
    heads = tuple(f"{name}." for name in classifier)
    unused = tuple(name for name in named if name not in wanted and not name.startswith(heads))
    total = sum(not name.endswith(COUNTER) for name in wanted)
    return Match(fit, total, tuple(missing), tuple(misshapen), unused)


def plain_names(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a file under the network's own names, as far as they are known."""
    return {_plain(name, wanted): tensor for name, tensor in tensors.items()}


def _plain(name: str, wanted: Mapping[str, Tensor]) -> str:
    """The name without what other programs put before it; a name that is wanted as it is stays."""
    plain = name
    while plain not in wanted:
        prefix = next((prefix for prefix in PREFIXES if plain.startswith(prefix)), None)
        if prefix is None:
            break
        plain = plain.removeprefix(prefix)
    return OLD_DENSENET.sub(r".\1\2.\3", plain) if plain not in wanted else plain
