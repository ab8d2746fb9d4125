"""Corridors: geometry, lengths and statuses against the gazetteer and the published facts."""

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame
from pyproj import Geod

from nanyi_gis.io import EVIDENCE, data_file, read_vector
from nanyi_gis.plan import (
    STATUSES,
    corridor_nodes,
    load_corridors,
    load_nodes,
    load_places,
    load_plan,
    unlocated_corridors,
)


@pytest.fixture(scope="module")
def corridors() -> GeoDataFrame:
    return load_corridors()


def test_all_roads_and_railways_of_the_plan(corridors: GeoDataFrame) -> None:
    expected = {f"I-{number:02d}" for number in (*range(1, 13), 16, 17, *range(21, 25))} | {""}
    assert set(corridors["plan_id"]) == expected
    assert corridors["id"].is_unique
    assert (corridors.loc[corridors["plan_id"] == "", "id"].str.startswith("ctx-")).all()
    known = {item.id for item in load_plan().items}
    assert expected - {""} <= known
    assert corridors.crs.to_epsg() == 4544
    assert set(corridors["mode"]) == {"rail", "motorway", "road"}


def test_columns_that_layers_carry(corridors: GeoDataFrame) -> None:
    assert corridors["evidence"].isin(EVIDENCE).all()
    assert set(corridors.loc[corridors["id"] != "I-22", "evidence"]) == {"schematic"}
    drawn = corridors[corridors.geometry.notna()]
    assert drawn["uncertainty_m"].gt(0).all()
    assert corridors["source"].ne("").all()
    assert corridors["as_of"].isin(["2026-02", "2022-03-14"]).all()
    assert set(corridors["status_2022"]) | set(corridors["status_now"]) <= set(STATUSES)


def test_lines_run_through_their_nodes_in_order(corridors: GeoDataFrame) -> None:
    places = load_places().set_index("id")
    nodes = corridor_nodes(corridors)
    for row in corridors[corridors.geometry.notna()].itertuples():
        points = places.loc[list(nodes[row.id])]
        assert points["located"].all(), row.id
        expected = shapely.get_coordinates(points.geometry.to_numpy())
        drawn = shapely.get_coordinates(row.geometry)
        if row.id == "I-22":
            drawn = drawn[[0, -1]]
        np.testing.assert_allclose(drawn, expected, atol=1e-3, err_msg=row.id)


def test_corridors_with_fewer_than_two_nodes_are_listed_only(corridors: GeoDataFrame) -> None:
    few = {number for number, ids in corridor_nodes(corridors).items() if len(ids) < 2}
    assert set(unlocated_corridors(corridors)["id"]) == few == {"I-12-spur", "I-21", "I-23", "I-24"}


def test_unlocated_waypoints_are_never_nodes(corridors: GeoDataFrame) -> None:
    places = load_places().set_index("id")
    for row in corridors.itertuples():
        names = set(places.loc[[name for name in row.node_ids.split(";") if name], "name_zh"])
        assert not names & set(filter(None, row.unlocated_waypoints.split(";"))), row.id


def test_drawn_length_is_the_geodesic_one() -> None:
    geod = Geod(ellps="WGS84")
    for row in read_vector(data_file("network/corridors.geojson")).itertuples():
        if row.geometry is not None:
            assert row.drawn_length_km == pytest.approx(geod.geometry_length(row.geometry) / 1000, abs=1e-3), row.id


def test_length_is_the_published_one_or_says_why_not(corridors: GeoDataFrame) -> None:
    drawn = corridors["length_scope"].eq("drawn")
    assert corridors.loc[drawn, "length_m"].tolist() == (
        pytest.approx((corridors.loc[drawn, "published_length_km"] * 1000).tolist())
    )
    assert corridors.loc[~drawn, "length_m"].isna().all()
    assert corridors.loc[~drawn, "length_reason"].ne("").all()
    assert corridors.loc[corridors["length_scope"] == "none", "published_length_km"].isna().all()
    # no road is shorter than the straight lines between its towns
    assert (corridors.loc[drawn, "length_m"] >= corridors.loc[drawn, "drawn_length_km"] * 1000).all()


@pytest.mark.parametrize(
    ("number", "published_km", "then", "now", "opened", "speed"),
    [
        ("I-01", 161, "open", "open", "2009", 80),
        ("I-02", 138.6, "construction", "open", "2025-12-25", 120),
        ("I-03", 189, "construction", "open", "2023-12-21", 120),
        ("I-04", 86, "open", "open", "2021-12-06", 80),
        ("I-07", 100.2, "planned", "planned", None, 100),
        ("I-08", 38.559, "construction", "open", "2024-02-09", 100),
        ("I-09a", 114.07, "open", "open", "2016-06-30", 80),
        ("I-09b", 65.739, "open", "open", "2015-12-17", 80),
        ("I-11", 35.34, "open", "open", "2021-06-25", 80),
        ("I-12", 59.01, "planned", "planned", None, 80),
    ],
)
def test_published_facts(
    corridors: GeoDataFrame, number: str, published_km: float, then: str, now: str, opened: str | None, speed: float
) -> None:
    row = corridors.set_index("id").loc[number]
    assert row["published_length_km"] == published_km
    assert (row["status_2022"], row["status_now"], row["opened"]) == (then, now, opened)
    assert row["design_speed_kmh"] == speed


def test_opening_dates_agree_with_the_statuses(corridors: GeoDataFrame) -> None:
    dated = corridors[corridors["opened"].notna()]
    assert dated["opened"].str.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?").all()
    before = dated["opened"].str[:10] < "2022-03-14"
    assert (dated["status_2022"].eq("open") == before).all()
    assert dated["status_now"].eq("open").all()
    assert corridors.loc[corridors["status_2022"].eq("planned"), "usable_2022"].eq(False).all()


def test_red_chain_is_as_long_as_the_check_says(corridors: GeoDataFrame) -> None:
    chain = corridors.set_index("id").loc["I-16a"]
    assert chain["drawn_length_km"] == pytest.approx(151, abs=0.5)
    assert chain["published_length_km"] / chain["drawn_length_km"] == pytest.approx(1.87, abs=0.005)


def test_port_road_follows_the_county_frontage(corridors: GeoDataFrame) -> None:
    road = corridors.set_index("id").loc["I-22"].geometry
    frontage = read_vector(data_file("boundaries/chishui_frontage.geojson")).to_crs(4544).union_all()
    inner = shapely.LineString(road.coords[1:-1])
    assert inner.hausdorff_distance(shapely.intersection(frontage.buffer(1), inner)) < 1
    # 13.2 km town to town, 16-22 km by the river
    assert 13_200 < road.length < 22_000


def test_nodes(corridors: GeoDataFrame) -> None:
    nodes = load_nodes()
    used = {name for ids in corridor_nodes(corridors).values() if len(ids) > 1 for name in ids}
    assert set(nodes["id"]) == used
    places = load_places().set_index("id")
    for row in nodes.itertuples():
        assert row.geometry.distance(places.loc[row.id].geometry) < 1e-3
        assert row.id in row.place_ids.split(";")
        assert {places.loc[other].geometry.wkb for other in row.place_ids.split(";")} == {
            places.loc[row.id].geometry.wkb
        }


def test_roads_of_the_plan_meet(corridors: GeoDataFrame) -> None:
    nodes = corridor_nodes(corridors)
    meeting = {
        "ic-shuangqiao": {"I-06", "I-09a"},
        "ic-dengzhanping": {"I-06", "I-09b"},
        "ic-yongle": {"I-07", "I-08", "I-09b"},
        "st-xuyong-north": {"I-02", "I-03"},
        "st-xuyong": {"I-01", "I-04"},
    }
    for node, roads in meeting.items():
        assert {number for number, ids in nodes.items() if node in ids} == roads
