"""Augment: how pictures are varied while training, seen at once on the user's own."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout

from core.recipe import Augmentation, field_rows
from core.requests import Preview
from gui import facts, steps, theme, words
from gui.forms import field_editor
from gui.why import Why, explain
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.page import Page
from gui.widgets.preview_wall import PreviewWall

if TYPE_CHECKING:
    from core.events import Failed
    from gui.job_board import Job
    from gui.session import Session

WAIT = 250  # milliseconds of rest before a new preview is asked for
PICTURES, VIEWS = 5, 8
OFF = Augmentation(flip=False, smallest_crop=1.0, brightness=0.0, contrast=0.0, saturation=0.0)
PRESETS: Mapping[str, Augmentation] = {
    "off": OFF,
    "photographs": Augmentation(),
    "strong": Augmentation(smallest_crop=0.35, rotation=15, brightness=0.3, contrast=0.3, saturation=0.3, hue=0.05),
    "from_above": Augmentation(vertical_flip=True, smallest_crop=0.7, rotation=180),
    "medical": Augmentation(smallest_crop=0.8, rotation=10, brightness=0.15, contrast=0.15, saturation=0.0),
    "writing": OFF.model_copy(update={"smallest_crop": 0.85, "rotation": 8.0, "brightness": 0.2, "contrast": 0.2}),
}
_SIDED = re.compile(r"\b(left|right|links|rechts|gauche|droite|izquierda|derecha)\b", re.IGNORECASE)
_UPRIGHT = re.compile(r"\b(up|down|top|bottom|oben|unten)\b", re.IGNORECASE)


class AugmentPage(Page):
    name: ClassVar[str] = "augment"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, self.tr("Augment"))
        self.preset = QComboBox()
        self.preset.setAccessibleName(self.tr("Preset"))
        for key, text in self._preset_names().items():
            self.preset.addItem(text, key)
        self.preset.activated.connect(self._take_preset)
        self.wall = PreviewWall()
        self._wall_note = labels.quiet()
        self._asked_for: tuple[object, ...] = ()
        self._job: Job | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(WAIT)
        self._rest.timeout.connect(self._ask)
        self._lay_out_body()

    def _preset_names(self) -> dict[str, str]:
        return {
            "own": self.tr("My own"),
            "photographs": self.tr("Photographs"),
            "strong": self.tr("Photographs, strongly varied"),
            "from_above": self.tr("Microscope, satellite: no up or down"),
            "medical": self.tr("X-rays, scans"),
            "writing": self.tr("Writing, signs, left and right"),
            "off": self.tr("Off"),
        }

    def _lay_out_body(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_16)
        choices = Card()
        choices.setFixedWidth(296)
        choices.body.addWidget(labels.heading(self.tr("Preset")))
        choices.body.addWidget(self.preset)
        self._add_fields(choices.body)
        choices.body.addStretch(1)
        row.addWidget(choices, 0, Qt.AlignmentFlag.AlignTop)
        shown = Card(self.tr("Your pictures, varied"))
        shown.body.addWidget(self._wall_note)
        shown.body.addWidget(self.wall)
        shown.body.addStretch(1)
        column = QVBoxLayout()
        column.addWidget(shown)
        column.addStretch(1)
        row.addLayout(column, 1)
        self.body.addLayout(row)
        self.body.addStretch(1)
        self._explain()

    def _add_fields(self, column: QVBoxLayout) -> None:
        """Switches beside their names, sliders below them: the card stays narrow, the pictures large."""
        for field in field_rows():
            if not field.path.startswith("augmentation."):
                continue
            title, editor = labels.body(words.field_title(field)), field_editor(self.session, field.path)
            title.setToolTip(words.field_what(field))
            if field.kind == "flag":
                row = QHBoxLayout()
                row.addWidget(title, 1)
                row.addWidget(editor)
                column.addLayout(row)
            else:
                column.addWidget(title)
                column.addWidget(editor)

    def _explain(self) -> None:
        explain(
            self.preset,
            Why(
                self.tr("Presets"),
                self.tr(
                    "A starting point for the kind of picture you have. Ask: after this change, would an expert still "
                    "give the same label? If yes, the change teaches; if not, it misleads."
                ),
            ),
        )

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
        self._show_preset(augmentation)
        kinds = facts.augmentations(augmentation)
        if kinds:
            text = words.plural(self.tr("%n kind(s) of variation while training; judging is done on plain pictures.",
                                        "", kinds), kinds)  # fmt: skip
            self.set_status(text)
        else:
            self.set_status(self.tr("Off: training sees each picture exactly as it is."))
        self._warn(augmentation)
        self._say_what_probes_do()
        block = steps.train_block(facts.situation(session))
        if session.read_only:
            block = self.tr("The project is open in another window: look, but do not train.")
        if session.running("train") is not None:
            self.set_primary(self.tr("See it train ▸"))
        else:
            self.set_primary(self.tr("Train ▸"), not block, block)
        self._follow()

    def _show_preset(self, augmentation: Augmentation) -> None:
        key = next((key for key, preset in PRESETS.items() if preset == augmentation), "own")
        index = self.preset.findData(key)
        if index != self.preset.currentIndex():
            self.preset.setCurrentIndex(index)

    def _say_what_probes_do(self) -> None:
        kind = self.session.recipe.strategy.kind or (self.session.result("advise") or {}).get("strategy")
        if kind in ("linear_probe", "stage_probe"):
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
        sided = [name for name in names if _is_sided(name)]
        signs = [name for name in names if _is_sign(name)]
        upright = [name for name in names if _UPRIGHT.search(_spaced(name))]
        if augmentation.flip and (sided or signs):
            text = self.tr("Mirroring may turn one class into another: {names}. Switch Mirror off if it does.")
            self.show_banner("flip", "careful", text.format(names=_some(sided or signs)),
                             self.tr("Switch off"), self._switch_off_mirror)  # fmt: skip
        elif (augmentation.vertical_flip or augmentation.rotation >= 90) and (upright or signs):
            text = self.tr("Turning upside down may turn one class into another: {names}.")
            self.show_banner("flip", "careful", text.format(names=_some(upright or signs)))
        else:
            self.clear_banner("flip")

    def _switch_off_mirror(self) -> None:
        self.session.set_value("augmentation.flip", False)

    # The preview

    def _follow(self) -> None:
        """Ask for new examples a moment after the last change, if these are not the ones that are shown."""
        session = self.session
        if session.project is None or not session.result("scan"):
            self._wall_note.setText(self.tr("Examples appear here as soon as the folder is read."))
            return
        wanted = self._wanted()
        if wanted != self._asked_for:
            self.wall.set_stale(True)
            self._rest.start()

    def _wanted(self) -> tuple[object, ...]:
        recipe = self.session.recipe
        project = self.session.project
        return (recipe.augmentation, recipe.data, recipe.seed, str(project.folder) if project else "")

    def _ask(self) -> None:
        session = self.session
        if session.project is None:
            return
        if self._job is not None and self._job in session.jobs:
            session.cancel(self._job)
        self._asked_for = self._wanted()
        request = Preview(
            project=str(session.project.folder), recipe=session.recipe, pictures=PICTURES, views=VIEWS
        )  # fmt: skip
        wanted = self._asked_for
        self._job = session.start(request, lambda value: self._show(wanted, value), self._failed)
        if not self.wall.pictures:
            self._wall_note.setText(self.tr("Drawing examples…"))

    def _show(self, wanted: tuple[object, ...], value: Mapping[str, Any]) -> None:
        if wanted == self._asked_for:
            self._wall_note.setText(self.tr("Each row: one of your pictures, then how training may see it."))
            self.wall.show_rows(value.get("rows") or ())
            self.clear_banner("preview")

    def _failed(self, event: "Failed") -> None:
        self.wall.set_stale(False)
        text = f"{words.fault_message(event.code, event.params)} {words.fault_hint(event.code, event.params)}"
        self.show_banner("preview", "bad", text, self.tr("Try again"), self._ask)

    # What the user does

    def _take_preset(self, index: int) -> None:
        preset = PRESETS.get(self.preset.itemData(index))
        if preset is not None:
            recipe = self.session.recipe.model_copy(update={"augmentation": preset})
            self.session.replace(recipe, self.tr("Choose a preset"))

    def primary_action(self) -> None:
        if self.session.running("train") is not None or self.session.train() is not None:
            self.go_on("train")


def _spaced(name: str) -> str:
    return re.sub(r"[_\-.]+", " ", name)


def _is_sided(name: str) -> bool:
    return _SIDED.search(_spaced(name)) is not None


def _is_sign(name: str) -> bool:
    """A class that is a letter or a number, which mirrored is another or none."""
    text = name.strip()
    return (len(text) == 1 and text.isalnum()) or text.isdigit()


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
