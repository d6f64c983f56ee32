"""One judged picture, as large as the page: what it is, what the model said, where the evidence lies, what is like it.

Keys mend its label.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from core.requests import Explain
from gui import theme, words
from gui.judgement import with_picture
from gui.thumbnail_loader import loader, read_small
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.escape import takes_escape
from gui.widgets.evidence import Evidence
from gui.widgets.probability_bars import ProbabilityBars
from gui.widgets.thumbnail_wall import ThumbnailWall, Tile

if TYPE_CHECKING:
    from core.project.index import Picture
    from gui.session import Session

LARGEST = 1600
NEIGHBOURS = 4
SIDE_WIDTH = 280


class EvidencePicture(QWidget):
    """The whole picture, and the evidence laid over it."""

    def __init__(self) -> None:
        super().__init__()
        self._image, self._evidence = QPixmap(), Evidence()
        self.evident = True
        self.setAccessibleName(self.tr("Picture"))
        self.setMinimumSize(240, 240)

    def show_image(self, image: QPixmap) -> None:
        self._image = image
        self.update()

    def show_evidence(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.update()

    @property
    def has_heat(self) -> bool:
        return bool(self._evidence)

    def set_evident(self, evident: bool) -> None:
        self.evident = evident
        self.update()

    def place(self) -> QRectF:
        """Where the picture lies in the widget."""
        scale = min(self.width() / max(self._image.width(), 1), self.height() / max(self._image.height(), 1))
        place = QRectF(0, 0, self._image.width() * scale, self._image.height() * scale)
        place.moveCenter(QRectF(self.rect()).center())
        return place

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self.place()
        painter.drawPixmap(place, self._image, QRectF(self._image.rect()))
        if self.evident:
            painter.setClipRect(place)
            self._evidence.draw(painter, place)
        painter.end()


class EvidenceView(QWidget):
    """Lies over a page. Arrow keys ask for the neighbours (`moved`), E shows and hides the evidence, Escape closes;
    1 to 9 move the picture to that class, Delete leaves it out, both undoable."""

    moved = Signal(int)

    def __init__(self, parent: QWidget, session: "Session") -> None:
        super().__init__(parent)
        self._session = session
        self._run: Path | None = None
        self._file = Path()
        self._picture: Picture | None = None
        self._tile: Tile | None = None
        self._alike: Sequence[Mapping[str, Any]] = ()
        self._focus_before: QWidget | None = None
        parent.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Large picture"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("page")
        self.image = EvidencePicture()
        self._lay_out()
        self._explain()
        self.hide()

    def _explain(self) -> None:
        explain(
            self,
            Why(
                self.tr("Why it answers so"),
                self.tr(
                    "The veil lies on the part of the picture that the model sees, and is dense where it found what "
                    "speaks for its answer. Evidence beside the thing itself, in the background or in a mark on the "
                    "rim, is a warning: it may have learned the wrong thing.\n\n"
                    "Below are the training pictures that are most like this one to the model. Where they are of the "
                    "other class, look at their labels too.\n\n"
                    "It is a hint, not a proof: the picture is looked at in a coarse grid."
                ),
            ),
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_24, theme.SPACE_16, theme.SPACE_16, theme.SPACE_16)
        row.setSpacing(theme.SPACE_24)
        row.addWidget(self.image, 1)
        side = QWidget()
        side.setFixedWidth(SIDE_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        head = QHBoxLayout()
        self._title = labels.heading()
        close = buttons.icon_button("close", self.tr("Close"), self.tr("Close (Esc)"))
        close.clicked.connect(self.put_away)
        head.addWidget(self._title, 1)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self._where = labels.caption()
        self.bars = ProbabilityBars(5)
        self.evidence_box = QCheckBox(self.tr("Show where the evidence lies (E)"))
        self.evidence_box.setChecked(True)
        self.evidence_box.toggled.connect(self.image.set_evident)
        self.evidence_box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._unknown = labels.label("", role="careful")
        self._like = labels.strong(self.tr("Most alike among the training pictures"))
        self.neighbours = ThumbnailWall(self.tr("Most alike among the training pictures"))
        self.neighbours.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._keys = labels.caption()
        for part in (self._where, self.bars, self.evidence_box, self._unknown, self._like):
            column.addWidget(part)
        column.addWidget(self.neighbours, 1)
        column.addWidget(self._keys)
        row.addWidget(side)

    @property
    def picture(self) -> "Picture | None":
        """The project's picture that is shown, where it is one."""
        return self._picture if self.isVisible() else None

    @property
    def file(self) -> Path | None:
        return self._file if self.isVisible() else None

    def look_at(self, tile: Tile, run: Path | None) -> None:
        """Show a tile's picture at once, and why the run's model answered so as soon as that is known."""
        self._tile, self._run = tile, run
        self._file = tile.file or tile.picture
        self._picture = None
        with_picture(self._session, tile.tip, self._know)
        self._title.setText(tile.title)
        labels.set_role(self._title, "bad" if tile.role == "bad" else "")
        self._where.setText(tile.tip)
        self.setAccessibleDescription(f"{tile.title}, {tile.detail}, {tile.tip}")
        self.image.show_image(loader().pixmap(tile.picture) or QPixmap())
        self.image.show_evidence(Evidence())
        self._show_answer(None)
        self._say_keys()
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        if not self.isVisible():
            self._focus_before = QApplication.focusWidget()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        file = self._file
        self._session.background.run(lambda: read_small(str(file), LARGEST), lambda image: self._read(file, image))
        if run is not None:
            request = Explain(run=str(run), paths=(str(file),), neighbours=NEIGHBOURS)
            self._session.start(request, lambda value: self._explained(file, value))

    def _know(self, picture: "Picture") -> None:
        if self._tile is not None and picture.path == self._tile.tip:
            self._picture = picture
            self._say_keys()

    def _read(self, file: Path, image: QImage) -> None:
        if self._file == file and not image.isNull():
            self.image.show_image(QPixmap.fromImage(image))

    def _explained(self, file: Path, value: Mapping[str, Any]) -> None:
        rows = value.get("rows") or ()
        if self._file == file and rows and rows[0].get("status") == "ok":
            self.image.show_evidence(Evidence(rows[0]["heat"], rows[0]["box"]))
            self._show_answer(rows[0])

    def _show_answer(self, row: Mapping[str, Any] | None) -> None:
        self.bars.show_probabilities(row["probabilities"] if row else {})
        self.bars.setVisible(row is not None)
        self.evidence_box.setVisible(row is not None)
        unknown = bool(row and row.get("unknown"))
        self._unknown.setVisible(unknown)
        self._unknown.setText(
            self.tr("! Unlike all training pictures: whatever it answers here, it never saw anything of the kind.")
        )
        self._alike = (row or {}).get("neighbours") or ()
        self._like.setVisible(bool(self._alike))
        self.neighbours.setVisible(bool(self._alike))
        self._session.shelf.look_up([str(one["path"]) for one in self._alike], self._draw_neighbours)
        self._draw_neighbours()

    def _draw_neighbours(self) -> None:
        self.neighbours.show_tiles([self._neighbour(one) for one in self._alike])

    def _neighbour(self, row: Mapping[str, Any]) -> Tile:
        path = str(row["path"])
        picture = self._session.picture_at(path)
        file = (self._session.folder or Path()) / path
        thumbnail = self._session.thumbnail_of(picture) if picture is not None else file
        alike = self.tr("{share} alike").format(share=words.percent(1 - float(row["distance"])))
        return Tile(picture=thumbnail, title=str(row["label"]), detail=alike, tip=path, file=file)

    def _say_keys(self) -> None:
        text = self.tr("← → neighbours, Esc closes.")
        if self._picture is not None and not self._session.read_only:
            text += " " + self.tr("1 to 9 move it to that class, Delete leaves it out; Ctrl+Z takes it back.")
        self._keys.setText(text)

    def event(self, event: QEvent) -> bool:
        return takes_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Return):
            self.put_away()
        elif key in steps:
            self.moved.emit(steps[key])
        elif key == Qt.Key.Key_E and not event.modifiers():
            self.evidence_box.toggle()
        elif not self._mend(key, event):
            super().keyPressEvent(event)

    def _mend(self, key: Qt.Key, event: QKeyEvent) -> bool:
        picture = self._picture
        if picture is None or self._session.read_only or event.modifiers():
            return False
        if key == Qt.Key.Key_Delete:
            self._session.shelf.exclude([picture], True, self.tr("Leave out a picture"))
            self._where.setText(self.tr("Left out. Ctrl+Z takes it back."))
            return True
        names = list((self._session.result("scan") or {}).get("classes") or ())
        number = key - Qt.Key.Key_1
        if 0 <= number < min(9, len(names)):
            text = self.tr("Move a picture to {name}").format(name=names[number])
            self._session.shelf.relabel([picture], names[number], text)
            self._where.setText(self.tr("Moved to {name}. Ctrl+Z takes it back.").format(name=names[number]))
            return True
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """As large as the page, also when that changes."""
        parent = self.parentWidget()
        if event.type() == QEvent.Type.Resize and watched is parent and self.isVisible():
            self.setGeometry(parent.rect())
        return super().eventFilter(watched, event)

    def put_away(self) -> None:
        """Back to where the keys went before."""
        before, self._focus_before = self._focus_before, None
        if before is not None and shiboken6.isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.image.show_image(QPixmap())
