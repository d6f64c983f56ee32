"""Outputs of frozen stages kept on disk: the same training, killed or not, and whole pictures when stages thaw."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.backbones.catalogue import find
from core.backbones.network import build
from core.data.dataset import Dataset, Part
from core.data.preprocessing import Preprocessing
from core.errors import Cancelled
from core.events import Batch, Event, Reporter, silent
from core.recipe import Augmentation, Recipe
from core.training import frozen
from core.training.classifier import Classifier, ModelCard
from core.training.examples import Pictures
from core.training.frozen import frozen_prefix, views_for
from core.training.resolve import Resolved
from core.training.steering import Steering
from core.training.teach import Taught, teach

SIZE = 64
PREPROCESSING = Preprocessing(SIZE, "crop", (0.5,) * 3, (0.5,) * 3)
PLAIN = Augmentation(flip=False, smallest_crop=1, brightness=0, contrast=0, saturation=0)


@dataclass
class Stock:
    """Pictures of noise whose brightness tells the class, and features as the network gives them."""

    dataset: Dataset
    frozen_folder: Path
    asked: list[Part]

    def squares(self, part: Part) -> NDArray[np.uint8]:
        self.asked.append(part)
        indices = self.dataset.indices(part)
        random = np.random.default_rng(0).integers(0, 128, (len(self.dataset), SIZE, SIZE, 3), dtype=np.uint8)
        lift = (self.dataset.labels * 60).astype(np.uint8)[:, None, None, None]
        return (random + lift)[indices]

    def features(self, part: Part) -> NDArray[np.float32]:
        raise AssertionError("no head is fitted first")


def stock(folder: Path) -> Stock:
    labels = np.arange(60) % 2
    parts = np.array([0] * 44 + [1] * 16, np.uint8)
    hashes = tuple(f"{i:04x}" for i in range(60))
    return Stock(Dataset(folder, ("a", "b"), hashes, hashes, labels, parts, "f"), folder / "frozen", [])


def recipe_of(augmentation: Augmentation = PLAIN) -> Recipe:
    recipe = Recipe(augmentation=augmentation).with_value("strategy.kind", "fine_tune_top")
    return recipe.with_value("strategy.head_first", False)


RESOLVED = Resolved(
    strategy="fine_tune_top", backbone="mobilenetv2_035", weights="", pretrained=True, settings={}, image_size=SIZE,
    optimizer="momentum", learning_rate=0.01, weight_decay=0.0, epochs=2, batch_size=16, precision="fp32",
    feature_precision="fp32", device="cpu", threads=1, dataset="f", versions={}, frozen_views=1,
)  # fmt: skip


def classifier_of() -> Classifier:
    torch.manual_seed(0)
    network = build(find("mobilenetv2_035"), None, settings={"image_size": SIZE})
    return Classifier(network, ModelCard("mobilenetv2_035", {}, ("a", "b"), PREPROCESSING, 0.0, True, {}))


def taught(recipe: Recipe, views: int, material: Stock, folder: Path, reporter: Reporter | None = None) -> Taught:
    classifier = classifier_of()
    reporter, resolved = reporter or silent(), replace(RESOLVED, frozen_views=views)
    return teach(classifier, recipe, resolved, material, folder, reporter, Steering(reporter))


def test_the_same_training_to_rounding_where_nothing_varies(tmp_path: Path) -> None:
    one = taught(recipe_of(), 1, stock(tmp_path), tmp_path / "kept")
    other = taught(recipe_of(), 0, stock(tmp_path), tmp_path / "anew")
    assert len(one.history) == 3
    for kept, anew in zip(one.history, other.history, strict=True):
        assert kept["train"] == pytest.approx(anew["train"], rel=1e-4)
        assert kept["val"] == pytest.approx(anew["val"], rel=1e-4)
    start = dict(classifier_of().named_parameters())
    for (name, value), same in zip(one.classifier.named_parameters(), other.classifier.parameters(), strict=True):
        torch.testing.assert_close(value, same, rtol=1e-3, atol=1e-5)
        below = name.startswith("network.") and one.classifier.network.stage_of(name.removeprefix("network.")) < 2
        assert torch.equal(value, start[name]) == below or name == "head.bias"


def test_a_second_training_finds_the_file_and_looks_at_no_picture(tmp_path: Path) -> None:
    first, second = stock(tmp_path), stock(tmp_path)
    taught(recipe_of(), 1, first, tmp_path / "a")
    taught(recipe_of(), 1, second, tmp_path / "b")
    assert set(first.asked) == {"train", "val"}
    assert second.asked == []


class Stop(Exception):
    pass


def test_killed_and_resumed_it_ends_bit_for_bit_the_same_even_where_the_cache_was_deleted(tmp_path: Path) -> None:
    recipe = recipe_of(Augmentation(flip=True, smallest_crop=0.5))
    whole = taught(recipe, 3, stock(tmp_path), tmp_path / "whole")
    steps = 0

    def stop_at_four(event: Event) -> None:
        nonlocal steps
        steps += isinstance(event, Batch)

    with pytest.raises(Cancelled):
        taught(recipe, 3, stock(tmp_path), tmp_path / "cut", Reporter("x", stop_at_four, lambda: steps == 4))
    for file in (tmp_path / "frozen").glob("*.npy"):
        file.unlink()
    again = taught(recipe, 3, stock(tmp_path), tmp_path / "cut")
    for one, other in zip(whole.classifier.state_dict().values(), again.classifier.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_views_differ_and_thawed_stages_get_whole_pictures(tmp_path: Path) -> None:
    classifier, material = classifier_of(), stock(tmp_path)
    varied = Augmentation(flip=True, smallest_crop=0.5)
    strategy = recipe_of().strategy
    prefix = frozen_prefix(classifier.network, strategy, PREPROCESSING, "fp32", material.frozen_folder, silent())
    assert prefix is not None
    labels = torch.zeros(44)
    pictures = Pictures(material.squares("train"), labels, PREPROCESSING, varied)
    hashes = material.dataset.hashes[:44]
    for parameter in classifier.network.parameters():
        parameter.requires_grad_(False)
    views = prefix.views(hashes, labels, lambda: pictures, varied, 3, seed=0)
    assert views.rows.shape[:2] == (3, 44)
    assert isinstance(views.rows, np.memmap)
    assert not np.allclose(views.rows[0], views.rows[1])
    at = torch.arange(8)
    assert prefix.upper.takes(views.inputs(at, 5))
    assert torch.equal(views.inputs(at, 5), views.inputs(at, 5))
    assert not torch.equal(views.inputs(at, 5), views.inputs(at, 6))
    next(classifier.network.parameters()).requires_grad_(True)
    assert torch.equal(views.inputs(at, 5), pictures.inputs(at, 5))


def test_files_are_bounded_and_a_damaged_one_is_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = taught(recipe_of(), 1, stock(tmp_path), tmp_path / "a")
    files = sorted((tmp_path / "frozen").glob("*.npy"), key=lambda path: path.stat().st_size)
    assert len(files) == 2
    files[1].write_bytes(files[1].read_bytes()[:99])
    again = taught(recipe_of(), 1, stock(tmp_path), tmp_path / "b")
    assert [epoch["val"] for epoch in again.history] == [epoch["val"] for epoch in first.history]
    size = sum(file.stat().st_size for file in files)
    monkeypatch.setattr(frozen, "BUDGET", size + 10)
    taught(recipe_of(Augmentation(flip=True)), 1, stock(tmp_path), tmp_path / "c")
    assert sum(file.stat().st_size for file in (tmp_path / "frozen").glob("*.npy")) <= size + 10


def test_how_many_views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, plain, varied = classifier_of().network, recipe_of(), recipe_of(Augmentation())

    def views(recipe: Recipe, epochs: int = 8) -> int:
        kind = recipe.strategy.kind
        assert kind is not None
        return views_for(recipe, kind, network, epochs, 100, tmp_path)

    assert views(plain) == 1
    assert views(plain, epochs=1) == 0
    assert views(varied) == frozen.VIEWS
    assert views(varied, epochs=frozen.VIEWS) == 0
    assert views(varied.with_value("strategy.frozen_views", 2)) == 2
    assert views(varied.with_value("strategy.frozen_views", 0)) == 0
    assert views(varied.with_value("strategy.kind", "fine_tune_all")) == 0
    assert views(varied.with_value("strategy.kind", "linear_probe")) == 0
    monkeypatch.setattr(frozen, "BUDGET", 10_000)
    assert views(plain) == 0
