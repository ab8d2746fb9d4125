"""Where facilities go in the study, and the pages that say so: by hand, against a sweep each, and read as a planner."""

import dataclasses
import re

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio import Affine
from reading import Read

from nanyi_gis import siting, targets
from nanyi_gis.accessibility import e2sfca
from nanyi_gis.atlas.pages import entries_of, make_pages, modules
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.siting import clients_from_raster
from nanyi_gis.study import load_study
from nanyi_gis.targets.shelters import _points
from nanyi_gis.travel_time import travel_time

CRS = "EPSG:4544"
FILES = ("sub_centres", "processing", "shelters", "charging", "telecom")


def raster(values, *, cell=100.0, west=0.0, north=None) -> xr.DataArray:
    """Return a raster with its south-west corner at the origin, rows from the north."""
    array = np.asarray(values)
    top = cell * array.shape[0] if north is None else north
    x = west + cell * (np.arange(array.shape[1]) + 0.5)
    y = top - cell * (np.arange(array.shape[0]) + 0.5)
    found = xr.DataArray(array, {"y": y, "x": x}, ("y", "x")).rio.write_crs(CRS)
    return found.rio.write_transform(Affine(cell, 0.0, west, 0.0, -cell, top))


def hills(side=40, *, cell=100.0, seed=3) -> xr.DataArray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side]
    heights = 300.0 + 40.0 * np.sin(x / 5.0) * np.cos(y / 7.0) + rng.uniform(0, 8, (side, side))
    return raster(heights.astype("float32"), cell=cell)


# ---- clients --------------------------------------------------------------------------------------------------------


def test_clients_are_the_cells_of_a_square_and_a_zone():
    people = raster([[1.0, 2.0, 4.0], [np.nan, 3.0, 0.0]])
    zones = raster([[1, 1, 2], [1, 2, 2]])
    found = clients_from_raster(people, size_m=200)
    assert found["weight"].tolist() == [6.0, 4.0]  # the squares [0, 200) and [200, 400)
    assert found["cells"].tolist() == [3, 1]
    assert shapely.get_coordinates(found.geometry.values).tolist()[1] == [250.0, 150.0]
    own = clients_from_raster(people, size_m=200, zones=zones, least=3.5)
    assert sorted(zip(own["zone"], own["weight"], strict=True)) == [(2, 4.0)]
    assert own.attrs["left_out"] == 6.0


@given(st.integers(0, 2**32 - 1), st.sampled_from([150.0, 200.0, 1000.0]))
@settings(max_examples=15, deadline=None)
def test_clients_keep_the_whole_weight_and_stand_on_a_cell_that_counts(seed, size):
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 5, (7, 9)) * (rng.uniform(size=(7, 9)) > 0.4)
    people = raster(values)
    found = clients_from_raster(people, size_m=size)
    assert found["weight"].sum() == pytest.approx(values.sum())
    assert found["cells"].sum() == np.count_nonzero(values)
    for point in found.geometry:
        assert float(people.sel(x=point.x, y=point.y)) > 0
    cut = clients_from_raster(people.isel(x=slice(0, 5)), size_m=size)
    shared = found[(found["column"] + 1) * size <= 500]
    assert cut.merge(shared, on=["row", "column"])["weight_x"].tolist() == shared["weight"].tolist()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda people: people.where(people < 2, -1.0), "negative or infinite"),
        (lambda people: people.where(people < 2, np.inf), "negative or infinite"),
        (lambda people: people.rio.write_crs(4326, inplace=False), "no projected CRS"),
    ],
)
def test_weights_that_are_none_are_refused(change, told):
    with pytest.raises(DataError, match=told):
        clients_from_raster(change(raster([[1.0, 2.0]])), size_m=100)
    with pytest.raises(ParameterError, match="size_m"):
        clients_from_raster(raster([[1.0]]), size_m=0)
    with pytest.raises(DataError, match="zones"):
        clients_from_raster(raster([[1.0]]), size_m=10, zones=raster([[1, 1]]))


# ---- land, people, walking ------------------------------------------------------------------------------------------


@given(st.integers(1, 200), st.lists(st.floats(0, 50), min_size=1, max_size=30).filter(lambda w: sum(w) > 0.1))
@settings(max_examples=60, deadline=None)
def test_shares_sum_to_the_number_and_are_within_one_of_the_quota(count, weights):
    table = pd.Series(weights)
    found = targets.apportion(count, table)
    assert found.sum() == count
    assert ((found - count * table / table.sum()).abs() < 1.0 + 1e-9).all()


def test_nothing_is_shared_out_over_no_land():
    with pytest.raises(DataError, match="all zero"):
        targets.apportion(3, pd.Series([0.0, 0.0]))


def test_planned_land_is_what_the_plan_asks_of_each_crop():
    orange, plum = raster([[1, 2, 3, 4]]), raster([[4, 4, 4, 4]])
    land, table = targets.planned_land({"orange": orange, "plum": plum}, {"orange": 40.0, "plum": 20.0})
    assert land.values.round(3).tolist() == [[20.0, 20.0, 0.0, 0.0]]
    assert table.loc["plum", ["suitable", "share"]].tolist() == [0.0, np.inf]  # nothing is made up for it


def test_a_crop_of_the_bank_goes_there_first():
    orange = raster([[1, 2, 3, 1]])  # a cell is 1 ha, 0.0015 万亩
    bank = raster([[1, 0, 1, 0]]) > 0
    land, table = targets.planned_land({"orange": orange}, {"orange": 0.0035}, first={"orange": bank})
    assert land.values[0] == pytest.approx([0.0015, 0.001, 0.0, 0.001], rel=1e-2)  # at true scale
    assert float(table.loc["orange", "first"]) == pytest.approx(0.0015, rel=1e-2)
    few, _ = targets.planned_land({"orange": orange}, {"orange": 0.0009}, first={"orange": bank})
    assert few.values[0] == pytest.approx([0.0009, 0.0, 0.0, 0.0])


def test_people_stay_in_their_zone_and_those_of_a_county_town_around_its_seat():
    slope = raster(np.full((40, 40), 10.0))
    slope[:, 30:] = 40.0
    zones = raster(np.repeat([[1] * 20 + [2] * 20], 40, axis=0))
    seat = shapely.Point(200.0, 200.0)
    found = targets.people_on_land(slope, zones=zones, people=[5000.0, 900.0], slope_max=25, seats={1: seat})
    assert float(found.where(zones == 1).sum()) == pytest.approx(5000.0)
    assert float(found.where(zones == 2).sum()) == pytest.approx(900.0)
    assert float(found[:, 30:].sum()) == 0.0
    away = np.hypot(found["x"] - seat.x, found["y"] - seat.y)
    assert float(found.where((zones == 1) & (away > 1500)).sum()) == 0.0


def test_minutes_on_foot_are_those_of_a_sweep_from_every_point():
    dem = hills(60)
    points = clients_from_raster(raster(np.ones((60, 60))), size_m=1000)
    found = targets.walking_matrix(dem, points, size_m=1000, limit=30)
    column, row = (np.floor(part).astype(int) for part in ~dem.rio.transform() * (points.geometry.x, points.geometry.y))
    for label in points.index[::7]:
        field = travel_time(dem, points.loc[[label]], direction="to", limit_minutes=30)
        assert found[label].to_numpy() == pytest.approx(field.values[row, column])
    assert np.isfinite(found.to_numpy()).sum() > 2 * len(points)


# ---- the proposals --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def graphs(study):
    return targets.scenario_graphs(study=study)


@pytest.fixture(scope="module")
def centres(study, graphs):
    asked = targets.siting_record(study).sub_centres
    quotas = targets.county_counts(study.plan.item(asked.item), unit=asked.unit)
    return targets.sub_centres(study, graphs=graphs, quotas=quotas, minutes=asked.minutes)


def test_the_plans_own_numbers_are_read_not_written(study):
    record = targets.siting_record(study)
    assert targets.county_counts(study.plan.item(record.sub_centres.item), unit="个") == {"叙永": 5, "古蔺": 6}
    plan = targets.whole_plan(study.for_public())
    assert plan.item(record.telecom.item).total(record.telecom.unit) == 150
    asked = record.processing
    wanmu = sum(plan.item(item).total("万亩") for items in asked.crops.values() for item in items)
    assert wanmu / plan.item(asked.facilities).total(asked.facilities_unit) == pytest.approx(70 / 120)


def test_the_counties_have_what_the_plan_gives_them_and_seats_have_none(centres):
    for model in targets.MODELS:
        chosen = centres.towns.loc[centres.chosen(model)]
        assert chosen["county"].value_counts().to_dict() == {"古蔺": 6, "叙永": 5}, model
        assert not set(chosen.index) & {"510524100", "510525001", "510525002"}
    assert centres.unlocated == ("510525117",)  # 东新镇 has no place


def test_every_proposal_is_proven_and_each_is_the_best_at_what_it_is_for(centres):
    for model, result in centres.models.items():
        assert result.optimal, model
    told = {view: centres.told(view) for view in ("before", *targets.MODELS)}
    assert min(told, key=lambda view: told[view]["mean"]) == targets.MEDIAN
    assert max(told, key=lambda view: told[view]["near"]) == targets.COVERAGE
    assert min(told, key=lambda view: told[view]["farthest"]) == targets.CENTER
    assert told[targets.BALANCED]["farthest"] <= 1.1 * told[targets.CENTER]["farthest"] + 1e-9
    assert told[targets.BALANCED]["mean"] <= told[targets.CENTER]["mean"]
    assert told["before"]["mean"] > told[targets.MEDIAN]["mean"]


def test_more_sub_centres_never_cost_minutes_and_the_split_costs_what_it_costs(centres):
    mean = centres.price["mean"]
    assert (mean.diff().dropna() <= 1e-9).all()
    assert centres.price["p"].tolist() == [11, 12, 13, 14, 15, 16]
    assert mean.iloc[0] <= centres.told(targets.MEDIAN)["mean"] + 1e-9
    assert (centres.loss > 0).all()


def test_a_site_is_chosen_in_a_share_of_the_cases(centres):
    assert len(centres.cases) == 4 * 3  # rules of people, years of the network
    assert centres.share.sum() == pytest.approx(11.0)
    assert centres.share.between(0, 1).all()


def test_travel_pages_catchments_and_siting_have_the_same_minutes(study, graphs, centres):
    """The minutes before are those of the page of hospitals; catchments of the same costs reach the same people."""
    travel = targets.township_minutes("county_hospital", study=study, graphs={"today": graphs["today"]})
    assert centres.towns["before"].to_numpy() == pytest.approx(travel["today"].reindex(centres.towns.index).to_numpy())
    nodes = targets.township_nodes(graphs["today"], centres.towns.index)
    sites = {code: nodes[code] for code in centres.chosen()} | targets.facility_sites(
        graphs["today"], "county_hospital"
    )
    cost = targets.minutes_between(graphs["today"], nodes, sites)
    assert cost.min(axis=1).to_numpy() == pytest.approx(centres.towns[f"after_{targets.MEDIAN}"].to_numpy())
    people = centres.towns["people"].round()
    supply = pd.Series(1.0, index=cost.columns)
    reached = e2sfca(cost, supply=supply, demand=people, bands=(10, 20, 30), weights=(1.0, 1.0, 1.0)) > 0
    assert people[reached].sum() == centres.told(targets.MEDIAN)["near"]


def test_a_sub_centre_that_stands_is_kept_and_its_regret_told(study, graphs):
    quotas = {"叙永": 1, "古蔺": 1}
    found = targets.sub_centres(
        study, graphs={"today": graphs["today"]}, quotas=quotas, minutes=30, given=["510524113"]
    )
    for model in targets.MODELS:
        assert "510524113" in found.chosen(model)
    assert found.regret["510524113"] > 0  # 龙凤镇 is 12 minutes from the county hospital
    with pytest.raises(DataError, match="510524100"):
        targets.sub_centres(study, graphs=graphs, quotas=quotas, minutes=30, given=["510524100"])


def chain(km=100, step=10) -> nx.MultiDiGraph:
    """Return a straight road with a village every ``step`` km."""
    graph = nx.MultiDiGraph(crs=CRS)
    graph.add_nodes_from(
        (n, {"x": 1000.0 * step * n, "y": 0.0, "name_zh": f"村{n}", "kind": "township"}) for n in range(km // step + 1)
    )
    for n in range(km // step):
        edge = {"id": f"L.{n}", "length": 1000.0 * step, "travel_time": 600.0, "highway": "primary", "name_zh": "路"}
        graph.add_edge(n, n + 1, **edge)
        graph.add_edge(n + 1, n, **edge)
    return graph


def test_chargers_along_a_straight_road():
    """100 km, a station serves 20 km on both sides: 100 / 40 = 2.5, so three; within 55 km one does, in the middle."""
    found = targets.charging(
        chain(), outline=shapely.box(-1e6, -1e6, 1e6, 1e6), spacing_km=[40, 110], step_km=2.5, roads=["primary"]
    )
    assert found.km == pytest.approx(100.0)
    assert [len(found.covers[km].chosen) for km in (40.0, 110.0)] == [3, 1]
    assert all(result.optimal for result in found.covers.values())
    near = found.cost[list(found.covers[40.0].chosen)].min(axis=1)
    assert near.max() <= 20.0
    # by hand: the point at 1.25 km, from the village at 10 km
    assert found.cost.loc[0, "1"] == pytest.approx(8.75)
    with pytest.raises(DataError, match="no road"):
        targets.charging(chain(), outline=shapely.box(0, 5, 1, 6), spacing_km=[40], step_km=5, roads=["primary"])


def test_the_fewest_points_that_reach_a_share_by_hand():
    """Ten squares of 10 people in a row, each reaches its neighbours; 30 walk to a seat; 80 % need two points."""
    squares = gpd.GeoDataFrame(
        {"weight": 10.0, "walk": [5.0] * 3 + [np.inf] * 7}, geometry=gpd.points_from_xy(range(10), [0] * 10), crs=CRS
    )
    away = np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
    matrix = pd.DataFrame(np.where(away <= 1, 10.0 * away, np.inf))
    points, curve, least = _points(matrix, squares, limit=60, share=0.8, seconds=5)
    assert (len(points.chosen), least) == (2, 2)
    assert curve["share"].tolist() == [0.3, 0.6, 0.9]
    assert _points(matrix, squares, limit=60, share=0.3, seconds=5)[0] is None  # the seats suffice


def test_masts_see_over_a_plain_and_not_through_a_wall():
    heights = np.zeros((30, 30), "float32")
    heights[:, 15] = 300.0
    dem = raster(heights)
    zones = raster(np.repeat([[1] * 15 + [2] * 15], 30, axis=0))
    people = raster(np.ones((30, 30)))
    spots = gpd.GeoDataFrame(
        {"name_zh": ["西", "东"], "name_en": ["W", "E"], "kind": "settlement"},
        geometry=gpd.points_from_xy([750.0, 2250.0], [1500.0, 1500.0]), crs=CRS,
    )  # fmt: skip
    options = {"mast_m": 35, "receiver_m": 1.5, "radius_m": 2500, "cluster_m": 500, "fit": False}
    one = targets.telecom(people, dem, spots, zones=zones, zone_towns=["w", "e"], count=1, **options)
    two = targets.telecom(people, dem, spots, zones=zones, zone_towns=["w", "e"], count=2, **options)
    assert 0.4 < one.share_seen < 0.6
    assert two.share_seen == pytest.approx(1.0)
    assert two.towns["masts"].tolist() == [1, 1]
    assert two.curve["share"].is_monotonic_increasing
    peaks = targets.peaks(dem, inside=zones > 0, apart_m=300, most=3)
    assert set(peaks["height"]) == {300.0}
    with pytest.raises(DataError, match="no place for a mast"):
        targets.mast_candidates(dem, inside=zones > 9, settlements=spots, graph=None, apart_m=300, most_peaks=3)


# ---- the record -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[charging]\nitem = 'I-28'\nspacing_km = [-3]\n", "spacing_km"),
        ("[charging]\nitem = 'I-28'\nspacings = [3]\n", "no key of a siting file"),
        ("[sub_centres]\nminutes = 30\n", "item is missing"),
    ],
)
def test_a_record_that_breaks_a_rule_ends_in_one_line(tmp_path, text, told):
    path = tmp_path / "siting.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=re.escape(told)) as error:
        targets.read_siting_record(path)
    assert "\n" not in str(error.value)


def test_an_item_that_the_plan_has_not_is_refused(tmp_path, study):
    path = tmp_path / "siting.toml"
    path.write_text("[charging]\nitem = 'I-99'\n", encoding="utf-8")
    with pytest.raises(DataError, match="I-99"):
        targets.siting_record(dataclasses.replace(study, files={**study.files, "siting": path}))
    none = dataclasses.replace(study, files={k: v for k, v in study.files.items() if k != "siting"})
    assert targets.siting_record(none) == targets.SitingRecord()
    with pytest.raises(DataError, match="W-11"):
        targets.county_counts(study.plan.item("W-11"), unit="个")


# ---- the pages ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(coarse_atlas) -> dict[str, Read]:
    return {name: Read.of_file(coarse_atlas / f"siting_{name}.html") for name in FILES}


def test_the_sub_centres_as_a_planner_reads_them(pages):
    read = pages["sub_centres"]
    rows = read.rows("各方案与现状")
    assert [row["方案"] for row in rows] == ["现状", "总用时最少", "30 分钟覆盖最多", "最远者最近", "兼顾"]
    assert [row["证明"] for row in rows] == ["–", *["已证明最优"] * 4]
    chosen = read.rows("建议地点")
    assert pd.Series([row["县"] for row in chosen]).value_counts().to_dict() == {"古蔺": 6, "叙永": 5}
    text = " ".join(read.texts)
    assert "名单未见公布，图上不画、也不猜" in text
    assert "东新镇 (" in text
    minutes = [row["总用时最少"] for row in read.rows("各乡镇前后")]
    assert "0" not in minutes  # a place in the township itself
    assert minutes.count("本地") == 11 + 3  # and the townships of the county seats


def test_120_facilities_are_shared_out_and_the_centres_are_where_they_may_be(pages):
    read = pages["processing"]
    counts = [int(row["初加工（座）"]) for row in read.rows("各乡镇片区")]
    assert sum(counts) == 120
    land = [float(row["计划果园（万亩，模型）"]) for row in read.rows("各乡镇片区")]
    for count, wanmu in zip(counts, land, strict=True):  # by land, to the tenth as it is shown
        assert abs(count - 120 * wanmu / sum(land)) <= 1.2
    assert max(counts) <= 24  # no township has a fifth of them
    centres = read.rows("物流中心与集散中心")
    assert [row["类别"] for row in centres] == ["物流中心"] * 2 + ["集散中心"] * 5
    assert all(re.search("高速互通|铁路车站", row["地点"]) for row in centres[2:])
    assert "每座 0.58 万亩是推算：规划果园 70 万亩 ÷ 120 座" in " ".join(read.texts)


def test_shelters_say_that_none_is_known_and_how_few_it_takes(pages):
    read = pages["shelters"]
    counts = [int(row["至少（处）"]) for row in read.rows("每个乡镇在车程内")]
    assert counts == sorted(counts, reverse=True)
    text = " ".join(read.texts)
    assert "现有避难场所没有名录，一处也不计、不画" in text
    assert re.search(r"80% 的人 60 分钟内走到驻地或村级点，(至少 \d+ 处|\d+ 处够用)", text)
    shares = [float(row["可达人口（%）"]) for row in read.rows("多建一批村级点")]
    assert shares == sorted(shares)
    assert shares[-1] >= 80.0


def test_charging_takes_fewer_stations_the_farther_apart(pages):
    rows = pages["charging"].rows("至少要几处")
    counts = {(row["路网"], row["间距 (km)"]): int(row["至少（处）"]) for row in rows}
    years = {year for year, _ in counts}
    assert len(years) == 3
    assert all(counts[year, "50"] < counts[year, "30"] for year in years)
    assert "规划没有写数量和位置" in " ".join(pages["charging"].texts)


def test_masts_on_demonstration_terrain_are_unfit_for_a_site(pages):
    read = pages["telecom"]
    assert "不能用于选址：地形是模型生成的，格网 400 m 太粗" in " ".join(read.texts)
    assert "建议的基站" in read.names()
    shares = [float(row["可见人口（%）"]) for row in read.rows("再多建一个值多少")]
    assert shares == sorted(shares)
    assert sum(int(row["建议基站"]) for row in read.rows("各乡镇片区的可见人口")) == 150


def test_a_public_page_of_telecom_shows_no_mast():
    given = {
        "study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
        "layers": [], "crops": [], "resolution": 2000.0, "rasters": {}, "population": None, "lang": "zh",
    }  # fmt: skip
    atlas = prepare(**given, public=True)
    [[page]] = [group for _, group in make_pages(atlas, only=["siting_telecom.html"])]
    read = Read(page.page.html())
    assert "可见人口比例" in read.names()
    assert not [name for name in read.names() if "基站" in name]
    assert "4G" not in " ".join(read.texts)
    assert "公开版不引用相应条目" in " ".join(read.texts)
    assert sum(int(row["建议基站"]) for row in read.rows("各乡镇片区的可见人口")) > 0


def test_a_study_without_a_record_of_sites_has_none_of_the_pages():
    given = {
        "study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
        "layers": [], "crops": [], "resolution": 2000.0, "rasters": {}, "population": None, "lang": "zh",
    }  # fmt: skip
    atlas = prepare(**given, public=False)
    files = {key: path for key, path in atlas.study.files.items() if key != "siting"}
    bare = dataclasses.replace(atlas, study=dataclasses.replace(atlas.study, files=files), shared={})
    for module in modules():
        if "siting_" in module.__name__:
            assert [entry.made for entry in entries_of(module, atlas)] == [True]
            [entry] = entries_of(module, bare)
            assert "names no such facility" in entry.lacks[1]
            assert module.items_of(bare) == []


def test_the_bound_of_a_proposal_can_be_worked_out_again(centres, graphs):
    result = centres.models[targets.MEDIAN]
    nodes = targets.township_nodes(graphs["today"], centres.towns.index)
    hospitals = targets.facility_sites(graphs["today"], "county_hospital")
    sites = {code: nodes[code] for code in centres.towns.index[centres.towns["candidate"]]} | hospitals
    cost = targets.minutes_between(graphs["today"], nodes, sites)
    again = siting.verify(result, cost)
    assert again.bound == pytest.approx(result.bound, rel=1e-9)
