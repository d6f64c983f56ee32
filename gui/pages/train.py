"""Train: the live curve, the figures that matter, what it says, and the hands on it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from core.errors import UserError
from gui import facts, rules, steps, theme, words
from gui.advice_acts import act_on
from gui.machine import machine_text, memory_of
from gui.throttle import Throttle
from gui.training_watch import TrainingWatch
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.advice_line import AdviceLine
from gui.widgets.card import Card
from gui.widgets.later import Later
from gui.widgets.page import Page
from gui.widgets.steering_hands import SteeringHands
from gui.widgets.training_choices import TrainingChoices
from gui.widgets.training_figures import TrainingFigures

if TYPE_CHECKING:
    from core.events import Event
    from gui.job_board import Job
    from gui.session import Session
    from gui.widgets.curve import Curve

FIGURES_EVERY = 120  # milliseconds
PROBES = ("linear_probe", "stage_probe")
ALL_LEARN = ("fine_tune_all", "from_scratch")


class TrainPage(Page):
    name: ClassVar[str] = "train"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Train"))
        self.curve = Later(_curve)
        self.watch = TrainingWatch(session, self)
        self.curve.then(lambda curve: curve.show_data(self.watch.data))
        self._lay_out_body()
        self._explain()
        self._draw_figures = Throttle(FIGURES_EVERY, self._show_figures, self)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._show_figures)
        self.watch.moved.connect(self._moved)
        self.watch.turned.connect(self._turned)

    # Building

    def _lay_out_body(self) -> None:
        drawn = Card()
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_8)
        head.addWidget(labels.heading(self.tr("The learning curve")), 1)
        self.save_button = self._button(head, self.tr("Save the curve…"), "download", self._save)
        self.again_button = self._button(head, self.tr("Train again"), "redo", self._start)
        drawn.body.addLayout(head)
        place = QWidget()
        place.setMinimumHeight(340)
        self.pages = QStackedLayout(place)
        self.pages.addWidget(self._invitation())
        self.pages.addWidget(self.curve)
        self.hands = SteeringHands()
        self.hands.steered.connect(self.session.steer)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        row.addWidget(place, 1)
        row.addWidget(self.hands)
        drawn.body.addLayout(row, 1)
        self.line = AdviceLine()
        drawn.body.addWidget(self.line)
        self.body.addWidget(drawn, 1)
        self.figures = TrainingFigures()
        self.body.addWidget(self.figures)
        self.machine = labels.quiet()
        self.body.addWidget(self.machine)
        self.choices = TrainingChoices(self.session)
        self.body.addWidget(self.choices)
        pause = QShortcut(QKeySequence("Alt+P"), self)
        pause.activated.connect(self._pause_by_key)

    def _button(self, row: QHBoxLayout, text: str, icon: str, act: Callable[[], object]) -> QPushButton:
        button = buttons.plain_button(text, icon)
        button.clicked.connect(lambda: act())
        row.addWidget(button)
        return button

    def _invitation(self) -> QWidget:
        place = QWidget()
        column = QVBoxLayout(place)
        column.addStretch(1)
        self.invitation = labels.emphasis()
        self.invitation_note = labels.quiet()
        for label in (self.invitation, self.invitation_note):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addStretch(1)
        return place

    def _explain(self) -> None:
        explain(
            self.curve,
            Why(
                self.tr("Reading the curve"),
                self.tr(
                    "Solid: the pictures it learns from. Dashed: pictures kept aside, to check. Dotted: the running "
                    "average of the weights, where one is kept. Accuracy is the share of right answers; loss also "
                    "counts how sure it was when wrong.\n\n"
                    "The shaded gap is what matters. Narrow: what it learned holds on new pictures. Widening: it "
                    "learns yours by heart.\n\n"
                    "The star marks the best state, the one that is kept. The strip below is the size of its steps."
                ),
            ),
        )

    def default_why(self) -> Why:
        return Why(
            self.tr("Learning, watched"),
            self.tr(
                "Training shows the network your pictures again and again, and after each look turns its weights a "
                "little, so that the right answer becomes likelier.\n\n"
                "After every pass it is tested on pictures it has never learned from. Only that figure counts: it says "
                "what to expect on new ones. The ± is honest about luck: with few test pictures it is wide.\n\n"
                "You can watch, slow it down, or stop; the best state is always kept."
            ),
        )

    # What is heard

    def receive(self, event: "Event") -> None:
        self.watch.hear(event)

    def _moved(self) -> None:
        if self.isVisible():
            self.pages.setCurrentWidget(self.curve)
            if self.curve.widget is not None:
                self.curve.widget.changed()
            self._draw_figures()

    def _turned(self) -> None:
        data = self.watch.data
        self.curve.then(lambda curve: curve.show_data(data))
        self._invalidate()

    # Drawing

    def refresh(self) -> None:
        self.watch.follow()
        job, data = self.session.running("train"), self.watch.data
        drawn = len(data.epochs) or len(data.steps)
        self.pages.setCurrentIndex(1 if drawn else 0)
        solver, rounds, ended = self._is_solver(), self._rounds(), job is None
        self.curve.then(lambda curve: curve.set_rounds(rounds, solver, ended))
        self._invite(job)
        self._show_buttons(job)
        self._show_figures()
        self._show_banners(job)
        if job is not None:
            self._clock.start()
        else:
            self._clock.stop()

    def _rounds(self) -> str:
        return self.tr("rounds of the solver") if self._is_solver() else self.tr("epochs: passes over all pictures")

    def _is_solver(self) -> bool:
        """Whether a head was fitted by L-BFGS, whose rounds are no passes in small batches."""
        if "optimizer" in self.watch.resolved:
            return bool(self.watch.resolved["optimizer"] == "lbfgs")
        known = self._facts()
        if known is not None and known.resolved:
            return bool(known.resolved.get("optimizer") == "lbfgs")
        return rules.strategy_of(self.session) in PROBES and self.session.recipe.optimizer.kind in (None, "lbfgs")

    def _facts(self) -> Any:
        run = self.session.run
        return None if run is None else next((row for row in self.session.runs() if row.run.folder == run.folder), None)

    def _invite(self, job: "Job | None") -> None:
        if job is not None:
            stage = job.progress.stage if job.progress else "start"
            self.invitation.setText(words.stage_name(stage) + "…")
            self.invitation_note.setText(self.tr("The curve begins as soon as the first pass is done."))
        else:
            self.invitation.setText(self.tr("Press “Start training”, and watch it learn here."))
            note = self.tr("You can pause, slow down or stop at any time. The best state is kept.")
            self.invitation_note.setText(note)

    def _show_buttons(self, job: "Job | None") -> None:
        session = self.session
        running, solver = job is not None, self._is_solver()
        self.hands.setVisible(running and not solver)
        self.hands.show_unfreezing(self._why_not_unfreeze())
        self.save_button.setVisible(bool(len(self.watch.data.epochs)))
        self.again_button.setVisible(not running and bool(session.runs()))
        block = self._block()
        if block:
            buttons.disable(self.again_button, block)
        else:
            buttons.enable(self.again_button)
        if running:
            why_not = self.tr("Only a head is fitted, at a stroke: there is nothing to pause. Cancel is below.")
            self.set_primary(self.tr("Go on") if self.watch.paused else self.tr("Pause"), not solver, why_not)
        elif self._done():
            self.set_primary(self.tr("Look at the mistakes ▸"))
        else:
            self.set_primary(self.tr("Start training"), not block, block)

    def _block(self) -> str:
        """Why no training can begin."""
        if self.session.read_only:
            return self.tr("The project is open in another window: look, but do not train.")
        block = steps.train_block(facts.situation(self.session))
        return block or (self.tr("A race is running.") if self.session.running("race") is not None else "")

    def _why_not_unfreeze(self) -> str:
        learning = self.watch.data.rates
        if self.watch.resolved.get("strategy") in ALL_LEARN or "stage 0" in learning:
            return self.tr("Every stage learns already.")
        return ""

    def _done(self) -> bool:
        known = self._facts()
        return known is not None and bool(known.complete)

    def _show_figures(self) -> None:
        data, job = self.watch.data, self.session.running("train")
        known = self._facts() if job is None else None
        report = (known.report if known is not None else None) or {}
        kept_aside = int(((self.session.result("scan") or {}).get("split") or {}).get("val") or 0)
        self.figures.show_accuracy(data, report.get("val") or {}, kept_aside)
        self.figures.show_progress(data, self._is_solver())
        self.hands.show_rate(data.rates.get("head"))
        if job is not None:
            self.figures.show_time_left(job.progress, self.watch.paused)
        else:
            self.figures.show_time_taken(report.get("seconds") or {})
        self._show_machine(job)
        self._say(job, report)

    def _show_machine(self, job: "Job | None") -> None:
        process = self.session.client.process_ids().get("trainer", 0) if job is not None else 0
        speed = self.watch.speed.per_second() if job is not None else 0.0
        text = machine_text(self.watch.resolved, speed, memory_of(process) if process else 0)
        self.machine.setText(text)
        self.machine.setVisible(bool(text))

    def _say(self, job: "Job | None", report: Any) -> None:
        """The line under the title, and the one line of advice under the curve."""
        if job is not None and self.watch.paused:
            self.set_status(self.tr("Paused. Nothing is lost; go on when you like."))
        elif job is not None:
            self.set_status(self.tr("It is learning. Pictures kept aside check it after every pass."))
        elif report:
            name = words.strategy_name(str(report.get("strategy", "")))
            self.set_status(self.tr("Trained: {strategy}.").format(strategy=name))
        else:
            kind = rules.strategy_of(self.session)
            text = self.tr("Ready: {strategy}.").format(strategy=words.strategy_name(str(kind))) if kind else ""
            self.set_status(text or self.tr("Graft chooses what is left open, and says what it chose."))
        self._advise(running=job is not None)

    def _advise(self, running: bool) -> None:
        if self.watch.data.advice is None:
            self.line.say("")
            return
        code, params = self.watch.data.advice
        act = act_on(code, running)
        if act is not None and act.action == "unfreeze" and self._why_not_unfreeze():
            act = None
        self.line.say(words.advice_text(code, params), act.text if act else "", partial(self._do, act) if act else None)

    def _do(self, act: Any) -> None:
        """What the button beside the advice does."""
        if act.page:
            self.go_on(act.page)
        elif act.action == "find_rate":
            self.choices.open_finder()
        else:
            self.session.steer(act.action)

    def _show_banners(self, job: "Job | None") -> None:
        """Why the last training ended, if it ended badly; and the way on, if there is one."""
        failed, unfinished = self.session.failure("train"), self.session.unfinished
        text, kind = self.tr("The last training was interrupted. It can go on from where it was last saved."), "info"
        if failed is not None:
            kind = "bad"
            text = f"{words.fault_message(failed.code, failed.params)} {words.fault_hint(failed.code, failed.params)}"
        if job is None and unfinished is not None:
            folder = unfinished.folder
            self.show_banner("resume", kind, text, self.tr("Resume"), lambda: self.session.resume(folder))
        else:
            self.clear_banner("resume")
        if job is None and failed is not None and unfinished is None:
            self.show_banner("failed", kind, text)
        else:
            self.clear_banner("failed")

    # What the user does

    def primary_action(self) -> None:
        if self.session.running("train") is not None:
            self._pause_or_go_on()
        elif self._done():
            self.go_on("evaluate")
        else:
            self._start()

    def _start(self) -> None:
        self.session.train()

    def _pause_by_key(self) -> None:
        if self.session.running("train") is not None and self.primary.isEnabled():
            self._pause_or_go_on()

    def _pause_or_go_on(self) -> None:
        self.session.steer("go_on" if self.watch.paused else "pause")

    def _save(self) -> None:
        from gui.curve_files import ask_where, save_curve

        path, curve = ask_where(self), self.curve.widget
        if path is None or curve is None:
            return
        try:
            save_curve(path, self.watch.data, curve)
        except UserError as error:
            text = f"{words.fault_message(error.code, error.params)} {words.fault_hint(error.code, error.params)}"
            self.show_banner("save", "bad", text)
        else:
            self.show_banner("save", "good", self.tr("The curve was saved as {name}.").format(name=path.name))


def _curve() -> "Curve":
    from gui.widgets.curve import Curve

    return Curve()
