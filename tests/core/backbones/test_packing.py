"""Packs: carried to another machine they bring the same numbers; tampered ones bring nothing."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.backbones import packing, store, weights
from core.errors import UserError
from core.events import silent

Change = Callable[[str, bytes], tuple[str, bytes]]


def test_a_pack_brings_the_same_weights_to_another_machine(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shared / "weights/mobilenetv2_035.imagenet.safetensors"
    weights.import_file(file, "mobilenetv2_035", mean=0.5, std=0.5, settings={"pad_type": "same"})
    here = store.newest("mobilenetv2_035")
    assert here is not None
    pack = tmp_path / "backbones.zip"
    packing.pack(["mobilenetv2_035"], pack, silent())
    assert packing.is_pack(pack)
    assert not packing.is_pack(file)

    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "elsewhere"))
    assert store.newest("mobilenetv2_035") is None
    assert packing.unpack(pack, silent()) == {"names": ["mobilenetv2_035"]}
    there = store.newest("mobilenetv2_035")
    assert there is not None
    assert there.path != here.path
    assert (there.sha256, there.mean, there.std, dict(there.settings)) == (
        here.sha256, here.mean, here.std, dict(here.settings),
    )  # fmt: skip
    assert there.path.read_bytes() == here.path.read_bytes()


def _flipped(name: str, content: bytes) -> tuple[str, bytes]:
    return (name, content[:-1] + b"\x00") if name.endswith(".safetensors") else (name, content)


def _outside(name: str, content: bytes) -> tuple[str, bytes]:
    return f"../{name}", content


def _another_card(name: str, content: bytes) -> tuple[str, bytes]:
    return (name, b"{}") if name.endswith(".json") else (name, content)


@pytest.mark.parametrize(
    ("change", "code"), [(_flipped, "HASH_MISMATCH"), (_outside, "UNSAFE_ARCHIVE"), (_another_card, "NOT_WEIGHTS")]
)
def test_a_tampered_pack_brings_nothing(
    change: Callable[[str, bytes], tuple[str, bytes]], code: str, tmp_path: Path
) -> None:
    numbers = tmp_path / "numbers"
    numbers.write_bytes(b"some numbers that nobody reads here")
    store.keep(numbers, "resnet18", {}, origin="test", mean=(0, 0, 0), std=(1, 1, 1))
    whole, tampered = tmp_path / "whole.zip", tmp_path / "tampered.zip"
    packing.pack(["resnet18"], whole, silent())
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tampered, "w") as target:
        for name in source.namelist():
            target.writestr(*change(name, source.read(name)))
    for path in store.places.weights_folder().iterdir():
        path.unlink()
    with pytest.raises(UserError) as caught:
        packing.unpack(tampered, silent())
    assert caught.value.code == code
    assert store.newest("resnet18") is None
