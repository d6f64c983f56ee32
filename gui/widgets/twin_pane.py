"""Twins: the groups to the left, one of them side by side to the right, and the way through those to settle."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui import facts, steps, theme, words
from gui.edits import Change
from gui.why import Why, explain
from gui.widgets import buttons, keys
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.twin_compare import TwinCompare
from gui.widgets.twin_list import TwinList

if TYPE_CHECKING:
    from core.project.index import Picture, TwinGroup
    from gui.session import Session

WIDE = 232


class TwinPane(QWidget):
    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._classes: Sequence[str] = ()
        self.list, self.compare = TwinList(), TwinCompare(session)
        self._none = labels.quiet(self.tr("No two pictures are the same, or nearly the same."))
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        card = self._card = Card()
        card.body.setContentsMargins(8, 8, 8, 8)
        card.body.addWidget(self.list)
        card.setFixedWidth(WIDE)
        left = QVBoxLayout()
        left.setSpacing(theme.SPACE_8)
        left.addWidget(card, 1)
        self.keep_ones = buttons.plain_button(self.tr("Keep the first of each group"))
        self.keep_ones.setToolTip(self.tr("In groups of one class the others are left out. Ctrl+Z takes it back."))
        self.keep_ones.clicked.connect(self._keep_ones)
        left.addWidget(self.keep_ones)
        self.look_closer = buttons.plain_button(self.tr("Let the backbone look too"))
        self.look_closer.clicked.connect(session.find_twins)
        left.addWidget(self.look_closer)
        self._keys = labels.caption(
            self.tr("K keep the first  ·  N not the same  ·  1–9 all of a class  ·  Delete all out")
        )
        left.addWidget(self._keys)
        left.addStretch()
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_16)
        row.addLayout(left)
        row.addWidget(self.compare, 1)
        row.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._none)
        column.addWidget(both, 1)
        for part in (self.list, self.look_closer):
            explain(part, Why(self.tr("Twins"), words.say(_WHY), drawing="twins"))
        self._connect()

    def _connect(self) -> None:
        self.list.chosen.connect(self._show)
        self.list.apart_asked.connect(self._part)
        self.list.keep_asked.connect(lambda: self._keep(self.compare.pictures[0]) if self.compare.pictures else None)
        self.list.class_asked.connect(lambda number: self._all_to(*self._classes[number - 1 : number]))
        self.list.exclude_asked.connect(self._leave_out)
        self.compare.keep.connect(self._keep)
        self.compare.apart.connect(self._part)
        self.compare.all_to.connect(self._all_to)
        self.compare.leave_out.connect(self._leave_out)

    def take_keys(self) -> None:
        """Have the keys go to what there is to do."""
        (self.look_closer if self._card.isHidden() else self.list).setFocus()

    def show_groups(self, groups: "Sequence[TwinGroup]", classes: Sequence[str]) -> None:
        self._classes = classes
        self.compare.set_classes(classes)
        standing = self.list.current
        self.list.show_groups(groups)
        self._none.setVisible(not groups)
        for part in (self._card, self.keep_ones, self._keys, self.compare):
            part.setVisible(bool(groups))
        self.keep_ones.setEnabled(not self._session.read_only and any(len(group.labels) == 1 for group in groups))
        if standing is not None and standing == self.list.current:
            self._show(standing)  # its pictures may have changed

    def refresh(self) -> None:
        now = facts.situation(self._session)  # conflicts need not be settled first: this helps to settle them
        reason = ("" if now.data_fault == "CONFLICTS" else steps.data_block(now)) or steps.backbone_block(now)
        if self._session.running("find_twins") is not None:
            reason = self.tr("It is looking.")
        elif self._session.read_only:
            reason = self.tr("This project is open in another window.")
        if reason:
            buttons.disable(self.look_closer, reason)
        else:
            buttons.enable(self.look_closer, self.tr("It finds the same picture where it is lighter, resized or cut a "
                                                     "little. What it computes a training uses too."))  # fmt: skip

    def lead(self, path: str = "") -> None:
        """To the group of this picture, or to the first that must be settled."""
        self.list.setFocus()
        if not path:
            self.list.choose(lambda group: True)
            return

        def found() -> None:
            picture = self._session.picture_at(path)
            if picture is not None:
                self.list.choose(lambda group: group.number == picture.twin)

        self._session.shelf.look_up([path], found)
        found()

    def _show(self, group: "TwinGroup | None") -> None:
        if group is None:
            return
        number = list(self.list.groups).index(group) + 1
        place = self.tr("{number} of {all}").format(number=number, all=words.count(len(self.list.groups)))
        self._session.shelf.twins(group.number, partial(self._show_pictures, group, place))

    def _show_pictures(self, group: "TwinGroup", place: str, pictures: "list[Picture]") -> None:
        if group == self.list.current and pictures != list(self.compare.pictures):
            self.compare.show_group(group, pictures, place)
            keys.after(self.look_closer, *self.compare.keep_buttons)

    # What the user does.

    def _keep(self, picture: "Picture") -> None:
        others = [other.id for other in self.compare.pictures if other.id != picture.id]
        text = words.plural(self.tr("Keep one of %n twin(s)", "", len(others) + 1), len(others) + 1)
        self._edit(others, Change(excluded=True), text)

    def _keep_ones(self) -> None:
        """In every group of one class; those in several classes are looked at one by one."""
        numbers = [group.number for group in self.list.groups if len(group.labels) == 1]

        def came(groups: "list[list[Picture]]") -> None:
            rest = [picture.id for group in groups for picture in group[1:]]
            self._edit(
                rest, Change(excluded=True), words.plural(self.tr("Leave out %n twin(s)", "", len(rest)), len(rest))
            )

        self._session.shelf.twins_of(numbers, came)

    def _part(self) -> None:
        group = self.list.current
        if group is not None and group.kind == "alike" and not self._session.read_only:
            self._session.shelf.part_twins(self.compare.pictures, self.tr("They are not the same"))

    def _all_to(self, label: str = "") -> None:
        ids = [picture.id for picture in self.compare.pictures if picture.label != label]
        if label:
            text = words.plural(self.tr("All %n twin(s) are {name}", "", len(self.compare.pictures)), 2)
            self._edit(ids, Change(label=label), text.format(name=label))

    def _leave_out(self) -> None:
        ids = [picture.id for picture in self.compare.pictures]
        self._edit(ids, Change(excluded=True), words.plural(self.tr("Leave out %n twin(s)", "", len(ids)), len(ids)))

    def _edit(self, ids: list[int], change: Change, text: str) -> None:
        if not self._session.read_only:
            self._session.shelf.edit(ids, change, text)


_WHY = words.QT_TRANSLATE_NOOP(
    "Words",
    "If the same picture is both learned from and judged by, the figures look better than they are. Twins therefore "
    "always stay on the same side of the split; you need not do anything.\n\nOnly the very same picture in two classes "
    "must be settled: one of the two labels is wrong. What you say is not the same is remembered.",
)
