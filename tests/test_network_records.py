"""Records of very many edges, beside what networkx makes one by one."""

import gc
import sys

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from nanyi_gis.network import build_graph
from nanyi_gis.network.records import collector_resting, link, records, values_of


def test_linked_edges_are_those_that_networkx_adds_one_by_one():
    random = np.random.default_rng(3)
    ends = [(int(u), int(v)) for u, v in random.integers(0, 6, (60, 2))]  # loops and parallel edges among them
    wanted, found = nx.MultiDiGraph(), nx.MultiDiGraph()
    for graph in (wanted, found):
        graph.add_nodes_from(range(7))
    rows = [{"length": float(i)} for i in range(60)]
    for (u, v), row in zip(ends, rows, strict=True):
        wanted.add_edge(u, v, **row)
    link(found, ends, rows)
    assert list(found.edges(keys=True, data=True)) == list(wanted.edges(keys=True, data=True))
    assert list(found.in_edges(keys=True, data=True)) == list(wanted.in_edges(keys=True, data=True))
    found.remove_node(3)
    wanted.remove_node(3)
    assert nx.utils.graphs_equal(found, wanted)


def test_records_are_separate_and_take_less_memory_than_dictionaries_of_their_own():
    names = [f"key {i}" for i in range(24)]
    found = records({name: ["same"] for name in names} | {"id": ["a", "b"]}, 2)
    found[0]["key 3"] = "other"
    found[0]["new"] = 1
    assert found[1] == dict.fromkeys(names, "same") | {"id": "b"}
    assert list(found[1]) == [*names, "id"]
    assert sys.getsizeof(found[1]) < sys.getsizeof(dict(**found[1])) / 2


def test_a_column_of_lists_and_one_with_gaps_keep_their_values():
    lists = pd.Series([[1, 2], "a", None], dtype=object)
    assert values_of(lists, np.array([0, 0, 1, 2])) == [[1, 2], [1, 2], "a", None]
    gaps = values_of(np.array([1.5, np.nan]), np.array([1, 0]))
    assert np.isnan(gaps[0])
    assert gaps[1] == 1.5
    assert all(type(value) is bool for value in values_of(np.array([True, False]), np.array([0, 1])))


def test_the_collector_is_as_it_was_after_an_error():
    assert gc.isenabled()
    with pytest.raises(KeyError), collector_resting():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_each_direction_of_a_road_has_attributes_of_its_own():
    road = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (50, 0), (50, 50)])], crs="EPSG:4544")
    graph = build_graph(road)
    there, back = graph[0][1][0], graph[1][0][0]
    assert list(there["geometry"].coords) == list(back["geometry"].coords)[::-1]
    assert (there["reversed"], back["reversed"]) == (False, True)
    there["travel_time"] = 1.0
    assert back["travel_time"] != 1.0
