"""Every backbone of the short list, and some besides, leaves in every kind of file with the app's answers.

A sample runs by itself; `-m slow` runs them all. Random numbers serve, and pictures of 64 pixels where the network
allows it. A format not named here wraps the ONNX file.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.backbones.shortlist import ALSO_KNOWN, RECOMMENDED
from core.errors import UserError
from core.evaluation.ensemble import as_ensemble
from core.events import silent
from core.export.formats import export_model
from core.training.classifier import Classifier

FORMATS = ("onnx", "pt2", "safetensors")
SAMPLE = {
    ("squeezenet1_1", "onnx"), ("vit_tiny_patch16_224", "onnx"), ("convnext_tiny", "pt2"), ("lcnet_050", "safetensors"),
}  # fmt: skip
OTHERS = ("beit_base_patch16_224", "hiera_tiny_224", "swin_tiny_patch4_window7_224")  # attention in other shapes
SMALL = 64


def _cases() -> Iterator[Any]:
    for backbone in (*(entry.name for entry in (*RECOMMENDED, *ALSO_KNOWN)), *OTHERS):
        for name in FORMATS:
            yield pytest.param(backbone, name, marks=[] if (backbone, name) in SAMPLE else [pytest.mark.slow])


def _make(make_classifier: Callable[..., Classifier], backbone: str) -> Classifier:
    try:
        return make_classifier(backbone, {"image_size": SMALL}, SMALL, stirred=True)
    except UserError:  # made for one size
        return make_classifier(backbone, {}, 224, stirred=True)


@pytest.mark.parametrize(("backbone", "name"), _cases())
def test_the_short_list_leaves_intact(
    make_classifier: Callable[..., Classifier], backbone: str, name: str, tmp_path: Path
) -> None:
    model = as_ensemble(_make(make_classifier, backbone))
    result = export_model(model, name, tmp_path / f"model.{name}", [], silent())
    assert result["parity"]["verified"], result["parity"]
