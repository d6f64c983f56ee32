"""Class names that say which way round a picture is: after mirroring, or upside down, the label may be wrong."""

import re
from collections.abc import Iterable

_SIDED = re.compile(
    r"\b(left|right|links|rechts|linke[rs]?|rechte[rs]?|gauche|droite?|izquierd[ao]|derech[ao]|sinistr[ao]|destr[ao]|"
    r"clockwise|anticlockwise|counterclockwise|west|east)\b|[左右]|왼|오른",
    re.IGNORECASE,
)
_UPRIGHT = re.compile(
    r"\b(up|down|top|bottom|upper|lower|above|below|upside|north|south|oben|unten|haut|bas|arriba|abajo)\b|[上下]",
    re.IGNORECASE,
)
_WRITING = re.compile(r"\b(letters?|digits?|numbers?|texts?|writing|signs?|characters?|alphabet)\b", re.IGNORECASE)
SYMMETRIC = frozenset("AHIMOTUVWXY80ilotuvwx")  # letters and digits that mirroring leaves as they are
TURNED_ALIKE = frozenset("HINOSXZ08losxz")  # those that are the same upside down


def mirrored(names: Iterable[str]) -> list[str]:
    """The classes that mirroring may turn into others, or into nothing that exists."""
    return [name for name in names if _SIDED.search(_words(name)) or _is_sign(name, SYMMETRIC)]


def turned(names: Iterable[str]) -> list[str]:
    """The classes that turning upside down may turn into others."""
    return [name for name in names if _UPRIGHT.search(_words(name)) or _is_sign(name, TURNED_ALIKE)]


def _words(name: str) -> str:
    """`LeftHand_2` as `Left Hand 2`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[_\-.]+", " ", name))


def _is_sign(name: str, alike: frozenset[str]) -> bool:
    """A class that is a letter or a number which is not itself afterwards, or that speaks of writing."""
    text = name.strip()
    if len(text) == 1 and text.isalnum():
        return text not in alike
    return text.isdigit() or _WRITING.search(_words(name)) is not None
