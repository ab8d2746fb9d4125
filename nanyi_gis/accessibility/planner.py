"""What the plan's readers ask of the embedded network: isochrones, minutes saved, the red loop, by scenario."""

import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from .._validation import check_choice
from ..io import data_file
from ..network.assemble import graph_to_frames
from ..network.build import build_graph
from ..network.chains import load_places
from ..network.compiled import compile_graph
from ..network.graph_type import Graph
from ..network.paths import cheapest_path, path_edges
from ..network.scenario import scenario
from ..network.snap import snap_points
from .areas import service_area
from .compare import scenario_difference
from .equity import gini, share_within
from .matrix import closest_facility, od_cost_matrix
from .population import spread_population, zonal_population
from .tour import Tour, cheapest_tour

SCENARIOS: tuple[tuple[str, int | str], ...] = (("2022", 2022), ("today", "today"), ("complete", "complete"))
FACILITIES = ("county_hospital", "motorway_interchange", "railway_station")
MINUTES = (15, 30, 45, 60, 90)
_SEATS = ("510524100", "510525001")


def scenario_graphs(graph: Graph | None = None) -> dict[str, Graph]:
    """Return the network at the plan's date, today and with the plan complete.

    >>> {name: graph.graph["scenario"] for name, graph in scenario_graphs().items()}
    {'2022': '2022-03-14', 'today': '2026-02-28', 'complete': 'complete'}
    """
    base = build_graph() if graph is None else graph
    return {name: scenario(base, year=year) for name, year in SCENARIOS}


def place_townships(graph: Graph, *, snap_limit_m: float = 10_000.0) -> Graph:
    """Return a copy of any graph that knows the node nearest to each located township, as the embedded one does.

    Raises
    ------
    DataError
        If a township is farther than ``snap_limit_m`` from every road.
    """
    towns = townships()
    nodes = snap_points(graph, towns[towns.geometry.notna()], limit_m=snap_limit_m)["node"]
    placed = graph.copy()
    placed.graph["townships"] = nodes.to_dict()
    placed.graph["unlocated"] = towns.loc[towns.geometry.isna(), "name_zh"].tolist()
    return placed


def facility_nodes(graph: Graph, facility: str) -> list[Any]:
    """Return the nodes of a kind of facility in a scenario of the embedded network, or of :func:`place_townships`.

    ``county_hospital``: the two county seats, where the counties' hospitals stand; their own coordinates are not
    published here, so the seat's uncertainty (700 m) and more applies. ``motorway_interchange``: nodes where an open
    motorway meets an ordinary road. ``railway_station``: where passengers can board in that scenario.
    """
    check_choice(facility, FACILITIES, name="facility")
    if facility == "county_hospital":
        homes = graph.graph.get("townships", {})
        return sorted(homes[code] for code in _SEATS if code in homes)
    classes: dict[Any, set[str]] = {node: set() for node in graph}
    for u, v, data in graph.edges(data=True):
        classes[u].add(data["highway"])
        classes[v].add(data["highway"])
    if facility == "railway_station":
        return sorted(n for n, kinds in classes.items() if "boarding" in kinds and "rail" not in kinds)
    ordinary = {"motorway", "rail", "boarding", "walk"}
    return sorted(n for n, kinds in classes.items() if "motorway" in kinds and kinds - ordinary)


def isochrones(
    graphs: Mapping[str, Graph] | None = None,
    *,
    facilities: Sequence[str] = FACILITIES,
    minutes: Sequence[float] = MINUTES,
    buffer_m: float = 1500.0,
) -> gpd.GeoDataFrame:
    """Return the areas within so many minutes of each kind of facility in each scenario.

    Columns ``scenario``, ``facility``, ``minutes``, ``area_km2``, ``facilities`` (how many), and the evidence columns.
    The lines of the schematic network are straight, so the areas show order, not outline.
    """
    frames = []
    for name, graph in (scenario_graphs() if graphs is None else graphs).items():
        for facility in facilities:
            nodes = facility_nodes(graph, facility)
            if not nodes:
                continue
            area = service_area(graph, nodes, minutes=minutes, direction="to", buffer_m=buffer_m)
            frames.append(area.assign(scenario=name, facility=facility, facilities=len(nodes)))
    columns = ["scenario", "facility", "minutes", "area_km2", "facilities", "nodes", "geometry"]
    table = pd.concat(frames, ignore_index=True)[columns]
    return gpd.GeoDataFrame(table, geometry="geometry", crs=frames[0].crs).assign(
        source="modelled on the schematic network", as_of="2026-02", evidence="modelled", uncertainty_m=6000.0
    )


def townships() -> gpd.GeoDataFrame:
    """Return all 46 townships by code: ``name_zh``, ``name_en``, ``county``; one has no geometry."""
    places = load_places()
    towns = places[places["kind"].eq("township")].sort_values("code").set_index("code")
    return towns[["name_zh", "name_en", "county", "uncertainty_m", "evidence", "as_of", "source", "geometry"]]


def township_population(
    *, raster: xr.DataArray | None = None, counties: gpd.GeoDataFrame | None = None
) -> pd.DataFrame:
    """Return people by township code and on what basis: a raster if given, else the equal split of the census."""
    if raster is None or counties is None:
        return spread_population(townships())
    return zonal_population(raster, townships(), counties)


def township_minutes(
    facility: str, *, graphs: Mapping[str, Graph] | None = None, population: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return minutes from each township to the nearest facility in each scenario, and what is saved.

    Columns ``name_zh``, ``name_en``, ``county``, ``population``, ``population_basis``, ``located``, a column a scenario
    (inf: no way; NaN: the township cannot be placed), ``nearest_<scenario>``, ``saved_today`` and ``saved_complete``
    against 2022, and ``change_...``. ``attrs`` holds for each scenario the share of located people within 30 and
    60 minutes and the Gini coefficient.
    """
    towns = townships()
    people = township_population() if population is None else population
    table = towns.assign(
        population=people["population"], population_basis=people["basis"], located=towns.geometry.notna()
    )
    located = towns.index[towns.geometry.notna()]
    costs: dict[str, pd.Series] = {}
    summary = {}
    for name, graph in (scenario_graphs() if graphs is None else graphs).items():
        nodes = facility_nodes(graph, facility)
        homes = pd.Series(graph.graph["townships"]).reindex(located)
        label = dict(graph.nodes(data="name_zh"))
        if nodes:
            nearest = closest_facility(graph, nodes)
            costs[name] = pd.Series(nearest["cost"].reindex(homes).to_numpy(), index=located)
            where = pd.Series(nearest["facility"].reindex(homes).map(label).to_numpy(), index=located)
        else:
            costs[name], where = pd.Series(np.inf, index=located), pd.Series("", index=located)
        table[name] = costs[name]
        table[f"nearest_{name}"] = where.reindex(table.index).fillna("")
        summary[name] = _summary(costs[name], people["population"].reindex(located))
    for name in list(costs)[1:]:
        difference = scenario_difference(costs[next(iter(costs))], costs[name])
        table[f"saved_{name}"] = difference["saved"]
        table[f"change_{name}"] = difference["change"].reindex(table.index).fillna("not located")
    table.attrs.update({"facility": facility, "summary": summary})
    return table


def _summary(cost: pd.Series, people: pd.Series) -> dict[str, float]:
    within = share_within(cost, limits=(30.0, 60.0), weights=people)
    reached = cost[np.isfinite(cost)]
    spread = gini(reached, weights=people.reindex(reached.index)) if len(reached) else np.nan
    return {
        "within_30": float(within[30.0]),
        "within_60": float(within[60.0]),
        "gini": spread,
        "unreachable": float(np.isinf(cost).sum()),
    }


def red_loop(graph: Graph | None = None) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Tour]:
    """Return the stops, the legs and the tour of the red-tourism loop with Guizhou and Yunnan (plan item R-16).

    The quickest round trip over the stops of ``network/red_loop.toml`` on the network of today, or of a given graph;
    exact (Held and Karp). Stops have ``order``, ``name_zh``, ``province``, ``why``; legs ``from_zh``, ``to_zh``,
    ``minutes``, ``km`` and a line along the network.
    """
    network_graph = scenario(build_graph(), year="today") if graph is None else graph
    records = tomllib.loads(data_file("network/red_loop.toml").read_text(encoding="utf-8"))["stop"]
    network = compile_graph(network_graph)
    nodes = [network.nodes[i] for i in network.numbers_of([record["place"] for record in records])]
    tour = cheapest_tour(od_cost_matrix(network, nodes, nodes))
    record_of = dict(zip(nodes, records, strict=True))
    stops, legs = [], []
    for order, node in enumerate(tour.stops[:-1], start=1):
        point = gpd.points_from_xy([network_graph.nodes[node]["x"]], [network_graph.nodes[node]["y"]])[0]
        stops.append({"order": order, "node": node, **record_of[node], "geometry": point})
    for order, (start, end) in enumerate(pairwise(tour.stops), start=1):
        edges = path_edges(network_graph, cheapest_path(network, start, end))
        legs.append(
            {
                "order": order,
                "from_zh": record_of[start]["name_zh"],
                "to_zh": record_of[end]["name_zh"],
                "minutes": float(edges["travel_time"].sum() / 60.0),
                "km": float(edges["length"].sum() / 1000.0),
                "geometry": edges.geometry.union_all() if len(edges) > 1 else edges.geometry.iloc[0],
            }
        )
    evidence = {
        "source": "modelled on the schematic network",
        "as_of": "2026-02",
        "evidence": "modelled",
        "uncertainty_m": 6000.0,
    }
    crs = network_graph.graph["crs"]
    frames = [gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=crs) for rows in (stops, legs)]
    return frames[0].assign(**evidence), frames[1].assign(**evidence), tour


def network_layers(graph: Graph | None = None) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return nodes and edges for a map, every link once, with the scenarios in which it is open.

    Edges have ``open_2022``, ``open_today``, ``open_complete``, ``speed_kph``, ``length``, ``source`` and the rest;
    ``status`` is that of today. Boarding edges and platforms, which have no place of their own, are left out.
    """
    base = build_graph() if graph is None else graph
    nodes, edges = graph_to_frames(base)
    edges = edges[~edges["reversed"] & edges["highway"].ne("boarding")].reset_index(drop=True)
    for name, year in SCENARIOS:
        ids = {data["id"] for *_, data in scenario(base, year=year).edges(data=True)}
        edges[f"open_{name}"] = edges["id"].isin(ids)
    return nodes[nodes["kind"].ne("platform")].reset_index(drop=True), edges
