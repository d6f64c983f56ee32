"""Which precision is the fastest that gives the same features here: what `core.backbones.ways` found out, for torch."""

from core.backbones import ways
from core.backbones.features import Precision
from core.backbones.network import Network


def fastest_precision(network: Network, device: str = "cpu", weights_hash: str = "") -> Precision:
    """bf16 or fp16 where this machine is faster with it and the features stay the same; else fp32.

    Tried once; with `weights_hash` the verdict is remembered.
    """
    return ways.fastest_precision(network, device, weights_hash)
