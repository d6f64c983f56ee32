"""Augment: how pictures are varied while training, seen at once on the user's own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from core.recipe import PROBES, Augmentation, Preset, preset_of
from core.requests import Preview
from gui import facts, sides, steps, theme, words
from gui.previews import Previews
from gui.why import Why, explain
from gui.widgets import text as labels
from gui.widgets.augmentation_choices import AugmentationChoices
from gui.widgets.card import Card
from gui.widgets.fit_chooser import FitChooser
from gui.widgets.page import Page
from gui.widgets.preview_wall import PreviewWall

if TYPE_CHECKING:
    from core.events import Failed
    from gui.session import Session


class AugmentPage(Page):
    name: ClassVar[str] = "augment"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Augment"))
        self.choices = AugmentationChoices(session)
        self.choices.preset_chosen.connect(self._take_preset)
        self.wall = PreviewWall()
        self.wall.room_changed.connect(self._follow)
        self.fit = FitChooser(session.thumbnail_of)
        self.fit.chosen.connect(lambda fit: session.set_value("data.fit", fit))
        self._wall_note = labels.quiet()
        self.previews = Previews(session, self)
        self.previews.came.connect(self._show)
        self.previews.failed.connect(self._failed)
        self._asked_for: tuple[object, ...] = ()
        self._edition = 0
        session.dataset_changed.connect(self._pictures_changed)
        self._lay_out_body()

    # Building

    def _lay_out_body(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        row.addWidget(self.choices)
        row.addWidget(self._shown(), 1)
        self.body.addLayout(row, 1)

    def _shown(self) -> QWidget:
        card = Card()
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("Views"))
        stack = QStackedWidget()
        stack.setObjectName("clear")
        examples = QWidget()
        column = QVBoxLayout(examples)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._wall_note)
        column.addWidget(self.wall, 1)
        for title, part in (
            (self.tr("Your pictures, varied"), examples), (self.tr("How they become square"), self.fit)
        ):  # fmt: skip
            self.tabs.addTab(title)
            stack.addWidget(part)
        self.tabs.currentChanged.connect(stack.setCurrentIndex)
        explain(
            self.fit,
            Why(
                self.tr("From oblong to square"),
                self.tr(
                    "A network looks at squares. What happens to the rest of an oblong picture is easily overlooked: "
                    "an object near its end may be cut away and never be seen.\n\n"
                    "Look at your own pictures here. If what matters lies in the hatched parts, add grey bars instead. "
                    "The same is done when the model is used later."
                ),
            ),
        )
        card.body.addWidget(self.tabs)
        card.body.addWidget(stack, 1)
        return card

    def default_why(self) -> Why:
        return Why(
            self.tr("Vary what it sees"),
            self.tr(
                "A network that sees the same pictures again and again learns them by heart, down to the leaf in the "
                "corner. So each time it sees one, the picture is a little different: mirrored, cut, lighter, turned. "
                "It must then learn what stays the same.\n\n"
                "Randomness is added while training and averaged out when it matters: new pictures are judged as they "
                "are.\n\n"
                "The test is your own eye: would you still give the same label to every picture on the right?"
            ),
        )

    # Drawing

    def refresh(self) -> None:
        session = self.session
        augmentation = session.recipe.augmentation
        self.choices.show_preset(preset_of(augmentation))
        kinds = facts.augmentations(augmentation)
        if kinds:
            text = words.plural(self.tr("%n kind(s) of variation while training; judging is done on plain pictures.",
                                        "", kinds), kinds)  # fmt: skip
            self.set_status(text)
        else:
            self.set_status(self.tr("Off: training sees each picture exactly as it is."))
        self._warn(augmentation)
        self._say_what_probes_do()
        self.fit.show_shapes(session.shelf.facts.shapes)
        self.fit.show_choice(session.recipe.data.fit)
        block = steps.train_block(facts.situation(session))
        if session.read_only:
            block = self.tr("The project is open in another window: look, but do not train.")
        if session.running("train") is not None:
            self.set_primary(self.tr("See it train ▸"))
        else:
            self.set_primary(self.tr("Train ▸"), not block, block)
        self._follow()

    def _say_what_probes_do(self) -> None:
        kind = self.session.recipe.strategy.kind or (self.session.result("advise") or {}).get("strategy")
        if kind in PROBES:
            text = self.tr(
                "With “{strategy}” the backbone looks at every picture once, as it is: these choices then have "
                "no effect."
            )
            self.show_banner("probe", "info", text.format(strategy=words.strategy_name(str(kind))))
        else:
            self.clear_banner("probe")

    def _warn(self, augmentation: Augmentation) -> None:
        """Mirroring and turning may change what a label means."""
        names = [str(name) for name in (self.session.result("scan") or {}).get("classes", {})]
        sided, upright = sides.mirrored(names), sides.turned(names)
        if augmentation.flip and sided:
            text = self.tr("Mirroring may turn one class into another: {names}. Switch Mirror off if it does.")
            self.show_banner("flip", "careful", text.format(names=_some(sided)),
                             self.tr("Switch off"), self._switch_off_mirror)  # fmt: skip
        elif (augmentation.vertical_flip or augmentation.rotation >= 90) and upright:
            text = self.tr("Turning upside down may turn one class into another: {names}.")
            self.show_banner("flip", "careful", text.format(names=_some(upright)),
                             self.tr("Keep upright"), self._keep_upright)  # fmt: skip
        else:
            self.clear_banner("flip")

    def _switch_off_mirror(self) -> None:
        self.session.set_value("augmentation.flip", False)

    def _keep_upright(self) -> None:
        standing = self.session.recipe.augmentation
        upright = standing.model_copy(update={"vertical_flip": False, "rotation": min(standing.rotation, 15.0)})
        self._replace(upright, self.tr("Keep pictures upright"))

    # The preview

    def _pictures_changed(self) -> None:
        self._edition += 1
        self._asked_for = ()
        self._invalidate()

    def _follow(self) -> None:
        """Ask for new examples if these are not the ones that are shown."""
        session, wall = self.session, self.wall
        if session.project is None or not session.result("scan"):
            self._wall_note.setText(self.tr("Examples appear here as soon as the folder is read."))
            return
        recipe = session.recipe
        wanted = (
            recipe.augmentation, recipe.data, recipe.split, recipe.backbone, recipe.seed, str(session.project.folder),
            wall.rows, wall.views, wall.side,
        )  # fmt: skip
        if wanted == self._asked_for or not self.isVisible():
            return
        self._asked_for = wanted
        if not wall.pictures:
            self._wall_note.setText(self.tr("Drawing examples…"))
        project, edition, views, side = str(session.project.folder), self._edition, wall.views, wall.side
        self.previews.want(
            wall.rows,
            lambda rows: Preview(
                project=project, recipe=recipe, pictures=rows, views=views, side=side, edition=edition
            ),
        )

    def _show(self, value: Mapping[str, Any], whole: bool) -> None:
        self._wall_note.hide()
        self.wall.show_rows(value, whole)
        self.clear_banner("preview")

    def _failed(self, event: "Failed") -> None:
        self.wall.set_stale()
        text = f"{words.fault_message(event.code, event.params)} {words.fault_hint(event.code, event.params)}"
        self.show_banner("preview", "bad", text, self.tr("Try again"), self.previews.again)

    # What the user does

    def _take_preset(self, preset: Preset) -> None:
        self._replace(preset.choices, self.tr("Choose a preset"))

    def _replace(self, choices: Augmentation, text: str) -> None:
        self.session.replace(self.session.recipe.model_copy(update={"augmentation": choices}), text)

    def primary_action(self) -> None:
        if self.session.running("train") is not None or self.session.train() is not None:
            self.go_on("train")


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
