"""Reads a pickled file of weights (.pth, .pt, .bin, .pth.tar) in a process that is thrown away afterwards.

torch's `weights_only` reader knows numbers and plain containers alone; whatever else a file asks for is refused, not
run. The tensors come back as a safetensors file. Messages through the pipe: "done", or ("fault", code, reason).
"""

import multiprocessing
import pickletools
import zipfile
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from core.errors import UserError

# Modules whose names stand in every honest file of weights.
HARMLESS = ("torch", "collections", "numpy", "_codecs")
# How deep training programs wrap the tensors: {"state_dict": {...}}, {"ema": {"model": {...}}}.
DEEPEST = 3


def to_safetensors(path: Path, out: Path) -> None:
    """Write the tensors of `path` to `out`. Raises UserError UNSAFE_WEIGHTS or NOT_WEIGHTS."""
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
    from safetensors.torch import save_file

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        tensors = _tensors(content)
        if not tensors:
            connection.send(("NOT_WEIGHTS", "it holds no tensors"))
            return
        save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, out)
    except pickle.UnpicklingError:
        code = "UNSAFE_WEIGHTS" if _asks_for_code(Path(path)) else "NOT_WEIGHTS"
        connection.send((code, "it is damaged or of another kind"))
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


def _asks_for_code(path: Path) -> bool:
    """Whether the pickle names anything but what tensors are made of. It is read as a list of steps, never run."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                pickles = [archive.read(name) for name in archive.namelist() if name.endswith(".pkl")]
        else:
            pickles = [path.read_bytes()]
        return any(_names_code(content) for content in pickles)
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def _names_code(content: bytes) -> bool:
    texts: list[str] = []
    try:
        for step, argument, _ in pickletools.genops(content):
            if step.name in ("GLOBAL", "INST"):
                texts = str(argument).split(" ")
            elif isinstance(argument, str):
                texts = [*texts[-1:], argument]
            if step.name in ("GLOBAL", "INST", "STACK_GLOBAL") and texts:
                module = texts[0].partition(".")[0]
                if module not in HARMLESS:
                    return True
    except ValueError:  # not a pickle, or no longer
        return False
    return False
