"""Shelters of a given list, and roads that cross prone ground: by hand on small ground."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from terrain_rasters import hills, raster

from nanyi_gis import hazard
from nanyi_gis.accessibility import critical_edges
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.travel_time import travel_time

STEP = 0.6 * 6 * np.exp(-3.5 * 0.05) * 1000 / 60  # metres a minute off the path, on level ground


@pytest.fixture(scope="module")
def plain():
    return raster(np.zeros((4, 12), "float32"), step=(100.0, -100.0))


def points(dem, columns, **values):
    x, y = dem.x.values[columns], np.repeat(dem.y.values[1], len(columns))
    return gpd.GeoDataFrame(values, geometry=gpd.points_from_xy(x, y), crs=dem.rio.crs)


def test_people_go_to_the_nearest_and_their_room_is_told(plain):
    """Of 12 cells in a row eight are nearer to a shelter in the fourth, four to one in the twelfth."""
    two = points(plain, [3, 11], area_m2=[64.0, 1600.0], kind=["short", "紧急"], name=["=a", "b"])
    people = xr.zeros_like(plain)
    people[1] = 4.0
    found = hazard.shelter_coverage(plain, two, people=people, minutes=[100 / STEP + 0.01, 60])
    table = found.shelters
    assert table["people"].tolist() == [32.0, 16.0]
    assert table["m2_per_person"].tolist() == [2.0, 100.0]
    assert table["wanted"].tolist() == [2.0, 0.5]
    assert table["enough"].tolist() == [1.0, 1.0]
    assert table["meets"].tolist() == ["emergency;temporary", "emergency;temporary"]  # too small for the fixed kinds
    whole = found.zones.iloc[-1]
    limit = found.limits[0]
    assert whole["people"] == 48
    assert whole[f"people_{limit:g}"] == 4 * (3 + 2)  # each its own cell and those beside it
    assert found.share(limit) == pytest.approx(20 / 48)
    assert found.share(60) == 1.0
    assert found.zones["km2"].iloc[-1] == pytest.approx(0.48, rel=1e-3)


def test_a_barrier_sends_them_round(plain):
    one = points(plain, [0])
    wall = gpd.GeoSeries([shapely.LineString([(plain.x[5], plain.y[0] + 50), (plain.x[5], plain.y[2])])], crs=4544)
    free = hazard.shelter_coverage(plain, one, minutes=[120]).walk.values
    round_it = hazard.shelter_coverage(plain, one, minutes=[120], barriers=wall).walk.values
    assert round_it[1, 4] == free[1, 4]
    assert round_it[1, 7] > free[1, 7]
    assert np.isfinite(round_it[1, 7])


def test_zones_count_their_shelters_and_their_people():
    dem = raster(hills((20, 20), seed=4))
    west, south, east, north = dem.rio.bounds()
    middle = (west + east) / 2
    towns = gpd.GeoDataFrame(
        {"name": ["a", "b"]},
        geometry=[shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)],
        crs=dem.rio.crs,
    )
    people = xr.full_like(dem, 1.0)
    one = gpd.GeoDataFrame(geometry=[shapely.Point(float(dem.x[3]), float(dem.y[10]))], crs=dem.rio.crs)
    found = hazard.shelter_coverage(dem, one, people=people, zones=towns, minutes=[3, 600])
    assert found.zones["zone"].tolist() == ["a", "b", "total"]
    assert found.zones["shelters"].tolist() == [1, 0, 1]
    assert found.zones_with == (1, 2)
    assert found.zones["people"].tolist() == [200, 200, 400]
    minutes = travel_time(dem, one, direction="to").values
    assert found.zones["people_3"].tolist()[2] == (minutes <= 3).sum()
    assert found.zones["people_3"].iloc[:2].sum() == found.zones["people_3"].iloc[2]
    codes = xr.DataArray(np.repeat([[1] * 10 + [2] * 10], 20, axis=0), dem.coords, dem.dims)
    again = hazard.shelter_coverage(dem, one, people=people, zones=codes, minutes=[3, 600])
    pd.testing.assert_frame_equal(again.zones.drop(columns="zone"), found.zones.drop(columns="zone"))


def test_without_people_land_alone_is_counted(plain):
    found = hazard.shelter_coverage(plain, points(plain, [3]), minutes=[60])
    assert "people" not in found.shelters
    assert found.share(60) == 1.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": ["tent"]}, "kind of a shelter is 'tent', but must be one of: emergency"),
        ({"area_m2": [0.0]}, "area_m2 of row 1 is 0, but area_m2 must be above zero"),
    ],
)
def test_a_list_that_cannot_be_is_refused(plain, values, words):
    with pytest.raises(DataError, match=words):
        hazard.shelter_coverage(plain, points(plain, [3], **values))
    with pytest.raises(DataError, match="empty"):
        hazard.shelter_coverage(plain, points(plain, [3]).iloc[:0])


# ---- closures -------------------------------------------------------------------------------------------------------


def square(lengths=(1000.0, 1000.0, 3000.0)):
    """Return a to b to c, and a long way straight from a to c; all 60 s a km."""
    graph = nx.MultiDiGraph(crs="EPSG:4544")
    for name, at in {"a": (0.0, 0.0), "b": (1000.0, 0.0), "c": (2000.0, 0.0)}.items():
        graph.add_node(name, x=500_000 + at[0], y=3_100_000 + at[1])
    for u, v, length in zip("aba", "bcc", lengths, strict=True):
        line = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (u, v)]
        if (u, v) == ("a", "c"):
            line.insert(1, (501_000.0, 3_101_000.0))
        for one, two, way in ((u, v, line), (v, u, line[::-1])):
            graph.add_edge(
                one, two, id=f"{u}{v}", length=length, travel_time=length * 0.06, geometry=shapely.LineString(way)
            )
    return graph


def prone_between(first, last):
    values = np.zeros((30, 25))
    values[:, first:last] = 1.0
    return raster(values, step=(100.0, -100.0), origin=(500_050.0, 3_101_950.0))


def test_exposure_is_the_share_of_the_line_on_prone_cells():
    table = hazard.road_exposure(square(), prone_between(12, 17), limit=0.5).set_index("id")
    assert table.index[0] == "bc"
    assert table.loc["bc", "share"] == pytest.approx(0.5)
    assert table.loc["bc", "prone_km"] == pytest.approx(0.5)
    assert table.loc["ab", "share"] == 0.0
    assert table.loc["ac", "share"] == pytest.approx(0.25, abs=0.03)  # a quarter of the two legs
    assert len(table) == 3  # both directions together


def test_a_tunnel_is_not_exposed_and_a_road_off_the_raster_is_unknown():
    graph = square()
    for _, _, data in graph.edges(data=True):
        data["tunnel"] = data["id"] == "bc"
    table = hazard.road_exposure(graph, prone_between(12, 17), limit=0.5).set_index("id")
    assert table.loc["bc", "share"] == 0.0
    with pytest.raises(DataError, match="none of 3 roads lies on the hazard raster"):
        hazard.road_exposure(graph, raster(np.zeros((3, 3))).assign_coords(x=[0.0, 30, 60]), limit=0.5)


def test_closing_the_most_exposed_road_sends_people_round_and_cuts_them_off():
    graph, people = square(), pd.Series({"a": 10.0, "b": 5.0})
    exposure = hazard.road_exposure(graph, prone_between(12, 17), limit=0.5)
    found = hazard.closures(graph, exposure, ["a", "b"], ["c"], population=people, shares=[0.2, 1.0])
    one = found[found["share"] == 0.2].set_index("origin")
    assert one["before"].to_dict() == {"a": 2.0, "b": 1.0}
    assert one["after"].to_dict() == {"a": 3.0, "b": 4.0}  # only b to c is closed, 1 of 5 km
    assert not one["cut_off"].any()
    critical = critical_edges(graph, ["a", "b"], ["c"], population=people)
    worst = critical.set_index("id").loc["bc"]
    assert (one["added"] * one["people"]).sum() == pytest.approx(worst["extra"])
    everything = found[found["share"] == 1.0].set_index("origin")
    assert everything["cut_off"].tolist() == [True, True]  # b to c and a to c
    assert found.attrs["closed"] == {0.2: (1, 1.0), 1.0: (2, 4.0)}
    assert graph.number_of_edges() == 6  # the caller's graph is as it was


def test_closing_more_never_brings_anyone_nearer():
    random = np.random.default_rng(2)
    graph = nx.MultiDiGraph(crs="EPSG:4544")
    for node, (x, y) in enumerate(random.uniform(0, 2900, (25, 2))):
        graph.add_node(node, x=500_000 + x, y=3_099_000 + y)
    for number, (u, v) in enumerate(random.integers(0, 25, (60, 2)).tolist()):
        if u != v:
            for one, two in ((u, v), (v, u)):
                graph.add_edge(one, two, id=str(number), length=1000.0, travel_time=60.0)
    bumpy = raster(random.random((40, 40)), step=(100.0, -100.0), origin=(499_950.0, 3_102_000.0))
    exposure = hazard.road_exposure(graph, bumpy, limit=0.8)
    found = hazard.closures(graph, exposure, list(graph)[1:], [0], shares=[0.1, 0.3, 0.6])
    minutes = found.pivot(index="origin", columns="share", values="after").to_numpy()
    assert (minutes[:, :-1] <= minutes[:, 1:]).all()
    assert (found["before"] <= found["after"]).all()


def test_shares_that_make_no_sense_are_refused():
    graph = square()
    exposure = hazard.road_exposure(graph, prone_between(12, 17), limit=0.5)
    for shares in ([], [0.0], [1.2], [0.3, 0.1], [0.1, 0.1]):
        with pytest.raises(ParameterError, match="must rise, each above 0 and at most 1"):
            hazard.closures(graph, exposure, ["a"], ["c"], shares=shares)
