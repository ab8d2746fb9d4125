"""What the plan's readers ask of a study's network: isochrones, minutes saved, the round trip, by scenario."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

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
)
from ..errors import DataError
from ..io import read_toml
from ..network import (
    Graph,
    build_graph,
    cheapest_path,
    compile_graph,
    graph_to_frames,
    insert_places,
    path_edges,
    scenario,
    snap_points,
)
from ..plan import located, of_kind
from ..schematic import schematic_tables
from ..study import StudyArea, load_study
from .people import population_rules, township_population, townships

SCENARIOS: tuple[tuple[str, int | str], ...] = (("2022", "plan"), ("today", "today"), ("complete", "complete"))
FACILITIES = ("county_hospital", "motorway_interchange", "railway_station")
MINUTES = (15, 30, 45, 60, 90)
SEAT_KINDS = ("county_seat", "city")  # kinds of places that are the seat of a county
_SEAT_LIMIT_M = 5_000.0  # a seat beyond the border farther from every road given is not on these roads
_FAR_M = 1e9
_PASSING = frozenset({"motorway", "rail", "boarding"})  # where nobody can stop, or only at stations


def scenario_graphs(graph: Graph | None = None, *, study: StudyArea | None = None) -> dict[str, Graph]:
    """Return the network at the plan's date, today and with the plan complete.

    It is the schematic one of the study, of the embedded South Wing if none is given, unless ``graph`` is.

    >>> {name: graph.graph["scenario"] for name, graph in scenario_graphs().items()}
    {'2022': '2022-03-14', 'today': '2026-02-28', 'complete': 'complete'}
    """
    base = build_graph(schematic_tables(study)) if graph is None else graph
    return {name: scenario(base, year=year) for name, year in SCENARIOS}


def place_townships(graph: Graph, *, study: StudyArea | None = None, snap_limit_m: float = 10_000.0) -> Graph:
    """Return a copy of any graph in which each located township has a node on its road, as the schematic one does.

    It also knows the county seats beyond the border (``seats_beyond``, names by node) that lie within 5 km of a road
    of the graph, the names of all seats by node (``facility_names``), and which nodes lie in which county of the study
    (``county`` of the nodes).

    Raises
    ------
    DataError
        If a township is farther than ``snap_limit_m`` from every road.
    """
    area = load_study() if study is None else study
    towns = townships(area)
    homes = towns[towns.geometry.notna()]
    beyond = _seats_near(graph, area)
    points = gpd.GeoSeries(pd.concat([homes.geometry, beyond.geometry]), crs=homes.crs)
    placed = insert_places(graph, points, limit_m=snap_limit_m)
    nodes: dict[Any, Any] = placed.graph.pop("inserted")
    placed.graph["townships"] = {code: nodes[code] for code in homes.index}
    placed.graph["seats"] = list(area.seats.values())
    placed.graph["dates"] = dict(area.dates)
    placed.graph["unlocated"] = towns.loc[towns.geometry.isna(), "name_zh"].tolist()
    placed.graph["seats_beyond"] = {nodes[seat]: name for seat, name in beyond["name_zh"].items()}
    seats = {nodes[code]: towns["name_zh"][code] for code in area.seats.values() if code in nodes}
    placed.graph["facility_names"] = placed.graph["seats_beyond"] | seats
    _name_counties(placed, area)
    return placed


def seats_beyond(study: StudyArea | None = None) -> gpd.GeoDataFrame:
    """Return the seats of the counties around, by the id of the place: what the gazetteer has as county seat or city.

    Each is taken to have a county hospital, which is derived from its rank, not read from a register.

    >>> {"兴文县城(古宋)", "仁怀市"} <= set(seats_beyond()["name_zh"])
    True
    """
    area = load_study() if study is None else study
    places = located(area.places)
    own = places["county"].isin(townships(area)["county"]) | places.intersects(area.outline)
    places = places[~own]
    seats = pd.concat([of_kind(places, kind) for kind in SEAT_KINDS]).sort_values("id")
    return seats[["id", "name_zh", "name_en", "county", "uncertainty_m", "geometry"]].set_index("id")


def county_hospitals(
    graphs: Collection[Graph], *, study: StudyArea | None = None, own_county_only: bool = False, limit_m: float = 2000.0
) -> gpd.GeoDataFrame:
    """Return the county seats as points where the counties' hospitals stand, also those beyond the border.

    Indexed by the township's code, beyond the border by the id of the place; columns ``name_zh``, ``county``. Beyond
    the border are the seats of :func:`seats_beyond` that are nodes of every schematic network, or that lie within
    ``limit_m`` of a road of every other.

    Raises
    ------
    DataError
        If the study names no seat that is a township with a place.
    """
    area = load_study() if study is None else study
    towns = townships(area)
    codes = [code for code in sorted(area.seats.values()) if code in towns.index and towns.geometry.notna()[code]]
    if not codes:
        raise DataError(f"the study {area.id} names no seat that is a township with a place; give --to FILE")
    columns = ["name_zh", "county", "geometry"]
    own = towns.loc[codes, columns]
    around = seats_beyond(area)[columns]
    for graph in () if own_county_only or around.empty else graphs:
        near = 1.0 if graph.graph.get("schematic") else limit_m
        around = around[snap_points(graph, around, limit_m=_FAR_M)["snap_m"].le(near)] if len(around) else around
    return own if own_county_only or around.empty else pd.concat([own, around])


def _seats_near(graph: Graph, area: StudyArea) -> gpd.GeoDataFrame:
    """Return the seats beyond the border that a road comes near."""
    seats = seats_beyond(area)
    if seats.empty:
        return seats
    return seats[snap_points(graph, seats, limit_m=_FAR_M)["snap_m"] <= _SEAT_LIMIT_M]


def _name_counties(placed: Graph, area: StudyArea) -> None:
    """Write the county of the study, as the gazetteer names it, on the nodes that lie in it."""
    known = townships(area)["county"].unique()
    nodes = list(placed)
    xy = np.array([(placed.nodes[node]["x"], placed.nodes[node]["y"]) for node in nodes])
    shapes = area.counties.geometry.to_crs(placed.graph["crs"])
    for name, shape in zip(area.counties["name_zh"].astype(str), shapes, strict=True):
        shapely.prepare(shape)
        county = next((short for short in known if name.startswith(short)), name)
        for number in np.flatnonzero(shapely.contains_xy(shape, xy)):
            placed.nodes[nodes[number]]["county"] = county


def facility_nodes(graph: Graph, facility: str, *, own_county_only: bool = False) -> list[Any]:
    """Return the nodes of a kind of facility in a scenario of a schematic network, or of :func:`place_townships`.

    ``county_hospital``: the county seats, where the counties' hospitals stand, also those of the counties around that
    are nodes of its roads (places of kind county seat or city: that a county seat has a county hospital is derived);
    one that only a motorway or a railway passes does not count, since nobody can get off there.
    Their own coordinates are not published here, so the seat's uncertainty (700 m in the South Wing) and more applies.
    ``motorway_interchange``: interchanges and toll stations, as the nodes of a schematic network say, where an open
    motorway meets an ordinary road; in a graph whose nodes say nothing, wherever the two meet. ``railway_station``:
    where passengers can board in that scenario. With ``own_county_only`` only those in the counties of the townships.
    """
    check_choice(facility, FACILITIES, name="facility")
    found = _hospital_nodes(graph) if facility == "county_hospital" else _network_nodes(graph, facility)
    return sorted(set(found) & set(_county_of(graph, found, facility)) if own_county_only else set(found))


def _hospital_nodes(graph: Graph) -> list[Any]:
    homes = graph.graph.get("townships", {})
    own = [homes[code] for code in graph.graph.get("seats", ()) if code in homes]
    if not homes:
        return own
    around = graph.graph.get("seats_beyond")
    if around is None:
        seats = {node for node, kind in graph.nodes(data="kind") if kind in SEAT_KINDS}
        roads = ((u, v) for u, v, kind in graph.edges(data="highway") if kind not in _PASSING)
        around = sorted(seats & {node for ends in roads for node in ends})
    return [*own, *around]


def _county_of(graph: Graph, nodes: Sequence[Any], facility: str) -> dict[Any, str]:
    """Return the county of those facilities that lie in a county of the graph's townships."""
    homes = graph.graph.get("townships", {})
    own = {str(graph.nodes[node].get("county") or "") for node in homes.values() if node in graph} - {""}
    seats = {homes[code] for code in graph.graph.get("seats", ()) if code in homes}
    candidates = {node: str(graph.nodes[node].get("county") or "") for node in nodes if node in graph}
    return {n: c for n, c in candidates.items() if c in own or (facility == "county_hospital" and n in seats)}


def _network_nodes(graph: Graph, facility: str) -> list[Any]:
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


def township_minutes(
    facility: str,
    *,
    study: StudyArea | None = None,
    graphs: Mapping[str, Graph] | None = None,
    population: pd.DataFrame | None = None,
    own_county_only: bool = False,
) -> gpd.GeoDataFrame:
    """Return minutes from each township to the nearest facility in each scenario, and what is saved.

    With ``own_county_only`` each township may only use the facilities of its own county. ``population`` is a table as
    of :func:`township_population`; its column ``population`` is then the only weight, and no range is given.

    Columns ``name_zh``, ``name_en``, ``county``, ``population``, ``population_low``, ``population_high``,
    ``population_basis``, ``located``, a column a scenario
    (inf: no way; NaN: the township cannot be placed), ``nearest_<scenario>`` and ``county_<scenario>`` (name and county
    of the facility, empty where not known), ``saved_today`` and ``saved_complete`` against 2022, and ``change_...``.

    ``attrs["summary"]`` holds for each scenario ``within_30`` and ``within_60`` (share of located people) and ``gini``
    as (low, high) over the rules by which people are spread, the same by the central rule as ``central``, the name of
    that rule as ``rule``, and ``unreachable`` townships.
    """
    towns = townships(study)
    rules = population_rules(study) if population is None else {"given": population["population"]}
    people = township_population(study=study, rules=rules) if population is None else population
    table = towns.assign(
        population=people["population"],
        population_low=people.get("low", people["population"]),
        population_high=people.get("high", people["population"]),
        population_basis=people["basis"],
        located=towns.geometry.notna(),
    )
    homes = towns.loc[towns.geometry.notna(), "county"]
    costs: dict[str, pd.Series] = {}
    summary = {}
    for name, graph in (scenario_graphs(study=study) if graphs is None else graphs).items():
        found = _nearest(graph, facility, homes, own_county_only=own_county_only)
        table[name] = costs[name] = found["minutes"]
        for column in ("nearest", "county"):
            table[f"{column}_{name}"] = found[column].reindex(table.index).fillna("")
        summary[name] = _summary(costs[name], rules)
    for name in list(costs)[1:]:
        difference = scenario_difference(costs[next(iter(costs))], costs[name])
        table[f"saved_{name}"] = difference["saved"]
        table[f"change_{name}"] = difference["change"].reindex(table.index).fillna("not located")
    table.attrs.update({"facility": facility, "summary": summary})
    return table


def _nearest(graph: Graph, facility: str, counties: pd.Series, *, own_county_only: bool) -> pd.DataFrame:
    """Return ``minutes``, name (``nearest``) and ``county`` of each township's facility, given their own counties."""
    homes = pd.Series(graph.graph["townships"]).reindex(counties.index)
    names = dict(graph.nodes(data="name_zh")) | dict(graph.graph.get("facility_names") or {})
    place = dict(graph.nodes(data="county"))
    place |= {homes[code]: counties[code] for code in graph.graph.get("seats", ()) if code in homes.index}
    table = pd.DataFrame({"minutes": np.inf, "nearest": "", "county": ""}, index=counties.index)
    nodes = facility_nodes(graph, facility, own_county_only=own_county_only)
    groups = {county: [n for n in nodes if place[n] == county] for county in counties.unique()}
    for county, chosen in groups.items() if own_county_only else [("", nodes)]:
        if chosen:
            asked = homes[counties == county] if own_county_only else homes
            nearest = closest_facility(graph, chosen).reindex(asked)
            table.loc[asked.index, "minutes"] = nearest["cost"].to_numpy()
            for column, known in (("nearest", names), ("county", place)):
                table.loc[asked.index, column] = nearest["facility"].map(known).fillna("").to_numpy()
    return table


def _summary(cost: pd.Series, rules: Mapping[str, pd.Series]) -> dict[str, Any]:
    """Return shares and Gini over the rules as ranges, and by the first, the central one."""
    found = pd.DataFrame({name: _shares(cost, people.reindex(cost.index)) for name, people in rules.items()})
    central = next(iter(rules))
    ranges = {str(key): (float(row.min()), float(row.max())) for key, row in found.iterrows()}
    return {
        **ranges,
        "central": {str(key): float(value) for key, value in found[central].items()},
        "rule": central,
        "unreachable": float(np.isinf(cost).sum()),
    }


def _shares(cost: pd.Series, people: pd.Series) -> dict[str, float]:
    within = share_within(cost, limits=(30.0, 60.0), weights=people)
    reached = cost[np.isfinite(cost)]
    spread = gini(reached, weights=people.reindex(reached.index)) if len(reached) else np.nan
    return {"within_30": float(within[30.0]), "within_60": float(within[60.0]), "gini": spread}


def red_loop(
    graph: Graph | None = None, *, study: StudyArea | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Tour]:
    """Return the stops, the legs and the tour of the red-tourism loop with Guizhou and Yunnan (plan item R-16).

    The quickest round trip over the stops of the study's ``loop`` file on the network of today, or of a given graph;
    exact (Held and Karp). Stops have ``order``, ``name_zh``, ``name_en`` (the Chinese one where the file has none),
    ``province``, ``why``; legs ``from_zh``, ``to_zh``, ``from_en``, ``to_en``, ``minutes``, ``km`` and a line along the
    network.
    """
    area = load_study() if study is None else study
    if "loop" not in area.files:
        raise DataError(f"the study {area.id} names no loop; add a file with its stops")
    network_graph = scenario(build_graph(schematic_tables(area)), year="today") if graph is None else graph
    records = read_toml(area.files["loop"], what="file of stops")["stop"]
    records = [{**record, "name_en": record.get("name_en") or record["name_zh"]} for record in records]
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
                "from_en": record_of[start]["name_en"],
                "to_en": record_of[end]["name_en"],
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
