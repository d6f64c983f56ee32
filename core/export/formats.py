"""The formats in which a model leaves, as rows; and the way out: written aside, checked, then put in place whole."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import __version__
from core.errors import UserError
from core.evaluation.ensemble import Ensemble
from core.evaluation.trained import TrainedTogether
from core.events import Reporter
from core.export import nasty, onnx_model, pt2, python_folder, safetensors_model, web_page
from core.export.answers import Answers
from core.export.parity import TOLERANCE, Parity, Picture, compare
from core.export.reduced import PRECISIONS, Precision, Reduction
from core.project import atomic

OWN_PICTURES: Mapping[Precision, int] = {"fp32": 100, "fp16": 500, "int8": 500}
"""So many of the user's pictures are compared: to see that the answers are the same a few do, to measure what is lost
takes more."""
OWN_BYTES = 2**20
"""... or fewer, once their files are as large as this for each, together."""
OWN, AWKWARD = "your pictures", "awkward pictures"


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `write` makes the file (or folder) at a path and tells the model's bytes in full precision; `answers`
    opens it again with `runtime`, the one that its user will have; `beside` names further files that `write` makes;
    `owns` says, for a format that is a folder, whether a file of this name in it may be replaced: an earlier export
    wrote it."""

    name: str
    what: str
    runtime: str
    write: Callable[[Ensemble, Path, Reduction | None], int]
    answers: Callable[[Path], Answers]
    beside: Callable[[Path], tuple[Path, ...]] = lambda path: ()
    owns: Callable[[str], bool] | None = None
    precisions: tuple[Precision, ...] = ("fp32",)

    @property
    def is_folder(self) -> bool:
        return self.owns is not None


FORMATS = (
    Format(
        "onnx",
        "One file with everything inside, for phones, web pages, servers and nearly any language.",
        "onnxruntime",
        onnx_model.write,
        onnx_model.answers,
        precisions=PRECISIONS,
    ),
    Format(
        "pt2",
        "One file with everything inside, for programs that use PyTorch.",
        "torch.export",
        pt2.write,
        pt2.answers,
    ),
    Format(
        "safetensors",
        "The numbers alone, and the Python that loads them into timm or torchvision: for going on with research.",
        "a fresh network, loaded by the Python file beside it",
        safetensors_model.write,
        safetensors_model.answers,
        safetensors_model.beside,
    ),
    Format(
        "python",
        "A folder with a small Python program that answers for picture files; needs neither Graft nor PyTorch.",
        "its own predict.py, with onnxruntime",
        python_folder.write,
        python_folder.answers,
        owns=python_folder.OWN.__contains__,
        precisions=PRECISIONS,
    ),
    Format(
        "web",
        "A folder with a page that answers for pictures in the browser: opened by a double click or put on a server.",
        "onnxruntime, on the model in the page; the page compares itself again in each browser that opens it",
        web_page.write,
        web_page.answers,
        owns=web_page.is_own,
        precisions=PRECISIONS,
    ),
)


def find(name: str) -> Format:
    """Raises UserError BAD_OPTION."""
    for row in FORMATS:
        if row.name == name:
            return row
    known = ", ".join(row.name for row in FORMATS)
    raise UserError("BAD_OPTION", field="format", value=name, reason=f"the formats are {known}")


def export_model(
    model: Ensemble,
    name: str,
    out: Path,
    pictures: Sequence[tuple[Path, int | None]],
    reporter: Reporter,
    precision: str = "fp32",
    learned_from: Sequence[Path] = (),
) -> dict[str, Any]:
    """Write a model and its certificate `<out>.parity.json`. Result: `path`, `format`, `precision`, `parity`, `cost`.

    `pictures` are the user's, with the number of their class, to compare on; `learned_from` those to calibrate `int8`
    with. An export that differs from the app is written all the same, with `verified` false. `cost`: what the smaller
    numbers of another `precision` cost and save, else None; `Parity.accuracy` with `bytes_before` and `bytes`.
    Raises UserError BAD_OPTION, EXPORT_FAILED, CANNOT_WRITE, DISK_FULL; then nothing has changed on the disk.
    """
    row = find(name)
    chosen = _allowed(row, precision)
    reduction = None if chosen == "fp32" else Reduction(chosen, learned_from, reporter)
    reporter.progress("export", 0, 1)
    _refuse_to_replace(out, row)
    with atomic.aside(out) as folder:
        written = folder / out.name
        bytes_before = row.write(model, written, reduction)
        reporter.progress("export", 1, 1)
        own = [Picture(OWN, path, label) for path, label in _some(pictures, OWN_PICTURES[chosen])]
        parity = _checked(row, model, written, own, reporter)
        cost = None
        if reduction is not None:
            share = {"images": 0, "before": None, "after": None, "broken": 0, "mended": 0} | (parity.accuracy() or {})
            cost = {**share, "bytes_before": bytes_before, "bytes": bytes_of(written)}
        result = {
            "path": str(out), "format": row.name, "precision": chosen, "parity": parity.summary(), "cost": cost,
        }  # fmt: skip
        files = (*row.beside(written), written)
        atomic.write_json(certificate_of(written), {**result, **_details(row, parity), "sha256": _hashes(files)})
        for path in (certificate_of(written), *files):  # what was asked for comes last
            atomic.put(path, out.with_name(path.name))
    return result


def bytes_of(path: Path) -> int:
    """Of a file, or of all files of a folder."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


def certificate_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.parity.json")


def _hashes(files: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of each file, those of a folder by their path in it: a certificate is of these bytes and no others."""
    hashes = {}
    for file in files:
        parts = sorted(part for part in file.rglob("*") if part.is_file()) if file.is_dir() else [file]
        for part in parts:
            with part.open("rb") as stream:
                hashes[part.relative_to(file.parent).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return hashes


def _checked(row: Format, model: Ensemble, path: Path, own: Sequence[Picture], reporter: Reporter) -> Parity:
    """Compare on the user's pictures, then on awkward ones."""
    threads = min(os.cpu_count() or 1, 4)
    with tempfile.TemporaryDirectory(prefix="graft-parity-") as folder:
        awkward = [Picture(AWKWARD, path) for path in nasty.draw(Path(folder))]
        return compare(TrainedTogether(model), row.answers(path), [*own, *awkward], threads, reporter)


def _some(pictures: Sequence[tuple[Path, int | None]], most: int) -> list[tuple[Path, int | None]]:
    """Pictures spread evenly over all of them, no more than can be compared while somebody waits."""
    count = min(len(pictures), most)
    spread = [pictures[i * len(pictures) // count] for i in range(count)]
    chosen: list[tuple[Path, int | None]] = []
    total = 0
    for path, label in spread:
        with contextlib.suppress(OSError):
            total += path.stat().st_size
        if chosen and total > most * OWN_BYTES:
            break
        chosen.append((path, label))
    return chosen


def _allowed(row: Format, precision: str) -> Precision:
    for known in row.precisions:
        if known == precision:
            return known
    reason = f"{row.name} is written in {' or '.join(row.precisions)}"
    raise UserError("BAD_OPTION", field="precision", value=precision, reason=reason)


def _details(row: Format, parity: Parity) -> dict[str, Any]:
    """What the certificate says beyond the result: how it was checked, and every picture."""
    return {
        "graft_version": __version__,
        "runtime": row.runtime,
        "tolerance": TOLERANCE,
        "rule": "Compared from the bytes of each file to probabilities. Verified: every probability within the "
        "tolerance, and the same first class, where classes no further apart than the tolerance count as the same.",
        "checks": [{"pictures": group, **part.summary()} for group, part in parity.by_group().items()],
        "rows": [asdict(compared) for compared in parity.rows],
    }


def _refuse_to_replace(out: Path, row: Format) -> None:
    """A file replaces a file; a folder only an earlier export or an empty folder."""
    if row.owns is None:
        if out.is_dir():
            raise UserError("CANNOT_WRITE", path=str(out), reason="it is a folder")
        return
    if out.exists() and not out.is_dir():
        raise UserError("CANNOT_WRITE", path=str(out), reason="it is a file")
    if out.is_dir() and not all(row.owns(path.name) for path in out.iterdir()):
        raise UserError("CANNOT_WRITE", path=str(out), reason="the folder holds other things")
