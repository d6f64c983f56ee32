"""What is learned from: where the pictures lie, how they are read, and which are set aside to judge by."""

from typing import Literal, get_args

from core.recipe.choices.part import Part, choice

Fit = Literal["crop", "letterbox", "stretch"]
LayoutKind = Literal["classes", "parts", "table", "one_class", "flat"]
LAYOUTS: tuple[LayoutKind, ...] = get_args(LayoutKind)


class Data(Part, frozen=True):
    folder: str = choice("", "Folder", "Where the pictures are: a folder, a table that lists them, or an archive.")
    layout: LayoutKind | None = choice(
        None,
        "Read as",
        "What gives each picture its class: the folder it lies in (classes), folders within train and val (parts), a "
        "table, the whole folder (one_class), or nothing yet (flat). Left open: as the folder looks.",
    )
    table: str | None = choice(
        None, "Table", "The CSV or TSV file that lists the pictures, as a name within the folder. Left open: searched."
    )
    path_column: str | None = choice(None, "Column of paths", "Left open: the one whose entries are files.")
    label_column: str | None = choice(None, "Column of classes", "Left open: guessed by its name.")
    group_column: str | None = choice(
        None,
        "Column of groups",
        "Pictures with the same entry (patient, slide) fall on the same side. Left open: guessed; empty: none.",
    )
    part_column: str | None = choice(
        None, "Column of the split", "Says train, val or test for each picture. Left open: guessed; empty: none."
    )
    more_folders: tuple[str, ...] = choice(
        (), "Further folders", "Folders, tables or archives whose pictures are added to those of the first."
    )
    more_layouts: tuple[LayoutKind | None, ...] = choice(
        (),
        "Further folders read as",
        "As for the first, one entry for each; where one is missing, as the folder looks.",
    )
    image_size: int | None = choice(
        None,
        "Picture size",
        "Pictures are brought to a square of this size. Larger shows finer detail and takes longer. "
        "Left open, it is the size that the backbone learned with.",
        "pixels",
        ge=32,
        le=1024,
    )
    fit: Fit = choice(
        "crop",
        "Fit",
        "How an oblong picture becomes square: crop cuts the ends off, letterbox adds grey bars, stretch distorts.",
    )
    on_conflict: Literal["fail", "exclude"] = choice(
        "fail", "The same picture in two classes", "Whether such pictures stop the training or are left out."
    )


class Split(Part, frozen=True):
    validation: float = choice(
        0.2,
        "Validation share",
        "Pictures set aside to judge while training. They are never learned from.",
        "share",
        gt=0,
        le=0.5,
    )
    test: float = choice(
        0.0,
        "Test share",
        "Pictures looked at only once, after all choices are made: the most honest figure.",
        "share",
        ge=0,
        le=0.5,
    )
    keep_folders: bool = choice(
        True, "Keep the folders' split", "If the folder has train and val (or valid, test) inside, use that split."
    )
    group_pattern: str = choice(
        "",
        "Groups",
        "A regular expression on the file name (or, if it holds a slash, on the path); pictures in which it finds the "
        "same (same patient, same slide) fall on the same side.",
    )
    folds: int = choice(
        0,
        "Folds",
        "Cross-validation: what is not for the test is dealt into so many folds, and each training is judged by one of "
        "them. 0 or 1 is off: the validation share is used.",
        off_below=2,
        ge=0,
        le=20,
    )
    fold: int = choice(
        1, "Judging fold", "Which of the folds judges this training; the others are learned from.", "", ge=1, le=20
    )
