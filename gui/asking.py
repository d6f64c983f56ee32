"""Asking for a folder or a file: a dialog that nothing waits for, opened where the user was last."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from core.project.sources import ARCHIVE_SUFFIXES, TABLE_SUFFIXES
from gui import words
from gui.settings import Settings

Taken = Callable[[Path], object]


def for_folder(parent: QWidget, title: str, settings: Settings, taken: Taken) -> None:
    """`taken` gets the folder; nothing happens where the user thinks better of it."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _open(dialog, settings, taken)


def for_table_or_archive(parent: QWidget, title: str, settings: Settings, taken: Taken) -> None:
    patterns = " ".join(f"*{suffix}" for suffix in (*TABLE_SUFFIXES, *ARCHIVE_SUFFIXES))
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(f"{words.translate('SourceBar', 'Tables and archives')} ({patterns})")
    _open(dialog, settings, taken)


def _open(dialog: QFileDialog, settings: Settings, taken: Taken) -> None:
    dialog.setDirectory(_beginning(settings))
    dialog.fileSelected.connect(lambda name: taken(Path(name)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _beginning(settings: Settings) -> str:
    """Beside what was opened last; the first time among the user's pictures. The program's own folder helps nobody."""
    recent = settings.recent()
    if recent:
        return str(recent[0].parent)
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return pictures or str(Path.home())
