"""The other side of a download: runs in its own process, speaks through a pipe, and imports no torch.

Messages: ("begun", 0) before anything is asked, ("total", bytes), ("bytes", bytes so far), ("wait", seconds that the
server asks for), ("done", path), ("fault", {"code": ..., params}).
"""

import contextlib
import errno
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from core.backbones import partial
from core.project import network

_T = TypeVar("_T")

ANSWER_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 120.0
SILENT_SECONDS = 30.0
# A line that breaks off is taken up again, as long as something comes; so often without a byte is the end.
FRUITLESS_TRIES = 3
PAUSE_SECONDS = 1.0
# Names of exception classes, since huggingface_hub changes its HTTP library between versions.
BROKEN_OFF = {"RemoteProtocolError", "ReadError", "ReadTimeout", "WriteError"}
NO_CONNECTION = {"ConnectError", "ConnectTimeout", "OfflineModeIsEnabled", "NetworkError"}
REASONS = {
    "ProxyError": "the proxy does not let this through; does it ask for a name and password?",
    "TooManyRedirects": "it sends us round in circles",
    "SSLCertVerificationError": "its certificate is not trusted here: is a proxy in the way?",
    "TimeoutException": "it does not answer in time",
    "RemoteProtocolError": "it broke the connection off",
    "ReadError": "it broke the connection off",
}
NOT_WEIGHTS = "it sent something else than weights: is a login page or a proxy in the way?"
STATUS_REASONS = {
    407: "the proxy asks for a name and password",
    408: "it does not answer in time",
    429: "too many requests just now; try again later",
}
RETRY_AFTER = (429, 503)


class Fault(Exception):
    """A UserError's code and params on their way to the parent."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.message = {"code": code, **params}


class _NotThere(Fault):
    """The server is there, the file is not."""


def main(connection: Connection, name: str, repository: str, files: tuple[str, ...], url: str) -> None:
    """Entry point of the process; a parent that has gone away ends it quietly."""
    os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_XET": "1", "HF_HUB_VERBOSITY": "critical"}
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # it would ask the server for more than the file
    network.apply(os.environ)
    try:
        import huggingface_hub  # noqa: F401 - what takes its time before anything is asked

        connection.send(("begun", 0))
        connection.send(("done", str(_fetch(connection, name, repository, files, url))))
    except Fault as fault:
        connection.send(("fault", fault.message))
    except BrokenPipeError:
        return


def _fetch(connection: Connection, name: str, repository: str, files: tuple[str, ...], url: str) -> Path:
    for file in files:
        found = _in_hub_cache(repository, file)
        if found is not None:
            return found
    if _offline():
        raise Fault("NO_WEIGHTS", name=name, reason="HF_HUB_OFFLINE is set")
    if url:
        return _checked(connection, name, _ask_plain(connection, name, url))
    *others, last = files
    for file in others:
        with contextlib.suppress(_NotThere):
            return _checked(connection, name, _ask_hub(connection, name, repository, file))
    return _checked(connection, name, _ask_hub(connection, name, repository, last))


@dataclass(frozen=True, slots=True)
class _File:
    """A file on a server: `origin` names it for ever, `url` is where it lies today, `expected` its SHA-256 or the
    beginning of it."""

    origin: str
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


def _ask_hub(connection: Connection, name: str, repository: str, file: str) -> _File:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(repository, file)
    with _explained(name, url):
        facts = _patient(connection, lambda: get_hf_file_metadata(url, timeout=ANSWER_SECONDS))
    host = urlsplit(url).netloc
    if not facts.commit_hash or not facts.size or not re.fullmatch("[0-9a-f]{64}", facts.etag or ""):
        raise Fault("NETWORK", host=host, reason=NOT_WEIGHTS)
    may_see_token = urlsplit(facts.location).netloc == host
    return _File(f"{repository}/{file}", facts.location, facts.etag or "", facts.size, may_see_token)


def _ask_plain(connection: Connection, name: str, url: str) -> _File:
    """A file whose name ends in the beginning of its SHA-256, as torchvision's do."""
    from huggingface_hub import get_session, hf_raise_for_status

    def ask() -> Any:
        response = get_session().head(url, timeout=ANSWER_SECONDS, follow_redirects=True)
        hf_raise_for_status(response)
        return response

    with _explained(name, url):
        response = _patient(connection, ask)
    expected = re.search(r"-([0-9a-f]{8,64})\.[a-z]+$", url)
    size = response.headers.get("Content-Length", "")
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    if expected is None or not size.isdigit() or is_page:
        raise Fault("NETWORK", host=urlsplit(url).netloc, reason=NOT_WEIGHTS)
    return _File(url, str(response.url), expected[1], int(size), may_see_token=False)


def _checked(connection: Connection, name: str, file: _File) -> Path:
    """Stream into a partial file, going on where an earlier try stopped; a wrong hash is tried once more from zero."""
    part = partial.path_of(file.origin, file.expected)
    part.parent.mkdir(parents=True, exist_ok=True)
    partial.note(part, name, file.size)
    connection.send(("bytes", _size(part)))
    connection.send(("total", file.size))
    actual = ""
    for _ in range(2):
        complete = _all_of(connection, name, file, part)
        actual = _sha256(part)
        if complete and actual.startswith(file.expected):
            return part
        part.unlink()
    partial.forget(part)
    raise Fault("HASH_MISMATCH", expected=file.expected, actual=actual[: len(file.expected)])


def _all_of(connection: Connection, name: str, file: _File, part: Path) -> bool:
    """Whether everything came, however often the line broke off in between. False: the server cannot go on in the
    middle of a file, and did not send it whole either.

    Raises Fault NETWORK where nothing comes any more; what came is kept then.
    """
    fruitless = 0
    while (before := _size(part)) < file.size:
        with _explained(name, file.url):
            goes_on = _patient(connection, lambda: _stream(connection, file, part))
        if _size(part) < file.size and before and not goes_on:
            return False
        fruitless = 0 if _size(part) > before else fruitless + 1
        if fruitless >= FRUITLESS_TRIES:
            raise Fault("NETWORK", host=urlsplit(file.url).netloc, reason=REASONS["ReadError"])
        if _size(part) < file.size:
            time.sleep(PAUSE_SECONDS)
    return _size(part) == file.size


def _stream(connection: Connection, file: _File, part: Path) -> bool:
    """Add what comes to the partial file, until it ends or the line breaks off. False: the server began anew, as it
    does at the beginning or where it cannot go on in the middle."""
    from huggingface_hub import get_session, hf_raise_for_status
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    headers = {**build_hf_headers(token=None if file.may_see_token else False), "Accept-Encoding": "identity"}
    if have := _size(part):
        headers["Range"] = f"bytes={have}-"
    goes_on = False
    try:
        with get_session().stream(
            "GET", file.url, headers=headers, timeout=SILENT_SECONDS, follow_redirects=True
        ) as response:
            hf_raise_for_status(response)
            if response.headers.get("Content-Type", "").startswith("text/html"):
                raise Fault("NETWORK", host=urlsplit(file.url).netloc, reason=NOT_WEIGHTS)
            goes_on = response.status_code == 206
            with part.open("ab" if goes_on else "wb") as raw:
                _write(connection, response.iter_raw(), raw, file.size)
    except Exception as error:
        if not _names(error) & BROKEN_OFF:
            raise
    return goes_on


def _write(connection: Connection, pieces: Iterator[bytes], raw: BinaryIO, most: int) -> None:
    """Write the pieces as they come, never more than was announced; say ten times a second how much there is."""
    said = 0.0
    for piece in pieces:
        raw.write(piece[: most - raw.tell()])
        if time.monotonic() - said > 0.1:
            said = time.monotonic()
            raw.flush()
            connection.send(("bytes", raw.tell()))


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _patient(connection: Connection, ask: Callable[[], _T]) -> _T:
    """Ask; a server that says when it will answer is asked once more then."""
    try:
        return ask()
    except Exception as error:
        if _status(error) not in RETRY_AFTER:
            raise
        wait = _seconds_to_wait(getattr(error, "response", None))
        connection.send(("wait", wait))
        time.sleep(wait)
        return ask()


def _seconds_to_wait(response: Any) -> float:
    """What Retry-After says, in seconds or as a date; within reason."""
    told = response.headers.get("Retry-After", "1").strip()
    try:
        seconds = float(told) if told.isdigit() else parsedate_to_datetime(told).timestamp() - time.time()
    except ValueError:
        seconds = 1.0
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


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
            reason = f"{host} gives them only to those whom it knows: its terms must be accepted, and HF_TOKEN be set"
            raise Fault("NO_WEIGHTS", name=name, reason=reason) from error
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
    """Of the exception's classes, and of those that it came from."""
    names: set[str] = set()
    cause: BaseException | None = error
    while cause is not None:
        names |= {kind.__name__ for kind in type(cause).__mro__}
        cause = cause.__cause__ or cause.__context__
    return names


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
