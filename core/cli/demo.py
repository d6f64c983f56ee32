"""The whole job on the sample pictures, in the terminal."""

import tempfile
from datetime import datetime
from pathlib import Path

from core import requests
from core.cli import telling
from core.cli.printing import json_line
from core.cli.running import do
from core.project.beginning import first_recipe
from core.project.places import data_folder, default_project
from resources.samples import PICTURES


def run_demo(out: Path | None, as_json: bool) -> None:
    """Scan, advise, train, judge, export, verify; leaves the run and the model in `out`."""
    out = (out or _fresh_folder()).absolute()
    recipe = first_recipe(PICTURES)
    project = str(default_project(PICTURES))

    def heading(text: str) -> None:
        if not as_json:
            print(f"\n{text}")

    heading("1. What is in the folder")
    scanned = do(requests.Scan(project=project, recipe=recipe), as_json, quiet_result=True)
    if not as_json:
        telling.scan(scanned)
    heading("2. Where the pictures stand, and what that speaks for")
    advice = do(requests.Advise(project=project, recipe=recipe), as_json, quiet_result=True)
    if not as_json:
        telling.advise(advice)
    heading("3. Training, and judging on pictures that were held out")
    recipe = recipe.with_value("strategy.kind", advice["strategy"])
    run = str(out / "run")
    trained = do(requests.Train(project=project, recipe=recipe, run=run), as_json, quiet_result=True)
    if not as_json:
        telling.train(trained)
    heading("4. Taking the model away: ONNX, checked against Graft itself")
    model = str(out / "model.onnx")
    exported = do(requests.Export(run=run, format="onnx", out=model), as_json, quiet_result=True)
    if not as_json:
        telling.export(exported)
    if as_json:
        json_line({"event": "result", "scan": scanned, "advise": advice, "train": trained, "export": exported})


def _fresh_folder() -> Path:
    """A new folder below the user's own; a temporary one where that cannot be written."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    try:
        parent = data_folder() / "demo"
        parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        parent = Path(tempfile.gettempdir())
    return Path(tempfile.mkdtemp(prefix=f"{stamp}-", dir=parent))
