"""A report that can be printed: one HTML file that refers to nothing outside itself.

Figures with their intervals, the confusion matrix, calibration, coverage, pictures with the evidence in them, and the
whole recipe: a model card (Mitchell et al. 2019).
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from core.training.deciding import Line

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#5E5E59"
WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 420, 300, 56, 12, 28, 44

OVERALL = {
    "accuracy": "Right answers",
    "balanced_accuracy": "Each class counted alike",
    "precision": "Precision, mean over classes",
    "recall": "Recall, mean over classes",
    "f1": "F1, mean over classes",
    "roc_auc": "Area under the ROC curve",
    "average_precision": "Average precision",
}
OF_A_CLASS = {
    "recall": "Found (recall)",
    "precision": "Right (precision)",
    "f1": "Both (F1)",
    "roc_auc": "ROC area",
    "average_precision": "Average precision",
}
PARTS = {"test": "test", "val": "validation"}

STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1C1C1A; max-width: 900px;
  margin: 32px auto; padding: 0 24px; background: #fff; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 32px 0 8px; }
h3 { font-size: 15px; margin: 20px 0 6px; }
p.lead { font-size: 16px; } .quiet { color: #5E5E59; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid #E2E2DD; }
th { font-weight: 600; } td.n, th.n { text-align: right; }
table.matrix td, table.matrix th { border: 2px solid #fff; padding: 8px 12px; text-align: center; }
table.matrix th.row { text-align: right; }
.wall { display: flex; flex-wrap: wrap; gap: 16px; }
.wall figure { margin: 0; width: 160px; break-inside: avoid; }
.wall img { width: 160px; height: 160px; object-fit: contain; background: #EFEFEA; border-radius: 6px; display: block; }
.wall figcaption { font-size: 12px; overflow-wrap: anywhere; }
.plots { display: flex; flex-wrap: wrap; gap: 24px; } .plots figure { margin: 0; width: 420px; }
svg text { font-size: 11px; }
section { break-inside: auto; } tr, svg { break-inside: avoid; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the report: `image` is a JPEG."""

    image: bytes
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Content:
    """What the report tells. `judged` are `examine` fields by part; `facts` and `recipe` are rows (title, value)."""

    title: str
    classes: Sequence[str]
    judged: Mapping[str, Mapping[str, Any]]
    facts: Sequence[tuple[str, str]]
    recipe: Sequence[tuple[str, str]]
    mistakes: Sequence[Shot] = field(default=())
    unsure: Sequence[Shot] = field(default=())
    threshold: float | None = None
    line: Line | None = None


def as_html(content: Content) -> str:
    """The whole file."""
    parts = [part for part in PARTS if content.judged.get(part)]
    body = [f"<h1>{escape(content.title)}</h1>", f'<p class="quiet">{escape(", ".join(content.classes))}</p>']
    body.append(_summary(content, parts))
    for part in parts:
        body.append(_part(content.judged[part], PARTS[part]))
    body.append(_wall("Mistakes, the surest first", content.mistakes, _HOW_TO_READ))
    body.append(_wall("Right, but unsure", content.unsure, ""))
    body.append(_limits(content, parts))
    body.append(f"<h2>How it was made</h2>{_pairs(content.facts)}")
    body.append(f"<h2>The recipe</h2>{_pairs(content.recipe)}")
    joined = "\n".join(body)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(content.title)}</title><style>{STYLE}</style></head>\n<body>\n{joined}\n</body></html>\n"
    )


_HOW_TO_READ = (
    "What it is → what the model said. The pink shade shows where in the picture the evidence for that answer lies. "
    "A sure mistake is often a wrong label."
)


def _summary(content: Content, parts: Sequence[str]) -> str:
    if not parts:
        return '<p class="lead">No pictures were kept aside, so nothing can be said about how good it is.</p>'
    judged = content.judged[parts[0]]
    right = judged["figures"]["overall"]["accuracy"]
    text = (
        f"It is right on <b>{_percent(right['value'])}</b> of {judged['images']} {PARTS[parts[0]]} pictures that it "
        f"never learned from; with 95 % certainty on {_percent(right['low'])} to {_percent(right['high'])} of pictures "
        "of the same kind."
    )
    return f'<p class="lead">{text}</p>'


def _part(judged: Mapping[str, Any], name: str) -> str:
    figures = judged["figures"]
    rows = "".join(f"<tr><td>{title}</td>{_figure(figures['overall'].get(key))}</tr>" for key, title in OVERALL.items())
    classes = "".join(
        f'<tr><td>{escape(row["name"])}</td><td class="n">{row["support"]}</td>'
        + "".join(_figure(row.get(key)) for key in OF_A_CLASS)
        + "</tr>"
        for row in figures["classes"]
    )
    heads = "".join(f'<th class="n">{title}</th>' for title in OF_A_CLASS.values())
    return (
        f"<section><h2>On {judged['images']} {name} pictures</h2>"
        f'<table><tr><th>Figure</th><th class="n">Value (95 % interval)</th></tr>{rows}</table>'
        f"<h3>What is taken for what</h3>{_matrix(judged)}"
        f'<h3>Class by class</h3><table><tr><th>Class</th><th class="n">Pictures</th>{heads}</tr>{classes}</table>'
        f'<div class="plots">{_reliability(judged.get("calibration"))}{_coverage(judged["coverage"])}</div></section>'
    )


def _matrix(judged: Mapping[str, Any]) -> str:
    names = [str(row["name"]) for row in judged["per_class"]]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = []
    for truth, counts in enumerate(judged["confusion"]):
        total = max(sum(counts), 1)
        cells = "".join(
            f'<td style="background:{_shade(BLUE if truth == answer else ORANGE, count / total)}">{count}</td>'
            for answer, count in enumerate(counts)
        )
        rows.append(f'<tr><th class="row">{escape(names[truth])}</th>{cells}</tr>')
    return (
        '<p class="quiet">A row for what a picture shows, a column for what the model said.</p>'
        f'<table class="matrix"><tr><th></th>{head}</tr>{"".join(rows)}</table>'
    )


def _reliability(calibration: Mapping[str, Any] | None) -> str:
    if calibration is None:
        return ""
    now = calibration["now"]
    dots = [(row["said"], row["right"], row["right_low"], row["right_high"]) for row in now["reliability"]]
    said = f"It says {_percent(now['said'])} on average and is right on {_percent(now['right'])}; "
    said += f"calibration error {100 * now['ece']:.1f} points."
    body = _line([(0.0, 0.0), (1.0, 1.0)], GREY, dashed=True)
    for x, y, low, high in dots:
        body += f'<path d="M{_x(x)} {_y(low)}V{_y(high)}" stroke="{BLUE}" stroke-width="2" opacity=".5"/>'
        body += f'<circle cx="{_x(x)}" cy="{_y(y)}" r="5" fill="{BLUE}"/>'
    return _plot("Is it right as often as it says?", said, "how sure it says it is", "how often it is right", body)


def _coverage(rows: Sequence[Mapping[str, Any]]) -> str:
    points = [(row["coverage"], row["accuracy"]) for row in rows]
    body = _line(points, BLUE)
    said = "Answering only where it is surest: the share answered, and how right those answers are."
    return _plot("When it may say “not sure”", said, "share of pictures answered", "right answers", body)


def _plot(title: str, said: str, x: str, y: str, body: str) -> str:
    grid = ""
    for step in range(6):
        value = step / 5
        grid += f'<path d="M{LEFT} {_y(value)}H{WIDE - RIGHT}" stroke="#E2E2DD"/>'
        grid += f'<text x="{LEFT - 6}" y="{_y(value) + 4}" text-anchor="end" fill="{GREY}">{_percent(value)}</text>'
        grid += f'<text x="{_x(value)}" y="{HIGH - BOTTOM + 16}" text-anchor="middle" fill="{GREY}">'
        grid += f"{_percent(value)}</text>"
    middle_x, middle_y = (LEFT + WIDE - RIGHT) / 2, (TOP + HIGH - BOTTOM) / 2
    names = f'<text x="{middle_x}" y="{HIGH - 8}" text-anchor="middle">{x}</text>'
    names += f'<text transform="translate(12 {middle_y}) rotate(-90)" text-anchor="middle">{y}</text>'
    return (
        f'<figure><h3>{title}</h3><svg width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}" role="img" '
        f'aria-label="{title}">{grid}{body}{names}</svg><figcaption class="quiet">{said}</figcaption></figure>'
    )


def _line(points: Sequence[tuple[float, float]], colour: str, dashed: bool = False) -> str:
    path = " ".join(f"{_x(x)},{_y(y)}" for x, y in points)
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def _x(share: float) -> float:
    return round(LEFT + share * (WIDE - LEFT - RIGHT), 1)


def _y(share: float) -> float:
    return round(HIGH - BOTTOM - share * (HIGH - TOP - BOTTOM), 1)


def _wall(title: str, shots: Sequence[Shot], how: str) -> str:
    if not shots:
        return ""
    figures = "".join(
        f'<figure><img alt="{escape(shot.title)}" src="data:image/jpeg;base64,{base64.b64encode(shot.image).decode()}">'
        f'<figcaption><b>{escape(shot.title)}</b><br><span class="quiet">{escape(shot.detail)}</span></figcaption>'
        "</figure>"
        for shot in shots
    )
    lead = f'<p class="quiet">{how}</p>' if how else ""
    return f'<h2>{title}</h2>{lead}<div class="wall">{figures}</div>'


def _limits(content: Content, parts: Sequence[str]) -> str:
    rows = [
        "The figures hold for pictures of the same kind: same camera, same place, same choice of subjects. On others "
        "it may do worse; judge it on such pictures before relying on it.",
        f"It knows {len(content.classes)} classes and answers one of them for any picture, unless it is set to say "
        "“not sure”. Graft itself also calls a picture unknown that is unlike all that it learned from; exported files "
        "cannot.",
    ]
    if parts[:1] == ["val"]:
        rows.append(
            "What is chosen by validation pictures, such as the best epoch, a temperature or a line, makes their own "
            "figures a little kind. A test part, which chooses nothing, would be stricter."
        )
    if content.threshold is not None:
        rows.append(f"It is set to say “not sure” where it is less than {_percent(content.threshold)} sure.")
    if content.line is not None:
        name, least = content.line.label, _percent(content.line.threshold)
        rows.append(
            f"It is set to answer {name} wherever that has a probability of {least} or more, else the likeliest of the "
            "others. Figures, matrix and mistakes above are those of these answers."
        )
    for part in parts[:1]:
        weak = [
            row["name"]
            for row in content.judged[part]["figures"]["classes"]
            if row["recall"] is not None and row["recall"]["low"] < 0.5
        ]
        if weak:
            rows.append(f"It may miss more than half of: {', '.join(map(str, weak))}.")
    return "<h2>What to keep in mind</h2><ul>" + "".join(f"<li>{escape(row)}</li>" for row in rows) + "</ul>"


def _pairs(rows: Sequence[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in rows) + "</table>"


def _figure(row: Mapping[str, float] | None) -> str:
    if row is None:
        return '<td class="n">–</td>'
    interval = f"{100 * row['low']:.0f}–{100 * row['high']:.0f}"
    return f'<td class="n">{100 * row["value"]:.1f} % <span class="quiet">({interval})</span></td>'


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _shade(colour: str, share: float) -> str:
    """The colour laid over white, so that black figures stay legible on it."""
    strength = 0.05 + 0.45 * share if share else 0.0
    mixed = (round(255 + (int(colour[at : at + 2], 16) - 255) * strength) for at in (1, 3, 5))
    return "#{:02x}{:02x}{:02x}".format(*mixed)
