"""The atlas as an office uses it: five screens, two languages, fifteen tasks; from one file, without any network."""

import csv
import io
import json
import math
import os
import re
import tomllib
import zipfile
from pathlib import Path

import geopandas as gpd
import pyproj
import pytest
import rasterio
from browser import open_page
from firefox import open_firefox

from nanyi_gis import accessibility, plan
from nanyi_gis.io import data_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOOK = "atlas.html"
LIKE_ANOTHER = re.compile("suitability_(?!orange)|access_(?!hospital)|siting_(?!sub_centres)")  # alike
SIZES = [(1366, 657), (1920, 969), (768, 1024), (700, 500), (390, 844)]
ROOT = Path(__file__).resolve().parent.parent
SCREENS = ROOT / "build" / "screens"
GUIDE = ROOT / "docs" / "planner_tasks.md"
KEPT = ("overview", "suitability_orange", "plan_items")  # themes of which pictures are kept
KEEPS = os.environ.get("CI") == "true" or "NANYI_GIS_SCREENS" in os.environ

FAULTS = """() => {
    const faults = [];
    if (document.documentElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways');
    for (const image of document.images) if (!image.complete || !image.naturalWidth) faults.push('an empty picture');
    const map = nanyi.map;
    if (!map) return document.querySelectorAll('a.card').length > 10 ? faults : [...faults, 'no cards'];
    const frame = map.getContainer().getBoundingClientRect();
    const boxes = ['.ny-search input', '.ny-tools', '.ny-layers', '.ny-legend', '.ny-north', '.leaflet-control-scale',
        '.ny-readout'].map(name => [name, document.querySelector(name)]).filter(([, node]) => node && node.offsetWidth)
        .map(([name, node]) => [name, node.getBoundingClientRect()]);
    if (boxes.length < 6) faults.push(`only ${boxes.map(([name]) => name)}`);
    const inside = (p, q) => p.left >= q.left - 0.5 && p.right <= q.right + 0.5
        && p.top >= q.top - 0.5 && p.bottom <= q.bottom + 0.5;
    const meet = (p, q) => p.left < q.right - 1 && p.right > q.left + 1 && p.top < q.bottom - 1 && p.bottom > q.top + 1;
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
    // at a half, the next zoom level would show them whole
    if (share <= 0.5) faults.push(`the counties take ${share.toFixed(2)} of the map`);
    const relief = document.querySelector('.leaflet-overlay-pane img, .leaflet-pane img.leaflet-image-layer');
    const seen = relief && relief.getBoundingClientRect();
    const whole = { left: a.x + frame.left, top: a.y + frame.top, right: b.x + frame.left, bottom: b.y + frame.top };
    if (!seen || !inside(whole, seen)) faults.push('no relief under the counties');
    return faults; }"""

RESTS = "!nanyi.map._animatingZoom && location.hash === nanyi.state.hash()"  # the address says what is seen
UNFOLD = """name => new Promise(done => {
    const box = document.querySelector(name);
    if (box.open) { done(); return; }
    box.addEventListener('toggle', () => setTimeout(done, 40), { once: true });
    box.open = true; })"""


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
    """On a laptop and a telephone all themes in both languages; on the others the languages take turns."""
    found, between = {}, size not in (SIZES[0], SIZES[-1])
    with open_page(coarse_atlas / BOOK, size=size) as page:
        themes = page.evaluate("nanyi.book.contents.order")
        assert len(themes) >= 17
        for lang in ("zh", "en"):
            for number, theme in enumerate([*themes, "overview"]):
                turns = theme not in KEPT and number % 2 != (lang == "en")
                if between and (turns or LIKE_ANOTHER.match(theme)):
                    continue
                turn(page, theme, lang)
                if faults := page.evaluate(FAULTS):
                    found[f"{lang} {theme}"] = faults
                page.assert_clean()
                if KEEPS and theme in KEPT:
                    SCREENS.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=SCREENS / f"{size[0]}x{size[1]}_{lang}_{theme}.png")
                if theme in KEPT:
                    for box in (".ny-layers", ".ny-legend"):
                        page.evaluate(UNFOLD, box)
                        if faults := page.evaluate(FAULTS):
                            found[f"{lang} {theme}, {box} open"] = faults
        page.locator(".ny-search input").fill("tpz")
        page.locator(".ny-found li").first.click()  # not under another box
        page.locator(".leaflet-popup").wait_for()
        page.wait_for_timeout(300)
        assert page.locator(".leaflet-popup").is_visible()  # the end of the press has not closed it
        page.assert_clean()
    assert found == {}, json.dumps(found, ensure_ascii=False, indent=1)


# ---- the fifteen tasks of an office


class Clicks:
    """A reader at the atlas who counts: presses, keys, texts typed and choices from lists."""

    def __init__(self, page) -> None:
        self.page = page
        self.count = 0
        self.most = 0

    def start(self) -> None:
        """Open the atlas anew at its first page, from where every task is counted."""
        address = self.page.url.partition("#")[0]
        self.page.goto("about:blank")
        self.page.goto(f"{address}#theme=index&lang=zh")
        self.page.wait_for_selector("body[data-ready='1']", state="attached")
        self.count = 0

    def _one(self) -> None:
        self.count += 1
        self.most = max(self.most, self.count)

    def press(self, where, **options) -> None:
        self._one()
        (self.page.locator(where) if isinstance(where, str) else where).first.click(**options)

    def press_at(self, place) -> None:
        self._one()
        self.page.click_at(place.geometry.x, place.geometry.y)

    def type(self, where: str, text: str) -> None:
        self._one()
        self.page.locator(where).first.fill(text)

    def key(self, name: str) -> None:
        self._one()
        self.page.keyboard.press(name)

    def choose(self, where: str, text: str) -> None:
        """Choose what begins so from a list."""
        self._one()
        field = self.page.locator(where).first
        label = next(told for told in field.locator("option").all_inner_texts() if told.startswith(text))
        field.select_option(label=label)

    def open(self, theme: str) -> None:
        """Press the card of a theme on the first page."""
        self.press(f"a.card[href*='theme={theme}&']")
        self.page.wait_for_function(
            "theme => document.body.dataset.ready === '1' && nanyi.book.theme === theme", arg=theme
        )


@pytest.fixture(scope="module")
def places():
    found = plan.load_places().set_index("name_zh")
    return found[found["located"]].to_crs(4326)


@pytest.fixture(scope="module")
def items():
    return {item.id: item for item in plan.load_plan().items}


@pytest.fixture(scope="module")
def minutes():
    """Minutes by township and year to each kind of facility, from the network and not from a page."""
    graphs = accessibility.scenario_graphs()
    return {
        kind: accessibility.township_minutes(kind, graphs=graphs).set_index("name_zh")
        for kind in accessibility.planner.FACILITIES
    }


@pytest.fixture(scope="module")
def office(coarse_atlas):
    with open_page(coarse_atlas / BOOK, size=SIZES[0]) as page:
        yield page


def named(stem, items, places) -> set[str]:
    """Return the items that carry a township's name, or are those of a place that does."""
    of_places = {key for keys in places.loc[places.index.str.contains(stem), "plan_ids"] for key in keys}
    return {key for key, item in items.items() if stem in item.name_zh} | of_places


def shown_rows(page, table: str) -> list[str]:
    return page.locator(f"{table} tbody tr:not([hidden])").evaluate_all("rows => rows.map(row => row.dataset.card)")


def panel(title: str) -> str:
    return f".ny-panel:has(summary:has-text('{title}'))"


def column(page, table: str, head: str) -> list[tuple[str, float]]:
    """Return the names and the numbers of a column, in the order shown."""
    return page.locator(f"{table} table").evaluate(
        """(box, head) => {
            const at = [...box.tHead.rows[0].cells].findIndex(cell => cell.textContent.includes(head));
            const rows = [...box.tBodies[0].rows];
            return rows.map(row => [row.cells[0].textContent, Number(row.cells[at].dataset.v)]); }""",
        head,
    )


SEARCH = ".ny-search input"


def find_a_township(do, facts):
    place = facts["places"].loc["太平镇"].geometry
    for theme in ("overview", "suitability_orange"):
        do.start()
        do.open(theme)
        for typed in ("太平镇", "taiping", "tpz"):
            do.count = 1
            do.page.evaluate("() => { nanyi.map.closePopup(); nanyi.map.setView([28, 105.4], 9, { animate: false }); }")
            do.type(SEARCH, typed)
            do.key("Enter")
            do.page.wait_for_function(
                "([lon, lat]) => nanyi.map.getZoom() >= 11 && nanyi.map.getBounds().contains([lat, lon])"
                " && nanyi.map._popup && nanyi.map.distance(nanyi.map._popup.getLatLng(), [lat, lon]) < 50",
                arg=[place.x, place.y],
            )
            assert "太平镇" in do.page.locator(".leaflet-popup h3").inner_text()


def read_a_place(do, facts):
    do.start()
    do.open("suitability_orange")
    do.type(SEARCH, "105.40 28.30")
    do.key("Enter")
    said = do.page.locator(".leaflet-popup").inner_text().split("\n")
    height = float(re.match(r"[\d,]+", said[said.index("高程") + 1])[0].replace(",", ""))
    with rasterio.open(data_file("dem/demo_dem_90m.tif")) as source:
        spot = pyproj.Transformer.from_crs(4326, source.crs, always_xy=True).transform(105.40, 28.30)
        fine = next(source.sample([spot]))[0]
    assert height == pytest.approx(fine, abs=150)  # the pages of the tests have cells of 400 m
    band = next(
        name for top, name in ((700, "<700"), (900, "700-900"), (1200, "900-1200"), (9e9, ">=1200")) if height < top
    )
    assert said[said.index("海拔带") + 1] == band
    crop = tomllib.loads(data_file("crops/orange.toml").read_text(encoding="utf-8"))
    limits = next(one["high"] for one in crop["criterion"] if one["id"] == "elevation")
    best = next((name for name in ("S1", "S2", "S3") if height <= limits[name]), "N")
    classes = ["S1", "S2", "S3", "N"]
    worst = said[said.index("等级") + 1].split()[0]
    assert classes.index(worst) >= classes.index(best)  # the worst factor decides, and the height is one of them
    assert said[said.index("限制因子") + 1]


def clauses_of_a_township(do, facts):
    do.start()
    do.open("plan_items")
    table = panel("规划条目（")
    do.choose(f"{table} select[aria-label='乡镇']", "石厢子")
    assert set(shown_rows(do.page, table)) == named("石厢子", facts["items"], facts["places"])
    do.press(f"{table} tr[data-card='I-16'] a")
    card = do.page.locator(".ny-card")
    item = facts["items"]["I-16"]
    assert card.locator("blockquote").inner_text() == item.quote
    assert card.locator(".ny-over").inner_text().startswith(item.clauses[0])
    do.page.wait_for_function("() => document.querySelectorAll('.leaflet-ny-ring-pane path').length > 0")


def most_minutes_saved(do, facts):
    do.start()
    do.open("access_hospital")
    table = panel("各乡镇用时")
    for _ in range(2):  # the second press turns the order round
        do.press(f"{table} th button:has-text('节省')")
    with do.page.page.expect_download() as saved:
        do.press(f"{table} .ny-table-tools button:has-text('CSV')")
    lines = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8-sig"))))
    truth = facts["minutes"]["county_hospital"]["saved_complete"]
    wanted = truth.dropna().sort_values(ascending=False)
    assert lines[0]["乡镇"] == wanted.index[0]
    assert len(lines) == len(truth)
    for line in lines:
        if line["节省"]:
            assert float(line["节省"]) == pytest.approx(truth[line["乡镇"]], abs=0.051)
            assert re.fullmatch(r"-?\d+(\.\d)?", line["节省"])


def two_years(do, facts):
    do.start()
    do.open("access_hospital")
    do.press("[data-tool=compare]")
    do.page.locator(".ny-divider").wait_for()
    do.choose(".ny-compare select >> nth=0", "规划时 2022-03")
    do.choose(".ny-compare select >> nth=1", "现状 2026-02")
    do.page.wait_for_function("() => nanyi.swipe.said().startsWith('2022|today')")
    legend = do.page.locator(".ny-legend").inner_text()
    assert "规划时 2022-03" in legend
    assert "现状 2026-02" in legend
    truth = facts["minutes"]["county_hospital"]
    for head, year in (("规划时 2022-03", "2022"), ("现状 2026-02", "today")):
        for name, value in column(do.page, panel("各乡镇用时"), head):
            assert value == pytest.approx(truth[year][name], abs=0.051, nan_ok=True), name
    do.page.locator(".ny-compare .ny-close").click()


def measure_between_towns(do, facts):
    do.start()
    do.open("overview")
    do.press(do.page.locator(".ny-tools button[aria-pressed]"))
    ends = [facts["places"].loc[name] for name in ("二郎镇", "太平镇")]
    for end in ends:
        do.press_at(end)
    told = float(do.page.locator(".ny-measure").inner_text().split(" km")[0])
    (a, b) = (end.geometry for end in ends)
    assert told == pytest.approx(pyproj.Geod(ellps="GRS80").inv(a.x, a.y, b.x, b.y)[2] / 1000, rel=0.02)
    do.page.keyboard.press("Escape")
    do.page.keyboard.press("Escape")


def share_a_view(do, facts):
    do.start()
    do.open("overview")
    do.press(do.page.locator(".ny-tools button").nth(0))
    do.page.wait_for_function(f"() => location.hash.includes('map=') && {RESTS}")
    do.count += 1  # the address is copied
    do.most = max(do.most, do.count)
    seen = "() => { const v = nanyi.state.get(); return [v.theme, v.on, v.map.map(x => +x.toFixed(4))]; }"
    there = do.page.page.context.new_page()
    there.goto(do.page.url)
    there.wait_for_selector("body[data-ready='1']", state="attached")
    assert there.evaluate(seen) == do.page.evaluate(seen)
    there.close()


def print_a_crop(do, facts):
    do.start()
    do.open("suitability_sorghum")
    do.page.evaluate("window.print = () => { window.asked = true; }")
    do.press(do.page.locator(".ny-tools button[aria-label='打印']"))
    assert do.page.evaluate("window.asked") is True
    sheet = do.page.pdf(format="A4", landscape=True)
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", sheet)
    assert [float(side) / 72 * 25.4 for side in box.groups()] == pytest.approx([297, 210], abs=1)


def contradictions(do, facts):
    do.start()
    checks = {check.title_zh for check in plan.load_plan().checks if check.verdict == "CONTRADICTION"}
    field = "select[aria-label='结论']"
    do.choose(field, "矛盾")
    rows = do.page.evaluate(
        """field => { const box = document.querySelector(field).closest('details');
            const rows = [...box.querySelectorAll('tbody tr')].filter(row => !row.hidden);
            return rows.map(row => row.cells[0].textContent.trim()); }""",
        field,
    )
    assert set(rows) == checks


def where_the_road_goes(do, facts):
    item = facts["items"]["I-15"]
    assert item.quantities[0].value == 446
    do.start()
    do.open("overview")
    do.type(SEARCH, "446")
    do.key("Enter")
    card = do.page.locator(".ny-card")
    card.wait_for()
    assert item.quote in card.inner_text()
    do.start()
    do.open("route")
    told = do.page.locator(panel("446 km 在哪里")).inner_text()
    known = {name: figure.value for name, figure in plan.load_plan().check("C-11").inputs.items()}
    rest = 446 - known["shuiliao_taiping"] - known["shixiangzi_xuyong"]
    for number in (446, known["shuiliao_taiping"], known["shixiangzi_xuyong"], rest):
        assert f"{number:g}公里" in told


def what_is_schematic(do, facts):
    do.start()
    do.open("overview")
    boxes = do.page.locator(".ny-rows fieldset").evaluate_all(
        "sets => sets.flatMap(set => [...set.querySelectorAll('label')].map(row => [row.querySelector('.ny-name'),"
        " set.querySelector('legend') || row, row].map(node => node.textContent)))"
    )
    told = {name for name, group, text in boxes if "示意" in group + text}
    assert "schematic" in set(gpd.read_file(data_file("network/corridors.geojson"))["evidence"])
    drawn = {"铁路", "高速公路", "红色旅游路", "其他公路", "酱酒组团（示意）", "康养两核（示意）"}
    assert drawn <= told
    assert not told & {"地形晕渲", "两县县界", "乡镇驻地", "县城"}


def to_other_programs(do, facts):
    with open_page(facts["atlas"] / "index.html", size=SIZES[0], ready=False) as page:
        other = Clicks(page)
        for file in ("data/nanyi.gpkg", "data/tables.xlsx"):
            other.count = 0
            with page.page.expect_download() as saved:
                other.press(f"a[href='{file}']")
            kept = facts["folder"] / Path(file).name
            saved.value.save_as(kept)
            if file.endswith("gpkg"):
                counties = gpd.read_file(kept, layer="counties")
                assert sorted(counties["name_zh"]) == ["叙永县", "古蔺县"]
                styles = gpd.read_file(kept, layer="layer_styles")
                assert "counties" in set(styles["f_table_name"])
            else:
                assert zipfile.ZipFile(kept).testzip() is None
        do.most = other.most


def farthest_town(do, facts):
    do.start()
    do.open("townships")
    table = panel("全部乡镇总表")
    for _ in range(2):
        do.press(f"{table} th button:has-text('类设施合计')")
    total = sum(found["today"] for found in facts["minutes"].values())
    name, value = column(do.page, table, "类设施合计")[0]
    assert (name, value) == (total.idxmax(), pytest.approx(total.max(), abs=0.6))


def planned_in_a_township(do, facts):
    do.start()
    do.open("townships")
    do.choose(".ny-choose select", "分水镇")
    leaf = do.page.locator(".ny-leaf:not([hidden])")
    found = leaf.locator("[data-card]").evaluate_all("links => links.map(link => link.dataset.card)")
    assert {key for key in found if not key.startswith("C-")} == named("分水", facts["items"], facts["places"])


def who_and_by_when(do, facts):
    item = facts["items"]["I-20"]
    do.start()
    do.open("plan_items")
    table = panel("规划条目（")
    do.type(f"{table} .ny-filter input", item.name_zh)
    do.page.wait_for_function("() => document.querySelector('.ny-shown').textContent.includes(' 1 ')")
    do.press(f"{table} tr[data-card='I-20'] a")
    said = do.page.locator(".ny-card").inner_text()
    assert "、".join(item.lead) in said
    assert str(item.year) in said


TASKS = {
    1: ("太平镇 by name, pinyin, initials", find_a_township),
    2: ("height and class at 105.40 E 28.30 N", read_a_place),
    3: ("clause and figures for 石厢子", clauses_of_a_township),
    4: ("townships by minutes saved, to a spreadsheet", most_minutes_saved),
    5: ("2022 against today, hospital", two_years),
    6: ("measure 二郎–太平", measure_between_towns),
    7: ("share a view", share_a_view),
    8: ("sorghum on A4", print_a_crop),
    9: ("which figures contradict each other", contradictions),
    10: ("where the 446 km road goes", where_the_road_goes),
    11: ("which layers are schematic", what_is_schematic),
    12: ("counties to QGIS and WPS", to_other_programs),
    13: ("the town far from everything", farthest_town),
    14: ("everything planned in 分水镇", planned_in_a_township),
    15: ("who is responsible, by when", who_and_by_when),
}
MOST = 4  # clicks that a task may take


@pytest.mark.parametrize("number", TASKS)
def test_a_task_of_the_office(office, coarse_atlas, places, items, minutes, tmp_path, number):
    """The planner gets the answer, by no more clicks than the guide says."""
    title, task = TASKS[number]
    do = Clicks(office)
    task(do, {"places": places, "items": items, "minutes": minutes, "atlas": coarse_atlas, "folder": tmp_path})
    office.assert_clean()
    guide = (GUIDE).read_text(encoding="utf-8")
    stated = re.search(rf"^\| {number} \| ([^|]+) \| .* \| (\d+) \|$", guide, re.MULTILINE)
    assert stated, f"docs/planner_tasks.md has no row for task {number}: {title}, {do.most} clicks"
    assert (stated[1], int(stated[2])) == (title, do.most)
    assert do.most <= MOST


# ---- by keys, and to the pixel

NEXT = """() => { const node = document.activeElement;
    if (!node || node === document.body) return null;
    node.dataset.reached = '1';
    const style = getComputedStyle(node.matches('.ny-scenario input') ? node.nextElementSibling : node);
    const name = node.getAttribute('aria-label') || node.title || node.textContent.trim()
        || (node.labels && [...node.labels].map(label => label.textContent).join('').trim());
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return [node.outerHTML.slice(0, 90), Boolean(name), ring]; }"""

MISSED = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
.filter(node => {
    if (node.dataset.reached || node.tabIndex < 0 || node.disabled || !node.getClientRects().length) return false;
    const closed = node.closest('details:not([open])');
    if (closed && node.parentElement !== closed) return false;
    return !(node.type === 'radio' && !node.checked); // of a group of choices one is a stop, the arrows do the rest
}).map(node => node.outerHTML.slice(0, 120))"""


def test_every_control_is_reached_by_the_keys(coarse_atlas):
    with open_page(coarse_atlas / BOOK, size=(1366, 657)) as page:
        turn(page, "access_hospital", "zh")
        page.evaluate("document.querySelector('.ny-skip').focus()")
        stops = [page.evaluate(NEXT)]
        for _ in range(160):
            page.keyboard.press("Tab")
            stop = page.evaluate(NEXT)
            if stop is None or (len(stops) > 5 and stop[0] == stops[0][0]):
                break
            stops.append(stop)
        assert [node for node, named, _ in stops if not named] == []
        assert [node for node, _, ring in stops if not ring] == []
        assert page.evaluate(MISSED) == []
        page.locator(".ny-scenario input:checked").focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate("nanyi.state.get().year") == "complete"
        page.locator(".ny-rows input[type=checkbox]").first.focus()
        page.keyboard.press("Space")
        assert "relief" not in page.evaluate("nanyi.state.get().on")
        page.locator("[data-tool=compare]").focus()
        page.keyboard.press("Enter")
        page.locator(".ny-divider").wait_for()
        page.locator(".ny-search input").focus()
        page.keyboard.type("tpz")
        page.keyboard.press("Enter")
        page.locator(".leaflet-popup").wait_for()
        page.assert_clean()


def mercator(lon: float, lat: float, zoom: float) -> tuple[float, float]:
    """Return the pixel of a place in the plane of all tiles: x = S (λ + π) / 2π, y = S (π - ln tan(π/4 + φ/2)) / 2π."""
    side = 256 * 2**zoom
    y = math.pi - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return side * (lon + 180) / 360, side * y / (2 * math.pi)


def test_things_lie_within_a_pixel_of_their_place(coarse_atlas, places):
    drawn = """code => { const part = Object.values(nanyi.parts).find(one => one.meta.key === 'township');
        const node = part.items[part.ids.indexOf(code)].getElement().getBoundingClientRect();
        const frame = nanyi.map.getContainer().getBoundingClientRect();
        return [node.left + node.width / 2 - frame.left, node.top + node.height / 2 - frame.top]; }"""
    picture = """() => { const part = Object.values(nanyi.parts).find(one => one.meta.key === 'relief');
        const [layer] = part.group.getLayers(), own = layer.getElement().getBoundingClientRect(), b = layer.getBounds();
        const frame = nanyi.map.getContainer().getBoundingClientRect();
        return [own.left - frame.left, own.top - frame.top, own.right - frame.left, own.bottom - frame.top,
            b.getWest(), b.getNorth(), b.getEast(), b.getSouth()]; }"""
    with open_page(coarse_atlas / BOOK, size=(1366, 657)) as page:
        turn(page, "townships", "zh")
        for name, zoom in (("太平镇", 9), ("分水镇", 11.5), ("黄荆镇", 14)):
            at = places.loc[name]
            page.evaluate(
                "([lat, lon, zoom]) => { nanyi.map.setView([lat, lon], zoom, { animate: false }); }",
                [at.geometry.y + 0.002, at.geometry.x - 0.003, zoom],
            )
            view = page.evaluate(
                "() => { const c = nanyi.map.getCenter(), s = nanyi.map.getSize(); "
                "return [c.lng, c.lat, nanyi.map.getZoom(), s.x / 2, s.y / 2]; }"
            )
            left, top = mercator(view[0], view[1], view[2])

            def on_screen(lon, lat, view=view, left=left, top=top):
                x, y = mercator(lon, lat, view[2])
                return [x - left + view[3], y - top + view[4]]

            assert page.evaluate(drawn, at["code"]) == pytest.approx(on_screen(at.geometry.x, at.geometry.y), abs=1)
            *box, west, north, east, south = page.evaluate(picture)
            assert box == pytest.approx([*on_screen(west, north), *on_screen(east, south)], abs=1)
        page.assert_clean()


# ---- another browser


def test_the_core_path_in_firefox(coarse_atlas):
    """Open the one file, change the theme, find a township, see its card, and restore the view from its address."""
    address = (coarse_atlas / BOOK).as_uri()
    with open_firefox() as page:
        page.open(address)
        page.wait("document.body.dataset.ready === '1' && nanyi.book.theme === 'index'")
        page.press("a.card[href*='theme=suitability_orange&']")
        page.wait("document.body.dataset.ready === '1' && nanyi.book.theme === 'suitability_orange'")
        assert page.evaluate(FAULTS.strip().removeprefix("() => ").join(("(() => ", ")()"))) == []
        page.press(".ny-search input")
        page.type("tpz")
        page.wait("document.querySelectorAll('.ny-found li').length > 0")
        page.press(".ny-found li")
        page.wait("document.querySelector('.leaflet-popup h3') && nanyi.map.getZoom() >= 11")
        assert "太平镇" in page.evaluate("document.querySelector('.leaflet-popup h3').textContent")
        page.evaluate("nanyi.book.go({ theme: 'plan_items', lang: 'zh', card: 'I-16' })")
        page.wait("document.querySelector('.ny-card') && nanyi.book.theme === 'plan_items'")
        quote = plan.load_plan().item("I-16").quote
        assert page.evaluate("document.querySelector('.ny-card blockquote').textContent") == quote
        zoom = page.evaluate("nanyi.map.getZoom()")
        page.press("[aria-label='放大']")
        page.wait(f"nanyi.map.getZoom() > {zoom} && {RESTS}")
        view = "(({ theme, map, card, on }) => [theme, map.map(x => x.toFixed(3)), card, on])(nanyi.state.get())"
        before, shared = page.evaluate(view), page.evaluate("location.hash")
        page.open("about:blank")
        page.open(address + shared)
        page.wait("document.body.dataset.ready === '1' && document.querySelector('.ny-card')")
        assert page.evaluate(view) == before
        page.assert_clean()
