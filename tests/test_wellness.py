"""Wellness ranked: draws over climate, places, minutes and weights; tours cut into days; the page."""

import dataclasses
import tomllib

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from reading import Read
from terrain_rasters import raster

from nanyi_gis import targets
from nanyi_gis.accessibility import tour_days
from nanyi_gis.atlas.pages import make_pages
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.climate import load_climate
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import data_file
from nanyi_gis.study import load_study
from nanyi_gis.targets import Candidates

FEW = {"samples": 150}


@pytest.fixture(scope="module")
def record():
    return targets.wellness_record(load_study()).model_copy(update=FEW)


def hills(heights: list[float]):
    """Return a DEM of plateaus 2 km wide in the South Wing and points in their middle."""
    values = np.repeat([heights], 20, axis=0).repeat(20, axis=1).astype(np.float32)
    dem = raster(values, origin=(540_000.0, 3_110_000.0), step=(100.0, -100.0))
    at = gpd.points_from_xy(541_000.0 + 2000.0 * np.arange(len(heights)), np.full(len(heights), 3_109_000.0))
    places = gpd.GeoDataFrame({"uncertainty_m": 100.0}, geometry=at, crs=4544, index=[f"p{k}" for k in range(len(at))])
    return dem, places


def ranked(record, heights, minutes, **more):
    dem, places = hills(heights)
    table = pd.DataFrame(minutes, columns=["hospital", "motorway"], index=places.index)
    found = targets.wellness(
        dem, {"seats": Candidates(places=places, minutes=table)}, record=record, climate=load_climate(), **more
    )
    return found, found.ranks["seats"].table.set_index("place")


def test_the_cooler_of_two_places_as_near_comes_first(record):
    found, table = ranked(record, [400.0, 1200.0, 800.0], [(30.0, 20.0)] * 3)
    assert table.index.tolist() == ["p1", "p2", "p0"]
    assert table["score"].is_monotonic_decreasing
    assert table.loc["p1", "first"] > 0.6
    chances = found.ranks["seats"].probabilities
    assert chances.sum(axis=0).to_numpy() == pytest.approx(np.ones(3))
    assert chances.sum(axis=1).to_numpy() == pytest.approx(np.ones(3))


def test_the_nearer_of_two_places_as_cool_comes_first(record):
    _, table = ranked(record, [1000.0, 1000.0], [(90.0, 60.0), (30.0, 20.0)])
    assert table.index.tolist() == ["p1", "p0"]
    assert table.loc["p1", "first"] > 0.8


def test_twins_cannot_be_told_apart(record):
    _, table = ranked(record, [900.0, 900.0], [(40.0, 30.0)] * 2)
    assert table["alike"].tolist() == [1, 1]
    assert 0.3 < table.loc["p0", "first"] < 0.7


def test_july_is_that_of_the_climate_and_degrees_are_counted_from_the_city(record):
    found, _ = ranked(record, [600.0], [(40.0, 30.0)])
    climate, values = load_climate(), found.values["seats"].loc["p0"]
    _, places = hills([600.0])
    at = places.to_crs(4326).geometry.iloc[0]
    expected = climate.value("july_temperature", 600.0, shares=climate.shares(at.x, at.y))[0]
    assert values["july"] == pytest.approx(expected)
    assert values["below_city"] == pytest.approx(record.city[0].july - expected)
    assert values["july_low"] < expected < values["july_high"]
    assert values["hospital"] == pytest.approx(40.0 * 1.2)


def test_another_city_hardly_changes_the_order(record):
    heights, minutes = (
        [400.0, 700.0, 900.0, 1100.0, 1300.0],
        [(20.0, 10.0), (30.0, 40.0), (60.0, 20.0), (90.0, 60.0), (50.0, 50.0)],
    )
    _, one = ranked(record, heights, minutes)
    _, other = ranked(record.model_copy(update={"city": record.city[::-1]}), heights, minutes)
    assert one["rank"].corr(other["rank"].reindex(one.index)) > 0.85


def test_the_class_of_the_standard_ranks_nothing_where_it_is_cool(record):
    found, _ = ranked(record, [650.0, 900.0, 1200.0], [(30.0, 20.0)] * 3)
    assert found.classes.loc["comfortable", "low"] == 3
    assert found.classes.sum().tolist() == [3, 3, 3]
    assert 400 <= found.comfortable_from["north"] <= 500  # 27.0 at 377.5 m, 0.58 in 100 m: 26.6 at 447 m
    assert 550 <= found.comfortable_from["south"] <= 650


def test_a_group_ranks_by_the_mean_of_its_places(record):
    found, _ = ranked(record, [400.0, 1300.0, 800.0], [(30.0, 20.0)] * 3, groups={"core": ["p0", "p1"], "none": ["x"]})
    assert found.groups.index.tolist() == ["core"]
    assert found.groups.loc["core", "members"] == ("p0", "p1")
    assert 1 <= found.groups.loc["core", "rank_low"] <= found.groups.loc["core", "rank_high"] <= 3


def test_a_place_that_nothing_reaches_is_last_and_no_error(record):
    _, table = ranked(record, [1000.0, 1000.0], [(np.inf, np.inf), (90.0, 90.0)])
    assert table.index.tolist() == ["p1", "p0"]


def test_equal_seeds_give_equal_ranks(record):
    one, other = (ranked(record, [500.0, 900.0], [(30.0, 20.0)] * 2, seed=3)[1] for _ in range(2))
    assert one.equals(other)


def test_what_cannot_be_ranked_is_one_line(record):
    dem, places = hills([600.0])
    minutes = pd.DataFrame({"hospital": [30.0], "motorway": [20.0]}, index=places.index)
    away = places.set_geometry(places.geometry.translate(90_000.0))
    climate = load_climate()
    with pytest.raises(DataError, match="no height at the place 'p0'"):
        targets.wellness(dem, {"a": Candidates(places=away, minutes=minutes)}, record=record, climate=climate)
    with pytest.raises(DataError, match="counts 'motorway', but known are"):
        only = Candidates(places=places, minutes=minutes[["hospital"]])
        targets.wellness(dem, {"a": only}, record=record, climate=climate)
    cold = dataclasses.replace(climate, variables={"rain": climate.variables["rain"]})
    with pytest.raises(DataError, match="has no july_temperature"):
        targets.wellness(dem, {"a": Candidates(places=places, minutes=minutes)}, record=record, climate=cold)


# ---- tours ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.1, 3.9), min_size=1, max_size=8))
def test_days_rise_by_one_and_keep_to_the_hours(drives):
    days = tour_days(drives, [2.0] * len(drives), most_drive=4.0, most_day=9.0)
    assert days[0] == 1
    assert set(np.diff(days)) <= {0, 1}
    for day in set(days):
        own = [drive for drive, at in zip(drives, days, strict=True) if at == day]
        assert sum(own) <= 4.0 + 1e-9
        assert sum(own) + 2.0 * len(own) <= 9.0 + 1e-9


def test_a_tour_is_the_shortest_round_trip_cut_into_days(record):
    square = nx.MultiDiGraph(crs="EPSG:4544")
    for number, (x, y) in enumerate([(0, 0), (0, 9e4), (9e4, 9e4), (9e4, 0)]):
        square.add_node(number, x=float(x), y=float(y))
    for u, v in ((0, 1), (1, 2), (2, 3), (3, 0)):
        for start, end in ((u, v), (v, u)):
            square.add_edge(start, end, length=90_000.0, travel_time=5400.0)
    asked = targets.wellness_record(load_study()).tour[0].model_copy(update={"stops": ("a", "c", "b", "d", "x", "e")})
    one = record.model_copy(update={"tour": (asked,)})
    [tour] = targets.wellness_tours(square, {"a": 0, "b": 1, "c": 2, "d": 3, "e": 2}, record=one)
    assert tour.minutes == pytest.approx(360.0)
    assert tour.km == pytest.approx(360.0)
    assert {tuple(sorted(stops)) for stops in tour.legs["end"]} == {("a",), ("b",), ("c", "e"), ("d",)}
    assert tour.missing == ("x",)
    # by hand, 2 h a place and 9 h a day: legs of 1.5 h make 3.5 + 5.5 and 3.5 + 1.5; of 1.8 h the second day is the
    # two places alone; two legs of 2.1 h are above 4 h of driving
    assert (tour.days_low, tour.days, tour.days_high) == (2, 3, 4)
    assert isinstance(tour.legs.geometry.iloc[0], shapely.LineString)


def test_a_tour_without_a_way_is_left_out(record):
    apart = nx.MultiDiGraph(crs="EPSG:4544")
    apart.add_nodes_from((number, {"x": 1e4 * number, "y": 0.0}) for number in range(3))
    apart.add_edge(0, 2, length=10_000.0, travel_time=600.0)
    asked = record.tour[0].model_copy(update={"stops": ("a", "b")})
    one = record.model_copy(update={"tour": (asked,)})
    assert targets.wellness_tours(apart, {"a": 0, "b": 1}, record=one) == []
    assert targets.wellness_tours(apart, {"a": 0}, record=one) == []


# ---- the record -----------------------------------------------------------------------------------------------------


def test_the_record_names_items_and_places_that_are_there():
    study = load_study()
    asked = targets.wellness_record(study)
    assert {"W-00a", "W-00b", "W-00c", "W-03", "W-04", "W-19"} <= set(targets.items_of(asked))
    known = set(study.places["id"])
    assert len(asked.tour) == study.plan.item("W-00b").quantities[0].value
    assert {stop for tour in asked.tour for stop in tour.stops} <= known
    assert sum(one.weight for one in asked.criterion) == pytest.approx(1.0)
    assert all(city.source and city.evidence for city in asked.city)
    none = dataclasses.replace(study, files={key: path for key, path in study.files.items() if key != "systems"})
    assert targets.wellness_record(none) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('towns = "W-00c"', 'towns = "W-99"', "'W-99' is no item of the plan"),
        ("weight = 0.35", "weight = -1", "criterion.0.weight"),
        ("samples = 600", "sample = 600", "sample is no key"),
        ("concentration = 20.0", "concentration = 0", "concentration is 0"),
        ("hot_gap = [4.0, 6.0]", "hot_gap = [6.0, 4.0]", "hot_gap must have its low end first"),
        ("minutes_factor = [1.0, 1.4]", "minutes_factor = [1.4, 1.0]", "minutes_factor must have its low end first"),
        ("humidity = [0.75, 0.88]", "humidity = [75, 88]", "humidity.0 is 75"),
        ("worst = 0.0 # K", "worst = 8.0 # K", "another worst than best"),
    ],
)
def test_a_bad_record_is_one_line(tmp_path, old, new, words):
    text = data_file("systems/wellness.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "wellness.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    study = dataclasses.replace(load_study(), files=dict(load_study().files) | {"systems": tmp_path})
    with pytest.raises((DataError, ParameterError), match=words) as caught:
        targets.wellness_record(study)
    assert "\n" not in str(caught.value)


def test_every_assumption_of_the_record_says_where_it_is_from():
    text = tomllib.loads(data_file("systems/wellness.toml").read_text(encoding="utf-8"))
    for key in ("humidity", "hot"):
        assert text[f"{key}_source"]
        assert text[f"{key}_evidence"] == "K-low"


# ---- the page -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(coarse_atlas) -> Read:
    return Read.of_file(coarse_atlas / "wellness.html")


def test_the_page_ranks_every_township_with_an_interval(page):
    rows = page.rows("各乡镇排名（区间）")
    assert len(rows) == 45
    assert [int(row["名次"]) for row in rows] == list(range(1, 46))
    for row in rows:
        low, high = (int(end) for end in row["名次区间"].split("–"))
        assert 1 <= low <= high <= 45
    assert sum(float(row["前 6 概率（%）"]) for row in rows) == pytest.approx(600, abs=25)
    assert sum(float(row["按土地前 3（%）"]) for row in rows) == pytest.approx(300, abs=25)
    first, last = rows[0], rows[-1]
    assert float(first["驻地高程（m）"].replace(",", "")) > float(last["驻地高程（m）"].replace(",", ""))


def test_the_plans_own_choice_stands_beside_ours(page):
    rows = {row["规划点名"]: row for row in page.rows("规划点名之处排在哪里")}
    assert {"“水尾—黄荆”核", "“分水—摩尼—双沙”核", "罗汉林", "郎酒庄园", "黄荆老林"} <= set(rows)
    assert len(rows) == 2 + 7
    assert "丹山玉皇观没有公开坐标，未排" in " ".join(page.texts)
    high, low = (int(rows[name]["名次 / 总数"].split(" / ")[0]) for name in ("“分水—摩尼—双沙”核", "“水尾—黄荆”核"))
    assert high < low


def test_the_class_is_shown_to_rank_nothing(page):
    rows = {row["等级"]: row for row in page.rows("按国家标准的等级（7 月）")}
    for humidity in ("乡镇数，湿度 75%", "81.5%", "88%"):
        assert sum(int(row[humidity]) for row in rows.values()) == 45
        assert int(rows["舒适"][humidity]) > 45 / 2
    text = " ".join(page.texts)
    assert "等级排不出名次" in text
    assert "修订中" in text
    assert "雾与冷夜没有扣分" in text


def test_five_tours_have_days_and_hours(page):
    rows = page.rows("五条线路：日程与车程")
    assert len(rows) == 5
    for row in rows:
        assert "→" in row["顺序（｜为过夜）"] or "｜" in row["顺序（｜为过夜）"]
        low, high = (float(end) for end in row["车程（小时）"].split("–"))
        assert 0 < low < high < 40
        assert float(row["里程（km，示意路网）"].replace(",", "")) > 50


def test_a_public_page_tells_coarse_heights():
    given_ = {
        "study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
        "layers": [], "crops": [], "resolution": 2000.0, "rasters": {}, "population": None, "lang": "zh",
    }  # fmt: skip
    atlas = prepare(**given_, public=True)
    [[made]] = [group for _, group in make_pages(atlas, only=["wellness.html"])]
    rows = Read(made.page.html()).rows("各乡镇排名（区间）")
    assert all(int(row["驻地高程（m）"].replace(",", "")) % 20 == 0 for row in rows)
