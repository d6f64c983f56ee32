"""The jobs that judge, on real pictures with planted mistakes, and on runs written by hand."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from core import jobs, requests
from core.data.dataset import Dataset
from core.errors import UserError
from core.evaluation.answers import Answers, load_answers, save_answers
from core.evaluation.compare import holm
from core.evaluation.mapping import principal
from core.evaluation.settled import VIEW_NAMES, Settled, read_settled, settle_by_name, write_settled
from core.evaluation.suspects import suspects
from core.evaluation.views import VIEWS
from core.events import silent
from core.jobs.judged import Judged, held_out, learned_from, model_key
from core.project.runs import create_run, open_run
from core.recipe import Recipe
from core.training.deciding import Line


def do(request: requests.Request) -> dict:
    return jobs.run(request, silent())


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Two runs by hand, of answers that err on different pictures."""
    random = np.random.default_rng(0)
    labels = np.arange(90) % 3
    folders = []
    for name in ("one", "two"):
        run = create_run(tmp_path / name, Recipe())
        logits = random.normal(size=(90, 3)) + 1.6 * np.eye(3)[labels]
        logs = (logits - np.log(np.exp(logits).sum(1, keepdims=True))).astype(np.float32)
        save_answers(run.folder, {"val": Answers(("a", "b", "c"), tuple(f"{n}.jpg" for n in range(90)), labels, logs)})
        run.model.mkdir()
        (run.model / "model.json").write_text(json.dumps({"classes": ["a", "b", "c"], "temperature": 1.0}))
        (run.model / "model.safetensors").write_bytes(name.encode())
        run.write_resolved({"strategy": "linear_probe", "project": ""})
        run.write_report({"strategy": "linear_probe", "backbone": name, "val": None, "seconds": {"total": 1.0}})
        folders.append(run.folder)
    return folders


def test_runs_are_compared_and_made_one(runs: list[Path], tmp_path: Path) -> None:
    asked = tuple(map(str, runs))
    found = do(requests.Compare(runs=asked))
    assert (found["part"], found["images"], found["names"]) == ("val", 90, ["one", "two"])
    first, second = (load_answers(run)["val"] for run in runs)
    mean = (first.probabilities() + second.probabilities()) / 2
    assert found["together"]["accuracy"] == pytest.approx((mean.argmax(1) == first.labels).mean())
    assert found["together"]["accuracy"] > max(row["accuracy"] for row in found["runs"])
    told = do(requests.Combine(runs=asked, out=str(tmp_path / "both")))
    assert told["val"]["accuracy"] == pytest.approx(found["together"]["accuracy"])
    assert (tmp_path / "both/model/member-2/model.safetensors").read_bytes() == b"two"
    assert np.exp(load_answers(tmp_path / "both")["val"].logs) == pytest.approx(mean, abs=1e-6)
    assert do(requests.Examine(run=str(tmp_path / "both")))["judged"]["val"]["images"] == 90
    with pytest.raises(UserError) as caught:
        do(requests.Combine(runs=(*asked[:1], str(tmp_path / "both")), out=str(tmp_path / "more")))
    assert caught.value.code == "BAD_OPTION"
    assert not (tmp_path / "more").exists()
    with pytest.raises(UserError):
        do(requests.Compare(runs=asked[:1]))


def test_what_is_settled_holds_until_it_is_taken_back(runs: list[Path]) -> None:
    run = runs[0]
    fitted = settle_by_name(run, "fit", "0.6", "")
    told = do(requests.Settle(run=str(run), temperature=fitted.temperature, threshold=0.6))
    assert read_settled(run / "model") == fitted
    assert told["judged"]["val"]["calibration"]["current"] == pytest.approx(fitted.temperature)
    assert told["judged"]["val"]["loss"] < do(requests.Settle(run=str(run)))["judged"]["val"]["loss"]
    assert read_settled(run / "model").threshold is None
    assert json.loads((run / "model/model.json").read_text())["classes"] == ["a", "b", "c"]
    do(requests.Settle(run=str(run), line=("b", 0.9)))
    settled = settle_by_name(run, "", "", "", "b=0.125")
    assert (settled.line, settle_by_name(run, "", "", "", "none").line) == (Line("b", 0.125), None)
    told = do(requests.Settle(run=str(run), line=("b", 0.125)))
    assert told["settled"]["line"] == {"label": "b", "threshold": 0.125}
    (row,) = [row for row in told["judged"]["val"]["per_class"] if row["name"] == "b"]
    chances = load_answers(run)["val"].probabilities()
    assert row["answered"] == np.sum(chances[:, 1] >= 0.125) > np.sum(chances.argmax(1) == 1)
    assert open_run(run).report["val"]["accuracy"] == told["judged"]["val"]["accuracy"]
    assert do(requests.Compare(runs=tuple(map(str, runs))))["runs"][0]["accuracy"] == told["judged"]["val"]["accuracy"]
    assert read_settled(run / "model") == settled
    for wrong in (
        {"temperature": 0.0}, {"threshold": 1.5}, {"views": "sideways"}, {"line": ("z", 0.5)}, {"line": ("b", 0.0)},
    ):  # fmt: skip
        with pytest.raises(UserError):
            do(requests.Settle(run=str(run), **wrong))
    with pytest.raises(UserError):
        settle_by_name(run, "warm", "", "")
    assert tuple(VIEWS) == VIEW_NAMES


def test_several_p_values_and_the_plane() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    random = np.random.default_rng(0)
    flat = random.normal(size=(50, 2)) @ random.normal(size=(2, 12)) * 5 + random.normal(size=(50, 12)) * 0.01
    places, share = principal(flat.astype(np.float32))
    assert share > 0.999
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    assert np.linalg.norm(places[:, None] - places[None], axis=-1) == pytest.approx(apart, abs=0.2)


@pytest.fixture(scope="module")
def planted(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Ants and bees, every fourth picture, six of the training pictures in the wrong folder."""
    folder = tmp_path_factory.mktemp("planted")
    for part in ("train", "val"):
        for name in ("ants", "bees"):
            (folder / part / name).mkdir(parents=True)
            for file in sorted((shared / "data/ants-bees" / part / name).glob("*.jpg"))[:: 2 if part == "val" else 3]:
                shutil.copy(file, folder / part / name / file.name)
    wrong = []
    for name, other in (("ants", "bees"), ("bees", "ants")):
        for file in sorted((folder / "train" / name).iterdir())[3:24:7]:
            wrong.append(f"train/{other}/{file.name}")
            file.rename(folder / wrong[-1])
    return folder, wrong


def test_judging_real_predictions(
    shared: Path, planted: tuple[Path, list[str]], tmp_path: Path, graft_home: Path
) -> None:
    folder, wrong = planted
    weights = shared / "weights/mobilenetv2_035.imagenet.safetensors"
    settings = {"mean": [0.5] * 3, "std": [0.5] * 3, "pad_type": "same"}
    do(requests.ImportBackbone(path=str(weights), name="mobilenetv2_035", settings=settings))
    recipe = Recipe().with_value("data.folder", str(folder)).with_value("backbone.name", "mobilenetv2_035")
    recipe = recipe.with_value("strategy.kind", "linear_probe")
    run = str(tmp_path / "run")
    trained = do(requests.Train(project=str(tmp_path / "project"), recipe=recipe, run=run))

    answers = load_answers(Path(run))["val"]
    judged = do(requests.Evaluate(run=run))["val"]
    assert judged["accuracy"] == trained["val"]["accuracy"]
    chances, said = answers.probabilities(), answers.probabilities().argmax(1)
    overall = judged["figures"]["overall"]
    assert overall["f1"]["value"] == pytest.approx(f1_score(answers.labels, said, average="macro"))
    assert overall["roc_auc"]["value"] == pytest.approx(roc_auc_score(answers.labels, chances[:, 1]))
    assert np.exp(load_answers(Path(run))["val"].logs) == pytest.approx(chances, abs=1e-4)

    doubtful = [row["path"] for row in do(requests.CheckLabels(run=run))["suspects"]]
    assert len(set(doubtful) & set(wrong)) >= len(wrong) - 2, (
        "five of six are found; by chance there would be half of one"
    )
    assert len(doubtful) < 0.2 * len(answers) + len(wrong) + 12

    other = tmp_path / "other"
    learned = [path for path in sorted((folder / "train/ants").glob("*.jpg"))[:12] if path.name not in wrong]
    for path in (*learned, *sorted((folder / "val/bees").glob("*.jpg"))[:9]):
        (other / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, other / path.parent.name / f"copy of {path.name}")
    elsewhere = do(requests.Evaluate(run=run, folder=str(other)))
    assert elsewhere["learned_from"] == len(learned), "what it makes of these says nothing"
    assert elsewhere["test"]["images"] == 9
    with pytest.raises(UserError) as caught:
        do(requests.Evaluate(run=run, folder=str(folder / "train")))
    assert caught.value.code == "LEARNED_FROM"
    (Path(run) / "learned.txt").unlink()  # a run of an earlier Graft: its project knows
    assert do(requests.Evaluate(run=run, folder=str(other)))["learned_from"] == len(learned)

    explained = do(requests.Explain(run=run, paths=(str(folder / answers.paths[0]), str(tmp_path / "none.jpg"))))
    row = explained["rows"][0]
    assert row["probability"] == pytest.approx(chances[0].max(), abs=1e-3)
    assert len(row["neighbours"]) == 5
    assert all(one["path"].startswith("train/") for one in row["neighbours"])
    assert explained["rows"][1]["status"] != "ok"

    found = do(requests.Map(run=run))
    strange = [point["strangeness"] for point in found["points"] if point["part"] == "val"]
    assert np.mean(np.array(strange) > found["limit"]) == pytest.approx(0.05, abs=0.04)
    scans = sorted((shared / "data/brain-mri/test").glob("*/*"))[::4]
    rows = do(requests.Explain(run=run, paths=tuple(map(str, scans))))["rows"]
    area = roc_auc_score([0] * len(strange) + [1] * len(rows), strange + [row["strangeness"] for row in rows])
    assert area > 0.95
    called = np.mean([row["unknown"] for row in rows])
    assert called > 2 / 3, "0.79 of 99 scans are seen; 0.987 where all pictures were learned from"

    views = do(requests.TryViews(run=run))["rows"]
    assert [row["views"] for row in views] == list(VIEWS)
    assert views[0]["accuracy"] == pytest.approx(judged["accuracy"])

    page = Path(do(requests.WriteReport(run=run, out=str(tmp_path / "report.html")))["path"]).read_text()
    assert "data:image/jpeg;base64," in page
    assert not any(word in page for word in ('src="http', "href=", "url(", "@import", "<script", str(folder)))
    assert f"{100 * judged['accuracy']:.1f} %" in page
    assert "mobilenetv2_035" in page


def test_pictures_that_were_learned_from_are_never_judged_even_if_the_split_changes(tmp_path: Path) -> None:
    """A run's own answers say what was held out; a run without them whose pictures changed is not judged at all."""
    run = create_run(tmp_path / "run", Recipe())
    run.write_resolved({"dataset": "another"})
    judged = Judged(run, None, ())  # type: ignore[arg-type]
    paths = ("a.jpg", "b.jpg", "c.jpg")
    parts = np.array([0, 1, 1], dtype=np.uint8)
    dataset = Dataset(tmp_path, ("x",), paths, paths, np.zeros(3, np.int64), parts, "this")
    with pytest.raises(UserError) as caught:
        held_out(judged, dataset, "val")
    assert caught.value.code == "DATA_CHANGED"
    logs = np.zeros((1, 1), np.float32)
    save_answers(run.folder, {"val": Answers(("x",), ("a.jpg",), np.zeros(1, np.int64), logs)})
    assert held_out(judged, dataset, "val").tolist() == [0]  # not b and c, which it may have learned from
    assert learned_from(judged, dataset).tolist() == []
    dataset = replace(dataset, hashes=("one", "two", "three"), parts=np.array([1, 0, 0], dtype=np.uint8))
    assert learned_from(judged, dataset).tolist() == [1, 2]
    run.write_learned(["two"])
    assert learned_from(judged, dataset).tolist() == [1], "the third came later: it never saw it"


def test_runs_that_judged_nothing_in_common_are_not_made_one(runs: list[Path], tmp_path: Path) -> None:
    """Such as the folds of a cross-validation."""
    kept = load_answers(runs[1])["val"]
    save_answers(runs[1], {"val": replace(kept, paths=tuple(f"other/{path}" for path in kept.paths))})
    with pytest.raises(UserError) as caught:
        do(requests.Combine(runs=tuple(map(str, runs)), out=str(tmp_path / "both")))
    assert caught.value.code == "BAD_OPTION"
    assert not (tmp_path / "both").exists()


def test_what_was_settled_is_seen_though_the_clock_was_set_back(runs: list[Path]) -> None:
    model = runs[0] / "model"
    before = model_key(model)
    assert model_key(model) == before
    write_settled(model, Settled(temperature=2.0))
    os.utime(model / "model.json", (0, 0))
    assert model_key(model) != before
    os.utime(model / "model.json", (1e10, 1e10))
    before = model_key(model)
    write_settled(model, Settled(temperature=3.0))
    os.utime(model / "model.json", (1e10, 1e10))
    assert model_key(model) != before


def test_twins_do_not_vouch_for_one_another_s_label() -> None:
    """Seven copies of one picture with a wrong label: six of them would say that the seventh is right."""
    random = np.random.default_rng(0)
    labels = np.arange(80) % 2
    features = (random.normal(size=(80, 64)) + 1.2 * np.where(labels[:, None] == 1, 1, -1)).astype(np.float32)
    features[0:14:2], groups = features[1], np.arange(80)  # called 0, and looking like 1
    groups[0:14:2] = 0
    paths = [f"{number}.jpg" for number in range(80)]

    def doubtful(grouped: np.ndarray) -> set[str]:
        return {row["path"] for row in suspects(features, labels, ("a", "b"), paths, grouped, silent())}

    wrong = set(paths[0:14:2])
    assert doubtful(groups) >= wrong
    assert not doubtful(np.arange(80)) & wrong
