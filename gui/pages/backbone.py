"""Which pretrained network looks at the pictures: a short list, the whole zoo, what is here, and bringing more here."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from gui import backbone_rows, theme, words
from gui.backbone_errands import BackboneErrands
from gui.backbone_head import head_of
from gui.backbone_rows import Row
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.backbone_card import BackboneCard
from gui.widgets.backbone_details import BackboneDetails
from gui.widgets.backbone_table import BackboneTable
from gui.widgets.flow import Flow
from gui.widgets.import_form import SUFFIXES, ImportForm
from gui.widgets.pack_form import PackForm
from gui.widgets.page import Page
from gui.widgets.rank_card import RankCard
from gui.words import translate

if TYPE_CHECKING:
    from gui.job_board import Job
    from gui.session import Session

CARD_WIDTH = 224


class BackbonePage(Page):
    name = "backbone"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, translate("BackbonePage", "Backbone"))
        self._rows: list[Row] = []
        self._picked: Row | None = None
        self.setAcceptDrops(True)
        self._here_title = labels.heading(self.tr("On this machine"))
        self.here, self.elsewhere = Flow(CARD_WIDTH, most=4), Flow(CARD_WIDTH, most=4)
        self._elsewhere_title = labels.heading(self.tr("To download"))
        self.import_form, self.pack_form = ImportForm(session), PackForm(session)
        self.import_form.taken_in.connect(self._use)
        self.import_button = buttons.plain_button(self.tr("Take weights from a file…"), "upload")
        self.import_button.clicked.connect(lambda: self._show_form(self.import_form))
        self.pack_button = buttons.plain_button(self.tr("Pack for another machine…"), "export")
        self.pack_button.clicked.connect(lambda: self._show_form(self.pack_form))
        self.details = BackboneDetails(session)
        self.details.wanted.connect(self._fetch)
        self.details.variant_chosen.connect(self._choose_variant)
        self.table = BackboneTable()
        self.table.picked.connect(self._pick)
        self.table.opened.connect(self._take)
        self.table_said = labels.caption()
        self.rank = RankCard(session)
        self.rank.chosen.connect(self._use)
        self.tabs = QTabWidget()
        self.tabs.tabBar().setAccessibleName(self.tr("Recommended, all, or tried on your pictures"))
        self._lay_out()
        self.errands = BackboneErrands(session, lambda: self.tabs.currentIndex() == 1, self)
        session.progressed.connect(self._advance)

    def _lay_out(self) -> None:
        actions = QHBoxLayout()
        actions.setSpacing(theme.SPACE_8)
        actions.addWidget(self.import_button)
        actions.addWidget(self.pack_button)
        actions.addStretch(1)
        self.body.addLayout(actions)
        for form in (self.import_form, self.pack_form):
            form.hide()
            self.body.addWidget(form)
        self.body.addWidget(self.details)
        short = (self._here_title, self.here, self._elsewhere_title, self.elsewhere)
        self.tabs.addTab(_column(*short), self.tr("Recommended"))
        self.tabs.addTab(_column(self.table, self.table_said), self.tr("All"))
        self.tabs.addTab(_column(self.rank), self.tr("On your pictures"))
        self.tabs.setAccessibleName(self.tr("Ways to find a backbone"))
        self.tabs.currentChanged.connect(lambda: self.refresh())
        self.body.addWidget(self.tabs)
        self.body.addStretch(1)

    def refresh(self) -> None:
        found = self.session.result("list_backbones")
        rows = backbone_rows.short_list(self.session)
        if rows != self._rows:
            self._rows = rows
            here = sorted((row for row in rows if row["local"]), key=lambda row: -(row.get("accuracy") or 0))
            away = [row for row in rows if not row["local"]]
            self.here.show_cards([self._card(row) for row in here])
            self.elsewhere.show_cards([self._card(row) for row in away])
            self.import_form.suggest([str(row["name"]) for row in backbone_rows.whole_table(self.session)])
            self.pack_form.show_rows(rows)
        for title, flow in ((self._here_title, self.here), (self._elsewhere_title, self.elsewhere)):
            title.setVisible(bool(flow.cards))
        if any(row["local"] for row in rows):
            buttons.enable(
                self.pack_button, self.tr("One file with several backbones, for a machine without a network.")
            )
        else:
            buttons.disable(self.pack_button, self.tr("There is no backbone here to pack."))
        self.rank.draw()
        self._show_table()
        self._mark()
        self._say(found is not None)

    def _show_table(self) -> None:
        """Fill the table once it is looked at: a thousand rows that nobody sees are not worth their time."""
        if self.tabs.currentIndex() != 1:
            return
        if self.session.result("read_catalogue") is None:
            self.errands.read_catalogue()
        rows = backbone_rows.whole_table(self.session)
        self.table.show_rows(rows)
        self.tabs.setTabText(1, self.tr("All {count}").format(count=words.count(len(rows))))
        left = int((self.session.result("read_catalogue") or {}).get("uncounted", 0))
        failed = self.session.failure("read_catalogue")
        self.table_said.setVisible(bool(left or failed or self.session.running("read_catalogue")))
        if failed is not None:
            self.table_said.setText(words.fault_message(failed.code, failed.params))
        elif left:
            text = self.tr("The weights of {count} networks are still being counted, once for this version of timm.")
            self.table_said.setText(text.format(count=words.count(left)))
        else:
            self.table_said.setText(self.tr("Reading the lists of timm and torchvision…"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.errands.begin()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.errands.end()

    def _advance(self, job: "Job") -> None:
        if job.kind == "fetch_backbone" and self.isVisible():
            self.details.advance()

    def _card(self, row: Row) -> BackboneCard:
        card = BackboneCard(row)
        explain(card, Why(str(row["title"]), backbone_rows.about_text(row)))
        card.clicked.connect(lambda: self._use(str(row["name"])) if row["local"] else self._pick(row))
        return card

    def _cards(self) -> list[BackboneCard]:
        return [card for flow in (self.here, self.elsewhere) for card in flow.cards if isinstance(card, BackboneCard)]

    def _mark(self) -> None:
        wanted = self._wanted()
        for card in self._cards():
            card.set_selected(wanted is not None and card.row["name"] == wanted["name"])
        if wanted is not None and self.tabs.currentIndex() == 1:
            self.table.mark(str(wanted["name"]))
        self.details.show_row(wanted)

    def _wanted(self) -> Row | None:
        """What is picked, as it stands now; else what will be used, or would be were it here."""
        if self._picked is None:
            return backbone_rows.in_use(self.session)
        return backbone_rows.named(self.session, str(self._picked["name"])) or self._picked

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
        head = head_of(self.session, wanted, known)
        self.set_status(head.status)
        self.set_primary(head.button, not head.why_not, head.why_not)

    def _say_failure(self) -> None:
        failed = self.session.failure("fetch_backbone")
        if failed is None:
            self.clear_banner("fetch")
            return
        message, hint = words.fault_message(failed.code, failed.params), words.fault_hint(failed.code, failed.params)
        self.show_banner("fetch", "bad", f"{message} {hint}")

    def _pick(self, row: Row) -> None:
        self._picked = row
        self.refresh()

    def _take(self, row: Row) -> None:
        """Enter or double click in the table: use it, or bring it here."""
        self._pick(row)
        if row["local"]:
            self._use(str(row["name"]))
        else:
            self._fetch(str(row["name"]))

    def _choose_variant(self, name: str) -> None:
        """Other weights for the same network."""
        variant = backbone_rows.named(self.session, name)
        self._pick(variant or backbone_rows.variant_of(self._wanted() or {}, name))

    def _use(self, name: str) -> None:
        """Choose a backbone that is here; with one, learning from scratch is no longer the plan."""
        recipe = self.session.recipe.with_value("backbone.name", name)
        if recipe.strategy.kind == "from_scratch":
            recipe = recipe.with_value("strategy.kind", None)
        self._picked = None
        title = next((row["title"] for row in self._rows if row["name"] == name), name)
        self.session.replace(recipe, self.tr("Choose {name}").format(name=title))
        if self.isVisible():
            self.refresh()

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

        self.errands.give_way()
        if self.session.running("fetch_backbone") is None:
            self.session.start(FetchBackbone(name=name), lambda value: self._use(str(value.get("name", name))))

    def _show_form(self, form: ImportForm | PackForm) -> None:
        """One of the two forms at a time; the same button puts it away."""
        shown = not form.isVisible()
        for other in (self.import_form, self.pack_form):
            other.setVisible(other is form and shown)
        if shown:
            form.setFocus()
            if isinstance(form, ImportForm):
                form.path.setFocus()
            self.scroller.verticalScrollBar().setValue(0)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _weights_in(event) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()  # a folder of pictures is the window's affair

    def dropEvent(self, event: QDropEvent) -> None:
        path = _weights_in(event)
        if path is None:
            event.ignore()
            return
        event.acceptProposedAction()
        if not self.import_form.isVisible():
            self._show_form(self.import_form)
        self.import_form.path.setText(str(path))

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


def _column(*parts: QWidget) -> QWidget:
    """The content of a tab."""
    tab = QWidget()
    column = QVBoxLayout(tab)
    column.setContentsMargins(0, theme.SPACE_16, 0, 0)
    column.setSpacing(theme.SPACE_16)
    for part in parts:
        column.addWidget(part)
    column.addStretch(1)
    return tab


def _weights_in(event: QDropEvent) -> Path | None:
    """The file of weights, or the pack, that is being dropped."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return next((path for path in paths if path.name.lower().endswith(SUFFIXES) and path.is_file()), None)
