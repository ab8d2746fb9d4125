"""axe-core in a page: what it finds that is serious or critical."""

from functools import cache
from importlib.resources import files
from typing import Any

import pytest


@cache
def _script() -> str:
    try:
        return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        pytest.skip("axe-playwright-python is not installed")


def faults(opened: Any) -> list[str]:
    """Return the serious and critical violations of WCAG 2.2 A and AA in the page: rule, node and why."""
    opened.evaluate(_script())  # by the debugger, past the page's policy
    found = opened.evaluate(
        """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
            resultTypes: ['violations']})).violations"""
    )
    return [
        f"{fault['id']}: {node['target']} {node['html'][:120]} | {node['failureSummary'][:300]}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"][:4]
    ]
