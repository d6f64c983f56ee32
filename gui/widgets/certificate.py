"""What was checked of an exported model, with a glyph and a figure each; and where it lies."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from gui import theme, words
from gui.widgets import buttons, icons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.saving import SaveButton
from gui.words import translate

ONE_LINE = 24
"""Letters of a figure that stands under the others; what is longer is said in words."""
_GLYPHS = {"good": "check", "careful": "alert", "bad": "alert", "info": "info"}


@dataclass(frozen=True, slots=True)
class Check:
    """One row: `state` is good, careful, bad or info."""

    state: str
    what: str
    figure: str


def checks(result: Mapping[str, Any]) -> list[Check]:
    """The rows of a certificate, from the `export` result fields and what the certificate's file adds.

    What is not there is not claimed.
    """
    parity, cost = result.get("parity") or {}, result.get("cost")
    if cost:
        return [*_costs(cost), *_agreement(parity, result)]
    if not int(parity.get("images") or 0):
        what = translate("Certificate", "Compared with Graft's own answers")
        rows = [Check("careful", what, translate("Certificate", "not compared"))]
    else:
        groups = result.get("checks") or [{"pictures": "", **parity}]
        rows = [_same_answers(group) for group in groups]
        difference = parity.get("max_abs_probability_difference")
        if difference is not None:
            state = "good" if parity.get("verified") else "careful"
            rows.append(Check(state, _largest(result.get("tolerance")), _small(float(difference))))
    if result.get("runtime"):
        rows.append(Check("info", translate("Certificate", "Opened again with"), str(result["runtime"])))
    size = _size(str(result.get("path", "")))
    if size is not None:
        rows.append(Check("info", translate("Certificate", "Size on disk"), words.bytes_text(size)))
    return rows


def _is_cheap(cost: Mapping[str, Any]) -> bool:
    return bool(cost.get("images")) and float(cost["after"]) >= float(cost["before"])


def _price(cost: Mapping[str, Any]) -> str:
    if not cost.get("images"):
        return translate(
            "Certificate", "Smaller; what it costs could not be measured: there are no pictures whose class is known"
        )
    lost = 100 * (float(cost["before"]) - float(cost["after"]))
    if lost <= 0:
        return translate("Certificate", "Smaller, and no worse on your pictures")
    less = translate("Certificate", "Smaller, and {points} points less accurate on your pictures")
    return less.format(points=f"{lost:.1f}")


def _costs(cost: Mapping[str, Any]) -> list[Check]:
    """What smaller numbers cost and save."""
    smaller = translate("Certificate", "{after} instead of {before}").format(
        after=words.bytes_text(int(cost["bytes"])), before=words.bytes_text(int(cost["bytes_before"]))
    )
    rows = []
    if cost.get("images"):
        state = "good" if _is_cheap(cost) else "careful"
        images = words.count(int(cost["images"]))
        what = translate("Certificate", "Right answers on {count} pictures, before and after").format(count=images)
        rows.append(Check(state, what, f"{100 * cost['before']:.1f} → {100 * cost['after']:.1f} %"))
        changed = translate("Certificate", "{broken} worse, {mended} better").format(**cost)
        rows.append(Check("info", translate("Certificate", "Answers that changed"), changed))
    return [*rows, Check("info", translate("Certificate", "Size on disk"), smaller)]


def _agreement(parity: Mapping[str, Any], result: Mapping[str, Any]) -> list[Check]:
    groups = result.get("checks") or ([{"pictures": "", **parity}] if parity.get("images") else [])
    same = [_same_answers(group) for group in groups]
    rows = [Check("good" if row.state == "good" else "careful", row.what, row.figure) for row in same]
    opened = translate("Certificate", "Opened again with")
    return [
        *rows,
        *([Check("info", opened, str(result["runtime"]))] if result.get("runtime") else []),
    ]


def _same_answers(group: Mapping[str, Any]) -> Check:
    names = {
        "your pictures": translate("Certificate", "Same answer as Graft on your pictures"),
        "awkward pictures": translate("Certificate", "Same answer on awkward ones (tiny, huge, turned, odd colours)"),
    }
    images, share = int(group.get("images") or 0), float(group.get("top1_agreement") or 0.0)
    same = translate("Certificate", "{same} of {all}")
    same = same.format(same=words.count(round(images * share)), all=words.count(images))
    what = names.get(str(group.get("pictures", "")), translate("Certificate", "Same answer as Graft"))
    return Check("good" if share >= 1 else "bad", what, same)


def _largest(tolerance: object) -> str:
    if isinstance(tolerance, float):
        allowed = translate("Certificate", "Largest difference in a probability (allowed: {limit})")
        return allowed.format(limit=_small(tolerance))
    return translate("Certificate", "Largest difference in a probability")


def certificate_file(path: Path) -> Path:
    """Beside the model lies its certificate, with every picture that was compared."""
    return path.with_name(f"{path.name}.parity.json")


def verified(result: Mapping[str, Any]) -> bool:
    return bool((result.get("parity") or {}).get("verified"))


def _small(value: float) -> str:
    """One significant digit, never in powers of ten: 0.00008."""
    if value < 1e-7:
        under = translate("Certificate", "under {limit}").format(limit="0.0000001")
        return translate("Certificate", "none") if value == 0 else under
    return f"{value:.{max(1, math.ceil(-math.log10(value)))}f}"


def _size(path: str) -> int | None:
    """Of the file, or of all files of the folder that was written."""
    try:
        place = Path(path)
        if not path:
            return None
        if place.is_dir():
            return sum(part.stat().st_size for part in place.rglob("*") if part.is_file())
        return place.stat().st_size
    except OSError:
        return None


class Certificate(Card):
    """A card: headline, rows with glyphs, the file, and `Show in folder`.

    One of a trial has `Keep it…` and `Throw it away` instead: the file waits for the user's word.
    """

    wanted = Signal()
    unwanted = Signal()

    def __init__(self, result: Mapping[str, Any], is_trial: bool = False) -> None:
        super().__init__()
        self.path = Path(str(result.get("path", "")))
        sure = verified(result)
        title = self.tr("Verified: it answers as Graft does") if sure else self.tr("Written, but not verified")
        if result.get("cost"):
            sure, title = _is_cheap(result["cost"]), _price(result["cost"])
        head = QHBoxLayout()
        head.setSpacing(12)
        self._rows: list[tuple[QLabel, str, int]] = []
        head.addWidget(self._glyph("good" if sure else "careful", 24), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(labels.heading(title), 1)
        self.show_button = buttons.plain_button(self.tr("Show in folder"), "folder")
        self.show_button.clicked.connect(self.show_in_folder)
        head.addWidget(self.show_button)
        self.keep_button = buttons.plain_button(self.tr("Keep it…"), "download")
        self.keep_button.clicked.connect(self.wanted)
        self.discard_button = buttons.plain_button(self.tr("Throw it away"), "trash")
        self.discard_button.clicked.connect(self.unwanted)
        rows = checks(result)
        sheet = [["check", "figure", "state"], *([row.what, row.figure, row.state] for row in rows)]
        head.addWidget(SaveButton("certificate", lambda: sheet))
        for button in (self.keep_button, self.discard_button):
            button.setVisible(is_trial)
            head.addWidget(button)
        self.show_button.setVisible(not is_trial)
        self.body.addLayout(head)
        self.setAccessibleName(title)
        self._where = labels.quiet(self.tr("Not kept yet.") if is_trial else str(self.path))
        self._where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self._where)
        self.body.addWidget(self._table(rows))
        theme.watcher().changed.connect(self._draw)

    def _table(self, rows: list[Check]) -> QWidget:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, theme.SPACE_8, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(theme.SPACE_8)
        grid.setColumnStretch(3, 1)
        for index, row in enumerate(rows):
            glyph = self._glyph(row.state, 16)
            glyph.setAccessibleName({"good": self.tr("passed"), "bad": self.tr("failed")}.get(row.state, ""))
            figure = labels.label(row.figure, strong=True, tabular=True)
            grid.addWidget(glyph, index, 0)
            grid.addWidget(labels.one_line(labels.body(row.what)), index, 1)
            if len(row.figure) <= ONE_LINE:
                grid.addWidget(labels.one_line(figure), index, 2, Qt.AlignmentFlag.AlignRight)
            else:  # words, which go on in a further line
                grid.addWidget(figure, index, 2, 1, 2)
        table.setAccessibleName("; ".join(f"{row.what}: {row.figure}" for row in rows))
        return table

    def _glyph(self, state: str, size: int) -> QLabel:
        label = QLabel()
        self._rows.append((label, state, size))
        self._draw_one(label, state, size)
        return label

    def _draw(self) -> None:
        for row in self._rows:
            self._draw_one(*row)

    def _draw_one(self, label: QLabel, state: str, size: int) -> None:
        role = {"good": "good", "careful": "careful", "bad": "bad"}.get(state, "quiet")
        label.setPixmap(icons.pixmap(_GLYPHS[state], size, role))

    def has_moved(self, path: Path) -> None:
        """The user kept it, there."""
        self.path = path
        self._where.setText(str(path))
        self.show_button.show()
        self.keep_button.hide()
        self.discard_button.hide()

    def show_in_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.path.parent)))
