"""The page of the red-tourism road, made of a road that is written down by hand."""

import dataclasses
import itertools
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from browser import open_page
from reading import Read

from nanyi_gis.atlas import road as road_words
from nanyi_gis.atlas.context import Atlas
from nanyi_gis.atlas.pages.route import entries, make, road_page
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.errors import ParameterError
from nanyi_gis.route import Coverage, Design, Profile, Route
from nanyi_gis.targets import RedRoad, red_road, road_by_length, road_record

CRS = "EPSG:4544"
X, Y = 530_000.0, 3_090_000.0
HOSTILE = "</script><img src=x onerror=alert(1)>`${alert(2)}`{{ 7 * 7 }}"
THRESHOLDS = ("15 min", "2 km")
# Branch 1 runs 30 km east (a to b to c), branch 2 10 km north from b.
NODES = {"a": (0, 0), "b": (10_000, 0), "c": (30_000, 0), "d": (10_000, 10_000)}
STRETCHES = [
    # branch, from_m, to_m, u, v, id, status, corridor
    (1, 0.0, 10_000.0, "a", "b", "L1", "construction", "I-16"),
    (1, 10_000.0, 30_000.0, "b", "c", "L2", "open", "I-16"),
    (2, 0.0, 10_000.0, "b", "d", "L3", "planned", ""),
]
SITES = [
    # id, Chinese, English, kind, points, branch, km, minutes, metres off, covered in 15 min
    ("shixiangzi-site", "会址甲", "Site A", "red_site", 10.0, 1, 1.0, 0.5, 100.0, True),
    ("taiping-old-town", "古镇乙", "Town B", "red_site", 12.0, 1, 29.0, 6.0, 900.0, True),
    ("shuangsha-picture-village", "湖丙", "Lake C", "wellness", 5.0, 2, 9.0, 44.0, 9000.0, False),
    ("maoxi-liquor-valley", "酒庄丁", "Estate D", "liquor", 5.0, 2, 1.0, np.inf, 700.0, False),
]  # fmt: skip


def line(*names):
    return shapely.LineString([(X + NODES[name][0], Y + NODES[name][1]) for name in names])


def made_road(*, hostile="", gap=0.04) -> RedRoad:
    """Return a road of 40 km with four sites and one gap, every number of it written here."""
    columns = ["branch", "from_m", "to_m", "u", "v", "id", "status", "corridor"]
    frame = pd.DataFrame(STRETCHES, columns=columns).assign(name_zh=hostile, drawn_m=lambda t: t["to_m"] - t["from_m"])
    shapes = [line(u, v) for u, v in zip(frame["u"], frame["v"], strict=True)]
    stretches = gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS)
    route = Route(branches=(line("a", "b", "c"), line("b", "d")), crs=CRS, frame=stretches)
    nodes = gpd.GeoDataFrame(
        {"node": list(NODES), "name_zh": [f"{name}镇{hostile}" for name in NODES], "place": "", "prize": 0.0},
        geometry=[shapely.Point(X + x, Y + y) for x, y in NODES.values()],
        crs=CRS,
    )
    design = Design(
        links=stretches.assign(
            length_m=frame["drawn_m"], mandated=[True, True, False], prize=0.0, times=1, highway="x"
        ),
        nodes=nodes,
        prizes=pd.DataFrame({"name": ["会址甲"], "collected": [True]}),
        length_m=40_000.0,
        prize=22.0,
        bound=23.0,
        gap=gap,
        method="fast",
        seconds=1.0,
        unserved=(f"湖丙{hostile}",),
        notes=(),
    )
    sites = made_sites(hostile)
    steps = [(1, km) for km in range(31)] + [(2, km) for km in range(11)]
    spots = [shapely.Point(X + (1000 * km if b == 1 else 10_000), Y + (1000 * km if b == 2 else 0)) for b, km in steps]
    stations = pd.DataFrame(steps, columns=["branch", "km"]).astype({"km": float})
    stations["mark"] = [f"K{km:.0f}+000" for km in stations["km"]]
    stations["kind"] = ["start" if km == 0 else "end" if (b, km) in ((1, 30), (2, 10)) else "step" for b, km in steps]
    chainage = gpd.GeoDataFrame(stations, geometry=spots, crs=CRS)
    record = road_record(prepared_study())
    if hostile:
        texts = record.texts.model_copy(update={"known_zh": hostile, "known_en": hostile})
        record = record.model_copy(update={"texts": texts})
    return RedRoad(
        record=record,
        length_km=446.0,
        design=design,
        route=route,
        sites=sites,
        chainage=chainage,
        coverage=made_coverage(sites, hostile),
        profile=made_profile(),
        surveyed=False,
        alignments=made_alignments(hostile),
        alignment_profiles=made_link_profile(),
        lengths=made_lengths(hostile),
        answer={
            "zh": ("点名两条。" + hostile, "本设计：40公里。", "其余未公布。"),
            "en": ("Two are named.", "Our design is 40 km.", "The rest is not published."),
        },
        notes=("a note of the road",),
        notes_zh=("道路的一条说明。",),
    )


def made_sites(hostile):
    names = ["id", "name_zh", "name_en", "kind", "weight", "branch", "km", "minutes", "distance_m", "covered 15 min"]
    table = pd.DataFrame(SITES, columns=names).set_index("id").assign(code="")
    table = table.assign(
        name_zh=table["name_zh"] + hostile, name_en=table["name_en"] + hostile, uncertainty_m=500.0, also="", group="",
        **{"covered 2 km": table["distance_m"] < 2000, "chance 15 min": [1.0, 0.8, 0.1, 0.0], "offset_m": 0.0},
    )  # fmt: skip
    x = np.where(table["branch"] == 1, 1000 * table["km"], 10_000)
    y = np.where(table["branch"] == 2, 1000 * table["km"], 0) + 500.0
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(X + x, Y + y), crs=CRS)


def made_coverage(sites, hostile):
    nan = np.nan
    kinds = [
        # kind, within 15 min, within 2 km, total, low, high and mean within 15 min
        ("red_site", 2.0, 2.0, 2.0, 0.5, 1.0, 0.85),
        ("wellness", 0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
        ("liquor", 0.0, 1.0, 1.0, nan, nan, nan),
        ("people", 312_000.0, 250_000.0, 1_154_000.0, 0.21, 0.31, nan),
    ]
    rows = [
        {"kind": kind, "threshold": name, "count": count, "total": total, "share": count / total, "weight_share": nan,
         "low": low if name == "15 min" else nan, "high": high if name == "15 min" else nan,
         "expected": mean if name == "15 min" else nan}
        for kind, *counts, total, low, high, mean in kinds for name, count in zip(THRESHOLDS, counts, strict=True)
    ]  # fmt: skip
    curve = [
        {"branch": branch, "km": km, "along_km": km + 30.0 * (branch - 1), "threshold": name, "kind": kind,
         "count": count, "share": count / 2}
        for name in THRESHOLDS for kind in ("all", "red_site")
        for branch, km in itertools.chain(((1, float(k)) for k in range(31)), ((2, float(k)) for k in range(11)))
        for count in [2 if branch == 2 or km >= 29 else 1 if km >= 1 else 0]
    ]  # fmt: skip
    gaps = gpd.GeoDataFrame(
        {"threshold": list(THRESHOLDS), "branch": [1, 2], "from_km": [4.0, 2.0], "to_km": [26.0, 9.0],
         "length_km": [22.0, 7.0], "before": ["会址甲" + hostile, ""], "after": ["古镇乙" + hostile, ""], "name": ""},
        geometry=[shapely.LineString([(X + 4000, Y), (X + 26_000, Y)]), line("b", "d")], crs=CRS,
    )  # fmt: skip
    added = pd.DataFrame(
        {"branch": [1, 1, 1], "from_km": [0.0, 1.0, 28.0], "to_km": [1.0, 2.0, 29.0], "threshold": "15 min",
         "sites": [1, 0, 1], "weight": [10.0, 0.0, 12.0], "people": 0.0,
         "names": ["会址甲" + hostile, "", "古镇乙" + hostile]}
    )  # fmt: skip
    return Coverage(sites, pd.DataFrame(rows), pd.DataFrame(curve), gaps, added, ())


def made_profile():
    """Return heights that rise by 10 m a km along branch 1 and are level along branch 2."""
    m1, m2 = np.arange(0, 30_001, 500.0), np.arange(0, 10_001, 500.0)
    table = pd.DataFrame({"branch": np.r_[np.full(len(m1), 1), np.full(len(m2), 2)], "m": np.r_[m1, m2]})
    table["x"] = X + np.r_[m1, np.full(len(m2), 10_000.0)]
    table["y"] = Y + np.r_[np.zeros(len(m1)), m2]
    table["z"] = 400.0 + np.r_[m1 / 100.0, np.full(len(m2), 100.0)]
    table["grade"] = np.where(table["m"] == 5000, 0.12, 0.01)
    table = table.assign(z_ground=table["z"], span=np.where(table["m"] == 7000, "bridge", ""), radius_m=np.inf)
    minutes = pd.DataFrame({"there": [400.0], "back": [390.0]}, index=["walk"])
    return Profile(table, pd.DataFrame(), 40_000.0, 300.0, 0.0, 0.12, 0.08, 0.02, minutes, ())


def made_link_profile():
    """Return a link of three stations that rises by 8 m in its first kilometre, on a bridge, and by 5 in its second."""
    grade = [0.008, 0.005, np.nan]
    table = pd.DataFrame({"m": [0.0, 1000.0, 2000.0], "z": [300.0, 308.0, 313.0], "grade": grade, "id": "I-22"})
    x, y = X + 30_000.0 - table["m"], Y + table["m"] / 2
    return table.assign(x=x, y=y, z_ground=table["z"], span=["bridge", "", ""])


def made_alignments(hostile):
    frame = pd.DataFrame(
        {"id": ["I-22", "I-21"], "name_zh": ["疏港路" + hostile, "连接线"], "name_en": ["Port road" + hostile, "Link"],
         "mode": "road", "road_class": "III", "length_m": [18_200.0, np.nan], "max_grade": 0.08,
         "steepest": [0.0796, np.nan], "share_over": [0.0, np.nan], "climb_m": [100.0, np.nan],
         "descent_m": [90.0, np.nan], "minutes_there": [31.2, np.nan],
         "minutes_back": [30.0, np.nan], "bridge_m": [300.0, np.nan], "tunnel_m": [0.0, np.nan],
         "uncertainty_m": 1000.0, "evidence": "modelled", "reason": ["", "no route on this lattice keeps 8 %"],
         "note_zh": "研究用选线，非工程设计；示范地形上的结果，不代表实际地面",
         "note_en": "study alignment, not a design; on demonstration terrain, which is not the real ground"},
    )  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=[line("c", "d"), None], crs=CRS)


def made_lengths(hostile):
    rows = [
        ("part", f"road Shuiliao{hostile}", 283.0, "fact", "paper"),
        ("part", "G352 Jinlan–Fenshui (446 - 283 - 79)", 84.0, "inference", "C-11"),
        ("total", "", 446.0, "fact", ""),
        ("rest", "", 79.0, "gap", ""),
        ("stretch", "I-16 construction", 10.0, "inference", ""),
        ("stretch", "planned", 10.0, "inference", ""),
        ("route", "", 40.0, "inference", ""),
    ]
    table = pd.DataFrame(rows, columns=["item", "name", "km", "basis", "source"])
    return table.assign(share=table["km"] / 446.0)


_KEPT: dict[str, Atlas] = {}


def atlas_in(lang: str = "zh", **changes) -> Atlas:
    """Return a coarse atlas of the embedded study; only the language differs."""
    if "zh" not in _KEPT:
        given = {"study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None}
        given |= {"assume_datum": None, "layers": [], "crops": [], "resolution": 2000.0, "lang": "zh", "public": False}
        _KEPT["zh"] = prepare(**given)
    return dataclasses.replace(_KEPT["zh"], lang=lang, **changes)


def prepared_study():
    return atlas_in().study


def read(lang="zh", **given) -> Read:
    return Read(road_page(atlas_in(lang), made_road(**given)).page.html())


@pytest.fixture(scope="module")
def chinese() -> Read:
    return read()


@pytest.fixture(scope="module")
def english() -> Read:
    return read("en")


def test_the_answer_stands_first_in_three_sentences(chinese, english):
    panels = list(dict.fromkeys(chinese.texts))
    at = panels.index("已知：点名两条。")
    assert panels[at : at + 3] == ["已知：点名两条。", "本设计：40公里。", "未定：其余未公布。"]
    assert {"Known: Two are named.", "Our design is 40 km.", "Open: The rest is not published."} <= set(english.texts)


def test_the_page_stands_in_the_menu_of_red_culture(chinese):
    assert chinese.menus["红色文化"] == [("route.html", "红色旅游路")]
    assert chinese.current == ["route.html"]


def test_the_road_is_drawn_by_status_and_by_points(chinese, english):
    by_status, by_points = chinese.layer("按状态"), chinese.layer("按路段分值")
    labels = [style["label"] for style in by_status["meta"]["classes"]]
    assert [labels[c] for c in by_status["data"]["c"]] == ["在建", "既有", "规划"]
    # 10 points lie on L1, 12 on L2; what is not covered counts nowhere
    labels = [style["label"] for style in by_points["meta"]["classes"]]
    assert [labels[c] for c in by_points["data"]["c"]] == ["10–20 分", "10–20 分", "没有点位"]
    assert by_status["meta"]["shown"]
    assert not by_points["meta"]["shown"]
    rows = english.rows("Stretches")
    assert [(row["Points"], row["km"], row["Per 10 km"]) for row in rows] == [
        ("12", "20.0", "6.0"), ("10", "10.0", "10.0"), ("0", "10.0", "0.0"),
    ]  # fmt: skip
    assert rows[0]["Stretch"] == "b镇–c镇"
    assert rows[0]["Status"] == "open"


def test_sites_are_listed_with_their_minutes(chinese, english):
    rows = chinese.rows("点位与到道路的分钟")
    assert [(row["点位"], row["到道路（分）"], row["分值"]) for row in rows] == [
        ("古镇乙", "6", "12"), ("会址甲", "0", "10"), ("湖丙", "44", "5"), ("酒庄丁", "–", "5"),
    ]  # fmt: skip
    assert [row["计入的把握 %"] for row in rows] == ["80", "100", "10", "0"]
    assert english.rows("Sites and their minutes")[0]["Site"] == "Town B"
    shown = chinese.layer("点位")
    labels = [style["label"] for style in shown["meta"]["classes"]]
    assert [labels[c] for c in shown["data"]["c"]] == [
        "红色遗址（15 分钟内）", "红色遗址（15 分钟内）", "康养点（更远）", "酒庄酒镇（更远）",
    ]  # fmt: skip


def test_the_list_of_gaps_has_the_place_of_each(chinese, english):
    rows = chinese.rows("空白段")
    assert len(rows) == 1  # the other gap is one of 2 km
    assert rows[0]["位置"].endswith("K4.0–26.0")
    assert (rows[0]["km"], rows[0]["前一点位"], rows[0]["后一点位"]) == ("22.0", "会址甲", "古镇乙")
    assert english.rows("Gaps")[0]["Site after"] == "Town B"
    html = road_page(atlas_in(), made_road()).page.html()
    box = re.search(r'data-zoom="([^"]+)">[^<]*K4\.0–26\.0<', html)[1].split(",")
    west, south, east, north = map(float, box)
    ends = gpd.GeoSeries([shapely.LineString([(X + 4000, Y), (X + 26_000, Y)])], crs=CRS).to_crs(4326)
    assert shapely.box(west, south, east, north).covers(ends.iloc[0])
    assert east - west < 0.28


def test_shares_are_told_as_ranges_where_there_are_any(chinese):
    rows = {row["类别"]: row for row in chinese.rows("覆盖")}
    assert rows["红色遗址"]["15 分钟"] == "85 (50–100) %"
    assert rows["红色遗址"]["2 km"] == "100 %"
    assert rows["人口"]["15 分钟"] == "21–31 %"
    assert rows["人口"]["总数"] == "115 万"
    assert rows["酒庄酒镇"]["2 km"] == "100 %"


def test_the_curve_of_coverage_is_drawn(chinese, english):
    assert any("各段首尾相接的里程 (km)" in chart for chart in chinese.charts)
    assert any("km, branch after branch" in chart for chart in english.charts)


def test_lengths_say_what_is_fact_inference_and_gap(chinese, english):
    rows = chinese.rows("里程对账")
    assert [(row["项目"], row["km"], row["依据"]) for row in rows[1:]] == [
        ("G352金兰—分水(446 - 283 - 79)", "84.0", "推断"), ("规划总长", "446.0", "公布"),
        ("未说明的长度", "79.0", "缺口"), ("I-16 太平—石厢子—叙永县城 · 在建", "10.0", "本设计"),
        ("连接路段 · 规划", "10.0", "本设计"), ("线路全长", "40.0", "本设计"),
    ]  # fmt: skip
    assert [row["% of the total"] for row in english.rows("The lengths")][:4] == ["63", "19", "100", "18"]


def test_alignments_are_said_to_be_no_design_and_why_one_is_missing(chinese):
    rows = chinese.rows("研究选线")
    assert [(row["条目"], row["km"], row["最陡 %"]) for row in rows] == [
        ("四(六)1 (I-22)", "18.2", "8.0"), ("四(六)1 (I-21)", "–", "–"),
    ]  # fmt: skip
    told = next(text for text in chinese.texts if text.startswith("研究用选线，非工程设计；示范地形"))
    assert "四(六)1 (I-21)：在此网格上没有合乎坡度限值的线路" in told
    assert "no route" not in told
    in_english = read("en").texts
    assert any("4(6)1 (I-21): no route on this lattice keeps 8 %" in text for text in in_english)
    assert len(chinese.layer("研究选线（非设计）")["data"]["c"]) == 1


def test_a_schematic_line_has_no_grades_and_a_surveyed_one_has():
    def profile_of(road):
        records = Read(road_page(atlas_in(), road).page.html()).records
        return next(record for record in records if "stretches" in record.get("meta", {}))

    drawn = profile_of(made_road())
    assert set(drawn["data"]["grade"][:-3]) == {None}  # the last three are those of the alignment
    assert drawn["data"]["grade"][-3:] == [8, 5, None]
    assert drawn["data"]["over"] == [0] * len(drawn["data"]["over"])
    assert "不是道路纵坡" in drawn["meta"]["name"]
    assert drawn["meta"]["branches"][-1] == ["I-22 疏港路（研究选线，示范地形）", 3]
    assert "示范地形" in drawn["meta"]["name"]  # and so twice
    assert drawn["meta"]["stretches"] == [[0, 4000, 26_000, "空白段"]]
    assert sorted((branch, m) for branch, m, _ in drawn["meta"]["marks"]) == [(0, 1000), (0, 29_000)]
    surveyed = profile_of(dataclasses.replace(made_road(), surveyed=True))
    assert surveyed["data"]["over"].count(1) == 2  # at 5 km of each branch
    assert surveyed["texts"]["spans"] == ["桥"]


def test_a_public_profile_is_coarse_in_place_and_height():
    made = road_page(atlas_in(public=True), made_road())
    record = next(record for record in Read(made.page.html()).records if "stretches" in record.get("meta", {}))
    heights = [height for height in record["data"]["h"] if height is not None]  # in tenths of a metre
    assert len(heights) > 3
    assert all(height % 200 == 0 for height in heights)
    degrees = np.cumsum(np.reshape(record["data"]["xy"], (-1, 2)), axis=0) / 1e5
    xy = shapely.get_coordinates(gpd.GeoSeries(gpd.points_from_xy(*degrees.T), crs=4326).to_crs(CRS).values)
    assert np.abs(xy - np.round(xy / 50) * 50).max() < 1.0


def test_the_page_can_be_made_of_a_road_without_design_profile_and_gaps():
    road = made_road()
    found = road.coverage
    covers = dataclasses.replace(found, gaps=found.gaps.iloc[:0], added=found.added.iloc[:0])
    alignments = road.alignments.iloc[:0]
    bare = dataclasses.replace(road, design=None, profile=None, alignments=alignments, coverage=covers)
    page = Read(road_page(atlas_in(), bare).page.html())
    assert "没有空白段：处处 15 分钟内有点位。" in page.texts
    assert "研究选线" not in page.tables


def test_what_is_not_public_is_not_shown_in_public():
    hidden = atlas_in(public=True).places["id"]
    road = made_road()
    moved = dataclasses.replace(road, sites=road.sites.rename(index={"shixiangzi-site": "not-public"}))
    page = Read(road_page(atlas_in(public=True), moved).page.html())
    names = [row["点位"] for row in page.rows("点位与到道路的分钟")]
    assert "not-public" not in set(hidden)
    assert "会址甲" not in names
    assert "古镇乙" in names


def test_what_a_longer_road_would_reach_is_told():
    longer = pd.DataFrame(
        {"km": [446.0, 466.0], "designed_km": [439.7, 465.4], "points": [88.0, 100.0], "bound": [88.0, 100.0],
         "gap": 0.0, "sites": [27, 31], "new": [(), ("湖丙", "酒庄丁", "某镇")]}
    )  # fmt: skip
    road = made_road()
    towns = road.sites.assign(kind=road.sites["kind"].replace("liquor", "township"))
    road = dataclasses.replace(road, sites=towns)
    rows = Read(road_page(atlas_in("en"), road, longer=longer).page.html()).rows("What a longer road")
    assert [row["Points"] for row in rows] == ["88", "100"]
    assert rows[1]["Reached beyond the row above"] == "Lake C, 某镇, 1 township seat"


def test_figures_hold_length_and_shares_with_their_ranges():
    figures = {figure.name: figure for figure in road_page(atlas_in("en"), made_road()).figures}
    assert figures["Length of the designed red-tourism road"].value == 40.0
    assert (figures["People ≤15 min"].low, figures["People ≤15 min"].high) == (21.0, 31.0)
    assert figures["Length of the designed red-tourism road"].clause == "I-15"


def test_the_page_is_the_same_each_time_and_small():
    first, second = (road_page(atlas_in(), made_road()).page.html() for _ in range(2))
    assert first == second
    assert len(first.encode()) < 4_000_000


def test_a_study_without_route_file_has_no_page():
    atlas = atlas_in()
    study = dataclasses.replace(atlas.study, files={k: v for k, v in atlas.study.files.items() if k != "route"})
    [entry] = entries(dataclasses.replace(atlas, study=study))
    assert entry.lacks[1].startswith("the study names no file")
    assert entries(atlas)[0].made


def test_a_site_where_stretches_meet_counts_for_each_of_them_in_equal_parts():
    """At b, 10 km along the first branch, L1, L2 and L3 meet."""
    road = made_road()
    sites = road.sites.assign(km=road.sites["km"].mask(road.sites.index == "shixiangzi-site", 10.0))
    worth = road_words.values(road.route.frame, sites, threshold="15 min")
    assert worth.tolist() == pytest.approx([10 / 3, 12 + 10 / 3, 10 / 3])


def test_the_worth_of_stretches_sums_to_that_of_the_covered_sites():
    road = made_road()
    for threshold in THRESHOLDS:
        worth = road_words.values(road.route.frame, road.sites, threshold=threshold)
        covered = road.sites[f"covered {threshold}"]
        assert worth.sum() == road.sites.loc[covered, "weight"].sum()


@pytest.mark.browser
def test_the_page_in_a_browser(tmp_path):
    page = road_page(atlas_in("en"), made_road()).page
    with open_page(page.save(tmp_path / "route.html"), size=(1366, 900), lang="en") as opened:
        # a gap brings the map to its place
        opened.locator(".ny-panel", has_text="Gaps").locator("td button").first.click()
        opened.wait_for_timeout(600)
        west, _, east, _ = map(float, opened.evaluate("nanyi.map.getBounds().toBBoxString()").split(","))
        middle = gpd.GeoSeries([shapely.Point(X + 15_000, Y)], crs=CRS).to_crs(4326).iloc[0]
        assert west < middle.x < east
        # the road, pressed, shows its place on the profile: 15 km, 550 m
        opened.click_at(middle.x, middle.y)
        said = opened.locator(".ny-profile-said").inner_text()
        assert re.fullmatch(r"1[45]\.\d km · 5[45]\d m · gap", said)
        assert "Branch" in opened.locator(".ny-popup").inner_text()
        opened.keyboard.press("Escape")
        # by points
        opened.locator(".ny-scenario label", has_text="By points").click()
        assert "10 to 20 points" in opened.locator(".ny-legend").inner_text()
        opened.assert_clean()


@pytest.mark.browser
def test_map_and_profile_move_each_other_and_links_show_their_grades(tmp_path):
    page = road_page(atlas_in("en"), made_road()).page
    west, south, east, north = atlas_in().study.counties.to_crs(4326).total_bounds
    on_map = """() => { const found = []; nanyi.map.eachLayer(({ options, _latlng: at }) => {
        if (options.className === 'ny-profile-mark') found.push([at.lng, at.lat]); }); return found; }"""
    with open_page(page.save(tmp_path / "route.html"), size=(1366, 657), lang="en") as opened:
        # all of the two counties is in view at first, above the profile
        seen = list(map(float, opened.evaluate("nanyi.map.getBounds().toBBoxString()").split(",")))
        assert shapely.box(*seen).covers(shapely.box(west, south, east, north))
        assert opened.locator(".ny-cursor[visibility=hidden]").count() == 1
        assert opened.evaluate(on_map) == []
        # the pointer half way along the profile marks 15 km of 30 on the map
        box = opened.locator(".ny-profile svg").bounding_box()
        opened.mouse.move(box["x"] + 52 + (box["width"] - 52 - 14) / 2, box["y"] + box["height"] / 2)
        assert opened.locator(".ny-cursor[visibility=hidden]").count() == 0
        middle = gpd.GeoSeries([shapely.Point(X + 15_000, Y)], crs=CRS).to_crs(4326).iloc[0]
        assert opened.evaluate(on_map) == [pytest.approx([middle.x, middle.y], abs=1e-4)]
        # a link, chosen, shows the grade of its grade line and its bridge, and marks its own start
        opened.locator(".ny-profile select").select_option(label="I-22 Port road (study, modelled terrain) · 2.0 km")
        start = gpd.GeoSeries([shapely.Point(X + 30_000, Y)], crs=CRS).to_crs(4326).iloc[0]
        assert opened.evaluate(on_map) == [pytest.approx([start.x, start.y], abs=1e-4)]
        assert opened.locator(".ny-profile-said").inner_text() == "0.0 km · 300 m · grade 0.8 % · bridge"
        # pressed on the map it tells length, climb, the steepest grade against its limit, minutes, and that twice
        spot = gpd.GeoSeries([shapely.Point(X + 20_000, Y + 5000)], crs=CRS).to_crs(4326).iloc[0]
        opened.evaluate("([lon, lat]) => nanyi.map.setView([lat, lon], 13, { animate: false })", [spot.x, spot.y])
        opened.click_at(spot.x, spot.y)
        told = opened.locator(".ny-popup").inner_text()
        assert all(text in told for text in ("18.2", "100 / 90", "8.0 / 8.0", "0 %", "31 / 30"))
        assert "for study, no design; demonstration terrain" in told
        opened.assert_clean()


@pytest.mark.browser
def test_red_sites_show_and_tell_their_minutes_and_what_else_is_there(tmp_path):
    road = made_road()
    sites = road.sites
    geometry = sites.geometry.copy()
    geometry.loc["maoxi-liquor-valley"] = geometry["taiping-old-town"]  # at one place, worth less
    page = road_page(atlas_in("en"), dataclasses.replace(road, sites=sites.set_geometry(geometry))).page
    spot = geometry.to_crs(4326)["taiping-old-town"]
    with open_page(page.save(tmp_path / "route.html"), size=(390, 844), lang="en") as opened:
        assert opened.locator(".ny-count:visible").count() == 0  # no number stands in a star's place
        opened.evaluate("([lon, lat]) => nanyi.map.setView([lat, lon], 12, { animate: false })", [spot.x, spot.y])
        opened.click_at(spot.x, spot.y)
        told = opened.locator(".ny-popup").inner_text()
        assert "Town B" in told
        assert re.search(r"Also here\s+Estate D", told)
        assert re.search(r"Minutes to the road\s+6\b", told)
        opened.assert_clean()


@pytest.mark.browser
def test_names_of_a_road_are_never_run(tmp_path):
    road = made_road(hostile=HOSTILE)
    page = road_page(atlas_in(), road).page
    with open_page(page.save(tmp_path / "route.html")) as opened:
        assert HOSTILE in opened.locator(".ny-side").text_content()
        assert opened.locator(".ny-side img, .ny-profile img, .ny-label img").count() == 0
        opened.assert_clean()


@pytest.fixture(scope="module")
def embedded() -> tuple[RedRoad, pd.DataFrame]:
    """Return the road of the South Wing as its page has it, and longer ones."""
    atlas = atlas_in()
    return red_road(atlas.study, dem=atlas.dem, samples=20), road_by_length(atlas.study, lengths_km=[446.0, 466.0])


@pytest.mark.slow
def test_the_page_of_the_embedded_study_is_made(embedded):
    page = road_page(atlas_in(), embedded[0], longer=embedded[1])
    html = page.page.html()
    found = Read(html)
    assert len(html.encode()) < 1_500_000
    assert page.figures[0].value <= 446.0
    assert page.figures[0].value > 430.0
    assert "四(六)1 (I-16)" in {row["条目"] for row in found.rows("路段：状态与分值")}
    assert all(shown.strip() for shown in found.texts)
    lengths = [(row["项目"], row["km"], row["依据"]) for row in found.rows("里程对账")]
    # 283 + 79 = 362 are published, 446 - 362 = 84 are not, and are taken for I-17
    assert lengths[2:6] == [
        ("G352金兰—分水(446 - 283 - 79)", "84.0", "推断"), ("公布里程之和", "362.0", "公布"),
        ("规划总长", "446.0", "公布"), ("未公布去向的长度", "84.0", "缺口"),
    ]  # fmt: skip
    assert [row["条目"].rpartition(" ")[2] for row in found.rows("研究选线")] == ["(R-14)", "(I-21)", "(I-22)"]


def test_the_menu_makes_one_page_of_the_road_of_the_plan(monkeypatch):
    asked = {}

    def given(study, **options):
        asked.update(options, study=study.id)
        return made_road()

    monkeypatch.setattr("nanyi_gis.targets.red_road", given)
    monkeypatch.setattr("nanyi_gis.targets.road_by_length", lambda *_, **__: None)
    [page] = make(atlas_in())
    assert page.file == "route.html"
    assert asked["samples"] >= 100
    assert asked["dem"] is atlas_in().dem


@pytest.mark.slow
def test_the_english_page_of_the_embedded_study_has_no_chinese(embedded):
    found = Read(road_page(atlas_in("en"), embedded[0], longer=embedded[1]).page.html())
    cells = [cell for rows in found.tables.values() for row in rows for cell in row]
    told = [text for text in (*found.texts, *cells) if re.search("[\u4e00-\u9fff]", text)]
    assert [text for text in told if not text.startswith("Boundaries: ")] == []  # the county outlines' own source
    profile = next(record for record in found.records if "stretches" in record.get("meta", {}))
    assert not re.search("[\u4e00-\u9fff]", str(profile["meta"]))


@pytest.mark.slow
def test_roads_of_a_user_are_not_those_that_the_road_is_designed_on(embedded):
    class Roads:
        name = "mine.gpkg"

    page = road_page(atlas_in("en", roads=Roads()), embedded[0])
    told = next(text for text in Read(page.page.html()).texts if "Network: " in text)
    assert "Network: schematic" in told
    assert "mine.gpkg has no corridors of the plan and is not used on this page" in told
    assert "mine.gpkg" in page.figures[0].method


def test_longer_roads_collect_no_less_and_say_what_is_new():
    table = road_by_length(lengths_km=[466.0, 446.0])
    assert table["km"].tolist() == [446.0, 466.0]
    assert (table["designed_km"] <= table["km"]).all()
    assert table["points"].is_monotonic_increasing
    assert (table["points"] <= table["bound"] + 1e-6).all()
    assert table["new"][0] == ()
    assert table["new"][1]
    free = road_by_length(lengths_km=[446.0], named=False)
    assert free["points"][0] >= table["points"][0]  # holding more can only cost
    with pytest.raises(ParameterError, match="lengths_km"):
        road_by_length(lengths_km=[0.0])
