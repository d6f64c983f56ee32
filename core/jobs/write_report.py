"""The printable report of a run: what it says, gathered; how it looks is `core.evaluation.printed`."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core import __version__, requests
from core.data.decode import decode
from core.errors import UserError
from core.evaluation.printed import Content, Shot, as_html
from core.events import Reporter
from core.jobs.examine import examined
from core.jobs.explain import Explainer
from core.jobs.judged import open_judged
from core.project import atomic
from core.project.runs import Run, open_run
from core.recipe import field_rows, value_at
from core.training.deciding import line_of

MISTAKES, UNSURE = 12, 6
SIDE = 320
EVIDENCE = (230, 0, 126)


def write_report(request: requests.WriteReport, reporter: Reporter) -> dict[str, Any]:
    """Raises UserError NOT_A_RUN, NOT_A_MODEL, DISK_FULL, CANNOT_WRITE. Pictures that are gone are left out."""
    run = open_run(Path(request.run))
    found = examined(run)
    judged: Mapping[str, Any] = found["judged"] or {
        part: kept for part, kept in (run.report or {}).items() if part in ("val", "test") and "figures" in (kept or {})
    }
    shown = judged.get("test") or judged.get("val") or {}
    explainer = Explainer(open_judged(run), None)
    folder = Path(run.recipe.data.folder)
    content = Content(
        title=f"{folder.name or 'Model'}: a model card",
        classes=explainer.classes,
        judged=judged,
        facts=_facts(run),
        recipe=_recipe(run),
        mistakes=_shots(explainer, folder, shown.get("mistakes", ())[:MISTAKES], reporter),
        unsure=_shots(explainer, folder, shown.get("unsure", ())[:UNSURE], reporter),
        threshold=found["settled"]["threshold"],
        line=line_of(found["settled"]["line"]),
    )
    out = Path(request.out)
    atomic.write_text(out, as_html(content))
    return {"path": str(out)}


def _shots(explainer: Explainer, folder: Path, rows: Sequence[Mapping[str, Any]], reporter: Reporter) -> list[Shot]:
    shots = []
    for done, row in enumerate(rows):
        reporter.progress("report", done, len(rows))
        path = folder / row["path"]
        try:
            explained = explainer.row(str(path), explained=row["answer"])
            pixels = decode(path)
        except UserError:
            continue
        wrong = row["truth"] != row["answer"]
        title = f"{row['truth']} → {row['answer']}" if wrong else str(row["truth"])
        detail = f"{100 * row['probability']:.0f} % sure · {Path(row['path']).name}"
        shots.append(Shot(with_evidence(pixels, explained["heat"], explained["box"]), title, detail))
    return shots


def with_evidence(pixels: NDArray[np.uint8], heat: Mapping[str, Any], box: Sequence[float]) -> bytes:
    """A small JPEG of a picture uint8 [H, W, 3], the evidence laid over it in pink; see `requests.Explain`."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    values = np.frombuffer(heat["values"], np.uint8).reshape(heat["height"], heat["width"])
    left, top, across, down = (round(share * side) for share, side in zip(box, (*size, *size), strict=True))
    layer = Image.new("L", size)
    layer.paste(Image.fromarray(values).resize((max(1, across), max(1, down)), Image.Resampling.BICUBIC), (left, top))
    mask = layer.point(lambda value: int(value * 0.6))
    picture.paste(EVIDENCE, mask=mask)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _facts(run: Run) -> list[tuple[str, str]]:
    resolved, report = run.resolved, run.report or {}
    seconds = (report.get("seconds") or {}).get("total")
    rows: list[tuple[str, object]] = [
        ("Backbone", resolved.get("backbone")),
        ("Strategy", report.get("strategy") or resolved.get("strategy")),
        ("Made of", ", ".join(report.get("members") or ())),
        ("Parameters that learned", f"{int(report.get('parameters_learned') or 0):,}"),
        ("Training took", f"{float(seconds):.1f} s" if seconds else ""),
        ("Optimiser", resolved.get("optimizer")),
        ("Learning rate", resolved.get("learning_rate")),
        ("Weight decay", resolved.get("weight_decay")),
        ("Epochs", resolved.get("epochs")),
        ("Picture size", resolved.get("image_size")),
        ("Temperature", report.get("temperature")),
        ("Weights (SHA-256)", resolved.get("weights")),
        ("Pictures (fingerprint)", resolved.get("dataset")),
        ("Versions", ", ".join(f"{name} {value}" for name, value in (resolved.get("versions") or {}).items())),
        ("Graft", __version__),
    ]
    return [(title, str(value)) for title, value in rows if value not in (None, "", [])]


def _recipe(run: Run) -> list[tuple[str, str]]:
    recipe = run.recipe.with_value("data.folder", Path(run.recipe.data.folder).name)
    rows = []
    for row in field_rows():
        value = value_at(recipe, row.path)
        rows.append((row.title, "Graft's choice" if value is None else str(value)))
    return rows
