"""Pages that folium and explore() saved, without a network: what goes in, what is refused, what a browser then does."""

import base64
import hashlib
import importlib.util
import re
import sys
from html.parser import HTMLParser
from itertools import pairwise
from types import ModuleType, SimpleNamespace

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import open_page
from folium.plugins import FastMarkerCluster, MarkerCluster, MiniMap
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis._consent import trusting
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.webmap import offline_file
from nanyi_gis.webmap.saved import offline_text
from nanyi_gis.webmap.saved.markup import Document, requests_of, style_loads
from nanyi_gis.webmap.saved.script import checked_script
from nanyi_gis.webmap.saved.tokens import tokens

PAYLOADS = [
    "<img src=x onerror=alert(1)>", "<img src='data:,' onerror=alert(1)>", "</script><script>alert(2)</script>",
    "`);alert(3);//", "`+alert(4)+`", "${alert(5)}", "'-alert(6)-'", '"-alert(7)-"', "<svg onload=alert(8)>",
    "<iframe srcdoc='<script>parent.alert(9)</script>'></iframe>", "<a href='javascript:alert(10)'>x</a>",
    "<!--<script>", "-->", "]]>", "<style>@import 'http://evil.example/a.css'</style>",
    "\\u003cimg src=x onerror=alert(11)>",
    "<img src=http://evil.example/a.png>", "<base href='http://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>", "<form action=http://evil.example><button>x",
    "`;location='http://evil.example/';//", "`;this.alert(12);//",
    "`;L['con'+'structor'].constructor('alert(13)')();//",
    "`;top.alert(14);//", "<details open ontoggle=alert(15)>", "<math><mtext></p><script>alert(16)</script>", "{{7*7}}",
]  # fmt: skip


def numeric_bins(values, _scheme, bins, **_options):
    """What explore() asks of mapclassify where no scheme is named: the first bin that holds a value."""
    return SimpleNamespace(yb=np.searchsorted(bins, values), bins=np.asarray(bins), k=len(bins))


@pytest.fixture
def explored(monkeypatch):
    """Return explore(), also where mapclassify, of which it needs one function, is not installed."""
    if importlib.util.find_spec("mapclassify") is None:
        stand_in = ModuleType("mapclassify")
        stand_in.classify = numeric_bins
        monkeypatch.setitem(sys.modules, "mapclassify", stand_in)
    boxes = [shapely.box(105 + n / 10, 28, 105.08 + n / 10, 28.1) for n in range(3)]
    frame = gpd.GeoDataFrame({"name": ["甲", "乙", "丙"], "v": [1.5, 2.5, 3.5]}, geometry=boxes, crs=4326)
    return lambda *columns, **options: frame.explore(*columns, **options).get_root().render()


def saved(*elements, tiles=None) -> str:
    page = folium.Map([28, 105], zoom_start=9, tiles=tiles)
    for element in elements:
        element.add_to(page)
    return page.get_root().render()


class Addresses(HTMLParser):
    """What a page would load, and the hash of each of its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self.policy = ""
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._script = tag == "script"
        self.scripts += [""] * self._script
        self.handlers += [name for name in given if name.startswith("on")]
        if tag != "a":
            self.loads += [given[name] for name in ("src", "href", "srcset", "data") if given.get(name)]
        if given.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = given["content"]

    def handle_data(self, data):
        if self._script:
            self.scripts[-1] += data

    def handle_endtag(self, tag):
        self._script = False


def assert_contained(html: str) -> Addresses:
    read = Addresses(html)
    assert all(address.startswith("data:") for address in read.loads), read.loads
    assert read.handlers == []
    assert "default-src 'none'" in read.policy
    assert "unsafe-eval" not in read.policy
    assert "script-src 'sha256-" in read.policy
    for script in read.scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in read.policy
    return read


def test_a_page_of_folium_asks_nobody():
    markers = folium.Marker([28, 105], popup="<b>叙永</b>", tooltip="t", icon=folium.Icon(color="red"))
    clusters = MarkerCluster([[28, 105]]), FastMarkerCluster([[28, 105], [28, 105.1]])
    made = offline_text(saved(markers, *clusters, folium.LayerControl()))
    read = assert_contained(made)
    assert sum("Leaflet 1.9" in script for script in read.scripts) == 1
    assert "code.jquery.com" not in made
    assert "markercluster" in made.lower()
    assert offline_text(saved(tiles=None)) != ""


def test_the_same_page_gives_the_same_bytes():
    page = saved(folium.CircleMarker([28, 105], popup="x"))
    assert offline_text(page) == offline_text(page)


@pytest.mark.parametrize(
    ("element", "words"),
    [
        (folium.TileLayer("OpenStreetMap"), "tile.openstreetmap.org"),
        (folium.TileLayer("https://a.example/{z}/{x}/{y}.png", attr="x", name="x"), "a.example"),
        (folium.WmsTileLayer("https://wms.example/ows", layers="x"), "wms.example"),
    ],
)
def test_tiles_are_refused_by_their_address_or_dropped(element, words):
    page = saved(element, folium.LayerControl())
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        offline_text(page)
    assert "--drop-tiles" in str(caught.value)
    assert "\n" not in str(caught.value)
    made = offline_text(page, drop_tiles=True)
    assert words not in made
    assert_contained(made)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (lambda: saved(MiniMap(tile_layer=folium.TileLayer("OpenStreetMap"))), "MiniMap"),
        (lambda: saved(folium.Marker([28, 105], icon=folium.CustomIcon("https://a.example/i.png"))), "a.example/i.png"),
        (lambda: saved(folium.Marker([28, 105], popup="<img src='https://a.example/p.png'>")), "a.example/p.png"),
        (lambda: saved(folium.Marker([28, 105], tooltip="<img src=//b.example/p.png>")), "b.example/p.png"),
        (lambda: "<script src='https://x.example/leaflet.js'></script><script src='own.js'></script>", "own.js"),
        (lambda: "<script src=leaflet.js></script><link rel=stylesheet href=//x.example/my.css>", "my.css"),
        (lambda: "<script src=leaflet.js></script><iframe src=a.html></iframe>", "iframe"),
        (lambda: "<script src=leaflet.js></script><style>p{background:url(//c.example/a.png)}</style>", "c.example"),
        (lambda: "<script src=leaflet.js></script><p style='background:url(\"a.png\")'>", "a.png"),
        (lambda: "<script src=leaflet.js></script><img srcset='a.png 2x'>", "a.png 2x"),
        (
            lambda: "<script src=leaflet.js></script><script>L.imageOverlay('over.png', [[0,0],[1,1]])</script>",
            "over.png",
        ),
        (lambda: "<script src=leaflet.js></script><script>var map = `${</script>", "does not end"),
        (lambda: "<script src=leaflet.js></script><script src='http://[[[/a.js'></script>", "http://[[[/a.js"),
        (lambda: "<p>no map</p>", "Leaflet"),
        (lambda: "", "Leaflet"),
    ],
)
def test_what_is_not_known_is_refused_by_name(tmp_path, page, words):
    (tmp_path / "m.html").write_text(page(), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        offline_file(tmp_path / "m.html", drop_tiles=words == "MiniMap")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'm.html'} ")
    assert [path.name for path in tmp_path.iterdir()] == ["m.html"], "nothing is written"


def test_explored_layers_keep_their_legends(explored):
    scale = offline_text(explored("v"), drop_tiles=True)
    assert_contained(scale)
    assert "d3.scale.threshold()" in scale
    named = offline_text(explored("name", tiles=None))
    assert_contained(named)
    assert "maplegend" in named


def test_the_command_writes_beside_the_page_or_where_it_is_told(tmp_path, capsys):
    (tmp_path / "图 m.html").write_text(saved(), encoding="utf-8")
    assert main(["offline", str(tmp_path / "图 m.html")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "图 m_offline.html")
    assert main(["offline", str(tmp_path / "图 m.html"), "--out", str(tmp_path / "o" / "n.html")]) == 0
    assert (tmp_path / "o" / "n.html").read_bytes() == (tmp_path / "图 m_offline.html").read_bytes()
    (tmp_path / "t.html").write_text(saved(tiles="OpenStreetMap"), encoding="utf-8")
    capsys.readouterr()
    assert main(["offline", str(tmp_path / "t.html")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "openstreetmap" in lines[0]
    assert main(["offline", str(tmp_path / "t.html"), "--drop-tiles"]) == 0


def test_bad_files_are_one_line(tmp_path):
    with pytest.raises(DataError, match="no file"):
        offline_file(tmp_path / "none.html")
    (tmp_path / "b.html").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="no page that can be read"):
        offline_file(tmp_path / "b.html")
    (tmp_path / "m.html").write_text(saved(), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"\.html"):
        offline_file(tmp_path / "m.html", tmp_path / "a.tif")
    with pytest.raises(ParameterError, match="same file"):
        offline_file(tmp_path / "m.html", tmp_path / "m.html")


def test_a_script_of_ones_own_needs_trust():
    page = saved().replace("</html>", "<script>alert('mine')</script></html>")
    with pytest.raises(DataError, match="'alert'"):
        offline_text(page)
    with trusting():
        assert_contained(offline_text(page))
        with pytest.raises(DataError, match="tile"):
            offline_text(saved(tiles="OpenStreetMap"))


@pytest.mark.parametrize(
    "script",
    [
        "alert(1)", "window.x", "this.alert(1)", "var a_0123456789abcdef0123456789abcdef = document.cookie",
        "L.map.constructor('x')()", "L['constructor']", "L['con' + 'structor']", "L[`x${v}`]", "$.getJSON('a')",
        "fetch('http://a.example')", "location = 'http://a.example'", "new Function('x')", "import('a')", "top.x",
        "`${alert(1)}`", "`a${`b${alert(1)}`}`", "data.ownerDocument", "e = {location}", "v ? alert : v",
        "layer = {} /alert(1)/ i", "if (v) /`/;alert(1);/`/", "i++ /alert(1)/ v", "v = 1 // a\u2028alert(1)",
        "div.href = 'http://a.example'", "div.click()", "v\\u0061lert(1)", "else /`/; alert(1); /`/",
        "v = of /`/;alert()/`/",
    ],
)  # fmt: skip
def test_scripts_that_are_none_of_foliums(script):
    with pytest.raises(DataError, match="none of folium's"):
        checked_script(script, drop_tiles=True, trusted=False)


@pytest.mark.parametrize(
    "script",
    [
        "var map_0123456789abcdef0123456789abcdef = L.map('x', {center: [28.0, 105.0], ...{'zoom': 9}});",
        "var s = 'alert(1)'; // alert".replace("var s", "var style"),
        "div.innerHTML = `<td>${aliases[i]}</td>`; /* window */",
        "data.features.map((v, i) => v[0] / 2 + i / 3)",
        "opts.replace(/[/`'\"]alert/g, '')",
        "$(document).ready(objects_in_front); $(this).css({right: 'auto', top: 'auto'});",
    ],
)
def test_scripts_of_folium_stay_as_they_are(script):
    assert checked_script(script, drop_tiles=False, trusted=False) == script


def test_tiles_are_taken_out_of_code_and_not_out_of_texts():
    script = "var layer = new L.TileLayer('a(', {k: ')'}); e = 'L.tileLayer(1)'; L.tileLayer.wms(`b`, {}).addTo(map)"
    assert checked_script(script, drop_tiles=True, trusted=False) == (
        "var layer = nanyiNoTiles(); e = 'L.tileLayer(1)'; nanyiNoTiles().addTo(map)"
    )


@pytest.mark.parametrize("script", ["var layer = L; layer.tileLayer('http://a.example')", "L?.tileLayer('x')"])
def test_tiles_by_another_way_are_refused_with_or_without_trust(script):
    for trusted in (False, True):
        with pytest.raises(DataError, match="tile"):
            checked_script(script, drop_tiles=True, trusted=trusted)


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="`${}'\"\\/*\n ab[].:(1", max_size=40))
def test_any_script_is_read_or_refused(script):
    try:
        words = list(tokens(script))
    except DataError:
        return
    assert all(script[word.start : word.end] == word.text for word in words)
    gaps = [script[a.end : b.start] for a, b in pairwise(words)]
    assert all(re.fullmatch(r"(\s|//[^\n]*|/\*.*?\*/)*", gap, re.DOTALL) for gap in gaps)


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="<>/=\"' -!abonsrcipt&;\n", max_size=60))
def test_any_markup_is_written_anew_without_scripts_or_handlers(markup):
    try:
        document = Document(f"<body>{markup}")
    except DataError:
        return
    again = Addresses("".join(part.text for part in document.parts if part.kind == "markup"))
    assert again.scripts == []
    assert again.handlers == []
    assert again.loads == []


def test_addresses_in_html_and_styles():
    assert list(requests_of("<p>1 < 2</p><video poster=a.png><source src=b.mp4></video>")) == ["a.png", "b.mp4"]
    assert style_loads("a{b:u\\72l(http://a.example)}") == ["http://a.example"]


def test_a_trusted_string_does_not_end_its_script():
    assert "\\x3c!--" in offline_text(saved(folium.Marker([28, 105], popup="<!-- a -->")))


# ---- in the browser ------------------------------------------------------------------------


@pytest.mark.browser
def test_a_converted_page_draws_and_asks_nobody(tmp_path):
    elements = [
        folium.Marker([28, 105], popup="<b>叙永</b>", tooltip="t", icon=folium.Icon(color="red")),
        MarkerCluster([[28.1, 105.1], [28.1, 105.1]]),
        FastMarkerCluster([[27.9, 104.9]] * 3),
        folium.TileLayer("OpenStreetMap"),
        folium.LayerControl(collapsed=False),
    ]
    (tmp_path / "m.html").write_text(saved(*elements), encoding="utf-8")
    with open_page(offline_file(tmp_path / "m.html", drop_tiles=True), ready=False) as page:
        page.wait_for_selector(".leaflet-marker-icon svg")
        page.locator(".leaflet-marker-icon svg").click()
        assert page.locator(".leaflet-popup-content").inner_text() == "叙永"
        assert sorted(page.locator(".marker-cluster").all_inner_texts()) == ["2", "3"]
        assert "openstreetmap" not in page.locator(".leaflet-control-layers").inner_text().lower()
        page.assert_clean()


@pytest.mark.browser
def test_an_explored_layer_has_its_colours_tooltips_and_scale(tmp_path, explored):
    (tmp_path / "m.html").write_text(explored("v", popup=True), encoding="utf-8")
    with open_page(offline_file(tmp_path / "m.html", drop_tiles=True), ready=False) as page:
        page.wait_for_selector("path.leaflet-interactive")
        assert page.locator("path.leaflet-interactive").count() == 3
        ticks = page.locator("#legend text").all_text_contents()
        assert ticks[0] == "1.5"
        assert ticks[-1] == "v"
        assert page.locator("#legend rect").count() > 100
        page.locator("path.leaflet-interactive").nth(1).hover()
        assert "乙" in page.locator(".leaflet-tooltip").inner_text()
        page.assert_clean()


def bearing(place: str, text: str) -> folium.Element:
    """Return an element of a map that holds a text somewhere."""
    if place == "popup":
        return folium.Marker([28, 105], popup=folium.Popup(text, show=True))
    if place == "tooltip":
        return folium.Marker([28, 105], tooltip=folium.Tooltip(text, permanent=True))
    if place == "layer":
        return folium.FeatureGroup(name=text)
    point = {"type": "Point", "coordinates": [105, 28]}
    feature = {"type": "Feature", "properties": {"n": text}, "geometry": point}
    shown = folium.GeoJsonTooltip(["n"], permanent=True)
    return folium.GeoJson({"type": "FeatureCollection", "features": [feature]}, tooltip=shown)


def accepted(payload: str) -> list[str]:
    """Return the places on a map where a payload is taken for mere text."""
    found = []
    for place in ("popup", "tooltip", "property", "layer"):
        try:
            assert_contained(offline_text(saved(bearing(place, payload), folium.LayerControl())))
        except DataError:
            continue
        found.append(place)
    return found


@pytest.mark.browser
def test_a_payload_in_a_saved_page_is_refused_or_does_nothing(tmp_path):
    shown = 0
    for number, payload in enumerate(PAYLOADS):
        elements = [bearing(place, payload) for place in accepted(payload)]
        if not elements:
            continue
        shown += 1
        path = tmp_path / f"{number}.html"
        path.write_text(saved(*elements, folium.LayerControl(collapsed=False)), encoding="utf-8")
        with open_page(offline_file(path), ready=False) as page:
            page.wait_for_timeout(100)
            assert page.dialogs == [], payload
            assert page.requests == [], payload
            assert page.url == path.with_name(f"{number}_offline.html").resolve().as_uri(), payload
    assert shown > 10, "most are mere text somewhere"
