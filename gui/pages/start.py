"""The page without a project: drop a folder, open one from before, or try the sample pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from gui import asking, theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.drop_area import DropArea
from gui.widgets.flow import Flow
from gui.widgets.mosaic import Mosaic
from gui.widgets.page import Page
from gui.widgets.wrap import WrapRow
from resources.samples import PICTURES

if TYPE_CHECKING:
    from gui.recent import Recent
    from gui.session import Session

CARD_WIDTH = 216


class StartPage(Page):
    name = "start"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, "Graft")
        self.setAccessibleName(self.tr("Start"))
        self.set_status(self.tr("Teach a pretrained network to tell your own pictures apart."))
        self.set_primary(self.tr("Open a folder…"))
        drop = DropArea(
            self.tr("Drop a folder of pictures here"),
            self.tr(
                "One folder inside it for each class; or a table (.csv, .tsv), or an archive (.zip, .tar). "
                "Your pictures stay where they are and are never changed."
            ),
        )
        drop.clicked.connect(self.primary_action)
        drop.dropped.connect(self._dropped)
        self.body.addWidget(drop)
        self.body.addLayout(self._sample_row())
        self._heading = labels.heading(self.tr("Recent"))
        self._cards = Flow(CARD_WIDTH)
        self.body.addSpacing(theme.SPACE_8)
        self.body.addWidget(self._heading)
        self.body.addWidget(self._cards)
        self.body.addStretch(1)
        self._shown: list[Recent] = []
        self._heading.hide()

    def _sample_row(self) -> WrapRow:
        self.sample = buttons.plain_button(self.tr("Try with the sample pictures"), "play")
        self.sample.clicked.connect(self._open_sample)
        explain(
            self.sample,
            Why(
                self.tr("The sample pictures"),
                self.tr(
                    "A small collection that comes with Graft, drawn for it, so that you can see the whole job from "
                    "the first look to the finished model before you bring your own pictures."
                ),
            ),
        )
        row = WrapRow(12)
        row.addWidget(self.sample)
        row.addWidget(labels.one_line(labels.quiet(self.tr("The whole job in a minute, nothing to prepare."))))
        row.addStretch()
        self.file = buttons.plain_button(self.tr("Open a table or an archive…"), why=self.tr("Ctrl+Shift+O"))
        self.file.clicked.connect(self._ask_for_file)
        row.addWidget(self.file)
        if not PICTURES.is_dir():
            buttons.disable(self.sample, self.tr("The sample pictures are not installed."))
        return row

    def primary_action(self) -> None:
        title = self.tr("Open a folder of pictures")
        asking.for_folder(self, title, self.session.settings, self.session.open_folder)

    def _ask_for_file(self) -> None:
        title = self.tr("Open a table or an archive")
        asking.for_table_or_archive(self, title, self.session.settings, self.session.open_folder)

    def refresh(self) -> None:
        if not self.window().isVisible():
            return  # before the first paint nothing is read
        folders = self.session.settings.recent()
        self.session.background.run(lambda: _read(folders), self._show)

    def default_why(self) -> Why:
        return Why(
            self.tr("What happens here"),
            self.tr(
                "A network that has seen a million photographs already knows edges, textures and shapes. Graft keeps "
                "that knowledge and teaches it only what is new: the classes in your folder.\n\n"
                "So a few dozen pictures of each class are often enough, and training takes seconds or minutes, not "
                "days.\n\n"
                "Nothing leaves this machine: no account, no upload."
            ),
            self.tr("How a network learns"),
            "learn",
        )

    def _open_sample(self) -> None:
        self.session.open_folder(PICTURES)

    def _dropped(self, paths: list[Path]) -> None:
        self.session.open_together(paths)

    def _show(self, found: "list[Recent]") -> None:
        if found == self._shown:
            return
        self._shown = found
        self._heading.setVisible(bool(found))
        self._cards.show_cards([self._card(recent) for recent in found])

    def _card(self, recent: "Recent") -> Card:
        card = Card(clickable=True)
        card.setAccessibleName(recent.name)
        card.body.setContentsMargins(8, 8, 8, 12)
        card.body.addWidget(Mosaic(recent.thumbnails))
        column = QVBoxLayout()
        column.setContentsMargins(4, 0, 4, 0)
        column.setSpacing(theme.SPACE_4)
        head = QHBoxLayout()
        name = labels.NameLabel(recent.name, strong=True)
        name.setToolTip(str(recent.folder))
        head.addWidget(name, 1)
        if recent.accuracy is not None:
            head.addWidget(labels.one_line(labels.label(words.percent(recent.accuracy[0]), strong=True, tabular=True)))
        column.addLayout(head)
        pictures = words.plural(self.tr("%n picture(s)", "", recent.pictures), recent.pictures)
        column.addWidget(labels.one_line(labels.caption(f"{pictures} · {words.when(recent.when)}")))
        if not recent.here:
            away = labels.label(self.tr("Its pictures are out of reach"), theme.CAPTION, role="careful")
            away.setToolTip(str(recent.folder))
            column.addWidget(away)
        card.body.addLayout(column)
        card.clicked.connect(lambda: self.session.open_folder(recent.folder))
        return card


def _read(folders: list[Path]) -> "list[Recent]":
    from gui.recent import read_recent

    return read_recent(folders)
