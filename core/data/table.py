"""A CSV or TSV that says of each picture what it is: which delimiter, which encoding, which column is what."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError
from core.project.sources import PICTURE_SUFFIXES

LARGEST = 2**28
"""Tables of more bytes are refused: a million pictures take about a hundred megabytes."""

PART_OF_NAME = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
_SAMPLE = 200
_DELIMITERS = (",", "\t", ";", "|")
_PATHS = ("path", "file", "filename", "file name", "filepath", "image", "image path", "img", "picture", "photo", "id")
_LABELS = ("label", "class", "class name", "category", "target", "species", "diagnosis", "dx", "tag", "y")
_GROUPS = (
    "specimen",
    "colony",
    "plant",
    "plot",
    "video",
    "clip",
    "series",
    "session",
    "batch",
    "person",
    "group",
    "patient",
    "subject",
    "case",
    "slide",
    "lesion",
    "burst",
    "animal",
    "individual",
    "participant",
    "study",
)
_PARTS = ("split", "set", "part", "subset", "partition", "phase", "usage")


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` by name, in order; without a head line they are called 1, 2, ..."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    encoding: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column says what; nothing where none does."""

    path: str
    label: str
    group: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of one picture; `part` is train, val, test or nothing."""

    path: str
    label: str
    group: str
    part: str


def read_table(path: Path) -> Table:
    """Raises UserError BAD_TABLE, NO_SUCH_FILE, NO_PERMISSION."""
    try:
        if path.stat().st_size > LARGEST:
            raise UserError("BAD_TABLE", path=str(path), reason=f"it has more than {LARGEST:,} bytes")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError("NO_SUCH_FILE", path=str(path)) from error
    except OSError as error:
        raise UserError("NO_PERMISSION", path=str(path)) from error
    text, encoding = _decoded(content)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)) if any(row)]
    except csv.Error as error:
        raise UserError("BAD_TABLE", path=str(path), reason=str(error)) from error
    if not rows:
        raise UserError("BAD_TABLE", path=str(path), reason="it is empty")
    width = max(map(len, rows))
    head, *body = rows
    if any(cell.strip().lower().endswith(PICTURE_SUFFIXES) for cell in head):  # a picture already
        head, body = [str(number) for number in range(1, width + 1)], rows
    names = _distinct([cell.strip() for cell in head] + [""] * (width - len(head)))
    return Table(names, tuple(tuple(row + [""] * (width - len(row))) for row in body), encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace"), "utf-16"
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8-sig", errors="surrogateescape"), "utf-8-sig"


def _delimiter(text: str) -> str:
    """The one that cuts most of the first lines into the same number of columns, the more the better."""

    def worth(delimiter: str) -> tuple[int, int]:
        try:
            lines = csv.reader(io.StringIO(text[:65536], newline=""), delimiter=delimiter)
            widths = Counter(len(row) for row, _ in zip(lines, range(50), strict=False) if row)
        except csv.Error:
            return 0, 0
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
        return (count, width) if width > 1 else (0, 0)

    return max(_DELIMITERS, key=worth)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Nameless columns by their number, names that come again with it."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        found.append(f"{name} {number}".strip() if not name or name in found else name)
    return tuple(found)


def find_columns(table: Table, chosen: Mapping[str, str | None], is_file: Callable[[str], bool]) -> Columns | None:
    """Which column is what: as `chosen` (path, label, group, part; an empty name is none), else by entries and names.
    None where there is no
    column of files. Raises KeyError with the name of a chosen column that the table lacks."""
    taken: list[str] = [name for name in chosen.values() if name]
    for name in taken:
        if name not in table.columns:
            raise KeyError(name)

    def pick(role: str, guess: Callable[[Sequence[str]], str]) -> str:
        wished = chosen.get(role)
        name = guess([column for column in table.columns if column not in taken]) if wished is None else wished
        taken.append(name)
        return name

    path = pick("path", lambda free: _of_files(table, free, is_file))
    if not path:
        return None
    part = pick("part", lambda free: _of_parts(table, free))
    group = pick("group", lambda free: _called(free, _GROUPS))
    label = pick("label", lambda free: _called(free, _LABELS) or _like_labels(table, free))
    return Columns(path, label, group, part)


def _of_files(table: Table, free: Sequence[str], is_file: Callable[[str], bool]) -> str:
    """The column most of whose entries are files; a name that fits settles a tie, and may stand alone where no file is
    found but the entries look like pictures."""

    def worth(column: str) -> tuple[float, bool]:
        cells = [cell for cell in _cells(table, column) if cell][:_SAMPLE]
        found = sum(is_file(cell) for cell in cells) / len(cells) if cells else 0
        named = sum(cell.lower().endswith(PICTURE_SUFFIXES) for cell in cells) / len(cells) if cells else 0
        return max(found, 0.5 * named), bool(_called([column], _PATHS))

    best = max(free, key=worth, default="")
    return best if best and worth(best)[0] >= 0.25 else ""


def _of_parts(table: Table, free: Sequence[str]) -> str:
    for column in free:
        if _called([column], _PARTS):
            cells = {cell.lower() for cell in _cells(table, column) if cell}
            if cells and cells <= set(PART_OF_NAME):
                return column
    return ""


def _called(free: Sequence[str], names: Sequence[str]) -> str:
    """The first column that is called so, perhaps with `_id` or `_name` behind."""
    plain = {column: " ".join(column.lower().replace("_", " ").replace("-", " ").split()) for column in free}
    for name in names:
        for column, said in plain.items():
            if said in (name, f"{name} id", f"{name} name"):
                return column
    return ""


def _like_labels(table: Table, free: Sequence[str]) -> str:
    """The column with the fewest different entries, two at least, each of them several times on average."""
    counts = {column: len({cell for cell in _cells(table, column) if cell}) for column in free}
    fit = {column: count for column, count in counts.items() if 2 <= count <= max(2, len(table.rows) // 2)}
    return min(fit, key=fit.__getitem__, default="")


def _cells(table: Table, column: str) -> Iterator[str]:
    place = table.columns.index(column)
    return (row[place].strip() for row in table.rows)


def rows_of(table: Table, columns: Columns) -> Iterator[Row]:
    """The table's rows in order; those without a path too."""
    places = [
        table.columns.index(name) if name else -1 for name in (columns.path, columns.label, columns.group, columns.part)
    ]
    for row in table.rows:
        path, label, group, part = (row[place] if place >= 0 else "" for place in places)
        said = _unquoted(label.strip()), _unquoted(group.strip()), PART_OF_NAME.get(part.strip().lower(), "")
        yield Row(_unquoted(path), *said)


def _unquoted(text: str) -> str:
    """Graft, like others, writes an apostrophe before what a spreadsheet would take for a formula."""
    first = text.lstrip("'")[:1]
    quoted = text.startswith("'") and first and (first in "=+-@" or unicodedata.category(first) == "Cc")
    return text[1:] if quoted else text
