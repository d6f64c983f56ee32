"""What is done while the Backbone page is looked at and nothing else runs: counting networks, measuring those here."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from gui import backbone_rows

if TYPE_CHECKING:
    from gui.session import Session

COUNT_SECONDS = 20.0  # one turn of counting parameters: then whatever else waits for the helper has its turn
CALM_MILLISECONDS = 2500  # nothing is measured for those who only pass by
KINDS = ("measure_backbone", "read_catalogue")


class BackboneErrands(QObject):
    """`table_in_sight` says whether somebody looks at the table, whose figures may be missing."""

    def __init__(self, session: "Session", table_in_sight: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._table_in_sight = session, table_in_sight
        self._measured: set[str] = set()
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MILLISECONDS)
        self._calm.timeout.connect(self._do_one)

    def begin(self) -> None:
        self._calm.start()

    def end(self) -> None:
        self._calm.stop()
        self.give_way()

    def give_way(self) -> None:
        """They can wait, and use the process that downloads."""
        for kind in KINDS:
            job = self._session.running(kind)
            if job is not None:
                self._session.cancel(job)

    def read_catalogue(self, count_seconds: float = 0.0) -> None:
        """The lists of timm and torchvision; with time given, also how many weights their networks have."""
        from core.requests import ReadCatalogue

        if not self._session.running("read_catalogue") and self._session.failure("read_catalogue") is None:
            self._session.start(ReadCatalogue(count_seconds=count_seconds))

    def _do_one(self) -> None:
        self._calm.start()
        if self._session.jobs:
            return
        if self._table_in_sight() and (self._session.result("read_catalogue") or {}).get("uncounted"):
            self.read_catalogue(COUNT_SECONDS)
            return
        for row in backbone_rows.short_list(self._session):
            known = (row.get("speed") or {}).get("complete")
            if row["local"] and not known and row["name"] not in self._measured:
                self._measure(str(row["name"]))
                return

    def _measure(self, name: str) -> None:
        from core.requests import MeasureBackbone

        self._measured.add(name)
        self._session.start(MeasureBackbone(name=name), lambda value: self._session.list_backbones())
