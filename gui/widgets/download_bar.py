"""How far the download of a backbone is, and what can be done about it."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from gui import backbone_rows, theme, words
from gui.backbone_rows import Row
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.activity_bar import progress_text

if TYPE_CHECKING:
    from gui.job_board import Job


class DownloadBar(QWidget):
    """What a download has brought, with Pause; or what is here of one that was broken off, with Go on and Discard."""

    def __init__(self) -> None:
        super().__init__()
        self.said = labels.one_line(labels.label(tabular=True))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.pause = buttons.plain_button(self.tr("Pause"), "pause")
        self.go_on = buttons.plain_button(self.tr("Go on"), "play")
        self.discard = buttons.plain_button(self.tr("Discard"), "trash")
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_8)
        line.addWidget(self.bar, 1)
        for button in (self.pause, self.go_on, self.discard):
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SPACE_4, 0, 0)
        column.setSpacing(theme.SPACE_4)
        column.addWidget(self.said)
        column.addLayout(line)
        self.hide()

    def show_state(self, job: "Job | None", row: Row) -> None:
        partial = row.get("partial")
        self.setVisible(job is not None or (bool(partial) and not row["local"]))
        self.pause.setVisible(job is not None)
        self.go_on.setVisible(job is None)
        self.discard.setVisible(job is None)
        if job is not None:
            self._show_job(job)
        elif partial:
            share = int(partial["done"]) / max(1, int(partial["total"]))
            self._show(share, self.tr("Paused: {place}").format(place=backbone_rows.place_text(row)))

    def _show_job(self, job: "Job") -> None:
        if job.cancelling:
            self._show(None, self.tr("Pausing…"))
            buttons.disable(self.pause, self.tr("It is stopping already."))
            return
        buttons.enable(self.pause, self.tr("What has come is kept; it goes on there later, even after a restart."))
        progress = job.progress
        if progress is None or not progress.total:
            self._show(None, words.stage_name(progress.stage if progress else "look_up") + "…")
            return
        self._show(progress.done / progress.total, progress_text(job))

    def _show(self, share: float | None, text: str) -> None:
        self.said.setText(text)
        self.bar.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self.bar.setValue(round(1000 * share))
        self.bar.setAccessibleName(text)
