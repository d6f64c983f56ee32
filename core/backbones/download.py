"""Fetches one file of weights in a process of its own, so that it can be cancelled at any moment.

huggingface_hub does the talking (it honours HF_ENDPOINT, HF_HUB_OFFLINE, proxies and tokens); what it lacks is here:
every file is checked against its SHA-256, a download that was cut, paused or cancelled goes on at the very byte where
it stopped, and a hopeless one ends soon.
"""

import multiprocessing
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.backbones import partial, transfer
from core.errors import UserError
from core.events import Reporter

ASKING, STAGE = "connect", "download"
# A line that brings less than this is not worth waiting for: a small backbone would take hours.
SLOWEST_BYTES_A_SECOND = 1000.0
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file is: a repository of the hub and its possible file names, or a URL whose name ends in its hash."""

    name: str
    repository: str = ""
    files: tuple[str, ...] = ()
    url: str = ""

    @property
    def host(self) -> str:
        """Whom a message names when nothing came from which the host could be told."""
        return urlsplit(self.url).netloc or "the hub"


def download(source: Source, reporter: Reporter) -> Path:
    """The file, checked: a partial file that is whole, or one in the hub's own cache. A download that is broken off
    or cancelled goes on there when asked for again.

    Raises UserError NO_WEIGHTS, NETWORK, HASH_MISMATCH, DISK_FULL or CANNOT_WRITE, and Cancelled.
    """
    partial.sweep()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    arguments = (theirs, source.name, source.repository, source.files, source.url)
    process = context.Process(target=transfer.main, args=arguments)
    reporter.progress(ASKING, 0, 0)
    process.start()
    theirs.close()
    try:
        return _follow(ours, source, reporter)
    finally:
        process.kill()
        process.join()
        ours.close()


def _follow(connection: Connection, source: Source, reporter: Reporter) -> Path:
    """Pass on the other process's progress until it ends, or until too little has come for too long."""
    total = done = 0
    begun = False
    window_start, window_done = time.monotonic(), 0
    while True:
        if connection.poll(0.1):
            kind, value = _receive(connection, source)
            if kind == "fault":
                raise UserError(value["code"], **_params(value))
            if kind == "done":
                reporter.progress(STAGE, total, total)
                return Path(value)
            if kind == "total":
                total = value
            if kind == "bytes":
                done = value
            if kind == "wait":
                window_start += value
            if kind == "begun":
                begun, window_start = True, time.monotonic()
        reporter.progress(STAGE if total else ASKING, min(done, total), total)
        elapsed = time.monotonic() - window_start
        if begun and elapsed >= PATIENCE_SECONDS:
            if total and done - window_done < SLOWEST_BYTES_A_SECOND * elapsed:
                speed = round((done - window_done) / elapsed)
                raise UserError("NETWORK", host=source.host, reason=f"only {speed} bytes a second arrive")
            if not total:
                raise UserError("NETWORK", host=source.host, reason="no answer came")
            window_start, window_done = time.monotonic(), done


def _receive(connection: Connection, source: Source) -> tuple[str, Any]:
    try:
        kind, value = connection.recv()
    except EOFError as error:
        raise UserError("NETWORK", host=source.host, reason="the download ended unexpectedly") from error
    return kind, value


def _params(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fault.items() if key != "code"}
