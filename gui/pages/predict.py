"""Predict: drop pictures or a folder, see what the model says and how sure it is, take the table away."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from core.errors import UserError
from core.project import atomic
from core.requests import Predict
from gui import pictures_taken, theme, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets.answer_card import AnswerCard
from gui.widgets.card import Card
from gui.widgets.drop_area import DropArea
from gui.widgets.page import Page
from gui.widgets.prediction_filter import PredictionFilter
from gui.widgets.prediction_list import NOT_SURE, UNKNOWN, PredictionList, prediction_of
from gui.widgets.saving import choose_file

if TYPE_CHECKING:
    from core.events import Failed
    from gui.session import Session


class PredictPage(Page):
    name: ClassVar[str] = "predict"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Predict"))
        self._rows: Sequence[Mapping[str, Any]] = ()
        self._table: Path | None = None
        self._model: Path | None = None
        self.drop = DropArea(
            self.tr("Drop new pictures here"),
            self.tr("files, folders or a picture from a browser; paste one with Ctrl+V, or press to choose files"),
            "predict",
        )
        self.drop.takes_pixels = True
        self.drop.dropped.connect(self._predict)
        self.drop.given.connect(self._predict_image)
        self.setAcceptDrops(True)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self).activated.connect(self.paste)
        self.drop.clicked.connect(self._ask_for_files)
        self._listed: list[int] = []
        self.filter = PredictionFilter()
        self.filter.activated.connect(lambda _: self._list())
        self.list = PredictionList()
        self.list.chosen.connect(self._show_one)
        self.one = AnswerCard(session)
        self._lay_out_body()
        self._explain()
        self._show_rows(session.result("predict") or {})

    def _lay_out_body(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(theme.SPACE_8)
        self.files_button = buttons.plain_button(self.tr("Choose pictures…"), "plus")
        self.files_button.clicked.connect(self._ask_for_files)
        self.folder_button = buttons.plain_button(self.tr("Choose a folder…"), "folder")
        self.folder_button.clicked.connect(self._ask_for_folder)
        self.save_button = buttons.plain_button(self.tr("Save as CSV…"), "download")
        self.save_button.clicked.connect(self._ask_where_to_save)
        tools.addWidget(self.files_button)
        tools.addWidget(self.folder_button)
        tools.addStretch(1)
        tools.addWidget(self.save_button)
        self.body.addLayout(tools)
        self._answers = self._results()
        for part in (self.drop, self._answers):  # one of them is seen
            self.body.addWidget(part, 1)

    def _results(self) -> QWidget:
        place = QWidget()
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_16)
        listed = Card()
        listed.body.setContentsMargins(theme.SPACE_8, theme.SPACE_8, theme.SPACE_8, theme.SPACE_8)
        listed.body.addWidget(self.filter)
        listed.body.addWidget(self.list, 1)
        row.addWidget(listed, 3)
        row.addWidget(self.one, 2)
        return place

    def _explain(self) -> None:
        explain(
            self.list,
            Why(
                self.tr("How sure is it?"),
                self.tr(
                    "The bar is the probability that the model gives its own answer. Near 100 % it has seen much that "
                    "looks like this. Near the middle it wavers: look yourself.\n\n"
                    "It always names one of the classes it was taught, also for a picture that shows none of them. One "
                    "unlike all that it learned from is called unknown: a high probability is then no proof.\n\n"
                    "From when on it says “not sure” is chosen on the Evaluate page, under Operating point."
                ),
            ),
        )
        explain(
            self.save_button,
            Why(
                self.tr("A table to take away"),
                self.tr(
                    "One row a picture: path, label, probability, status, and the probability of every class. It opens "
                    "in any spreadsheet. Cells that a spreadsheet could mistake for a formula are quoted."
                ),
            ),
        )

    def default_why(self) -> Why:
        return Why(
            self.tr("New pictures"),
            self.tr(
                "Here the model does what it was taught for. Pictures are read as they are, without the variation of "
                "training, and nothing leaves this machine.\n\n"
                "Try it on pictures as they will really come: other light, other days. If answers are worse than "
                "promised, add such pictures to the folder and train again."
            ),
        )

    # Drawing

    def refresh(self) -> None:
        session = self.session
        trained, running = session.trained, session.running("predict")
        model = trained.run.folder if trained else None
        if model != self._model:
            before, self._model = self._model, model
            self._show_rows({} if before is not None else {"rows": self._rows, "csv": self._table})
        why = "" if trained is not None else self.tr("Train a model first.")
        busy = why or (self.tr("Looking at the pictures right now.") if running is not None else "")
        for button in (self.files_button, self.folder_button):
            if busy:
                buttons.disable(button, busy)
            else:
                buttons.enable(button)
        self.drop.setEnabled(not busy)
        self.set_primary(self.tr("Take the model away ▸"), trained is not None, why)
        if self._rows:
            buttons.enable(self.save_button)
        else:
            buttons.disable(self.save_button, self.tr("There are no answers to save yet."))
        self._say(running is not None)

    def _say(self, running: bool) -> None:
        rows = self._rows
        if running:
            self.set_status(self.tr("Looking at the pictures."))
        elif rows:
            good = [row for row in rows if row.get("probability") is not None]
            text = words.plural(self.tr("%n picture(s) answered", "", len(good)), len(good))
            for doubt, said in ((NOT_SURE, self.tr(", {count} not sure")), (UNKNOWN, self.tr(", {count} unknown"))):
                count = sum(1 for row in good if row.get("status") == doubt)
                text += said.format(count=words.count(count)) if count else ""
            if len(good) < len(rows):
                text += self.tr("; {count} could not be read").format(count=words.count(len(rows) - len(good)))
            self.set_status(text + ".")
        else:
            self.set_status(self.tr("Give it pictures it has never seen."))

    def _show_rows(self, value: Mapping[str, Any]) -> None:
        self._rows = list(value.get("rows") or ())
        self.one.forget(self._model)
        self._table = Path(value["csv"]) if value.get("csv") else None
        self.filter.offer(self._rows)
        self.drop.setVisible(not self._rows)
        self._answers.setVisible(bool(self._rows))
        self._list()

    def _list(self) -> None:
        self._listed = self.filter.picked(self._rows)
        self.list.show_predictions([prediction_of(self._rows[place]) for place in self._listed])
        if self._listed:
            self.list.choose(0)

    def _show_one(self, number: int) -> None:
        if 0 <= number < len(self._listed):
            self.one.show_row(self._rows[self._listed[number]])

    # What the user does

    def primary_action(self) -> None:
        self.go_on("export")

    def _ask_for_files(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose pictures"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self._predict([Path(name) for name in names]))
        dialog.open()

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a folder of pictures"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._predict([Path(name)]))
        dialog.open()

    # Onto the answers too more pictures may be dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if pictures_taken.has_pictures(event.mimeData()) and self.drop.isEnabled():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._take(event.mimeData())

    def paste(self) -> None:
        """Files or a picture from the clipboard."""
        data: QMimeData | None = (
            QGuiApplication.clipboard().mimeData()
        )  # None where it is empty, whatever Qt's types say
        if data is not None:
            self._take(data)

    def _take(self, data: QMimeData) -> None:
        image = pictures_taken.picture_in(data)
        if files := pictures_taken.local_files(data):
            self._predict(files)
        elif image is not None:
            self._predict_image(image)

    def _predict_image(self, image: QImage) -> None:
        """A picture without a file: it is kept beside the run, then asked about like any other."""
        trained = self.session.trained
        if trained is None or self.session.running("predict") is not None:
            return
        folder = trained.run.folder
        self.session.background.run(
            lambda: pictures_taken.keep(image, folder), lambda path: self._predict([path]), self._not_saved
        )

    def _predict(self, paths: Sequence[Path]) -> None:
        """Ask for answers; their table is written beside the run at once, so that saving it later is a copy."""
        session = self.session
        trained = session.trained
        if trained is None or not paths or session.running("predict") is not None:
            return
        self.clear_banner("predict")
        self.clear_banner("saved")
        run = trained.run.folder
        table = None if session.read_only else str(run / "predictions.csv")
        request = Predict(model=str(run), paths=tuple(os.fspath(path) for path in paths), csv=table)
        session.start(request, self._answered, self._failed)

    def _answered(self, value: Mapping[str, Any]) -> None:
        self._show_rows(value)
        self.list.setFocus()
        self._invalidate()

    def _failed(self, event: "Failed") -> None:
        self.show_banner("predict", "bad", words.fault_text(event))

    def _ask_where_to_save(self) -> None:
        choose_file(self, "predictions.csv", self._save)

    def _save(self, path: Path) -> None:
        table = self._table
        if table is None:
            return
        self.session.background.run(
            lambda: atomic.write_bytes(path, table.read_bytes()), lambda _: self._saved(path), self._not_saved
        )

    def _saved(self, path: Path) -> None:
        self.show_banner("saved", "good", self.tr("Saved: {path}").format(path=path))

    def _not_saved(self, error: Exception) -> None:
        text = words.fault_text(error) if isinstance(error, UserError) else str(error)
        self.show_banner("saved", "bad", text)
