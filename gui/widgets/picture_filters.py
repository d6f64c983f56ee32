"""Which of the pictures are shown, by name and by part of the split, and how large."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSlider, QWidget

from gui import theme, words
from gui.settings import Settings

SMALLEST, LARGEST, USUAL = 64, 240, 112
TYPING_MILLISECONDS = 200
PARTS = ("train", "val", "test")


class PictureFilters(QWidget):
    """`changed`: others are to be shown. The size is remembered."""

    changed = Signal()
    resized = Signal(int)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search by name (Ctrl+F)"))
        self.search.setAccessibleName(self.tr("Search by name"))
        self.search.setClearButtonEnabled(True)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.timeout.connect(self.changed)
        self.search.textChanged.connect(lambda: self._typing.start(TYPING_MILLISECONDS))
        self.part = QComboBox()
        self.part.setAccessibleName(self.tr("Part of the split"))
        self.part.addItem(self.tr("All parts"), "")
        for part in PARTS:
            self.part.addItem(words.part_name(part), part)
        self.part.currentIndexChanged.connect(self.changed)
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(SMALLEST, LARGEST)
        self.size_slider.setValue(self._kept_size())
        self.size_slider.setFixedWidth(120)
        self.size_slider.setAccessibleName(self.tr("Size of the thumbnails"))
        self.size_slider.setToolTip(self.tr("Size of the thumbnails"))
        self.size_slider.valueChanged.connect(self._resize)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.search, 1)
        row.addWidget(self.part)
        row.addSpacing(theme.SPACE_8)
        row.addWidget(self.size_slider)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.activated.connect(self.search.setFocus)

    @property
    def side(self) -> int:
        """Of a thumbnail, in pixels."""
        return self.size_slider.value()

    @property
    def text(self) -> str:
        return self.search.text().strip()

    @property
    def chosen_part(self) -> str:
        """Nothing where all parts are shown."""
        return str(self.part.currentData())

    def _kept_size(self) -> int:
        text = self._settings.text("thumbnail_size", str(USUAL))
        return min(LARGEST, max(SMALLEST, int(text))) if text.isdigit() else USUAL

    def _resize(self, side: int) -> None:
        self._settings.set("thumbnail_size", str(side))
        self.resized.emit(side)
