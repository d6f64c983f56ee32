"""With words a third longer, as in many languages, and with letters as wide as Korean ones, every page fits: nothing
scrolls sideways, not even within a card."""

import re

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QAbstractScrollArea, QPushButton, QScrollArea

from core.events import Batch
from gui.opening import read_runs
from gui.pages.augment import AugmentPage
from gui.pages.backbone import BackbonePage
from gui.pages.data import DataPage
from gui.pages.evaluate import EvaluatePage
from gui.pages.export import ExportPage
from gui.pages.learn import LearnPage
from gui.pages.predict import PredictPage
from gui.pages.runs import RunsPage
from gui.pages.settings import SettingsPage
from gui.pages.strategy import StrategyPage
from gui.pages.train import TrainPage
from gui.widgets.fold import Fold
from tests.gui.frame import BACKBONES

KEPT = re.compile(r"(\{[^}]*\}|%n|%[0-9]|&|\n)")
WIDTH = 1280 - 224 - 272  # the rail and the why panel beside it; at 1024 pixels the panel folds away


class Long(QTranslator):
    """Every word a third longer."""

    def stretched(self, word: str) -> str:
        return word + word[-1] * -(-len(word) // 3)

    def translate(self, context: str, text: str | bytes, comment: str | None = None, number: int = -1) -> str:
        text = text.decode() if isinstance(text, bytes) else text
        return "".join(part if KEPT.fullmatch(part) else self._long(part) for part in KEPT.split(text))

    def _long(self, text: str) -> str:
        return re.sub(r"\w+", lambda found: self.stretched(found.group()), text)


class Wide(Long):
    """Half as many letters, twice as wide: what Hangul looks like beside English."""

    def stretched(self, word: str) -> str:
        return "가" * -(-len(word) // 2)


@pytest.fixture(params=[Long, Wide], ids=["a third longer", "as wide as Korean"])
def language(request):
    translator = request.param()
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


@pytest.mark.parametrize(
    "kind",
    [
        DataPage,
        EvaluatePage,
        ExportPage,
        PredictPage,
        AugmentPage,
        BackbonePage,
        LearnPage,
        RunsPage,
        SettingsPage,
        StrategyPage,
        TrainPage,
    ],
)
def test_nothing_scrolls_sideways(qtbot, kind, language, advised, make_run, project, show):
    advised.board.set_result("list_backbones", BACKBONES)
    make_run("2026-11-22-1000-01")
    make_run("2026-11-22-1000-02", strategy="fine_tune_all", optimizer__learning_rate=0.003)
    advised.run_list.fill(project.runs_folder, read_runs(project.runs_folder))
    page = show(kind, advised, WIDTH, 680)
    for fold in page.findChildren(Fold):
        fold.button.setChecked(True)
    _check(page, qtbot)


def test_the_hands_on_a_running_training_fit(qtbot, language, advised, engine, show):
    advised.set_value("strategy.kind", "fine_tune_top")
    page = show(TrainPage, advised, WIDTH, 680)
    page.primary.click()
    batch = Batch(job=engine.begin(), count=1, step=1, epoch=1, loss=0.5, learning_rates={"head": 0.01})
    engine.received.emit(batch)
    qtbot.waitUntil(lambda: page.hands.isVisible())
    page.hands.discard.click()
    _check(page, qtbot)


def _check(page, qtbot):
    qtbot.wait(100)
    for button in page.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), button.text()
    for area in page.findChildren(QAbstractScrollArea):
        if isinstance(area, QScrollArea) and area.isVisible():
            over = area.widget().minimumSizeHint().width() - area.viewport().width()
            assert over <= 0, (area.accessibleName() or area.objectName() or type(area.parent()).__name__, over)
