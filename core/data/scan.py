"""One pass over the data folder: every file is decoded at most once, and never again while it does not change."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.data.dataset import PARTS
from core.data.found import FoundFile
from core.data.grouping import Proposal, propose
from core.data.reading import Read, in_threads, read
from core.data.selection import Selection, select_from
from core.data.sources import gather
from core.data.squares import Squares
from core.errors import Problem, UserError
from core.events import Reporter, Sources
from core.project import limits, places
from core.project.index import Index, Known, Picture, Reading
from core.recipe import Fit, Recipe

_FIRST, _BATCH, _SECONDS = 4, 48, 0.5
"""So many pictures are recorded together, at first fewer, so that they can be seen, and large ones as time passes."""

_BY_LOOKING = ("BROKEN_LINK", "NAME", "NOT_A_FILE", "MISSING", "AMBIGUOUS", "TWO_LABELS")
"""Problems that are seen without opening the file."""


def scan(
    folder: Path, index: Index, size: int, fit: Fit, recipe: Recipe, reporter: Reporter, threads: int
) -> dict[str, Any]:
    """Bring the index up to date with the folder (or table, or archive) and those that the recipe adds to it; new
    pictures go, resized, into the user's cache.

    Gives the `scan` result. Cancelled or killed, it keeps what is done, and the next scan goes on from there. Raises
    UserError DISK_FULL, CANNOT_WRITE, BAD_VALUE (group pattern), and what `gather` raises.
    """
    reporter.progress("scan", 0, 0)
    found = gather(recipe.data.model_copy(update={"folder": str(folder)}), reporter)
    index.store_data_folder(found.folder)
    index.store_source(folder)
    reporter.emit(Sources, sources=found.sources)
    known = index.known()
    is_unchanged = _Unchanged(found.folder)
    old: list[FoundFile] = []
    fresh: list[FoundFile] = []
    for file in found.files:
        (old if is_unchanged(file, known.get(file.path)) else fresh).append(file)
    moved = [file for file in old if _place_of(file) != _place_of(known[file.path])]
    index.place((file.path, *_place_of(file)) for file in moved)
    _report_old(old, index, reporter)
    reporter.progress("scan", len(old), len(found.files))
    seen = {file.path for file in found.files}
    if fresh:
        cache = Squares(places.pictures_folder(), size, fit)
        seen -= _read_all(found.folder, fresh, index, cache, reporter, threads, len(seen))
    index.finish_scan(seen, found.class_folders, found.hidden, found.sources, found.problems)
    names_stand = not fresh and seen == {path for path, file in known.items() if file.present}
    return refresh(index, recipe, reporter, names_stand)


def refresh(
    index: Index, recipe: Recipe, reporter: Reporter | None = None, names_stand: bool = False
) -> dict[str, Any]:
    """Work the `scan` result out anew from the index, as after an edit, and keep it there. Reads no pictures.

    Patterns of groups are looked for where a `reporter` listens, for only a scan brings new names, and not where the
    names are those of the last time.
    """
    pictures = index.pictures()
    selection = select_from(index, pictures, recipe)
    of_several = [*index.source_problems(), *selection.problems, *selection.dropped]
    if reporter:
        for problem in of_several:
            reporter.found(problem.code, problem.path, **problem.params)
    standing = index.summary().get("groups")
    if standing is None or (reporter and not names_stand):
        proposals = [_proposal(one) for one in propose([p.path for p in pictures], [p.label for p in pictures])]
    else:
        proposals = standing
    summary = {**_summary(str(index.data_folder or ""), len(pictures), selection, index), "groups": proposals}
    index.settle_classes()
    index.store_dealing(_dealing(pictures, selection))
    index.store_summary(brief(summary), of_several)
    return summary


def brief(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The `scan` result with numbers instead of lists that grow with the folder: the index itself holds these."""
    return {**summary, **{name: len(summary[name]) for name in ("skipped", "conflicts", "duplicates", "problems")}}


def _dealing(pictures: Sequence[Picture], selection: Selection) -> Iterator[tuple[str, int, int]]:
    """Part and group of twins of each picture for which they are new."""
    parts = {picture.id: PARTS[part] for picture, part in zip(selection.used, selection.parts, strict=True)}
    twins = {picture.id: number for number, group in enumerate(selection.twins, 1) for picture in group}
    for picture in pictures:
        part, twin = parts.get(picture.id, ""), twins.get(picture.id, 0)
        if (part, twin) != (picture.dealt, picture.twin):
            yield part, twin, picture.id


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {**asdict(proposal), "sentence": proposal.sentence}


class _Unchanged:
    """Whether nothing about a file can have changed since it was read, by metadata alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thumbnails = str(places.thumbnails_folder())
        self._megapixels = limits.megapixels()

    def __call__(self, file: FoundFile, known: Known | None) -> bool:
        if known is None:
            return False
        if file.problem or known.problem in _BY_LOOKING:
            return file.problem == known.problem and dict(file.params) == json.loads(known.params)
        if (file.size, file.mtime_ns) != (known.size, known.mtime_ns):
            return False
        if known.problem == "NO_PERMISSION":
            return not os.access(self._folder / file.path, os.R_OK)
        if known.problem == "TOO_LARGE":
            return bool(json.loads(known.params).get("limit") == self._megapixels)
        name = known.content_hash
        return not name or os.path.exists(f"{self._thumbnails}/{name[:1]}/{name}.jpg")  # noqa: PTH110 - fast


def _place_of(file: FoundFile | Known) -> tuple[str, str, str]:
    return file.label, file.part, file.group


def _report_old(old: Sequence[FoundFile], index: Index, reporter: Reporter) -> None:
    """Say again what is wrong with files that need not be read again."""
    paths = {file.path for file in old}
    for picture in index.faulty():
        if picture.path in paths:
            _report(picture, reporter)


def _read_all(
    folder: Path, fresh: Sequence[FoundFile], index: Index, cache: Squares, reporter: Reporter, threads: int, total: int
) -> set[str]:
    """Read files and record them batch by batch, whatever ends the work. Gives the paths that are gone meanwhile."""
    gone: set[str] = set()
    batch: list[Read] = []
    due, recorded = _FIRST, time.monotonic()
    done = total - len(fresh)
    try:
        with closing(in_threads(lambda file: read(folder, file, cache.size, cache.fit), fresh, threads)) as answers:
            for answer in answers:
                done += 1
                if answer.reading.problem == "NO_SUCH_FILE":
                    gone.add(answer.reading.path)
                    _check_there(folder)
                else:
                    batch.append(answer)
                    _report(answer.reading, reporter)
                if len(batch) >= due or time.monotonic() - recorded > _SECONDS:
                    _record(batch, index, cache)
                    due, recorded = min(2 * due, _BATCH), time.monotonic()
                reporter.progress("scan", done, total)
    finally:
        _record(batch, index, cache)
    return gone


def _record(batch: list[Read], index: Index, cache: Squares) -> None:
    """The pixels first: what the index knows is in the cache."""
    cache.add([(read.reading.content_hash, read.square) for read in batch if read.square is not None])
    index.record(read.reading for read in batch)
    batch.clear()


def _check_there(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError("NO_SUCH_FOLDER", folder=str(folder))


def _report(file: Picture | Reading, reporter: Reporter) -> None:
    if file.problem:
        reporter.found(file.problem, file.path, **file.params)
    for note in file.notes:
        reporter.found(note.code, note.path, **note.params)


def _summary(folder: str, found: int, selection: Selection, index: Index) -> dict[str, Any]:
    parts = Counter(PARTS[part] for part in selection.parts)
    notes = [note for picture in selection.used for note in picture.notes]
    return {
        "folder": folder,
        "found": found,
        "images": len(selection.used),
        "classes": selection.counts,
        "skipped": [_as_json(problem) for problem in selection.left_out],
        "hidden": index.hidden(),
        "sources": index.sources(),
        "conflicts": [
            {"paths": [picture.path for picture in group], "classes": sorted({picture.label for picture in group})}
            for group in selection.conflicts
        ],
        "duplicates": [[picture.path for picture in group] for group in selection.twins],
        "split": {name: parts[name] for name in PARTS},
        "split_by_class": _by_class(selection),
        "problems": [_as_json(problem) for problem in (*notes, *index.source_problems(), *selection.problems)],
    }


def _by_class(selection: Selection) -> dict[str, dict[str, int]]:
    """How many pictures of each class are in each part."""
    dealt = Counter((picture.label, part) for picture, part in zip(selection.used, selection.parts, strict=True))
    return {name: {part: dealt[name, number] for number, part in enumerate(PARTS)} for name in selection.counts}


def _as_json(problem: Problem) -> dict[str, Any]:
    return {"path": problem.path, "code": problem.code, "message": problem.message, "hint": problem.hint}
