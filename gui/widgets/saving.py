"""Taking away what is shown: every table as CSV, every drawing as PNG or SVG, both by way of the clipboard.

One small button does it for any widget: `SaveButton("calibration", sheet=..., picture=...)`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QPoint, QRect, QSize, QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from core.errors import UserError
from core.project import atomic
from core.project.sheet import write_sheet
from gui import theme, words
from gui.widgets import icons

if TYPE_CHECKING:
    from gui.widgets.page import Page

Sheet = Sequence[Sequence[object]]
SHARPER = 3  # a PNG has so many pixels for each of the screen, for print


class SaveButton(QToolButton):
    """A button with a menu. `name` is the file's name without suffix; `sheet` gives the rows, the first one the titles;
    `picture` gives the widget that is drawn."""

    def __init__(
        self,
        name: str,
        sheet: Callable[[], Sheet] | None = None,
        picture: Callable[[], QWidget | None] | None = None,
    ) -> None:
        super().__init__()
        self._name, self._sheet, self._picture = name, sheet, picture
        self.setIcon(icons.icon("download"))
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName(self.tr("Copy or save"))
        self.setToolTip(self.tr("Copy or save"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_of = QMenu(self)
        if sheet is not None:
            self.menu_of.addAction(self.tr("Copy the numbers"), lambda: copy_sheet(sheet()))
        if picture is not None:
            self.menu_of.addAction(self.tr("Copy the picture"), self._copy_picture)
        self.menu_of.addSeparator()
        if sheet is not None:
            self._add(self.tr("Save the numbers (CSV)…"), "csv", lambda path: write_sheet(sheet(), path))
        if picture is not None:
            self._add(self.tr("Save the picture (PNG)…"), "png", lambda path: write_png(self._drawn(), path))
            self._add(self.tr("Save the picture (SVG)…"), "svg", lambda path: write_svg(self._drawn(), path))
        self.setMenu(self.menu_of)

    def _add(self, text: str, suffix: str, write: Callable[[Path], object]) -> None:
        self.menu_of.addAction(text, lambda: ask_where(self, f"{self._name}.{suffix}", write))

    def _drawn(self) -> QWidget:
        widget = self._picture() if self._picture is not None else None
        return widget or self

    def _copy_picture(self) -> None:
        QGuiApplication.clipboard().setImage(as_image(self._drawn()))


def ask_where(owner: QWidget, name: str, write: Callable[[Path], object]) -> QFileDialog:
    """Ask for a file and write it; what came of it is said in a banner of the page."""
    return choose_file(owner, name, lambda path: write_and_tell(owner, path, write))


def choose_file(owner: QWidget, name: str, then: Callable[[Path], object]) -> QFileDialog:
    """Ask for a file to write to; `name` is offered."""
    dialog = QFileDialog(owner.window(), QCoreApplication.translate("Saving", "Save"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    suffix = Path(name).suffix
    dialog.setNameFilter(f"{suffix[1:].upper()} (*{suffix})")
    dialog.setDefaultSuffix(suffix[1:])
    dialog.setDirectory(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    dialog.selectFile(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: then(Path(path)))
    dialog.open()
    return dialog


def write_and_tell(owner: QWidget, path: Path, write: Callable[[Path], object]) -> None:
    page = page_of(owner)
    try:
        write(path)
    except UserError as error:
        if page is not None:
            said = words.fault_text(error)
            page.show_banner("saving", "bad", said)
        return
    if page is not None:
        page.show_banner(
            "saving", "good", QCoreApplication.translate("Saving", "Saved as {path}").format(path=str(path))
        )


def page_of(widget: QWidget) -> "Page | None":
    """The page that a widget lies on."""
    parent: QWidget | None = widget
    while parent is not None and not hasattr(parent, "show_banner"):
        parent = parent.parentWidget()
    return cast("Page | None", parent)


def copy_sheet(rows: Sheet) -> None:
    """Onto the clipboard, so that a spreadsheet takes it cell by cell."""
    lines = ["\t".join("" if cell is None else str(cell) for cell in row) for row in rows]
    QGuiApplication.clipboard().setText("\n".join(lines))


def as_image(widget: QWidget, scale: int = SHARPER) -> QImage:
    """The widget as it looks now, on the colour of a card."""
    image = QImage(widget.size() * scale, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(scale)
    image.fill(theme.colour("card"))
    painter = QPainter(image)
    _render(widget, painter)
    painter.end()
    return image


def write_png(widget: QWidget, path: Path) -> None:
    """Raises UserError DISK_FULL or CANNOT_WRITE."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(as_image(widget))
    _write(bytes(content.data()), path)


def write_svg(widget: QWidget, path: Path) -> None:
    """Raises UserError DISK_FULL or CANNOT_WRITE."""
    _write(as_svg(widget), path)


def as_svg(widget: QWidget) -> bytes:
    """Lines and letters, not pixels: sharp at any size, and to be changed in a drawing program."""
    from PySide6.QtSvg import QSvgGenerator

    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    generator.setTitle(widget.accessibleName())
    painter = QPainter(generator)
    painter.fillRect(QRect(QPoint(), widget.size()), theme.colour("card"))
    _render(widget, painter)
    painter.end()
    return bytes(content.data())


def _render(widget: QWidget, painter: QPainter) -> None:
    """Widgets that can draw themselves anywhere do so (`draw`), which keeps letters letters; others are rendered."""
    draw = getattr(widget, "draw", None)
    if draw is not None:
        draw(painter)
    else:
        widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)


def _write(content: bytes, path: Path) -> None:
    atomic.write_bytes(path, content)
