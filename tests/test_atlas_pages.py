"""A page is one file, a crop a crop file: found, not listed."""

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pytest
from browser import open_page
from reading import Read
from shapely import LineString

from nanyi_gis.atlas import build_atlas, pages
from nanyi_gis.atlas.entry import GROUPS, Entry
from nanyi_gis.atlas.places import heights
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, NanyiError, ParameterError
from nanyi_gis.io import data_file
from nanyi_gis.plan import THEMES, load_places
from nanyi_gis.study import load_study
from nanyi_gis.targets import study_crops, townships

GUIDE = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
OWN_PAGE = GUIDE.partition("this is a whole page:\n\n```python\n")[2].partition("```")[0]
TEA = """
id = "tea"
name_zh = "茶"
name_en = "tea"
[[criterion]]
id = "elevation"
unit = "m"
weight = 0.6
band = [600, 900]
low = { S1 = 600, S2 = 500, S3 = 400 }
high = { S1 = 900, S2 = 1000, S3 = 1100 }
[[criterion]]
id = "slope"
unit = "deg"
weight = 0.4
high = { S1 = 15, S2 = 25, S3 = 35 }
[[target]]
clause = "L-15"
wanmu = 5
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Give the package of pages a second folder."""
    monkeypatch.setattr(pages, "__path__", [*pages.__path__, str(tmp_path)])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("nanyi_gis.atlas.pages."):
            del sys.modules[name]


def study(tmp_path: Path, **given: object) -> SimpleNamespace:
    """Return what page modules ask of an atlas before they make anything."""
    return SimpleNamespace(crops=(), roads=None, study=load_study(), plan=load_study().plan, **given)


def test_a_page_module_is_found_in_build_navigation_and_first_page(folder, tmp_path, kept_only):
    (folder / "memorial.py").write_text(OWN_PAGE, encoding="utf-8")
    kept_only("memorial", "bands")
    out = tmp_path / "out"
    build_atlas(out, resolution=2000.0)
    assert {page.name for page in out.glob("*.html")} == {"index.html", "memorial.html", "bands.html", "atlas.html"}
    first = Read((out / "index.html").read_text(encoding="utf-8"))
    assert first.links[0][0] == "#main"  # what a keyboard meets first
    assert first.links[1] == ("atlas.html#theme=index&lang=en", "English")
    pages = [address for address, _ in first.links if address in {"memorial.html", "bands.html"}]
    assert pages == ["memorial.html", "bands.html"]  # the plan's order of tasks
    for name in ("memorial.html", "bands.html"):
        read = Read((out / name).read_text(encoding="utf-8"))
        assert read.menus["红色文化"] == [("memorial.html", "纪念地")]
        assert list(read.menus) == ["红色文化", "林果"]
        assert read.current == [name]
    outputs = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert "memorial.html" in {record["file"] for record in outputs}


def test_groups_are_the_plans_themes_in_its_order():
    assert [key for key in GROUPS if key in THEMES] == [key for key in THEMES if key != "general"]
    assert [zh for zh, _ in list(GROUPS.values())[1:]] == [
        "红色文化", "酱酒", "康养", "能源建材", "林果", "基础设施", "保障与核对",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ENTRY = Entry(file='Bands.html', zh='a', en='b')", "makes Bands.html, as nanyi_gis.atlas.pages.bands does"),
        ("ENTRY = Entry(file='INDEX.html', zh='a', en='b')", "as the first page does"),
        ("ENTRY = Entry(file='x.html', zh='a', en='b', group='Fruit')", "group 'Fruit', but must have one of: red_cul"),
        ("x = 1", "lacks ENTRY or make"),
    ],
)
def test_a_page_module_that_cannot_be_is_named(folder, tmp_path, text, fault):
    body = f"from nanyi_gis.atlas.entry import Entry\n{text}\n"
    (folder / "zebra.py").write_text(body + ("" if text == "x = 1" else "def make(atlas): return []\n"))
    with pytest.raises(ParameterError, match=fault):
        pages.contents(study(tmp_path))


def test_two_entries_of_one_module_may_not_share_a_file(folder, tmp_path):
    (folder / "zebra.py").write_text(
        "from nanyi_gis.atlas.entry import Entry\n"
        "def entries(atlas): return [Entry(file='z.html', zh='a', en='a'), Entry(file='z.html', zh='b', en='b')]\n"
        "def make(atlas): return []\n"
    )
    with pytest.raises(ParameterError, match=r"z\.html"):
        pages.contents(study(tmp_path))


def test_pages_without_a_group_come_first_and_orders_count():
    entries = [
        Entry(file="c.html", zh="", en="", group="forest_fruit", order=2),
        Entry(file="b.html", zh="", en="", group="forest_fruit", order=1),
        Entry(file="d.html", zh="", en="", group="liquor", order=9),
        Entry(file="a.html", zh="", en=""),
    ]
    assert [e.file for e in sorted(entries, key=lambda e: e.place)] == ["a.html", "d.html", "b.html", "c.html"]


# ---- crops ---------------------------------------------------------------------------------


def test_an_own_crop_gets_a_page_in_the_group_that_asks_for_it(tmp_path, kept_only):
    kept_only("suitability")
    (tmp_path / "tea.toml").write_text(TEA, encoding="utf-8")
    out = tmp_path / "out"
    assert main(["build", "--out", str(out), "--resolution", "2000", "--crop", str(tmp_path / "tea.toml")]) == 0
    read = Read((out / "suitability_tea.html").read_text(encoding="utf-8"))
    assert read.menus["酱酒"] == [("suitability_sorghum.html", "酿酒糯红高粱"), ("suitability_tea.html", "茶")]
    assert read.rows("规划目标评估")[0]["条款"] == "四(二)3 · 酿酒糯红高粱基地 30 万亩"
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert next(record for record in manifest["inputs"] if record.get("role") == "crop")["file"] == "tea.toml"
    assert any(figure["name"].startswith("茶 叙永县") for figure in manifest["figures"])


def test_an_own_crop_replaces_the_one_of_its_id(tmp_path):
    text = data_file("crops/plum.toml").read_text(encoding="utf-8").replace("乌蒙脆李", "李二")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    area = load_study()
    crops = study_crops(area, [tmp_path / "mine.toml"])
    assert [crop.id for crop in crops] == list(area.crops)
    assert next(crop for crop in crops if crop.id == "plum").name_zh == "李二"


def test_two_own_crops_of_one_id_are_refused(tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(TEA.replace('"tea"', '"Tea"') if name == "b.toml" else TEA, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"b\.toml and .*a\.toml are both crop 'Tea'"):
        study_crops(load_study(), [tmp_path / "a.toml", tmp_path / "b.toml"])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("id = ", "no valid TOML"),
        (TEA.replace('id = "tea"', ""), "id"),
        (TEA.replace("weight = 0.6", "weight = -1"), "weight is -1"),
        (TEA.replace('"elevation"', '"altitude"'), "altitude"),
        (None, "none.toml"),
    ],
)
def test_a_bad_crop_file_is_one_line_before_anything_is_built(tmp_path, capsys, text, fault):
    path = tmp_path / ("none.toml" if text is None else "tea.toml")
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert main(["build", "--out", str(tmp_path / "out"), "--crop", str(path)]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert fault in lines[0]
    assert not (tmp_path / "out").exists()


def test_a_crop_without_a_record_is_named(tmp_path, monkeypatch):
    """Half-registered: the study names a crop whose file is not there."""
    (tmp_path / "study.toml").write_text(
        data_file("study.toml").read_text(encoding="utf-8").replace("crops/orange.toml", "crops/tea.toml"),
        encoding="utf-8",
    )
    with pytest.raises((DataError, NanyiError), match=r"study\.toml: "):
        load_study(study=tmp_path)


def test_a_study_without_crops_and_network_says_so(tmp_path):
    area = load_study()
    bare = SimpleNamespace(
        crops=(), roads=None, plan=area.plan.__class__(),
        study=SimpleNamespace(files={}, places=area.places.iloc[:0]),
    )  # fmt: skip
    found = {entry.file: entry for entry in pages.contents(bare)}
    assert [file for file, entry in found.items() if entry.made] == ["overview.html", "bands.html"]
    assert found["suitability.html"].lacks == ("没有作物参数文件", "the study names no crop file")
    assert "no roads were given" in found["network.html"].lacks[1]
    assert "township" in found["access_hospital.html"].lacks[1]


def test_a_crop_file_in_the_folder_of_the_study_is_a_crop(tmp_path):
    """Two data files and no edit: the criteria and the record beside them."""
    folder = tmp_path / "study"
    shutil.copytree(data_file("study.toml").parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "crops" / "tea.toml").write_text(TEA, encoding="utf-8")
    (folder / "crops" / "tea.toml.toml").write_text('title = "tea"\n', encoding="utf-8")
    crops = study_crops(load_study(study=folder))
    assert [crop.id for crop in crops][:4] == ["orange", "plum", "kiwifruit", "sorghum"]
    assert {"bamboo", "tea"} <= {crop.id for crop in crops}


# ---- roads and access ----------------------------------------------------------------------


def star_of_roads(path: Path) -> Path:
    """Write one's own roads: the townships on a star of secondary roads, a residential one at the end."""
    towns = townships()
    seat = towns.geometry["510524100"]
    lines = [LineString([seat, town]) for town in towns.geometry.dropna() if town.distance(seat) > 1]
    kinds = ["secondary"] * (len(lines) - 1) + ["residential"]
    gpd.GeoDataFrame({"highway": kinds}, geometry=lines, crs=towns.crs).to_file(path)
    return path


@pytest.fixture
def own_roads(tmp_path, kept_only) -> Path:
    """An atlas of one's own roads."""
    kept_only("network", "access")
    build_atlas(tmp_path / "out", resolution=2000.0, roads=star_of_roads(tmp_path / "roads.gpkg"))
    return tmp_path / "out"


def test_own_roads_have_general_class_names_and_minutes(own_roads):
    network = (own_roads / "network.html").read_text(encoding="utf-8")
    read = Read(network)
    drawn = [record["meta"] for record in read.records if isinstance(record, dict) and "kind" in record.get("meta", {})]
    assert drawn
    assert "红色旅游路" not in json.dumps(drawn, ensure_ascii=False)  # a class of the schematic network alone
    rows = {row["等级"]: row for row in read.rows("县内里程 (km)：叙永县、古蔺县")}
    assert set(rows) == {"省县道（三级公路）", "村道、街道"}
    access = (own_roads / "access_hospital.html").read_text(encoding="utf-8")
    assert "节省" not in access
    assert "乡镇驻地：分钟数" in access


def test_the_network_page_counts_kilometres_inside_the_counties(coarse_atlas):
    text = (coarse_atlas / "network.html").read_text(encoding="utf-8")
    years = ["规划时 2022-03", "现状 2026-02", "规划建成"]
    tables = [Read(text).rows(f"县内里程 (km)：叙永县、古蔺县 · {year}") for year in years]
    figures = json.loads((coarse_atlas / "manifest.json").read_text(encoding="utf-8"))["figures"]
    for year, rows in zip(years, tables, strict=True):
        motorway = next(row for row in rows if row["等级"] == "高速公路")
        counted = [float(motorway[name].replace(",", "")) for name in ("叙永县", "古蔺县", "两县合计", "县外")]
        assert counted[2] == pytest.approx(counted[0] + counted[1], abs=1.1)
        assert 0 < counted[2] < counted[3]  # most of the motorways drawn lie outside
        named = {figure["name"]: figure["value"] for figure in figures}
        assert named[f"{year} 高速公路 叙永县"] == pytest.approx(counted[0], abs=0.51)
    assert not [row for rows in tables for row in rows if row["等级"].startswith("红色")]


def test_shares_of_people_are_ranges_with_their_ground(coarse_atlas):
    manifest = json.loads((coarse_atlas / "manifest.json").read_text(encoding="utf-8"))
    shares = [figure for figure in manifest["figures"] if figure["page"].startswith("access_")]
    assert len(shares) == 3 * 3 * 2
    for figure in shares:
        assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 100
        assert "25–33%" in figure["method"]
    others = [figure for figure in manifest["figures"] if "low" in figure and figure not in shares]
    # shares of places, ranges over proposals, over weights and over assumptions
    apart = ("route.html", "siting_", "hazard.html", "forest.html", "equity.html", "wellness.html")
    land = [figure for figure in others if not figure["page"].startswith(apart)]
    assert all(figure["page"].startswith("suitability_") and figure["unit"] == "km²" for figure in land)
    assert all(figure["low"] <= figure["high"] for figure in others)
    rows = Read((coarse_atlas / "access_hospital.html").read_text(encoding="utf-8")).rows("可达人口比例（区间）")
    assert rows[0]["年份"] == "规划时 2022-03"
    assert all("%" in row["60 分钟内"] for row in rows)


def test_the_hospital_page_has_ones_own_county_beside_anywhere(coarse_atlas):
    rows = Read((coarse_atlas / "access_hospital.html").read_text(encoding="utf-8")).rows("各乡镇用时（分钟）")
    assert len(rows) == 46
    for row in rows:
        for year in ("规划时 2022-03", "现状 2026-02", "规划建成"):
            anywhere, own = row[year], row[f"本县 {year}"]
            assert anywhere == own == "–" or float(anywhere) <= float(own)
    assert {row["最近者（现状 2026-02）"] for row in rows} >= {"叙永镇", "仁怀市"}
    text = (coarse_atlas / "access_hospital.html").read_text(encoding="utf-8")
    assert "外县更快的乡镇" in text
    assert "为推定" in text


def test_pages_hold_the_day_of_the_facts_but_not_its_age(coarse_atlas):
    for name in ("network", "access_hospital", "overview"):
        text = (coarse_atlas / f"{name}.html").read_text(encoding="utf-8")
        assert 'data-day="2026-02-28"' in text
        assert "状态截至 2026-02-28。 </p>" in text


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("now", "said"), [("2026-03-10", "距今 10 天"), ("2027-03-15", "已超过一年"), ("2025-01-01", None)]
)
def test_the_reader_is_told_how_old_the_facts_are(coarse_atlas, now, said):
    with open_page(coarse_atlas / "network.html") as page:
        page.page.clock.set_fixed_time(f"{now}T12:00:00Z")
        page.reload()
        page.wait_for_selector("body[data-ready='1']", state="attached")
        told = page.locator(".ny-age").inner_text()
        assert told.startswith("状态截至 2026-02-28。")
        assert said in told if said else told.strip() == "状态截至 2026-02-28。"
        page.assert_clean()


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (0, ["300（河面）；300–400", "1902（山顶）", "850–1500", "377.5", "1300（区域平均）", ""]),
        (
            1,
            ["300 (the river below); 300–400", "1902 (the summit)", "850–1500", "377.5", "1300 (mean of the area)", ""],
        ),
    ],
)
def test_heights_say_what_they_are_of(lang, told):
    names = [
        *("taiping-old-town", "luohan-forest", "moni-xiancao-lake", "met-xuyong", "huangjing-old-forest"),
        "township-510525103",
    ]
    places = load_places().set_index("id").loc[names]
    atlas = SimpleNamespace(say=lambda zh, en: (zh, en)[lang])
    assert heights(places, atlas).tolist() == told
