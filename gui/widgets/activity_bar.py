"""The bottom bar: what runs now, how far it is, how long still, and Cancel. Always there; jobs stack."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from gui import theme, words
from gui.job_board import Job
from gui.throttle import Throttle
from gui.widgets import buttons
from gui.widgets import text as labels

ROW = 40
BY_TIME = "race"
MOST_ROWS = 3
DRAW_MILLISECONDS = 100
CALM_MILLISECONDS = 1000  # until the bar gives back the room of rows that are gone: pages must not jump up and down


class _Row(QWidget):
    """One job."""

    cancel = Signal()

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self.behind_another = False  # another job runs in the same process
        self.setFixedHeight(ROW)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_16, 0, theme.SPACE_8, 0)
        row.setSpacing(theme.SPACE_16)
        self._words = labels.one_line(labels.label(tabular=True))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(240)
        self._button = buttons.icon_button("close", self.tr("Cancel"))
        self._button.clicked.connect(self.cancel)
        row.addWidget(self._words, 1)
        row.addWidget(self._bar)
        row.addWidget(self._button)
        self.draw = Throttle(DRAW_MILLISECONDS, self._draw, self)
        self._draw()

    @property
    def text(self) -> str:
        return self._words.text()

    def _draw(self) -> None:
        job = self.job
        name = words.job_name(job.kind)
        if job.cancelling:
            self._words.setText(self.tr("{job}: stopping…").format(job=name))
            self._bar.setRange(0, 0)
            buttons.disable(self._button, self.tr("It is stopping already."))
            return
        if job.progress is None or job.progress.done >= job.progress.total:  # or what comes next is not counted
            waits = not job.begun and self.behind_another
            self._words.setText(self.tr("{job} · waiting for its turn").format(job=name) if waits else f"{name}…")
            self._bar.setRange(0, 0)
            return
        self._words.setText(progress_text(job))
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * job.progress.done / job.progress.total))
        self._bar.setAccessibleName(self._words.text())


class ActivityBar(QWidget):
    """`show_jobs` and `advance` are told what runs; at the right end stand undo and redo."""

    cancel = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("activity")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Activity"))
        self._rows: dict[str, _Row] = {}
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 1, theme.SPACE_8, 0)
        outer.setSpacing(0)
        self._stack = QVBoxLayout()
        self._stack.setSpacing(0)
        self._stack.addStretch(1)
        self._idle = labels.one_line(labels.quiet(self.tr("Nothing is running.")))
        self._idle.setContentsMargins(theme.SPACE_16, 0, 0, 0)
        self._idle.setFixedHeight(ROW)
        self._stack.addWidget(self._idle)
        outer.addLayout(self._stack, 1)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(theme.SPACE_4)
        outer.addLayout(self.tools)
        outer.setAlignment(self.tools, Qt.AlignmentFlag.AlignBottom)
        self.tools.setContentsMargins(0, 6, 0, 6)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MILLISECONDS)
        self._calm.timeout.connect(lambda: self.setMinimumHeight(0))

    def show_jobs(self, jobs: tuple[Job, ...]) -> None:
        visible = {job.id: job for job in jobs if not job.silent}
        if len(visible) < len(self._rows):
            self.setMinimumHeight(self.height())
            self._calm.start()
        for identity in [identity for identity in self._rows if identity not in visible]:
            row = self._rows.pop(identity)
            row.hide()
            self._stack.removeWidget(row)
            row.deleteLater()
        for identity, job in visible.items():
            if identity not in self._rows:
                self._rows[identity] = row = _Row(job)
                row.cancel.connect(lambda job=job: self.cancel.emit(job))
                self._stack.addWidget(row)
            busy = any(other.begun and other.role == job.role and other is not job for other in jobs)
            self._rows[identity].behind_another = busy
            self._rows[identity].draw()
        for number, row in enumerate(self._rows.values()):
            row.setVisible(number < MOST_ROWS)
        self._idle.setVisible(not self._rows)

    def advance(self, job: Job) -> None:
        if job.id in self._rows:
            self._rows[job.id].draw()

    def say(self, text: str) -> None:
        """A quiet remark for when nothing runs."""
        self._idle.setText(text)

    @property
    def lines(self) -> list[str]:
        """What stands there, job by job."""
        return [row.text for row in self._rows.values()]


def progress_text(job: Job) -> str:
    """`Computing features 312 of 397 · 2 s left`."""
    progress = job.progress
    assert progress is not None
    amount = words.bytes_text if progress.stage in ("download", "archive") else words.count
    said = words.translate("ActivityBar", "{stage} {done} of {total}").format(
        stage=words.stage_name(progress.stage), done=amount(progress.done), total=amount(progress.total)
    )
    if progress.stage == BY_TIME:
        said = words.stage_name(progress.stage)  # it counts seconds, and these are told as time left
    if job.fold is not None:
        which = words.translate("ActivityBar", "Fold {number} of {all}")
        which = which.format(number=words.count(job.fold.done + 1), all=words.count(job.fold.total))
        said = which if progress.stage == job.fold.stage else f"{which} · {said}"
    if job.paused:
        return words.translate("ActivityBar", "{progress} · paused").format(progress=said)
    if progress.seconds_left is None:
        return said
    left = words.translate("ActivityBar", "{time} left").format(time=words.duration(progress.seconds_left))
    return f"{said} · {left}"
