"""Gather the window's words for translators, and compile what they translated.

`python -m resources.translations.update ko [de ...]` writes `graft_ko.ts` (what is translated there stays), then
compiles every `.ts` of this folder in which anything is translated to the `.qm` that the window loads. The words come
from `gui`, from the faults in `core.errors`, from the fields, presets and rules of the recipe, and from the short list
of backbones. Needs PySide6's lupdate and lrelease.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.backbones.catalogue import SMALL
from core.backbones.shortlist import ALSO_KNOWN, OTHERS_WHY, RECOMMENDED
from core.errors import FAULTS
from core.recipe import PRESETS, RULES, field_rows

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent


def main() -> None:
    for language in sys.argv[1:]:
        gather(FOLDER / f"graft_{language}.ts", language)
    for source in sorted(FOLDER.glob("graft_*.ts")):
        compile_(source)


def gather(target: Path, language: str) -> None:
    """Bring a `.ts` file up to date with the words in the source; those no longer there are dropped."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        tables = Path(folder) / "tables.py"
        marks = (f"QT_TRANSLATE_NOOP({context!r}, {text!r})\n" for context, text in words_of_the_core())
        tables.write_text("".join(marks), encoding="utf-8")
        sources = [str(path) for path in sorted((ROOT / "gui").rglob("*.py"))]
        options = ["-no-obsolete", "-locations", "none", "-source-language", "en", "-target-language", language]
        _run("lupdate", *options, *sources, str(tables), "-ts", str(target))


def words_of_the_core() -> Iterator[tuple[str, str]]:
    """Context and English of all that the window takes from the core's tables, each once."""
    pairs = [("Faults", text) for fault in FAULTS.values() for text in (fault.message, fault.hint)]
    pairs += [("Recipe", text) for row in field_rows() for text in (row.title, row.what, row.unit) if text]
    pairs += [("Presets", text) for preset in PRESETS for text in (preset.title, preset.assumes)]
    pairs += [("Rules", rule.reason) for rule in RULES]
    pairs += [("Backbones", entry.why) for entry in (*RECOMMENDED, *ALSO_KNOWN, SMALL)] + [("Backbones", OTHERS_WHY)]
    yield from dict.fromkeys(pairs)


def compile_(source: Path) -> None:
    """Compile a `.ts` file; one in which nothing is translated gives no `.qm`, so the language is not offered."""
    target = source.with_suffix(".qm")
    text = source.read_text(encoding="utf-8")
    if text.count("<translation") == text.count('<translation type="unfinished"'):
        target.unlink(missing_ok=True)
    else:
        _run("lrelease", "-silent", str(source), "-qm", str(target))


def _run(tool: str, *arguments: str) -> None:
    """Run one of PySide6's tools. Raises FileNotFoundError where it is not installed."""
    beside = shutil.which(f"pyside6-{tool}", path=str(Path(sys.executable).parent))
    found = beside or shutil.which(f"pyside6-{tool}") or shutil.which(tool)
    if found is None:
        raise FileNotFoundError(f"pyside6-{tool} is not installed")
    subprocess.run([found, *arguments], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
