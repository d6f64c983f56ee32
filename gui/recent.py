"""What the start page shows of a project that was open lately; read off the window's thread."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError
from core.project import places
from core.project.index import FILE_NAME, Index, thumbnail_path

MOSAIC = 8


@dataclass(frozen=True, slots=True)
class Recent:
    """`accuracy` is the best validation accuracy of its runs with the interval; `when` seconds since 1970. `here`:
    whether its pictures can be reached now."""

    folder: Path
    name: str
    thumbnails: tuple[Path, ...]
    pictures: int
    classes: int
    accuracy: tuple[float, float, float] | None
    when: float
    here: bool = True


def read_recent(folders: list[Path]) -> list[Recent]:
    """Those whose projects are still there, in the same order."""
    return [found for found in map(_read, folders) if found is not None]


def _read(folder: Path) -> Recent | None:
    from gui import words
    from gui.facts import accuracy_of
    from gui.opening import read_runs

    project = folder if (folder / FILE_NAME).is_file() else places.default_project(folder)
    try:
        with Index.open(project, read_only=True) as index:
            counts = index.class_counts()
            pictures = _mixed(index, list(counts))
            data = index.data_folder or folder
        figures = [accuracy_of(run.report) for run in read_runs(project / "runs")]
        return Recent(
            folder=folder,
            name=words.folder_name(data),
            thumbnails=tuple(pictures),
            pictures=sum(counts.values()),
            classes=len(counts),
            accuracy=max((figure for figure in figures if figure), default=None),
            when=(project / FILE_NAME).stat().st_mtime,
            here=data.is_dir() and folder.exists(),
        )
    except (UserError, OSError, ValueError):
        return None


def _mixed(index: Index, labels: list[str]) -> list[Path]:
    """A few thumbnails from every class in turn."""
    each = max(1, MOSAIC // max(1, len(labels)))
    rows = [index.pictures_page(label, 0, each + 1) for label in labels[:MOSAIC]]
    order = [row[number] for number in range(each + 1) for row in rows if number < len(row)]
    return [thumbnail_path(picture.content_hash) for picture in order[:MOSAIC]]
