"""Weights from files: what fits, what does not, and what must never run."""

import argparse
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.backbones import catalogue, importing, match, unpickle, weights
from core.backbones.construct import construct, published_preparation
from core.backbones.network import build
from core.backbones.packing import pack, unpack
from core.errors import UserError
from core.events import silent
from core.project import places

NAME = "lcnet_050"


@pytest.fixture
def state() -> dict[str, Tensor]:
    torch.manual_seed(1)
    layers = construct(catalogue.find(NAME), {})
    for module in layers.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean)
    return dict(layers.state_dict())


def _code(path: Path, name: str = NAME) -> str:
    with pytest.raises(UserError) as caught:
        weights.import_file(path, name)
    assert catalogue.best_local() is None
    return caught.value.code


def _loaded(name: str = NAME) -> dict[str, Tensor]:
    entry = catalogue.find(name)
    network = build(entry, weights.local(entry))
    return {key.removeprefix("layers."): value for key, value in network.state_dict().items()}


def test_half_precision_is_kept_on_disk_and_loaded_as_float32(tmp_path: Path, state: dict[str, Tensor]) -> None:
    halves = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    save_file(halves, tmp_path / "half.safetensors")
    report = weights.import_file(tmp_path / "half.safetensors", NAME, mean=0.5, std=[0.2, 0.3, 0.4])
    assert report["matched"] == report["wanted"] > 50
    assert report["missing"] == report["misshapen"] == report["unused"] == []
    kept = load_file(report["path"])
    assert kept["conv_stem.weight"].dtype == torch.float16
    loaded = _loaded()
    assert all(value.dtype != torch.float16 for value in loaded.values())
    assert all(torch.equal(loaded[name], halves[name].to(loaded[name].dtype)) for name in state)
    local = weights.local(catalogue.find(NAME))
    assert local is not None
    assert (local.mean, local.std, local.image_size) == ((0.5, 0.5, 0.5), (0.2, 0.3, 0.4), 224)
    assert Path(report["path"]).name == f"{local.sha256}.safetensors"


@pytest.mark.parametrize("prefix", ["module.", "model.", "backbone.", "module.model.", "network.layers."])
def test_prefixes_classifier_and_counters_do_not_matter(tmp_path: Path, state: dict[str, Tensor], prefix: str) -> None:
    tensors = {prefix + name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    tensors |= {f"{prefix}classifier.weight": torch.zeros(7, 1280), f"{prefix}projector.weight": torch.zeros(2)}
    save_file(tensors, tmp_path / "x.safetensors")
    report = weights.import_file(tmp_path / "x.safetensors", NAME)
    assert report["matched"] == report["wanted"]
    assert report["unused"] == ["projector.weight"]
    loaded = _loaded()
    assert all(torch.equal(loaded[name], state[name]) for name in state)


def test_a_training_checkpoint_is_read_and_kept_as_safetensors(tmp_path: Path, state: dict[str, Tensor]) -> None:
    wrapped = {f"module.{name}": value for name, value in state.items()}
    path = tmp_path / "checkpoint.pth.tar"
    torch.save({"epoch": 3, "optimizer": {"state": {0: torch.zeros(2)}}, "state_dict": wrapped}, path)
    old = tmp_path / "old.pth"
    torch.save(wrapped, old, _use_new_zipfile_serialization=False)
    assert unpickle._listed(path) == unpickle._listed(old) == ""
    report = weights.import_file(path, NAME)
    assert report["matched"] == report["wanted"]
    assert load_file(report["path"]).keys() == state.keys()
    assert {file.suffix for file in places.weights_folder().iterdir()} == {".safetensors", ".json"}


def test_missing_and_misshapen_tensors_are_named(tmp_path: Path, state: dict[str, Tensor]) -> None:
    tensors = dict(state)
    del tensors["conv_head.weight"]
    tensors["conv_stem.weight"] = torch.zeros(8, 4, 3, 3)
    save_file(tensors, tmp_path / "x.safetensors")
    report = weights.import_file(tmp_path / "x.safetensors", NAME)
    assert report["missing"] == ["conv_head.weight"]
    assert report["misshapen"] == [{"name": "conv_stem.weight", "file": [8, 4, 3, 3], "wanted": [8, 3, 3, 3]}]
    assert report["matched"] == report["wanted"] - 2
    torch.manual_seed(5)
    loaded = _loaded()
    assert torch.equal(loaded["blocks.0.0.conv_dw.weight"], state["blocks.0.0.conv_dw.weight"])
    assert loaded["conv_stem.weight"].abs().max() > 0


def test_another_architecture_is_refused_with_the_figures(tmp_path: Path, state: dict[str, Tensor]) -> None:
    save_file(state, tmp_path / "x.safetensors")
    with pytest.raises(UserError) as caught:
        weights.import_file(tmp_path / "x.safetensors", "resnet18")
    assert caught.value.code == "WEIGHTS_MISMATCH"
    assert caught.value.params["matched"] < caught.value.params["wanted"] == 100
    nearly = dict(list(state.items())[: int(len(state) * 0.9)])
    save_file(nearly, tmp_path / "y.safetensors")
    assert _code(tmp_path / "y.safetensors") == "WEIGHTS_MISMATCH"
    assert _code(tmp_path / "y.safetensors", "no_such") == "NO_SUCH_BACKBONE"


class _Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_code_inside_a_file_never_runs(tmp_path: Path, state: dict[str, Tensor]) -> None:
    canary = tmp_path / "sang"
    for number, content in enumerate(
        [{"state_dict": state, "extra": _Canary(canary)}, _Canary(canary), {"args": argparse.Namespace(lr=1)}]
    ):
        modern, legacy, bare = (tmp_path / f"{kind}-{number}.pth" for kind in ("modern", "legacy", "bare"))
        torch.save(content, modern)
        torch.save(content, legacy, _use_new_zipfile_serialization=False)
        with bare.open("wb") as stream:
            pickle.dump(content, stream)
        for path in (modern, legacy, bare):
            assert _code(path) == "UNSAFE_WEIGHTS"
    assert not canary.exists()
    assert not any(places.weights_folder().iterdir())


def test_torchs_own_guard_stands_behind_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: dict[str, Tensor]
) -> None:
    canary = tmp_path / "sang"
    torch.save({"state_dict": state, "extra": _Canary(canary)}, tmp_path / "x.pth")
    monkeypatch.setattr(unpickle, "_listed", lambda path: "")
    assert _code(tmp_path / "x.pth") == "UNSAFE_WEIGHTS"
    assert not canary.exists()


def test_files_that_are_no_weights_are_told_apart_from_unsafe_ones(tmp_path: Path, state: dict[str, Tensor]) -> None:
    text, empty, cut, odd = (tmp_path / name for name in ("a.pth", "b.pth", "c.pth", "d.safetensors"))
    text.write_text("<html>Sign in</html>")
    empty.touch()
    torch.save(state, cut)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    save_file(state, odd)
    odd.write_bytes(odd.read_bytes()[:2000])
    assert [_code(path) for path in (text, empty, cut, odd)] == ["NOT_WEIGHTS"] * 4
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr("notes.txt", "nothing")
    assert _code(tmp_path / "e.zip") == "NOT_WEIGHTS"
    assert _code(tmp_path / "none.pth") == "NO_SUCH_FILE"


def test_old_densenet_names_fit() -> None:
    wanted = {"features.denseblock1.denselayer1.norm1.weight": torch.zeros(3)}
    found = match.match({"features.denseblock1.denselayer1.norm.1.weight": torch.ones(3)}, wanted, ["classifier"])
    assert found.matched == 1


def test_bad_numbers_are_a_user_error(tmp_path: Path, state: dict[str, Tensor]) -> None:
    save_file(state, tmp_path / "x.safetensors")
    for arguments in ({"mean": [0.5, 0.5]}, {"std": 0.0}, {"settings": {"no_such": 1}}):
        with pytest.raises(UserError) as caught:
            weights.import_file(tmp_path / "x.safetensors", NAME, **arguments)
        assert caught.value.code == "BAD_OPTION"


def test_the_shared_weights_fit_their_networks(shared: Path) -> None:
    report = weights.import_file(
        shared / "weights/mobilenetv2_035.imagenet.safetensors", "mobilenetv2_035", 0.5, 0.5, {"pad_type": "same"}
    )
    assert report["matched"] == report["wanted"] == 260
    report = weights.import_file(shared / "weights/squeezenet1_1.imagenet.safetensors", "squeezenet1_1")
    assert report["matched"] == report["wanted"] == 50
    assert report["unused"] == []
    best = catalogue.best_local()
    assert best is not None
    assert best.name == "mobilenetv2_035"
    with pytest.raises(UserError) as caught:
        weights.import_file(shared / "weights/squeezenet1_1.imagenet.safetensors", "torchvision/resnet18")
    assert caught.value.code == "WEIGHTS_MISMATCH"
    assert importing.LEAST_MATCHED == 0.95


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("resnet18", {"interpolation": "bicubic", "crop": 0.95}),
        ("squeezenet1_1", {"interpolation": "bilinear", "crop": 0.875}),
        ("torchvision/vit_b_16", {"interpolation": "bilinear", "crop": 0.875}),
    ],
)
def test_how_the_authors_prepared_pictures_is_known(name: str, wanted: dict[str, object]) -> None:
    assert published_preparation(catalogue.find(name)) == wanted


def test_how_the_authors_prepared_pictures_travels_with_the_weights(tmp_path: Path, state: dict[str, Tensor]) -> None:
    save_file(state, tmp_path / "own.safetensors")
    weights.import_file(tmp_path / "own.safetensors", NAME, settings={"crop": 0.9})
    kept = weights.local(catalogue.find(NAME))
    assert kept is not None
    assert kept.published == {"interpolation": "bicubic", "crop": 0.9}
    assert kept.settings == {}, "it concerns the pictures, not the network"
    pack([NAME], tmp_path / "pack.zip", silent())
    shutil.rmtree(places.weights_folder())
    unpack(tmp_path / "pack.zip", silent())
    again = weights.local(catalogue.find(NAME))
    assert again is not None
    assert again.published == kept.published
