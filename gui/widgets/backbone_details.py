"""One backbone in full: what it is good for, its facts, its stages drawn, its download, how fast it is here."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui import backbone_rows, theme, words
from gui.backbone_rows import Row
from gui.why import Why, explain
from gui.widgets import icons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.download_bar import DownloadBar
from gui.widgets.stage_blocks import StageBlocks

if TYPE_CHECKING:
    from gui.job_board import Job
    from gui.session import Session

LOOK_MILLISECONDS = 300  # who walks through the table with the arrow keys is not followed at each step


class BackboneDetails(Card):
    """`wanted(name)` asks for the download, `variant_chosen(name)` for another edition of the weights."""

    wanted = Signal(str)
    variant_chosen = Signal(str)

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._row: Row | None = None
        self._stages: dict[str, list[dict[str, object]]] = {}
        self._failed: dict[str, str] = {}
        self.name, self.why = labels.heading(), labels.quiet()
        self.known, self.licence, self.speed = labels.caption(), labels.label(), labels.label()
        self.place, self.preparation = labels.label(), labels.label()
        self.variants = QComboBox()
        self.variants.setAccessibleName(self.tr("Edition of the weights"))
        self.variants.activated.connect(self._choose_variant)
        self.ways = QComboBox()
        self.ways.setAccessibleName(self.tr("How features are computed"))
        self.ways.activated.connect(self._choose_way)
        for box in (self.variants, self.ways):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.bar = DownloadBar()
        self.bar.pause.clicked.connect(self._pause)
        self.bar.go_on.clicked.connect(lambda: self._row and self.wanted.emit(str(self._row["name"])))
        self.bar.discard.clicked.connect(self._discard)
        self.blocks = StageBlocks()
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(LOOK_MILLISECONDS)
        self._look.timeout.connect(self._ask_for_stages)
        self._lay_out()
        self._explain()

    def _lay_out(self) -> None:
        facts = QGridLayout()
        facts.setHorizontalSpacing(theme.SPACE_16)
        facts.setVerticalSpacing(theme.SPACE_4)
        facts.setColumnStretch(1, 1)
        self._titles: dict[QWidget, QLabel] = {}
        rows: tuple[tuple[str, QWidget], ...] = (
            (self.tr("Where"), self.place),
            (self.tr("Licence"), self.licence),
            (self.tr("Speed"), self.speed),
            (self.tr("Features by"), self.ways),
            (self.tr("Edition"), self.variants),
            (self.tr("Authors' crop"), self.preparation),
        )
        for number, (title, part) in enumerate(rows):
            self._titles[part] = labels.one_line(labels.caption(title))
            facts.addWidget(self._titles[part], number, 0)
            facts.addWidget(part, number, 1)
        left = QVBoxLayout()
        left.setSpacing(theme.SPACE_4)
        left.addWidget(self.name)
        left.addWidget(self.why)
        left.addWidget(self.known)
        left.addSpacing(theme.SPACE_4)
        left.addLayout(facts)
        left.addWidget(self.bar)
        left.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(theme.SPACE_24)
        both.addLayout(left, 1)
        both.addWidget(self.blocks, 1)
        self.body.addLayout(both)

    def _explain(self) -> None:
        explain(self.blocks, Why(self.tr("The stages"), self.tr(
            "A network looks at a picture in stages: each sees it smaller, and in more ways (channels). The height of "
            "a block is how large the picture still is there, its width how many channels there are.\n\nEarly stages "
            "know edges and textures, late ones whole things. How many of them learn is chosen on the next page."
        )))  # fmt: skip
        explain(self.ways, Why(self.tr("How features are computed"), self.tr(
            "The fastest way on this machine that was proved to give the same features: every picture's features must "
            "point where those of fp32 point (cosine of at least 0.98), and a small classifier on them must give the "
            "same answers. It is measured once in the background and remembered.\n\nChoose fp32 if you want every "
            "figure to be repeatable to the last digit on other machines."
        )))  # fmt: skip
        self.preparation.setToolTip(self.tr(
            "How the authors prepared pictures when they measured its accuracy. Graft prepares all pictures in one "
            "way, so that an exported model gives the same answers; this is for comparing figures."
        ))  # fmt: skip
        explain(self.variants, Why(self.tr("Edition of the weights"), self.tr(
            "The same network, trained in several ways or on other pictures, as its name tells: in1k is ImageNet with "
            "1,000 classes, in21k or in22k that with 21,000, ft means fine-tuned after. Licences may differ."
        )))  # fmt: skip

    def show_row(self, row: Row | None) -> None:
        """Show one backbone, and ask for its stages unless they are known."""
        changed = (self._row or {}).get("name") != (row or {}).get("name")
        self._row = row
        self.setVisible(row is not None)
        if row is None:
            return
        self.setAccessibleName(str(row["title"]))
        self.name.setText(str(row["title"]))
        self.why.setText(backbone_rows.why_text(row))
        self.why.setVisible(bool(row["why"]))
        self.known.setText(_known(row))
        self.place.setText(backbone_rows.place_text(row))
        self.licence.setText(backbone_rows.licence_text(row))
        labels.set_role(self.licence, backbone_rows.LICENCE_USES[str(row.get("licence_use", "free"))][1])
        self._show(self.licence, bool(self.licence.text()))
        self.speed.setText(backbone_rows.speed_text(row))
        self.speed.setToolTip(backbone_rows.why_speed(row))
        self._show(self.speed, bool(self.speed.text()))
        self.preparation.setText(backbone_rows.preparation_text(row))
        self._show(self.preparation, bool(self.preparation.text()))
        self._fill_ways(row)
        if changed:
            self._fill_variants(row)
        self.bar.show_state(self._job(), row)
        self._show_stages(str(row["name"]))

    def advance(self) -> None:
        """The download has come further."""
        if self._row is not None:
            self.bar.show_state(self._job(), self._row)

    def _show(self, part: QWidget, visible: bool) -> None:
        part.setVisible(visible)
        self._titles[part].setVisible(visible)

    def _job(self) -> "Job | None":
        job = self._session.running("fetch_backbone")
        return job if job and self._row and getattr(job.request, "name", "") == self._row["name"] else None

    def _fill_variants(self, row: Row) -> None:
        variants = [name for name in (row.get("variant"), *(row.get("variants") or ())) if name]
        bare, _, chosen = str(row["name"]).partition(".")
        self.variants.clear()
        for name in variants:
            usual = name == row.get("variant") and not chosen
            self.variants.addItem(self.tr("{name} (usual)").format(name=name) if usual else name, f"{bare}.{name}")
        self._show(self.variants, len(variants) > 1)

    def _fill_ways(self, row: Row) -> None:
        """Graft's own choice first, then those that were measured here."""
        ways = list((row.get("speed") or {}).get("ways", ()))
        chosen = self._session.recipe.training.features
        self.ways.clear()
        self.ways.addItem(self.tr("Graft chooses"), None)
        for one in ways:
            text = self.tr("{way}: {rate} pictures a second").format(
                way=words.say(backbone_rows.WAYS[one["way"]]), rate=words.count(round(one["rate"]))
            )
            self.ways.addItem(text if one["right"] else self.tr("{way} (differs)").format(way=text), one["way"])
        self.ways.setCurrentIndex(max(0, self.ways.findData(chosen)))
        self._show(self.ways, bool(row["local"]) and len(ways) > 1)

    def _choose_way(self) -> None:
        self._session.set_value("training.features", self.ways.currentData())

    def _choose_variant(self) -> None:
        self.variant_chosen.emit(str(self.variants.currentData()))

    def _pause(self) -> None:
        job = self._job()
        if job is not None:
            self._session.cancel(job)

    def _discard(self) -> None:
        from core.requests import DiscardDownload

        if self._row is not None:
            request = DiscardDownload(name=str(self._row["name"]))
            self._session.start(request, lambda value: self._session.list_backbones())

    def _show_stages(self, name: str) -> None:
        if name in self._stages:
            self.blocks.show_stages(self._stages[name])
        elif name in self._failed:
            self.blocks.show_stages([], self._failed[name])
        else:
            self.blocks.show_stages([], self.tr("Its stages are being looked at…"))
            self._look.start()

    def _ask_for_stages(self) -> None:
        from core.requests import DescribeBackbone

        row = self._row
        if row is None or not self.isVisible() or self._session.running("describe_backbone"):
            if row is not None and self.isVisible():
                self._look.start()
            return
        name = str(row["name"])
        self._session.start(
            DescribeBackbone(name=name),
            lambda value: self._described(name, value.get("stages", ())),
            lambda failed: self._not_described(name),
        )

    def _described(self, name: str, stages: object) -> None:
        assert isinstance(stages, list | tuple)
        self._stages[name] = list(stages)
        self._draw_stages(name)

    def _not_described(self, name: str) -> None:
        self._failed[name] = self.tr("Its stages cannot be shown.")
        self._draw_stages(name)

    def _draw_stages(self, name: str) -> None:
        if self._row is not None and self._row["name"] == name:
            self._show_stages(name)


def licence_mark(row: Row) -> QLabel | None:
    """The glyph of a licence that a person should look at; its tooltip says why."""
    icon, role, _ = backbone_rows.LICENCE_USES[str(row.get("licence_use", "free"))]
    if not icon:
        return None
    mark = QLabel()
    mark.setPixmap(icons.pixmap(icon, 16, role))
    mark.setToolTip(backbone_rows.licence_text(row))
    mark.setAccessibleName(backbone_rows.licence_text(row))
    return mark


def _known(row: Row) -> str:
    told = [words.translate("BackboneDetails", "{name} in {source}").format(name=row["name"], source=row["source"])]
    if row["parameters"]:
        count = words.count(int(row["parameters"]))
        told.append(words.translate("BackboneDetails", "{count} weights").format(count=count))
    if row["image_size"]:
        told.append(words.translate("BackboneDetails", "{size} × {size} pixels").format(size=row["image_size"]))
    if row.get("accuracy"):
        share = f"{row['accuracy']:.1f}\u00a0%"
        told.append(words.translate("BackboneDetails", "{share} of ImageNet").format(share=share))
    return " · ".join(told)
