"""The first page and the last: opening things, and what concerns the program."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from core.project import network, places
from gui import theme
from gui.pages.settings import SettingsPage
from gui.pages.start import StartPage
from gui.session import Session
from gui.settings import Settings
from gui.widgets.drop_area import DropArea
from resources.samples import PICTURES
from tests.gui.frame import LONG, Engine, picture_folder


@pytest.fixture
def session(qtbot: Any) -> Any:
    standing = Session(Engine(), Settings())  # type: ignore[arg-type]
    yield standing
    standing.close()


@pytest.fixture
def page(session: Session, show: Callable[..., StartPage]) -> StartPage:
    return show(StartPage, session)


def test_the_sample_is_there_and_opens_where_it_lies(page: StartPage, session: Session, qtbot: Any) -> None:
    assert page.sample.isEnabled()
    page.sample.click()
    qtbot.waitUntil(lambda: session.folder == PICTURES, timeout=LONG)
    assert not list(PICTURES.glob("*.sqlite")), "originals are never written"


def test_dropping_a_picture_opens_its_folder(page: StartPage, session: Session, tmp_path: Path, qtbot: Any) -> None:
    folder = picture_folder(tmp_path / "insects", 2)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder / "ants" / "00.png"))])
    area = page.findChild(DropArea)
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    area.dropEvent(drop)
    qtbot.waitUntil(lambda: session.folder == folder / "ants", timeout=LONG)


def test_the_primary_button_asks_for_a_folder(page: StartPage, session: Session, tmp_path: Path, qtbot: Any) -> None:
    folder = picture_folder(tmp_path / "insects", 2)
    page.primary.click()
    dialog = page.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    dialog.fileSelected.emit(str(folder))
    dialog.reject()
    qtbot.waitUntil(lambda: session.folder == folder, timeout=LONG)


def test_recent_projects_are_cards_and_those_that_are_gone_are_not_shown(
    page: StartPage, session: Session, tmp_path: Path, qtbot: Any
) -> None:
    folder = picture_folder(tmp_path / "insects", 4)
    session.settings.remember(tmp_path / "gone")
    session.settings.remember(folder)
    page.refresh()
    qtbot.waitUntil(lambda: len(page._cards.cards) == 1, timeout=LONG)
    card = page._cards.cards[0]
    assert card.accessibleName() == "insects"
    qtbot.keyClick(card, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.folder == folder, timeout=LONG)


def test_a_project_whose_pictures_are_out_of_reach_says_so(
    page: StartPage, session: Session, tmp_path: Path, qtbot: Any
) -> None:
    folder = picture_folder(tmp_path / "insects", 4)
    session.settings.remember(folder)
    folder.rename(tmp_path / "unplugged")
    page.refresh()
    qtbot.waitUntil(lambda: len(page._cards.cards) == 1, timeout=30_000)
    said = [label.text() for label in page._cards.cards[0].findChildren(QLabel)]
    assert "Its pictures are out of reach" in said


def test_settings_survive_nonsense_in_their_file(graft_home: Path) -> None:
    graft_home.mkdir()
    (graft_home / "window.ini").write_text("[General]\ntheme=purple\nrecent=@Invalid()\ngeometry=7\n\x00[[[\n")
    settings = Settings()
    assert settings.theme == "system"
    assert settings.recent() == []
    assert settings.bytes("geometry").isEmpty()


def test_recent_folders_keep_the_last_first_and_once(tmp_path: Path) -> None:
    settings = Settings()
    for name in ("a", "b", "a", *map(str, range(20))):
        settings.remember(tmp_path / name)
    names = [path.name for path in Settings().recent()]
    assert names[0] == "19"
    assert len(names) == len(set(names)) == 12


def test_the_theme_is_chosen_at_once_and_kept(
    session: Session, show: Callable[..., SettingsPage], qapp: QApplication
) -> None:
    page = show(SettingsPage, session)
    page.theme.setCurrentIndex(theme.CHOICES.index("dark"))
    page.theme.activated.emit(page.theme.currentIndex())
    assert theme.is_dark()
    assert Settings().theme == "dark"
    theme.apply(qapp, "light")


def test_the_caches_are_measured_and_cleared_and_nothing_else(
    session: Session, show: Callable[..., SettingsPage], qtbot: Any
) -> None:
    projects = places.data_folder() / "projects"
    for folder in (places.cache_folder() / "features" / "x", places.weights_folder(), projects):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"0" * 3_000_000)
    page = show(SettingsPage, session)
    qtbot.waitUntil(lambda: page.cache_said.text().startswith("3"), timeout=LONG)
    page.clear.click()
    qtbot.waitUntil(lambda: page.cache_said.text().startswith("0"), timeout=LONG)
    assert page.weights_said.text().startswith("3")
    assert (places.data_folder() / "projects" / "file").exists()


def test_a_mirror_and_a_proxy_are_kept_and_what_is_set_outside_goes_before(
    session: Session, show: Callable[..., SettingsPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (network.MIRROR_VARIABLE, *network.PROXY_VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    page = show(SettingsPage, session)
    page.mirror.setText("https://mirror.example")
    page.mirror.editingFinished.emit()
    assert network.chosen() == network.Network("https://mirror.example", "")
    page.proxy.setText("proxy:3128")
    page.proxy.editingFinished.emit()
    assert "https://" in page.banners()[0].text
    assert network.chosen().proxy == ""
    monkeypatch.setenv("HTTPS_PROXY", "http://outside:1")
    again = show(SettingsPage, session)
    assert again.mirror.text() == "https://mirror.example"
    assert (again.proxy.isEnabled(), again.proxy.text()) == (False, "http://outside:1")
    assert "HTTPS_PROXY" in again.proxy.toolTip()
