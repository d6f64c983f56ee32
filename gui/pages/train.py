"""Train: the live curve, the figures that matter, what it says, and the hands on it."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from gui import theme, words
from gui.advice_acts import Act, act_on
from gui.machine import machine_text, memory_of
from gui.throttle import Throttle
from gui.training_standing import TrainingStanding
from gui.training_watch import TrainingWatch
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.advice_line import AdviceLine
from gui.widgets.card import Card
from gui.widgets.later import Later
from gui.widgets.page import Page
from gui.widgets.saving import SaveButton
from gui.widgets.steering_hands import SteeringHands
from gui.widgets.training_choices import TrainingChoices
from gui.widgets.training_figures import TrainingFigures

if TYPE_CHECKING:
    from core.events import Event
    from gui.session import Session
    from gui.widgets.curve import Curve

FIGURES_EVERY = 120  # milliseconds


class TrainPage(Page):
    name: ClassVar[str] = "train"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Train"))
        self.curve = Later(_curve)
        self.watch = TrainingWatch(session, self)
        self.standing = TrainingStanding(session, self.watch)
        self.curve.then(lambda curve: curve.show_data(self.watch.data))
        self._lay_out_body()
        self.curve.then(lambda curve: self.setTabOrder(self.save_button, curve))  # it comes after all else was made
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
        self.again_button = buttons.plain_button(self.tr("Train again"), "redo")
        self.again_button.clicked.connect(self._start)
        head.addWidget(self.again_button)
        self.save_button = SaveButton("curve", lambda: self.watch.data.sheet(), lambda: self.curve.widget)
        head.addWidget(self.save_button)
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
                    "average of the weights, where one is kept. An epoch is one pass over all pictures to learn from. "
                    "Accuracy is the share of right answers; loss also counts how sure it was when wrong.\n\n"
                    "The shaded gap is what matters. Narrow: what it learned holds on new pictures. Widening: it "
                    "learns yours by heart.\n\n"
                    "The pale line is the loss of single steps: it jumps, since each sees a few pictures only. Point "
                    "at an epoch, or go there with the arrow keys, to read its figures.\n\n"
                    "The star marks the best state, the one that is kept. What you did stands above, where you did it. "
                    "The strip below is the learning rate, the size of its steps."
                ),
            ),
        )

    def default_why(self) -> Why:
        return Why(
            self.tr("Learning, watched"),
            self.tr(
                "Training shows the network your pictures again and again, and after each look turns its weights a "
                "little, so that the right answer becomes likelier.\n\n"
                "After every epoch, a pass over all of them, it is tested on pictures it has never learned from. Only "
                "that figure counts: it says what to expect on new ones. The ± is honest about luck: with few test "
                "pictures it is wide.\n\n"
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
        data, job, solver = self.watch.data, self.standing.job, self.standing.solver
        self.pages.setCurrentIndex(1 if len(data.epochs) or len(data.steps) else 0)
        rounds = self.tr("rounds of the solver") if solver else self.tr("epochs")
        self.curve.then(lambda curve: curve.set_rounds(rounds, solver, ended=job is None))
        self._invite()
        self._show_buttons()
        self._show_figures()
        self._show_banners()
        if job is not None:
            self._clock.start()
        else:
            self._clock.stop()

    def _invite(self) -> None:
        job = self.standing.job
        if job is not None:
            stage = job.progress.stage if job.progress else "start"
            self.invitation.setText(words.stage_name(stage) + "…")
            self.invitation_note.setText(self.tr("The curve begins with the first step."))
        elif self.standing.resumable is not None:
            self.invitation.setText(self.tr("Press “Resume”: it goes on from where it was last saved."))
            self.invitation_note.setText(self.tr("Nothing that was saved is learned again."))
        else:
            ready = self.tr("Press “Start training”, and watch it learn here.")
            self.invitation.setText(self.standing.why_not_start() or ready)
            note = self.tr("You can pause, slow down or stop at any time. The best state is kept.")
            self.invitation_note.setText(note)

    def _show_buttons(self) -> None:
        standing, running = self.standing, self.standing.job is not None
        if not running and self.hands.isAncestorOf(self.window().focusWidget() or self):
            self.primary.setFocus()  # or it would go to whatever comes next, such as the button beside the advice
        self.hands.setVisible(running and not standing.solver)
        self.hands.show_ready(standing.why_not_steer())
        self.save_button.setVisible(bool(len(self.watch.data.epochs)))
        self.again_button.setVisible(not running and bool(self.session.runs()))
        block = standing.why_not_start()
        if block:
            buttons.disable(self.again_button, block)
        else:
            buttons.enable(self.again_button, self.tr("A new run, with the choices as they stand now"))
        if running:
            why_not = self.tr("Only a head is fitted, at a stroke: there is nothing to pause. Cancel is below.")
            self.set_primary(self.tr("Go on") if self.watch.paused else self.tr("Pause"), not standing.solver, why_not)
        elif standing.resumable is not None:
            self.set_primary(self.tr("Resume"))
        elif standing.done:
            self.set_primary(self.tr("Look at the mistakes ▸"))
        else:
            self.set_primary(self.tr("Start training"), not block, block)

    def _show_figures(self) -> None:
        data, job, report = self.watch.data, self.standing.job, self.standing.report
        kept_aside = int(((self.session.result("scan") or {}).get("split") or {}).get("val") or 0)
        self.figures.show_accuracy(data, report.get("val") or {}, kept_aside)
        self.figures.show_progress(data, self.standing.solver)
        self.hands.show_rate(data.rates.get("head"))
        self.hands.show_unfreezing(self.standing.why_not_unfreeze())
        if job is not None:
            self.figures.show_time_left(job.progress, self.watch.paused)
        else:
            self.figures.show_time_taken(data, report.get("seconds") or {})
        self._show_machine()
        self.set_status(self.standing.status())
        self._advise()

    def _show_machine(self) -> None:
        job = self.standing.job
        process = self.session.client.process_ids().get("trainer", 0) if job is not None else 0
        speed = self.watch.speed.per_second() if job is not None else 0.0
        text = machine_text(self.watch.resolved, speed, memory_of(process) if process else 0)
        self.machine.setText(text)
        self.machine.setVisible(bool(text))

    def _advise(self) -> None:
        """The one line of advice under the curve."""
        if self.watch.data.advice is None:
            self.line.say("")
            return
        code, params = self.watch.data.advice
        act = act_on(code, self.standing.job is not None)
        if act is not None and act.action == "unfreeze" and self.standing.why_not_unfreeze():
            act = None
        self.line.say(words.advice_text(code, params), act.text if act else "", partial(self._do, act) if act else None)

    def _do(self, act: Act) -> None:
        """What the button beside the advice does."""
        if act.page:
            self.go_on(act.page)
        elif act.action == "find_rate":
            self.choices.open_finder()
        else:
            self.session.steer(act.action)

    def _show_banners(self) -> None:
        """Why the last training ended, if it ended badly, or that one was interrupted: the primary button goes on."""
        failed, interrupted = self.session.failure("train"), self.session.unfinished is not None
        if self.standing.job is None and failed is not None:
            text = f"{words.fault_message(failed.code, failed.params)} {words.fault_hint(failed.code, failed.params)}"
            self.show_banner("ended", "bad", text)
        elif self.standing.job is None and interrupted:
            text = self.tr("The last training was interrupted. It can go on from where it was last saved.")
            self.show_banner("ended", "info", text)
        else:
            self.clear_banner("ended")

    # What the user does

    def primary_action(self) -> None:
        interrupted = self.standing.resumable
        if self.standing.job is not None:
            self._pause_or_go_on()
        elif interrupted is not None:
            self.session.resume(interrupted.folder)
        elif self.standing.done:
            self.go_on("evaluate")
        else:
            self._start()

    def _start(self) -> None:
        self.primary.setFocus()  # the button that was pressed may go, and the next one steers
        self.session.train()

    def _pause_by_key(self) -> None:
        if self.standing.job is not None and self.primary.isEnabled():
            self._pause_or_go_on()

    def _pause_or_go_on(self) -> None:
        self.session.steer("go_on" if self.watch.paused else "pause")


def _curve() -> "Curve":
    from gui.widgets.curve import Curve

    return Curve()
