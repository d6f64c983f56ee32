"""The loop over drawn pictures: it learns, and goes on where it was stopped."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.backbones import weights
from core.pretrain import learn, pool

CPU = torch.device("cpu")
TINY = learn.Settings(options={"channels": [8, 8, 16, 16]}, sizes=(32, 48), pairs=8, steps=6, snapshots=2, rate=1e-3)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> pool.Pool:
    return pool.fill(tmp_path_factory.mktemp("drawn"), 2, 48, 7, CPU)


def test_stopped_and_gone_on_with_is_the_same_to_the_bit(
    drawn: pool.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = load_file(learn.learn(drawn, tmp_path / "straight", TINY, CPU))
    monkeypatch.setattr(learn, "KEEP_EVERY", 4)
    batch = learn._batch

    def stops(pool: pool.Pool, settings: learn.Settings, step: int, *rest: object) -> object:
        if step == 5:
            raise KeyboardInterrupt
        return batch(pool, settings, step, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(learn, "_batch", stops)
        with pytest.raises(KeyboardInterrupt):
            learn.learn(drawn, tmp_path / "cut", TINY, CPU)
    resumed = load_file(learn.learn(drawn, tmp_path / "cut", TINY, CPU))
    assert straight.keys() == resumed.keys()
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)
    with pytest.raises(SystemExit, match="other settings"):
        learn.learn(drawn, tmp_path / "cut", replace(TINY, seed=8), CPU)


def test_every_objective_falls(drawn: pool.Pool, tmp_path: Path) -> None:
    """On pictures that it sees again and again."""
    lines: list[dict[str, float]] = []
    settings = replace(TINY, sizes=(48,), steps=60, pairs=32, rate=3e-3)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(learn, "KEEP_EVERY", 10)
        patched.setattr(learn, "_log", lambda folder, line: lines.append(dict(line)))
        learn.learn(drawn, tmp_path, settings, CPU)
    for name in settings.weights:
        assert lines[-1][name] < lines[0][name], name


def test_what_was_learned_is_taken_in_like_any_weights(drawn: pool.Pool, tmp_path: Path) -> None:
    snapshot = learn.learn(drawn, tmp_path / "run", replace(TINY, steps=2), CPU)
    found = weights.import_file(snapshot, TINY.architecture, learn.MEAN, learn.STD, TINY.options)
    assert found["matched"] == found["wanted"]
