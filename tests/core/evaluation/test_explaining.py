"""Views, ensembles, saliency and the gallery, each against a plain calculation of the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from core.backbones import catalogue
from core.backbones.network import build
from core.data.preprocessing import Preprocessing, normalise, to_squares
from core.errors import UserError
from core.evaluation import gallery
from core.evaluation.answers import Answers, load_answers, save_answers
from core.evaluation.ensemble import Ensemble, EnsembleCard, as_ensemble, is_ensemble, load_ensemble, save_ensemble
from core.evaluation.judge import judge, judge_logs
from core.evaluation.saliency import Saliency
from core.evaluation.trained import open_trained
from core.evaluation.views import VIEWS, View, see
from core.events import silent
from core.jobs.explain import box_of
from core.training.classifier import Classifier, ModelCard, save_classifier

NOISE = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)


def make(
    name: str = "test_resnet",
    size: int = 64,
    classes: int = 3,
    seed: int = 0,
    read: int | list[int] | None = None,
    **card: object,
) -> Classifier:
    torch.manual_seed(seed)
    settings = {"image_size": size} if name == "test_resnet" else {}
    network = build(catalogue.find(name), None, settings=settings if read is None else {**settings, "read_stage": read})
    preprocessing = Preprocessing(size, "crop", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    names = tuple(f"class {number}" for number in range(classes))
    classifier = Classifier(network, ModelCard(name, network.settings, names, preprocessing, 0.0, False, {}, **card))
    with torch.no_grad():
        classifier.head.weight.mul_(20)
    return classifier.eval()


def test_views_are_what_their_names_say() -> None:
    picture = torch.arange(64.0 * 64).reshape(1, 1, 64, 64).expand(1, 3, 64, 64)
    assert torch.equal(see(picture, View()), picture)
    assert torch.equal(see(picture, View(mirrored=True)), picture.flip(3))
    corner = see(picture, VIEWS["ten"][0])
    expected = torch.nn.functional.interpolate(picture[:, :, :56, :56], (64, 64), mode="bilinear")
    assert torch.equal(corner, expected)
    assert {name: len(views) for name, views in VIEWS.items()} == {
        "none": 1, "flip": 2, "five": 5, "ten": 10, "scales": 6,
    }  # fmt: skip
    for views in VIEWS.values():
        assert all(see(picture, view).shape == picture.shape for view in views)


def test_views_average_probabilities_before_the_temperature(tmp_path: Path) -> None:
    classifier = make(views="flip", temperature=1.7)
    with torch.inference_mode():
        taken = normalise(torch.from_numpy(NOISE), classifier.card.preprocessing)
        mean = (torch.softmax(classifier(taken), -1) + torch.softmax(classifier(taken.flip(3)), -1)) / 2
        expected = torch.softmax(mean.log() / 1.7, -1).numpy()
        as_graph = as_ensemble(classifier)(torch.from_numpy(NOISE)).numpy()
    assert judge(classifier, NOISE, silent()) == pytest.approx(expected, abs=1e-5)
    assert as_graph == pytest.approx(expected, abs=1e-5)
    assert np.exp(judge_logs(classifier, NOISE, silent())) == pytest.approx(mean.numpy(), abs=1e-5)
    assert judge_logs(classifier, NOISE, silent(), views="none") != pytest.approx(mean.log().numpy(), abs=1e-3)
    with pytest.raises(UserError, match="the views are"):
        judge_logs(classifier, NOISE, silent(), views="sideways")


def test_an_ensemble_is_the_mean_of_its_members_and_survives_the_disk(tmp_path: Path) -> None:
    members = [make(seed=1, temperature=0.5), make(seed=2, size=32)]
    together = Ensemble(members, EnsembleCard(members[0].card.classes, "flip", temperature=2.0, threshold=0.6))
    save_ensemble(together, tmp_path / "model")
    assert is_ensemble(tmp_path / "model")
    picture = np.random.default_rng(3).integers(0, 256, (50, 90, 3), dtype=np.uint8)
    with torch.inference_mode():
        single = []
        for member in members:
            size = member.card.preprocessing.size
            taken = normalise(to_squares(torch.from_numpy(picture)[None], size, "crop"), member.card.preprocessing)
            chances = [torch.softmax(member(view), -1) for view in (taken, taken.flip(3))]
            mean = (chances[0] + chances[1]) / 2
            single.append(torch.softmax(mean.log() / member.card.temperature, -1))  # a temperature holds for the mean
        expected = torch.softmax(((single[0] + single[1]) / 2).log() / 2.0, -1)[0].numpy()
        loaded = load_ensemble(tmp_path / "model")(torch.from_numpy(picture)[None])[0].numpy()
    opened = open_trained(tmp_path / "model")
    assert loaded == pytest.approx(expected, abs=1e-5)
    answered = opened.answer([opened.prepare(picture)]).probabilities[0]
    assert answered == pytest.approx(expected, abs=1e-4)  # folded
    assert (opened.classes, opened.threshold) == (members[0].card.classes, 0.6)
    with pytest.raises(UserError) as caught:
        load_ensemble(tmp_path)
    assert caught.value.code == "NOT_A_MODEL"


def test_what_the_user_settled_is_kept_with_the_model(tmp_path: Path) -> None:
    classifier = make(temperature=1.3, threshold=0.7, views="five")
    save_classifier(classifier, tmp_path)
    card = load_ensemble(tmp_path).card
    assert (card.temperature, card.threshold, card.views) == (1.3, 0.7, "five")


@pytest.mark.parametrize("read", [None, 1, [0, 2]])
def test_saliency_of_a_pooled_map_is_the_class_activation_map(read: int | list[int] | None) -> None:
    """Where the head reads the mean of a map, Grad-CAM is the head's row times the map (Zhou et al. 2016); of several
    stages that of the highest."""
    classifier = make(read=read)
    maps: list[torch.Tensor] = []
    highest = classifier.network.stages[-1 if read is None else max(np.atleast_1d(read))]
    stage = classifier.network.layers.get_submodule(highest.name)
    handle = stage.register_forward_hook(lambda module, inputs, output: maps.append(output.detach()))
    with torch.inference_mode():
        taken = normalise(torch.from_numpy(NOISE[:1]), classifier.card.preprocessing)
        logits = classifier(taken)[0]
    handle.remove()
    answer = int(logits.argmax())
    row = classifier.head.weight[answer, -highest.channels :].detach()
    expected = torch.einsum("c,chw->hw", row, maps[0][0]).clamp_min(0)
    found = Saliency(classifier).explain(NOISE[0])
    heat = found.heat
    assert found.logits == pytest.approx(logits.numpy(), abs=1e-4)
    assert heat == pytest.approx((expected / expected.max()).numpy(), abs=1e-3)
    with torch.inference_mode():
        assert found.features == pytest.approx(classifier.network(taken)[0].numpy(), abs=1e-4)
    other = Saliency(classifier).explain(NOISE[0], (answer + 1) % 3)
    assert other.heat != pytest.approx(heat, abs=0.1)


@pytest.mark.parametrize("name", ["test_vit", "test_convnext", "test_efficientnet"])
def test_saliency_of_other_kinds_of_networks(name: str) -> None:
    """Of tokens, and of maps with their channels last: a map of the right shape, the same each time, and the very
    answer of the plain network."""
    entry = catalogue.find(name)
    classifier = make(name, entry.image_size)
    square = np.random.default_rng(7).integers(0, 256, (entry.image_size,) * 2 + (3,), dtype=np.uint8)
    square[: entry.image_size // 2, : entry.image_size // 2] //= 8
    ready = Saliency(classifier)
    found = ready.explain(square)
    heat = found.heat
    assert heat.ndim == 2
    assert heat.shape[0] == heat.shape[1] > 1
    assert 0 <= heat.min() <= heat.max() <= 1 + 1e-6
    assert np.isfinite(heat).all()
    assert np.array_equal(heat, ready.explain(square).heat)
    assert classifier.head.weight.grad is None
    with torch.inference_mode():
        taken = normalise(torch.from_numpy(square)[None], classifier.card.preprocessing)
        assert found.logits == pytest.approx(classifier(taken)[0].numpy(), abs=1e-3)


def test_the_gallery_agrees_with_scikit_learn_and_knows_a_stranger(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    centres = random.normal(size=(3, 16)) * 5
    labels = random.integers(0, 3, 300)
    features = (centres[labels] + random.normal(size=(300, 16))).astype(np.float32)
    held_out = (centres[random.integers(0, 3, 100)] + random.normal(size=(100, 16))).astype(np.float32)
    built = gallery.build(features, labels, [f"{n}.jpg" for n in range(300)], ("a", "b", "c"), held_out)
    gallery.save(built, tmp_path)
    kept = gallery.load(tmp_path)
    assert kept is not None
    moved = features - features.mean(0)
    reference = NearestNeighbors(n_neighbors=5, metric="cosine").fit(moved)
    distances, places = reference.kneighbors(held_out - features.mean(0))
    found, away = kept.nearest(held_out)
    assert away == pytest.approx(distances, abs=2e-3)  # kept in half precision
    assert (found == places).mean() > 0.9
    plainly = NearestNeighbors(n_neighbors=5, metric="cosine").fit(features).kneighbors(held_out)[0]
    assert kept.strangeness(held_out) == pytest.approx(plainly.mean(1), abs=2e-3)
    assert (kept.strangeness(held_out) <= kept.limit).mean() == pytest.approx(0.95, abs=0.011)
    strangers = (random.normal(size=(50, 16)) * 5).astype(np.float32)
    assert (kept.strangeness(strangers) > kept.limit).mean() > 0.9
    assert gallery.load(tmp_path / "nowhere") is None


def test_what_has_nothing_of_the_subject_is_strange_from_wherever_it_is_seen() -> None:
    """Rectified features of one subject share most of their direction; what shares none of it lies near their middle
    in no direction of its own, and centred directions took it for known."""
    random = np.random.default_rng(0)
    subject = 5 * random.random(64)
    known = np.maximum(subject + random.normal(size=(300, 64)), 0).astype(np.float32)
    built = gallery.build(known[:200], np.arange(200) % 2, ["x"] * 200, ("a", "b"), known[200:])
    blank = np.maximum(subject.mean() + 0.3 * random.normal(size=(50, 64)), 0).astype(np.float32)
    assert (built.strangeness(blank) > built.limit).all()


def test_few_held_out_pictures_leave_the_limit_to_the_training_pictures() -> None:
    features = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32)
    built = gallery.build(features, np.arange(40) % 2, ["x"] * 40, ("a", "b"), features[:0])
    assert 0 < built.limit < 2
    assert built.strangeness(features[:1])[0] < built.limit * 1.5


def test_answers_survive_the_disk_with_any_name(tmp_path: Path) -> None:
    names = ("ä/\udcff.jpg", "b.jpg")
    logs = np.log(np.array([[0.9, 0.1], [0.2, 0.8]], dtype=np.float32))
    save_answers(tmp_path, {"val": Answers(("x", "y"), names, np.array([0, 1]), logs)})
    kept = load_answers(tmp_path)["val"]
    assert (kept.classes, kept.paths) == (("x", "y"), names)
    assert kept.probabilities() == pytest.approx(np.exp(logs))
    assert kept.probabilities(2.0)[0, 0] == pytest.approx(0.75, abs=1e-3)
    assert load_answers(tmp_path / "nowhere") == {}


def test_the_square_lies_where_the_model_looked() -> None:
    assert box_of(100, 200, "crop") == [0.25, 0.0, 0.5, 1.0]
    assert box_of(100, 200, "letterbox") == [0.0, -0.5, 1.0, 2.0]
    assert box_of(100, 200, "stretch") == [0.0, 0.0, 1.0, 1.0]
