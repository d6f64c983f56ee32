"""The Backbone page: what is here, what can be had, and bringing weights in from a file."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from core.requests import DiscardDownload, FetchBackbone, ImportBackbone, MeasureBackbone, PackBackbones, ReadCatalogue
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
    here = [dict(row, local=True, default=row["name"] == "resnet18") for row in BACKBONES["backbones"]]
    opened.board.set_result("list_backbones", {"backbones": here})
    page = show(BackbonePage, opened)
    page.tabs.setCurrentIndex(2)
    page.rank.go.click()
    assert len(engine.asked("Rank")) == 1
    row = {"logme": 0.1, "low": 0.8, "high": 0.97}
    ranked = [
        {"name": "vit_tiny", "probe_accuracy": 0.93, "milliseconds_per_picture": 30.0, **row},
        {"name": "resnet18", "probe_accuracy": 0.9, "milliseconds_per_picture": 20.0, **row},
    ]
    engine.answer("Rank", {"backbones": ranked})
    qtbot.waitUntil(lambda: page.rank.plot.isVisible(), timeout=2000)
    assert [line[0] for line in page.rank.table.texts()] == ["◆ ViT Tiny", "◆ ResNet-18"]
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


ZOO = {
    "backbones": [
        *BACKBONES["backbones"],
        {
            **BACKBONES["backbones"][1], "name": "convnext_large", "title": "ConvNeXt Large", "family": "ConvNeXt",
            "parameters": 197_000_000, "accuracy": None, "licence": "cc-by-nc-4.0", "licence_use": "no_commerce",
            "variant": "fb_in22k_ft_in1k", "variants": ["fb_in1k", "clip_laion2b"], "download_bytes": 700_000_000,
        },
    ],
    "uncounted": 0,
}  # fmt: skip


@pytest.fixture
def zoo(page: BackbonePage, session: Session, engine: Engine, qtbot: Any) -> BackbonePage:
    """The page with the whole table open."""
    page.tabs.setCurrentIndex(1)
    assert engine.asked("ReadCatalogue") == [ReadCatalogue()]
    engine.answer("ReadCatalogue", ZOO)
    qtbot.waitUntil(lambda: len(page.table.model.rows) == 3, timeout=2000)
    return page


def names(page: BackbonePage) -> list[str]:
    return [str(row["name"]) for row in page.table.shown()]


def test_the_whole_table_is_searched_filtered_and_sorted(zoo: BackbonePage) -> None:
    table = zoo.table
    assert names(zoo) == ["resnet18", "vit_tiny", "convnext_large"]
    table.search.setText("laion convnext")
    assert names(zoo) == ["convnext_large"]
    table.search.setText("")
    table.here.setChecked(True)
    assert names(zoo) == ["resnet18"]
    table.here.setChecked(False)
    table.commercial.setChecked(True)
    assert "convnext_large" not in names(zoo)
    table.commercial.setChecked(False)
    table.sizes.setCurrentIndex(4)
    table.sizes.activated.emit(4)
    assert names(zoo) == ["convnext_large"]
    table.sizes.setCurrentIndex(0)
    table.sizes.activated.emit(0)
    table.view.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert names(zoo) == ["vit_tiny", "resnet18", "convnext_large"]
    texts = [str(table.filter.index(2, column).data()).replace("\u00a0", " ") for column in range(8)]
    assert texts[2:] == ["197.0 M", "224", "", "700 MB", "", "cc-by-nc-4.0: no commercial use"]
    assert not table.grab().isNull()


def test_the_table_is_walked_by_keyboard_and_enter_downloads(zoo: BackbonePage, engine: Engine, qtbot: Any) -> None:
    view = zoo.table.view
    view.setFocus()
    view.setCurrentIndex(zoo.table.filter.index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert zoo.details.name.text() == "ViT Tiny"
    assert zoo.primary.text() == "Download ViT Tiny"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert engine.asked("FetchBackbone") == [FetchBackbone(name="vit_tiny")]


def test_any_other_name_of_timm_can_be_typed(zoo: BackbonePage, engine: Engine) -> None:
    zoo.table.search.setText("my_new_net.v2")
    assert zoo.table.typed.isVisible()
    zoo.table.typed.click()
    assert engine.asked("FetchBackbone") == [FetchBackbone(name="my_new_net.v2")]
    engine.fail("FetchBackbone", "NO_SUCH_BACKBONE", name="my_new_net.v2")


def test_another_edition_of_the_weights_can_be_chosen(zoo: BackbonePage, engine: Engine) -> None:
    zoo.table.view.setCurrentIndex(zoo.table.filter.index(2, 0))
    variants = zoo.details.variants
    assert [variants.itemText(n) for n in range(3)] == ["fb_in22k_ft_in1k (usual)", "fb_in1k", "clip_laion2b"]
    assert "no commercial use" in zoo.details.licence.text()
    variants.setCurrentIndex(1)
    variants.activated.emit(1)
    assert zoo.primary.text() == "Download ConvNeXt Large (fb_in1k)"
    zoo.primary.click()
    assert engine.asked("FetchBackbone") == [FetchBackbone(name="convnext_large.fb_in1k")]


def test_a_download_is_paused_goes_on_and_can_be_given_up(
    page: BackbonePage, session: Session, engine: Engine, qtbot: Any
) -> None:
    card(page, "vit_tiny").clicked.emit()
    page.primary.click()
    bar = page.details.bar
    engine.advance("FetchBackbone", 5_000_000, 20_000_000, "download")
    qtbot.waitUntil(lambda: bar.bar.value() == 250, timeout=2000)
    assert bar.pause.isVisible()
    bar.pause.click()
    assert engine.cancelled == [engine.sent[-1][0]]
    engine.stop("FetchBackbone")
    paused = [
        {**row, "partial": {"done": 5_000_000, "total": 20_000_000} if row["name"] == "vit_tiny" else None}
        for row in BACKBONES["backbones"]
    ]
    engine.answer("ListBackbones", {"backbones": paused})
    qtbot.waitUntil(lambda: bar.go_on.isVisible(), timeout=2000)
    assert page.primary.text() == "Go on downloading ViT Tiny"
    assert bar.said.text().replace("\u00a0", " ") == "Paused: 5.0 MB of 20 MB are here"
    bar.go_on.click()
    assert len(engine.asked("FetchBackbone")) == 2
    engine.fail("FetchBackbone", "NETWORK", host="a host", reason="no route")
    qtbot.waitUntil(lambda: bar.discard.isVisible(), timeout=2000)
    bar.discard.click()
    assert engine.asked("DiscardDownload") == [DiscardDownload(name="vit_tiny")]


def test_stages_are_drawn_as_blocks(page: BackbonePage, engine: Engine, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: bool(engine.asked("DescribeBackbone")), timeout=3000)
    stages = [
        {"index": n, "name": f"layer{n}", "channels": 64 * 2**n, "resolution": 56 // 2**n, "parameters": 1000 * 4**n}
        for n in range(4)
    ]
    engine.answer("DescribeBackbone", {"name": "resnet18", "stages": stages, "features": 512, "image_size": 224})
    blocks = page.details.blocks
    qtbot.waitUntil(lambda: len(blocks.stages) == 4, timeout=2000)
    shapes = [blocks.rect_of(number) for number in range(4)]
    assert [shape.height() for shape in shapes] == sorted((shape.height() for shape in shapes), reverse=True)
    assert [shape.width() for shape in shapes] == sorted(shape.width() for shape in shapes)
    assert all(left.right() < right.left() for left, right in itertools.pairwise(shapes))
    assert "Stage 4 ends with layer3: 7 × 7 places, 512 channels" in blocks.accessibleDescription()
    assert not blocks.grab().isNull()


SPEED = {
    "way": "bf16", "milliseconds": 2.5, "batch": 32, "complete": True, "failed": {},
    "ways": [
        {"way": "bf16", "rate": 400.0, "setup": 0.1, "cosine": 0.997, "answers": 1.0, "right": True},
        {"way": "fp32", "rate": 200.0, "setup": 0.0, "cosine": 1.0, "answers": 1.0, "right": True},
    ],
}  # fmt: skip


def test_speed_is_measured_when_all_is_calm_and_shown_and_may_be_overruled(
    page: BackbonePage, session: Session, engine: Engine, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.details._look.stop()
    for job in session.jobs:
        session.cancel(job)
        engine.stop(type(job.request).__name__)
    page.errands._do_one()
    assert engine.asked("MeasureBackbone") == [MeasureBackbone(name="resnet18")]
    engine.answer("MeasureBackbone", {"name": "resnet18", **SPEED})
    rows = [{**row, "speed": SPEED if row["local"] else None} for row in BACKBONES["backbones"]]
    engine.answer("ListBackbones", {"backbones": rows})
    qtbot.waitUntil(lambda: page.details.speed.isVisible(), timeout=2000)
    assert page.details.speed.text() == "2.5 ms a picture here (torch, bf16)"
    assert "400 pictures a second" in page.details.speed.toolTip()
    page.details.ways.setCurrentIndex(2)
    page.details.ways.activated.emit(2)
    assert session.recipe.training.features == "fp32"
    page.errands._do_one()
    assert len(engine.asked("MeasureBackbone")) == 1


def test_a_pack_holds_what_is_ticked(page: BackbonePage, engine: Engine, qtbot: Any, tmp_path: Path) -> None:
    page.pack_button.click()
    form = page.pack_form
    assert form.isVisible()
    assert form.ticked == ("resnet18",)
    form.pack(str(tmp_path / "pack.zip"))
    assert engine.asked("PackBackbones") == [PackBackbones(names=("resnet18",), out=str(tmp_path / "pack.zip"))]
    engine.answer("PackBackbones", {"path": str(tmp_path / "pack.zip"), "names": ["resnet18"]})
    assert "pack.zip" in form.said.text()
    form.boxes["resnet18"].click()
    assert not form.go.isEnabled()
    assert "Tick" in form.go.toolTip()


def test_a_dropped_file_of_weights_opens_the_form_and_a_folder_does_not(page: BackbonePage, tmp_path: Path) -> None:
    weights = tmp_path / "resnet34.pth.tar"
    weights.write_bytes(b"x")
    for path, taken in ((tmp_path, False), (weights, True)):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        point, actions = QPoint(20, 20), Qt.DropAction.CopyAction
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(point, actions, mime, buttons, keys)
        page.dragEnterEvent(enter)
        assert enter.isAccepted() == taken
        page.dropEvent(QDropEvent(point.toPointF(), actions, mime, buttons, keys))
        assert page.import_form.isVisible() == taken
    assert page.import_form.path.text() == str(weights)
    assert page.import_form.network.text() == "resnet34"


def test_a_chosen_backbone_that_is_not_here_is_offered_for_download(page: BackbonePage, session: Session) -> None:
    session.set_value("backbone.name", "vit_tiny")
    page.refresh()
    assert page.primary.text() == "Download ViT Tiny"
    assert card(page, "vit_tiny").selected
