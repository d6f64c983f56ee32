"""Closing the window while it trains: one question, then a checkpoint, then the end."""

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from gui.session import Session

PATIENCE_MILLISECONDS = 8000  # for the last checkpoint


class Closing(QObject):
    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._agreed = False
        self._box: QMessageBox | None = None

    def may_close(self) -> bool:
        """Whether the window may close now; otherwise it asks, and closes later by itself if that is wished."""
        if self._agreed or self._session.running("train", "race") is None:
            return True
        if self._box is None:
            self._ask()
        return False

    def _ask(self) -> None:
        box = self._box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Training is running"))
        box.setText(self.tr("Training is still running."))
        box.setInformativeText(self.tr("What was learned so far is kept, and you can resume when you come back."))
        stop = box.addButton(self.tr("Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        stay = box.addButton(self.tr("Keep training"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.finished.connect(lambda: self._answered(box.clickedButton() is stop))
        box.open()

    def _answered(self, stop: bool) -> None:
        if self._box is not None:
            self._box.deleteLater()
            self._box = None
        if not stop:
            return
        self._session.jobs_changed.connect(self._look)
        QTimer.singleShot(PATIENCE_MILLISECONDS, self, self._close)
        self._session.board.cancel_all()
        self._look()

    def _look(self) -> None:
        if self._session.running("train", "race") is None:
            QTimer.singleShot(0, self, self._close)

    def _close(self) -> None:
        if not self._agreed:
            self._agreed = True
            self._window.close()
