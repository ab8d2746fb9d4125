"""What our scripts ask of a browser: Chromium 80, as offices still have it, and a word to those with less."""

import re
from importlib.resources import files

import pytest
from browser import open_page
from test_map_browser import found, make

SCRIPTS = sorted(path for path in files("nanyi_gis.webmap").joinpath("static").iterdir() if path.name.endswith(".js"))
NEWER = {  # what Chromium 80 lacks, with the version that has it
    "replaceChildren (86)": r"\.replaceChildren\(",
    "replaceAll (85)": r"\.replaceAll\(",
    "logical assignment (85)": r"(\?\?|\|\||&&)=",
    "Promise.any (85)": r"\bPromise\.any\b",
    "at (92)": r"\.at\(\s*(-?\d+|\w+\.length)",
    "Object.hasOwn (93)": r"\bObject\.hasOwn\b",
    "findLast (97)": r"\.findLast(Index)?\(",
    "structuredClone (98)": r"\bstructuredClone\(",
    "toSorted and its like (110)": r"\.(toSorted|toReversed|toSpliced|with)\(",
    "groupBy (117)": r"\b(Object|Map)\.groupBy\b|\.groupBy\(",
    "randomUUID (92)": r"\.randomUUID\(",
    "static blocks (94)": r"\bstatic\s*\{",
    "private methods (84)": r"^\s+#\w+\s*\(",
    "class fields of private names by in (91)": r"#\w+\s+in\s",
    "error causes (93)": r"\bcause\s*:",
    "AbortSignal.timeout (103)": r"\bAbortSignal\.(timeout|any)\b",
    "inert (102)": r"\.inert\b",
    "showPopover (114)": r"\.(show|hide|toggle)Popover\(",
    "URL.canParse (120)": r"\bURL\.canParse\b",
    "regular expressions with v (112)": r"/[dgimsuy]*v[dgimsuy]*\.(test|exec)\(",
    "isWellFormed (111)": r"\.(isWellFormed|toWellFormed)\(",
    "checkVisibility (105)": r"\.checkVisibility\(",
    "array from an async iterable (121)": r"\bArray\.fromAsync\b",
    "WeakRef (84)": r"\bWeakRef\b",
    "Intl.Segmenter (87)": r"\bIntl\.Segmenter\b",
    "lookbehind, which Safari has since 16.4 alone": r"\(\?<[=!]",
}
STYLES = {
    "inset (87)": r"[\s;{]inset\s*:",
    ":is and :where (88)": r":(is|where)\(",
    ":has (105)": r":has\(",
    "nesting (112)": r"^\s+&",
}
DEAD = """for (const [holder, names] of [[Element.prototype, ['replaceChildren', 'checkVisibility']],
    [String.prototype, ['replaceAll', 'at', 'isWellFormed']], [Object, ['hasOwn', 'groupBy']], [Promise, ['any']],
    [Array.prototype, ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with']],
    [window, ['structuredClone', 'WeakRef']], [Document.prototype, ['replaceChildren']],
    [DocumentFragment.prototype, ['replaceChildren']]]) for (const name of names) delete holder[name];"""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_asks_for_more_than_chromium_80(path):
    text = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    asked = [name for name, pattern in NEWER.items() if re.search(pattern, text, re.MULTILINE)]
    assert asked == []


def test_the_patterns_find_what_they_are_for():
    samples = {
        "replaceChildren (86)": "a.replaceChildren(b)",
        "at (92)": "list.at(-1)",
        "findLast (97)": "list.findLast(f)",
    }
    samples |= {"logical assignment (85)": "a ??= b", "Object.hasOwn (93)": "Object.hasOwn(a, b)"}
    for name, text in samples.items():
        assert re.search(NEWER[name], text), name
    assert not re.search(NEWER["at (92)"], "painter.at(node, left, y)")
    assert not re.search(NEWER["logical assignment (85)"], "a >= b || c == d")


@pytest.mark.parametrize("name", ["page.css", "cover.css", "cards.css"])
def test_no_style_sheet_needs_more_to_be_usable(name):
    text = files("nanyi_gis.webmap").joinpath("static", name).read_text(encoding="utf-8")
    assert [what for what, pattern in STYLES.items() if re.search(pattern, text, re.MULTILINE)] == []


@pytest.mark.browser
def test_a_page_works_without_what_is_newer(tmp_path):
    path = make(nav=[("a.html", "页面")]).save(tmp_path / "a.html")
    with open_page(path) as opened:
        opened.add_init_script(DEAD)
        opened.reload()
        opened.wait_for_selector("body[data-ready='1']", state="attached")
        assert opened.evaluate("[].at === undefined && document.body.replaceChildren === undefined")
        assert opened.locator(".ny-label").count() >= 3
        assert opened.locator(".ny-legend-block:visible").count() >= 1
        assert found(opened, "太平") == ["太平镇"]
        opened.locator(".ny-search input").press("Enter")
        opened.locator(".leaflet-popup").wait_for()
        opened.wait_for_timeout(800)  # until the map has arrived
        opened.evaluate("nanyi.map.closePopup(); nanyi.map.setView([28.0, 105.5], 10, {animate: false})")
        opened.move_to(105.5, 28.0)
        assert "105." in opened.locator(".ny-readout").inner_text()
        opened.assert_clean()


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_browser_that_cannot_read_the_scripts_says_so(tmp_path, lang):
    """The scripts as such a browser meets them: a fault of the syntax, so that none of them runs."""
    path = make(lang=lang).save(tmp_path / "a.html")
    text = path.read_text(encoding="utf-8")
    broken = text.replace('<script>\n"use strict";', "<script>\nlet = ?;", 1)
    assert broken != text
    policy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", broken)
    path.write_text(policy, encoding="utf-8")
    with open_page(path, ready=False) as opened:
        told = opened.locator(".ny-too-old")
        told.wait_for()
        assert "Chromium 80" in told.inner_text()


@pytest.mark.browser
def test_without_decompression_a_page_says_so_and_draws_the_rest(tmp_path):
    path = make().save(tmp_path / "a.html")
    with open_page(path) as opened:
        opened.add_init_script("delete window.DecompressionStream")
        opened.reload()
        opened.wait_for_selector("body[data-ready='1']", state="attached")
        assert opened.locator(".ny-label").count() >= 3
        opened.assert_clean()
