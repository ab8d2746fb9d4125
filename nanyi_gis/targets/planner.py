"""What the plan's readers ask of a study's network: isochrones, minutes saved, the round trip, by scenario."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from .._validation import check_choice
from ..accessibility import (
    Tour,
    cheapest_tour,
    closest_facility,
    gini,
    od_cost_matrix,
    scenario_difference,
    service_area,
    share_within,
    spread_population,
    zonal_population,
)
from ..errors import DataError, naming
from ..io import read_toml
from ..network import (
    Graph,
    build_graph,
    cheapest_path,
    compile_graph,
    graph_to_frames,
    path_edges,
    scenario,
    snap_points,
)
from ..plan import of_kind
from ..schematic import schematic_tables
from ..study import StudyArea, load_study, read_census

SCENARIOS: tuple[tuple[str, int | str], ...] = (("2022", "plan"), ("today", "today"), ("complete", "complete"))
FACILITIES = ("county_hospital", "motorway_interchange", "railway_station")
MINUTES = (15, 30, 45, 60, 90)


def scenario_graphs(graph: Graph | None = None, *, study: StudyArea | None = None) -> dict[str, Graph]:
    """Return the network at the plan's date, today and with the plan complete.

    It is the schematic one of the study, of the embedded South Wing if none is given, unless ``graph`` is.

    >>> {name: graph.graph["scenario"] for name, graph in scenario_graphs().items()}
    {'2022': '2022-03-14', 'today': '2026-02-28', 'complete': 'complete'}
    """
    base = build_graph(schematic_tables(study)) if graph is None else graph
    return {name: scenario(base, year=year) for name, year in SCENARIOS}


def place_townships(graph: Graph, *, study: StudyArea | None = None, snap_limit_m: float = 10_000.0) -> Graph:
    """Return a copy of any graph that knows the node nearest to each located township, as the schematic one does.

    Raises
    ------
    DataError
        If a township is farther than ``snap_limit_m`` from every road.
    """
    area = load_study() if study is None else study
    towns = townships(area)
    nodes = snap_points(graph, towns[towns.geometry.notna()], limit_m=snap_limit_m)["node"]
    placed = graph.copy()
    placed.graph["townships"] = nodes.to_dict()
    placed.graph["seats"] = list(area.seats.values())
    placed.graph["dates"] = dict(area.dates)
    placed.graph["unlocated"] = towns.loc[towns.geometry.isna(), "name_zh"].tolist()
    return placed


def facility_nodes(graph: Graph, facility: str) -> list[Any]:
    """Return the nodes of a kind of facility in a scenario of a schematic network, or of :func:`place_townships`.

    ``county_hospital``: the county seats, where the counties' hospitals stand; their own coordinates are not
    published here, so the seat's uncertainty (700 m in the South Wing) and more applies. ``motorway_interchange``:
    interchanges and toll stations, as the nodes of a schematic network say, where an open motorway meets an ordinary
    road; in a graph whose nodes say nothing, wherever the two meet. ``railway_station``: where passengers can board
    in that scenario.
    """
    check_choice(facility, FACILITIES, name="facility")
    if facility == "county_hospital":
        homes = graph.graph.get("townships", {})
        return sorted(homes[code] for code in graph.graph.get("seats", ()) if code in homes)
    classes: dict[Any, set[str]] = {node: set() for node in graph}
    for u, v, data in graph.edges(data=True):
        classes[u].add(data["highway"])
        classes[v].add(data["highway"])
    if facility == "railway_station":
        return sorted(n for n, kinds in classes.items() if "boarding" in kinds and "rail" not in kinds)
    ordinary = {"motorway", "rail", "boarding", "walk"}
    meeting = [n for n, kinds in classes.items() if "motorway" in kinds and kinds - ordinary]
    if any("interchange" in data for _, data in graph.nodes(data=True)):
        meeting = [n for n in meeting if str(graph.nodes[n].get("interchange")) == "True"]  # text after GraphML
    return sorted(meeting)


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
    networks = scenario_graphs() if graphs is None else graphs
    frames = []
    for name, graph in networks.items():
        for facility in facilities:
            nodes = facility_nodes(graph, facility)
            if not nodes:
                continue
            area = service_area(graph, nodes, minutes=minutes, direction="to", buffer_m=buffer_m)
            frames.append(area.assign(scenario=name, facility=facility, facilities=len(nodes)))
    columns = ["scenario", "facility", "minutes", "area_km2", "facilities", "nodes", "geometry"]
    table = pd.concat(frames, ignore_index=True)[columns]
    base = next(iter(networks.values()))
    return gpd.GeoDataFrame(table, geometry="geometry", crs=frames[0].crs).assign(**_modelled(base))


def _modelled(graph: Graph) -> dict[str, object]:
    """Return the evidence columns of what follows from a network: as of its study's today."""
    kind = "schematic network" if graph.graph.get("schematic") else "roads given"
    day = dict(graph.graph.get("dates") or {}).get("today", "")
    return {
        "source": f"modelled on the {kind}",
        "as_of": str(day)[:7],
        "evidence": "modelled",
        "uncertainty_m": 6000.0,
    }


def townships(study: StudyArea | None = None) -> gpd.GeoDataFrame:
    """Return all townships by code: ``name_zh``, ``name_en``, ``county``; one without coordinates has no geometry.

    >>> len(townships())
    46
    """
    area = load_study() if study is None else study
    towns = of_kind(area.places, "township").sort_values("code").set_index("code")
    towns = towns.set_geometry(towns.geometry.where(towns["located"], None))
    return towns[["name_zh", "name_en", "county", "uncertainty_m", "evidence", "as_of", "source", "geometry"]]


def county_totals(study: StudyArea | None = None) -> pd.Series:
    """Return the resident population of each county of a study; ``attrs['as_of']`` is the day of the census.

    Raises
    ------
    DataError
        If the study names no census.

    >>> county_totals().to_dict()
    {'叙永': 552979, '古蔺': 651958}
    """
    area = load_study() if study is None else study
    if "census" not in area.files:
        raise DataError(f"the study {area.id} names no census; add it, or give a population raster")
    census = read_census(area.files["census"])
    totals = pd.Series(dict(census.people), name="population").rename_axis("county")
    totals.attrs["as_of"] = census.as_of
    return totals


def township_population(
    *,
    study: StudyArea | None = None,
    raster: xr.DataArray | None = None,
    counties: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Return people by township code and on what basis: a raster if given, else the equal split of the census."""
    towns = townships(study)
    if raster is None or counties is None:
        with naming(None if study is None else study.files.get("census")):
            return spread_population(towns, totals=county_totals(study))
    return zonal_population(raster, towns, counties)


def township_minutes(
    facility: str,
    *,
    study: StudyArea | None = None,
    graphs: Mapping[str, Graph] | None = None,
    population: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return minutes from each township to the nearest facility in each scenario, and what is saved.

    Columns ``name_zh``, ``name_en``, ``county``, ``population``, ``population_basis``, ``located``, a column a scenario
    (inf: no way; NaN: the township cannot be placed), ``nearest_<scenario>``, ``saved_today`` and ``saved_complete``
    against 2022, and ``change_...``. ``attrs`` holds for each scenario the share of located people within 30 and
    60 minutes and the Gini coefficient.
    """
    towns = townships(study)
    people = township_population(study=study) if population is None else population
    table = towns.assign(
        population=people["population"], population_basis=people["basis"], located=towns.geometry.notna()
    )
    located = towns.index[towns.geometry.notna()]
    costs: dict[str, pd.Series] = {}
    summary = {}
    for name, graph in (scenario_graphs(study=study) if graphs is None else graphs).items():
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


def red_loop(
    graph: Graph | None = None, *, study: StudyArea | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Tour]:
    """Return the stops, the legs and the tour of the red-tourism loop with Guizhou and Yunnan (plan item R-16).

    The quickest round trip over the stops of the study's ``loop`` file on the network of today, or of a given graph;
    exact (Held and Karp). Stops have ``order``, ``name_zh``, ``province``, ``why``; legs ``from_zh``, ``to_zh``,
    ``minutes``, ``km`` and a line along the network.
    """
    area = load_study() if study is None else study
    if "loop" not in area.files:
        raise DataError(f"the study {area.id} names no loop; add a file with its stops")
    network_graph = scenario(build_graph(schematic_tables(area)), year="today") if graph is None else graph
    records = read_toml(area.files["loop"], what="file of stops")["stop"]
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
    evidence = _modelled(network_graph)
    crs = network_graph.graph["crs"]
    frames = [gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=crs) for rows in (stops, legs)]
    return frames[0].assign(**evidence), frames[1].assign(**evidence), tour


def network_layers(
    graph: Graph | None = None, *, study: StudyArea | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return nodes and edges for a map, every link once, with the scenarios in which it is open.

    Edges have ``open_2022``, ``open_today``, ``open_complete``, ``speed_kph``, ``length``, ``source`` and the rest;
    ``status`` is that of today. Boarding edges and platforms, which have no place of their own, are left out.
    """
    base = build_graph(schematic_tables(study)) if graph is None else graph
    nodes, edges = graph_to_frames(base)
    edges = edges[~edges["reversed"] & edges["highway"].ne("boarding")].reset_index(drop=True)
    for name, year in SCENARIOS:
        ids = {data["id"] for *_, data in scenario(base, year=year).edges(data=True)}
        edges[f"open_{name}"] = edges["id"].isin(ids)
    return nodes[nodes["kind"].ne("platform")].reset_index(drop=True), edges
