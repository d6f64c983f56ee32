"""Several backbones in one file, for carrying to a machine without a network: a plain zip of the weights' store."""

import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.backbones import catalogue, store
from core.errors import UserError
from core.events import Reporter
from core.project import atomic, places

# What a pack may hold, and nothing else: `<sha256>.safetensors` and `<sha256>.<key>.json`.
_NUMBERS = re.compile(r"[0-9a-f]{64}\.safetensors")
_CARD = re.compile(r"([0-9a-f]{64})\.[0-9a-f]{8}\.json")
_CARD_BYTES = 1_000_000


def pack(names: Sequence[str], out: Path, reporter: Reporter) -> dict[str, Any]:
    """Write the weights of these backbones, which must be here. Gives `path`, `names`.

    Raises UserError NO_SUCH_BACKBONE, NO_WEIGHTS, CANNOT_WRITE, DISK_FULL.
    """
    chosen = [_newest(catalogue.find(name).name) for name in names]
    with atomic.whole(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        written: set[str] = set()
        for number, (card, weights) in enumerate(chosen):
            reporter.progress("pack", number, len(chosen))
            for path in (weights.path, card):
                if path.name not in written:
                    archive.write(path, path.name)
                    written.add(path.name)
    reporter.progress("pack", len(chosen), len(chosen))
    return {"path": str(out), "names": list(names)}


def is_pack(path: Path) -> bool:
    """Whether this is a pack: zip files that torch writes hold other names."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(_CARD.fullmatch(name) for name in archive.namelist())


def unpack(path: Path, reporter: Reporter) -> dict[str, Any]:
    """Take in all backbones of a pack, each checked against its SHA-256; whole or not at all, one by one.

    Gives `names`. Raises UserError UNSAFE_ARCHIVE, HASH_MISMATCH, NOT_WEIGHTS, DISK_FULL.
    """
    folder = places.weights_folder()
    taken = []
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any(not _NUMBERS.fullmatch(name) and not _CARD.fullmatch(name) for name in names):
            raise UserError("UNSAFE_ARCHIVE", path=str(path), reason="it holds more than weights and their cards")
        for number, name in enumerate(names):
            reporter.progress("unpack", number, len(names))
            if not (match := _CARD.fullmatch(name)):
                continue
            if archive.getinfo(name).file_size > _CARD_BYTES or f"{match[1]}.safetensors" not in names:
                raise UserError("UNSAFE_ARCHIVE", path=str(path), reason="it holds more than weights and their cards")
            _take_numbers(archive, match[1], folder)
            taken.append(_take_card(archive, name, match[1], folder, path))
    reporter.progress("unpack", len(names), len(names))
    return {"names": taken}


def _newest(name: str) -> tuple[Path, store.Weights]:
    weights = store.newest(name)
    if weights is None:
        raise UserError("NO_WEIGHTS", name=name, reason="a pack holds only what is here")
    return store.card_path(name, weights.sha256), weights


def _take_numbers(archive: zipfile.ZipFile, sha256: str, folder: Path) -> None:
    """Copy in pieces, never more than the archive says; the hash decides."""
    target = folder / f"{sha256}.safetensors"
    if target.is_file():
        return
    with atomic.whole(target) as temporary:
        with archive.open(f"{sha256}.safetensors") as source, temporary.open("wb") as file:
            while piece := source.read(1 << 20):
                file.write(piece)
        actual = store.sha256_of(temporary)
        if actual != sha256:
            raise UserError("HASH_MISMATCH", expected=sha256, actual=actual)


def _take_card(archive: zipfile.ZipFile, name: str, sha256: str, folder: Path, path: Path) -> str:
    try:
        kept = json.loads(archive.read(name))
        backbone = str(kept["name"])
        fits = kept["sha256"] == sha256 and name == store.card_path(backbone, sha256).name
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("NOT_WEIGHTS", path=str(path), reason="a card in it cannot be read") from error
    if not fits:
        raise UserError("NOT_WEIGHTS", path=str(path), reason="a card in it belongs to other weights")
    atomic.write_json(folder / name, {**kept, "order": store.next_order()})
    return backbone
