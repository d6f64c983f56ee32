"""Pictures that look the same, large and side by side, with what tells them apart and what can be done about it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from gui import theme, words
from gui.widgets import buttons, scrolling
from gui.widgets import text as labels
from gui.widgets.big_picture import BigPicture
from gui.widgets.wrap import WrapRow

if TYPE_CHECKING:
    from core.project.index import Picture, TwinGroup
    from gui.session import Session

MOST = 12  # pictures of a group that are shown


class TwinCompare(QWidget):
    """Asks for what the user wants; the page does it. `keep(picture)`: the others are left out."""

    keep = Signal(object)
    apart = Signal()
    all_to = Signal(str)
    leave_out = Signal()

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self.pictures: Sequence[Picture] = ()
        self._head = labels.heading()
        self._what = labels.quiet()
        self.keep_buttons: list[QPushButton] = []
        self._table = QGridLayout()  # so that what is alike lies side by side, however long the names are
        self._table.setHorizontalSpacing(theme.SPACE_16)
        self._table.setVerticalSpacing(theme.SPACE_4)
        self._table.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        inside.setObjectName("scrolled")
        inside.setLayout(self._table)
        scroller = scrolling.scroller(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self._head)
        column.addWidget(self._what)
        column.addWidget(scroller, 1)
        column.addLayout(self._actions())

    def _actions(self) -> WrapRow:
        self.apart_button = buttons.plain_button(self.tr("They are not the same"), why=self.tr("N"))
        self.apart_button.clicked.connect(self.apart)
        self.all_button = buttons.plain_button(self.tr("All are of class"), why=self.tr("Keys 1 to 9"))
        self._classes = QMenu(self)
        self.all_button.setMenu(self._classes)
        self.out_button = buttons.plain_button(self.tr("Leave all of them out"), why=self.tr("Delete"))
        self.out_button.clicked.connect(self.leave_out)
        row = WrapRow()
        for button in (self.all_button, self.apart_button, self.out_button):
            row.addWidget(button)
        row.addStretch()
        return row

    def set_classes(self, names: Sequence[str]) -> None:
        self._classes.clear()
        for number, name in enumerate(names, 1):
            action = self._classes.addAction(f"{number}  {name}" if number <= 9 else name)
            action.triggered.connect(lambda checked=False, name=name: self.all_to.emit(name))

    def show_group(self, group: "TwinGroup", pictures: "Sequence[Picture]", place: str) -> None:
        """`place` says which of the groups this is."""
        self.pictures = pictures
        self._head.setText(f"{place}: {_kind(group)}" if place else _kind(group))
        self._what.setText(_advice(group))
        labels.set_role(self._what, "careful" if len(group.labels) > 1 else "quiet")
        self.apart_button.setVisible(group.kind == "alike")
        while (item := self._table.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self.keep_buttons = []
        for number in range(MOST):
            self._table.setColumnStretch(number, 1 if number < len(pictures) else 0)
        for number, picture in enumerate(pictures[:MOST]):
            self._show_one(picture, number)
        if len(pictures) > MOST:
            more = words.plural(self.tr("and %n more", "", len(pictures) - MOST), len(pictures) - MOST)
            self._table.addWidget(labels.quiet(more), 0, MOST)
        for button in (self.all_button, self.apart_button, self.out_button):
            button.setEnabled(not self._session.read_only)

    def _show_one(self, picture: "Picture", column: int) -> None:
        """A picture with its facts above it; those in which it differs from the others stand out."""
        for row, (fact, compared) in enumerate(FACTS):
            differs = compared and len({fact(other) for other in self.pictures}) > 1
            line = labels.label(fact(picture), theme.CAPTION, strong=differs, role="" if differs else "quiet")
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            line.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            self._table.addWidget(line, row, column)
        keep = buttons.plain_button(self.tr("Keep only this one"))
        keep.setToolTip(self.tr("The others are left out (K keeps the first)"))
        keep.setAccessibleName(self.tr("Keep only picture {number}").format(number=column + 1))
        keep.clicked.connect(lambda: self.keep.emit(picture))
        keep.setEnabled(not self._session.read_only)
        self.keep_buttons.append(keep)
        self._table.addWidget(keep, len(FACTS), column, Qt.AlignmentFlag.AlignLeft)
        view = BigPicture(self._session.background)
        view.setMinimumSize(160, 140)
        view.show_file((self._session.folder or Path()) / picture.path)
        self._table.addWidget(view, len(FACTS) + 1, column)
        self._table.setRowStretch(len(FACTS) + 1, 1)


def _part_of(picture: "Picture") -> str:
    if picture.dealt:
        return words.part_name(picture.dealt)
    return words.translate("TwinCompare", "in no part: left out")


def _date_of(picture: "Picture") -> str:
    moment = QDateTime.fromSecsSinceEpoch(picture.mtime_ns // 1_000_000_000)
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def _kind(group: "TwinGroup") -> str:
    text = "%n time(s) the very same file" if group.kind == "same" else "%n picture(s) that look the same"
    return words.translate("TwinCompare", text, "", group.pictures)


def _advice(group: "TwinGroup") -> str:
    names = ", ".join(group.labels)
    if group.conflict:
        text = words.translate(
            "TwinCompare",
            "In several classes: {classes}. One of the labels is wrong; training waits until you say which.",
        )
        return text.format(classes=names)
    if len(group.labels) > 1:
        text = words.translate("TwinCompare", "In several classes: {classes}. Look closely: one label may be wrong.")
        return text.format(classes=names)
    return words.translate("TwinCompare", "All of class {classes}. They stay on one side of the split.").format(
        classes=names
    )


FACTS: tuple[tuple[Callable[["Picture"], str], bool], ...] = (
    (lambda p: p.path, False),
    (lambda p: p.label, True),
    (_part_of, True),
    (lambda p: f"{p.width} × {p.height}, {words.bytes_text(p.size)}", True),
    (_date_of, True),
)
"""What is said of each, and whether it stands out where the pictures differ in it."""
