"""The catalogue: facts known by heart against the libraries' own registries."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.numpy import save_file
from torchvision import models

from core.backbones import catalogue, licences, registries, store, table, titles
from core.backbones.shortlist import ALSO_KNOWN, RECOMMENDED
from core.errors import Cancelled, UserError
from core.events import Reporter, silent

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
    assert all(entry.why.endswith(".") and len(entry.why) > 40 for entry in RECOMMENDED)
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


def test_the_table_holds_what_either_library_publishes_once_and_opens_without_them(tmp_path: Path) -> None:
    assert table.known() is None
    rows = table.read(silent())
    names = [entry.name for entry in rows]
    published = {name.partition(".")[0] for name in timm.list_models(pretrained=True)}
    assert len(names) == len(set(names))
    assert set(names) >= published
    assert {"squeezenet1_1", "torchvision/resnet18", "vit_b_16"} <= set(names)
    assert len(names) == len(published) + len(models.list_models(module=models))
    by_name = {entry.name: entry for entry in rows}
    vit = by_name["vit_base_patch16_224"]
    assert {vit.variant, *vit.variants} == {
        name.partition(".")[2] for name in timm.list_models("vit_base_patch16_224.*", pretrained=True)
    }
    assert all(catalogue.find(f"{vit.name}.{variant}").source == "timm" for variant in vit.variants)
    alexnet = by_name["alexnet"]
    assert alexnet.accuracy == 56.5
    assert round(alexnet.download_bytes / 2**20) == 233
    first = catalogue.everything(rows)
    assert [entry.name for entry in first[: len(RECOMMENDED)]] == [entry.name for entry in RECOMMENDED]
    assert len(first) == len(rows)
    code = (
        "import sys; from core.backbones import table; rows = table.known();"
        "print(len(rows), [name for name in ('torch', 'timm', 'torchvision', 'numpy') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == f"{len(rows)} []"


def test_parameters_are_counted_in_turns_and_kept_also_when_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [catalogue.find(name) for name in ("lcnet_050", "resnet18", "squeezenet1_1")]
    monkeypatch.setattr(registries, "all_entries", lambda: iter(rows))
    assert table.uncounted(table.read(silent())) == 3
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        table.count(60, Reporter("test", lambda event: None, lambda: next(asked)))
    assert 0 < table.uncounted(table.read(silent())) < 3
    assert table.count(60, silent()) == 0
    counted = table.known()
    assert counted is not None
    assert [row.parameters for row in counted] == [row.parameters for row in rows]


@pytest.mark.parametrize(
    ("licence", "use"),
    [("apache-2.0", "free"), ("mit", "free"), ("cc-by-nc-4.0", "no_commerce"), ("apple-amlr", "no_commerce"),
     ("fair-noncommercial-research-license", "no_commerce"), ("cc-by-nc-sa-3.0", "no_commerce"),
     ("dinov3-license", "own_terms"), ("gemma", "own_terms"), ("", "unstated"), ("unknown", "unstated")],
)  # fmt: skip
def test_what_licences_allow(licence: str, use: str) -> None:
    assert licences.use_of(licence) == use


def test_licences_are_those_of_the_weights_not_of_the_library() -> None:
    assert licences.use_of(catalogue.find("vit_large_patch14_dinov2").licence) == "free"
    assert licences.use_of(catalogue.find("mobilevit_s").licence) == "own_terms"
    assert licences.use_of(catalogue.find("vit_h_14").licence) == "no_commerce"  # torchvision's SWAG weights
    assert licences.use_of(catalogue.find("vit_b_16").licence) == "free"


@pytest.mark.parametrize(
    ("name", "title"),
    [("resnet50", "ResNet-50"), ("torchvision/resnet18", "ResNet-18"), ("resnetv2_50", "ResNet V2 50"),
     ("convnext_tiny", "ConvNeXt Tiny"), ("vit_base_patch16_224", "ViT Base patch 16, 224 px"),
     ("swin_tiny_patch4_window7_224", "Swin Tiny patch 4 window 7, 224 px"), ("efficientnet_b0", "EfficientNet B0"),
     ("vgg16_bn", "VGG-16 BN"), ("resnet18.tv_in1k", "ResNet-18 (tv_in1k)"), ("no_such_network", "no such network")],
)  # fmt: skip
def test_names_in_plain_words(name: str, title: str) -> None:
    assert titles.plain(name) == title


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
    for typed, meant in (
        ("resnet_18", "resnet18"),
        ("ConvNext-Tiny", "convnext_tiny"),
        ("squeezenet", "squeezenet1_0"),
    ):
        with pytest.raises(UserError) as caught:
            catalogue.find(typed)
        assert meant in str(caught.value.params["nearest"]).split(", ")


def test_the_best_local_backbone_is_the_most_accurate_that_is_here(tmp_path: Path) -> None:
    assert catalogue.best_local() is None
    for number, name in enumerate(["squeezenet1_1", "resnet18", "lcnet_050", "resnet34"]):
        file = tmp_path / f"{number}.safetensors"
        save_file({"a": np.full(3, number, np.float32)}, file)
        store.keep(file, name, catalogue.find(name).facts(), origin="test", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    best = catalogue.best_local()
    assert best is not None
    assert best.name == "resnet18"
    here = catalogue.entries()
    assert [entry.name for entry in here[-2:]] == ["squeezenet1_1", "resnet34"]
    assert here[-1].parameters == registries.count_parameters(here[-1])


def test_damaged_cards_and_lost_files_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "x.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, file)
    facts = catalogue.find("resnet18").facts()
    kept = store.keep(file, "resnet18", facts, origin="test", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    (kept.path.parent / "broken.json").write_text("{")
    (kept.path.parent / "other.json").write_text('{"name": "x"}')
    assert [card.name for card in store.cards()] == ["resnet18"]
    kept.path.unlink()
    assert store.cards() == []
