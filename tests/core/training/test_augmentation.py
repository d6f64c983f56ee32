"""Augmentation against torchvision's own functions and AlexNet's formula; deterministic; each choice on its own."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import RandAugment, TrivialAugmentWide
from torchvision.transforms.v2 import functional as vision

from core.data.preprocessing import Preprocessing, normalise
from core.recipe import Augmentation
from core.training import colours, filters, policies, warp
from core.training.augmentation import AUGMENTATIONS, augment, augmented
from core.training.examples import CPU, Pictures, varied_on

SIZE = 48
BILINEAR = InterpolationMode.BILINEAR
OFF = {"flip": False, "smallest_crop": 1.0, "brightness": 0.0, "contrast": 0.0, "saturation": 0.0}
EACH = (
    {"flip": True}, {"vertical_flip": True}, {"smallest_crop": 0.4}, {"rotation": 180.0}, {"perspective": 0.5},
    {"brightness": 0.4}, {"contrast": 0.4}, {"saturation": 0.4}, {"hue": 0.3}, {"pca_colour": 0.5}, {"blur": 0.8},
    {"noise": 0.2}, {"erase": 0.3}, {"automatic": "trivial"}, {"automatic": "rand"},
)  # fmt: skip


def pictures(count: int = 4, seed: int = 1) -> Tensor:
    """Smooth pictures uint8 [N, S, S, 3]: what differs from a reference is then the geometry, not its rounding."""
    rough = torch.rand(count, 3, 7, 7, generator=torch.Generator().manual_seed(seed)) * 200 + 25
    smooth = torch.nn.functional.interpolate(rough, size=(SIZE, SIZE), mode="bicubic").clamp(0, 255)
    return smooth.to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def floats(count: int = 4) -> Tensor:
    return pictures(count).permute(0, 3, 1, 2).contiguous().float()


def only(**choices: object) -> Augmentation:
    return Augmentation.model_validate({**OFF, **choices})


def agree(ours: Tensor, theirs: Tensor, valid: Tensor | None = None, within: float = 0.05) -> None:
    """Equal where `valid` [..., S, S] (a reference fills what lies outside the picture with black)."""
    valid = torch.ones_like(theirs[0, :1], dtype=torch.bool) if valid is None else valid
    assert valid.float().mean() > 0.2
    assert ((ours - theirs).abs() * valid).max() < within


def inside(transform: object) -> Tensor:
    """Where a reference shows what is inside the picture, interpolation and all."""
    seen: Tensor = transform(torch.ones(1, 1, SIZE, SIZE))  # type: ignore[operator]
    return seen[0] > 0.999


@pytest.mark.parametrize("degrees", [-135.0, -20.0, 7.0, 90.0])
def test_rotation(degrees: float) -> None:
    def theirs(some: Tensor) -> Tensor:
        return vision.rotate(some, degrees, interpolation=BILINEAR)

    agree(warp.warp(floats(), warp.turns(torch.full((4,), degrees))), theirs(floats()), inside(theirs))


@pytest.mark.parametrize("amount", [-0.4, 0.3])
def test_shears_and_shifts(amount: float) -> None:
    some, none = torch.full((4,), amount), torch.zeros(4)
    shear = [math.degrees(math.atan(amount)), 0.0]
    for matrix, options in (
        (warp.shears(some, none), {"shear": shear, "center": [0, 0]}),
        (warp.shears(none, some), {"shear": shear[::-1], "center": [0, 0]}),
        (warp.shifts(torch.full((4,), round(amount * SIZE) / SIZE), none), {"translate": [round(amount * SIZE), 0]}),
        (warp.shifts(none, torch.full((4,), round(amount * SIZE) / SIZE)), {"translate": [0, round(amount * SIZE)]}),
    ):
        asked = {
            "angle": 0.0,
            "translate": [0, 0],
            "scale": 1.0,
            "shear": [0.0, 0.0],
            "interpolation": BILINEAR,
        } | options

        def theirs(pictures: Tensor, asked: dict[str, object] = asked) -> Tensor:
            return vision.affine(pictures, **asked)  # type: ignore[arg-type]

        agree(warp.warp(floats(), matrix), theirs(floats()), inside(theirs))


def test_perspective() -> None:
    inward = torch.rand(1, 4, 2, generator=torch.Generator().manual_seed(3)) * 0.5
    quad = torch.tensor(warp.CORNERS) * (1 - inward[0])
    start, end = (((corners + 1) / 2 * SIZE).tolist() for corners in (quad, torch.tensor(warp.CORNERS)))
    ours = warp.warp(floats(), warp.perspectives(inward.expand(4, 4, 2)))
    theirs = vision.perspective(floats(), start, end, interpolation=BILINEAR)
    agree(ours[..., 1:-1, 1:-1], theirs[..., 1:-1, 1:-1], within=0.5)


def test_a_crop_shows_a_box_of_the_area_that_was_asked_for() -> None:
    generator = torch.Generator().manual_seed(2)
    shown = 0.3 + 0.7 * torch.rand(200, generator=generator)
    matrices = warp.crops(shown, *torch.rand(3, 200, generator=generator))
    width, height, x, y = matrices[:, 0, 0], matrices[:, 1, 1], matrices[:, 0, 2], matrices[:, 1, 2]
    torch.testing.assert_close(width * height, shown)
    assert (width / height).max() <= 4 / 3 + 1e-5
    assert ((x.abs() + width) <= 1 + 1e-6).all()
    assert ((y.abs() + height) <= 1 + 1e-6).all()
    top, left, high, wide = 6, 10, 30, 24
    box = warp.affine(torch.full((4,), wide / SIZE), 0, (2 * left + wide) / SIZE - 1, 0, high / SIZE,
                      (2 * top + high) / SIZE - 1)  # fmt: skip
    theirs = vision.resized_crop(floats(), top, left, high, wide, [SIZE, SIZE], interpolation=BILINEAR)
    agree(warp.warp(floats(), box)[..., 2:-2, 2:-2], theirs[..., 2:-2, 2:-2])


def test_mirrors_are_exact() -> None:
    some = pictures(64)
    flipped = augment(some, only(flip=True), 5)
    same = [bool((one == other).all()) for one, other in zip(flipped, some, strict=True)]
    turned = [bool((one == other.flip(1)).all()) for one, other in zip(flipped, some, strict=True)]
    assert all(a != b for a, b in zip(same, turned, strict=True))
    assert 16 < sum(turned) < 48


@pytest.mark.parametrize(
    ("make", "theirs"),
    [(colours.brighter, vision.adjust_brightness), (colours.contrasted, vision.adjust_contrast),
     (colours.saturated, vision.adjust_saturation)],
)  # fmt: skip
@pytest.mark.parametrize("factor", [0.0, 0.7, 1.1])
def test_brightness_contrast_saturation(make: object, theirs: object, factor: float) -> None:
    some = floats()
    tint = make(torch.full((4,), factor), some.mean((2, 3)))  # type: ignore[operator]
    agree(tint.over(some), theirs(some / 255, factor) * 255, within=0.02)  # type: ignore[operator]


def test_tints_follow_one_another_as_if_applied_one_by_one() -> None:
    some, factors = floats() * 0.7, [torch.full((4,), f) for f in (1.1, 0.8, 1.2)]
    makes = (colours.brighter, colours.contrasted, colours.saturated)
    tint, one_by_one, mean = colours.unchanged(4), some, some.mean((2, 3))
    for make, factor in zip(makes, factors, strict=True):
        tint = tint.then(make(factor, tint.of(mean)))
        one_by_one = make(factor, one_by_one.mean((2, 3))).over(one_by_one)
    agree(tint.over(some), one_by_one, within=0.01)


@pytest.mark.parametrize("turn", [-0.5, -0.1, 0.0, 0.33])
def test_hue(turn: float) -> None:
    some = torch.randint(0, 256, (3, 3, 20, 20), generator=torch.Generator().manual_seed(4)).float()
    some[0] = 77.0  # grey has no hue
    theirs = vision.adjust_hue(some / 255, turn) * 255
    assert (colours.with_hue(some, torch.full((3,), turn)) - theirs).abs().max() < 0.01


def test_the_colour_of_the_light_is_alexnets() -> None:
    alphas = np.array([[0.1, -0.2, 0.05], [-0.3, 0.1, 0.2]])
    covariance = colours.LIGHT @ np.diag(np.square(colours.LIGHT_STRENGTHS)) @ np.transpose(colours.LIGHT)
    eigenvalues, vectors = np.linalg.eigh(covariance)  # ascending: the formula from the covariance itself
    lengths, vectors = np.sqrt(eigenvalues[::-1]), vectors[:, ::-1]
    vectors = vectors * np.sign((vectors * np.array(colours.LIGHT)).sum(0))
    wanted = 255 * (alphas * lengths) @ vectors.T
    some = floats(2) * 0.3 + 90
    ours = colours.lit(torch.tensor(alphas, dtype=torch.float32), some.mean((2, 3))).over(some) - some
    np.testing.assert_allclose(ours.mean((2, 3)).numpy(), wanted, atol=0.05)


def test_blur() -> None:
    for deviation in (0.4, 1.5, 2.6):
        ours = filters.blurred(floats(), torch.full((4,), deviation), 8)
        agree(ours, vision.gaussian_blur(floats(), [17, 17], [deviation, deviation]), within=0.01)


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    grey = torch.full((2, 3, 100, 100), 128.0)
    grained = filters.grained(grey, torch.tensor([5.0, 20.0]), torch.Generator().manual_seed(7))
    torch.testing.assert_close(grained.std((1, 2, 3)), torch.tensor([5.0, 20.0]), rtol=0.03, atol=0)
    assert grained.mean() == pytest.approx(128, abs=0.3)


def test_erasing() -> None:
    area, aspect = torch.tensor([0.25]), torch.tensor([0.5])
    ours = filters.erased(floats(1), area, aspect, torch.tensor([0.5]), torch.tensor([0.25]))
    theirs = vision.erase(floats(1), 6, 12, 24, 24, torch.full((3, 1, 1), filters.COVER))
    assert torch.equal(ours, theirs)
    many = filters.erased(torch.zeros(99, 3, 60, 60), torch.full((99,), 0.3), *torch.rand(3, 99))
    assert (many > 0).float().mean((1, 2, 3)).sub(0.3).abs().max() < 0.03


@pytest.mark.parametrize(
    ("ranges", "reference"), [(policies.TRIVIAL, TrivialAugmentWide()), (policies.RAND, RandAugment())]
)
@pytest.mark.parametrize("change", policies.CHANGES)
def test_changes_of_the_automatic_policies(change: str, ranges: policies.Ranges, reference: RandAugment) -> None:
    name = dict(zip(policies.CHANGES, reference._AUGMENTATION_SPACE, strict=True))[change]
    space, signed = reference._AUGMENTATION_SPACE[name]
    bins, side, share = space(31, SIZE, SIZE), -1.0 if signed else 1.0, 13 / 30
    magnitude = float(bins[13]) if bins is not None else 0.0
    if change.startswith("shift"):  # theirs are of whole pixels, and TrivialAugment's do not grow with the picture
        magnitude = float(round(share * ranges.shift * SIZE))
        share = magnitude / SIZE / ranges.shift
    which = torch.full((4,), policies.CHANGES.index(change))
    drawn = policies.Drawn(which, torch.full((4,), share), torch.full((4,), side), ranges)
    ours = policies.recoloured(warp.warp(floats(), policies.matrices(drawn)), drawn)

    def theirs(pictures: Tensor) -> Tensor:
        changed: Tensor = reference._apply_image_or_video_transform(
            pictures, name, side * magnitude, interpolation=BILINEAR, fill={}
        )
        return changed

    whole = change in ("equalize", "posterize", "solarize", "autocontrast")
    wanted = theirs(floats().to(torch.uint8)).float() if whole else theirs(floats() / 255) * 255
    geometric = change.startswith(("sh", "rot")) and change != "sharpness"
    agree(ours, wanted, inside(theirs) if geometric else None, within=1.01 if change == "autocontrast" else 0.05)


def test_the_policies_draw_every_change_about_equally() -> None:
    numbers = torch.rand(14_000, 3, generator=torch.Generator().manual_seed(9))
    drawn = policies.draw(numbers, policies.TRIVIAL, None)
    counts = torch.bincount(drawn.which, minlength=14)
    assert len(counts) == 14
    assert counts.min() > 850
    assert set(torch.unique(drawn.strength * 30).round().int().tolist()) == set(range(31))


@pytest.mark.parametrize("choices", EACH, ids=lambda choices: "-".join(map(str, choices.values())))
def test_each_choice_changes_pictures_as_the_seed_says_and_alone(choices: dict[str, object]) -> None:
    some = pictures(8)
    state = torch.get_rng_state()
    changed = augment(some, only(**choices), 11)
    assert torch.equal(torch.get_rng_state(), state)
    assert changed.dtype == torch.uint8
    assert changed.shape == some.shape
    assert not torch.equal(changed, some)
    assert torch.equal(changed, augment(some, only(**choices), 11))
    assert not torch.equal(changed, augment(some, only(**choices), 12))
    assert all((one != other).any() for one, other in itertools.pairwise(changed))


def test_a_picture_is_changed_alike_whoever_shares_its_batch() -> None:
    everything = only(**{name: value for choices in EACH for name, value in choices.items() if name != "noise"})
    some = pictures(6)
    torch.testing.assert_close(
        augmented(some, everything, 3)[:2], augmented(some[:2], everything, 3), atol=0.01, rtol=0
    )


def test_switching_one_choice_on_leaves_what_the_others_draw() -> None:
    plain, more = (
        augmented(pictures(), only(smallest_crop=0.5), 3),
        augmented(pictures(), only(smallest_crop=0.5, noise=1e-6), 3),
    )
    assert (plain - more).abs().max() < 0.01


def test_nothing_on_gives_the_pictures_as_they_are() -> None:
    some = pictures()
    assert augment(some, only(), 1) is some
    assert len(augment(some[:0], only(flip=True), 1)) == 0
    assert {row.name for row in AUGMENTATIONS} >= {"crop", "flip", "automatic", "erase", "pca_colour"}


def shown(augmentation: Augmentation, count: int = 4) -> Pictures:
    preprocessing = Preprocessing(SIZE, "crop", (0.4, 0.5, 0.6), (0.2, 0.25, 0.3))
    return Pictures(pictures(count).numpy(), torch.zeros(count, dtype=torch.long), preprocessing, augmentation)


@pytest.mark.parametrize("choices", [{}, *EACH], ids=lambda choices: "-".join(map(str, choices.values())))
def test_what_is_learned_from_is_what_the_preview_shows(choices: dict[str, object]) -> None:
    """But for rounding to whole values; and channels last, as convolutions like it."""
    some = shown(only(**choices))
    given = some.inputs(torch.arange(4), 3)
    seen = normalise(augment(pictures(), only(**choices), 3), some.preprocessing)
    assert given.is_contiguous(memory_format=torch.channels_last)
    assert (given - seen).abs().max() <= 0.502 / 255 / 0.2


@pytest.mark.parametrize("choices", [choices for choices in EACH if not choices.keys() & {"noise", "automatic"}])
def test_on_a_graphics_card_nothing_is_left_on_the_processor(
    choices: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By torch's stand-in for a card that is not there, which follows where every tensor lies. Noise and policies need
    numbers, which it does not have."""
    monkeypatch.setattr(Tensor, "__bool__", lambda tensor: True)  # perspective, which does all that warps do
    drawer = torch.Generator()
    monkeypatch.setattr(torch, "Generator", lambda device=CPU: drawer)
    look = shown(only())
    with FakeTensorMode(allow_non_fake_inputs=True):
        some = torch.empty(4, SIZE, SIZE, 3, dtype=torch.uint8, device="cuda:1")
        given = look._varied(some, only(**choices), 3)
        plain = normalise(some, look.preprocessing)
    assert given.device == plain.device == torch.device("cuda", 1)


def test_only_cuda_varies_its_own_pictures() -> None:
    assert varied_on(torch.device("cuda", 1)) == torch.device("cuda", 1)
    assert varied_on(torch.device("mps")) == varied_on(CPU) == CPU


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA card on this machine")
@pytest.mark.parametrize("choices", EACH, ids=lambda choices: "-".join(map(str, choices.values())))
def test_a_graphics_card_and_the_processor_make_the_same(choices: dict[str, object]) -> None:
    some, card = shown(only(**choices), 8), torch.device("cuda")
    here, there = some.inputs(torch.arange(8), 3), some.inputs(torch.arange(8), 3, card)
    assert there.device.type == "cuda"
    if "noise" not in choices:  # each draws its own grain
        assert (here - there.cpu()).abs().quantile(0.999) < 0.05
