"""A headless Chromium, driven through the DevTools protocol over two pipes: no package, no port."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page. `faults` are what its scripts threw, and what it was not allowed to do."""

    def __init__(self, commands: int, replies: int) -> None:
        self._out = os.fdopen(commands, "wb", buffering=0)
        self._replies = os.fdopen(replies, "rb", buffering=0)
        self._rest = b""
        self._count = 0
        self._session: str | None = None
        self.faults: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while (reply := self._read()).get("id") != self._count:
            self._hear(reply)
        assert "error" not in reply, (method, reply)
        return dict(reply["result"])

    def value(self, expression: str) -> Any:
        """What an expression gives; a promise is waited for."""
        given = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in given, given
        return given["result"].get("value")

    def wait_for(self, condition: str, seconds: float = 240) -> None:
        self.value(
            f"""new Promise((yes, no) => {{
                const end = Date.now() + {seconds * 1000};
                const look = () => ({condition}) ? yes() : Date.now() > end ? no("too late") : setTimeout(look, 50);
                look();
            }})"""
        )

    def choose(self, selector: str, paths: Sequence[Path]) -> None:
        """Give files to an `<input type=file>`, as its dialog would."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            chunk = self._replies.read(1 << 16)
            assert chunk, "the browser is gone"
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.faults.append(json.dumps(message["params"]["exceptionDetails"])[:500])
        elif message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.faults.append(message["params"]["entry"]["text"])

    def close(self) -> None:
        self._out.close()
        self._replies.close()


@contextlib.contextmanager
def open_tab(program: str, profile: Path) -> Iterator[Tab]:
    """A tab of a browser of its own, without a network."""
    read_commands, write_commands = os.pipe()
    read_replies, write_replies = os.pipe()
    flags = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}",
        "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1280,900",
    ]  # fmt: skip
    command = ["bash", "-c", f'exec "$0" "$@" 3<&{read_commands} 4>&{write_replies}', program, *flags]
    process = subprocess.Popen(
        command, pass_fds=(read_commands, write_replies), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(read_commands)
    os.close(write_replies)
    tab = Tab(write_commands, read_replies)
    try:
        yield tab
    finally:
        with contextlib.suppress(OSError, AssertionError):
            tab.ask("Browser.close")
        tab.close()
        process.wait(20)
