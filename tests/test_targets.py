"""The plan's targets against the land: codes, numbers, and their words in both languages."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis import suitability, targets
from nanyi_gis.errors import ParameterError
from nanyi_gis.suitability import load_crop
from nanyi_gis.targets import Land, assessment, assumption_lines, judge, land_code

NAMES = {"叙永县": "Xuyong", "古蔺县": "Gulin"}
CODES = {"plenty": (130.0, 130.0), "tight": (60.0, 60.0), "needs_marginal": (20.0, 45.0), "short": (20.0, 30.0)}


def land_of(zones: dict[str, float], *, band: str = "< 700 m", grade: str = "S2") -> pd.DataFrame:
    """Return km2 of one class by zone."""
    return pd.DataFrame({"zone": list(zones), "band": band, "class": grade, "area_km2": list(zones.values())})


def sorghum(zones: tuple[str, ...] = ("叙永县", "古蔺县")) -> tuple[targets.Verdict, ...]:
    """Judge sorghum with 100 km2 of S2 in the first county and 400 in the second."""
    return judge({"sorghum": land_of(dict(zip(zones, (100.0, 400.0), strict=True)))})


def chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_feasibility_is_found_under_its_public_name():
    assert suitability.feasibility is targets.feasibility
    with pytest.raises(AttributeError, match="atlantis"):
        _ = suitability.atlantis


def test_a_target_of_one_county_takes_its_land():
    base = sorghum()[0]
    assert base.clause == "L-15"
    assert base.land.s1_s2 == pytest.approx(60.0)
    assert base.ratio == pytest.approx(2.0)
    assert (base.scope, base.code) == ("county", "tight")


def test_a_county_that_is_not_among_the_zones_is_said():
    verdicts = sorghum(("甲", "乙"))
    assert verdicts[0].scope == "elsewhere"
    assert verdicts[0].land.s1_s2 == pytest.approx(75.0)
    table = targets.feasibility({"sorghum": land_of({"甲": 100.0, "乙": 400.0})})
    first = table["assumptions"].iloc[0]
    assert first.startswith("within all zones, since 古蔺, where the plan has it, is not among them")
    lines = assumption_lines(verdicts, lang="zh")
    assert "L-15：目标所在的县不在所给边界中，按全部土地计。" in lines


def test_pages_say_which_county_counts():
    assert "L-15：目标只在古蔺县，只计该县土地。" in assumption_lines(sorghum(), lang="zh", names={"古蔺县": "古蔺县"})
    assert any("Gulin alone" in line for line in assumption_lines(sorghum(), lang="en", names=NAMES))


def test_each_ground_is_said_once():
    lines = assumption_lines(judge({"orange": land_of({"叙永县": 1.0, "古蔺县": 1.0})}), lang="en", names=NAMES)
    assert len(lines) == len(set(lines)) == 4  # three that hold for all, one for new orchards


@pytest.mark.parametrize("name", ["orange", "plum", "kiwifruit", "sorghum"])
@pytest.mark.parametrize("zones", [("叙永县", "古蔺县"), ("甲", "乙")])
def test_a_page_speaks_one_language(name, zones):
    reach = pd.DataFrame(
        {"crop": ["orange"], "within_km": 5.0, "area_km2": 10.0, "marginal_km2": 3.0, "cause": "slope"}
    )
    limits = pd.DataFrame(
        {"crop": name, "zone": zones, "class": "N", "factor": ["slope", "annual rain"], "area_km2": 5.0}
    )
    land = land_of(dict(zip(zones, (100.0, 400.0), strict=True)))
    verdicts = judge({name: land}, reach=reach, limits=limits)
    english = dict(zip(zones, ("First", "Second"), strict=True))
    crop = load_crop(name)
    sources = targets.sources_of(crop)
    for verdict in verdicts:
        assert not chinese(assessment(verdict, lang="en", names=english)), verdict
        assert not chinese(targets.title(verdict, lang="en", names=english))
        words = assessment(verdict, lang="zh")
        assert not {"the", "of", "and", "slope", "rain"} & set(words.replace("、", " ").split()), words
        assert words.endswith("。")
    assert not [line for line in assumption_lines(verdicts, lang="en", names=english, sources=sources) if chinese(line)]
    assert all(chinese(line) for line in assumption_lines(verdicts, lang="zh", sources=sources))


@pytest.mark.parametrize("code", list(CODES))
def test_both_languages_say_what_the_code_says(code):
    good, all_three = CODES[code]
    verdict = targets.Verdict(
        crop="orange", clause="F-26", test="area", code=code, asked=40.0, ratio=good / 40,
        land=Land(s1_s2=good, s1_s2_s3=all_three, in_band=good / 4),
    )  # fmt: skip
    assert land_code(verdict.land, 40.0) == code
    zh = {"plenty": "土地不是限制", "tight": "偏紧", "needs_marginal": "须用勉强适宜地", "short": "仍不足"}
    en = {"plenty": "not what limits", "tight": "tight", "needs_marginal": "only with marginal land", "short": "short"}
    for lang, words in (("zh", zh), ("en", en), ("table", en)):
        text = assessment(verdict, lang=lang)
        assert words[code] in text
        assert [other for other in words.values() if other in text] == [words[code]]
        assert "25%" in text  # a quarter of it in the band
        assert (f"{good / 40:.1f}" if good >= 40 else "50%") in text


@given(asked=st.floats(0.1, 100), good=st.floats(0, 500), more=st.floats(0, 500))
def test_more_land_never_makes_a_verdict_worse(asked, good, more):
    order = ["short", "needs_marginal", "tight", "plenty"]
    before = land_code(Land(s1_s2=good, s1_s2_s3=good + more), asked)
    after = land_code(Land(s1_s2=good + more, s1_s2_s3=good + 2 * more), asked)
    assert order.index(after) >= order.index(before)


@pytest.mark.parametrize(
    ("good", "code"), [(120.0, "plenty"), (119.9, "tight"), (40.0, "tight"), (39.9, "needs_marginal"), (0.0, "short")]
)
def test_the_thresholds_are_three_times_and_once_the_target(good, code):
    # 40 万亩 are 266.67 km2; at 39.9 the rest is S3
    rows = [("叙永县", "< 700 m", "S2", good / 0.15), ("叙永县", "< 700 m", "S3", 1.0 if good > 1 else 0.0)]
    table = pd.DataFrame(rows, columns=["zone", "band", "class", "area_km2"])
    total = next(v for v in judge({"orange": table}) if v.kind == "sum")
    assert total.asked == 40.0
    assert total.code == code


@pytest.mark.parametrize(
    ("name", "band"), [("plum", ["规划海拔带", "the plan's band"]), ("sorghum", ["最适海拔带", "best"])]
)
def test_only_bands_of_the_plan_are_called_so(name, band):
    verdict = judge({name: land_of({"古蔺县": 100.0}, band="700-900 m")})[0]
    for lang, words in zip(("zh", "en"), band, strict=True):
        assert words in assessment(verdict, lang=lang)


def test_the_grain_balance_is_that_of_the_plan():
    balance = sorghum()[-1]
    # 30 万亩 at 222 to 318 kg: 6.66 to 9.54 万t; 20 万t of liquor at 2.4 need 48; that takes 150.9 to 216.2 万亩
    assert balance.code == "grain_short"
    assert balance.ratio == pytest.approx((6.66 + 9.54) / 2 / 48)
    zh, en = (assessment(balance, lang=lang) for lang in ("zh", "en"))
    for text in (zh, en):
        for figure in ("6.7", "9.5", "48", "20", "14%", "20%", "151", "216"):
            assert figure in text
    assert "不足部分须外调" in zh
    assert "万吨" in zh
    assert "× 10,000 t" in en


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [(47.9, 47.9, "grain_short"), (47.9, 48.0, "grain_unsure"), (48.0, 60.0, "grain_enough"), (10, 90, "grain_unsure")],
)
def test_grain_is_enough_only_at_the_low_yield(low, high, code):
    assert targets.grain_code(low, high, 48.0) == code
    words = {"grain_short": "外调", "grain_unsure": "只有高产", "grain_enough": "基地产粮够用"}
    numbers = sorghum()[-1].numbers
    verdict = targets.Verdict(
        crop="sorghum", clause="C-07", test="balance", code=code, asked=30, ratio=1, numbers=numbers,
        land=Land(s1_s2=1, s1_s2_s3=1),
    )  # fmt: skip
    assert [name for name, word in words.items() if word in assessment(verdict, lang="zh")] == [code]


def test_the_belt_says_how_wide_it_would_have_to_be():
    reach = pd.DataFrame({"crop": "orange", "within_km": [5.0, 2.0], "area_km2": [100.0, 20.0], "marginal_km2": 40.0,
                          "cause": "annual rain"})  # fmt: skip
    belt = [v for v in judge({"orange": land_of({"古蔺县": 1.0})}, reach=reach) if v.test == "belt"]
    assert [v.numbers["within_km"] for v in belt] == [2.0, 5.0]
    assert belt[1].land.s1_s2 == pytest.approx(15.0)
    assert belt[1].ratio == pytest.approx(15 / 40)
    assert belt[1].numbers["width_km"] == pytest.approx(266.6667 / 50, rel=1e-6)
    assert belt[1].numbers["frontage_width_km"] == pytest.approx(266.6667 / 211.5, rel=1e-6)
    zh = assessment(belt[1], lang="zh")
    assert "S1+S2 15.0 万亩，为目标 40 万亩的 38%；另有 S3 6.0 万亩（主要受年降水量限制）" in zh
    assert "5.3 km" in zh
    assert "mostly for annual rain" in assessment(belt[1], lang="en")
    assert targets.title(belt[1], lang="zh") == "左岸 5 km 内"


def test_land_within_counts_cells_by_their_centre():
    # 11 columns of 1 km; the bank is the west edge, so centres lie 0.5, 1.5, ... km from it; orange asks for 2, 5, 10
    grades = np.tile(np.array([1, 2, 3, 4, 1, 2, 3, 3, 1, 1, 1], np.uint8), (4, 1))
    layer = xr.DataArray(
        grades, dims=("y", "x"),
        coords={"y": 3_100_000.0 - 500 - 1000 * np.arange(4), "x": 500_000.0 + 500 + 1000 * np.arange(11)},
    ).rio.write_crs("EPSG:4544")  # fmt: skip
    codes = {name: code for code, name in suitability.limiting_names().items()}
    limiting = layer.copy(data=np.where(grades == 3, codes["annual rain"], codes["slope"]).astype(np.uint8))
    result = xr.Dataset({"cls": layer, "limiting": limiting})
    inputs = suitability.prepare(layer.astype("float32").rio.write_nodata(np.nan), use=load_crop("orange"))
    bank = gpd.GeoDataFrame(geometry=[shapely.LineString([(500_000, 3_080_000), (500_000, 3_120_000)])], crs=4544)
    county = gpd.GeoDataFrame(  # without the first row
        {"name": ["甲"]}, geometry=[shapely.box(500_000, 3_096_000, 511_000, 3_099_000)], crs=4544
    )
    table = targets.land_within(result, inputs, counties=county, bank=bank)
    assert table["crop"].tolist() == ["orange"] * 3
    assert table["within_km"].tolist() == [2.0, 5.0, 10.0]
    assert table["area_km2"].tolist() == pytest.approx([6.0, 9.0, 18.0], rel=5e-3)  # three rows; 2, 3 and 6 columns
    assert table["marginal_km2"].tolist() == pytest.approx([0.0, 3.0, 9.0], rel=5e-3)
    assert table["cause"].tolist() == ["", "annual rain", "annual rain"]


def test_only_new_orchards_keep_off_farmland():
    verdicts = judge({"orange": land_of({"古蔺县": 100.0})})
    assert [(v.kind, "farmland" in v.grounds) for v in verdicts if v.test == "area"] == [
        ("renovate", False), ("new", True), ("sum", False),
    ]  # fmt: skip


def test_the_share_in_the_band_is_of_suitable_land_there():
    rows = [
        ("古蔺县", "700-900 m", "S1", 30.0),
        ("古蔺县", "700-900 m", "S3", 500.0),
        ("古蔺县", "< 700 m", "S2", 90.0),
    ]
    table = pd.DataFrame(rows, columns=["zone", "band", "class", "area_km2"])
    land = judge({"plum": table})[0].land
    assert land.share_in_band == pytest.approx(0.25)  # 30 of 120 km2; the plum's band is 700 to 900 m
    assert land.in_band == pytest.approx(4.5)
    assert Land(s1_s2=0.0, s1_s2_s3=5.0).share_in_band == 0.0


def test_causes_come_worst_first():
    land = land_of({"叙永县": 10.0, "古蔺县": 10.0})
    limits = pd.DataFrame(
        [("plum", "叙永县", "N", "slope", 60.0), ("plum", "古蔺县", "S3", "annual rain", 30.0),
         ("plum", "古蔺县", "N", "wind", 10.0), ("plum", "古蔺县", "S1", "soil pH", 900.0),
         ("plum", "古蔺县", "S2", "soil pH", 900.0)],
        columns=["crop", "zone", "class", "factor", "area_km2"],
    )  # fmt: skip
    total = next(v for v in judge({"plum": land}, limits=limits) if v.kind == "sum")
    assert total.causes == (("slope", 0.6), ("annual rain", 0.3), ("wind", 0.1))
    assert "；S3 与 N 的主因：坡度 60%、年降水量 30%、wind 10%。" in assessment(total, lang="zh")
    assert assessment(total).endswith("; S3 and N for slope 60%, annual rain 30%, wind 10%")


def test_the_table_keeps_its_columns_and_has_the_code():
    table = targets.feasibility({"kiwifruit": land_of({"叙永县": 100.0, "古蔺县": 400.0})}, assumptions=["coarse DEM"])
    assert list(table) == targets.COLUMNS
    assert table["test"].tolist() == ["area", "area", "area", "county", "county"]
    assert table["kind"].tolist() == ["renovate", "new", "sum", "叙永县", "古蔺县"]
    # 500 km2 are 75 万亩: plenty for 5, and for 10; 400 km2 are 60
    assert table["verdict"].tolist() == ["plenty", "plenty", "plenty", "tight", "plenty"]
    assert table["assumptions"].str.endswith("coarse DEM").all()


def test_an_unknown_crop_is_one_line_and_no_key_error():
    with pytest.raises(ParameterError, match="banana"):
        judge({"banana": land_of({"古蔺县": 1.0})})


def test_kilometres_are_cut_at_the_counties():
    # a road of 10 km drawn as 8 km: 3 km in the first county, 2 in the second, 3 beyond; a way along their common
    # border counts once; a point counts where it lies
    counties = gpd.GeoDataFrame(
        {"name_zh": ["甲", "乙"]}, geometry=[shapely.box(0, 0, 3000, 1000), shapely.box(3000, 0, 5000, 1000)], crs=4544
    )
    lines = [
        shapely.LineString([(0, 500), (8000, 500)]),
        shapely.LineString([(3000, 0), (3000, 1000)]),
        shapely.LineString([(4000, 10), (4000, 10)]),
        shapely.LineString([(9000, 0), (9000, 1000)]),
    ]
    edges = gpd.GeoDataFrame(
        {"highway": ["primary", "track", "track", "rail"], "length": [10_000.0, 1_000.0, 500.0, 7_000.0]},
        geometry=lines, crs=4544,
    )  # fmt: skip
    table = targets.county_lengths(edges, counties)
    assert table.loc["primary"].tolist() == pytest.approx([3.75, 2.5, 3.75])
    assert table.loc["track"].tolist() == pytest.approx([1.0, 0.5, 0.0])
    assert table.loc["rail"].tolist() == [0.0, 0.0, 7.0]
    there = targets.county_lengths(edges.to_crs(4326), counties)  # the way along the border may fall to either side
    assert there.loc["primary"].tolist() == pytest.approx([3.75, 2.5, 3.75], abs=1e-3)
    assert there.sum(axis=1).tolist() == pytest.approx(table.sum(axis=1).tolist())


@settings(deadline=None)
@given(
    ends=st.lists(
        st.tuples(*[st.floats(-3000, 8000)] * 4).map(lambda xy: ((xy[0], xy[1]), (xy[2], xy[3]))),
        min_size=1,
        max_size=6,
    )
)
def test_no_kilometre_is_lost_or_counted_twice(ends):
    counties = gpd.GeoDataFrame(
        {"name_zh": ["甲", "乙"]}, geometry=[shapely.box(0, 0, 3000, 3000), shapely.box(3000, 0, 5000, 3000)], crs=4544
    )
    edges = gpd.GeoDataFrame(
        {"highway": "primary", "length": [1000.0 * (i + 1) for i in range(len(ends))]},
        geometry=[shapely.LineString(pair) for pair in ends], crs=4544,
    )  # fmt: skip
    table = targets.county_lengths(edges, counties)
    assert table.to_numpy().sum() == pytest.approx(edges["length"].sum() / 1000)
    assert (table.to_numpy() >= -1e-9).all()


def test_hospitals_are_seats_of_the_counties_and_around():
    graphs = targets.scenario_graphs()
    found = targets.county_hospitals(graphs.values())
    own = targets.county_hospitals(graphs.values(), own_county_only=True)
    assert own["county"].tolist() == ["叙永", "古蔺"]
    assert set(own.index) < set(found.index)
    assert {"weixin", "xingwen", "renhuai", "bijie"} <= set(found.index)  # on roads, whatever the motorways do
    assert set(found["county"]) & {"叙永", "古蔺"} == set(own["county"])


def test_what_hangs_on_an_opening_not_on_record_has_both_values():
    graphs = targets.uncertain_graphs()
    assert list(graphs)[:2] == [targets.WITHOUT, targets.WITH]
    assert "I-20" in graphs  # 二郎互通
    table = targets.uncertain_minutes("county_hospital", graphs=graphs)
    located = table[table["located"]]
    assert (located[targets.WITH] <= located[targets.WITHOUT] + 1e-9).all()
    differ = located[targets.WITHOUT] - located[targets.WITH] > 0.5
    assert (located["depends_on"].ne("") == differ).all()
    for told in located.loc[differ, "depends_on"]:
        assert set(told.split(";")) <= set(graphs) - {targets.WITHOUT, targets.WITH}
