"""Preprocessing inside the graph, in every shape of picture; and loaders for every kind of network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.data.preprocessing import Preprocessing, to_square
from core.evaluation.ensemble import Ensemble, EnsembleCard, as_ensemble
from core.evaluation.judge import judge
from core.events import silent
from core.export import onnx_model, pt2, safetensors_model
from core.export.answers import Answers
from core.recipe import Fit
from core.training.classifier import Classifier, ModelCard

SHAPES = ((1, 1), (1, 9), (3, 7), (32, 32), (31, 33), (5, 4000), (4000, 5), (700, 500))


class EveryPixel(nn.Module):
    """Stands for a classifier; its answer depends on each pixel of the square."""

    def __init__(self, fit: Fit) -> None:
        super().__init__()
        preprocessing = Preprocessing(32, fit, (0.5, 0.4, 0.3), (0.2, 0.3, 0.25))
        self.card = ModelCard("none", {}, ("a", "b", "c"), preprocessing, 0.0, False, {})
        self.head = nn.Linear(3 * 32 * 32, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(pictures.flatten(1))

    def probabilities(self, logits: Tensor) -> Tensor:
        return torch.softmax(logits, -1)


@pytest.mark.parametrize("fit", ["crop", "letterbox", "stretch"])
@pytest.mark.parametrize("exporter", [onnx_model, pt2], ids=["onnx", "pt2"])
def test_the_graph_prepares_pictures_as_the_app_does(exporter: Any, fit: Fit, tmp_path: Path) -> None:
    torch.manual_seed(0)
    member = cast("Classifier", EveryPixel(fit))
    model = Ensemble([member], EnsembleCard(member.card.classes)).eval()
    exporter.write(model, tmp_path / "model")
    answers: Answers = exporter.answers(tmp_path / "model")
    generator = np.random.default_rng(0)
    for height, width in SHAPES:
        pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
        with torch.inference_mode():
            expected = model(torch.from_numpy(pixels)[None])[0].numpy()
        assert answers(Path("unused"), pixels) == pytest.approx(expected, abs=1e-3), (height, width)


class Attends(EveryPixel):
    """Attention as networks write it: with a bias, as BEiT's, or within windows, as Hiera's."""

    def __init__(self, windows: bool) -> None:
        super().__init__("stretch")
        self._windows = windows
        self.mix = nn.Linear(64, 3 * 64)
        self.bias = nn.Parameter(torch.randn(1, 4, 48, 48))

    def forward(self, pictures: Tensor) -> Tensor:
        number = pictures.shape[0]
        mixed = self.mix(pictures.reshape(number, 48, 64)).reshape(number, 48, 3, 4, 16)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)
        if self._windows:
            windows = [part.reshape(number, 4, 3, 16, 16) for part in (query, key, value)]
            found = functional.scaled_dot_product_attention(*windows).transpose(1, 3)
        else:
            found = functional.scaled_dot_product_attention(query, key, value, attn_mask=self.bias).transpose(1, 2)
        return self.head(found.reshape(number, 48 * 64))


@pytest.mark.parametrize("windows", [False, True], ids=["with a bias", "within windows"])
def test_attention_of_any_layout_leaves_for_onnx(windows: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    member = cast("Classifier", Attends(windows))
    model = Ensemble([member], EnsembleCard(member.card.classes)).eval()
    onnx_model.write(model, tmp_path / "model")
    answers = onnx_model.answers(tmp_path / "model")
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    with torch.inference_mode():
        expected = model(torch.from_numpy(pixels)[None])[0].numpy()
    assert answers(Path("unused"), pixels) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("backbone", "settings", "size", "fit", "is_plain"),
    [
        ("torchvision/resnet18", {}, 64, "stretch", True),
        ("torchvision/squeezenet1_1", {}, 64, "crop", False),
        ("resnet10t", {"read_stage": 1}, 64, "letterbox", False),
        ("resnet10t", {"read_stage": [0, 2, 4]}, 64, "crop", False),
        ("torchvision/squeezenet1_1", {"read_stage": [1, 3]}, 64, "crop", False),
        ("vit_tiny_patch16_224", {"image_size": 64}, 64, "crop", True),
        ("vit_tiny_patch16_224", {"image_size": 64, "read_stage": 2}, 64, "crop", False),
    ],
)
def test_safetensors_are_loaded_without_graft(
    make_classifier: Callable[..., Classifier], backbone: str, settings: dict[str, Any], size: int, fit: Fit,
    is_plain: bool, tmp_path: Path,
) -> None:  # fmt: skip
    """By the Python written beside them: under the library's own names where its classifier is a linear layer."""
    classifier = make_classifier(backbone, settings, size, fit)
    out = tmp_path / "my model.safetensors"
    safetensors_model.write(as_ensemble(classifier), out)
    card, loader = safetensors_model.beside(out)
    assert {path.name for path in tmp_path.iterdir()} == {out.name, card.name, loader.name}
    source = loader.read_text()
    assert ("class Classifier" not in source) == is_plain
    assert "graft" not in source.lower()
    answers = safetensors_model.answers(out)
    generator = np.random.default_rng(0)
    for shape in ((80, 130, 3), (300, 64, 3), (1, 1, 3)):
        pixels = generator.integers(0, 256, shape, dtype=np.uint8)
        square = to_square(torch.from_numpy(pixels), size, fit).numpy()
        assert answers(Path("unused"), pixels) == pytest.approx(judge(classifier, square[None], silent())[0], abs=1e-4)
