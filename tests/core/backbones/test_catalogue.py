"""The catalogue: facts known by heart against the libraries' own registries."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.numpy import save_file
from torchvision import models

from core.backbones import catalogue, registries, store
from core.backbones.shortlist import ALSO_KNOWN, RECOMMENDED
from core.errors import UserError

KNOWN = [*RECOMMENDED, *ALSO_KNOWN, catalogue.SMALL]


@pytest.mark.parametrize("entry", [entry for entry in KNOWN if entry.source == "timm"], ids=lambda entry: entry.name)
def test_facts_of_timm_backbones_are_those_of_its_registry(entry: catalogue.Entry) -> None:
    card = timm.get_pretrained_cfg(entry.name)
    with torch.device("meta"):
        layers = timm.create_model(entry.name, num_classes=0)
    assert entry.parameters == sum(parameter.numel() for parameter in layers.parameters())
    assert entry.licence == card.license
    if entry is not catalogue.SMALL:
        assert entry.image_size == card.input_size[1] == card.input_size[2]


def test_facts_of_torchvision_backbones_are_those_of_its_registry() -> None:
    entry = catalogue.find("squeezenet1_1")
    weights = models.get_model_weights("squeezenet1_1").DEFAULT
    classifier = 512 * 1000 + 1000
    assert entry.parameters == weights.meta["num_params"] - classifier
    assert entry.accuracy == round(weights.meta["_metrics"]["ImageNet-1K"]["acc@1"], 1)
    assert entry.image_size == weights.transforms.keywords["crop_size"]


def test_the_short_list_spans_sizes_and_kinds_and_says_why() -> None:
    sizes = [entry.parameters / 1e6 for entry in RECOMMENDED]
    assert 10 <= len(RECOMMENDED) <= 14
    assert min(sizes) < 1
    assert max(sizes) > 80
    assert sizes == sorted(sizes)
    assert sum("transformer" in entry.family for entry in RECOMMENDED) >= 3
    assert all(entry.why.endswith(".") and len(entry.why) > 40 and entry.accuracy for entry in RECOMMENDED)
    published = {name for name in timm.list_models(pretrained=True) for name in (name, name.partition(".")[0])}
    assert {entry.name for entry in RECOMMENDED} <= published


def test_the_short_list_imports_neither_library() -> None:
    code = (
        "import sys; from core.backbones import catalogue;"
        "print(len(catalogue.entries()), catalogue.best_local(), catalogue.find('resnet18').title,"
        "[name for name in ('torch', 'timm', 'torchvision', 'numpy') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == f"{len(RECOMMENDED)} None ResNet-18 []"


def test_everything_lists_both_registries_once() -> None:
    names = [entry.name for entry in catalogue.entries(everything=True)]
    assert len(names) == len(set(names))
    assert set(timm.list_models()) <= set(names)
    assert {"squeezenet1_1", "torchvision/resnet18", "vit_b_16"} <= set(names)
    assert len(names) == len(timm.list_models()) + len(models.list_models(module=models))


def test_find_understands_libraries_and_tags() -> None:
    assert catalogue.find("resnet34").source == "timm"
    assert catalogue.find("torchvision/resnet34").source == "torchvision"
    assert catalogue.find("torchvision/resnet34").parameters == catalogue.find("resnet34").parameters
    assert catalogue.find("resnet18.tv_in1k").name == "resnet18.tv_in1k"
    assert catalogue.find("mobilenet_v2").source == "torchvision"
    for name in ("resnet_18", "resnet18.no_such_tag", "torchvision/lcnet_050", "", "../x"):
        with pytest.raises(UserError) as caught:
            catalogue.find(name)
        assert caught.value.code == "NO_SUCH_BACKBONE"


def test_the_best_local_backbone_is_the_most_accurate_that_is_here(tmp_path: Path) -> None:
    assert catalogue.best_local() is None
    for number, name in enumerate(["squeezenet1_1", "resnet18", "lcnet_050", "resnet34"]):
        file = tmp_path / f"{number}.safetensors"
        save_file({"a": np.full(3, number, np.float32)}, file)
        facts = {key: value for key, value in asdict(catalogue.find(name)).items() if key != "name"}
        store.keep(file, name, facts, origin="test", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    best = catalogue.best_local()
    assert best is not None
    assert best.name == "resnet18"
    here = catalogue.entries()
    assert [entry.name for entry in here[-2:]] == ["squeezenet1_1", "resnet34"]
    assert here[-1].parameters == registries.count_parameters(here[-1])


def test_damaged_cards_and_lost_files_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "x.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, file)
    facts = {key: value for key, value in asdict(catalogue.find("resnet18")).items() if key != "name"}
    kept = store.keep(file, "resnet18", facts, origin="test", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    (kept.path.parent / "broken.json").write_text("{")
    (kept.path.parent / "other.json").write_text('{"name": "x"}')
    assert [card.name for card in store.cards()] == ["resnet18"]
    kept.path.unlink()
    assert store.cards() == []
