"""The atlas as an office uses it: five screens, two languages, fifteen tasks; from one file, without any network."""

import json
import os
from pathlib import Path

import pytest
from browser import open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOOK = "atlas.html"
SIZES = [(1366, 657), (1920, 969), (768, 1024), (700, 500), (390, 844)]
SCREENS = Path(__file__).resolve().parent.parent / "build" / "screens"
KEPT = ("overview", "suitability_orange", "plan_items")  # themes of which pictures are kept
KEEPS = os.environ.get("CI") == "true" or "NANYI_GIS_SCREENS" in os.environ

FAULTS = """() => {
    const faults = [];
    if (document.documentElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways');
    for (const image of document.images) if (!image.complete || !image.naturalWidth) faults.push('an empty picture');
    const map = nanyi.map;
    if (!map) return document.querySelectorAll('a.card').length > 10 ? faults : [...faults, 'no cards'];
    const frame = map.getContainer().getBoundingClientRect();
    const boxes = ['.ny-search input', '.ny-tools', '.ny-layers', '.ny-legend', '.ny-north', '.leaflet-control-scale', '.ny-readout']
        .map(name => [name, document.querySelector(name)]).filter(([, node]) => node && node.offsetWidth)
        .map(([name, node]) => [name, node.getBoundingClientRect()]);
    if (boxes.length < 6) faults.push(`only ${boxes.map(([name]) => name)}`);
    const inside = (p, q) => p.left >= q.left - 0.5 && p.right <= q.right + 0.5 && p.top >= q.top - 0.5 && p.bottom <= q.bottom + 0.5;
    const meet = (p, q) => p.left < q.right && p.right > q.left && p.top < q.bottom && p.bottom > q.top;
    boxes.forEach(([name, box], i) => {
        if (!inside(box, frame)) faults.push(`${name} sticks out of the map`);
        for (const [other, its] of boxes.slice(0, i)) if (meet(box, its)) faults.push(`${name} on ${other}`);
        for (const label of document.querySelectorAll('.ny-label')) {
            if (meet(label.getBoundingClientRect(), box)) faults.push(`${name} on the name ${label.textContent}`);
        }
    });
    for (const label of document.querySelectorAll('.ny-label')) {
        if (!inside(label.getBoundingClientRect(), frame)) faults.push(`the name ${label.textContent} is cut`);
    }
    const input = document.querySelector('.ny-search input');
    if (input.clientWidth < 120) faults.push('the search has no room');
    for (const row of nanyi.rows.values()) {
        const on = row.parts.some(part => map.hasLayer(part.group));
        if (row.inputs.some(one => one.checked !== on)) faults.push(`the switch of ${row.name}`);
        if (row.block && row.block.hidden === on) faults.push(`the legend of ${row.name}`);
    }
    const part = key => Object.values(nanyi.parts).find(one => one.meta.key === key);
    const counties = L.latLngBounds([]);
    for (const item of part('counties').items) counties.extend(item.getBounds());
    const [a, b] = [counties.getNorthWest(), counties.getSouthEast()].map(at => map.latLngToContainerPoint(at));
    const size = map.getSize();
    const share = Math.max((b.x - a.x) / size.x, (b.y - a.y) / size.y);
    if (a.x < 0 || a.y < 0 || b.x > size.x || b.y > size.y) faults.push('the counties are cut');
    if (share <= 0.5) faults.push(`the counties take ${share.toFixed(2)} of the map`); // the next zoom level would show them whole
    const relief = document.querySelector('.leaflet-overlay-pane img, .leaflet-pane img.leaflet-image-layer');
    const seen = relief && relief.getBoundingClientRect();
    const whole = { left: a.x + frame.left, top: a.y + frame.top, right: b.x + frame.left, bottom: b.y + frame.top };
    if (!seen || !inside(whole, seen)) faults.push('no relief under the counties');
    return faults; }"""


def turn(page, theme, lang) -> None:
    """Open a theme of the book in a language."""
    page.evaluate("view => nanyi.book.go(view)", {"theme": theme, "lang": lang})
    page.wait_for_function(
        "([theme, lang]) => document.body.dataset.ready === '1' && nanyi.book.theme === theme"
        " && document.documentElement.lang.startsWith(lang)",
        arg=[theme, lang],
    )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_every_theme_on_a_screen(coarse_atlas, size):
    found = {}
    with open_page(coarse_atlas / BOOK, size=size) as page:
        themes = page.evaluate("nanyi.book.contents.order")
        assert len(themes) >= 17
        for lang in ("zh", "en"):
            for theme in themes:
                turn(page, theme, lang)
                if faults := page.evaluate(FAULTS):
                    found[f"{lang} {theme}"] = faults
                page.assert_clean()
                if KEEPS and theme in KEPT:
                    SCREENS.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=SCREENS / f"{size[0]}x{size[1]}_{lang}_{theme}.png")
    assert found == {}, json.dumps(found, ensure_ascii=False, indent=1)
