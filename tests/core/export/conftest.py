"""A small classifier in random numbers whose answers do depend on the picture."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.backbones import catalogue
from core.backbones.features import extract
from core.backbones.network import Network, build
from core.data.preprocessing import Preprocessing
from core.evaluation.ensemble import Ensemble, as_ensemble
from core.export import onnx_model
from core.recipe import Fit
from core.training.classifier import Classifier, ModelCard

CLASSES = ("ant", "=bee", "黄蜂 \udcff")
RECIPE = {"seed": 3, "data": {"folder": "/where/ever"}}

MakeClassifier = Callable[..., Classifier]


def _clouds(count: int, size: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    coarse = generator.integers(0, 256, (count, 5, 5, 3), dtype=np.uint8)
    return np.stack([np.asarray(Image.fromarray(one).resize((size, size))) for one in coarse])


def _stir(network: Network) -> None:
    """Numbers as training leaves them, where a fresh network has zeros and ones that would hide a mistake: statistics
    of batch normalisation, affine maps, and the scales of residual branches, which begin at 1e-6 in ConvNeXt."""
    with torch.no_grad():
        for name, value in [*network.named_parameters(), *network.named_buffers()]:
            if name.endswith("running_mean"):
                value.normal_(0, 0.2)
            elif name.endswith("running_var"):
                value.uniform_(0.5, 1.5)
            elif value.ndim == 1 and name.endswith(("weight", "gamma")):
                value.uniform_(0.4, 1.2)
            elif value.ndim == 1 and name.endswith("bias"):
                value.normal_(0, 0.1)


@pytest.fixture(scope="session")
def make_classifier() -> MakeClassifier:
    def make(
        backbone: str = "resnet10t", settings: Mapping[str, Any] | None = None, size: int = 64, fit: Fit = "crop",
        stirred: bool = False,
    ) -> Classifier:  # fmt: skip
        torch.manual_seed(0)
        network = build(catalogue.find(backbone), None, settings)
        if stirred:
            _stir(network)
        preprocessing = Preprocessing(size, fit, (0.5, 0.4, 0.3), (0.2, 0.3, 0.25))
        card = ModelCard(backbone, network.settings, CLASSES, preprocessing, 0.3, False, RECIPE, temperature=1.5)
        classifier = Classifier(network, card).eval()
        features = torch.from_numpy(extract(network, _clouds(24, size), preprocessing))
        with torch.no_grad():  # answers spread over the classes, as those of a trained head do
            weight = torch.randn(len(CLASSES), features.shape[1]) / features.std(0).clamp_min(1e-3)
            weight *= 2 / (features @ weight.T).std()
            classifier.head.weight.copy_(weight)
            classifier.head.bias.copy_(-(features @ weight.T).mean(0))
        return classifier

    return make


@pytest.fixture(scope="session")
def classifier(make_classifier: MakeClassifier) -> Classifier:
    return make_classifier()


@pytest.fixture(scope="session")
def model(classifier: Classifier) -> Ensemble:
    """The same as it leaves."""
    return as_ensemble(classifier)


@pytest.fixture(scope="session")
def onnx_file(model: Ensemble, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The classifier as ONNX: capturing its graph takes seconds, so that the tests share one."""
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    onnx_model.write(model, path)
    return path
