import os
from pathlib import Path

import browser
import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow browser and notebook tests first, so that parallel workers end together."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in ("slow", "browser")))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Stop Chromium behind the last browser test in a row: what follows may use asyncio."""
    if nextitem is None or not nextitem.get_closest_marker("browser"):
        browser.stop()


@pytest.fixture(scope="session", autouse=True)
def _no_proxies() -> None:
    """No test reaches the internet; a proxy in the environment must not hide a mistake."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder with the check data; skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the check data in ../shared is not here")
    return SHARED
