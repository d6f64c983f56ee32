"""Colours that can be read: the contrast of WCAG 2.1, worked out here from its definition."""

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.theme import DARK, LIGHT, Colours


def luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    channels = [part / 255 for part in QColor(colour).getRgb()[:3]]  # type: ignore[operator]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_contrast_on_every_ground(colours: Colours) -> None:
    for ground in (colours.page, colours.card, colours.hover, colours.soft, colours.sunken):
        for role in ("text", "quiet"):
            assert contrast(getattr(colours, role), ground) >= 4.5, (role, ground)
    for ground in (colours.page, colours.card, colours.soft):
        for role in ("accent", "good", "careful", "bad"):
            assert contrast(getattr(colours, role), ground) >= 4.5, (role, ground)
    assert contrast(colours.on_accent, colours.accent) >= 4.5


def test_the_theme_changes_at_once_and_tells(qapp: QApplication) -> None:
    told = []
    theme.watcher().changed.connect(lambda: told.append(theme.is_dark()))
    theme.apply(qapp, "dark")
    assert theme.colours() is DARK
    assert qapp.palette().window().color().name().upper() == DARK.page
    theme.apply(qapp, "light")
    assert told[-2:] == [True, False]


def test_the_style_sheet_knows_every_name_it_uses() -> None:
    for colours, dark in ((LIGHT, False), (DARK, True)):
        sheet = theme.style_sheet(colours, dark)
        assert "$" not in sheet
        assert sheet.count("{") == sheet.count("}")
