"""What concerns the program and not one project: appearance, language, room on the disk, licences, the log."""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QWidget

from core.errors import UserError
from core.project import limits, network, places
from gui import languages, storage, theme, words
from gui.forms import FieldForm
from gui.why import Why, explain
from gui.widgets import buttons
from gui.widgets import text as labels
from gui.widgets.card import Card
from gui.widgets.page import Page
from gui.words import translate

if TYPE_CHECKING:
    from gui.session import Session

LABEL_WIDTH = 160
# What Graft stands on, with the licence of each.
LICENCES = (
    ("PyTorch, torchvision", "BSD-3-Clause", "torch"),
    ("timm, safetensors, huggingface-hub, accelerate", "Apache-2.0", "timm"),
    ("cleanlab", "Apache-2.0", "cleanlab"),
    ("Qt for Python (PySide6)", "LGPL-3.0", "PySide6-Essentials"),
    ("pyqtgraph", "MIT", "pyqtgraph"),
    ("NumPy, scikit-learn, psutil", "BSD-3-Clause", "numpy"),
    ("Pillow", "MIT-CMU", "pillow"),
    ("pi-heif, with libheif and libde265", "LGPL-3.0", "pi-heif"),
    ("ONNX, ONNX Runtime, onnxscript", "Apache-2.0, MIT", "onnx"),
    ("pydantic, typer, rich, platformdirs, filelock", "MIT", "pydantic"),
)


class SettingsPage(Page):
    name = "settings"

    def __init__(self, session: "Session") -> None:
        super().__init__(session, translate("SettingsPage", "Settings"))
        self.set_status(self.tr("What you change here is kept at once."))
        for card in (
            self._appearance(),
            self._computing(),
            self._pictures(),
            self._network(),
            self._disk(),
            self._about(),
        ):
            self.body.addWidget(card)
        self.body.addStretch(1)

    def _appearance(self) -> Card:
        card = Card(self.tr("Appearance"))
        self.theme = QComboBox()
        names = (self.tr("As the system"), self.tr("Light"), self.tr("Dark"))
        for choice, name in zip(theme.CHOICES, names, strict=True):
            self.theme.addItem(name, choice)
        self.theme.setCurrentIndex(theme.CHOICES.index(self.session.settings.theme))
        self.theme.activated.connect(self._choose_theme)
        self.language = QComboBox()
        self.language.addItem(self.tr("As the system"), "")
        for code in languages.available():
            self.language.addItem(_language(code), code)
        self.language.setCurrentIndex(max(0, self.language.findData(self.session.settings.language)))
        self.language.activated.connect(self._choose_language)
        card.body.addLayout(_row(self.tr("Theme"), self.theme))
        card.body.addLayout(_row(self.tr("Language"), self.language))
        return card

    def _computing(self) -> Card:
        card = self._computing_card = Card(self.tr("Computing, for this project"))
        card.body.addWidget(FieldForm(self.session, ("training.device", "training.threads")))
        return card

    def _pictures(self) -> Card:
        card = Card(self.tr("Pictures"))
        self.largest = QSpinBox()
        self.largest.setRange(limits.LEAST, limits.MOST)
        self.largest.setSuffix(self.tr(" megapixels"))
        self.largest.setKeyboardTracking(False)  # what is half typed is no choice yet
        self.largest.setFixedWidth(200)
        self.largest.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.largest.setValue(limits.megapixels())
        self.largest.valueChanged.connect(self._choose_limit)
        self._memory = labels.quiet()
        self._say_memory()
        card.body.addLayout(_row(self.tr("Largest picture"), self.largest))
        card.body.addWidget(self._memory)
        explain(card, Why(self.tr("The largest picture"), self.tr(
            "A file of a few kilobytes may claim to hold a picture that fills the memory when it is opened. So what is "
            "larger than this is left out before any of it is read, and listed under Problems. Raise it for scans of "
            "slides, maps or posters that you trust; they are read at once.\n\nThe command line uses the same limit."
        )))  # fmt: skip
        return card

    def _network(self) -> Card:
        card = Card(self.tr("Network, for downloading backbones"))
        chosen, told = network.chosen(), network.from_environment()
        self.mirror, self.proxy = QLineEdit(told.mirror or chosen.mirror), QLineEdit(told.proxy or chosen.proxy)
        self.mirror.setPlaceholderText("https://mirror.example")
        self.proxy.setPlaceholderText("http://proxy.example:3128")
        variables = (network.MIRROR_VARIABLE, network.PROXY_VARIABLES[0])
        for line, overruled, name in zip((self.mirror, self.proxy), (told.mirror, told.proxy), variables, strict=True):
            line.setEnabled(not overruled)
            if overruled:
                line.setToolTip(self.tr("{variable} is set outside Graft, and goes before.").format(variable=name))
            line.editingFinished.connect(self._choose_network)
        card.body.addLayout(_row(self.tr("Mirror of the hub"), self.mirror))
        card.body.addLayout(_row(self.tr("Proxy"), self.proxy))
        explain(card, Why(self.tr("Mirror and proxy"), self.tr(
            "Leave both empty unless your network asks for them. A mirror is a copy of huggingface.co, where most "
            "weights come from; whatever it sends is checked against its SHA-256. A proxy is the machine through which "
            "your network reaches others; your administrator knows its address.\n\nThe command line uses the same."
        )))  # fmt: skip
        return card

    def _disk(self) -> Card:
        card = Card(self.tr("Room on the disk"))
        self.cache_said, self.weights_said = labels.one_line(labels.body("…")), labels.one_line(labels.body("…"))
        self.clear = buttons.plain_button(self.tr("Clear"), "trash")
        self.clear.clicked.connect(self._clear)
        explain(self.clear, Why(self.tr("Clearing the caches"), self.tr(
            "Resized pictures, thumbnails and features are kept so that nothing is computed twice. You may clear them "
            "at any time: they come back by themselves, and the next training takes a little longer. Projects, labels, "
            "runs and downloaded backbones stay."
        )))  # fmt: skip
        card.body.addLayout(_row(self.tr("Caches"), self.cache_said, self.clear))
        card.body.addLayout(_row(self.tr("Backbones"), self.weights_said))
        self.logs = buttons.plain_button(self.tr("Open the folder"), "folder")
        self.logs.clicked.connect(self._open_logs)
        where = labels.quiet(str(places.log_folder()))
        card.body.addLayout(_row(self.tr("Logs"), where, self.logs))
        return card

    def _about(self) -> Card:
        card = Card(self.tr("About"))
        text = self.tr("Graft {version}. Apache License 2.0. Your pictures never leave this machine.")
        card.body.addWidget(labels.body(text.format(version=_version("graft-studio"))))
        for name, licence, package in LICENCES:
            card.body.addLayout(_row(licence, labels.quiet(f"{name} · {_version(package)}")))
        return card

    def refresh(self) -> None:
        self._computing_card.setVisible(self.session.project is not None)
        self.session.background.run(lambda: (storage.cache_bytes(), storage.weights_bytes()), self._show_room)
        busy = any(job.kind in ("scan", "train", "race", "advise", "rank") for job in self.session.jobs)
        if busy:
            buttons.disable(self.clear, self.tr("The caches are in use at the moment."))
        else:
            buttons.enable(self.clear)

    def default_why(self) -> Why:
        return Why(self.title, self.tr(
            "Everything that decides the outcome of a training belongs to the recipe of a project and is kept with "
            "each run. What stands here changes how Graft looks, what it computes with and how it reaches the network."
        ))  # fmt: skip

    def _show_room(self, room: tuple[int, int]) -> None:
        self.cache_said.setText(words.bytes_text(room[0]))
        self.weights_said.setText(words.bytes_text(room[1]))

    def _clear(self) -> None:
        buttons.disable(self.clear, self.tr("They are being cleared."))
        self.session.background.run(storage.clear_caches, lambda left: self.refresh())

    def _open_logs(self) -> None:
        folder = places.log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _choose_theme(self) -> None:
        choice = str(self.theme.currentData())
        self.session.settings.set("theme", choice)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, choice)

    def _choose_network(self) -> None:
        """Keep what was typed; what the environment says is not ours to keep."""
        kept = network.chosen()
        mirror = self.mirror.text().strip() if self.mirror.isEnabled() else kept.mirror
        proxy = self.proxy.text().strip() if self.proxy.isEnabled() else kept.proxy
        try:
            network.choose(network.Network(mirror, proxy))
        except UserError as error:
            self.show_banner("network", "bad", words.fault_message(error.code, error.params))
        else:
            self.clear_banner("network")

    def _choose_limit(self, megapixels: int) -> None:
        """Keep it, and read the pictures that were too large, or would be now."""
        self._say_memory()
        try:
            limits.choose(megapixels)
        except UserError as error:
            self.show_banner("limit", "bad", words.fault_message(error.code, error.params))
        else:
            self.clear_banner("limit")
            self.session.scan()

    def _say_memory(self) -> None:
        needed = words.bytes_text(self.largest.value() * 1_000_000 * limits.BYTES_A_PIXEL)
        text = self.tr("Reading one of that size takes up to {memory} of memory.")
        self._memory.setText(text.format(memory=needed))

    def _choose_language(self) -> None:
        self.session.settings.set("language", str(self.language.currentData()))
        self.show_banner("language", "info", self.tr("The language changes when Graft is opened again."))


def _row(name: str, part: QWidget, button: QPushButton | None = None) -> QHBoxLayout:
    title: QLabel = labels.body(name)
    title.setFixedWidth(LABEL_WIDTH)
    part.setAccessibleName(part.accessibleName() or name)
    if isinstance(part, QComboBox):
        part.setMinimumWidth(200)
    row = QHBoxLayout()
    row.setSpacing(theme.SPACE_16)
    row.addWidget(title)
    narrow = isinstance(part, (QComboBox, QSpinBox))
    row.addWidget(part, 0 if narrow else 1)
    if button is not None:
        row.addWidget(button)
    if narrow:
        row.addStretch(1)
    return row


def _language(code: str) -> str:
    """As its speakers call it; Qt names the variety too ("American English") where the code names none."""
    name = QLocale(code).nativeLanguageName()
    return "English" if code == "en" else name[:1].upper() + name[1:]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
