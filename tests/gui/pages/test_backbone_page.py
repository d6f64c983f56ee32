"""The Backbone page: what is here, what can be had, and bringing weights in from a file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from core.requests import ImportBackbone
from gui.pages.backbone import BackbonePage
from gui.session import Session
from gui.settings import Settings
from gui.widgets.backbone_card import BackboneCard
from gui.widgets.import_form import numbers_in
from gui.widgets.rank_plot import Ranked, front
from tests.gui.frame import BACKBONES, NO_BACKBONES, Engine, picture_folder, scanned


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def opened(engine: Engine, tmp_path: Path, qtbot: Any) -> Iterator[Session]:
    """A session with pictures on disk, scanned."""
    session = Session(engine, Settings())  # type: ignore[arg-type]
    session.open_folder(picture_folder(tmp_path / "insects"))
    qtbot.waitUntil(lambda: bool(engine.asked("ListBackbones")), timeout=5000)
    engine.answer("Scan", scanned())
    yield session
    session.close()


@pytest.fixture
def went(session: Session) -> list[str]:
    pages: list[str] = []
    session.go_to.connect(pages.append)
    return pages


@pytest.fixture
def page(session: Session, show: Callable[..., BackbonePage]) -> BackbonePage:
    session.board.set_result("list_backbones", BACKBONES)
    return show(BackbonePage, session)


@pytest.fixture
def bare(session: Session, show: Callable[..., BackbonePage]) -> BackbonePage:
    session.board.set_result("list_backbones", NO_BACKBONES)
    return show(BackbonePage, session)


def card(page: BackbonePage, name: str) -> BackboneCard:
    return next(card for card in page._cards() if card.row["name"] == name)


def test_what_is_here_stands_first_and_is_used(page: BackbonePage, session: Session, went: list[str]) -> None:
    assert [card.row["name"] for card in page.here.cards] == ["resnet18"]
    assert [card.row["name"] for card in page.elsewhere.cards] == ["vit_tiny"]
    assert card(page, "resnet18").selected
    assert page.primary.text() == "Use ResNet-18"
    page.primary.click()
    assert session.recipe.backbone.name == "resnet18"
    assert went == ["strategy"]


def test_what_is_away_is_downloaded_and_then_used(
    page: BackbonePage, session: Session, engine: Engine, qtbot: Any
) -> None:
    qtbot.keyClick(card(page, "vit_tiny"), Qt.Key.Key_Space)
    assert page.primary.text() == "Download ViT Tiny"
    page.primary.click()
    assert engine.asked("FetchBackbone")[0].name == "vit_tiny"
    qtbot.waitUntil(lambda: not page.primary.isEnabled(), timeout=2000)
    engine.answer("FetchBackbone", {"name": "vit_tiny", "sha256": "0", "path": "x"})
    assert session.recipe.backbone.name == "vit_tiny"
    assert engine.asked("ListBackbones"), "the list is asked for anew"


def test_a_failed_download_says_why(page: BackbonePage, engine: Engine, qtbot: Any) -> None:
    card(page, "vit_tiny").clicked.emit()
    page.primary.click()
    engine.fail("FetchBackbone", "NETWORK", host="a host", reason="no route")
    qtbot.waitUntil(lambda: bool(page.banners()), timeout=2000)
    assert "a host could not be used: no route." in page.banners()[0].text
    assert page.primary.text() == "Download ViT Tiny", "it can be tried again"


def test_with_nothing_here_it_is_said_honestly_and_scratch_is_offered(
    bare: BackbonePage, session: Session, went: list[str]
) -> None:
    assert "not transfer learning" in bare.banners()[0].text
    assert bare.primary.text() == "Go on from scratch"
    bare.primary.click()
    assert session.recipe.strategy.kind == "from_scratch"
    assert went == ["strategy"]


def test_weights_from_a_file(bare: BackbonePage, session: Session, engine: Engine) -> None:
    session.set_value("strategy.kind", "from_scratch")
    bare.import_button.click()
    form = bare.import_form
    assert form.isVisible()
    assert not form.go.isEnabled()
    assert "file" in form.go.toolTip()
    form.path.setText("/weights/mobilenetv2_035.imagenet.safetensors")
    assert form.network.text() == "mobilenetv2_035", "guessed from the file's name"
    form.mean.setText("0.5")
    form.std.setText("0.2, 0.3, 0.4")
    form.padding.setCurrentIndex(1)
    form.go.click()
    assert engine.asked("ImportBackbone") == [
        ImportBackbone(
            path="/weights/mobilenetv2_035.imagenet.safetensors",
            name="mobilenetv2_035",
            settings={"mean": 0.5, "std": (0.2, 0.3, 0.4), "pad_type": "same"},
        )
    ]
    engine.answer("ImportBackbone", {"name": "mobilenetv2_035", "matched": 260, "wanted": 260, "unused": ["a", "b"]})
    assert form.said.text() == "260 of 260 tensors fit; 2 were not needed."
    assert session.recipe.backbone.name == "mobilenetv2_035"
    assert session.recipe.strategy.kind is None, "with a backbone, scratch is no longer the plan"
    session.undo.undo()
    assert session.recipe.strategy.kind == "from_scratch"


def test_a_file_that_does_not_fit_is_refused_in_plain_words(bare: BackbonePage, engine: Engine) -> None:
    bare.import_button.click()
    form = bare.import_form
    form.path.setText("/weights/evil.pth")
    form.mean.setText("a half")
    form.go.click()
    assert engine.asked("ImportBackbone") == []
    assert "one number or three" in form.said.text()
    form.mean.setText("")
    form.go.click()
    engine.fail("ImportBackbone", "UNSAFE_WEIGHTS", path="/weights/evil.pth")
    assert "holds code" in form.said.text()
    assert form.go.isEnabled()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("", ()), ("0.5", (0.5,)), ("0.485 0.456 0.406", (0.485, 0.456, 0.406)), ("(0.1, 0.2, 0.3)", (0.1, 0.2, 0.3)),
     ("1 2", None), ("half", None)],
)  # fmt: skip
def test_numbers(text: str, numbers: tuple[float, ...] | None) -> None:
    assert numbers_in(text) == numbers


RANKED = [
    Ranked("resnet18", "ResNet-18", 0.92, 0.89, 0.95, 22.0),
    Ranked("mobilenet", "MobileNet", 0.90, 0.86, 0.93, 4.0),
    Ranked("squeezenet", "SqueezeNet", 0.88, 0.84, 0.91, 12.0),
]


def test_the_front_holds_those_that_nothing_beats() -> None:
    assert [row.name for row in front(RANKED)] == ["mobilenet", "resnet18"]
    assert front(RANKED[:1]) == RANKED[:1]


def test_backbones_are_compared_on_the_pictures_and_one_is_chosen_by_a_press(
    opened: Session, engine: Engine, show: Callable[..., BackbonePage], qtbot: Any
) -> None:
    here = [dict(row, local=True) for row in BACKBONES["backbones"]]
    opened.board.set_result("list_backbones", {"backbones": here})
    page = show(BackbonePage, opened)
    page.rank.go.click()
    assert len(engine.asked("Rank")) == 1
    row = {"logme": 0.1, "low": 0.8, "high": 0.97}
    ranked = [
        {"name": "vit_tiny", "probe_accuracy": 0.93, "milliseconds_per_picture": 30.0, **row},
        {"name": "resnet18", "probe_accuracy": 0.9, "milliseconds_per_picture": 20.0, **row},
    ]
    engine.answer("Rank", {"backbones": ranked})
    qtbot.waitUntil(lambda: page.rank.plot.isVisible(), timeout=2000)
    point = page.rank.plot.point(page.rank.plot._rows[1]).toPoint()
    qtbot.mouseClick(page.rank.plot, Qt.MouseButton.LeftButton, pos=point)
    assert opened.recipe.backbone.name == "vit_tiny"
    qtbot.keyClick(page.rank.plot, Qt.Key.Key_Left)
    qtbot.keyClick(page.rank.plot, Qt.Key.Key_Return)
    assert opened.recipe.backbone.name == "resnet18"
    assert not page.rank.plot.grab().isNull()


def test_one_alone_cannot_be_compared(page: BackbonePage) -> None:
    assert not page.rank.go.isEnabled()
    assert page.rank.go.toolTip() == "There must be at least two on this machine."
