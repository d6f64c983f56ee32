"""The command line as a script uses it: real pictures, real weights, real onnxruntime."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from typer.testing import CliRunner

from core.cli.commands import app

PER_CLASS = 24


def graft(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
    """Run a command in this process with --json: its exit status and everything it said."""
    outcome = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    if outcome.exception and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome.exit_code, [json.loads(line) for line in outcome.stdout.splitlines()]


def result_of(*arguments: object) -> dict[str, Any]:
    status, said = graft(*arguments)
    assert status == 0, said[-1]
    assert said[-1]["event"] == "result"
    return said[-1]


def error_of(*arguments: object) -> dict[str, Any]:
    status, said = graft(*arguments)
    assert status == 3, said
    assert said[-1]["event"] == "error"
    assert said[-1]["message"]
    assert said[-1]["hint"]
    return said[-1]


@pytest.fixture
def insects(shared: Path, tmp_path: Path) -> Path:
    """A part of ants-bees: one folder per class, no split of its own."""
    for name in ("ants", "bees"):
        target = tmp_path / "insects" / name
        target.mkdir(parents=True)
        for picture in sorted((shared / "data/ants-bees/train" / name).iterdir())[:PER_CLASS]:
            shutil.copy(picture, target)
    return tmp_path / "insects"


@pytest.fixture
def backbone(shared: Path) -> str:
    weights = shared / "weights/mobilenetv2_035.imagenet.safetensors"
    prepared = ["--mean", "0.5", "--std", "0.5", "--set", "pad_type=same"]
    result_of("backbones", "import", weights, "--as", "mobilenetv2_035", *prepared)
    return "mobilenetv2_035"


def test_from_folder_to_verified_model(insects: Path, backbone: str, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in insects.rglob("*") if path.is_file()}
    scanned = result_of("scan", insects)
    assert scanned["images"] == 2 * PER_CLASS
    assert scanned["classes"] == {"ants": PER_CLASS, "bees": PER_CLASS}
    assert sum(scanned["split"].values()) == 2 * PER_CLASS

    advice = result_of("advise", insects)
    assert advice["cell"].startswith("small")
    assert advice["strategy"] in ("linear_probe", "stage_probe")
    assert advice["similarity"]["low"] <= advice["similarity"]["value"] <= advice["similarity"]["high"]
    assert len(advice["plan"]) > 2

    run = tmp_path / "run"
    trained = result_of("train", insects, "--out", run, "--set", "strategy.kind=linear_probe")
    assert trained["run"] == str(run)
    assert trained["val"]["accuracy"] >= 0.7
    assert trained["val"]["low"] < trained["val"]["accuracy"] <= trained["val"]["high"]
    assert set(trained["seconds"]) == {"startup", "scan", "features", "train", "evaluate", "total"}
    for name in ("recipe.json", "report.json", "model/model.safetensors"):
        assert (run / name).is_file()
    assert error_of("train", insects, "--out", run)["code"] == "RUN_EXISTS"
    assert error_of("resume", run)["code"] == "NOTHING_TO_RESUME"

    judged = result_of("evaluate", run)
    assert judged["val"]["accuracy"] == trained["val"]["accuracy"]
    assert judged["val"]["loss"] == pytest.approx(trained["val"]["loss"], abs=1e-4)

    model = tmp_path / "model.onnx"
    exported = result_of("export", run, "--format", "onnx", "--out", model)
    assert exported["parity"]["verified"]
    assert exported["parity"]["top1_agreement"] == 1.0

    table = tmp_path / "answers.csv"
    by_run = result_of("predict", run, insects / "ants")["rows"]
    by_onnx = result_of("predict", model, insects / "ants", "--csv", table)["rows"]
    assert [row["label"] for row in by_run] == [row["label"] for row in by_onnx]
    with table.open(encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["path", "label", "probability", "status", "ants", "bees"]
    assert len(lines) == PER_CLASS + 1

    picture = insects / "ants" / Path(by_run[0]["path"]).name
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    pixels = np.asarray(Image.open(picture).convert("RGB"))[None]
    (probabilities,) = session.run(["probabilities"], {"image": pixels})
    assert abs(probabilities[0, 0] - by_run[0]["probabilities"]["ants"]) < 1e-3
    assert before == {path: path.read_bytes() for path in insects.rglob("*") if path.is_file()}


def test_weights_of_either_library_are_taken_in_ranked_and_trained_with(
    insects: Path, backbone: str, shared: Path, tmp_path: Path
) -> None:
    taken = result_of(
        "backbones", "import", shared / "weights/squeezenet1_1.imagenet.safetensors", "--as", "squeezenet1_1"
    )
    assert taken["matched"] == taken["wanted"]
    listed = {row["name"]: row for row in result_of("backbones", "list")["backbones"]}
    assert listed["squeezenet1_1"]["local"]
    assert listed["squeezenet1_1"]["speed"]["milliseconds"] > 0
    ranked = result_of("rank", insects)["backbones"]
    assert {row["name"] for row in ranked} == {"mobilenetv2_035", "squeezenet1_1"}
    assert all(row["low"] <= row["probe_accuracy"] <= row["high"] for row in ranked)
    for name in ("mobilenetv2_035", "squeezenet1_1"):
        trained = result_of(
            "train", insects, "--out", tmp_path / name, "--backbone", name, "--set", "strategy.kind=linear_probe"
        )
        assert trained["val"]["accuracy"] >= 0.7
    pack = tmp_path / "pack.zip"
    assert result_of("backbones", "pack", "squeezenet1_1", backbone, "--out", pack)["path"] == str(pack)
    measured = result_of("backbones", "measure", "squeezenet1_1")
    assert {"fp32", "onnx"} <= {one["way"] for one in measured["ways"]}
    assert measured["complete"]
    assert error_of("backbones", "measure", "resnet18")["code"] == "NO_WEIGHTS"


def test_fine_tuning_reaches_every_learning_strategy(insects: Path, backbone: str, tmp_path: Path) -> None:
    few = ["--set", "training.epochs=1", "--set", "data.image_size=96"]
    learned = {}
    for kind in ("stage_probe", "fine_tune_top", "fine_tune_all", "from_scratch"):
        run = tmp_path / kind
        trained = result_of(
            "train", insects, "--out", run, "--backbone", backbone, "--set", f"strategy.kind={kind}", *few
        )
        learned[kind] = trained["parameters_learned"]
        assert 0 <= trained["val"]["accuracy"] <= 1
        assert result_of("predict", run, insects / "bees")["rows"][0]["status"] == "ok"
    assert learned["stage_probe"] < learned["fine_tune_top"] < learned["fine_tune_all"] == learned["from_scratch"]


def _start(*arguments: object) -> "subprocess.Popen[str]":
    command: Sequence[str] = [sys.executable, "-m", "core.cli", *map(str, arguments), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))


@pytest.mark.parametrize(("by", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_training_that_is_ended_goes_on_where_it_was(
    by: signal.Signals, status: int, insects: Path, backbone: str, tmp_path: Path
) -> None:
    choices = [
        "--backbone", backbone, "--set", "strategy.kind=fine_tune_all", "--set", "training.epochs=3",
        "--set", "data.image_size=64", "--set", "training.batch_size=4",
    ]  # fmt: skip
    run = tmp_path / "ended"
    process = _start("train", insects, "--out", run, *choices)
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("event") == "batch" and json.loads(line)["step"] >= 14:
            break
    process.send_signal(by)
    process.stdout.read()
    assert process.wait(60) == status
    assert not (run / "report.json").exists()

    resumed = result_of("resume", run)
    whole = result_of("train", insects, "--out", tmp_path / "whole", *choices)
    assert resumed["val"] == whole["val"]
    models = [(folder / "model/model.safetensors").read_bytes() for folder in (run, tmp_path / "whole")]
    assert models[0] == models[1]


def test_faults_of_a_folder_have_their_codes(tmp_path: Path, backbone: str) -> None:
    out = ["--out", tmp_path / "run", "--backbone", backbone]
    assert error_of("scan", tmp_path / "nowhere")["code"] == "NO_SUCH_FOLDER"
    assert error_of("train", tmp_path / "nowhere", *out)["code"] == "NO_SUCH_FOLDER"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert error_of("train", empty, *out)["code"] == "NO_IMAGES"
    one = tmp_path / "one" / "cats"
    one.mkdir(parents=True)
    for number in range(4):
        noise = np.random.default_rng(number).integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).save(one / f"{number}.png")
    assert error_of("train", one.parent, *out)["code"] == "ONE_CLASS"
    (one / "cut.jpg").write_bytes(_jpeg()[:600])
    (one / "empty.jpg").write_bytes(b"")
    (one / "text.jpg").write_text("not a picture")
    skipped = {row["path"]: row["code"] for row in result_of("scan", one.parent)["skipped"]}
    assert skipped == {"cats/cut.jpg": "TRUNCATED", "cats/empty.jpg": "EMPTY", "cats/text.jpg": "NOT_AN_IMAGE"}
    assert not (tmp_path / "run").exists()


def _jpeg() -> bytes:
    import io

    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG")
    return buffer.getvalue()


def test_wrong_usage_and_bad_values(insects: Path, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["train", str(insects)]).exit_code == 2
    assert error_of("train", insects, "--out", tmp_path / "x", "--set", "strategy.kind=magic")["code"] == "BAD_VALUE"
    assert error_of("train", insects, "--out", tmp_path / "x", "--backbone", "nonesuch")["code"] == "NO_SUCH_BACKBONE"
    assert error_of("evaluate", tmp_path)["code"] == "NOT_A_RUN"
    assert error_of("predict", tmp_path / "none.onnx", insects)["code"] == "NO_SUCH_FILE"


def test_help_answers_without_heavy_imports() -> None:
    script = (
        "import sys\nsys.argv = ['graft', '--help']\nfrom core.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'timm', 'numpy', 'PIL', 'pydantic', 'PySide6'} & set(sys.modules)))"
    )
    began = time.monotonic()
    outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert outcome.stdout.splitlines()[-1] == "[]"
    assert time.monotonic() - began < 30
