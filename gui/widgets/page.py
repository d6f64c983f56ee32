"""What every page has: a title, one sentence, one primary button, banners, and a body that scrolls when it must."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui import theme
from gui.why import Why
from gui.widgets import buttons, keys, scrolling
from gui.widgets import text as labels
from gui.widgets.banner import Banner

if TYPE_CHECKING:
    from core.events import Event
    from gui.session import Session


class Page(QWidget):
    """Put content into `body`; override `refresh`, `receive`, `primary_action` and `default_why`.

    `why_changed`: what `default_why` says is another thing now.
    """

    name: ClassVar[str] = ""
    why_changed = Signal()

    def __init__(self, session: "Session", title: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.session = session
        self.title = title
        self.primary = buttons.primary_button()
        self.primary.hide()
        self.primary.clicked.connect(self._press_primary)
        self._status = labels.quiet()
        self._banners: dict[str, Banner] = {}
        self._put_away: dict[str, tuple[str, str]] = {}  # what the user closed: not said again while it stays the same
        self._banner_place = QVBoxLayout()
        self._banner_place.setSpacing(theme.SPACE_8)
        self.body = QVBoxLayout()
        self._build_scaffold()
        self._waiting = False
        session.received.connect(self.receive)
        for signal in (
            session.project_changed, session.recipe_changed, session.dataset_changed, session.result_changed,
            session.jobs_changed, session.progressed, session.run_changed, session.states_changed,
        ):  # fmt: skip
            signal.connect(self._invalidate)

    def _build_scaffold(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.SPACE_24, theme.SPACE_24, theme.SPACE_8, 0)
        outer.setSpacing(theme.SPACE_16)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, theme.SPACE_16, 0)
        words = QVBoxLayout()
        words.setSpacing(theme.SPACE_4)
        words.addWidget(labels.title(self.title))
        words.addWidget(self._status)
        head.addLayout(words, 1)
        head.addSpacing(theme.SPACE_16)
        head.addWidget(self.primary, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(head)
        banners = QVBoxLayout()
        banners.setContentsMargins(0, 0, theme.SPACE_16, 0)
        banners.addLayout(self._banner_place)
        outer.addLayout(banners)
        scrolled = QWidget()
        scrolled.setObjectName("scrolled")
        scrolled.setLayout(self.body)
        self.body.setContentsMargins(0, 0, theme.SPACE_16, theme.SPACE_24)
        self.body.setSpacing(theme.SPACE_16)
        self.scroller = scrolling.scroller(scrolled)
        outer.addWidget(self.scroller, 1)

    def set_status(self, text: str) -> None:
        """The one sentence that says where things stand."""
        self._status.setText(text)
        self.setAccessibleDescription(text)

    @property
    def status(self) -> str:
        return self._status.text()

    def set_primary(self, text: str, ready: bool = True, why_not: str = "") -> None:
        """Show the primary button; where it is not ready, its tooltip says what is missing."""
        self.primary.setText(text)
        self.primary.setVisible(bool(text))
        if ready:
            buttons.enable(self.primary, "Ctrl+Enter")
        else:
            buttons.disable(self.primary, why_not)

    def _press_primary(self) -> None:
        self.primary_action()

    def primary_action(self) -> None:
        """What the primary button does."""

    def refresh(self) -> None:
        """Draw from the session: called when the page is shown, and coalesced after changes while it is visible."""

    def receive(self, event: "Event") -> None:
        """Every event of the engine, at once and in order, also while the page is hidden."""

    def default_why(self) -> Why:
        """What the why panel says while nothing in the page has the focus."""
        return Why(self.title, "")

    def go_on(self, page: str) -> None:
        self.session.go_to.emit(page)

    def show_banner(
        self, key: str, kind: str, text: str, action: str = "", on_action: Callable[[], object] | None = None
    ) -> None:
        """One banner per key; the same key replaces what it said before. One that the user closed stays closed."""
        standing = self._banners.get(key)
        if standing is not None and (standing.kind, standing.text) == (kind, text):
            return
        if self._put_away.get(key) == (kind, text):
            return
        self.clear_banner(key)
        banner = Banner(kind, text, action, on_action)
        banner.closed.connect(lambda: self._close_banner(key))
        self._banners[key] = banner
        self._banner_place.addWidget(banner)
        keys.after(self.primary, banner)

    def _close_banner(self, key: str) -> None:
        banner = self._banners.get(key)
        self.clear_banner(key)
        if banner is not None:
            self._put_away[key] = (banner.kind, banner.text)

    def clear_banner(self, key: str) -> None:
        """It no longer holds: gone, and said again if it comes back."""
        self._put_away.pop(key, None)
        banner = self._banners.pop(key, None)
        if banner is not None:
            self._banner_place.removeWidget(banner)
            if banner.isAncestorOf(self.window().focusWidget() or self):
                self.setFocus()  # or it would go to whatever comes next, such as the Cancel of what was just begun
            banner.hide()
            banner.deleteLater()

    def banners(self) -> tuple[Banner, ...]:
        return tuple(self._banners.values())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _invalidate(self, *_: object) -> None:
        if self._waiting or not self.isVisible():
            return
        self._waiting = True
        QTimer.singleShot(0, self, self._refresh_now)

    def _refresh_now(self) -> None:
        self._waiting = False
        if self.isVisible():
            self.refresh()
