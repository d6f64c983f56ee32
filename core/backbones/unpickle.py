"""Reads a pickled file of weights (.pth, .pt, .bin, .pth.tar) without ever running what it may hold.

First the file's steps are listed, not followed: one that names anything but what tensors are made of is refused. Then
torch's `weights_only` reader, which knows numbers and plain containers alone, reads it in a process that is thrown
away; the tensors come back as a safetensors file. The process says (code, reason), both empty if all went well.
"""

import io
import multiprocessing
import pickletools
import zipfile
import zlib
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import UserError

# Modules whose names stand in every honest file of weights.
HARMLESS = ("torch", "collections", "numpy", "_codecs")
NAMING_STEPS = ("GLOBAL", "INST")
# Steps that torch never writes into a file of weights.
CODE_STEPS = ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4", "OBJ", "NEWOBJ_EX")
PICKLES_OF_OLD_FORMAT = 5
LONGEST_PICKLE = 64 * 2**20
# How deep training programs wrap the tensors: {"state_dict": {...}}, {"ema": {"model": {...}}}.
DEEPEST = 3


def to_safetensors(path: Path, out: Path) -> None:
    """Write the tensors of `path` to `out`. Raises UserError UNSAFE_WEIGHTS or NOT_WEIGHTS."""
    verdict = _listed(path)
    if verdict == "UNSAFE_WEIGHTS":
        raise UserError(verdict, path=str(path))
    if verdict:
        raise UserError(verdict, path=str(path), reason="it is damaged or of another kind")
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_main, args=(theirs, str(path), str(out)))
    process.start()
    theirs.close()
    try:
        code, reason = ours.recv()
    except EOFError:
        code, reason = "NOT_WEIGHTS", "reading it ended the process that read it"
    finally:
        process.join(1)
        process.kill()
        process.join()
        ours.close()
    if code == "UNSAFE_WEIGHTS":
        raise UserError(code, path=str(path))
    if code:
        raise UserError(code, path=str(path), reason=reason)


def _main(connection: Connection, path: str, out: str) -> None:
    import pickle

    import torch

    from core.backbones.tensor_files import write_tensors

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        tensors = _tensors(content)
        if not tensors:
            connection.send(("NOT_WEIGHTS", "it holds no tensors"))
            return
        write_tensors(Path(out), {name: tensor.detach().clone() for name, tensor in tensors.items()})
    except UserError as error:
        connection.send((error.code, str(error.params.get("reason", ""))))
    except pickle.UnpicklingError:
        connection.send(("UNSAFE_WEIGHTS", ""))
    except Exception as error:  # a stranger's file may fail anywhere in the reader; this process has nothing to lose
        connection.send(("NOT_WEIGHTS", str(error).partition("\n")[0]))
    else:
        connection.send(("", ""))


def _tensors(content: Any, depth: int = 0) -> dict[str, Any]:
    """The largest mapping from names to tensors inside."""
    import torch

    if not isinstance(content, Mapping) or depth > DEEPEST:
        return {}
    own = {str(name): value for name, value in content.items() if isinstance(value, torch.Tensor)}
    return max([own, *(_tensors(value, depth + 1) for value in content.values())], key=len)


def _listed(path: Path) -> str:
    """The code of what is wrong with the file, as far as its list of steps tells; empty if nothing is."""
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as stream:
                return _judged(stream)
        with zipfile.ZipFile(path) as archive:
            pickles = [info for info in archive.infolist() if info.filename.endswith(".pkl")]
            if not pickles or any(info.file_size > LONGEST_PICKLE for info in pickles):
                return "NOT_WEIGHTS"
            return max(_judged(io.BytesIO(archive.read(info))) for info in pickles)
    except (OSError, zipfile.BadZipFile, zlib.error):
        return "NOT_WEIGHTS"


def _judged(stream: BinaryIO) -> str:
    """The older format is several pickles in a row and then raw numbers; the newer one is a single pickle."""
    read = 0
    try:
        while read < PICKLES_OF_OLD_FORMAT:
            for step, argument, _ in pickletools.genops(stream):
                module = str(argument).partition(" ")[0].partition(".")[0]
                if step.name in CODE_STEPS or (step.name in NAMING_STEPS and module not in HARMLESS):
                    return "UNSAFE_WEIGHTS"
            read += 1
    except Exception:  # no pickle, or no longer one; a stranger's bytes may break the lister anywhere
        return "" if read else "NOT_WEIGHTS"
    return ""
