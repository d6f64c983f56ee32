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
