"""What planners ask: people, isochrones, minutes saved, the red loop; and the surface that agrees with the graph."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from road_samples import CRS, X0, Y0, both_ways, points, simple_graph
from shapely.geometry import LineString, Point, box

from nanyi_gis import accessibility as access
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.network import build_graph, compile_graph, township_nodes
from nanyi_gis.targets import population_rules, seats_beyond
from nanyi_gis.travel_time import travel_time


@pytest.fixture(scope="module")
def graphs():
    return access.scenario_graphs()


def raster(values, cell=1000.0, dtype="float64") -> xr.DataArray:
    values = np.asarray(values, dtype=dtype)
    rows, columns = values.shape
    x = X0 + cell * (np.arange(columns) + 0.5)
    y = Y0 + cell * (rows - np.arange(rows) - 0.5)
    data = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x})
    return data.rio.write_crs(CRS).rio.write_transform(Affine(cell, 0, X0, 0, -cell, Y0 + rows * cell))


# population


def test_county_totals_are_kept_and_said_to_be_an_assumption():
    people = access.township_population()
    towns = access.townships()
    assert len(towns) == len(people) == 46
    sums = people.groupby(towns["county"])["population"].sum()
    assert sums.to_dict() == pytest.approx({"叙永": 552_979, "古蔺": 651_958})
    told = people["basis"].str.startswith("published")
    assert people.loc[told, "population"].to_dict() == {
        "510524214": 6_800, "510525104": 65_000, "510525118": 27_000, "510525112": 38_000,
    }  # fmt: skip
    assert people.loc[~told, "basis"].str.startswith("assumed").all()
    assert (people["low"] <= people["population"]).all()
    assert (people["population"] <= people["high"]).all()
    assert (people.loc[told, "low"] == people.loc[told, "high"]).all()


def test_every_rule_keeps_the_county_totals_and_the_published_townships():
    rules, towns = population_rules(), access.townships()
    for people in rules.values():
        sums = people.groupby(towns["county"]).sum()
        assert sums.to_dict() == pytest.approx({"叙永": 552_979, "古蔺": 651_958})
        assert people["510525104"] == 65_000
        assert (people > 0).all()
    seats = {name: people["510524100"] / 552_979 for name, people in rules.items()}
    assert seats == pytest.approx({"seat_29": 0.29, "seat_25": 0.25, "seat_33": 0.33, "area": 0.29})
    # the two subdistricts of 古蔺's county town share its part
    assert rules["seat_25"][["510525001", "510525002"]].tolist() == pytest.approx([651_958 / 8] * 2)


@given(
    total=st.integers(1_000, 10**6),
    published=st.lists(st.one_of(st.none(), st.integers(0, 99)), min_size=2, max_size=6),
    share=st.floats(0.05, 0.8),
    areas=st.lists(st.one_of(st.just(np.nan), st.floats(0.0, 1e4)), min_size=6, max_size=6),
)
def test_people_are_neither_made_nor_lost_by_any_rule(total, published, share, areas):
    towns = pd.DataFrame({"county": "x"}, index=range(len(published)))
    known = pd.Series({i: float(n) for i, n in enumerate(published) if n is not None}, dtype=float)
    found = access.spread_rules(
        towns, totals=pd.Series({"x": total}), known=known, seats=[0], seat_shares=[share],
        areas=pd.Series(areas[: len(published)]),
    )  # fmt: skip
    for people in found.values():
        assert people.sum() == pytest.approx(total)
        assert (people >= 0).all()
        if len(known) < len(published):
            assert people[known.index].tolist() == known.tolist()


def test_published_people_of_all_townships_are_scaled_to_the_census():
    towns = pd.DataFrame({"county": "x"}, index=["a", "b"])
    found = access.spread_rules(towns, totals=pd.Series({"x": 200}), known=pd.Series({"a": 30.0, "b": 70.0}))
    assert {name: people.tolist() for name, people in found.items()} == {"equal": [60.0, 140.0]}


def test_published_people_beyond_the_census_are_refused():
    towns = pd.DataFrame({"county": "x"}, index=["a", "b", "seat"])
    totals = pd.Series({"x": 100})
    with pytest.raises(DataError, match="townships of 'x' leave -20 of its 100"):
        access.spread_rules(towns, totals=totals, known=pd.Series({"a": 120.0}))
    with pytest.raises(DataError, match="leave 0 of its 100"):
        access.spread_rules(towns, totals=totals, known=pd.Series({"a": 60.0}), seats=["seat"], seat_shares=[0.5])


def test_land_goes_to_the_nearest_seat_of_its_county():
    # a county of 4 x 2 km with seats in the middle of its halves, two at one point; another without a seat
    seats = points((1000, 1000), (3000, 1000), (3000, 1000), index=["a", "b", "c"]).assign(county="甲")
    lost = gpd.GeoDataFrame({"county": ["甲"]}, geometry=[None], index=["d"], crs=CRS)
    shapes = [box(X0, Y0, X0 + 4000, Y0 + 2000), box(X0 + 4000, Y0, X0 + 5000, Y0 + 1000)]
    counties = gpd.GeoDataFrame({"name_zh": ["甲县", "乙县"]}, geometry=shapes, crs=CRS)
    area = access.nearest_areas(pd.concat([seats, lost]), counties)
    assert area[["a", "b", "c"]].tolist() == pytest.approx([4.0, 2.0, 2.0])
    assert np.isnan(area["d"])
    # three quarters of the rest by land: a 4, b and c 2 each, d the mean of them
    found = access.spread_rules(pd.concat([seats, lost]), totals=pd.Series({"甲": 320}), areas=area)
    assert found["area"].tolist() == pytest.approx([120.0, 60.0, 60.0, 80.0])


def test_a_raster_is_summed_by_the_nearest_seat_of_the_county():
    people = raster([[1, 2, 3, 4], [5, 6, 7, 8]])
    west, east = box(X0, Y0, X0 + 2000, Y0 + 2000), box(X0 + 2000, Y0, X0 + 3000, Y0 + 2000)
    counties = gpd.GeoDataFrame({"name_zh": ["甲县", "乙县"]}, geometry=[west, east], crs=CRS)
    seats = points((500, 1500), (500, 500), (2500, 1000), (2500, 1000), index=["p", "q", "r", "s"])
    seats["county"] = ["甲", "甲", "乙", "乙"]
    lost = gpd.GeoDataFrame({"county": ["乙"]}, geometry=[None], index=["t"], crs=CRS)
    table = access.zonal_population(people, pd.concat([seats, lost]), counties)
    assert table["population"].tolist() == [1 + 2, 5 + 6, (3 + 7) / 2, (3 + 7) / 2, 0]
    assert table.attrs["outside"] == 4 + 8
    assert table["population"].sum() + table.attrs["outside"] == people.sum()


def test_nodata_and_negative_cells_hold_nobody():
    people = raster([[1, -200, np.nan, 2]])
    counties = gpd.GeoDataFrame({"name_zh": ["甲县"]}, geometry=[box(X0, Y0, X0 + 4000, Y0 + 1000)], crs=CRS)
    seats = points((500, 500), index=["p"]).assign(county="甲")
    assert access.zonal_population(people, seats, counties)["population"].tolist() == [3.0]


def test_a_raster_elsewhere_is_refused():
    counties = gpd.GeoDataFrame({"name_zh": ["甲县"]}, geometry=[box(0, 0, 1, 1)], crs=CRS)
    seats = points((500, 500), index=["p"]).assign(county="甲")
    with pytest.raises(DataError, match="nobody inside"):
        access.zonal_population(raster([[1.0]]), seats, counties)
    with pytest.raises(DataError, match="no CRS"):
        access.zonal_population(raster([[1.0]]).drop_vars("spatial_ref"), seats, counties)
    with pytest.raises(DataError, match="no total for county '丙'"):
        access.spread_population(pd.DataFrame({"county": ["丙"]}))


# scenarios of the plan


def test_facilities_follow_the_scenario(graphs):
    counts = {
        name: {f: len(access.facility_nodes(g, f)) for f in access.planner.FACILITIES} for name, g in graphs.items()
    }
    own = {len(access.facility_nodes(g, "county_hospital", own_county_only=True)) for g in graphs.values()}
    assert own == {2}
    assert all(c["county_hospital"] > 2 for c in counts.values())
    assert counts["2022"]["railway_station"] == 0
    assert counts["today"]["railway_station"] == 3
    interchanges = [counts[name]["motorway_interchange"] for name in ("2022", "today", "complete")]
    assert interchanges == sorted(interchanges)
    assert interchanges[0] < interchanges[2]
    with pytest.raises(ParameterError, match="facility is 'airport'"):
        access.facility_nodes(graphs["2022"], "airport")


def test_isochrones_grow_with_minutes_and_with_the_plan(graphs):
    table = access.isochrones(graphs, facilities=["county_hospital"], minutes=(30, 60))
    assert table.is_valid.all()
    assert set(table["scenario"]) == {"2022", "today", "complete"}
    area = table.set_index(["scenario", "minutes"])["area_km2"]
    for name in graphs:
        assert area[name, 30] < area[name, 60]
    assert area["2022", 60] < area["today", 60] < area["complete", 60]
    assert set(table["evidence"]) == {"modelled"}


def test_minutes_saved_cover_all_townships_and_leave_the_unlocated_empty(graphs):
    table = access.township_minutes("county_hospital", graphs=graphs)
    assert len(table) == 46
    lost = table[~table["located"]]
    assert lost["name_zh"].tolist() == ["东新镇"]
    assert lost[["2022", "today", "complete"]].isna().all().all()
    found = table[table["located"]]
    assert np.isfinite(found[["2022", "today", "complete"]]).all().all()
    assert (found["saved_today"] >= -1e-9).all()
    assert (found["saved_complete"] >= found["saved_today"] - 1e-9).all()
    assert found.loc["510525122", "change_today"] == "faster"
    assert table.attrs["summary"]["complete"]["within_60"] > table.attrs["summary"]["2022"]["within_60"]


@pytest.mark.parametrize("facility", access.planner.FACILITIES)
def test_ones_own_county_is_never_nearer_than_anywhere(graphs, facility):
    anywhere = access.township_minutes(facility, graphs=graphs)
    own = access.township_minutes(facility, graphs=graphs, own_county_only=True)
    located = anywhere["located"]
    for name in graphs:
        assert (own.loc[located, name] >= anywhere.loc[located, name] - 1e-9).all()
        assert own.attrs["summary"][name]["central"]["within_60"] <= anywhere.attrs["summary"][name]["central"][
            "within_60"
        ] + 1e-9  # fmt: skip
        for found in (anywhere.attrs["summary"][name], own.attrs["summary"][name]):
            for key in ("within_30", "within_60"):
                low, high = found[key]
                assert 0.0 <= low <= found["central"][key] <= high <= 1.0


def test_own_county_means_the_seat_of_ones_own_county(graphs):
    own = access.township_minutes("county_hospital", graphs=graphs, own_county_only=True)
    found = own[own["located"]].groupby("county")["nearest_today"].unique().map(list).to_dict()
    assert found["叙永"] == ["叙永镇"]
    assert len(found["古蔺"]) == 1
    anywhere = access.township_minutes("county_hospital", graphs=graphs)
    # 分水 lies at the gate of 威信, 茅溪 at that of 仁怀 (Guizhou)
    assert anywhere.loc["510524108", "nearest_today"].startswith("威信")
    assert anywhere.loc["510525108", "nearest_today"] == "仁怀市"


def test_shares_of_people_with_a_given_table_have_no_range(graphs):
    people = access.township_population().drop(columns=["low", "high"])
    table = access.township_minutes("county_hospital", graphs=graphs, population=people)
    low, high = table.attrs["summary"]["today"]["within_60"]
    assert low == high
    assert table.attrs["summary"]["today"]["rule"] == "given"
    assert (table["population_low"] == table["population"]).all()


def test_a_seat_beyond_the_border_counts_on_own_roads_that_reach_it():
    towns, seats = access.townships(), seats_beyond()
    home, near, seat = towns.geometry["510525108"], seats.geometry["renhuai"], towns.geometry["510525001"]

    def placed(*pairs):
        lines = [LineString(pair) for pair in pairs]
        frame = gpd.GeoDataFrame({"highway": ["tertiary"] * len(lines)}, geometry=lines, crs=CRS)
        return access.place_townships(build_graph(frame), snap_limit_m=1e6)

    reaching, short = placed((home, near), (home, seat)), placed((home, seat))
    assert list(reaching.graph["seats_beyond"].values()) == ["仁怀市"]
    assert short.graph["seats_beyond"] == {}
    anywhere = access.township_minutes("county_hospital", graphs={"own": reaching})
    own = access.township_minutes("county_hospital", graphs={"own": reaching}, own_county_only=True)
    assert anywhere.loc["510525108", "nearest_own"] == "仁怀市"  # 17 km away, 古蔺 47
    assert own.loc["510525108", "nearest_own"] == "彰德街道"
    assert own.loc["510525108", "own"] > anywhere.loc["510525108", "own"]


def test_before_the_railway_no_township_reaches_a_train(graphs):
    table = access.township_minutes("railway_station", graphs=graphs)
    located = table[table["located"]]
    assert np.isinf(located["2022"]).all()
    assert set(located["change_today"]) == {"connected"}
    assert table.attrs["summary"]["2022"]["unreachable"] == 45


def test_the_red_loop_visits_three_provinces_and_closes(graphs):
    stops, legs, tour = access.red_loop(graphs["today"])
    assert set(stops["province"]) == {"四川", "云南", "贵州"}
    assert len(stops) == len(legs) == 7
    assert tour.stops[0] == tour.stops[-1]
    assert legs["minutes"].sum() == pytest.approx(tour.cost)
    assert legs["from_zh"].tolist()[1:] == legs["to_zh"].tolist()[:-1]
    assert access.red_loop(graphs["complete"])[2].cost < tour.cost


def test_any_graph_can_be_told_where_the_townships_are(graphs):
    bare = graphs["2022"].copy()
    bare.graph.pop("townships")
    assert access.facility_nodes(bare, "county_hospital") == []
    placed = access.place_townships(bare)
    assert placed.graph["townships"] == graphs["2022"].graph["townships"]
    assert "townships" not in bare.graph
    with pytest.raises(DataError, match="from any road"):
        access.place_townships(simple_graph(both_ways([(0, 1, 1.0)])))


def test_map_layers_hold_every_link_once_with_its_scenarios(graphs):
    nodes, edges = access.network_layers()
    assert edges["id"].is_unique
    assert not (edges["open_2022"] & ~edges["open_today"]).any()
    assert edges["open_complete"].all()
    assert "platform" not in set(nodes["kind"])
    assert edges.is_valid.all()


# the hybrid of surface and graph


def flat_dem(cells=40, cell=100.0) -> xr.DataArray:
    return raster(np.full((cells, cells), 500.0), cell=cell, dtype="float32")


@pytest.mark.parametrize("direction", ["from", "to"])
def test_surface_and_graph_agree_at_every_node(direction):
    dem = flat_dem()
    edges = both_ways([(0, 1, 3.0), (1, 2, 2.0), (2, 3, 90.0)])
    places = {0: (450, 450), 1: (3550, 450), 2: (3550, 3550), 3: (450, 3550)}
    network = compile_graph(simple_graph(edges, places))
    surface, at_nodes = access.hybrid_minutes(
        network, points((250, 250)), walk=access.walking(dem, direction=direction), direction=direction
    )
    for node, (x, y) in places.items():
        cell = float(surface.sel(x=X0 + x, y=Y0 + y, method="nearest"))
        assert cell == pytest.approx(at_nodes[node], abs=0.02)
    alone = travel_time(dem, points((250, 250)), direction=direction)
    assert (surface.values <= alone.values + 1e-4).all()
    assert at_nodes[1] == pytest.approx(at_nodes[0] + 3.0, abs=0.02)
    # from node 2 to node 3 walking beats the slow road
    assert at_nodes[3] < at_nodes[2] + 90.0


def test_the_way_is_walk_ride_walk():
    dem = flat_dem()
    network = compile_graph(simple_graph(both_ways([(0, 1, 3.0)]), {0: (450, 450), 1: (3550, 450)}))
    surface, at_nodes = access.hybrid_minutes(network, points((450, 450)), walk=access.walking(dem))
    pace = 60 / (5.04 * 0.6) / 1000
    assert at_nodes[0] == pytest.approx(0.0)
    assert at_nodes[1] == pytest.approx(3.0, abs=0.02)
    end = float(surface.sel(x=X0 + 3950, y=Y0 + 450, method="nearest"))
    assert end == pytest.approx(3.0 + 400 * pace, abs=0.05)


def test_without_a_network_on_the_raster_the_hybrid_is_refused():
    far = compile_graph(simple_graph(both_ways([(0, 1, 3.0)]), {0: (90_000, 0), 1: (91_000, 0)}))
    with pytest.raises(DataError, match="no node of the network lies on the raster"):
        access.hybrid_minutes(far, points((450, 450)), walk=access.walking(flat_dem()))


def test_the_hybrid_agrees_with_the_graph_at_the_townships(graphs):
    """On the real extent: from the county seat, no township takes longer than by the network alone."""
    graph = graphs["2022"]
    network = compile_graph(graph)
    west, south, east, north = 516_000, 3_060_000, 632_000, 3_157_000
    shape = (int((north - south) / 500), int((east - west) / 500))
    x, y = west + 500 * (np.arange(shape[1]) + 0.5), north - 500 * (np.arange(shape[0]) + 0.5)
    dem = xr.DataArray(np.full(shape, 900, "float32"), dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(CRS)
    seat = graph.nodes[510525001]
    source = gpd.GeoDataFrame(geometry=[Point(seat["x"], seat["y"])], crs=CRS)
    surface, at_nodes = access.hybrid_minutes(network, source, walk=access.walking(dem))
    homes = township_nodes(graph).unique()
    alone = network.costs(network.numbers_of([510525001]))[0]
    for node in homes:
        data = graph.nodes[node]
        cell = float(surface.sel(x=data["x"], y=data["y"], method="nearest"))
        assert cell == pytest.approx(at_nodes[node], abs=0.02)
        assert at_nodes[node] <= alone[network.number[node]] + 0.02
