"""A folder to put on any web server, or to open by a double click: a page that runs the model in the browser.

Browsers refuse `fetch` and modules for pages opened from a disk, so that everything is a classic script: the model and
the runtime (ONNX Runtime Web, kept in `resources/web` so that exporting needs no network) are bytes written as text.
"""

import base64
import json
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core import __version__
from core.data.decode import decode
from core.evaluation.ensemble import Ensemble
from core.evaluation.onnx_file import open_content, open_onnx
from core.export import nasty, onnx_model
from core.export.answers import Answers
from core.export.parity import TOLERANCE
from core.export.reduced import Reduction
from core.training import deciding

PLAIN = ("page.css", "page.js", "ort.wasm.min.js", "LICENSE-onnxruntime.txt")
"""Copied as they are."""
GLUE, WASM = "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm.gz"
RUNTIME = "ONNX Runtime Web 1.30.0"
PART = 24 * 2**20
"""Bytes of the model in one script: browsers allow no string of more than about 500 MB."""
CHECKS = ("64x64.png", "33x32.png", "3x7.png", "ramp.png", "half-greys.png", "palette.png")
"""Pictures that the page answers when it opens, to see that this browser computes as Graft does."""


def write(model: Ensemble, folder: Path, reduction: Reduction | None = None) -> int:
    """Write a new folder; the model's bytes in full precision. Raises UserError EXPORT_FAILED."""
    folder.mkdir()
    with TemporaryDirectory(prefix="graft-web-") as aside:
        file = Path(aside) / "model.onnx"
        size = onnx_model.write(model, file, reduction)
        parts = _write_model(file.read_bytes(), folder)
        card = _card(model, file)
    source = files("resources").joinpath("web")
    for name in PLAIN:
        (folder / name).write_bytes(source.joinpath(name).read_bytes())
    runtime = {
        "glue": source.joinpath(GLUE).read_text(encoding="utf-8"),
        "wasm": _text(source.joinpath(WASM).read_bytes()),
    }
    _write_script(folder / "runtime.js", f"graft.runtime = {json.dumps(runtime)};")
    _write_script(folder / "card.js", f"var graft = {{ card: {json.dumps(card, indent=1)}, model: [] }};")
    scripts = "\n".join(f'<script defer src="{name}"></script>' for name in parts)
    page = source.joinpath("index.html").read_text(encoding="utf-8").replace("<!-- model -->", scripts)
    (folder / "index.html").write_text(page, encoding="utf-8", newline="\n")
    return size


def is_own(name: str) -> bool:
    """Whether a file of this name may be replaced by another export."""
    return name in (*PLAIN, "index.html", "runtime.js", "card.js") or (
        name.startswith("model-") and name.endswith(".js")
    )


def answers(folder: Path) -> Answers:
    """The model that lies in the page's scripts, answered by onnxruntime."""
    scripts = sorted(folder.glob("model-*.js"))
    content = b"".join(base64.b64decode(script.read_text(encoding="ascii").split('"')[1]) for script in scripts)
    model = open_content(content, folder / "index.html", threads=1)
    return lambda file, pixels: model.answer(pixels)


def _write_model(content: bytes, folder: Path) -> list[str]:
    names = []
    for number, start in enumerate(range(0, len(content), PART), 1):
        names.append(f"model-{number:03}.js")
        _write_script(folder / names[-1], f'graft.model.push("{_text(content[start : start + PART])}");')
    return names


def _write_script(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="ascii", newline="\n")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _card(model: Ensemble, file: Path) -> dict[str, Any]:
    """What the page knows: classes, when to say that it is not sure, and pictures with the answers expected of it.

    These are the file's own, in onnxruntime: a page with smaller numbers must not find fault with the browser.
    """
    exported = open_onnx(file, threads=1)
    with TemporaryDirectory(prefix="graft-web-") as name:
        checks = [
            {
                "png": _text(path.read_bytes()),
                "probabilities": [round(float(p), 7) for p in exported.answer(decode(path))],
            }
            for path in nasty.draw(Path(name), CHECKS)
        ]
    return {
        "labels": list(model.card.classes),
        "threshold": model.card.threshold or 0.0,
        "line": deciding.to_json(model.card.line),
        "tolerance": TOLERANCE,
        "checks": checks,
        "made": f"Made with Graft {__version__}. Runs on {RUNTIME} (MIT licence, in this folder).",
    }
