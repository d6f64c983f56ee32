"""The other side of a download: runs in its own process, speaks through a pipe, and imports no torch.

Messages: ("total", bytes), ("bytes", bytes so far), ("done", path), ("fault", {"code": ..., params}).
"""

import contextlib
import errno
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import urlsplit

_T = TypeVar("_T")

ANSWER_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 60.0
CHUNK_BYTES = 2**16
# Names of exception classes, since huggingface_hub changes its HTTP library between versions.
NO_CONNECTION = {"ConnectError", "ConnectTimeout", "OfflineModeIsEnabled", "NetworkError"}
REASONS = {
    "ProxyError": "the proxy does not let this through; does it ask for a name and password?",
    "TooManyRedirects": "it sends us round in circles",
    "TimeoutException": "it does not answer in time",
    "RemoteProtocolError": "it broke the connection off",
}
NOT_WEIGHTS = "it sent something else than weights: is a login page or a proxy in the way?"
STATUS_REASONS = {
    407: "the proxy asks for a name and password",
    429: "too many requests just now; try again later",
}


class Fault(Exception):
    """A UserError's code and params on their way to the parent."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.message = {"code": code, **params}


class _NotThere(Fault):
    """The server is there, the file is not."""


def main(connection: Connection, name: str, repository: str, files: tuple[str, ...], url: str, folder: str) -> None:
    """Entry point of the process; a parent that has gone away ends it quietly."""
    os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_XET": "1", "HF_HUB_VERBOSITY": "critical"}
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # it would ask the server for more than the file
    try:
        connection.send(("done", str(_fetch(connection, name, repository, files, url, Path(folder)))))
    except Fault as fault:
        connection.send(("fault", fault.message))
    except BrokenPipeError:
        return


def _fetch(connection: Connection, name: str, repository: str, files: tuple[str, ...], url: str, folder: Path) -> Path:
    for file in files:
        found = _in_hub_cache(repository, file)
        if found is not None:
            return found
    if _offline():
        raise Fault("NO_WEIGHTS", name=name, reason="HF_HUB_OFFLINE is set")
    if url:
        return _checked(connection, name, _ask_plain(name, url), folder)
    *others, last = files
    for file in others:
        with contextlib.suppress(_NotThere):
            return _checked(connection, name, _ask_hub(name, repository, file), folder)
    return _checked(connection, name, _ask_hub(name, repository, last), folder)


@dataclass(frozen=True, slots=True)
class _File:
    """A file on a server: `expected` is its SHA-256 or the beginning of it."""

    url: str
    expected: str
    size: int
    may_see_token: bool


def _offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.is_offline_mode())


def _in_hub_cache(repository: str, file: str) -> Path | None:
    """A file that another program fetched before; its blob is named by its SHA-256, so it can be checked."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, file)
    if not isinstance(found, str):
        return None
    path = Path(found).resolve()
    return path if path.is_file() and _sha256(path) == path.name else None


def _ask_hub(name: str, repository: str, file: str) -> _File:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(repository, file)
    with _explained(name, url):
        facts = _patient(lambda: get_hf_file_metadata(url, timeout=ANSWER_SECONDS))
    host = urlsplit(url).netloc
    if not facts.commit_hash or not facts.size or not re.fullmatch("[0-9a-f]{64}", facts.etag or ""):
        raise Fault("NETWORK", host=host, reason=NOT_WEIGHTS)
    return _File(facts.location, facts.etag or "", facts.size, urlsplit(facts.location).netloc == host)


def _ask_plain(name: str, url: str) -> _File:
    """A file whose name ends in the beginning of its SHA-256, as torchvision's do."""
    from huggingface_hub import get_session, hf_raise_for_status

    def ask() -> Any:
        response = get_session().head(url, timeout=ANSWER_SECONDS, follow_redirects=True)
        hf_raise_for_status(response)
        return response

    with _explained(name, url):
        response = _patient(ask)
    expected = re.search(r"-([0-9a-f]{8,64})\.[a-z]+$", url)
    size = response.headers.get("Content-Length", "")
    if expected is None or not size.isdigit():
        raise Fault("NETWORK", host=urlsplit(url).netloc, reason=NOT_WEIGHTS)
    return _File(str(response.url), expected[1], int(size), may_see_token=False)


def _checked(connection: Connection, name: str, file: _File, folder: Path) -> Path:
    """Stream into a partial file, going on where an earlier try stopped; a wrong hash is tried once more from zero."""
    partial = folder / f"{hashlib.sha256((file.url.partition('?')[0] + file.expected).encode()).hexdigest()[:32]}.part"
    connection.send(("total", file.size))
    actual = ""
    for _ in range(2):
        with _explained(name, file.url):
            complete = _stream(connection, file, partial)
        actual = _sha256(partial)
        if complete and actual.startswith(file.expected):
            return partial
        partial.unlink()
    raise Fault("HASH_MISMATCH", expected=file.expected, actual=actual[: len(file.expected)])


def _stream(connection: Connection, file: _File, partial: Path) -> bool:
    """Whether everything came. A server that keeps cutting the file short has not sent it."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    have = partial.stat().st_size if partial.is_file() else 0
    if have > file.size:
        partial.unlink()
        have = 0
    constants.DOWNLOAD_CHUNK_SIZE = CHUNK_BYTES  # of its own 10 MB it forgets what was not yet full when a line breaks
    headers = build_hf_headers(token=None if file.may_see_token else False)
    with partial.open("ab") as raw:
        stream = _Counting(raw, connection)
        try:
            http_get(file.url, cast("Any", stream), resume_size=have, headers=headers, expected_size=file.size)
        except _FromZero:
            return False
        except OSError as error:
            if error.errno is None and _status(error) is None:  # fewer bytes came than were announced
                return False
            raise
        except Exception as error:
            if "RemoteProtocolError" in _names(error):
                return False
            raise
    return True


class _FromZero(Exception):
    """The server cannot go on in the middle of a file."""


class _Counting:
    """The partial file as http_get sees it; says ten times a second how much has come."""

    def __init__(self, raw: BinaryIO, connection: Connection) -> None:
        self._raw = raw
        self._connection = connection
        self._said = 0.0
        self.tell = raw.tell
        self.seek = raw.seek

    def write(self, chunk: bytes) -> int:
        written = self._raw.write(chunk)
        if time.monotonic() - self._said > 0.1:
            self._said = time.monotonic()
            self._connection.send(("bytes", self._raw.tell()))
        return written

    def truncate(self) -> int:
        raise _FromZero


def _patient(ask: Callable[[], _T]) -> _T:
    """Ask; where the answer is "too many requests", wait as long as the server wishes and ask once more."""
    try:
        return ask()
    except Exception as error:
        if _status(error) != 429:
            raise
        wait = getattr(error, "response", None).headers.get("Retry-After", "1")  # type: ignore[union-attr]
        time.sleep(min(float(wait) if wait.isdigit() else 1.0, LONGEST_WAIT_SECONDS))
        return ask()


@contextlib.contextmanager
def _explained(name: str, url: str) -> Iterator[None]:
    """Whatever huggingface_hub raises, as a Fault with a reason in plain words."""
    try:
        yield
    except (Fault, BrokenPipeError):
        raise
    except Exception as error:
        host, status, names = urlsplit(url).netloc, _status(error), _names(error)
        if status in (404, 410):
            raise _NotThere("NO_WEIGHTS", name=name, reason=f"{host} does not have them") from error
        if status in (401, 403):
            raise Fault("NO_WEIGHTS", name=name, reason=f"{host} asks for permission first") from error
        if status is not None:
            reason = STATUS_REASONS.get(status, f"the server is in trouble, it answers {status}")
            raise Fault("NETWORK", host=host, reason=reason) from error
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Fault("DISK_FULL", path=name) from error
        for known, reason in REASONS.items():
            if known in names:
                raise Fault("NETWORK", host=host, reason=reason) from error
        if names & NO_CONNECTION:
            raise Fault("NO_WEIGHTS", name=name, reason=f"no connection to {host}") from error
        raise Fault("NETWORK", host=host, reason=f"{type(error).__name__}: {error}") from error


def _status(error: Exception) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _names(error: Exception) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
