"""What may be varied: a preset with what it takes for granted, below it switches and sliders in groups."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from core.recipe import PRESETS, Preset, field_row
from gui import theme
from gui.forms import FieldTitle, field_editor
from gui.why import Why, explain
from gui.widgets import scrolling
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.fold import Fold
from gui.words import QT_TRANSLATE_NOOP, translate

if TYPE_CHECKING:
    from gui.session import Session

WIDTH = 304
# The fields in groups: title, whether the group is open at first, the fields.
GROUPS: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    (QT_TRANSLATE_NOOP("AugmentationChoices", "Place and shape"), True,
     ("flip", "vertical_flip", "smallest_crop", "rotation", "perspective")),
    (QT_TRANSLATE_NOOP("AugmentationChoices", "Light and colour"), True,
     ("brightness", "contrast", "saturation", "hue", "pca_colour")),
    (QT_TRANSLATE_NOOP("AugmentationChoices", "Focus, grain, cover"), False, ("blur", "noise", "erase")),
    (QT_TRANSLATE_NOOP("AugmentationChoices", "Automatic"), False,
     ("automatic", "automatic_strength", "automatic_changes")),
)  # fmt: skip


class AugmentationChoices(Card):
    """A column of its own, so that the pictures stay in sight; `preset_chosen(preset)`."""

    preset_chosen = Signal(object)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self.setFixedWidth(WIDTH)
        self.preset = QComboBox()
        self.preset.setAccessibleName(self.tr("Preset"))
        self.preset.addItem(self.tr("My own"), None)
        for row in PRESETS:
            self.preset.addItem(translate("Presets", row.title), row.key)
        self.preset.activated.connect(self._take_preset)
        self.assumes = labels.caption()
        self.body.addWidget(labels.heading(self.tr("Preset")))
        self.body.addWidget(self.preset)
        self.body.addWidget(self.assumes)
        self.body.addWidget(self._groups(), 1)
        explain(
            self.preset,
            Why(
                self.tr("Presets"),
                self.tr(
                    "A starting point for the kind of picture you have. Below it stands what it takes for granted. "
                    "Ask: after such a change, would an expert still give the same label? If yes, the change teaches; "
                    "if not, it misleads."
                ),
            ),
        )

    def _groups(self) -> QWidget:
        inner = QWidget()
        inner.setObjectName("clear")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, theme.SPACE_8, 0)
        self.groups = []
        for title, opened, names in GROUPS:
            fold = Fold(translate("AugmentationChoices", title), partial(self._fields, names), plain=True)
            fold.button.setChecked(opened)
            self.groups.append(fold)
            column.addWidget(fold)
        column.addStretch(1)
        scroller = scrolling.scroller(inner)
        scroller.setObjectName("clear")
        scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return scroller

    def _fields(self, names: tuple[str, ...]) -> QWidget:
        """Switches beside their names, sliders below them: the column stays narrow."""
        place = QWidget()
        place.setProperty("fields", names)
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, theme.SPACE_8)
        column.setSpacing(theme.SPACE_4)
        for name in names:
            field = field_row(f"augmentation.{name}")
            editor = field_editor(self._session, field.path, narrow=True)
            title = FieldTitle(editor)
            if field.kind == "flag":
                line = QHBoxLayout()
                line.addWidget(title, 1)
                line.addWidget(editor)
                column.addLayout(line)
            else:
                column.addWidget(title)
                column.addWidget(editor)
        return place

    def show_preset(self, preset: Preset | None) -> None:
        """The preset that stands; None where choices are the user's own."""
        index = self.preset.findData(preset.key if preset else None)
        if index != self.preset.currentIndex():
            self.preset.setCurrentIndex(index)
        if preset is not None:
            text = self.tr("It takes for granted: {what}").format(what=translate("Presets", preset.assumes))
        else:
            text = self.tr("Look at the pictures: would you still give each the same label?")
        self.assumes.setText(text)

    def _take_preset(self, index: int) -> None:
        chosen = next((preset for preset in PRESETS if preset.key == self.preset.itemData(index)), None)
        if chosen is not None:
            self.preset_chosen.emit(chosen)
