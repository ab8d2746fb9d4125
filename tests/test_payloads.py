"""Nothing that stands in data is more than text: names, columns, plan texts, files, addresses, searches."""

import functools
import json
import re
import sqlite3
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import second_study
import shapely
import xarray as xr
from browser import open_page
from foreign import _unpacked
from payloads import HASHES, PAYLOADS, lettered

from nanyi_gis.atlas.build import build_atlas
from nanyi_gis.io import write_csv
from nanyi_gis.webmap import (
    Book,
    Card,
    CardIndex,
    FactCard,
    Gazetteer,
    GazetteerItem,
    GazetteerPlace,
    Page,
    Section,
    charts,
    cover_html,
    table_html,
)

BOUNDS = (105.0, 27.6, 106.4, 28.5)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">')
_RUNS = {"script", "iframe", "object", "embed", "base", "form", "meta", "link", "template"}


class Structure(HTMLParser):
    """Elements of a document with the names of their attributes: what is left when all texts are taken away."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "title":  # of a chart's label that is too long to stand there
            self.elements.append((tag, tuple(name for name, _ in attrs if name not in {"class", "title"})))
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action", "data", "srcdoc"}]


def test_the_corpus_is_large_and_of_many_kinds():
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 60
    assert len(HASHES) >= 15


def made(texts: tuple[str, ...], *, lang: str = "zh") -> Page:
    """Return a page with a text in every place that takes one."""
    first = texts[0]
    count = len(texts)
    places = [
        GazetteerPlace(key=f"p{k}", zh=text, en=text, pinyin=text, initials=text, rank=0, lon=105.5, lat=28.0)
        for k, text in enumerate(texts)
    ]
    items = [GazetteerItem(id=f"I-{k}", clauses=text, zh=text, en=text) for k, text in enumerate(texts)]
    names = {f"c{k}": text for k, text in enumerate(texts)}
    page = Page(
        title=first,
        subtitle=first,
        lang=lang,
        bounds=BOUNDS,
        provenance=list(texts),
        notice=first,
        nav=[("a.html", first)],
        review=first,
        series=first,
        dated=first,
        key="t",
        gazetteer=Gazetteer(places, kinds=[(first, first)], items=items),
        cards=CardIndex(file="t.html", names=names),
        said=lambda text: text[::-1],
    )
    frame = gpd.GeoDataFrame(
        {
            "name": texts,
            "value": texts[::-1],
            "source": texts,
            "as_of": texts,
            "evidence": texts,
            "items": [f"c{k}" for k in range(count)],
        },
        geometry=gpd.points_from_xy(np.linspace(105.2, 106.2, count), np.full(count, 28.0)),
        crs=4326,
    )
    page.add_points(
        first, frame, label="name", labels=True, popup=[("value", text) for text in texts[:6]], group=first,
        style_by="name", styles={text: {"color": "#0072B2", "label": text} for text in texts}, items="items",
        search=["value"], legend_title=first,
    )  # fmt: skip
    lines = gpd.GeoDataFrame(
        {"name": texts},
        geometry=[shapely.LineString([(105.2, 27.7 + k / 1000), (106, 27.7 + k / 1000)]) for k in range(count)],
        crs=4326,
    )
    page.add_lines(first + " ", lines, label="name", popup=[("name", first)])
    areas = gpd.GeoDataFrame({"name": [first]}, geometry=[shapely.box(105.3, 27.9, 105.6, 28.1)], crs=4326)
    page.add_polygons(first + "  ", areas, label="name", popup=[("name", first)])
    grid = xr.DataArray(
        np.ones((4, 4), np.uint8),
        dims=("y", "x"),
        coords={"y": [28.3, 28.2, 28.1, 28.0], "x": [105.2, 105.4, 105.6, 105.8]},
    ).rio.write_crs(4326)
    page.add_value_grid(first, grid, unit=first, classes={1: first}, reasons={1: first}, because=(first, first))
    page.add_switch(first, [first, texts[-1]], title=first)
    table = pd.DataFrame({first: texts, "b": list(texts[::-1])})
    page.add_table(first, table, note=first, filters=["b"], more=["b"])
    page.add_text(first, list(texts))
    page.add_chart(first, charts.bar_chart(dict.fromkeys(texts, 1.0), title=first, unit=first), note=first)
    profile = pd.DataFrame(
        {"branch": "a", "m": [0, 10.0], "z": [500.0, 510.0], "lon": [105.5, 105.6], "lat": [28, 28.0]}
    )
    marks = pd.DataFrame({"branch": "a", "m": 5.0, "name": texts})
    page.add_profile(first, profile, names={"a": first}, marks=marks)
    page.add_cards(
        [
            FactCard(
                key=f"c{k}", title=text, over=text, state=text, quote=text, facts=[(text, text)], head=[text],
                rows=[[text]], note=text, links=[(text, [("place", "p")])],
            )
            for k, text in enumerate(texts)
        ],
        places={"p": (first, 105.5, 28.0)},
    )  # fmt: skip
    return page


@functools.cache
def hostile_html() -> str:
    """A page of all hostile texts, made once for the tests that only read it."""
    return made(PAYLOADS).html()


def harmless(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return texts as long as the given ones, of figures and an x alone."""
    return tuple(f"{number:03d}".ljust(len(text), "x") for number, text in enumerate(texts))


@pytest.mark.parametrize(("start", "lang"), [(0, "zh"), (len(PAYLOADS) // 2, "en")])
def test_a_hostile_page_has_the_elements_of_a_harmless_one(lang, start):
    texts = PAYLOADS[start:] + PAYLOADS[:start]
    hostile, plain = made(texts, lang=lang).html(), made(harmless(texts), lang=lang).html()
    one, other = Structure(hostile), Structure(plain)
    assert one.elements == other.elements
    assert one.addresses == other.addresses
    assert POLICY.findall(hostile) == POLICY.findall(plain) != []


def test_every_text_stands_in_the_records_as_it_was_given():
    html = hostile_html()
    blocks = re.findall(r'<script type="application/json" id="[^"]+">(.*?)</script>', html, re.DOTALL)
    records = [json.loads(block) for block in blocks]
    texts = next(r for r in records if r.get("meta", {}).get("kind") == "points")["texts"]
    labels = (_unpacked(texts["z"]) if "z" in texts else texts)["label"]
    for given, shown in zip(PAYLOADS, labels, strict=True):
        whole = lettered(given)
        assert lettered(shown) == (whole if len(whole) <= 80 else whole[:79] + "…")


def test_the_policy_of_a_page_allows_no_request_and_no_plug_in():
    (policy,) = POLICY.findall(hostile_html())
    rules = dict(part.strip().split(" ", 1) for part in policy.replace("&#x27;", "'").split(";") if part.strip())
    assert rules["default-src"] == "'none'"
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "connect-src" not in rules or rules["connect-src"] == "'none'"


def test_a_hostile_book_and_first_page_have_the_elements_of_harmless_ones():
    def both(texts: tuple[str, ...]) -> tuple[str, str]:
        first = texts[0]
        cover = cover_html(
            title=first, subtitle=first, lang="zh", lead=texts, notice=first, foot=texts, review=first,
            cards=[Card(address="t.html", title=text, summary=text, picture=b"x", group=text) for text in texts],
            key_figures=[(text, text, text) for text in texts],
            sections=[Section(title=text, note=text, body=table_html(pd.DataFrame({text: [text]}))) for text in texts],
        )  # fmt: skip
        pages = {lang: [made(texts, lang=lang)] for lang in ("zh", "en")}
        return cover, Book(first, pages=pages, covers={"zh": cover, "en": cover}).html()

    for one, other in zip(both(PAYLOADS), both(harmless(PAYLOADS)), strict=True):
        hostile, plain = Structure(one), Structure(other)
        assert [e for e in hostile.elements if e[0] in _RUNS] == [e for e in plain.elements if e[0] in _RUNS]
        assert set(hostile.elements) == set(plain.elements)
        assert not [a for a in hostile.addresses if "script:" in a.lower()]
        assert POLICY.findall(one) == POLICY.findall(other) != []


def test_formulas_are_saved_as_text(tmp_path):
    path = write_csv(pd.DataFrame({text: list(PAYLOADS) for text in ("=1+1", "b")}), tmp_path / "t.csv")
    read = pd.read_csv(path, dtype=str, keep_default_na=False)
    for head in read.columns:
        assert head[0] not in "=+@\t"
    for text in read["b"]:
        assert not re.match(r"[=+@\t\r]|-\D", text), text


# ---- an atlas made of hostile data ---------------------------------------------------------------------------------

CARRIED = [text for text in PAYLOADS if text.isprintable() and len(text) < 200]
FILE_NAMES = ["<img src=x onerror=hit()>", "{{ 7 * 7 }}", "`${hit()}`", "=1+1", "');hit();", "𠮷 🏔️", "a b&c"]


def hostile_study(folder):
    """Write the second study with a payload for each name, note and source; a layer's file and columns as well."""
    study = second_study.write_study(folder / "study", bare=False)
    rows = pd.read_csv(study / "places.csv", dtype=str, keep_default_na=False)
    many = [rows.iloc[[k % 3]].assign(id=f"p{k}", code="", kind="wellness") for k in range(len(CARRIED))]
    for row, text in zip(many, CARRIED, strict=True):
        row["name_zh"], row["name_en"], row["source"], row["licence"], row["aliases"] = text, text, text, text, text
    pd.concat([rows, *many]).to_csv(study / "places.csv", index=False)
    items = [
        {
            **second_study.ITEM,
            "id": f"F-{k:02d}",
            "name_zh": text,
            "name_en": text,
            "quote": text + "  ",
            "baseline": text,
        }
        for k, text in enumerate(CARRIED[:90], start=1)
    ]
    (study / "plan" / "items.json").write_text(json.dumps(items), encoding="utf-8")
    crop = second_study.TEA.replace('name_en = "tea"', f"name_en = {json.dumps(CARRIED[5])}")
    crop = crop.replace('name_zh = "茶"', f"name_zh = {json.dumps(CARRIED[0])}")
    (study / "tea.toml").write_text(
        crop.replace("a number for this test", "<img src=x onerror=hit()>"), encoding="utf-8"
    )
    record = (study / "study.toml").read_text(encoding="utf-8")
    for key in ("title_zh", "title_en", "subtitle_zh", "river_zh", "river_en", "plan_title_zh", "plan_source_en"):
        record = re.sub(rf'^{key} = ".*"$', f"{key} = {json.dumps(CARRIED[7])}", record, flags=re.MULTILINE).replace(
            "\\x", "x"
        )
    (study / "study.toml").write_text(record, encoding="utf-8")
    layers = []
    for number, name in enumerate(FILE_NAMES):
        frame = gpd.GeoDataFrame(
            {text: [text, "b"] for text in CARRIED[number * 6 : number * 6 + 6]},
            geometry=gpd.points_from_xy([117.8, 117.9], [29.2, 29.3]), crs=4326,
        )  # fmt: skip
        path = folder / f"{name}.geojson"
        path.write_text(frame.to_json(), encoding="utf-8")  # a driver cuts a name at its semicolon
        layers.append(path)
    return study, second_study.write_dem(folder / "dem.tif"), layers


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    study, dem, layers = hostile_study(folder)
    build_atlas(folder / "atlas", study=study, dem=[dem], layers=layers, resolution=1000)
    return folder / "atlas"


def test_a_hostile_study_makes_an_atlas_that_runs_nothing(atlas):
    pages = sorted(atlas.glob("*.html"))
    assert len(pages) >= 4
    for path in pages:
        html = path.read_text(encoding="utf-8")
        structure = Structure(html)
        assert POLICY.findall(html)
        assert not [e for e in structure.elements if e[0] in {"iframe", "object", "embed", "base", "form"}]
        assert not [name for _, names in structure.elements for name in names if name.startswith("on")]
        assert not [a for a in structure.addresses if re.match(r"\s*(java|vb)script:", a, re.IGNORECASE)]
        assert "\n<script>hit()" not in re.sub(
            r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL
        )


def test_the_workbook_of_a_hostile_study_has_no_formula(atlas):
    book = openpyxl.load_workbook(atlas / "data" / "tables.xlsx")
    formulas = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == []


def cells_of(atlas) -> list:
    book = openpyxl.load_workbook(atlas / "data" / "tables.xlsx")
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_the_workbook_of_a_hostile_study_tells_texts_as_they_are_and_links_to_nothing_that_runs(atlas):
    cells = cells_of(atlas)
    told = {str(cell.value) for cell in cells}
    for text in ("=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(1+1)", "<img src=x onerror=hit()>"):
        assert text in CARRIED
        assert text in told, text
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "d"}
    with zipfile.ZipFile(atlas / "data" / "tables.xlsx") as packed:
        links = "".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".rels"))
    assert not re.search(r'Target="(?:javascript|vbscript|data|file):', links, re.IGNORECASE)


def test_the_earth_file_of_a_hostile_study_is_well_formed_and_its_descriptions_run_nothing(atlas):
    root = ElementTree.parse(atlas / "data" / "nanyi.kml").getroot()
    told = [element.text or "" for element in root.iter() if element.tag.endswith("}name")]
    assert "<img src=x onerror=hit()>" in told
    assert "${hit()}" in told
    described = [element.text or "" for element in root.iter() if element.tag.endswith("}description")]
    assert len(described) > 50
    for html in described:
        elements = Structure(html).elements
        assert {tag for tag, _ in elements} <= {"table", "tr", "td", "th", "b", "br", "i", "p", "small"}, html
        assert not [name for _, names in elements for name in names if name.startswith("on")]


def test_the_drawing_of_a_hostile_study_has_a_code_and_a_value_by_turns(atlas):
    lines = (atlas / "data" / "nanyi.dxf").read_bytes().decode("gbk").split("\r\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    lines = lines if len(lines) > 10 else "\n".join(lines).splitlines()
    assert len(lines) % 2 == 0
    codes = [int(code) for code in lines[::2]]
    assert set(codes) <= {*range(12), 20, 21, 30, 31, *range(40, 52), 62, 66, *range(70, 79), 100, 280, 370, 999}
    assert [value for code, value in zip(codes, lines[1::2], strict=True) if code == 0][-1] == "EOF"


def test_project_and_styles_of_a_hostile_study_are_well_formed_and_evaluate_no_text(atlas):
    with zipfile.ZipFile(atlas / "data" / "nanyi.qgz") as packed:
        texts = [packed.read(name).decode() for name in packed.namelist() if name.endswith((".qgs", ".qml"))]
    with sqlite3.connect(atlas / "data" / "nanyi.gpkg") as package:
        styles = [text for (text,) in package.execute("SELECT styleQML FROM layer_styles")]
        columns = [row[0] for row in package.execute("SELECT column_name FROM gpkg_data_columns")]
    assert texts
    assert styles
    for text in [*texts, *styles]:
        root = ElementTree.fromstring(text)
        for element in root.iter():
            assert element.tag not in {"macros", "pythonmacros"}
            assert element.get("isExpression", "0") == "0"
            assert "[%" not in (element.text or "")
    assert set(columns) >= {"name_zh"}


def test_a_hostile_study_leaves_the_text_beside_the_pages_plain(atlas):
    told = (atlas / "先看我.txt").read_text(encoding="utf-8-sig")
    assert "atlas.html" in told
    assert all(sign.isprintable() or sign in "\n\r\t" for sign in told)


# ---- in the browser ------------------------------------------------------------------------------------------------

HIT = "() => { window.__hits = 0; window.hit = () => { window.__hits += 1; }; }"


def hits(page) -> int:
    return int(page.evaluate("() => window.__hits || 0"))


def test_in_the_browser_nothing_runs_and_texts_show_as_they_are(tmp_path):
    path = made(PAYLOADS).save(tmp_path / "t.html")
    with open_page(path) as page:
        page.evaluate(HIT)
        page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        shown = page.locator(".ny-panel").first.inner_text()
        assert "<img src=x onerror=hit()>" in shown
        for text in ("<script>hit()</script>", "{{ 7 * 7 }}", "`${hit()}`"):
            assert text in page.locator(".ny-provenance").first.evaluate("n => n.textContent")
        for lon in np.linspace(105.2, 106.2, len(PAYLOADS))[::6]:
            page.click_at(float(lon), 28.0)
            page.move_to(float(lon), 28.02)
        assert hits(page) == 0
        page.assert_clean()


def test_in_the_browser_a_search_for_any_text_runs_nothing(tmp_path):
    path = made(PAYLOADS).save(tmp_path / "t.html")
    with open_page(path) as page:
        page.evaluate(HIT)
        field = page.locator(".ny-search input").first
        for text in PAYLOADS:
            field.fill(text.replace("\0", " ")[:500])
        field.fill("<img")
        assert hits(page) == 0
        assert page.locator(".ny-search img").count() == 0
        page.assert_clean()


def test_in_the_browser_an_address_runs_nothing_and_breaks_nothing(tmp_path):
    path = made(PAYLOADS[:12]).save(tmp_path / "t.html")
    with open_page(path) as page:
        page.evaluate(HIT)
        for hashed in HASHES:
            page.evaluate("text => { location.hash = text; }", hashed)
            page.wait_for_timeout(60)
            zoom = page.evaluate("() => [nanyi.map.getZoom(), nanyi.map.getCenter().lat]")
            assert all(np.isfinite(value) for value in zoom), hashed
            assert hits(page) == 0, hashed
        page.assert_clean()


def test_in_the_browser_an_address_of_the_book_runs_nothing_and_breaks_nothing(atlas):
    with open_page(atlas / "atlas.html", ready=False) as page:
        page.evaluate(HIT)
        for hashed in HASHES:
            for text in (hashed, hashed.replace("#", "#theme=bands&", 1)):
                page.evaluate("text => { location.hash = text; }", text)
                page.wait_for_timeout(20)
        page.evaluate("() => { location.hash = '#theme=bands'; }")
        page.wait_for_function("() => document.title.length > 0 && window.nanyi && nanyi.map")
        assert hits(page) == 0
        page.assert_clean()


def test_in_the_browser_the_hostile_atlas_is_whole(atlas):
    for name in ("overview.html", "atlas.html"):
        with open_page(atlas / name, ready=name == "overview.html") as page:
            page.evaluate(HIT)
            page.wait_for_timeout(300)
            assert hits(page) == 0
            page.assert_clean()
