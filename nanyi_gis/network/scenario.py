"""The network of a year, and a user's own changes to it."""

import datetime
import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import shapely
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from ..errors import DataError, ParameterError
from ..io import read_mapping
from .assemble import EDGE_DEFAULTS, components
from .graph_type import Graph
from .placing import road_lengths
from .records import collector_resting, link
from .speeds import SpeedKmh, load_speeds

PLAN_DATE = "2022-03-14"
_NAMED = {"plan": PLAN_DATE, "2022": PLAN_DATE, "today": "2026-02-28", "complete": "complete", "2035": "complete"}
Edge = tuple[Any, Any, int]


class AddedEdge(BaseModel):
    """An edge that a scenario adds, both ways unless ``oneway``."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

    start: str | int = Field(alias="from")
    end: str | int = Field(alias="to")
    highway: str = "tertiary"
    length_km: PositiveFloat | None = None
    speed_kmh: SpeedKmh | None = None
    oneway: bool = False
    name: str = ""


class EdgeChoice(BaseModel):
    """Which edges a change applies to: an edge's id, a corridor, or the pair of places that it joins."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

    edge: str | None = None
    corridor: str | None = None
    start: str | int | None = Field(default=None, alias="from")
    end: str | int | None = Field(default=None, alias="to")


class SpedEdge(EdgeChoice):
    """Edges with a new speed: in km/h, or a factor on the speed they have."""

    speed_kmh: SpeedKmh | None = None
    factor: PositiveFloat | None = None


class OwnScenario(BaseModel):
    """A user's scenario: what is added, closed and sped up after the network of ``year``."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: str = ""
    year: int | str | None = None
    add: tuple[AddedEdge, ...] = ()
    close: tuple[EdgeChoice, ...] = ()
    speed: tuple[SpedEdge, ...] = ()


@collector_resting()
def scenario(
    graph: Graph,
    *,
    year: int | str | datetime.date = 2025,
    changes: OwnScenario | None = None,
    allow_empty: bool = False,
    assume_open: Iterable[str] = (),
) -> Graph:
    """Return a new graph with the edges that are open in a year, without the nodes that lose their last edge.

    Parameters
    ----------
    graph : MultiDiGraph
        With every edge that ever opens: ``status`` (open | construction | planned | unknown), ``opened`` and ``closed``
        (ISO dates, or years, which count from their last day).
    year : int, str or date
        2022 is the day of the plan, 2022-03-14; 2035 or ``complete`` is the plan complete: everything open.
        ``today`` is the date of the facts, 2026-02-28; any other year counts on its 31 December, and a date
        (``2024-02-09``) on that day. An edge of unknown date is open where its status says open.
    changes : OwnScenario, optional
        See :func:`load_scenario`; applied after the year.
    allow_empty : bool
        Whether a network without a road is an answer; if not, it is refused, unless roads have dates, by which
        none is open on that day.
    assume_open : iterable of str, optional
        Ids of edges whose opening is not on record and that are taken as open all the same, so that a value can be
        given with them and without them.

    Returns
    -------
    MultiDiGraph
        ``graph['scenario']`` is the date, ``graph['components']`` the number of parts; statuses are ``open``.

    Raises
    ------
    ParameterError
        If the year cannot be read, or a change or ``assume_open`` names an edge or node that is not there.
    DataError
        If no road is open then for what its status says, or the changes close every one.

    Examples
    --------
    >>> from nanyi_gis.network import build_graph
    >>> everything = build_graph()
    >>> networks = [scenario(everything, year=year) for year in (2022, 2025)]
    >>> [any(name == "I-08" for _, _, name in network.edges(data="corridor")) for network in networks]
    [False, True]
    """
    day = scenario_date(year, dates=graph.graph.get("dates"))
    result: Graph = nx.MultiDiGraph(**graph.graph)
    result.add_nodes_from((node, dict(data)) for node, data in graph.nodes(data=True))
    assumed = _known_ids(graph, assume_open)
    kept = [
        (u, v, key, data)
        for u, v, key, data in graph.edges(keys=True, data=True)
        if _is_open(data, day) or (assumed and str(data.get("id") or "") in assumed)
    ]
    rows = [data.copy() for *_, data in kept]
    for row in rows:
        row["status"] = "open"
    link(result, [(u, v) for u, v, *_ in kept], rows, keys=[key for _, _, key, _ in kept])
    result.graph["scenario"] = day
    if not (allow_empty or _dated(graph) or (changes is not None and changes.add)):
        require_open(result, everything=graph)
    if changes is not None:
        _apply(result, changes, everything=graph)
        result.graph["scenario_title"] = changes.title
        if not allow_empty and not result.number_of_edges():
            raise DataError(f"the changes close every road that is open on {day}; leave one open")
    result.remove_nodes_from([node for node in nx.isolates(result) if graph.degree(node) > 0])
    parts = components(result)
    result.graph["components"] = len(parts)
    result.graph["largest_share"] = len(parts[0]) / result.number_of_nodes() if parts else 0.0
    return result


def require_open(graph: Graph, *, everything: Graph) -> Graph:
    """Return the graph of a scenario if any road is open in it.

    Raises
    ------
    DataError
        If there is none; names the date, and the words met in ``status`` and the dates in ``opened``.
    """
    if not graph.number_of_edges():
        if not everything.number_of_edges():
            raise DataError("the network has no roads; give a road network")
        words = sorted({str(data.get("status") or "open") for *_, data in everything.edges(data=True)})
        opened = sorted({str(data.get("opened") or "") for *_, data in everything.edges(data=True)} - {""})
        dates = f", opened {opened[0]}" + (f" to {opened[-1]}" if len(opened) > 1 else "") if opened else ""
        day = graph.graph.get("scenario", "that day")
        raise DataError(f"no road is open on {day}: status is {', '.join(words)}{dates}; check status and opened")
    return graph


def _dated(graph: Graph) -> bool:
    """Tell whether any road has a date, so that a day without an open one is an answer."""
    return any(data.get("opened") or data.get("closed") for *_, data in graph.edges(data=True))


def scenario_date(year: int | str | datetime.date, *, dates: Mapping[str, str] | None = None) -> str:
    """Return the ISO date of a scenario, or ``complete``.

    ``dates`` are the days that a study calls ``plan`` and ``today``; the year of the plan is its day. Without them
    they are those of the embedded study.

    >>> scenario_date(2022), scenario_date(2025), scenario_date(2035)
    ('2022-03-14', '2025-12-31', 'complete')
    >>> own = {"plan": "2024-06-01"}
    >>> scenario_date("plan", dates=own), scenario_date(2024, dates=own), scenario_date(2022, dates=own)
    ('2024-06-01', '2024-06-01', '2022-12-31')
    """
    named = dict(_NAMED)
    if isinstance(dates, Mapping):  # it is text in a graph that was saved as GraphML
        named |= dates
        if "plan" in dates:
            del named["2022"]
            named[dates["plan"][:4]] = dates["plan"]
    if isinstance(year, datetime.date):
        return year.isoformat()
    text = str(year).strip().lower()
    if text in named:
        return named[text]
    if text.isdigit() and len(text) == 4:
        return "complete" if int(text) > 2035 else f"{text}-12-31"
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise ParameterError(
            f"year is {year!r}, but must be a year such as 2022, 2025 or 2035, a date, 'today' or 'complete'"
        ) from None


def scenarios(graph: Graph, years: Iterable[int | str], *, changes: "OwnScenario | None" = None) -> dict[str, Graph]:
    """Return the network of several years by name, and with the user's changes as ``own``.

    Parameters
    ----------
    graph : MultiDiGraph
        A network with ``status`` and ``opened`` or ``closed`` of its edges; not changed.
    years : iterable
        As :func:`scenario` takes them; each also names its network.
    changes : OwnScenario, optional
        Laid over the network of its own year, or over that of the first of ``years``.

    Raises
    ------
    ParameterError
        If there is no year, or one is no year.
    DataError
        If no road is open in one of them.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph([(0, 1, {"opened": "2020"}), (1, 2, {"opened": "2024"})], crs="EPSG:4544")
    >>> {name: network.number_of_edges() for name, network in scenarios(graph, [2022, "complete"]).items()}
    {'2022': 1, 'complete': 2}
    """
    wanted = list(years)
    if not wanted:
        raise ParameterError("years are empty; give at least one, e.g. 2022")
    found = {str(year): require_open(scenario(graph, year=year), everything=graph) for year in wanted}
    if changes is not None:
        found["own"] = scenario(graph, year=wanted[0] if changes.year is None else changes.year, changes=changes)
    return found


def load_scenario(path: str | os.PathLike[str]) -> OwnScenario:
    """Read a scenario file, TOML or JSON.

    ``year`` is the network to start from; ``[[add]]`` takes ``from``, ``to``, ``highway``, ``length_km``,
    ``speed_kmh``, ``oneway``; ``[[close]]`` and ``[[speed]]`` choose edges by ``edge`` (its id), ``corridor``, or
    ``from`` and ``to``; ``[[speed]]`` also takes ``speed_kmh`` or ``factor``.

    Raises
    ------
    DataError
        If the file is missing, cannot be parsed, or changes nothing.
    ParameterError
        If it holds an unknown key or a bad value.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "own.toml"
    ...     _ = path.write_text('year = 2025\\n[[close]]\\ncorridor = "I-08"\\n')
    ...     own = load_scenario(path)
    >>> own.year, own.close[0].corridor
    (2025, 'I-08')
    """
    source = Path(path)
    try:
        changes = OwnScenario.model_validate(read_mapping(source, what="scenario file"))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ParameterError(f"{source}: {where} is {str(fault['input'])[:80]!r}: {fault['msg']}") from error
    if not (changes.add or changes.close or changes.speed or changes.year is not None):
        raise DataError(f"{source} changes nothing; give it a year, or [[add]], [[close]] or [[speed]] of edges")
    for i, sped in enumerate(changes.speed):
        if (sped.speed_kmh is None) == (sped.factor is None):
            raise ParameterError(f"{source}: speed.{i} needs either speed_kmh or factor, and not both")
    return changes


def _is_open(data: dict[str, Any], day: str) -> bool:
    closed = str(data.get("closed") or "")
    if day == "complete":
        return not closed
    if closed and _last_day(closed) <= day:
        return False
    opened = str(data.get("opened") or "")
    if opened:
        return _last_day(opened) <= day
    return str(data.get("status") or "open") in {"open", "existing"}


def _known_ids(graph: Graph, ids: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(ids)
    unknown = sorted(wanted - {str(data.get("id") or "") for *_, data in graph.edges(data=True)}) if wanted else []
    if unknown:
        raise ParameterError(f"assume_open names {unknown[0][:60]!r}, but no edge has that id; see uncertain_links")
    return wanted


def _last_day(date: str) -> str:
    return f"{date}-12-31"[:10] if len(date) == 4 else f"{date}-31" if len(date) == 7 else date


def _apply(graph: Graph, changes: OwnScenario, *, everything: Graph) -> None:
    speeds = load_speeds()
    for close in changes.close:
        for u, v, key in _chosen(graph, close, everything):
            graph.remove_edge(u, v, key=key)
    for sped in changes.speed:
        for u, v, key in _chosen(graph, sped, everything):
            data = graph.edges[u, v, key]
            if data.get("length", 0.0) <= 0:
                continue
            old = float(data.get("speed_kph") or 3.6 * data["length"] / data["travel_time"])
            new = sped.speed_kmh if sped.speed_kmh is not None else old * float(sped.factor or 1.0)
            moving = 3.6 * data["length"] / old
            data["travel_time"] += 3.6 * data["length"] / new - moving
            data["speed_kph"] = new
    for i, added in enumerate(changes.add):
        ends = [_node(graph, name) for name in (added.start, added.end)]
        (x0, y0), (x1, y1) = [(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in ends]
        line = shapely.LineString([(x0, y0), (x1, y1)])
        drawn = gpd.GeoSeries([line], crs=graph.graph["crs"])
        length = float(road_lengths(drawn)[0]) if added.length_km is None else 1000.0 * added.length_km
        speed = added.speed_kmh if added.speed_kmh is not None else speeds.of_class(added.highway)
        for back in (False, True) if not added.oneway else (False,):
            u, v = ends[::-1] if back else ends
            graph.add_edge(
                u,
                v,
                **{
                    **EDGE_DEFAULTS,
                    "id": f"own.{i + 1}",
                    "name_zh": added.name,
                    "highway": added.highway,
                    "status": "open",
                    "oneway": added.oneway,
                    "reversed": back,
                    "length": length,
                    "speed_kph": speed,
                    "travel_time": 3.6 * length / speed,
                    "grade": 0.0,
                    "evidence": "schematic",
                    "source": "the user's scenario",
                    "geometry": line.reverse() if back else line,
                },
            )


def _chosen(graph: Graph, choice: EdgeChoice, everything: Graph) -> list[Edge]:
    """Return the open edges that a change names; name the mistake if the whole network has none."""
    found = list(_matches(graph, choice))
    if not found and not any(True for _ in _matches(everything, choice)):
        named = choice.edge or choice.corridor or f"{choice.start} to {choice.end}"
        field = "corridor" if choice.corridor and not choice.edge else "id"
        known = sorted({str(data.get(field) or "") for *_, data in everything.edges(data=True)} - {""})
        near = difflib.get_close_matches(str(named), known, n=3, cutoff=0.3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise ParameterError(f"the scenario names an unknown edge {named!r}; give an id, a corridor or two nodes{hint}")
    return found


def _matches(graph: Graph, choice: EdgeChoice) -> Iterator[Edge]:
    pair = None
    if choice.start is not None or choice.end is not None:
        pair = {_node(graph, choice.start), _node(graph, choice.end)}
    if choice.edge is None and choice.corridor is None and pair is None:
        raise ParameterError("a change names no edge; give edge, corridor, or from and to")
    for u, v, key, data in graph.edges(keys=True, data=True):
        if choice.edge is not None and str(data.get("id") or "") != choice.edge:
            continue
        if choice.corridor is not None and str(data.get("corridor") or "") != choice.corridor:
            continue
        if pair is None or {u, v} == pair:
            yield u, v, key


def _node(graph: Graph, name: str | int | None) -> Any:
    """Return a node by its id, the id of its place, or its Chinese name where only one has it."""
    if name is not None and name in graph:
        return name
    placed = [n for n, data in graph.nodes(data=True) if name and data.get("place") == name]
    if placed:
        return placed[0]
    named = [
        n
        for n, data in graph.nodes(data=True)
        if name and data.get("kind") != "platform" and name in str(data.get("name_zh", "")).split("·")
    ]
    if len(named) != 1:
        near = difflib.get_close_matches(str(name), [str(n) for n in graph], n=3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise ParameterError(f"the scenario names an unknown node {name!r}; give the id of a node{hint}")
    return named[0]
