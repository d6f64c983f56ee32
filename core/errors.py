"""Everything that can go wrong and is not a bug, as rows: a code, what happened, what to do next.

Scripts rely on the codes. The English sentences here are what the command line prints; the window translates
the same sentences by their code. `params` fill the braces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: `message` says what happened and why, `hint` what to do next."""

    message: str
    hint: str


FAULTS: Mapping[str, Fault] = {
    # Pictures: found by the scan, listed as problems.
    "TRUNCATED": Fault("The file is cut short or damaged inside.", "Copy it again from where it came from."),
    "EMPTY": Fault("The file holds 0 bytes.", "Copy it again from where it came from."),
    "NOT_AN_IMAGE": Fault("The content is not a picture.", "It is left out; replace it if it should be one."),
    "UNSUPPORTED_FORMAT": Fault(
        "This picture format is not read ({format}).", "Save it as JPEG, PNG, GIF, WebP, TIFF, BMP or HEIC."
    ),
    "TOO_LARGE": Fault(
        "The picture claims {megapixels} megapixels; the limit is {limit}.",
        "Make it smaller, or raise the limit in Settings if you trust it.",
    ),
    "NO_PERMISSION": Fault("You are not allowed to read {path}.", "Change its permissions, then scan again."),
    "BROKEN_LINK": Fault("The link points to nothing.", "Remove it or mend where it points."),
    "NOT_A_FILE": Fault("This is a pipe, socket or device, not a file.", "Move it out of the folder."),
    "NAME": Fault("The name cannot be used on this system.", "Rename the file."),
    "BLANK": Fault(
        "The picture is of one colour, or nearly: perhaps a placeholder.", "Look at it, and exclude it if it is."
    ),
    "CONFLICT": Fault(
        "The same picture is in two classes: {classes}.", "Keep it in one class, or exclude conflicting pictures."
    ),
    "ALIKE": Fault(
        "Nearly the same picture is in two classes: {classes}.",
        "Look at them side by side: one of the labels may be wrong.",
    ),
    "MULTIPLE_FRAMES": Fault("The file holds {frames} frames; only the first is used.", "Nothing to do."),
    "UNLABELLED_PICTURES": Fault(
        "Pictures that have no class yet, so that nothing is learned from them: {count}.",
        "Choose some and type the name of their class.",
    ),
    "UNLABELLED": Fault(
        "The picture has no class yet.", "Give it one on the Data page, or move it into the folder of its class."
    ),
    "MISSING": Fault("The table names this picture, but it is not there.", "Mend the name, or copy the picture here."),
    "AMBIGUOUS": Fault(
        "The table names this picture, but several are called so: {paths}.", "Write their folders into the table too."
    ),
    "TWO_LABELS": Fault(
        "The table gives this picture several classes: {classes}.", "Leave one of the rows in the table."
    ),
    "EXCLUDED": Fault("You left this picture out.", "Include it again on the Data page if it should be learned."),
    "LEAK": Fault(
        "The same picture, or one of its group, is set aside for judging in {part}.",
        "Nothing to do: this copy is left out, or the figures would flatter.",
    ),
    "CHANGED": Fault("The file changed or vanished after the scan.", "Scan the folder again."),
    # Dataset and running.
    "NO_IMAGES": Fault(
        "No usable picture was found in {folder}.", "Choose a folder that holds one folder of pictures per class."
    ),
    "ONE_CLASS": Fault(
        "There is only one class ({name}), so there is nothing to tell apart.",
        "Put the pictures of each class into a folder of their own; two classes are the least.",
    ),
    "TINY_CLASS": Fault(
        "Class {name} has too few pictures to check what is learned: {count}.", "Add pictures of this class."
    ),
    "EMPTY_CLASS": Fault("Class {name} has no usable picture and is left out.", "Add pictures or remove the folder."),
    "UNTAUGHT_CLASS": Fault(
        "Class {name} has pictures to judge by but none to learn from, and is left out.",
        "Add pictures of this class to the train folder.",
    ),
    "CASE_CLASH": Fault(
        "Classes {names} differ only in upper and lower case: on Windows and macOS they would merge.",
        "Rename one of them.",
    ),
    "IMBALANCE": Fault(
        "The largest class has {ratio} times the pictures of the smallest.",
        "Add pictures to small classes, or switch on class weights.",
    ),
    "CONFLICTS": Fault(
        "Pictures that are in two classes at once: {count}.",
        "Settle them on the Data page, or leave them out with --on-conflict exclude.",
    ),
    "NO_SUCH_FOLDER": Fault("There is no folder {folder}.", "Check the name; is the drive connected?"),
    "NO_LABELS": Fault(
        "None of the {count} pictures has a class yet.",
        "Label them on the Data page, or put those of each class into a folder of their own.",
    ),
    "NOT_A_SOURCE": Fault(
        "{path} is neither a folder, nor a table, nor an archive that is read.",
        "Choose a folder, a .csv or .tsv table, or a .zip or .tar archive; unpack others first.",
    ),
    "BAD_TABLE": Fault(
        "{path} cannot be read as a table of pictures ({reason}).",
        "It needs a column with the names of the pictures, and one with their classes.",
    ),
    "TABLE_ROWS": Fault("Rows of the table that name no picture: {count}.", "Nothing to do, unless they should."),
    "DAMAGED_ARCHIVE": Fault(
        "{path} cannot be unpacked ({reason}). Nothing of it was kept.",
        "Copy it again, or unpack it yourself and open the folder.",
    ),
    "NOT_SCANNED": Fault("{folder} was never read.", "Read it first: `graft scan FOLDER`."),
    "NO_SUCH_PICTURE": Fault("No picture is called {path}.", "Name it from the folder on: ants/1.jpg, or ants/*.jpg."),
    "NOTHING_TO_UNDO": Fault(
        "Nothing was said about the pictures of {folder} that could be taken back.", "Nothing to do."
    ),
    "NO_SUCH_FILE": Fault("There is no file {path}.", "Check the name; is the drive connected?"),
    "NOT_A_RUN": Fault("{path} is not a run of Graft.", "Name the folder that `graft train --out` made."),
    "RUN_IN_USE": Fault("{path} is being trained by another process.", "Wait until it ends, or stop it there."),
    "RUN_EXISTS": Fault("{path} exists already.", "Choose another name: a run never overwrites anything."),
    "NOTHING_TO_RESUME": Fault("The run {path} is complete.", "Train a new run to change anything."),
    "NO_CHECKPOINT": Fault(
        "No checkpoint in {path} can be read; the run is left as it is.",
        "See that its drive is connected and that you may read it; else train a new run.",
    ),
    "DATA_CHANGED": Fault(
        "The pictures changed since this run began.", "Train a new run; its head start is the cache."
    ),
    "LEARNED_FROM": Fault(
        "{count} pictures of {folder} are such as the model learned from; these are not judged.",
        "What it makes of pictures that it never saw is what counts: take others.",
    ),
    "DISK_FULL": Fault("There is no room left on the disk for {path}.", "Free some space, then try again."),
    "CANNOT_WRITE": Fault("{path} cannot be written ({reason}).", "Choose a place where you may write."),
    "NOT_A_PROJECT": Fault(
        "{path} is not a project of Graft, or its index is damaged.",
        "Choose another folder, or open the pictures anew: they are untouched.",
    ),
    "NEWER_PROJECT": Fault("{path} was written by a newer Graft.", "Update Graft to open it."),
    "LOCKED": Fault("This project is open in another window ({holder}).", "Close it there, or look without saving."),
    "OUT_OF_MEMORY": Fault("The memory does not suffice for this training.", "Choose a smaller batch or backbone."),
    "DIVERGED": Fault(
        "The loss left all bounds twice (step {step}).", "Choose a lower learning rate; the best state was kept."
    ),
    # Advice from the curve of a training.
    "DIVERGING": Fault(
        "The loss has been climbing since epoch {epoch}: the steps are too large.", "Decay the learning rate now."
    ),
    "OVERFITTING": Fault(
        "Since epoch {epoch} the validation loss rises while that of training falls: it learns your pictures by heart.",
        "You may stop, the best state is kept. Next time vary the pictures more, or let fewer stages learn.",
    ),
    "GAP": Fault(
        "It is right {gap} points more often on pictures it learns from than on others: more than luck explains.",
        "Part of this is learned by heart: vary the pictures more, or add some.",
    ),
    "PLATEAU": Fault(
        "The loss has been flat for {epochs} epochs.", "Decay the learning rate: smaller steps may settle it further."
    ),
    "UNDERFITTING": Fault(
        "Even of the pictures it learns from only {train} % come out right.",
        "Let more stages learn, train for longer, or look at the labels again.",
    ),
    "TOO_FEW": Fault(
        "With {pictures} pictures kept aside the accuracy is known to ± {half} points: smaller differences are luck.",
        "Set more pictures aside to tell more.",
    ),
    "SOLVER": Fault(
        "The new head fits what it learns from almost perfectly; with few pictures that is usual and no fault.",
        "What counts is validation: {val} % right on pictures it has not seen.",
    ),
    "FINE": Fault(
        "Training and validation stay close together: what it learns holds on new pictures.", "Nothing to do."
    ),
    "ENGINE_DIED": Fault(
        "The process that computes has ended unexpectedly.",
        "Try again; a training goes on from where it was kept last, at most a minute back.",
    ),
    "PROCESS_LOST": Fault(
        "Another process of this training ended, so this one cannot go on alone.",
        "If it could say why, that stands above. `graft resume RUN` goes on from the last checkpoint, with as many "
        "processes as you like.",
    ),
    "PROCESSES": Fault(
        "Processes that do this run: {before} at first, {now} now.",
        "Figures agree within rounding, not bit for bit.",
    ),
    "ONE_PROCESS": Fault(
        "Only the head learns here, on features that are computed once: the first of {count} processes does it alone.",
        "Nothing to do; start it without torchrun next time.",
    ),
    "NOT_TOGETHER": Fault("{command} works in one process, as all but train and resume.", "Start it without torchrun."),
    "BAD_RECIPE": Fault(
        "The recipe cannot be used: {reason}.",
        "`graft recipe show` writes one to begin from; `graft recipe explain FIELD` tells what a choice may be.",
    ),
    "BAD_VALUE": Fault("{field} cannot be {value}: {reason}.", "`graft recipe explain {field}` tells what it may be."),
    "NO_SUCH_FIELD": Fault(
        "The recipe has no field {field}.", "Perhaps one of these: {nearest}. `graft recipe show` lists all."
    ),
    "STRANGE_CLASSES": Fault(
        "The model does not know the classes {names} of {folder}; its own are {classes}.",
        "Name the folders like the model's classes, or choose a folder that holds those.",
    ),
    "BAD_OPTION": Fault(
        "{field} cannot be {value}: {reason}.", "Give another one; in the terminal, `--help` says what a command takes."
    ),
    "NO_GUI_LIBRARIES": Fault("The window cannot open: system libraries are missing.", "Install them: {packages}"),
    # Weights, the network, exports.
    "NO_SUCH_BACKBONE": Fault(
        "No backbone is called {name}.", "Perhaps one of these: {nearest}. `graft backbones list --all` names all."
    ),
    "NO_WEIGHTS": Fault(
        "The pretrained weights of {name} are not on this machine: {reason}.",
        "Fetch them where there is a network (`graft backbones get {name}`), import them with "
        "`graft backbones import FILE --as {name}`, or train from scratch.",
    ),
    "NO_BACKBONE_HERE": Fault(
        "No backbone is on this machine yet.",
        "`graft backbones get mobilenetv4_conv_small` fetches a good first one, `graft backbones import` reads a file.",
    ),
    "WHOSE_WEIGHTS": Fault(
        "{path} does not say which backbone its weights belong to.",
        "Name it: `graft backbones import FILE --as NAME`; `graft backbones list --all` names all there are.",
    ),
    "UNSAFE_WEIGHTS": Fault(
        "{path} holds code, not only numbers, and was not opened.", "Ask for a .safetensors file instead."
    ),
    "NOT_WEIGHTS": Fault(
        "{path} cannot be read as weights ({reason}).", "Choose a .safetensors or .pth file, or copy it again."
    ),
    "WEIGHTS_MISMATCH": Fault(
        "{path} does not fit {name}: {matched} of {wanted} tensors match ({percent} %).",
        "Check that the file belongs to this architecture.",
    ),
    "HASH_MISMATCH": Fault("The download is damaged: expected {expected}, got {actual}.", "Try again later."),
    "NETWORK": Fault("{host} could not be used: {reason}.", "Check the connection and proxy, or import a file."),
    "UNSAFE_ARCHIVE": Fault(
        "{path} was refused as a whole: {reason}.", "Nothing of it was unpacked. Ask for a clean archive."
    ),
    "EXPORT_FAILED": Fault(
        "The export to {format} failed at {operator}.",
        "Choose another format; safetensors takes nearly every backbone.",
    ),
    "UNSAFE_MODEL": Fault("{path} refers to files outside itself and was not opened.", "Ask for a whole file."),
    "NOT_A_MODEL": Fault(
        "{path} is not a finished model of Graft's.",
        "Choose the folder of a run, or the .onnx file of an export. A run that was interrupted must be resumed first.",
    ),
    "BUG": Fault("Something unexpected happened ({reason}).", "Please report it with the log: {log}"),
}


def message_of(code: str, params: Mapping[str, object]) -> str:
    """The English sentence of a code, its braces filled; missing params stay visible as `?`."""
    return FAULTS[code].message.format_map(_Filled(params))


def hint_of(code: str, params: Mapping[str, object]) -> str:
    """What to do next, in English."""
    return FAULTS[code].hint.format_map(_Filled(params))


class _Filled(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


class UserError(Exception):
    """A failure that the user can mend. Anything else that is raised is a bug."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params: dict[str, object] = params
        super().__init__(code, params)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.code, self.params))

    @property
    def message(self) -> str:
        return message_of(self.code, self.params)

    @property
    def hint(self) -> str:
        return hint_of(self.code, self.params)


def _rebuild(code: str, params: dict[str, object]) -> UserError:
    return UserError(code, **params)


class Cancelled(Exception):
    """The user asked to stop; raised only at safe points."""


class Discarded(Cancelled):
    """The user asked to stop and to keep nothing."""


class Ended(Exception):
    """The main process of a training by several ended it, and says why itself."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of one file or of the dataset. `path` is relative to the data folder; empty for the dataset."""

    code: str
    path: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return message_of(self.code, {"path": self.path, **self.params})

    @property
    def hint(self) -> str:
        return hint_of(self.code, {"path": self.path, **self.params})
