"""The list of classes in its card, and what the user does to classes there."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.class_list import ClassList

if TYPE_CHECKING:
    from gui.session import Session
    from gui.shelf_facts import ShelfFacts

WIDE = 208


class ClassPane(Card):
    """Edits go through the session and can be undone."""

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self.list = ClassList()
        self.list.renamed.connect(self._rename)
        self.list.merged.connect(self.merge)
        self.list.coloured.connect(self._colour)
        self.new_class = buttons.plain_button(self.tr("New class…"), icon="plus")
        self.new_class.clicked.connect(self._ask_for_class)
        self.body.setContentsMargins(8, 8, 8, 8)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.new_class)
        self.body.addWidget(labels.caption(self.tr("F2 rename · drag onto another to merge")))
        self.setFixedWidth(WIDE)

    def show_facts(self, facts: "ShelfFacts") -> None:
        self.list.locked = self._session.read_only
        self.new_class.setDisabled(self._session.read_only)
        self.list.show_facts(facts)

    def _rename(self, old: str, new: str) -> None:
        text = self.tr("Rename {old} to {new}").format(old=old, new=new)
        self._session.shelf.rename_class(old, new, text)

    def merge(self, name: str, into: str) -> None:
        if not self._session.read_only:
            text = self.tr("Merge {old} into {new}").format(old=name, new=into)
            self._session.shelf.rename_class(name, into, text)

    def _colour(self, name: str, colour: int) -> None:
        self._session.shelf.colour_class(name, colour, self.tr("Colour {name}").format(name=name))

    def _ask_for_class(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("New class"))
        dialog.setLabelText(self.tr("Name of the class"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(self._make_class)
        dialog.open()

    def _make_class(self, name: str) -> None:
        if name.strip() and name.strip() not in self._session.shelf.facts.class_names:
            self._session.shelf.make_class(name.strip(), self.tr("Make class {name}").format(name=name.strip()))
