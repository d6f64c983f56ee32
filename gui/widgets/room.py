"""Of several parts in one place, of which one is seen, only that one says how much room it needs."""

from collections.abc import Iterable

from PySide6.QtWidgets import QSizePolicy, QWidget


def asks_alone(seen: QWidget | None, parts: Iterable[QWidget]) -> None:
    """Give the room that `seen` needs, whatever the others would need."""
    for part in parts:
        policy = QSizePolicy.Policy.Preferred if part is seen else QSizePolicy.Policy.Ignored
        part.setSizePolicy(policy, policy)
