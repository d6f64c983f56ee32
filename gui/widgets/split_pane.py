"""How the pictures are split, what belongs together, and whether the classes are in balance."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui import facts, steps, theme, words
from gui.forms import FieldForm
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.fold import Fold
from gui.widgets.split_table import SplitTable, small_parts
from gui.words import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from gui.session import Session

SPLIT_FIELDS = ("split.validation", "split.test", "split.keep_folders", "split.folds", "split.fold")
EVEN_BELOW = 1.15
"""Below this ratio of the largest to the smallest class they are called even."""

OFFERED_FROM = 3.0
"""From this ratio of the largest to the smallest class on weighing is offered."""

_BY: Mapping[str, str] = {
    "FOLDER": QT_TRANSLATE_NOOP("SplitPane", "Pictures in the same sub-folder, such as {example}"),
    "FIRST_WORD": QT_TRANSLATE_NOOP("SplitPane", "Names that begin with the same word, such as {example}"),
    "FIRST_TWO_WORDS": QT_TRANSLATE_NOOP("SplitPane", "Names that begin with the same two words, such as {example}"),
    "ALL_BUT_LAST_WORD": QT_TRANSLATE_NOOP("SplitPane", "Names that differ only in the last part, such as {example}"),
    "NUMBER_AND_LETTER": QT_TRANSLATE_NOOP("SplitPane", "Names that differ only in the last letter, such as {example}"),
    "WORD_WITH_NUMBER": QT_TRANSLATE_NOOP("SplitPane", "Names that hold the same number, such as {example}"),
    "DATE": QT_TRANSLATE_NOOP("SplitPane", "Names that hold the same date, such as {example}"),
}


class SplitPane(QScrollArea):
    """Draws the `scan` fields and changes the recipe."""

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._proposals: Sequence[Mapping[str, Any]] = ()
        self._chosen = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setObjectName("scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, theme.SPACE_8, theme.SPACE_16)
        column.setSpacing(theme.SPACE_16)
        self.table = SplitTable()
        explain(self.table, Why(self.tr("The split"), words.say(_WHY), drawing="split"))
        self.small = labels.label("", role="careful")
        column.addWidget(self.table)
        column.addWidget(self.small)
        column.addWidget(self._how())
        column.addWidget(self._groups())
        column.addWidget(self._balance())
        column.addStretch(1)
        self.setWidget(inside)

    def _how(self) -> Card:
        card = Card(self.tr("How to split"))
        self.form = FieldForm(self._session, SPLIT_FIELDS)
        card.body.addWidget(self.form)
        self._by_hand = labels.caption(
            self.tr("A few pictures can be moved by hand: choose them under Pictures, then More, Move to…")
        )
        card.body.addWidget(self._by_hand)
        self.every_fold = buttons.plain_button(self.tr("Train every fold"))
        self.every_fold.clicked.connect(self._session.cross_validate)
        card.body.addWidget(self.every_fold, 0, Qt.AlignmentFlag.AlignLeft)
        self.folds_said = labels.body("")
        card.body.addWidget(self.folds_said)
        return card

    def _offer_folds(self) -> None:
        session = self._session
        self.every_fold.setVisible(session.recipe.split.folds > 1)
        reason = steps.train_block(facts.situation(session))
        if session.running("train", "race", "cross_validate", "find_twins") is not None:
            reason = self.tr("Wait until what is running is done.")
        if reason:
            buttons.disable(self.every_fold, reason)
        else:
            buttons.enable(
                self.every_fold,
                self.tr("One training for each fold: what they say together is surer. What was broken off goes on."),
            )
        found = session.result("cross_validate") or {}
        self.folds_said.setVisible(bool(found))
        if found:
            text = self.tr("{count} folds: {mean} right on average, give or take {spread} points from fold to fold.")
            self.folds_said.setText(
                text.format(count=len(found["folds"]), mean=words.percent(found["mean"]),
                            spread=f"{100 * found['spread']:.1f}")
            )  # fmt: skip

    def _groups(self) -> Card:
        card = Card(self.tr("What belongs together"))
        card.body.addWidget(
            labels.quiet(
                self.tr("Pictures of one patient, slide or burst must not be learned from and judged by at once. "
                        "Twins and what you grouped by hand (G) always stay together.")
            )
        )  # fmt: skip
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.SPACE_8)
        card.body.addLayout(self._rows)
        own = Fold(self.tr("A pattern of your own"), self._own_pattern, plain=True)
        card.body.addWidget(own)
        return card

    def _own_pattern(self) -> QWidget:
        return FieldForm(self._session, ("split.group_pattern",))

    def _balance(self) -> Card:
        card = self._balance_card = Card(self.tr("Balance"))
        self._balance_said = labels.quiet()
        card.body.addWidget(self._balance_said)
        self.weights = QCheckBox(self.tr("Weigh classes: mistakes in small classes count more"))
        self.sampling = QCheckBox(self.tr("Balanced sampling: every class is shown equally often"))
        self.weights.clicked.connect(lambda checked: self._weigh(checked, False))
        self.sampling.clicked.connect(lambda checked: self._weigh(False, checked))
        for box in (self.weights, self.sampling):
            card.body.addWidget(box)
        return card

    def _weigh(self, weights: bool, sampling: bool) -> None:
        """One or the other, not both."""
        recipe = self._session.recipe.with_value("training.balanced_sampling", sampling)
        self._session.replace(
            recipe.with_value("regularization.class_weights", weights), self.tr("Balance the classes")
        )

    def show_scan(self, scan: Mapping[str, Any]) -> None:
        self.table.show_split(scan.get("split_by_class", {}), scan.get("split", {}))
        sentences = small_parts(scan.get("split", {}))
        self.small.setText("\n".join(sentences))
        self.small.setVisible(bool(sentences))
        self.show_recipe()
        self._offer_folds()
        proposals, chosen = scan.get("groups", ()), self._session.recipe.split.group_pattern
        if proposals != self._proposals or chosen != self._chosen or not self._rows.count():
            self._proposals, self._chosen = proposals, chosen
            self._draw_proposals()
        self._draw_balance([count for count in scan.get("classes", {}).values() if count])

    def show_recipe(self) -> None:
        recipe = self._session.recipe
        self.weights.setChecked(recipe.regularization.class_weights)
        self.sampling.setChecked(recipe.training.balanced_sampling)
        self.form.show_row("split.fold", recipe.split.folds > 1)
        for part in (self.form, self.weights, self.sampling):
            part.setDisabled(self._session.read_only)

    def _draw_proposals(self) -> None:
        held = next((row.pattern for row in self._proposal_rows() if row.button.hasFocus()), None)
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for proposal in self._proposals:
            self._rows.addWidget(_ProposalRow(self._session, proposal, proposal["pattern"] == self._chosen))
        if self._chosen and all(proposal["pattern"] != self._chosen for proposal in self._proposals):
            note = self.tr("Groups follow a pattern of your own: {pattern}").format(pattern=self._chosen)
            self._rows.addWidget(labels.body(note))
        elif not self._proposals:
            self._rows.addWidget(labels.body(self.tr("The file names tell of no groups.")))
        for row in self._proposal_rows():
            if row.pattern == held:
                row.button.setFocus()  # whoever pressed it can press it again

    def _proposal_rows(self) -> "list[_ProposalRow]":
        items = (self._rows.itemAt(number) for number in range(self._rows.count()))
        return [row for item in items if item is not None and isinstance(row := item.widget(), _ProposalRow)]

    def _draw_balance(self, counts: Sequence[int]) -> None:
        ratio = max(counts, default=1) / max(1, min(counts, default=1))
        offered = ratio > OFFERED_FROM
        self._balance_card.setVisible(len(counts) > 1)
        on = self.weights.isChecked() or self.sampling.isChecked()
        for box in (self.weights, self.sampling):
            box.setVisible(offered or on)
        text = self.tr("The largest class has {ratio} times the pictures of the smallest.")
        if ratio < EVEN_BELOW:
            text = self.tr("All classes have about the same number of pictures.")
        if offered:
            text += " " + self.tr("A network then tends to answer with the large class; either of these counters that.")
        self._balance_said.setText(text.format(ratio=f"{ratio:.1f}"))


class _ProposalRow(QWidget):
    """One way to group, with some of its groups, and the button that takes it or puts it away."""

    def __init__(self, session: "Session", proposal: Mapping[str, Any], chosen: bool) -> None:
        super().__init__()
        self.pattern = str(proposal["pattern"])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        words_column = QVBoxLayout()
        words_column.setSpacing(2)
        says = words.translate("SplitPane", _BY[proposal["code"]]).format(example=proposal["example"])
        words_column.addWidget(labels.label(f"✓ {says}" if chosen else says, strong=chosen))
        groups = words.translate("SplitPane", "%n group(s), the largest of {largest}; for example {names}", "",
                                 proposal["groups"])  # fmt: skip
        names = "; ".join(", ".join(names) for _, names in proposal["examples"][:2])
        detail: QLabel = labels.caption(groups.format(largest=words.count(proposal["largest"]), names=names))
        words_column.addWidget(detail)
        row.addLayout(words_column, 1)
        title = words.translate("SplitPane", "Do not group") if chosen else words.translate("SplitPane", "Use")
        self.button = buttons.plain_button(title)
        self.button.setAccessibleName(f"{title}: {says}")
        self.button.setDisabled(session.read_only)
        pattern = "" if chosen else self.pattern
        self.button.clicked.connect(lambda: session.set_value("split.group_pattern", pattern))
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)


_WHY = QT_TRANSLATE_NOOP(
    "Words",
    "Some pictures are set aside and never learned from. How the model does on these (validation) tells how it will do "
    "on new ones.\n\nThe fewer there are, the less sure the figure is: with 20 pictures, 90 % right may in truth be "
    "anything from 70 to 97 %.\n\nA test part is looked at only once, at the very end; it is the most honest figure.",
)
