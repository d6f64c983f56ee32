"""Every code that the source raises is a row of the table, and what it is raised with fills the row's braces."""

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from core.errors import FAULTS, Problem, UserError, hint_of, message_of
from core.recipe.fields import field_rows

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[A-Z]+(_[A-Z]+)*")
SPEAKERS = {"UserError", "Problem", "found", "drop", "Fault"}  # and the subclasses of these
ALWAYS_KNOWN = {"Problem": {"path"}, "found": {"path"}, "drop": {"path"}}


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for package in ("core", "gui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path != ROOT / "core" / "errors.py":
                yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


TREES = dict(_trees())


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _speakers() -> set[str]:
    """UserError, what derives from it or is imported in its place, and what lists problems."""
    names = set(SPEAKERS)
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(_name(base) in names for base in node.bases):
                names.add(node.name)
            if isinstance(node, ast.ImportFrom):
                names |= {alias.asname for alias in node.names if alias.asname and alias.name == "UserError"}
    return names


def _said() -> Iterator[tuple[str, str, str, set[str] | None]]:
    """Where, by whom, which code, and with which params (None where they cannot be read off the source)."""
    speakers = _speakers()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or _name(node.func) not in speakers or not node.args:
                continue
            code = node.args[0]
            if not isinstance(code, ast.Constant) or not isinstance(code.value, str):
                continue
            yield f"{path}:{node.lineno}", _name(node.func), code.value, _params(node)


def _params(call: ast.Call) -> set[str] | None:
    names = {keyword.arg for keyword in call.keywords}
    given = call.args[2:] if _name(call.func) == "Problem" else []
    given += [keyword.value for keyword in call.keywords if keyword.arg == "params"]
    for mapping in given:
        if not isinstance(mapping, ast.Dict):
            return None
        names |= {key.value if isinstance(key, ast.Constant) else None for key in mapping.keys}
    return None if None in names else {str(name) for name in names}


def _braces(code: str) -> set[str]:
    fault = FAULTS[code]
    return {name for text in (fault.message, fault.hint) for _, name, _, _ in Formatter().parse(text) if name}


def test_every_code_that_is_raised_has_its_row() -> None:
    said = list(_said())
    assert len(said) > 40
    assert [(where, code) for where, _, code, _ in said if code not in FAULTS] == []


def test_what_a_code_is_raised_with_fills_its_braces() -> None:
    gaps = []
    for where, speaker, code, params in _said():
        if params is not None:
            missing = _braces(code) - params - ALWAYS_KNOWN.get(speaker, set())
            gaps += [(where, code, sorted(missing))] if missing else []
    assert gaps == []


def test_a_value_that_is_explained_is_one_of_the_recipe() -> None:
    """The hint of BAD_VALUE sends the reader to `graft recipe explain FIELD`; what is no field says BAD_OPTION."""
    fields = {row.path for row in field_rows()}
    named = {
        keyword.value.value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(isinstance(a, ast.Constant) and a.value == "BAD_VALUE" for a in node.args)
        for keyword in node.keywords
        if keyword.arg == "field" and isinstance(keyword.value, ast.Constant)
    }
    assert len(named) > 5
    assert named <= fields


def test_every_row_is_used() -> None:
    words = {
        word
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in re.findall(r"\w+", node.value)
    }
    assert [code for code in FAULTS if code not in words] == []


@pytest.mark.parametrize("code", FAULTS)
def test_every_row_reads_as_sentences(code: str) -> None:
    assert CODE.fullmatch(code)
    for text in (FAULTS[code].message, FAULTS[code].hint):
        assert re.match(r"[A-Z{`]", text)
        assert text.endswith((".", "?", "}", "`"))
    filled = {name: f"<{name}>" for name in _braces(code)}
    sentences = message_of(code, filled) + hint_of(code, filled)
    assert all(value in sentences for value in filled.values())
    assert not set("{}") & set(sentences)


def test_a_missing_param_stays_visible_and_never_raises() -> None:
    assert message_of("NO_SUCH_FOLDER", {}) == "There is no folder ?."


def test_a_user_error_crosses_a_process_boundary_whole() -> None:
    error = pickle.loads(pickle.dumps(UserError("TOO_LARGE", megapixels=900, limit=120)))
    assert (error.code, error.params) == ("TOO_LARGE", {"megapixels": 900, "limit": 120})
    assert str(error).startswith("The picture claims 900 megapixels; the limit is 120.")


def test_a_problem_knows_its_path() -> None:
    assert Problem("NO_PERMISSION", "ants/1.jpg").message == "You are not allowed to read ants/1.jpg."
