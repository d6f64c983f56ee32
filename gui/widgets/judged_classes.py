"""The tab Figures: every figure with its 95 % interval, of the whole and class by class."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme, words
from gui.judged import WEAK
from gui.judgement import Judgement
from gui.why import Why, explain
from gui.widgets import scrolling
from gui.widgets.judged_layout import headed_card
from gui.widgets.number_table import Cell, Column, NumberTable
from gui.widgets.saving import SaveButton
from gui.words import QT_TRANSLATE_NOOP

OVERALL = {
    "accuracy": QT_TRANSLATE_NOOP("ClassesTab", "Right answers (accuracy)"),
    "balanced_accuracy": QT_TRANSLATE_NOOP("ClassesTab", "Each class counted alike (balanced accuracy)"),
    "precision": QT_TRANSLATE_NOOP("ClassesTab", "Right when it says so (precision, mean)"),
    "recall": QT_TRANSLATE_NOOP("ClassesTab", "Found of each class (recall, mean)"),
    "f1": QT_TRANSLATE_NOOP("ClassesTab", "Both in one (F1, mean)"),
    "roc_auc": QT_TRANSLATE_NOOP("ClassesTab", "Ranks rightly (area under the ROC curve)"),
    "average_precision": QT_TRANSLATE_NOOP("ClassesTab", "Average precision"),
}
OF_A_CLASS = ("recall", "precision", "f1", "roc_auc", "average_precision")


class ClassesTab(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._shown = Judgement()
        self.overall = NumberTable(
            self.tr("Figures"),
            [
                Column(self.tr("Figure"), wide=True),
                Column(self.tr("Value"), number=True),
                Column(self.tr("95 % certain"), number=True),
            ],
        )
        self.table = NumberTable(
            self.tr("Classes"),
            [
                Column(self.tr("Class"), wide=True),
                Column(self.tr("Pictures"), number=True),
                Column(self.tr("Found"), number=True),
                Column(self.tr("Right"), number=True),
                Column(self.tr("Both"), number=True),
                Column(self.tr("ROC area"), number=True),
                Column(self.tr("Avg. prec."), number=True),
            ],
            most=40,
        )
        column = self._column()
        for title, table, sheet, name in (
            (self.tr("Class by class"), self.table, self._class_sheet, "classes"),
            (self.tr("All figures"), self.overall, self._overall_sheet, "figures"),
        ):
            card = headed_card(title, SaveButton(name, sheet))
            card.body.addWidget(table)
            column.addWidget(card)
        column.addStretch(1)
        explain(
            self.table,
            Why(
                self.tr("Class by class"),
                self.tr(
                    "Found: of all pictures of this class, how many it recognised (recall). Right: of all it called "
                    "so, how many really were (precision). Both: the two in one figure, low if either is (F1).\n\n"
                    "Which matters more depends on you: missing a tumour, or a false alarm. The tab Operating point "
                    "lets you choose.\n\nROC area: how often a picture of the class ranks above one that is not, "
                    "wherever the line is drawn; 50 % is chance. Average precision: the same for rare classes."
                ),
            ),
        )
        explain(
            self.overall,
            Why(
                self.tr("95 % certain"),
                self.tr(
                    "Other pictures of the same kind would have given other figures. The range is where the true one "
                    "lies, 19 times out of 20. Few pictures, wide range: to narrow it to half, judge on four times as "
                    "many.\n\nShares of counts use Wilson's interval, the others a bootstrap with a fixed seed."
                ),
            ),
        )

    def _column(self) -> QVBoxLayout:
        """Where cards stand one below the other, as far as there is room; the rest is scrolled to."""
        sheet = QWidget()
        sheet.setObjectName("scrolled")
        column = QVBoxLayout(sheet)
        column.setContentsMargins(0, theme.SPACE_8, 0, 0)
        column.setSpacing(theme.SPACE_16)
        scroller = scrolling.scroller(sheet)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroller)
        return column

    def show_judgement(self, judgement: Judgement) -> None:
        self._shown = judgement
        full = {str(row.get("name")): row for row in (judgement.judged.get("figures") or {}).get("classes") or ()}
        self.table.show_rows([class_row(row, full.get(str(row.get("name")))) for row in judgement.rows("per_class")])
        rows = []
        for name, title in OVERALL.items():
            row = judgement.figure(name)
            if row is None:
                plain = judgement.judged.get(name)
                row = {"value": float(plain)} if isinstance(plain, (int, float)) else None
            rows.append(
                [
                    Cell(words.translate("ClassesTab", title)),
                    Cell(_value(row), strong=True),
                    Cell(between(row), role="quiet"),
                ]
            )
        self.overall.show_rows(rows if judgement.judged else [])

    def _class_sheet(self) -> list[list[object]]:
        titles: list[object] = ["class", "pictures"]
        for name in OF_A_CLASS:
            titles += [name, f"{name} low", f"{name} high"]
        rows: list[list[object]] = [titles]
        for row in (self._shown.judged.get("figures") or {}).get("classes") or ():
            cells: list[object] = [row["name"], row["support"]]
            for name in OF_A_CLASS:
                cells += [(row.get(name) or {}).get(key) for key in ("value", "low", "high")]
            rows.append(cells)
        return rows

    def _overall_sheet(self) -> list[list[object]]:
        rows: list[list[object]] = [["figure", "value", "low", "high"]]
        for name in OVERALL:
            row = self._shown.figure(name) or {}
            rows.append([name, row.get("value"), row.get("low"), row.get("high")])
        return rows


def class_row(row: Mapping[str, Any], full: Mapping[str, Any] | None) -> list[Cell]:
    """Name, pictures, and the shares; below a half a figure is marked, not by colour alone. The tip holds the range."""
    name = Cell(str(row.get("name", "")), tip=str(row.get("name", "")))
    support = Cell(words.count(int(row.get("support") or 0)), role="quiet")
    cells = [name, support]
    for key in OF_A_CLASS:
        known = (full or {}).get(key)
        cells.append(_share(known if known else {"value": row[key]} if row.get(key) is not None else None))
    return cells


def _share(row: Mapping[str, float] | None) -> Cell:
    if row is None:
        return Cell("–", role="quiet")
    text = words.percent(row["value"])
    tip = between(row)
    if "low" in row:
        text = words.accuracy(row["value"], row["low"], row["high"])
    return Cell(f"! {text}", role="careful", tip=tip) if row["value"] < WEAK else Cell(text, tip=tip)


def _value(row: Mapping[str, float] | None) -> str:
    return "–" if row is None else f"{100 * row['value']:.1f}\u00a0%"


def between(row: Mapping[str, float] | None) -> str:
    """`84 to 94 %`; nothing while the range is not known."""
    if row is None or "low" not in row:
        return ""
    text = words.translate("ClassesTab", "{low} to {high}\u00a0%")
    return text.format(low=round(100 * row["low"]), high=round(100 * row["high"]))
