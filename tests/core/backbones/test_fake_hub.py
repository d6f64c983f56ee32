"""Fetching weights from a small hub on this machine, through the real loading code."""

import hashlib
import multiprocessing
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.backbones import catalogue, download, hub, partial, store, weights
from core.backbones.download import Source
from core.backbones.network import build
from core.errors import Cancelled, UserError
from core.events import Event, Progress, Reporter, silent
from core.project import network, places

NAME = "lcnet_050"
FILE = "/timm/lcnet_050.ra2_in1k/resolve/main/model.safetensors"
LARGE = 200_000_000


@dataclass
class Hub:
    """What the server holds and how it misbehaves; `asked` lists what was asked of it."""

    files: dict[str, bytes] = field(default_factory=dict)
    fault: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    address: str = ""
    retry_after: str = "1"
    sent: int = 0
    hashes: dict[str, str] = field(default_factory=dict)

    def hash_of(self, path: str) -> str:
        if path not in self.hashes:
            self.hashes[path] = hashlib.sha256(self.files[path]).hexdigest()
        return self.hashes[path]

    def ranges(self) -> list[str]:
        """Where the pieces began that were asked for: empty is the beginning."""
        return [asked for method, _, asked in self.asked if method == "GET"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _answer(self, with_body: bool) -> None:
        hub = self.hub
        asked_range = self.headers.get("Range", "")
        hub.asked.append((self.command, self.path, asked_range))
        content = hub.files.get(self.path)
        if hub.fault[:3] in ("401", "429", "503"):
            status = int(hub.fault[:3])
            if hub.fault.endswith("once"):
                hub.fault = ""
            self._head(status, {"Content-Length": "0", "Retry-After": hub.retry_after})
        elif hub.fault == "407":
            self._head(407, {"Content-Length": "0", "Proxy-Authenticate": "Basic"})
        elif hub.fault == "loop":
            self._head(302, {"Location": self.path, "Content-Length": "0"})
        elif hub.fault == "html" or (hub.fault == "html later" and with_body):
            self._head(200, {"Content-Length": "20", "Content-Type": "text/html"})
            self.wfile.write(b"<html>Sign in</html>" if with_body else b"")
        elif content is None:
            self._head(404, {"Content-Length": "0", "X-Error-Code": "EntryNotFound"})
        else:
            self._send(content, with_body, asked_range)

    def _send(self, content: bytes, with_body: bool, asked_range: str) -> None:
        fault = self.hub.fault
        start = int(asked_range.removeprefix("bytes=").partition("-")[0] or 0) if "no range" not in fault else 0
        facts = {"ETag": f'"{self.hub.hash_of(self.path)}"', "X-Repo-Commit": "0" * 40}
        facts |= {"Accept-Ranges": "bytes", "Content-Length": str(len(content) - start)}
        if start:
            facts["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(206 if start else 200, facts)
        if not with_body:
            return
        end = len(content)
        if "once" in fault:
            self.hub.fault = "no range" if "no range later" in fault else ""
        if fault.startswith(("cut", "reset")):
            end = round(len(content) * (0.9 if "90" in fault else 0.3))
            self.close_connection = True
        if fault == "slow":  # a byte now and then, until nobody listens
            while self._write(content[start : start + 1]):
                start += 1
                time.sleep(0.2)
            return
        for at in range(start, end, 2**20):
            piece = bytearray(content[at : min(at + 2**20, end)])
            if fault == "flipped" and at == start:
                piece[len(piece) // 2] ^= 1
            if not self._write(piece):
                return
        if fault.startswith("reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _write(self, piece: bytes | bytearray) -> bool:
        """Whether the other side still listens."""
        try:
            self.wfile.write(piece)
        except OSError:
            self.close_connection = True
            return False
        self.hub.sent += len(piece)
        return True

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    fake = Hub()
    handler = type("Handler", (_Handler,), {"hub": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    fake.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", fake.address)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Tensor], bytes]:
    """A whole network with its classifier, as timm publishes one."""
    torch.manual_seed(2)
    layers = timm.create_model(NAME)
    path = tmp_path_factory.mktemp("published") / "model.safetensors"
    save_file(layers.state_dict(), path)
    return dict(layers.state_dict()), path.read_bytes()


def _fetched(source: Source | None) -> None:
    if source is None:
        weights.fetch(catalogue.find(NAME), silent())
    else:
        download.download(source, silent())


def _fault(source: Source | None = None) -> UserError:
    started = time.monotonic()
    with pytest.raises(UserError) as caught:
        _fetched(source)
    assert time.monotonic() - started < 60
    assert store.cards() == []
    assert not list(places.weights_folder().glob("*.safetensors"))
    return caught.value


def test_a_good_download_is_timms_network_number_for_number(
    fake: Hub, published: tuple[dict[str, Tensor], bytes]
) -> None:
    state, content = published
    fake.files[FILE] = content
    entry, events = catalogue.find(NAME), list[Event]()
    fetched = weights.fetch(entry, Reporter("test", events.append))
    assert [(method, path) for method, path, _ in fake.asked] == [("HEAD", FILE), ("GET", FILE)]
    assert fetched.origin == "timm/lcnet_050.ra2_in1k on the hub"
    assert fetched.mean == timm.get_pretrained_cfg(NAME).mean
    network = build(entry, fetched)
    expected = {name: value for name, value in state.items() if not name.startswith("classifier")}
    assert all(torch.equal(value, expected[name]) for name, value in network.layers.state_dict().items())
    assert load_file(fetched.path).keys() == expected.keys()
    assert [event.done for event in events][-1:] == [len(content)]
    assert weights.fetch(entry, silent()) == fetched
    assert len(fake.asked) == 2
    assert not list(partial.folder().iterdir())


@pytest.mark.parametrize("fault", ["cut once", "reset once"])
def test_a_download_that_breaks_off_goes_on_where_it_stopped(
    fake: Hub, published: tuple[dict[str, Tensor], bytes], fault: str
) -> None:
    fake.files[FILE], fake.fault = published[1], fault
    fetched = weights.fetch(catalogue.find(NAME), silent())
    assert fetched.path.is_file()
    resumed = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in fake.ranges()[1:]]
    assert len(resumed) == 1
    assert 0 < resumed[0] <= round(0.3 * len(published[1]))
    assert fault == "reset once" or fake.sent == len(published[1])  # a reset throws away what is on its way


def test_a_large_download_cut_near_its_end_fetches_little_twice(fake: Hub) -> None:
    name = f"/models/net-{hashlib.sha256(bytes(LARGE)).hexdigest()[:8]}.pth"
    fake.files[name], fake.fault = bytes(LARGE), "cut 90 once"
    path = download.download(Source("net", url=fake.address + name), silent())
    assert path.stat().st_size == LARGE
    assert fake.sent <= 1.15 * LARGE
    assert fake.ranges()[1].startswith("bytes=")


def test_a_server_that_cannot_go_on_in_the_middle_sends_it_all_again(
    fake: Hub, published: tuple[dict[str, Tensor], bytes]
) -> None:
    fake.files[FILE], fake.fault = published[1], "cut once, no range later"
    assert weights.fetch(catalogue.find(NAME), silent()).path.is_file()
    assert fake.sent == round(0.3 * len(published[1])) + len(published[1])


def test_a_line_that_always_breaks_keeps_what_came(
    fake: Hub, published: tuple[dict[str, Tensor], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.files[FILE], fake.fault = published[1], "reset"
    error = _fault()
    assert (error.code, "broke" in str(error.params["reason"])) == ("NETWORK", True)
    assert 0 < partial.standing()[NAME]["done"] < len(published[1])
    fake.fault = ""
    assert weights.fetch(catalogue.find(NAME), silent()).path.is_file()
    assert fake.ranges()[-1].startswith("bytes=")
    assert partial.standing() == {}


@pytest.mark.parametrize("fault", ["flipped", "cut, no range"])
def test_a_damaged_download_is_tried_again_once_and_never_kept(
    fake: Hub, published: tuple[dict[str, Tensor], bytes], fault: str
) -> None:
    fake.files[FILE], fake.fault = published[1], fault
    error = _fault()
    assert error.code == "HASH_MISMATCH"
    assert error.params["expected"] == hashlib.sha256(published[1]).hexdigest()
    assert error.params["actual"] != error.params["expected"]
    assert not list(partial.folder().iterdir())
    assert fake.ranges().count("") >= 2


@pytest.mark.parametrize(
    ("fault", "code", "word"),
    [
        ("html", "NETWORK", "login"),
        ("html later", "NETWORK", "login"),
        ("401", "NO_WEIGHTS", "HF_TOKEN"),
        ("503", "NETWORK", "503"),
        ("429", "NETWORK", "too many"),
        ("loop", "NETWORK", "circles"),
        ("", "NO_WEIGHTS", "have"),
    ],
)
def test_every_answer_has_its_message(fake: Hub, fault: str, code: str, word: str) -> None:
    fake.files, fake.fault = {FILE: b"numbers"} if fault == "html later" else {}, fault
    error = _fault()
    assert error.code == code
    assert word in str(error.params["reason"])


@pytest.mark.parametrize(("fault", "after"), [("429 once", "1"), ("503 once", "Wed, 01 Jan 2020 00:00:00 GMT")])
def test_a_busy_server_is_asked_again_when_it_wishes(
    fake: Hub, published: tuple[dict[str, Tensor], bytes], fault: str, after: str
) -> None:
    fake.files[FILE], fake.fault, fake.retry_after = published[1], fault, after
    assert weights.fetch(catalogue.find(NAME), silent()).path.is_file()
    assert [method for method, _, _ in fake.asked] == ["HEAD", "HEAD", "GET"]


def test_a_wait_that_the_server_asks_for_does_not_count_as_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.5)
    ours, theirs = multiprocessing.Pipe()
    theirs.send(("begun", 0))
    theirs.send(("wait", 30.0))
    threading.Timer(1.0, lambda: theirs.send(("done", "there"))).start()
    assert download._follow(ours, Source(NAME), silent()) == Path("there")
    theirs.send(("begun", 0))
    with pytest.raises(UserError, match="no answer"):
        download._follow(ours, Source(NAME), silent())


def test_a_proxy_that_asks_for_a_password_is_named(fake: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.fault = "407"
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.test")
    monkeypatch.setenv("HTTP_PROXY", fake.address)
    monkeypatch.setenv("NO_PROXY", "")
    error = _fault()
    assert error.code == "NETWORK"
    assert "proxy" in str(error.params["reason"])
    assert fake.asked[0][1].startswith("http://hub.test/")


def test_no_connection_and_offline_are_told_at_once(fake: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    started = time.monotonic()
    error = _fault()
    assert (error.code, error.params["name"]) == ("NO_WEIGHTS", NAME)
    assert "no connection" in str(error.params["reason"])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = _fault()
    assert error.code == "NO_WEIGHTS"
    assert "HF_HUB_OFFLINE" in str(error.params["reason"])
    assert time.monotonic() - started < 30
    assert fake.asked == []
    with pytest.raises(UserError, match="file"):
        weights.fetch(catalogue.find("mobilenetv2_035"), silent())


def test_a_crawling_line_is_given_up_and_what_came_is_kept(
    fake: Hub, published: tuple[dict[str, Tensor], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.files[FILE], fake.fault = published[1], "slow"
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 4.0)
    error = _fault()
    assert error.code == "NETWORK"
    assert "bytes a second" in str(error.params["reason"])
    standing = partial.standing()[NAME]
    assert 0 < standing["done"] < 40
    assert standing["total"] == len(published[1])


def test_pausing_ends_the_download_at_once_and_a_later_start_goes_on(
    fake: Hub, published: tuple[dict[str, Tensor], bytes]
) -> None:
    fake.files[FILE], fake.fault = published[1], "slow"
    cancelled_at: list[float] = []
    seen: list[Event] = []

    def cancelled() -> bool:
        arrived = [event.done for event in seen if isinstance(event, Progress)]
        if any(arrived) and not cancelled_at:
            cancelled_at.append(time.monotonic())
        return bool(cancelled_at)

    with pytest.raises(Cancelled):
        weights.fetch(catalogue.find(NAME), Reporter("test", seen.append, cancelled))
    assert time.monotonic() - cancelled_at[0] < 1
    standing = partial.standing()[NAME]
    assert 0 < standing["done"] < standing["total"] == len(published[1])
    fake.fault = ""
    assert weights.fetch(catalogue.find(NAME), silent()).path.is_file()
    assert fake.ranges()[-1] == f"bytes={standing['done']}-"


def test_what_came_of_a_download_can_be_given_up(fake: Hub, published: tuple[dict[str, Tensor], bytes]) -> None:
    part = partial.path_of("a/b", "0")
    partial.folder().mkdir(parents=True)
    part.write_bytes(b"some")
    partial.note(part, NAME, 10)
    assert partial.standing() == {NAME: {"done": 4, "total": 10}}
    partial.sweep()
    assert part.is_file()
    partial.discard(NAME)
    assert list(partial.folder().iterdir()) == []


def test_mirror_and_proxy_are_those_that_were_chosen_unless_the_environment_says_otherwise(
    fake: Hub, published: tuple[dict[str, Tensor], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_ENDPOINT")
    network.choose(network.Network(mirror=f"{fake.address}/"))
    fake.files[FILE] = published[1]
    assert weights.fetch(catalogue.find(NAME), silent()).path.is_file()
    for path in places.weights_folder().glob("*.*"):
        path.unlink()
    monkeypatch.setenv("NO_PROXY", "")
    network.choose(network.Network(mirror="http://hub.test", proxy=fake.address))
    fake.fault = "407"
    assert "proxy" in str(_fault().params["reason"])
    assert fake.asked[-1][1].startswith("http://hub.test/")
    environment = {"HF_ENDPOINT": "https://elsewhere", "https_proxy": "x"}
    network.apply(environment)
    assert environment == {"HF_ENDPOINT": "https://elsewhere", "https_proxy": "x", "HTTP_PROXY": fake.address}
    with pytest.raises(UserError, match="https"):
        network.choose(network.Network(proxy="proxy:3128"))


def test_a_plain_address_is_checked_by_the_hash_in_its_name(fake: Hub) -> None:
    content = b"numbers" * 1000
    name = f"/models/net-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    fake.files[name] = content
    path = download.download(Source("net", url=fake.address + name), silent())
    assert path.read_bytes() == content
    partial.forget(path)
    fake.files[name] = content[:-1] + b"!"
    error = _fault(Source("net", url=fake.address + name))
    assert error.code == "HASH_MISMATCH"
    assert len(str(error.params["actual"])) == 8
    error = _fault(Source("net", url=fake.address + "/models/gone-00000000.pth"))
    assert error.code == "NO_WEIGHTS"
    assert hub.source(catalogue.find("squeezenet1_1")).url.endswith("squeezenet1_1-b8a52dc0.pth")


def test_what_another_program_fetched_is_taken_without_a_network(
    fake: Hub, published: tuple[dict[str, Tensor], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    content = published[1]
    repository = tmp_path / "hf/hub/models--timm--lcnet_050.ra2_in1k"
    snapshot, blob = repository / "snapshots" / ("0" * 40), repository / "blobs" / hashlib.sha256(content).hexdigest()
    for folder in (snapshot, blob.parent, repository / "refs"):
        folder.mkdir(parents=True)
    (repository / "refs/main").write_text("0" * 40)
    blob.write_bytes(content)
    (snapshot / "model.safetensors").symlink_to(blob)
    assert weights.fetch(catalogue.find(NAME), silent()).path.is_file()
    assert blob.is_file()
    assert fake.asked == []
