"""Features: the same numbers as the plain network, faster; kept once, whatever happens while they are computed."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from core.backbones import catalogue, features, ways, weights
from core.backbones.feature_store import FeatureStore
from core.backbones.features import Pictures, cached_features, cached_stage_features, extract
from core.backbones.fuse import fused
from core.backbones.network import Network, build
from core.data.preprocessing import Preprocessing, normalise, to_square
from core.events import Cancelled, Reporter, silent
from core.project import places

PLAIN = Preprocessing(64, "crop", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def _random(name: str = "lcnet_050") -> Network:
    """Random numbers and random statistics, so that a batch norm that is folded wrongly shows."""
    torch.manual_seed(0)
    network = build(catalogue.find(name), None, {"image_size": 64})
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -1, 1)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -1, 1)
    return network


def _pictures(number: int, size: int = 64) -> Pictures:
    chance = np.random.default_rng(0)
    return chance.integers(0, 256, (number, size, size, 3), dtype=np.uint8)


def _plain(network: nn.Module, pictures: Pictures, preprocessing: Preprocessing) -> np.ndarray:
    with torch.inference_mode():
        answer: np.ndarray = network(normalise(torch.from_numpy(pictures), preprocessing).contiguous()).numpy()
    return answer


@pytest.mark.parametrize("name", ["lcnet_050", "resnet18", "squeezenet1_1", "efficientnet_b0", "test_vit"])
def test_extraction_equals_the_plain_network(name: str) -> None:
    network, pictures = _random(name), _pictures(5)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    features = extract(network, pictures, PLAIN, "fp32", batch_size=2)
    expected = _plain(network, pictures, PLAIN)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, expected, atol=2e-5 * np.abs(expected).max())
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fused(network).modules())
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    stage = extract(network, pictures, PLAIN, "fp32", stage=1)
    with torch.inference_mode():
        expected = network.stage_features(normalise(torch.from_numpy(pictures), PLAIN))[1].numpy()
    np.testing.assert_allclose(stage, expected, atol=2e-5 * np.abs(expected).max())


def test_extraction_can_be_cancelled_between_batches() -> None:
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        extract(
            _random(), _pictures(8), PLAIN, batch_size=2, reporter=Reporter("t", lambda e: None, lambda: next(asked))
        )


def test_features_are_computed_once_per_content(tmp_path: Path) -> None:
    network, pictures = _random(), _pictures(6)
    hashes = ["a", "b", "a", "c", "d", "e"]
    asked: list[list[int]] = []

    def load(positions: np.ndarray) -> Pictures:
        asked.append(positions.tolist())
        return pictures[positions]

    first = cached_features(network, "w1", hashes[:3], load, PLAIN, "fp32", tmp_path)
    assert asked == [[0, 1]]
    everything = cached_features(network, "w1", hashes, load, PLAIN, "fp32", tmp_path)
    assert asked == [[0, 1], [3, 4, 5]]
    assert np.array_equal(everything[:3], first)
    assert np.array_equal(everything[0], everything[2])
    expected = _plain(network, pictures[[0, 1, 0, 3, 4, 5]], PLAIN)
    np.testing.assert_allclose(everything, expected, atol=2e-5 * np.abs(expected).max())
    again = cached_features(network, "w1", hashes[::-1], load, PLAIN, "fp32", tmp_path)
    assert len(asked) == 2
    assert np.array_equal(again, everything[::-1])
    other = Preprocessing(64, "crop", (0.4, 0.5, 0.5), (0.5, 0.5, 0.5))
    for weights_hash, preprocessing, stage, view in (
        ("w2", PLAIN, None, ""),
        ("w1", other, None, ""),
        ("w1", PLAIN, 1, ""),
        ("w1", PLAIN, None, "mirrored"),
    ):
        cached_features(
            network, weights_hash, hashes[:1], load, preprocessing, "fp32", tmp_path, stage=stage, view=view
        )
    assert len(asked) == 6
    network.reinitialize(1, seed=1)  # other numbers under the same name
    cached_features(network, "w1", hashes[:1], load, PLAIN, "fp32", tmp_path)
    assert len(asked) == 7
    assert cached_features(network, "w1", [], load, PLAIN, "fp32", tmp_path).shape == (0, network.feature_count)


def test_every_stage_comes_from_one_pass(tmp_path: Path) -> None:
    network, pictures = _random(), _pictures(3)
    stages = cached_stage_features(
        network, "w", ["a", "b", "c"], lambda positions: pictures[positions], PLAIN, "fp32", tmp_path
    )
    for index, rows in enumerate(stages):
        np.testing.assert_allclose(rows, extract(network, pictures, PLAIN, stage=index), rtol=1e-4, atol=1e-4)


def test_a_torn_segment_is_computed_again_and_a_half_done_job_is_kept(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, "key", 4)
    store.append(["a"], np.ones((1, 4), np.float32))
    store.append(["b"], np.full((1, 4), 2, np.float32))
    torn, _ = sorted((tmp_path / "features").rglob("*.npy"))
    torn.write_bytes(torn.read_bytes()[:-3])
    rows, missing = store.read(["a", "b"])
    assert len(missing) == 1
    assert rows[1 - missing[0]].tolist() in ([1.0] * 4, [2.0] * 4)
    (tmp_path / "features" / torn.parent.name / ".x.npy.123.part").write_bytes(b"half")
    assert len(store.read(["a", "b"])[1]) == 1
    assert FeatureStore(tmp_path, "key", 5).read(["a", "b"])[1].tolist() == [0, 1]


def test_two_writers_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    def write(start: int) -> None:
        store = FeatureStore(tmp_path, "key", 8)
        for number in range(start, start + 30):
            store.append([str(number)], np.full((1, 8), number, np.float32))

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows, missing = FeatureStore(tmp_path, "key", 8).read([str(number) for number in range(50)])
    assert len(missing) == 0
    assert rows[:, 0].tolist() == list(range(50))


@pytest.mark.parametrize("name", ["lcnet_050", "test_vit", "squeezenet1_1"])
def test_onnx_runtime_gives_the_same_features_for_any_number_of_pictures(name: str) -> None:
    network, pictures = _random(name), _pictures(5)
    expected = _plain(network, pictures, PLAIN)
    np.testing.assert_allclose(extract(network, pictures, PLAIN, "onnx", batch_size=3), expected, rtol=1e-4, atol=1e-4)
    graphs = list((places.cache_folder() / "graphs").iterdir())
    assert len(graphs) == 1
    extract(network, pictures, PLAIN, "onnx")
    assert list((places.cache_folder() / "graphs").iterdir()) == graphs
    stage = extract(network, pictures, PLAIN, "onnx", stage=1)  # the graph has no stages: torch gives them
    np.testing.assert_array_equal(stage, extract(network, pictures, PLAIN, "fp32", stage=1))


def test_pictures_are_loaded_while_those_before_them_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "READ_AHEAD", 2)
    network, pictures = _random(), _pictures(6)
    second_asked = threading.Event()
    plain = features.reader(network, PLAIN, "fp32")

    class Waits:
        """Looks at the first pictures only once the next ones are being loaded."""

        width = plain.width

        def rows(self, some: Pictures) -> np.ndarray:
            assert second_asked.wait(20)
            return plain.rows(some)

    monkeypatch.setattr(features, "reader", lambda *args: Waits())

    def load(positions: np.ndarray) -> Pictures:
        if positions[0] == 2:
            second_asked.set()
        return pictures[positions]

    rows = cached_features(network, "w", list("abcdef"), load, PLAIN, "fp32", tmp_path)
    np.testing.assert_allclose(rows, plain.rows(pictures), rtol=1e-5, atol=1e-5)


def test_a_batch_that_the_memory_does_not_hold_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    extractor = features.Extractor(_random(), PLAIN, "fp32")
    pictures = _pictures(7)
    expected, whole = extractor.rows(pictures), extractor._rows
    sizes: list[int] = []

    def small(some: Pictures) -> np.ndarray:
        sizes.append(len(some))
        if len(some) > 2:
            raise torch.OutOfMemoryError("full")
        return whole(some)

    monkeypatch.setattr(extractor, "_rows", small)
    np.testing.assert_allclose(extractor.rows(pictures), expected, rtol=1e-5, atol=1e-5)
    assert sizes == [7, 3, 1, 2, 4, 2, 2]


def _ants_and_bees(folder: Path, preprocessing: Preprocessing) -> tuple[Pictures, np.ndarray]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    squares = [
        to_square(torch.from_numpy(np.array(Image.open(path).convert("RGB"))), preprocessing.size, "crop").numpy()
        for path in paths
    ]
    return np.stack(squares), np.array([path.parent.name == "bees" for path in paths])


@pytest.mark.parametrize(
    ("name", "settings", "lowest", "highest"),
    [("mobilenetv2_035", {"pad_type": "same"}, 0.885, 0.93), ("squeezenet1_1", {}, 0.87, 0.93)],
)
def test_real_weights_tell_ants_from_bees(
    shared: Path, name: str, settings: dict[str, str], lowest: float, highest: float
) -> None:
    mean, std = (0.5, 0.5) if settings else (None, None)
    weights.import_file(shared / f"weights/{name}.imagenet.safetensors", name, mean, std, settings)
    entry = catalogue.find(name)
    local = weights.local(entry)
    network = build(entry, local)
    preprocessing = Preprocessing(network.image_size, "crop", network.mean, network.std)
    train, train_labels = _ants_and_bees(shared / "data/ants-bees/train", preprocessing)
    val, val_labels = _ants_and_bees(shared / "data/ants-bees/val", preprocessing)
    assert local is not None
    quick = ways.fastest_way(network, "cpu", local.sha256, 10**6)
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
    probe.fit(extract(network, train, preprocessing, quick), train_labels)
    accuracy = probe.score(extract(network, val, preprocessing, "fp32", reporter=silent()), val_labels)
    assert lowest <= accuracy <= highest
