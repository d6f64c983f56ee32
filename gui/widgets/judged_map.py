"""The tab Map: the pictures as the model sees them, and those that are unlike all it learned from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.requests import Map
from gui import theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.judged_layout import headed_card, row_in
from gui.widgets.map_plot import MapPlot
from gui.widgets.saving import SaveButton
from gui.widgets.thumbnail_wall import ThumbnailWall, Tile

if TYPE_CHECKING:
    from gui.session import Session


class MapTab(QWidget):
    """`opened(tile)`: look at it large."""

    opened = Signal(object)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._run: Path | None = None
        self._found: Mapping[str, Any] = {}
        self._strange: Sequence[Mapping[str, Any]] = ()
        self.plot = MapPlot(self.tr("Map of the pictures"))
        self.plot.picked.connect(self._pick)
        self.draw_button = buttons.plain_button(self.tr("Draw the map"), "search")
        self.draw_button.clicked.connect(lambda: self.ask("pca"))
        self.umap_button = buttons.plain_button(self.tr("UMAP"), why=self.tr("Lay them out by their neighbours"))
        self.umap_button.clicked.connect(lambda: self.ask("umap"))
        self.umap_button.hide()
        self.said = labels.quiet()
        self.strange_said = labels.body()
        self.strange = ThumbnailWall(self.tr("Unlike all training pictures"))
        self.strange.opened.connect(self.opened)
        self._lay_out()
        explain(
            self.plot,
            Why(
                self.tr("The map"),
                self.tr(
                    "Each dot is a picture; those that the model sees as alike lie together. Filled dots it learned "
                    "from, rings were held out.\n\nClasses that overlap are hard to tell apart. A dot deep inside "
                    "another class is often a wrong label; a cloud of its own within a class may deserve a class of "
                    "its own.\n\nPress a dot to see its picture, or walk with the arrows and press Enter. A plane "
                    "shows only part of the truth: the share is written above."
                ),
            ),
        )
        explain(
            self.strange,
            Why(
                self.tr("Unlike all training pictures"),
                self.tr(
                    "The mean distance to the five nearest training pictures says how strange a picture is. The limit "
                    "is drawn so that 95 of 100 held-out pictures count as known; beyond it, Graft calls a picture "
                    "unknown, whatever probability the model gives.\n\nAre these other things, bad shots, or a "
                    "kind of which there should be more?"
                ),
            ),
        )

    def _lay_out(self) -> None:
        row = row_in(self)
        save = SaveButton("map", self.sheet, lambda: self.plot)
        card = headed_card(self.tr("As the model sees them"), self.draw_button, self.umap_button, save)
        card.body.addWidget(self.said)
        card.body.addWidget(self.plot, 1)
        row.addWidget(card, 3)
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_8)
        self._strange_title = labels.heading(self.tr("Unlike all training pictures"))
        column.addWidget(self._strange_title)
        column.addWidget(self.strange_said)
        column.addWidget(self.strange, 1)
        row.addLayout(column, 2)

    def show_run(self, run: Path | None, why_not: str) -> None:
        if run != self._run:
            self._run, self._found = run, {}
            self._draw()
        for button in (self.draw_button, self.umap_button):
            if why_not:
                buttons.disable(button, why_not)
            else:
                buttons.enable(button)

    def ask(self, method: str) -> None:
        run = self._run
        if run is not None:
            self._session.start(Map(run=str(run), method=method), lambda value: self._take(run, value))

    def _take(self, run: Path, value: Mapping[str, Any]) -> None:
        if run == self._run:
            self._found = value
            self._draw()

    def _draw(self) -> None:
        found = self._found
        points = list(found.get("points") or ())
        self.plot.show_points(points, list(found.get("classes") or ()))
        self.umap_button.setVisible("umap" in (found.get("methods") or ()))
        self.draw_button.setText(self.tr("Draw again") if points else self.tr("Draw the map"))
        share = found.get("share")
        if not points:
            self.said.setText(self.tr("Pictures that the model sees as alike lie together."))
        elif share is not None:
            text = self.tr("Two directions of many: they show {share} of all differences.")
            self.said.setText(text.format(share=words.percent(float(share))))
        else:
            self.said.setText(
                self.tr("Laid out by neighbours (UMAP): what lies close is alike; wide distances mean little.")
            )
        self._draw_strange()

    def _draw_strange(self) -> None:
        found = self._found
        limit = float(found.get("limit") or 0.0)
        judged = [point for point in found.get("points") or () if point["strangeness"] is not None]
        strange = sorted(
            (point for point in judged if point["strangeness"] > limit), key=lambda point: -float(point["strangeness"])
        )
        self.strange_said.setText(
            self.tr("{some} of {all} held-out pictures, the strangest first.").format(
                some=words.count(len(strange)), all=words.count(len(judged))
            )
            if judged
            else ""
        )
        for part in (self._strange_title, self.strange_said, self.strange):
            part.setVisible(bool(judged))
        self._strange = strange
        self._session.shelf.look_up([str(point["path"]) for point in strange], self._draw_wall)
        self._draw_wall()

    def _draw_wall(self) -> None:
        self.strange.show_tiles([self._tile(point) for point in self._strange])

    def _tile(self, point: Mapping[str, Any]) -> Tile:
        path = str(point["path"])
        picture = self._session.picture_at(path)
        file = (self._session.folder or Path()) / path
        strange = point["strangeness"]
        detail = "" if strange is None else self.tr("distance {number}").format(number=f"{float(strange):.2f}")
        return Tile(
            picture=self._session.thumbnail_of(picture) if picture is not None else file,
            title=str(point["label"]),
            detail=detail,
            tip=path,
            file=file,
        )

    def _pick(self, number: int) -> None:
        self.opened.emit(self._tile(self.plot.points[number]))

    def step(self, by: int) -> None:
        self.strange.step(by)

    def sheet(self) -> list[list[object]]:
        keys = ("path", "part", "label", "x", "y", "strangeness")
        titles: list[object] = list(keys)
        return [titles, *([point[key] for key in keys] for point in self._found.get("points") or ())]
