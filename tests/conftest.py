"""What every test may ask for. Nothing here reaches beyond this machine."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in the engine: two torch processes else wait for each other

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def graft_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh place for projects and caches, so that no test sees another's or the user's."""
    home = tmp_path / "graft-home"
    monkeypatch.setenv("GRAFT_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real pictures and real weights, kept beside the project; tests that need them skip where they are missing."""
    folder = Path(os.environ.get("GRAFT_SHARED", ROOT.parent / "shared"))
    if not (folder / "weights").is_dir():
        pytest.skip("the folder with real pictures and weights is not on this machine")
    return folder


@pytest.fixture
def coloured(tmp_path: Path) -> Path:
    """A folder of noise, 32 pixels wide: 22 reddish pictures and 35 bluish ones."""
    import numpy as np
    from PIL import Image

    dice = np.random.default_rng(0)
    for name, count, colour in (("red", 22, (180, 90, 90)), ("blue", 35, (90, 90, 180))):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(count):
            noise = dice.integers(-90, 90, (32, 32, 3)) + np.array(colour)
            Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(folder / f"{number}.png")
    return tmp_path / "pictures"


@pytest.fixture
def tiny_backbone(tmp_path: Path) -> str:
    """A very small network, its random numbers imported as if they were pretrained."""
    import timm
    import torch
    from safetensors.torch import save_file

    from core.backbones.weights import import_file

    torch.manual_seed(0)
    file = tmp_path / "weights.safetensors"
    save_file(timm.create_model("test_resnet", num_classes=0).state_dict(), file)
    import_file(file, "test_resnet")
    return "test_resnet"
