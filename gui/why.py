"""What the right-hand panel says: plain words for whatever has the focus."""

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

_PROPERTY = "graftWhy"


@dataclass(frozen=True, slots=True)
class Why:
    """`text` may hold several paragraphs, parted by an empty line; the link leads one page deeper.

    `drawing` names a file of resources/drawings.
    """

    title: str
    text: str
    link_text: str = ""
    link_page: str = ""
    drawing: str = ""


def explain(widget: QWidget, why: Why) -> None:
    """Say `why` in the panel while the widget, or something inside it, has the focus."""
    widget.setProperty(_PROPERTY, why)
    if not widget.accessibleDescription():
        widget.setAccessibleDescription(why.text)


def why_of(widget: QWidget | None) -> Why | None:
    """What was said about the widget or the nearest one around it."""
    while widget is not None:
        why = widget.property(_PROPERTY)
        if isinstance(why, Why):
            return why
        widget = widget.parentWidget()
    return None
