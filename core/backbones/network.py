"""A backbone without its head: pictures in, features out, divided into stages that can be frozen or drawn afresh."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from core.backbones.construct import construct, normalisation
from core.backbones.entry import Entry
from core.backbones.pooling import Pool, replace_pool
from core.backbones.stages import Division, Stage, divide, first_tensor, is_channels_last
from core.backbones.store import Weights
from core.errors import UserError

__all__ = ["Network", "Stage", "build"]

# Settings that this module reads itself; all others go to the library's constructor.
IMAGE_SIZE = "image_size"
READ_STAGE = "read_stage"
POOLING = "pooling"


class Network(nn.Module):
    """A backbone. `settings` are what `build` needs to make the same shape again.

    `layers` is the library's own network; parameters and buffers are named `layers.…`. With the setting `read_stage`
    the features are the pooled output of that stage instead of the last layer's, or, of a list of stages, their outputs
    side by side; the number of stages stands for the last layer in it. `read_stages` is that list, empty where the last
    layer alone is read, and `read_stage` the highest stage that is read, None where the last layer is too.
    With `pooling` maps are not averaged.
    """

    def __init__(self, entry: Entry, layers: nn.Module, settings: Mapping[str, Any], drop_path: float) -> None:
        super().__init__()
        self.entry = entry
        self.settings: Mapping[str, Any] = dict(settings)
        self.image_size: int = settings.get(IMAGE_SIZE) or entry.image_size
        self.mean, self.std = normalisation(entry)
        self.layers = layers
        self._drop_path = drop_path
        division = _divided(layers, entry, self.image_size)
        self.stages: tuple[Stage, ...] = division.stages
        self._stage_of = dict(division.stage_of)
        self._pool = Pool(settings[POOLING]) if POOLING in settings else None
        self._taps = [_Tap(prefix_tokens(layers), self._pool) for _ in self.stages]
        for stage, tap in zip(self.stages, self._taps, strict=True):
            layers.get_submodule(stage.name).register_forward_hook(tap.take)
        self.read_stages = _read_stages(settings.get(READ_STAGE), len(self.stages), entry)
        reads_last = not self.read_stages or self.read_stages[-1] == len(self.stages)
        self.read_stage: int | None = None if reads_last else self.read_stages[-1]
        widths = [*(stage.channels for stage in self.stages), division.feature_count]
        self.feature_count = sum(widths[stage] for stage in self.read_stages or (len(self.stages),))

    def forward(self, pictures: Tensor) -> Tensor:
        """Features [N, feature_count] of normalised float pictures [N, 3, S, S]."""
        if not self.read_stages:
            return self._last_features(pictures)
        stages, last = self.every_feature(pictures)
        read = [(*stages, last)[stage] for stage in self.read_stages]
        return read[0] if len(read) == 1 else torch.cat(read, 1)

    def stage_features(self, pictures: Tensor) -> list[Tensor]:
        """The output of every stage, pooled over the picture: one [N, channels] per stage."""
        return self.every_feature(pictures)[0]

    def every_feature(self, pictures: Tensor) -> tuple[list[Tensor], Tensor]:
        """Those, and the last layer's features, from one pass."""
        for tap in self._taps:
            tap.armed = True
        try:
            last = self._last_features(pictures)
            return [tap.pooled() for tap in self._taps], last
        finally:
            for tap in self._taps:
                tap.clear()

    def stage_of(self, name: str) -> int:
        """The stage of a parameter or buffer, by its name in `named_parameters()` or `named_buffers()`."""
        return self._stage_of[name.removeprefix("layers.")]

    def fingerprint(self) -> str:
        """A hash of every number, so that what was computed with other numbers is never taken for this network's."""
        digest = hashlib.blake2b(digest_size=16)
        for name, value in self.layers.state_dict().items():
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
        return digest.hexdigest()

    def reinitialize(self, upper: int, seed: int) -> None:
        """Draw the numbers of the top `upper` stages afresh, as a new network would have them.

        Statistics of batch normalisation in those stages start from nothing too, so they must be let adapt.
        """
        lowest = len(self.stages) - upper
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            fresh = _layers(self.entry, self.settings, self._drop_path).state_dict()
        with torch.no_grad():
            for name, value in self.layers.state_dict().items():
                if self._stage_of[name] >= lowest:
                    value.copy_(fresh[name])

    def _last_features(self, pictures: Tensor) -> Tensor:
        features: Tensor = self.layers(pictures)
        return features if features.ndim == 2 else features.flatten(2).mean(2)


class _Tap:
    """Keeps what a stage gave while a pass that asked for it runs. Its methods are hooks that survive `deepcopy`."""

    def __init__(self, prefix_tokens: int, pool: Pool | None) -> None:
        self.armed = False
        self._pool = pool
        self._prefix_tokens = prefix_tokens
        self._output: Tensor | None = None

    def take(self, module: nn.Module, inputs: Any, output: Any) -> None:
        if self.armed:
            self._output = first_tensor(output)

    def clear(self) -> None:
        self.armed = False
        self._output = None

    def pooled(self) -> Tensor:
        """[N, C] from a map [N, C, H, W] or [N, H, W, C], or from tokens [N, T, C] less the class token."""
        output = self._output
        if output is None:
            raise RuntimeError("the stage did not run")
        if output.ndim == 3:
            return output[:, self._prefix_tokens :].mean(1)
        if self._pool is not None:
            return self._pool.over(output.permute(0, 3, 1, 2) if is_channels_last(output.shape) else output)
        return output.mean((1, 2) if is_channels_last(output.shape) else (2, 3))


def build(
    entry: Entry, weights: Weights | None, settings: Mapping[str, Any] | None = None, drop_path: float = 0.0
) -> Network:
    """The network of an entry with `weights`, or with random numbers from torch's current generator.

    `settings` override those that came with the weights; `image_size`, `read_stage` and `pooling` among them are
    Graft's own, the rest goes to the library's constructor. Raises UserError BAD_VALUE, BAD_OPTION or WEIGHTS_MISMATCH.
    """
    chosen = {**(weights.settings if weights else {}), **(settings or {})}
    layers = _layers(entry, chosen, drop_path, weights)
    network = Network(entry, layers, MappingProxyType(chosen), drop_path)
    if weights is not None:
        network.mean, network.std = weights.mean, weights.std
    return network.eval()


def _layers(entry: Entry, settings: Mapping[str, Any], drop_path: float, weights: Weights | None = None) -> nn.Module:
    own = {key: value for key, value in settings.items() if key not in (IMAGE_SIZE, READ_STAGE, POOLING)}
    layers = construct(entry, own, drop_path)
    if POOLING in settings:
        replace_pool(layers, settings[POOLING], entry.name)
    if weights is not None:
        _load(layers, entry, weights)
    image_size = settings.get(IMAGE_SIZE)
    if image_size and image_size != entry.image_size and hasattr(layers, "set_input_size"):
        try:  # vision transformers are made for one size: timm stretches their position tables
            getattr(layers, "set_input_size")(img_size=image_size)  # noqa: B009
        except AssertionError as error:
            raise _wrong_size(entry, image_size, error) from error
    return layers


def _read_stages(told: int | list[int] | None, count: int, entry: Entry) -> tuple[int, ...]:
    """In order; nothing where the last layer alone is read. Raises UserError BAD_VALUE for a stage that is not
    there."""
    stages = () if told is None else (told,) if isinstance(told, int) else tuple(sorted(set(told)))
    lists = not isinstance(told, int)
    for stage in stages:
        if not 0 <= stage < count + lists:
            reason = f"{entry.name} has stages 0 to {count - 1}"
            raise UserError("BAD_VALUE", field="strategy.first_stage", value=stage, reason=reason)
    return () if stages == (count,) else stages


def _divided(layers: nn.Module, entry: Entry, image_size: int) -> Division:
    try:
        return divide(layers, image_size)
    except (AssertionError, RuntimeError, ValueError) as error:
        if image_size == entry.image_size:
            raise
        raise _wrong_size(entry, image_size, error) from error


def _wrong_size(entry: Entry, image_size: int, error: Exception) -> UserError:
    reason = f"{entry.name} cannot take pictures of this size ({error})"
    return UserError("BAD_VALUE", field="data.image_size", value=image_size, reason=reason)


def prefix_tokens(layers: nn.Module) -> int:
    """How many tokens of a transformer stand for the whole picture instead of a place in it."""
    told = getattr(layers, "num_prefix_tokens", None)
    return int(hasattr(layers, "class_token")) if told is None else int(told)


def _load(layers: nn.Module, entry: Entry, weights: Weights) -> None:
    """Every tensor must fit, but for those that were known to be missing when the weights came in."""
    numbers = load_file(weights.path)
    wanted = layers.state_dict()
    fit = [name for name in wanted if name in numbers and numbers[name].shape == wanted[name].shape]
    if set(wanted) - set(fit) - set(weights.missing) or set(numbers) - set(wanted):
        percent = round(100 * len(fit) / len(wanted), 1)
        raise UserError(
            "WEIGHTS_MISMATCH", path=str(weights.path), name=entry.name, matched=len(fit), wanted=len(wanted),
            percent=percent,
        )  # fmt: skip
    layers.load_state_dict(numbers, strict=False)
