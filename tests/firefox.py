"""The stock Firefox, spoken to by WebDriver BiDi: one tab on pages from disk, and what it logged and asked for."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

WAIT = 60.0  # seconds for an answer; a start on a busy machine takes ten
QUIET = {  # nothing but the pages of the test
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
}
_PRESS = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]


class Firefox:
    """A tab of Firefox."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._number = 0
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self._tab = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **parameters: Any) -> Any:
        """Send a command and return its result; keep what happened meanwhile."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._socket.recv(timeout=WAIT))
            if told.get("id") == self._number:
                assert told["type"] == "success", f"{method}: {told.get('message')}"
                return told["result"]
            self._keep(told)

    def _keep(self, told: dict[str, Any]) -> None:
        if told.get("method") == "log.entryAdded" and told["params"]["level"] in {"error", "warn"}:
            self.errors.append(str(told["params"]["text"]))
        if told.get("method") == "network.beforeRequestSent":
            url = told["params"]["request"]["url"]
            if not url.startswith(("file:", "data:", "blob:", "about:")):
                self.requests.append(url)

    def open(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        self.call("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, by way of JSON."""
        found = self.call(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(value => JSON.stringify(value ?? null))",
            target={"context": self._tab},
            awaitPromise=True,
        )
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return json.loads(found["result"]["value"])

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        look = f"const look = () => ({condition}) ? done(true) : left-- ? setTimeout(look, 50) : done(false); look();"
        assert self.evaluate(f"new Promise(done => {{ let left = 600; {look} }})"), condition

    def press(self, selector: str) -> None:
        """Press the middle of an element with the pointer."""
        box = f"document.querySelector({json.dumps(selector)})"
        script = f"(box => [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)])({box}"
        x, y = self.evaluate(f"({box}.scrollIntoView({{ block: 'nearest' }}), {script}.getBoundingClientRect()))")
        move = {"type": "pointerMove", "x": x, "y": y}
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move, *_PRESS]}
        self.call("input.performActions", context=self._tab, actions=[pointer])

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        keys = [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")]
        self.call("input.performActions", context=self._tab, actions=[{"type": "key", "id": "keys", "actions": keys}])

    def assert_clean(self) -> None:
        """Fail if a page logged an error or asked for anything that is not local."""
        assert self.requests == []
        assert self.errors == []


@contextmanager
def open_firefox(size: tuple[int, int] = (1366, 768)) -> Iterator[Firefox]:
    """Start Firefox with a profile of its own; skip without it, except where CI must have it."""
    binary = shutil.which("firefox-esr") or shutil.which("firefox")
    try:
        from websockets.sync.client import connect
    except ImportError:
        binary = None
    if binary is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Firefox or websockets is missing, but CI must run the test")
        pytest.skip("Firefox or websockets is not here")
    with TemporaryDirectory(prefix="firefox") as folder:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in QUIET.items()]
        (Path(folder) / "user.js").write_text("".join(lines), encoding="utf-8")
        width, height = (str(side) for side in size)
        command = [binary, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
        log = Path(folder) / "log"
        with log.open("wb") as told:
            process = subprocess.Popen(
                [*command, "--width", width, "--height", height, "about:blank"],
                stdout=subprocess.DEVNULL,
                stderr=told,
                env={**os.environ, "HOME": folder, "MOZ_CRASHREPORTER_DISABLE": "1"},
            )
        try:
            with connect(f"{_address(log)}/session", max_size=None, proxy=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(log: Path) -> str:
    """Return where the browser listens, as its log tells once it does."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        match = re.search(
            r"WebDriver BiDi listening on (ws://[\d.:]+)", log.read_text(encoding="utf-8", errors="replace")
        )
        if match:
            return match[1]
        time.sleep(0.05)
    pytest.fail(f"Firefox has not started: {log.read_text(encoding='utf-8', errors='replace')[-500:]}")
