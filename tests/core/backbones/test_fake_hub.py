"""Fetching weights from a small hub on this machine, through the real loading code."""

import hashlib
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

from core.backbones import catalogue, download, hub, store, transfer, weights
from core.backbones.download import Source
from core.backbones.network import build
from core.errors import Cancelled, UserError
from core.events import Event, Reporter, silent
from core.project import places

NAME = "lcnet_050"
FILE = "/timm/lcnet_050.ra2_in1k/resolve/main/model.safetensors"


@dataclass
class Hub:
    """What the server holds and how it misbehaves; `asked` lists what was asked of it."""

    files: dict[str, bytes] = field(default_factory=dict)
    fault: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    address: str = ""


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
        if hub.fault in ("429", "429 once", "503"):
            if hub.fault == "429 once":
                hub.fault = ""
            self._head(int(hub.fault[:3] or 429), {"Content-Length": "0", "Retry-After": "1"})
        elif hub.fault == "407":
            self._head(407, {"Content-Length": "0", "Proxy-Authenticate": "Basic"})
        elif hub.fault == "loop":
            self._head(302, {"Location": self.path, "Content-Length": "0"})
        elif hub.fault == "html":
            self._head(200, {"Content-Length": "20", "Content-Type": "text/html"})
            self.wfile.write(b"<html>Sign in</html>" if with_body else b"")
        elif content is None:
            self._head(404, {"Content-Length": "0", "X-Error-Code": "EntryNotFound"})
        else:
            self._send(content, with_body, asked_range)

    def _send(self, content: bytes, with_body: bool, asked_range: str) -> None:
        start = (
            int(asked_range.removeprefix("bytes=").partition("-")[0] or 0) if "no range" not in self.hub.fault else 0
        )
        facts = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": "0" * 40}
        facts |= {"Accept-Ranges": "bytes", "Content-Length": str(len(content) - start)}
        if start:
            facts["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(206 if start else 200, facts)
        if not with_body:
            return
        body = bytearray(content[start:])
        if self.hub.fault == "flipped":
            body[len(body) // 2] ^= 1
        if self.hub.fault.startswith("cut"):
            body = body[: len(body) // 3]
            self.close_connection = True
            if self.hub.fault == "cut once":
                self.hub.fault = ""
        if self.hub.fault == "slow":
            for byte in body[:40]:
                self.wfile.write(bytes([byte]))
                time.sleep(0.1)
            return
        self.wfile.write(bytes(body))

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
        download.download(source, places.weights_folder() / "incoming", silent())


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
    assert not list((places.weights_folder() / "incoming").iterdir())


def test_a_download_that_is_cut_goes_on_where_it_stopped(fake: Hub, published: tuple[dict[str, Tensor], bytes]) -> None:
    fake.files[FILE], fake.fault = published[1], "cut once"
    fetched = weights.fetch(catalogue.find(NAME), silent())
    assert fetched.path.is_file()
    resumed = [int(asked.removeprefix("bytes=").rstrip("-")) for _, _, asked in fake.asked[2:]]
    assert len(resumed) == 1
    assert 0 <= len(published[1]) // 3 - resumed[0] < transfer.CHUNK_BYTES


@pytest.mark.parametrize("fault", ["flipped", "cut, no range"])
def test_a_damaged_download_is_tried_again_once_and_never_kept(
    fake: Hub, published: tuple[dict[str, Tensor], bytes], fault: str
) -> None:
    fake.files[FILE], fake.fault = published[1], fault
    error = _fault()
    assert error.code == "HASH_MISMATCH"
    assert error.params["expected"] == hashlib.sha256(published[1]).hexdigest()
    assert error.params["actual"] != error.params["expected"]
    assert not list((places.weights_folder() / "incoming").iterdir())
    from_zero = [asked for method, _, asked in fake.asked if method == "GET" and not asked]
    assert len(from_zero) == 2


@pytest.mark.parametrize(
    ("fault", "code", "word"),
    [
        ("html", "NETWORK", "login"),
        ("503", "NETWORK", "503"),
        ("429", "NETWORK", "too many"),
        ("loop", "NETWORK", "circles"),
        ("", "NO_WEIGHTS", "have"),
    ],
)
def test_every_answer_has_its_message(fake: Hub, fault: str, code: str, word: str) -> None:
    fake.fault = fault
    error = _fault()
    assert error.code == code
    assert word in str(error.params["reason"])


def test_too_many_requests_wait_as_the_server_wishes(fake: Hub, published: tuple[dict[str, Tensor], bytes]) -> None:
    fake.files[FILE], fake.fault = published[1], "429 once"
    assert weights.fetch(catalogue.find(NAME), silent()).path.is_file()
    assert [method for method, _, _ in fake.asked] == ["HEAD", "HEAD", "GET"]


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
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 3.0)
    error = _fault()
    assert error.code == "NETWORK"
    assert "bytes a second" in str(error.params["reason"])
    assert [path.suffix for path in (places.weights_folder() / "incoming").iterdir()] == [".part"]


def test_cancel_ends_a_download_within_a_second(fake: Hub, published: tuple[dict[str, Tensor], bytes]) -> None:
    fake.files[FILE], fake.fault = published[1], "slow"
    cancelled_at: list[float] = []

    def cancelled() -> bool:
        if len(fake.asked) >= 2 and not cancelled_at:
            cancelled_at.append(time.monotonic())
        return bool(cancelled_at)

    with pytest.raises(Cancelled):
        weights.fetch(catalogue.find(NAME), Reporter("test", lambda event: None, cancelled))
    assert time.monotonic() - cancelled_at[0] < 1


def test_a_plain_address_is_checked_by_the_hash_in_its_name(fake: Hub) -> None:
    content = b"numbers" * 1000
    name = f"/models/net-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    fake.files[name] = content
    incoming = places.weights_folder() / "incoming"
    path = download.download(Source("net", url=fake.address + name), incoming, silent())
    assert path.read_bytes() == content
    path.unlink()
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
