"""Every import contract of pyproject.toml is seen to bite: one forbidden import is planted in a copy of the code."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUN = "from importlinter.cli import lint_imports_command; lint_imports_command()"
PLANTS = [  # contract, file, forbidden import
    ("The core is layered", "core/data/preprocessing.py", "from core.training import head"),
    ("The core is layered", "core/evaluation/report.py", "def late() -> None:\n    from core.cli import commands"),
    ("The core never sees Qt", "core/jobs/train.py", "from PySide6 import QtCore"),
    ("The core never sees Qt", "core/recipe.py", "from gui import words"),
    ("The window never sees torch, not even indirectly", "core/project/places.py", "import torch"),
    ("The window never sees torch, not even indirectly", "core/engine/protocol.py", "from core.jobs import run"),
    ("The window knows only the doors of the core", "gui/session.py", "from core.data import decode"),
    ("The window is layered", "gui/session.py", "from gui import main_window"),
    ("Pages do not know one another", "gui/pages/data.py", "from gui.pages import train"),
    ("What the window reads of the project loads fast", "core/events.py", "import numpy"),
]


def _copy(folder: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in ("core", "gui"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))


def _broken(folder: Path) -> set[str]:
    """The contracts that do not hold for the code in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)", done.stdout, re.MULTILINE))
    assert set(verdicts) == _contracts(), done.stdout + done.stderr
    broken = {contract for contract, verdict in verdicts.items() if verdict == "BROKEN"}
    assert (done.returncode != 0) == bool(broken)
    return broken


def _contracts() -> set[str]:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["name"] for contract in declared["tool"]["importlinter"]["contracts"]}


def test_every_contract_is_tried() -> None:
    assert {contract for contract, _, _ in PLANTS} == _contracts()


def test_the_code_as_it_is_keeps_them_all(tmp_path: Path) -> None:
    _copy(tmp_path)
    assert _broken(tmp_path) == set()


@pytest.mark.parametrize(("contract", "file", "planted"), PLANTS)
def test_a_planted_import_breaks_its_contract(tmp_path: Path, contract: str, file: str, planted: str) -> None:
    _copy(tmp_path)
    with (tmp_path / file).open("a", encoding="utf-8") as code:
        code.write(f"\n\n{planted}\n")
    assert contract in _broken(tmp_path)
