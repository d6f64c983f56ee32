"""Strategy: where the pictures lie on the grid, what that advises, what it means stage by stage, and the race."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from core.recipe import GENTLE, Rates, Recipe, StrategyKind
from gui import facts, steps, theme, words
from gui.forms import FieldForm, field_editor
from gui.race_watch import RaceWatch
from gui.reasons import reasons
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.fold import Fold
from gui.widgets.grid import Grid
from gui.widgets.grid_data import SIMILAR_FROM, STRATEGY_OF, grid_data
from gui.widgets.network_blocks import Block, blocks, planned
from gui.widgets.network_picture import NetworkPicture
from gui.widgets.page import Page
from gui.widgets.race_card import RaceCard
from gui.widgets.stage_evidence import StageChart, accuracy_marks, read_stages, similarity_marks

if TYPE_CHECKING:
    from gui.session import Session

HERO = 560
DETAILS = (
    "strategy.first_stage", "strategy.reinitialize", "strategy.backbone_rate", "strategy.layer_decay",
    "strategy.head_first", "strategy.gradual_unfreezing", "strategy.batch_norm", "strategy.frozen_views",
)  # fmt: skip


class StrategyPage(Page):
    name: ClassVar[str] = "strategy"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Strategy"))
        self.grid = Grid()
        self.network = NetworkPicture()
        self.reasons = labels.body()
        self.race = RaceCard()
        self.race_watch = RaceWatch(session, self)
        self.familiar = StageChart(self.tr("How familiar they look, stage by stage"), percent=False)
        self.probes = StageChart(self.tr("Right with a new head on each stage's features"), percent=True)
        self.measure_button = buttons.plain_button(self.tr("Measure again"), "redo")
        self._lay_out_body()
        self._explain()
        self.grid.cellChosen.connect(self._choose_cell)
        self.network.boundaryMoved.connect(self._move_boundary)
        self.measure_button.clicked.connect(lambda: self.session.advise())
        self.race.wanted.connect(self.session.race)
        self.race.go_on.connect(self._go_on_with_the_race)
        self.race.stop.connect(self._pause_the_race)
        self.race.taken.connect(self._take_racer)
        self.race_watch.moved.connect(self._show_race)

    def _lay_out_body(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        hero = Card()
        hero.setMaximumWidth(HERO)
        hero.body.addWidget(self.grid)
        hero.body.addStretch(1)
        row.addWidget(hero, 3)
        drawn = Card(self.tr("What learns"))
        drawn.body.addWidget(field_editor(self.session, "strategy.kind"))
        self._network_note = labels.quiet()
        drawn.body.addWidget(self._network_note)
        drawn.body.addWidget(self.network, 1)
        row.addWidget(drawn, 2)
        self.body.addLayout(row)
        self._evidence = Card(self.tr("Why this is advised"))
        charts = QHBoxLayout()
        charts.setSpacing(theme.SPACE_24)
        charts.addWidget(self.familiar, 1)
        charts.addWidget(self.probes, 1)
        self._evidence.body.addLayout(charts)
        self._evidence.body.addWidget(self.reasons)
        self._evidence.body.addWidget(self.measure_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._evidence)
        self.body.addWidget(self.race)
        title = self.tr("Details: every choice of the strategy")
        self.details = Fold(title, lambda: FieldForm(self.session, DETAILS))
        self.body.addWidget(self.details)
        self.body.addStretch(1)

    def _explain(self) -> None:
        explain(
            self.grid,
            Why(
                self.tr("The grid"),
                self.tr(
                    "Two questions decide how much of a pretrained network should learn: how many pictures do you "
                    "have, and how much do they look like the photographs it learned from?\n\n"
                    "Few and familiar: keep everything, learn only the last step. Many: let more of it adapt. "
                    "Unfamiliar: what the network knows helps less, so more must change, and that needs pictures.\n\n"
                    "The dot is measured on your pictures. The ring around it says how sure that is. "
                    "Click another cell if you know better; click the advised one to go back."
                ),
                self.tr("See it on a landscape"), "learn",
            ),
        )  # fmt: skip
        explain(
            self._evidence,
            Why(
                self.tr("Known before any training"),
                self.tr(
                    "Left: how familiar your pictures look to each stage of the network, from 0 to 1. Familiar below "
                    "and not above says where learning should begin.\n\n"
                    "Right: how much a new head gets right that reads only this stage's features, tried on pictures "
                    "it did not learn from. Where an earlier stage does better than the end, the last stages know "
                    "too much about other things. Filled dots are the stages that a stage probe would read."
                ),
            ),
        )  # fmt: skip
        explain(
            self.network,
            Why(
                self.tr("Frozen or learning"),
                self.tr(
                    "Pictures enter on the left and become an answer on the right. The first stages see edges and "
                    "colours, the last ones parts and things.\n\n"
                    "Hatched stages are frozen: they keep what they know, and cost next to nothing. Solid ones learn, "
                    "each at its share of the speed of the head, so that old knowledge is bent and not broken.\n\n"
                    "Drag the bar, or press the left and right arrow, to let more or fewer stages learn."
                ),
            ),
        )

    def default_why(self) -> Why:
        return Why(
            self.tr("How much should learn?"),
            self.tr(
                "A pretrained network already knows how to look. Teaching it your classes can mean changing only its "
                "last step, or some of it, or all.\n\nToo little, and it cannot see what matters to you. Too much, and "
                "it learns your few pictures by heart and fails on new ones. Graft measures your pictures and advises; "
                "you decide."
            ),
            self.tr("See it on a landscape"), "learn",
        )  # fmt: skip

    # Drawing

    def refresh(self) -> None:
        advice = self.session.result("advise") or {}
        kind = self.session.recipe.strategy.kind
        chosen = next((cell for cell, strategy in STRATEGY_OF.items() if strategy == kind), "")
        data = grid_data(advice, chosen)
        if data != self.grid.data:
            self.grid.show_data(data)
        self._show_network(advice)
        said = reasons(advice)
        self._evidence.setVisible(bool(said))
        self.familiar.show_marks(similarity_marks(advice), limit=(SIMILAR_FROM, self.tr("familiar from here up")))
        self.probes.show_marks(accuracy_marks(advice), chosen=read_stages(advice))
        self.reasons.setText("\n".join(f"{glyph} {text}" for glyph, text in zip(_glyphs(said), said, strict=True)))
        self._show_race()
        self._say_where_things_stand(advice)

    def _show_network(self, advice: Mapping[str, Any]) -> None:
        rows = self._blocks(advice)
        if rows != self.network.blocks:
            self.network.show_blocks(rows)
        if not rows:
            self._network_note.setText(self.tr("Drawn as soon as the pictures are measured."))
            return
        learning = sum(block.parameters for block in rows if block.learns)
        share = learning / max(sum(block.parameters for block in rows), 1)
        kind = words.strategy_name(self._kind(advice))
        text = self.tr("{kind}: {learning} of its weights learn ({share}).")
        text = text.format(kind=kind, learning=words.count(learning), share=_share(share))
        if any(block.joins for block in rows):
            text += " " + self.tr("Below each stage: so much of the training has passed when it joins.")
        self._network_note.setText(text)

    def _blocks(self, advice: Mapping[str, Any]) -> tuple[Block, ...]:
        plan, kind = advice.get("plan") or (), self._kind(advice)
        if not plan or not kind:
            return ()
        asked = self.session.recipe.strategy
        first = advice.get("first_stage") if asked.kind is None else None
        rates = Rates(**advice["rates"]) if advice.get("rates") else GENTLE
        return planned(blocks(plan), asked.settled(cast("StrategyKind", kind), first, rates))

    def _kind(self, advice: Mapping[str, Any]) -> str:
        return self.session.recipe.strategy.kind or str(advice.get("strategy", ""))

    def _show_race(self) -> None:
        session = self.session
        running = session.running("race") is not None
        why_not = steps.train_block(facts.situation(session))
        if session.running("train") is not None:
            why_not = why_not or self.tr("A training is running.")
        watch = self.race_watch
        self.race.show_race(watch.data, running, watch.unfinished is not None, why_not)

    def _say_where_things_stand(self, advice: Mapping[str, Any]) -> None:
        session = self.session
        block = steps.train_block(facts.situation(session))
        measuring = session.running("advise") is not None
        failed = session.failure("advise")
        if failed is not None:
            text = f"{words.fault_message(failed.code, failed.params)} {words.fault_hint(failed.code, failed.params)}"
            self.show_banner("advise", "bad", text, self.tr("Measure again"), session.advise)
        else:
            self.clear_banner("advise")
        if advice:
            kind, advised = self._kind(advice), str(advice.get("strategy", ""))
            cell = words.cell_name(str(advice.get("cell", "")))
            text = self.tr("{cell}. Advised: {advised}.").format(cell=cell, advised=words.strategy_name(advised))
            if kind != advised:
                text += " " + self.tr("You chose: {chosen}.").format(chosen=words.strategy_name(kind))
            self.set_status(text)
        elif measuring:
            self.set_status(self.tr("Measuring how many pictures there are and how familiar they look."))
        else:
            self.set_status(self.tr("Measure the pictures, and Graft advises how much of the network should learn."))
        why = facts.advice_block(session) or (self.tr("Being measured right now.") if measuring else "")
        if why:
            buttons.disable(self.measure_button, why)
        else:
            buttons.enable(self.measure_button)
        if session.running("train") is not None:
            self.set_primary(self.tr("See it train ▸"))
        elif advice or session.recipe.strategy.kind:
            self.set_primary(self.tr("On to variation ▸"), not block, block)
        else:
            self.set_primary(self.tr("Measure"), not why, why)

    # What the user does

    def primary_action(self) -> None:
        if self.session.running("train") is not None:
            self.go_on("train")
        elif self.session.result("advise") or self.session.recipe.strategy.kind:
            self.go_on("augment")
        else:
            self.session.advise()

    def _choose_cell(self, cell: str) -> None:
        """A click on the advised cell takes the advice; any other overrules it."""
        advised = str((self.session.result("advise") or {}).get("cell", ""))
        kind = None if cell == advised else cast("StrategyKind", STRATEGY_OF[cell])
        self._set_strategy(kind, None)

    def _move_boundary(self, stage: int) -> None:
        count = len(self.network.stages)
        if stage >= count:
            self._set_strategy("linear_probe", None)
        elif stage == 0:
            self._set_strategy("fine_tune_all", None)
        else:
            self._set_strategy("fine_tune_top", stage)

    def _go_on_with_the_race(self) -> None:
        if self.race_watch.unfinished is not None:
            self.session.resume_race(self.race_watch.unfinished)

    def _pause_the_race(self) -> None:
        job = self.session.running("race")
        if job is not None:
            self.session.cancel(job)

    def _take_racer(self, kind: str) -> None:
        """Its strategy, as it raced, and its run as the one that the other pages speak about."""
        rows = self.race_watch.data.result.get("strategies") or ()
        row: Mapping[str, Any] = next((row for row in rows if row["strategy"] == kind), {})
        self._set_strategy(cast("StrategyKind", kind), row.get("first_stage"))
        if row.get("run"):
            self.session.choose_run(Path(str(row["run"])))

    def _set_strategy(self, kind: StrategyKind | None, first_stage: int | None) -> None:
        recipe: Recipe = self.session.recipe
        strategy = recipe.strategy.model_copy(update={"kind": kind, "first_stage": first_stage})
        self.session.replace(recipe.model_copy(update={"strategy": strategy}), self.tr("Choose the strategy"))


def _glyphs(said: list[str]) -> list[str]:
    return ["→" if number == len(said) - 1 else "•" for number in range(len(said))]


def _share(share: float) -> str:
    if 0 < share < 0.01:
        return f"{100 * share:.2g}\u00a0%"
    return words.percent(share)
