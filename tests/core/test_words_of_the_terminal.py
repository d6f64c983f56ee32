"""What is said in the terminal: every command that a text names can be typed, and every stage of work has its words."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from core.backbones.shortlist import RECOMMENDED
from core.cli import printing
from core.cli.commands import app
from core.errors import FAULTS, hint_of, message_of
from core.recipe import Recipe, field_row, with_settings
from gui import vocabulary

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"`(?:uv run )?(graft [^`]+)`")
GRAFT = typer.main.get_command(app)


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in ("core", "gui", "resources"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def _named_in_texts() -> Iterator[tuple[str, str]]:
    """Where, and the command, of every `graft …` in a string of the source; faults with their braces filled."""
    for path, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "errors.py":
                yield from ((f"{path}:{node.lineno}", command) for command in COMMAND.findall(node.value))
    filled = {"field": "optimizer.kind", "name": "resnet18"}
    for code in FAULTS:
        for command in COMMAND.findall(message_of(code, filled) + hint_of(code, filled)):
            yield code, command


def _in_the_readme() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines() if line.startswith("    "))
    trained = "torchrun --nproc-per-node 4 -m core.cli "
    return [line.replace(trained, "graft ") for line in lines if line.startswith(("graft ", trained))]


def _found(words: list[str]) -> tuple[object, list[str]]:
    """The command that words begin with, and what follows its name."""
    command, rest = GRAFT, words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


def test_every_command_that_a_text_names_is_one() -> None:
    told = list(_named_in_texts())
    assert len(told) > 15
    for where, text in told:
        command, rest = _found(shlex.split(text))
        assert command is not GRAFT or rest in ([], ["--help"]), (where, text)
        known = {option for param in command.params for option in param.opts}  # type: ignore[attr-defined]
        assert {word for word in rest if word.startswith("--")} <= known | {"--help"}, (where, text)
        if text.startswith("graft backbones get") and rest[0] not in ("NAME", "resnet18"):
            assert rest[0] in {entry.name for entry in RECOMMENDED}, (where, text)
        if rest and text.startswith("graft recipe explain") and rest[0] != "FIELD":
            assert field_row(rest[0]), (where, text)


def test_what_stops_at_a_conflict_takes_the_way_out_that_its_hint_names() -> None:
    assert "--on-conflict exclude" in FAULTS["CONFLICTS"].hint
    for name in ("scan", "advise", "rank", "train", "find-rate", "race", "cross-validate"):
        command, _ = _found(["graft", name])
        assert "--on-conflict" in {option for param in command.params for option in param.opts}  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", _in_the_readme())
def test_every_line_of_the_readme_can_be_typed(line: str) -> None:
    command, rest = _found(shlex.split(line, comments=True))
    assert command is not GRAFT
    with command.make_context("graft", rest) as context:  # type: ignore[attr-defined]
        settings = context.params.get("settings") or ()
    if "backbones" not in line:
        with_settings(Recipe(), settings)
    for path in re.findall(r"\b[a-z]+\.[a-z_]+\b(?==)", line):
        assert field_row(path)


def _stages() -> set[str]:
    """The first argument of every `progress(…)`; a constant of its module where it is a name."""
    found = set()
    for path, tree in _sources():
        constants = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if path.parts[0] == "core" and isinstance(node, ast.Call) and node.args:
                first = node.args[0]
                if isinstance(node.func, ast.Attribute) and node.func.attr == "progress":
                    value = constants.get(first.id) if isinstance(first, ast.Name) else getattr(first, "value", None)
                    found |= {value} if isinstance(value, str) else set()
    return found


def test_every_stage_of_work_has_its_words_in_the_terminal_and_in_the_window() -> None:
    stages = _stages()
    assert {"scan", "features", "pack", "parity"} <= stages
    assert stages - set(printing.STAGES) == set()
    assert stages - set(vocabulary.STAGES) == set()


@pytest.mark.parametrize("group", [(), ("backbones",), ("recipe",)])
def test_the_list_of_commands_cuts_no_sentence_off(group: tuple[str, ...]) -> None:
    listed = CliRunner().invoke(app, [*group, "--help"], env={"COLUMNS": "80"})
    assert listed.exit_code == 0
    assert "..." not in listed.output.partition("Commands:")[2]
