"""Pages: bytes and times of an atlas, of 20,000 points and of 50,000 lines, beside folium as it comes.

Times are of Chromium from the navigation to the page that answers, medians; ``4x`` is the same with the processor
four times slower (DevTools). Without playwright or Chromium only bytes are measured.
"""

import contextlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely

from nanyi_gis.webmap import Page, save_offline

BOUNDS = (105.0, 27.6, 106.4, 28.6)
REPEATS = 3
READY = "body[data-ready='1']"
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
STEP = """async () => {
    const map = window.nanyi && nanyi.map ? nanyi.map : Object.values(window).find(one => one instanceof L.Map);
    const start = performance.now();
    map.setZoom(map.getZoom() + 1, {animate: false});
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - start; }"""


def points(count: int = 20_000) -> gpd.GeoDataFrame:
    """Return made points with names and a class."""
    rng = np.random.default_rng(1)
    at = gpd.points_from_xy(rng.uniform(105.0, 106.4, count), rng.uniform(27.6, 28.6, count))
    kinds = rng.choice(["a", "b", "c"], count)
    return gpd.GeoDataFrame({"name": [f"p{i}" for i in range(count)], "kind": kinds}, geometry=at, crs=4326)


def lines(count: int = 50_000, vertices: int = 8) -> gpd.GeoDataFrame:
    """Return made roads of some 800 m, with a class."""
    rng = np.random.default_rng(2)
    starts = rng.uniform([105.0, 27.6], [106.4, 28.6], (count, 1, 2))
    turns = rng.uniform(0, 2 * np.pi, (count, 1)) + rng.normal(0, 0.4, (count, vertices)).cumsum(axis=1)
    steps = 0.0011 * np.stack([np.cos(turns), np.sin(turns)], axis=2)
    kinds = rng.choice(["primary", "secondary", "tertiary", "track"], count)
    return gpd.GeoDataFrame(
        {"kind": kinds}, geometry=shapely.linestrings(starts + steps.cumsum(axis=1)), crs=4326
    )  # fmt: skip


COLOURS = {"a": "#0072B2", "b": "#D55E00", "c": "#009E73"}
ROADS = {"primary": "#B5562B", "secondary": "#8c6d76", "tertiary": "#aaaaaa", "track": "#cccccc"}


def our_points(path: Path) -> None:
    """Write the points as a page of ours."""
    page = Page(title="20,000 points", lang="en", bounds=BOUNDS)
    styles = {kind: {"color": colour} for kind, colour in COLOURS.items()}
    page.add_points("points", points(), label="name", popup=[("kind", "Kind")], style_by="kind", styles=styles)
    page.save(path)


def our_lines(path: Path) -> None:
    """Write the lines as a page of ours."""
    page = Page(title="50,000 roads", lang="en", bounds=BOUNDS)
    styles = {kind: {"color": colour} for kind, colour in ROADS.items()}
    page.add_lines("roads", lines(), popup=[("kind", "Kind")], style_by="kind", styles=styles)
    page.save(path)


def _folium(frame: gpd.GeoDataFrame, path: Path, layer: Any) -> None:
    west, south, east, north = BOUNDS
    made = folium.Map([(south + north) / 2, (west + east) / 2], zoom_start=9, tiles=None)
    made.add_child(layer(frame))
    save_offline(made, path, lang="en")  # but for the libraries, folium's own document


def folium_points(path: Path) -> None:
    """Write the points as folium's GeoJson with a circle for each."""
    _folium(points(), path, lambda frame: folium.GeoJson(
        frame, marker=folium.CircleMarker(radius=5, fill=True), tooltip=folium.GeoJsonTooltip(["name"]),
        style_function=lambda feature: {"color": COLOURS[feature["properties"]["kind"]]},
    ))  # fmt: skip


def folium_lines(path: Path) -> None:
    """Write the lines as folium's GeoJson with a style function."""
    _folium(lines(), path, lambda frame: folium.GeoJson(
        frame, tooltip=folium.GeoJsonTooltip(["kind"]),
        style_function=lambda feature: {"color": ROADS[feature["properties"]["kind"]], "weight": 2},
    ))  # fmt: skip


@contextlib.contextmanager
def _browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        yield None
        return
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=binary, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def opened(browser: Any, path: Path, *, slower: int = 1, ours: bool = True) -> tuple[float, float]:
    """Return the seconds until a page answers, and of a zoom step after that."""
    context = browser.new_context(viewport={"width": 1366, "height": 657}, offline=True)
    page = context.new_page()
    page.set_default_timeout(300_000)
    if slower > 1:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    start = time.perf_counter()
    page.goto(path.as_uri(), wait_until="commit" if ours else "load")
    if ours:
        page.wait_for_selector(READY, state="attached")
    page.evaluate(FRAMES)
    ready = time.perf_counter() - start
    page.wait_for_timeout(500)
    step = (
        statistics.median(page.evaluate(STEP) for _ in range(2)) / 1000 if page.evaluate("!!window.L") else float("nan")
    )
    context.close()
    return ready, step


def measure(browser: Any, path: Path, *, ours: bool = True, repeats: int = REPEATS) -> str:
    """Return bytes and times of a page as cells of a table."""
    size = f"{path.stat().st_size / 1e6:.2f}"
    if browser is None:
        return f"{size} | | | | "
    cells = [size]
    for slower in (1, 4):
        found = [opened(browser, path, slower=slower, ours=ours) for _ in range(repeats)]
        ready, step = (statistics.median(values) for values in zip(*found, strict=True))
        cells += [f"{ready:.2f} s", f"{step * 1000:.0f} ms" if step == step else ""]
    return " | ".join(cells)


LARGE: list[tuple[str, Callable[[Path], None], bool]] = [
    ("20,000 points, ours", our_points, True),
    ("the same, folium as it comes", folium_points, False),
    ("50,000 roads of 8 vertices, ours", our_lines, True),
    ("the same, folium as it comes", folium_lines, False),
]


def main() -> None:
    """Print the tables."""
    from nanyi_gis.atlas import build_atlas

    head = "MB | ready | zoom step | ready, 4x slower | zoom step, 4x slower |\n|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as scratch, _browser() as browser:
        print(f"| large layers | {head}")
        for number, (name, make, ours) in enumerate(LARGE):
            path = Path(scratch) / f"{number}.html"
            make(path)
            print(f"| {name} | {measure(browser, path, ours=ours, repeats=REPEATS if ours else 1)} |", flush=True)
        folder = Path(scratch) / "atlas"
        build_atlas(folder)
        print(f"\n| page of the atlas | {head}")
        for path in sorted(folder.glob("*.html")):
            has_map = path.name not in {"index.html", "atlas.html"}  # first pages have none
            print(f"| {path.name} | {measure(browser, path, ours=has_map)} |", flush=True)


if __name__ == "__main__":
    main()
