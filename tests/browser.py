"""Pages of the atlas in headless Chromium, without any network.

``open_page`` yields a playwright page that has noted every message, error, dialog and request;
``assert_clean`` says whether the page behaved. One browser serves every page of a process, each in a context of
its own (no cookies, no cache, no storage of another); conftest stops it when the next test asks for no browser.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
LOCAL = ("file:", "data:", "blob:", "about:")

CONTROLS = """const map = nanyi.map.getContainer().getBoundingClientRect();
        const inside = [...document.querySelectorAll('.leaflet-control')]
            .filter(node => !node.hidden && node.offsetWidth)
            .map(node => [node.className, node.getBoundingClientRect()]);
        const out = inside.filter(([, box]) =>
            box.left < map.left || box.right > map.right || box.top < map.top || box.bottom > map.bottom);
"""
"""The map's box, the controls on it with theirs, and those that stick out, for scripts of tests."""


class Opened:
    """A page in the browser and what it did; other attributes are those of playwright's page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.console: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._request(request.url))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.page, name)

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.console.append(f"{kind}: {text}")

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _request(self, url: str) -> None:
        if not url.startswith(LOCAL):
            self.requests.append(url)

    def assert_clean(self) -> None:
        """Fail if the page logged an error, threw, asked, or requested anything that is not local."""
        assert self.requests == []
        assert self.errors == []
        assert self.dialogs == []
        assert self.console == []

    def layer(self, name: str) -> Any:
        """Return the checkbox or radio button of a layer in the switch."""
        return self.page.locator(".ny-rows label", has_text=name).locator("input").first

    def click_at(self, lon: float, lat: float) -> None:
        """Click the map at a place."""
        x, y = self.spot(lon, lat)
        self.page.mouse.click(x, y)

    def move_to(self, lon: float, lat: float) -> None:
        """Move the pointer to a place of the map."""
        x, y = self.spot(lon, lat)
        self.page.mouse.move(x, y)
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def spot(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where on the screen a place is."""
        script = """([lon, lat]) => { const p = nanyi.map.latLngToContainerPoint([lat, lon]);
            const box = nanyi.map.getContainer().getBoundingClientRect(); return [p.x + box.left, p.y + box.top]; }"""
        x, y = self.page.evaluate(script, [lon, lat])
        return x, y


def chromium() -> str:
    """Return the browser's path; skip the test without one, except where CI must have it.

    Chromium without a window of its own (Debian's chromium-headless-shell) takes half the time for the same pages.
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return _without("no Chromium on the path")


class _Running:
    """The one Chromium of this process, started when a page first asks for it."""

    def __init__(self) -> None:
        self._playwright: Any = None
        self._browser: Any = None

    def browser(self) -> Any:
        """Return the running browser; start it anew where it has died."""
        if self._browser is None or not self._browser.is_connected():
            self.stop()
            try:
                from playwright.sync_api import sync_playwright
            except ImportError:
                _without("playwright is not installed")
            binary = chromium()
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(executable_path=binary, headless=True, args=ARGUMENTS)
        return self._browser

    def stop(self) -> None:
        """End the browser and playwright's event loop: asyncio users run in the same process."""
        if self._browser is not None:
            self._browser.close()
        if self._playwright is not None:
            self._playwright.stop()
        self._browser = self._playwright = None


_RUNNING = _Running()
stop = _RUNNING.stop


@contextmanager
def open_page(
    path: str | Path,
    *,
    size: tuple[int, int] = (1280, 800),
    lang: str = "zh-CN",
    ready: bool = True,
    touch: bool = False,
) -> Iterator[Opened]:
    """Open an HTML file from disk, offline, in a profile of its own, and wait until the page says that it is ready."""
    context = _RUNNING.browser().new_context(
        offline=True, locale=lang, has_touch=touch, viewport={"width": size[0], "height": size[1]}
    )
    try:
        page = Opened(context.new_page())
        page.goto(Path(path).resolve().as_uri())
        if ready:
            page.wait_for_selector("body[data-ready='1']", state="attached", timeout=30_000)
        yield page
    finally:
        context.close()


def _without(reason: str) -> Any:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, but CI must run the browser tests")
    pytest.skip(reason)
