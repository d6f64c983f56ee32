"""Every colour, distance and size of the window, in one place; light and dark."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

import resources

SPACE_4, SPACE_8, SPACE_16, SPACE_24, SPACE_32 = 4, 8, 16, 24, 32
RADIUS = 8
CAPTION, BODY, EMPHASIS, TITLE, FIGURE = 12, 13, 15, 20, 28
CHOICES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Colours:
    """One colour per role, as '#RRGGBB'. `soft` is the accent laid thinly over a card; `sunken` holds drawings."""

    page: str
    card: str
    line: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    train: str
    validation: str
    good: str
    careful: str
    bad: str
    hover: str
    sunken: str
    soft: str


# Accent, good and careful are a shade darker than first drawn: as text on the page and on `soft` they need 4.5:1.
LIGHT = Colours(
    page="#F6F6F3",
    card="#FFFFFF",
    line="#E2E2DD",
    text="#1C1C1A",
    quiet="#5E5E59",
    accent="#1A66DC",
    on_accent="#FFFFFF",
    train="#0072B2",
    validation="#D55E00",
    good="#2A772E",
    careful="#8C5E00",
    bad="#B3261E",
    hover="#EDEDE8",
    sunken="#EFEFEA",
    soft="#E7F0FD",
)
DARK = Colours(
    page="#1A1B1D",
    card="#232427",
    line="#35373B",
    text="#ECECE9",
    quiet="#A5A6AA",
    accent="#6CA6FF",
    on_accent="#10203A",
    train="#56B4E9",
    validation="#E69F00",
    good="#7BC67E",
    careful="#E3B341",
    bad="#F2857D",
    hover="#2C2E32",
    sunken="#1F2023",
    soft="#26344A",
)
EVIDENCE = "#E6007E"
"""Laid over pictures, in light and dark: a pink that photographs hardly hold (orange vanished on flowers)."""
# Okabe and Ito's set without yellow and black (yellow vanishes on white), in an order that keeps neighbours apart.
_CLASS_NAMES = ("Blue", "Orange red", "Green", "Pink", "Amber", "Light blue", "Violet", "Grey")
_CLASSES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A6FD1", "#7A7A73")


class _Watcher(QObject):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.current = LIGHT
        self.choice = "system"


@lru_cache(maxsize=1)
def watcher() -> _Watcher:
    """Its signal `changed` tells that light became dark or the other way round."""
    return _Watcher()


def colours() -> Colours:
    """The colours of the moment: ask whenever you paint, never keep them."""
    return watcher().current


def is_dark() -> bool:
    return colours() is DARK


def colour(role: str, alpha: float = 1.0) -> QColor:
    """A role of `Colours` as a QColor; `alpha` from 0 to 1."""
    result = QColor(getattr(colours(), role))
    result.setAlphaF(alpha)
    return result


def class_colour(index: int) -> QColor:
    """A colour for the class of that number. They repeat after eight: always give a name or number as well."""
    return QColor(_CLASSES[index % len(_CLASSES)])


def class_colour_names() -> tuple[str, ...]:
    """What the colours for classes are called, in order; translated in the context `Theme`."""
    return _CLASS_NAMES


def font(size: int = BODY, strong: bool = False, tabular: bool = False) -> QFont:
    """The system's font in one of the five sizes, weight 400 or 600; tabular digits stand in columns.

    Sizes are pixels as designed: where the system's letters are larger, everything is (see `gui.zoom`).
    """
    result = QFont(QGuiApplication.font())
    result.setPixelSize(size)
    result.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    if tabular:
        result.setFeature(QFont.Tag.fromString("tnum"), 1)
    return result


def apply(app: QApplication, choice: str = "system") -> None:
    """Dress the whole application. `choice` is `system`, `light` or `dark`."""
    watcher().choice = choice
    if app.style().objectName() != "fusion":
        app.setStyle("fusion")
    app.setFont(font())
    _listen_to_system()
    _dress(app)


@lru_cache(maxsize=1)
def _listen_to_system() -> None:
    """Once: Qt refuses to keep connections to plain functions unique by itself."""
    QGuiApplication.styleHints().colorSchemeChanged.connect(_follow_system)


def _follow_system() -> None:
    app = QApplication.instance()
    if watcher().choice == "system" and isinstance(app, QApplication):
        _dress(app)


def _dress(app: QApplication) -> None:
    choice = watcher().choice
    dark = choice == "dark" or (
        choice == "system" and QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    )
    watcher().current = DARK if dark else LIGHT
    app.setPalette(palette(watcher().current))
    app.setStyleSheet(style_sheet(watcher().current, dark))
    watcher().changed.emit()


def palette(c: Colours) -> QPalette:
    result = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: c.page, role.WindowText: c.text, role.Base: c.card, role.AlternateBase: c.sunken,
        role.Text: c.text, role.Button: c.card, role.ButtonText: c.text, role.BrightText: c.bad,
        role.Highlight: c.accent, role.HighlightedText: c.on_accent, role.Link: c.accent, role.LinkVisited: c.accent,
        role.ToolTipBase: c.card, role.ToolTipText: c.text, role.PlaceholderText: c.quiet, role.Accent: c.accent,
        role.Light: c.card, role.Midlight: c.hover, role.Mid: c.line, role.Dark: c.line, role.Shadow: c.line,
    }  # fmt: skip
    for part, value in pairs.items():
        result.setColor(part, QColor(value))
    for part in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, part, QColor(c.quiet))
    return result


def style_sheet(c: Colours, dark: bool) -> str:
    folder = Path(resources.__file__).parent
    marks = (folder / "icons" / "marks").as_posix()
    template = Template((folder / "window.qss").read_text(encoding="utf-8"))
    return template.substitute(asdict(c), marks=marks, mode="dark" if dark else "light")
