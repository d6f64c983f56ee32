"""Which pretrained network looks at the pictures: a short list, what is here, and bringing more here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from gui import facts, words
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.backbone_card import BackboneCard
from gui.widgets.flow import Flow
from gui.widgets.import_form import ImportForm
from gui.widgets.page import Page
from gui.widgets.rank_card import RankCard
from gui.words import translate

if TYPE_CHECKING:
    from gui.session import Session

CARD_WIDTH = 224


class BackbonePage(Page):
    name = "backbone"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, translate("BackbonePage", "Backbone"))
        self._rows: list[Mapping[str, Any]] = []
        self._picked = ""
        self._here_title = labels.heading(self.tr("On this machine"))
        self.here, self.elsewhere = Flow(CARD_WIDTH, most=4), Flow(CARD_WIDTH, most=4)
        self._elsewhere_title = labels.heading(self.tr("To download"))
        self.import_form = ImportForm(session)
        self.import_form.taken_in.connect(self._use)
        self.import_form.hide()
        self.import_button = buttons.plain_button(self.tr("Take weights from a file …"), "upload")
        self.import_button.clicked.connect(self._show_import)
        self.body.addWidget(self.import_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.rank = RankCard(session)
        self.rank.chosen.connect(self._use)
        for part in (
            self.import_form, self._here_title, self.here, self.rank, self._elsewhere_title, self.elsewhere,
        ):  # fmt: skip
            self.body.addWidget(part)
        self.body.addStretch(1)

    def refresh(self) -> None:
        found = self.session.result("list_backbones")
        rows = list(found["backbones"]) if found else []
        if rows != self._rows:
            self._rows = rows
            here = sorted((row for row in rows if row["local"]), key=lambda row: -(row.get("accuracy") or 0))
            away = [row for row in rows if not row["local"]]
            self.here.show_cards([self._card(row) for row in here])
            self.elsewhere.show_cards([self._card(row) for row in away])
            self.import_form.suggest([str(row["name"]) for row in rows])
        for title, flow in ((self._here_title, self.here), (self._elsewhere_title, self.elsewhere)):
            title.setVisible(bool(flow.cards))
        self.rank.setVisible(any(row["local"] for row in rows))
        self.rank.draw()
        self._mark()
        self._say(found is not None)

    def _card(self, row: Mapping[str, Any]) -> BackboneCard:
        card = BackboneCard(row)
        explain(card, Why(str(row["title"]), _about(row)))
        card.clicked.connect(lambda: self._pick(row))
        return card

    def _cards(self) -> list[BackboneCard]:
        return [card for flow in (self.here, self.elsewhere) for card in flow.cards if isinstance(card, BackboneCard)]

    def _mark(self) -> None:
        wanted = self._wanted()
        for card in self._cards():
            card.set_selected(wanted is not None and card.row["name"] == wanted["name"])

    def _wanted(self) -> Mapping[str, Any] | None:
        """What is picked here and still away, else what will be used."""
        picked = next((row for row in self._rows if row["name"] == self._picked and not row["local"]), None)
        return picked or facts.backbone(self.session)

    def _say(self, known: bool) -> None:
        wanted = self._wanted()
        anything_here = any(row["local"] for row in self._rows)
        if known and not anything_here and wanted is None:
            self.show_banner("none", "careful", self.tr(
                "No pretrained network is on this machine. Take one in from a file or download one below. "
                "Without one a small network learns from nothing: that works, but it is not transfer learning."
            ))  # fmt: skip
        else:
            self.clear_banner("none")
        self._say_failure()
        if self.session.running("fetch_backbone") is not None:
            self.set_status(self.tr("On its way. You can go on looking around."))
            self.set_primary(self.tr("Downloading …"), False, self.tr("It is being downloaded."))
        elif not known:
            self.set_status(self.tr("Looking for the backbones on this machine …"))
            self.set_primary(self.tr("Go on"), False, self.tr("The list is not here yet."))
        elif wanted is None:
            self.set_status(self.tr("There is none here yet."))
            self.set_primary(self.tr("Go on from scratch"))
        elif wanted["local"]:
            self.set_status(self.tr("{name} will look at your pictures.").format(name=wanted["title"]))
            self.set_primary(self.tr("Use {name}").format(name=wanted["title"]))
        else:
            self.set_status(self.tr("{name} is not on this machine yet.").format(name=wanted["title"]))
            self.set_primary(self.tr("Download {name}").format(name=wanted["title"]))

    def _say_failure(self) -> None:
        failed = self.session.failure("fetch_backbone")
        if failed is None:
            self.clear_banner("fetch")
            return
        message, hint = words.fault_message(failed.code, failed.params), words.fault_hint(failed.code, failed.params)
        self.show_banner("fetch", "bad", f"{message} {hint}")

    def _pick(self, row: Mapping[str, Any]) -> None:
        self._picked = str(row["name"])
        if row["local"]:
            self._use(str(row["name"]))
        self.refresh()

    def _use(self, name: str) -> None:
        """Choose a backbone that is here; with one, learning from scratch is no longer the plan."""
        recipe = self.session.recipe.with_value("backbone.name", name)
        if recipe.strategy.kind == "from_scratch":
            recipe = recipe.with_value("strategy.kind", None)
        self._picked = ""
        title = next((row["title"] for row in self._rows if row["name"] == name), name)
        self.session.replace(recipe, self.tr("Choose {name}").format(name=title))

    def primary_action(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            self.session.set_value("strategy.kind", "from_scratch")
            self.go_on("strategy")
        elif wanted["local"]:
            self._use(str(wanted["name"]))
            self.go_on("strategy")
        else:
            self._fetch(str(wanted["name"]))

    def _fetch(self, name: str) -> None:
        from core.requests import FetchBackbone

        self.session.start(FetchBackbone(name=name), lambda value: self._use(str(value.get("name", name))))

    def _show_import(self) -> None:
        self.import_form.setVisible(not self.import_form.isVisible())
        if self.import_form.isVisible():
            self.import_form.path.setFocus()
            self.scroller.verticalScrollBar().setValue(0)

    def default_why(self) -> Why:
        return Why(
            self.tr("What is a backbone?"),
            self.tr(
                "A network that has already learned to see, from a million photographs. It turns each picture into a "
                "list of numbers (features) that says what is in it; only the last step, from features to your "
                "classes, has to be learned anew.\n\n"
                "Larger ones usually see more, and take longer. The percentage tells how many of ImageNet's test "
                "photographs it names rightly: a rough guide, for your pictures may be quite different.\n\n"
                "A download is kept for all projects, checked, and never fetched twice."
            ),
        )


def _about(row: Mapping[str, Any]) -> str:
    lines = [
        str(row["why"]),
        translate("BackbonePage", "{count} weights; looks at {size} × {size} pixels.").format(
            count=words.count(int(row["parameters"])), size=row["image_size"]
        ),
        translate("BackbonePage", "Licence of the weights: {licence}.").format(licence=row.get("licence", "?")),
        translate("BackbonePage", "Known as {name} in {source}.").format(name=row["name"], source=row["source"]),
    ]
    return "\n\n".join(lines)
