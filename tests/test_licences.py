"""Graft may be used in a company: nothing that it needs is under a licence that forbids that or passes itself on."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from gui.pages.settings import LICENCES

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Whole-work copyleft and bans on commerce; the lesser GPL asks only that its library can be exchanged.
REFUSED = re.compile(r"(?<!L)\b(A?GPL|Affero|GNU General Public|non-?commercial|-NC\b|SSPL|BUSL)", re.IGNORECASE)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _needed() -> dict[str, str]:
    """Every distribution that Graft brings along here, by name, with its licence as it says itself."""
    found: dict[str, str] = {}
    waiting = [Requirement(text) for text in PROJECT["dependencies"]]
    while waiting:
        wanted = waiting.pop()
        if _plain(wanted.name) in found or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        try:
            one = distribution(wanted.name)
        except PackageNotFoundError:  # of another platform
            continue
        told = one.metadata.get("License-Expression") or "; ".join(
            line for line in one.metadata.get_all("Classifier") or () if line.startswith("License")
        )
        found[_plain(wanted.name)] = told or (one.metadata.get("License") or "").partition("\n")[0]
        waiting += [Requirement(text) for text in one.requires or ()]
    return found


def _permitted(licence: str) -> bool:
    """Of alternatives one is enough."""
    return any(not REFUSED.search(one) for one in re.split(r"\bOR\b", licence))


def test_nothing_that_is_needed_forbids_commerce_or_passes_itself_on() -> None:
    needed = _needed()
    assert {"torch", "cleanlab", "pi-heif", "pyside6-essentials", "shiboken6"} <= set(needed)
    assert {name: licence for name, licence in needed.items() if not _permitted(licence)} == {}


@pytest.mark.parametrize("licence", ["AGPL-3.0-or-later", "GNU Affero General Public License v3", "GPL-3.0-only"])
def test_such_a_licence_would_be_noticed(licence: str) -> None:
    assert not _permitted(licence)
    assert _permitted(f"LGPL-3.0-only OR {licence}")


def test_the_settings_page_names_everything_that_graft_stands_on() -> None:
    def letters(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    named = letters(" ".join(f"{names} {package}" for names, _, package in LICENCES))
    stands_on = [Requirement(text).name for text in PROJECT["dependencies"]]
    assert [name for name in stands_on if letters(name) not in named] == []
    assert {package for _, _, package in LICENCES} <= set(stands_on)
