"""Pictures that look the same, large and side by side, with what tells them apart and what can be done about it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui import theme, words
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.big_picture import BigPicture

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
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.SPACE_16)
        self._row.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        inside.setObjectName("scrolled")
        inside.setLayout(self._row)
        scroller = QScrollArea()
        scroller.setWidget(inside)
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self._head)
        column.addWidget(self._what)
        column.addWidget(scroller, 1)
        column.addLayout(self._actions())

    def _actions(self) -> QHBoxLayout:
        self.apart_button = buttons.plain_button(self.tr("They are not the same"), why=self.tr("N"))
        self.apart_button.clicked.connect(self.apart)
        self.all_button = buttons.plain_button(self.tr("All are of class"), why=self.tr("Keys 1 to 9"))
        self._classes = QMenu(self)
        self.all_button.setMenu(self._classes)
        self.out_button = buttons.plain_button(self.tr("Leave all of them out"), why=self.tr("Delete"))
        self.out_button.clicked.connect(self.leave_out)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        for button in (self.all_button, self.apart_button, self.out_button):
            row.addWidget(button)
        row.addStretch(1)
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
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        read_only = self._session.read_only
        for number, picture in enumerate(pictures[:MOST], 1):
            one = _One(self._session, picture, number, pictures)
            one.keep_button.clicked.connect(lambda checked=False, picture=picture: self.keep.emit(picture))
            one.keep_button.setEnabled(not read_only)
            self._row.addWidget(one, 1)
        if len(pictures) > MOST:
            more = words.plural(self.tr("and %n more", "", len(pictures) - MOST), len(pictures) - MOST)
            self._row.addWidget(labels.quiet(more))
        for button in (self.all_button, self.apart_button, self.out_button):
            button.setEnabled(not read_only)


class _One(QWidget):
    """One picture with its facts; those in which it differs from the others stand out."""

    def __init__(self, session: "Session", picture: "Picture", number: int, group: "Sequence[Picture]") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        file = (session.folder or Path()) / picture.path
        view = BigPicture(session.background)
        view.setMinimumSize(160, 140)
        view.show_file(file)
        facts: tuple[tuple[Callable[[Picture], str], bool], ...] = (
            (lambda p: p.path, False),
            (lambda p: p.label, True),
            (_part_of, True),
            (lambda p: f"{p.width} × {p.height}, {words.bytes_text(p.size)}", True),
            (_date_of, True),
        )
        for fact, compared in facts:
            differs = compared and len({fact(other) for other in group}) > 1
            line = labels.label(fact(picture), theme.CAPTION, strong=differs, role="" if differs else "quiet")
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(line)
        self.keep_button: QPushButton = buttons.plain_button(self.tr("Keep only this one"))
        self.keep_button.setToolTip(self.tr("The others are left out (K keeps the first)"))
        self.keep_button.setAccessibleName(self.tr("Keep only picture {number}").format(number=number))
        column.addWidget(self.keep_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(theme.SPACE_4)
        column.addWidget(view, 1)


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
