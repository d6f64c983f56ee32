"""Which pictures belong together by their names: the patient, the slide, the burst that file names tell of.

`propose` finds patterns that divide these very names into groups, so that nobody has to write a regular expression.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import UserError

_SEPARATOR = r"[_\-. ]"
_TOKEN = r"[^_\-. ]+"
CANDIDATES: Mapping[str, str] = {
    # The sub-folder that a picture lies in, where class folders have folders of their own.
    "FOLDER": r"^(.+/[^/]+)/[^/]+$",
    # scan-subject12-left.png: subject12
    "WORD_WITH_NUMBER": r"((?:[Pp]at(?:ient)?|[Ss]ub(?:j(?:ect)?)?|[Cc]ase|[Ss]lide|[Ss]pecimen|[Ss]ample|[Dd]onor"
    r"|[Pp]late|[Aa]nimal|[Mm]ouse)[_\-. ]?\d+)",
    # IMG_20230412_101530.jpg: 20230412
    "DATE": r"((?:19|20)\d\d[_\-. ]?(?:0[1-9]|1[0-2])[_\-. ]?(?:0[1-9]|[12]\d|3[01]))(?!\d)",
    # patient07_slide2_03.png: patient07
    "FIRST_WORD": rf"^({_TOKEN}){_SEPARATOR}(?=.*\.)",
    # patient_07_03.png: patient_07
    "FIRST_TWO_WORDS": rf"^({_TOKEN}{_SEPARATOR}{_TOKEN}){_SEPARATOR}(?=.*\.)",
    # IMG_0012_a.jpg: IMG_0012
    "ALL_BUT_LAST_WORD": rf"^(.+){_SEPARATOR}{_TOKEN}\.[^.]+$",
    # 0012a.jpg: 0012
    "NUMBER_AND_LETTER": r"^(.*\d)[A-Za-z]\.[^.]+$",
}
SENTENCES: Mapping[str, str] = {
    "FOLDER": "Pictures in the same sub-folder, such as {example}",
    "FIRST_WORD": "Names that begin with the same word, such as {example}",
    "FIRST_TWO_WORDS": "Names that begin with the same two words, such as {example}",
    "ALL_BUT_LAST_WORD": "Names that differ only in the last part, such as {example}",
    "NUMBER_AND_LETTER": "Names that differ only in the last letter, such as {example}",
    "WORD_WITH_NUMBER": "Names that hold the same number, such as {example}",
    "DATE": "Names that hold the same date, such as {example}",
}
_MATCHED = 0.8
"""So many of the names must follow a pattern; the rest stay alone."""

_TOGETHER = 0.5
"""So many of the pictures must have company, or the pattern found numbers that are everybody's own."""

_LARGEST = 0.4
"""A group of more than this share is a prefix that all names bear, no patient."""

_FEWEST = 4
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pattern for `split.group_pattern`. `code` says in words what it goes by (see SENTENCES), `example` is a group's
    name; `groups` hold `pictures` in all, the largest `largest`; `examples` are some groups with some of their names.
    """

    code: str
    pattern: str
    example: str
    groups: int
    pictures: int
    largest: int
    examples: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code].format(example=self.example)


def group_of(pattern: re.Pattern[str], path: str) -> str | None:
    """What the pattern finds in the file's name, or in the whole path where it speaks of folders."""
    match = pattern.search(path if "/" in pattern.pattern else path.rpartition("/")[2])
    return (match and match.group(1 if pattern.groups else 0)) or None


def compiled(pattern: str) -> re.Pattern[str]:
    """Raises UserError BAD_VALUE where this is no regular expression."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise UserError("BAD_VALUE", field="split.group_pattern", value=pattern, reason=str(error)) from error


def propose(paths: Sequence[str], labels: Sequence[str]) -> list[Proposal]:
    """Patterns that divide the names into groups as people mean them, the coarsest (and safest) first.

    Not proposed is what parts nothing, what tells only the classes apart, and what is each picture's own number.
    """
    found: dict[tuple[int, ...], Proposal] = {}
    for code, pattern in CANDIDATES.items():
        keys = [group_of(compiled(pattern), path) for path in paths]
        if not _is_plausible(keys, labels) or (code == "FOLDER" and _are_classes(keys, labels)):
            continue
        first: dict[str | None, int] = {}
        division = tuple(-1 if key is None else first.setdefault(key, place) for place, key in enumerate(keys))
        if division not in found:
            found[division] = _proposal(code, pattern, paths, keys)
    return sorted(found.values(), key=lambda proposal: proposal.groups)


def _is_plausible(keys: Sequence[str | None], labels: Sequence[str]) -> bool:
    counts = Counter(key for key in keys if key is not None)
    matched = sum(counts.values())
    if matched < _MATCHED * len(keys) or len(counts) < max(_FEWEST, len(set(labels)) + 1):
        return False
    together = sum(count for count in counts.values() if count > 1)
    return together >= _TOGETHER * len(keys) and max(counts.values()) <= _LARGEST * len(keys)


def _are_classes(folders: Sequence[str | None], labels: Sequence[str]) -> bool:
    """Whether the innermost folders are those of the classes, in several parts or places."""
    own = sum((folder or "").rpartition("/")[2] == label for folder, label in zip(folders, labels, strict=True))
    return own > (1 - _MATCHED) * len(labels) or len(set(folders)) < 3 * len(set(labels))


def _proposal(code: str, pattern: str, paths: Sequence[str], keys: Sequence[str | None]) -> Proposal:
    members: dict[str, list[str]] = defaultdict(list)
    for path, key in zip(paths, keys, strict=True):
        if key is not None:
            members[key].append(path.rpartition("/")[2])
    shown = [(key, names) for key, names in members.items() if len(names) > 1][:_EXAMPLES]
    return Proposal(
        code=code,
        pattern=pattern,
        example=shown[0][0].rpartition("/")[2],
        groups=len(members),
        pictures=sum(map(len, members.values())),
        largest=max(map(len, members.values())),
        examples=tuple((key.rpartition("/")[2], tuple(names[:_EXAMPLES])) for key, names in shown),
    )
