"""The red-tourism road of a study: designed on its schematic network or read from a file, then measured."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from .._progress import Progress, silent
from .._validation import check_non_negative, check_positive
from ..dem import load_dem
from ..errors import DataError, ParameterError
from ..network import Graph, build_graph, scenario
from ..route import Coverage, Design, Profile, Route, chainage, coverage, design_route, gains, reconcile
from ..schematic import load_records, schematic_tables, sources_of
from ..study import StudyArea, load_study
from .people import population_rules, townships
from .road_branches import facing
from .road_links import draw_links
from .road_notes import road_notes
from .road_profile import road_profile
from .road_record import TOWNSHIP, Mandated, RoadRecord, road_record, road_sites
from .road_words import link_names, road_answer

_MINUTES = (5.0, 10.0, 15.0, 30.0)
_KM = (1.0, 2.0, 5.0)

STAY_MIN = 30.0
"""Minutes at a site where none are given."""


@dataclass(frozen=True, eq=False)
class RedRoad:
    """A road for visitors and what follows from it.

    Attributes
    ----------
    record : RoadRecord
        What the study says of it.
    length_km : float
        The length that it was designed within or is compared with.
    design : Design or None
        None if the road was read from a file.
    route : Route
        The road by branch.
    sites : GeoDataFrame
        Sites by id with their ``name_zh``, ``name_en``, ``kind``, ``weight``, ``group``, ``counted`` (the weight, of
        each group that of one site alone), what coverage says of them
        (``branch``, ``km``, ``distance_m``, ``minutes``, ``covered 2 km`` and the rest), and ``saved_min``, the mean
        minutes to the other sites that the road's unopened links save; NaN for a line given.
    chainage : GeoDataFrame
        Stations; see :func:`nanyi_gis.route.chainage`.
    coverage : Coverage
        Of the sites; in its table and by chainage a site counts in each of its kinds, and once in ``all``.
    profile : Profile or None
        Along the branches in the metres of the chainage; None without elevations.
    surveyed : bool
        Whether the line is that of a road. The lines of a schematic network run straight between places: heights along
        them are no heights of a road, and their grades mean nothing.
    alignments : GeoDataFrame
        Links drawn on the terrain: ``id``, ``name_zh``, ``name_en``, ``mode``, ``road_class``, ``length_m``, ...
    alignment_profiles : DataFrame
        Heights along them: ``id``, ``m``, ``x``, ``y``, ``z`` of the grade line, ``z_ground``, ``grade``, ``span``.
    lengths : DataFrame
        Fact, inference and gap; see :func:`nanyi_gis.route.reconcile`.
    answer : mapping of str to (str, str, str)
        What is known, what is designed or given, and what is open, a sentence each, in ``zh`` and ``en``.
    notes, notes_zh : tuple of str
        What a reader must know, in English and in Chinese.
    """

    record: RoadRecord
    length_km: float
    design: Design | None
    route: Route
    sites: gpd.GeoDataFrame
    chainage: gpd.GeoDataFrame
    coverage: Coverage
    profile: Profile | None
    surveyed: bool
    alignments: gpd.GeoDataFrame
    alignment_profiles: pd.DataFrame
    lengths: pd.DataFrame
    answer: Mapping[str, tuple[str, str, str]]
    notes: tuple[str, ...]
    notes_zh: tuple[str, ...]


def red_road(
    study: StudyArea | None = None,
    *,
    length_km: float | None = None,
    minutes: float | None = None,
    stay_min: float = STAY_MIN,
    shape: str = "network",
    line: Route | None = None,
    dem: xr.DataArray | None = None,
    draw: bool = True,
    samples: int = 0,
    seed: int = 0,
    time_limit_s: float = 60.0,
    progress: Progress | None = None,
) -> RedRoad:
    """Return the road of a study, of the embedded South Wing if none is given, designed or as given, and measured.

    Parameters
    ----------
    study : StudyArea, optional
        With a ``route`` file.
    length_km : float, optional
        Most kilometres; those of the plan if not given. A line given is compared with them.
    minutes : float, optional
        For a loop, in place of ``length_km``: most minutes of the day, at the wheel and at the sites.
    stay_min : float
        Minutes at each site that is visited; of account with ``minutes``.
    shape : str
        ``network``, ``loop`` or ``line``; see :func:`nanyi_gis.route.design_route`. A loop or a line holds no route of
        the plan, only what is worth most, and begins at the first stop of the first of them.
    line : Route, optional
        A road that is there already, of :func:`nanyi_gis.route.from_file`; then nothing is designed.
    dem : DataArray, optional
        Heights in metres; the study's if not given.
    draw : bool
        Whether to draw the links that no road has yet.
    samples, seed : int
        Draws of the sites within their uncertainty, and where they begin.
    time_limit_s : float
        Of the search for the best design.
    progress : callable, optional
        Called with the share done.

    Raises
    ------
    DataError
        If the study has no route file, or a route of the plan is not on its network.
    ParameterError
        If what is mandated is longer than the length, or a value breaks its rule.
    """
    tell = silent if progress is None else progress
    area = load_study() if study is None else study
    record = _record(area, line)
    limit = check_positive(record.length_km if length_km is None else length_km, name="length_km", unit="km")
    sites, unlocated = road_sites(area, record)
    everything = build_graph(schematic_tables(area)) if "chains" in area.files else None
    tell(0.1)
    design, route = None, line
    if route is None:
        roads = road_graph(area, record, graph=everything)
        prizes = road_prizes(sites).assign(stay_min=check_non_negative(stay_min, name="stay_min", unit="min"))
        design = _designed(
            roads, record, prizes, limit_km=limit, minutes=minutes, shape=shape, time_limit_s=time_limit_s
        )
        route = Route.of(design)
        if not design.order:
            route = facing(
                route, [(node_of(roads, way.stops[0]), node_of(roads, way.stops[-1])) for way in record.mandated]
            )
    tell(0.5)
    network = None if everything is None else _with_road(everything, route)
    found = _covered(route, sites, network, people=_people(area, sites), samples=samples, seed=seed)
    measured = found.sites.assign(saved_min=_saved(route, sites, network) if line is None else np.nan)
    tell(0.7)
    heights = load_dem(study=area) if dem is None and area.dem is not None else dem
    drawn = draw_links(area, record, heights, graph=everything, draw=draw)
    tell(0.9)
    notes = road_notes(
        design, route, found, heights, limit_km=limit, unlocated=_in_english(area, unlocated), alignments=drawn.links
    )
    return RedRoad(
        record=record,
        length_km=limit,
        design=design,
        route=route,
        sites=measured,
        chainage=chainage(route, sites=sites),
        coverage=found,
        profile=None if heights is None else road_profile(route, heights, road_class=record.road_class),
        surveyed=line is not None,
        alignments=drawn.links,
        alignment_profiles=drawn.profiles,
        lengths=_lengths(record, route, total_km=record.length_km),
        answer=road_answer(
            record,
            design,
            route,
            limit_km=limit,
            network_km=network_km(record, everything),
            english=_english(area, everything),
        ),
        notes=notes["en"],
        notes_zh=notes["zh"],
    )


def road_graph(study: StudyArea, record: RoadRecord, *, graph: Graph | None = None) -> Graph:
    """Return the roads on which a road for visitors is designed: a copy, in the counties of the study.

    Of a road that the plan rebuilds only the new one is kept, with its status. The links of a route whose kilometres
    are counted (``counted_km``) have those, shared by the straight lines between their ends: so none comes out shorter
    than that line, unless the whole is.

    Raises
    ------
    DataError
        If a route of the plan is not on the network.
    """
    base = build_graph(schematic_tables(study)) if graph is None else graph
    kept = base.copy()
    own = set(townships(study)["county"])
    strange = [node for node, county in kept.nodes(data="county") if county is not None and county not in own]
    kept.remove_nodes_from(strange)
    corridors = {route.corridor for route in record.mandated}
    kept.remove_edges_from(_superseded(kept, corridors))
    for route in record.mandated:
        if route.counted_km is not None:
            _count(kept, set(mandated_links(kept, route)), 1000.0 * route.counted_km)
    return kept


def mandated_links(graph: Graph, route: Mandated) -> list[str]:
    """Return the ids of the links of a route of the plan, from stop to stop along its corridor.

    Raises
    ------
    DataError
        If its corridor does not join its stops.
    """
    ways = nx.Graph()
    for u, v, data in graph.edges(data=True):
        if data.get("corridor") == route.corridor:
            known = ways.get_edge_data(u, v)
            if known is None or (data["length"], str(data["id"])) < (known["length"], known["id"]):
                ways.add_edge(u, v, length=data["length"], id=str(data["id"]))
    stops = [node_of(graph, place) for place in route.stops]
    found: dict[str, None] = {}
    for (start, end), (a, b) in zip(pairwise(stops), pairwise(route.stops), strict=True):
        try:
            way = nx.shortest_path(ways, start, end, weight="length")
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            raise DataError(
                f"corridor {route.corridor} does not join {a} and {b} on the network; correct the stops or the chains"
            ) from None
        found.update(dict.fromkeys(str(ways.edges[pair]["id"]) for pair in pairwise(way)))
    return list(found)


def node_of(graph: Graph, place: str) -> Any:
    """Return the node of a place; townships at one point share one.

    Raises
    ------
    DataError
        If there is none.
    """
    for node, own in graph.nodes(data="place"):
        if own == place:
            return node
    shared = dict(graph.graph.get("townships") or {}).get(place.removeprefix("township-"))
    if shared is None or shared not in graph:
        raise DataError(f"{place!r} is no place of the network; correct the stop")
    return shared


def road_prizes(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the sites as prizes of :func:`nanyi_gis.route.design_route`, those without a weight left out."""
    worth = sites[sites["weight"] > 0]
    table = {
        "x": worth.geometry.x.to_numpy(),
        "y": worth.geometry.y.to_numpy(),
        "prize": worth["weight"].to_numpy(dtype=float),
        "group": worth["group"].to_numpy(dtype=object),
        "name": worth["name_zh"].to_numpy(dtype=object),
        "id": worth.index.to_numpy(dtype=object),
    }
    return pd.DataFrame(table)


def network_km(record: RoadRecord, graph: Graph | None) -> dict[str, float]:
    """Return the kilometres that the network itself gives to the routes of which others are counted, by corridor."""
    found: dict[str, float] = {}
    if graph is None:
        return found
    for route in (route for route in record.mandated if route.counted_km is not None):
        ids = set(mandated_links(graph, route))
        lengths = {str(data["id"]): data["length"] for *_, data in graph.edges(data=True) if str(data["id"]) in ids}
        found[route.corridor] = sum(lengths.values()) / 1000.0
    return found


def _english(study: StudyArea, graph: Graph | None) -> dict[str, str]:
    """Return what the links of the schematic network are called in English, by id."""
    if graph is None:
        return {}
    return link_names(graph, {chain.id: chain.name_en for chain in load_records(sources_of(study)).chain})


def _in_english(study: StudyArea, names: tuple[str, ...]) -> dict[str, str]:
    """Return the English name of places by their Chinese one, which stands in where there is none."""
    places = study.places.drop_duplicates("name_zh").set_index("name_zh")["name_en"].fillna("").astype(str)
    return {name: places.get(name, "") or name for name in names}


def _record(study: StudyArea, line: Route | None) -> RoadRecord:
    """Return the record of a study; of one that has none what a line given needs: its own length, townships alike."""
    if "route" in study.files or line is None:
        return road_record(study)
    return RoadRecord(length_km=line.length_m / 1000.0, weights={TOWNSHIP: 1.0})


def _designed(
    graph: Graph,
    record: RoadRecord,
    prizes: pd.DataFrame,
    *,
    limit_km: float,
    minutes: float | None,
    shape: str,
    time_limit_s: float,
) -> Design:
    whole = shape == "network"
    must = [link for route in record.mandated for link in mandated_links(graph, route)] if whole else []
    _refuse_longer(graph, must, record, limit_km=limit_km)
    start = node_of(graph, record.mandated[0].stops[0]) if record.mandated and not whole else None
    return design_route(
        graph,
        length_m=1000.0 * limit_km if minutes is None else None,
        minutes=minutes,
        must_include=must,
        prizes=prizes,
        shape=shape,
        start=start,
        time_limit_s=time_limit_s,
    )


def _refuse_longer(graph: Graph, must: list[str], record: RoadRecord, *, limit_km: float) -> None:
    """Raise ParameterError if the routes of the plan alone are longer than the road may be."""
    lengths = {str(data["id"]): data["length"] for *_, data in graph.edges(data=True)}
    km = sum(lengths[link] for link in dict.fromkeys(must)) / 1000.0
    if km > limit_km:
        named = " and ".join(route.corridor for route in record.mandated)
        raise ParameterError(
            f"length_km is {limit_km:g}, but the routes of the plan ({named}) come to {km:.1f} km, "
            f"{km - limit_km:.1f} km more, and joining them takes some; give a longer road"
        )


def _superseded(graph: Graph, corridors: set[str]) -> list[tuple[Any, Any, int]]:
    """Return the edges of a corridor beside which the plan has another one between the same nodes: the old road."""
    beside: dict[tuple[str, Any, Any], list[tuple[bool, str, int]]] = {}
    for u, v, key, data in graph.edges(keys=True, data=True):
        if data.get("corridor") in corridors:
            found = beside.setdefault((data["corridor"], u, v), [])
            found.append((data.get("status") == "open", str(data["id"]), key))
    return [(u, v, key) for (_, u, v), found in beside.items() for _, _, key in sorted(found)[1:]]


def _count(graph: Graph, links: set[str], total_m: float) -> None:
    """Give links a length of ``total_m`` together, shared by their straight lines; the graph is ours."""
    edges = [(u, v, data) for u, v, data in graph.edges(data=True) if str(data["id"]) in links]
    straight = {str(data["id"]): _straight_m(graph, u, v) for u, v, data in edges}
    whole = sum(straight.values())
    for *_, data in edges:
        data["length"] = total_m * straight[str(data["id"])] / whole
        data["length_rule"] = "counted"


def _straight_m(graph: Graph, u: Any, v: Any) -> float:
    return math.dist(*((graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (u, v)))


def _with_road(graph: Graph, route: Route) -> Graph:
    """Return today's network with the road in it, where it is one of its links."""
    known = {str(data["id"]) for *_, data in graph.edges(data=True)}
    return scenario(graph, year="today", assume_open=sorted(known & set(route.frame["id"].astype(str))))


def _people(study: StudyArea, sites: gpd.GeoDataFrame) -> dict[str, pd.Series] | None:
    """Return people by site and rule; None if the study has no census, or no township is a site."""
    codes = sites.loc[sites["kind"] == TOWNSHIP, "code"].astype(str)
    if "census" not in study.files or codes.empty:
        return None
    rules = population_rules(study)
    return {
        name: pd.Series(people.reindex(codes).to_numpy(dtype=float), index=codes.index)
        for name, people in rules.items()
    }


def _covered(
    route: Route,
    sites: gpd.GeoDataFrame,
    graph: Graph | None,
    *,
    people: dict[str, pd.Series] | None,
    samples: int,
    seed: int,
) -> Coverage:
    """Return what a road covers; a site counts in each of its kinds, and once in all."""
    kinds = (sites["kind"] + ";" + sites["also"]).str.strip(";")
    counted = _counted_once(route, sites)
    found = coverage(
        route,
        sites.assign(kind=kinds, weight=counted),
        graph=graph,
        minutes=_MINUTES,
        km=_KM,
        people=people,
        samples=samples,
        seed=seed,
    )
    own = {"kind": sites["kind"], "weight": sites["weight"], "counted": counted}
    return replace(found, sites=found.sites.assign(**own))


def _counted_once(route: Route, sites: gpd.GeoDataFrame) -> "pd.Series[float]":
    """Return the weights of sites, of those that share a scenery only that of the best, of like ones the nearest."""
    road = shapely.MultiLineString(list(route.branches))
    away = sites.to_crs(route.crs).distance(road)
    order = sites.assign(away=away, less=-sites["weight"]).sort_values(["less", "away"], kind="stable")
    counts = ~order["group"].duplicated() | order["group"].eq("")
    weights: pd.Series[float] = sites["weight"].where(counts.reindex(sites.index), 0.0)
    return weights


def _saved(route: Route, sites: gpd.GeoDataFrame, graph: Graph | None) -> pd.Series | float:
    """Return the mean minutes to the other sites that the road's unopened links save each site."""
    if graph is None or route.frame["status"].eq("open").all():
        return 0.0
    return gains(route, sites, graph=graph)["saved"]


def _lengths(record: RoadRecord, route: Route, *, total_km: float) -> pd.DataFrame:
    parts = pd.DataFrame(
        {
            "name": [part.name_en for part in record.part],
            "km": np.array([part.km for part in record.part], dtype=float),
            "basis": [part.basis for part in record.part],
            "source": [part.source for part in record.part],
        }
    )
    return reconcile(parts, total_km=total_km, route=route)
