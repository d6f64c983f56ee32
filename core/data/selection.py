"""From all that was found to what is used: which pictures, on which side of the split, and what is left out and why.

The scan's result and the dataset of a training both come from here, so they cannot disagree.
"""

import itertools
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.data import split
from core.data.grouping import compiled, group_of
from core.data.split import TEST, TRAIN, VAL
from core.data.twins import Groups, join_near
from core.errors import Problem, UserError
from core.project.index import Index, Picture
from core.recipe import Recipe, Split

_PART = {"train": TRAIN, "val": VAL, "test": TEST}
_IMBALANCED = 3
"""From this ratio of the largest to the smallest class on it is said."""

_NEARLY_BLANK = 0.9
"""So much of one shade makes a placeholder: ants-bees' "image not found" has 0.94, its ant on white paper 0.84."""

_FEW = 0.05
"""Nearly blank pictures are listed where at most this share is: a whole folder of sketches is no accident."""


@dataclass(frozen=True, slots=True)
class Selection:
    """`used` pictures with their `parts` of the split and, as numbers that like ones share, the `look` (twins) and the
    `group` (what must not be torn apart, twins included) of each. And all others, `left_out` with the reason: what is
    wrong with the file, what the user said, or (`dropped`) what came of looking at several. `problems` leave nothing
    out."""

    used: tuple[Picture, ...]
    parts: tuple[int, ...]
    looks: tuple[int, ...]
    groups: tuple[int, ...]
    left_out: tuple[Problem, ...]
    dropped: tuple[Problem, ...]
    twins: tuple[tuple[Picture, ...], ...]
    conflicts: tuple[tuple[Picture, ...], ...]
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Used pictures by class, classes in order."""
        return dict(sorted(Counter(picture.label for picture in self.used).items()))


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is known about pairs of contents: those `apart` the user parted, however alike they look; those `alike` a
    backbone finds nearly the same."""

    apart: frozenset[tuple[str, str]] = frozenset()
    alike: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, index: Index) -> "Pairs":
        return cls(frozenset(index.not_twins()), frozenset(index.alike()))


@dataclass(slots=True)
class _Draft:
    """What `select` fills on its way. Positions are those in `pictures`."""

    pictures: Sequence[Picture]
    parts: list[int] = field(default_factory=list)
    dropped: dict[int, Problem] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def drop(self, place: int, code: str, **params: object) -> None:
        self.dropped.setdefault(place, Problem(code, self.pictures[place].path, params))

    def note(self, place: int, code: str, **params: object) -> None:
        self.problems.append(Problem(code, self.pictures[place].path, params))

    def labels_of(self, group: Sequence[int]) -> str:
        return ", ".join(sorted({self.pictures[place].label for place in group}))

    @property
    def kept(self) -> list[int]:
        return [place for place in range(len(self.pictures)) if place not in self.dropped]


def select_from(index: Index, pictures: Sequence[Picture], recipe: Recipe) -> Selection:
    """Choose among the `pictures` of an index. Raises UserError BAD_VALUE."""
    names = index.name_of_folder()
    folders = [names.get(name, name) for name in index.class_folders()]
    return select(pictures, folders, recipe, str(index.data_folder or ""), Pairs.of(index))


def select(
    found: Sequence[Picture], class_folders: Sequence[str], recipe: Recipe, folder: str, pairs: Pairs = Pairs()
) -> Selection:
    """Choose among all pictures `found` in `folder`, keeping their order. Raises UserError BAD_VALUE."""
    usable = [picture for picture in found if picture.usable]
    draft = _Draft(usable)
    twins = Groups(len(usable))
    twins.join_equal(picture.content_hash for picture in usable)
    conflicts = [group for group in twins.several() if len({usable[place].label for place in group}) > 1]
    # What little there is in a nearly blank picture says nothing about a twin.
    hashes = ["" if picture.flatness >= _NEARLY_BLANK else picture.perceptual_hash for picture in usable]
    _join_by_content(twins, usable, hashes, pairs)
    twin_groups, looks = twins.several(), twins.ids()
    _settle(draft, conflicts, twin_groups, recipe)
    twins.join_equal(_group_keys(usable, recipe.split))
    twins.join_equal(picture.group or None for picture in usable)
    twins.join_equal(picture.own_group or None for picture in usable)
    keeps_folders = recipe.split.keep_folders and any(picture.part in ("val", "test") for picture in usable)
    groups = twins.ids()
    if keeps_folders:
        _keep_folders(draft, groups, recipe)
    else:
        draft.parts = _deal(draft, groups, draft.kept, recipe, recipe.split.test)
    if recipe.split.folds > 1:
        _turn_fold(draft, groups, recipe)
    _drop_untaught(draft)
    used = [usable[place] for place in draft.kept]
    parts = [draft.parts[place] for place in draft.kept]
    excluded = [Problem("EXCLUDED", picture.path) for picture in found if picture.excluded and not picture.problem]
    faulty = [Problem(picture.problem, picture.path, picture.params) for picture in found if picture.problem]
    unlabelled = sum(picture.problem == "UNLABELLED" for picture in found)
    left_out = [*faulty, *excluded, *draft.dropped.values()]
    return Selection(
        used=tuple(used),
        parts=tuple(parts),
        looks=tuple(looks[place] for place in draft.kept),
        groups=tuple(groups[place] for place in draft.kept),
        left_out=tuple(sorted(left_out, key=lambda problem: os.fsencode(problem.path))),
        dropped=tuple(draft.dropped.values()),
        twins=tuple(tuple(usable[place] for place in group) for group in twin_groups),
        conflicts=tuple(tuple(usable[place] for place in group) for group in conflicts),
        problems=(
            *draft.problems,
            *_blank(used),
            *_of_classes(used, parts, class_folders, draft, keeps_folders, folder, unlabelled),
        ),
    )


def _settle(draft: _Draft, conflicts: Sequence[Sequence[int]], twins: Sequence[Sequence[int]], recipe: Recipe) -> None:
    """The same picture in two classes is left out or blocks training; nearly the same is only worth a look."""
    say = draft.drop if recipe.data.on_conflict == "exclude" else draft.note
    for group in conflicts:
        for place in group:
            say(place, "CONFLICT", classes=draft.labels_of(group))
    contested = {place for group in conflicts for place in group}
    for group in twins:
        if len({draft.pictures[place].label for place in group}) > 1:
            for place in sorted(set(group) - contested):
                draft.note(place, "ALIKE", classes=draft.labels_of(group))


def _join_by_content(twins: Groups, usable: Sequence[Picture], looks: Sequence[str], pairs: Pairs) -> None:
    """Join what looks alike to the perceptual hash or to a backbone, but for what the user parted."""
    concerned = {content for pair in (*pairs.apart, *pairs.alike) for content in pair}
    places: dict[str, list[int]] = defaultdict(list)
    for place, picture in enumerate(usable):
        if picture.content_hash in concerned:
            places[picture.content_hash].append(place)
    apart = {
        (min(one, other), max(one, other))
        for first, second in pairs.apart
        for one, other in itertools.product(places[first], places[second])
    }
    join_near(twins, looks, apart)
    for first, second in pairs.alike - pairs.apart:
        if places[first] and places[second] and looks[places[first][0]] and looks[places[second][0]]:
            twins.join(places[first][0], places[second][0])


def _group_keys(pictures: Sequence[Picture], choice: Split) -> list[str | None]:
    """What the pattern finds in each file's name; None where it finds nothing or there is no pattern."""
    if not choice.group_pattern:
        return [None] * len(pictures)
    pattern = compiled(choice.group_pattern)
    return [group_of(pattern, picture.path) for picture in pictures]


def _by_hand(draft: _Draft, groups: Sequence[int], places: Sequence[int]) -> dict[int, int]:
    """Groups that the user moved to a part; where their pictures were moved apart, judging goes before learning."""
    moved: dict[int, int] = {}
    for place in places:
        if (own := draft.pictures[place].own_part) in _PART:
            moved[groups[place]] = max(moved.get(groups[place], TRAIN), _PART[own])
    return moved


def _keep_folders(draft: _Draft, groups: Sequence[int], recipe: Recipe) -> None:
    """The split that the folders give; where they give none to validate by, that is taken out of train."""
    pictures = draft.pictures
    moved = _by_hand(draft, groups, draft.kept)
    draft.parts = [moved.get(groups[place], _PART.get(picture.part, TRAIN)) for place, picture in enumerate(pictures)]
    # A group stays where it is judged: its pictures in parts that are learned from, or chosen by, are left out.
    judged_in: dict[int, int] = defaultdict(int)
    for place in draft.kept:
        judged_in[groups[place]] = max(judged_in[groups[place]], draft.parts[place])
    for place in draft.kept:
        if draft.parts[place] < judged_in[groups[place]]:
            draft.drop(place, "LEAK", part=("train", "validation", "test")[judged_in[groups[place]]])
    if not any(draft.parts[place] == VAL for place in draft.kept):
        learned = [place for place in draft.kept if draft.parts[place] == TRAIN]
        dealt = _deal(draft, groups, learned, recipe, test=0.0)
        for place in learned:
            draft.parts[place] = dealt[place]


def _deal(draft: _Draft, groups: Sequence[int], places: Sequence[int], recipe: Recipe, test: float) -> list[int]:
    """Parts for the pictures at `places`; TRAIN elsewhere."""
    pictures = draft.pictures
    parts = [TRAIN] * len(pictures)
    chosen = split.split(
        [pictures[place].label for place in places],
        [groups[place] for place in places],
        [pictures[place].content_hash for place in places],
        recipe.split.validation,
        test,
        recipe.seed,
        _by_hand(draft, groups, places),
    )
    for place, part in zip(places, chosen, strict=True):
        parts[place] = part
    return parts


def _turn_fold(draft: _Draft, groups: Sequence[int], recipe: Recipe) -> None:
    """Validate by one fold of what is not for the test, and learn from the others."""
    choice = recipe.split
    if choice.fold > choice.folds:
        raise UserError("BAD_VALUE", field="split.fold", value=choice.fold, reason=f"there are {choice.folds} folds")
    places = [place for place in draft.kept if draft.parts[place] != TEST]
    dealt = split.folds(
        [draft.pictures[place].label for place in places],
        [groups[place] for place in places],
        [draft.pictures[place].content_hash for place in places],
        choice.folds,
        recipe.seed,
    )
    for place, fold in zip(places, dealt, strict=True):
        draft.parts[place] = VAL if fold == choice.fold - 1 else TRAIN


def _drop_untaught(draft: _Draft) -> None:
    taught = {draft.pictures[place].label for place in draft.kept if draft.parts[place] == TRAIN}
    for place in draft.kept:
        label = draft.pictures[place].label
        if label not in taught:
            draft.drop(place, "UNTAUGHT_CLASS", name=label)


def _blank(used: Sequence[Picture]) -> list[Problem]:
    nearly = [picture for picture in used if picture.flatness >= _NEARLY_BLANK]
    few = len(nearly) <= max(1, _FEW * len(used))
    return [Problem("BLANK", picture.path) for picture in nearly if few or picture.flatness == 1]


def _of_classes(
    used: Sequence[Picture],
    parts: Sequence[int],
    class_folders: Sequence[str],
    draft: _Draft,
    keeps_folders: bool,
    folder: str,
    unlabelled: int,
) -> list[Problem]:
    """What concerns a class or the whole dataset."""
    counts = Counter(picture.label for picture in used)
    untaught = {problem.params["name"] for problem in draft.dropped.values() if problem.code == "UNTAUGHT_CLASS"}
    found = [Problem("UNTAUGHT_CLASS", "", {"name": name}) for name in sorted(map(str, untaught))]
    for name in sorted(set(class_folders) - set(counts) - untaught):
        found.append(Problem("EMPTY_CLASS", "", {"name": name}))
    judged = {picture.label for picture, part in zip(used, parts, strict=True) if part != TRAIN}
    for name in sorted(counts):
        if counts[name] == 1 or not (name in judged or keeps_folders):
            found.append(Problem("TINY_CLASS", "", {"name": name, "count": counts[name]}))
    found += _case_clashes(counts)
    if not counts and unlabelled:
        found.append(Problem("NO_LABELS", "", {"count": unlabelled}))
    elif not counts:
        found.append(Problem("NO_IMAGES", "", {"folder": folder}))
    elif len(counts) == 1:
        found.append(Problem("ONE_CLASS", "", {"name": next(iter(counts))}))
    elif max(counts.values()) >= _IMBALANCED * min(counts.values()):
        found.append(Problem("IMBALANCE", "", {"ratio": round(max(counts.values()) / min(counts.values()))}))
    return found


def _case_clashes(counts: Mapping[str, int]) -> list[Problem]:
    alike: dict[str, list[str]] = defaultdict(list)
    for name in sorted(counts):
        alike[unicodedata.normalize("NFC", name).casefold()].append(name)
    return [Problem("CASE_CLASH", "", {"names": ", ".join(names)}) for names in alike.values() if len(names) > 1]
