"""The schematic network: chains of places, local links between townships, stations, boarding."""

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import Delaunay

from .._validation import check_non_negative
from ..errors import DataError
from ..io import read_table
from ..network import Graph, Tables
from ..study import StudyArea, load_study
from .calibration import Sinuosity, chain_ratio, load_model, sinuosity_group
from .chains import (
    PASSED,
    Chain,
    Records,
    Sources,
    is_kind,
    load_records,
    network_nodes,
    place_of,
    sources_of,
    unlocated_townships,
)
from .relief import height_above_valleys

PLATFORM = "rail:"
_PLATFORMS = 100_000
_LOCAL_CLASS = "tertiary"


def schematic_tables(study: StudyArea | None = None, *, waiting_min: float = 20.0, freight: bool = False) -> Tables:
    """Return nodes, edges and a report of a study's schematic network, every edge that ever opens in it.

    The study is the embedded South Wing if none is given.

    ``length_rule`` says how an edge got its length: ``published``; ``relief`` or ``sinuosity``, the straight line times
    the sinuosity by height above the valleys or of the class alone; ``assumed``; ``none``. ``interchange`` of a node
    says that a motorway can be entered there.

    Every node is a place: ``place`` is its id in ``places.csv``; the node's own number, whole because OSMnx's
    functions want that, is a township's code or the place's row. Two townships at one point share a node. A railway
    runs between platforms (``rail:<place>``, the place's number + 100,000), which only boarding edges join to the
    place: they take ``waiting_min`` minutes on boarding and none on leaving, and exist only where passengers
    board, or, with ``freight``, at every station.
    """
    check_non_negative(waiting_min, name="waiting_min", unit="minutes")
    area = load_study() if study is None else study
    files = sources_of(area)
    made = _made(files, float(waiting_min), bool(freight))
    report = {
        "name": f"schematic network of {files.title}",
        "schematic": True,
        "as_of": made.as_of,
        "waiting_min": float(waiting_min),
        "unlocated": list(made.unlocated),
        "townships": dict(made.townships),
        "seats": list(area.seats.values()),
        "dates": dict(area.dates),
    }
    return Tables(made.nodes.copy(), made.edges.copy(), report)


class _Made(NamedTuple):
    """What the files of a network say; shared, so it is not changed."""

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    townships: Mapping[str, int]
    unlocated: tuple[str, ...]
    as_of: str


@cache
def _made(files: Sources, waiting_min: float, freight: bool) -> _Made:
    """Return nodes and edges of a network, made once: an atlas asks for them for every scenario and page."""
    records, places = load_records(files), network_nodes(files)
    model = load_model(files)
    home = township_homes(places)
    edges = [row for chain in records.chain for row in _chain_edges(chain, places, model, files)]
    edges += _local_edges(records, places, model, files)
    edges += _boarding_edges(records, waiting_min, freight)
    table = pd.DataFrame(edges)
    used = [*dict.fromkeys([*home.unique(), *table["u"], *table["v"]])]
    nodes = _nodes(places, home, sorted(used), ramps=_ramps(records, places))
    number = dict(zip(nodes["place"], nodes.index, strict=True))
    table["u"], table["v"] = table["u"].map(number), table["v"].map(number)
    ends = [(nodes.geometry[u], nodes.geometry[v]) for u, v in table[["u", "v"]].itertuples(index=False)]
    passed = table.pop("passed").map(lambda names: names if isinstance(names, tuple) else ())
    lines = [
        shapely.LineString([a, *(places.geometry[name] for name in names), b])
        for (a, b), names in zip(ends, passed, strict=True)
    ]
    frame = gpd.GeoDataFrame(table, geometry=lines, crs=places.crs)
    frame["evidence"] = "schematic"
    frame["as_of"] = records.as_of
    doubt = nodes["uncertainty_m"].to_dict()
    frame["uncertainty_m"] = [max(doubt[u], doubt[v]) for u, v in frame[["u", "v"]].itertuples(index=False)]
    townships = {str(code): int(number[place]) for code, place in home.items()}
    return _Made(nodes, frame, townships, tuple(unlocated_townships(files)), records.as_of)


def township_homes(places: gpd.GeoDataFrame) -> pd.Series:
    """Return the node of each located township, by its code; townships at one point share the first one's."""
    towns = places[is_kind(places, "township") & places.geometry.notna()].sort_values("code")
    key = pd.Series(list(zip(towns.geometry.x.round(1), towns.geometry.y.round(1), strict=True)), index=towns.index)
    first = pd.Series(key.index, index=key.index).groupby(key).transform("first")
    return pd.Series(first.to_numpy(), index=pd.Index(towns["code"], name="code"), name="node")


def township_nodes(graph: Graph) -> pd.Series:
    """Return the node of each located township of the embedded network, with the township's code as index.

    >>> from nanyi_gis.network import build_graph
    >>> nodes = township_nodes(build_graph())
    >>> len(nodes), int(nodes["510525001"]), int(nodes["510525002"])
    (45, 510525001, 510525001)
    """
    homes: Mapping[str, int] = graph.graph.get("townships", {})
    return pd.Series(dict(homes), name="node", dtype="int64").rename_axis("code")


def _ramps(records: Records, places: gpd.GeoDataFrame) -> set[str]:
    """Return the nodes where a motorway can be entered: interchanges, and the cities that chains say stand for one."""
    declared = {ramp for chain in records.chain for ramp in chain.ramps}
    return declared | set(places.index[is_kind(places, "interchange")])


def _nodes(places: gpd.GeoDataFrame, home: pd.Series, used: list[str], *, ramps: set[str]) -> gpd.GeoDataFrame:
    row = {place: i + 1 for i, place in enumerate(places.index)}
    records = places.drop(columns="geometry").to_dict("index")
    sharing: dict[str, list[str]] = {}
    for code, place in home.items():
        sharing.setdefault(place, []).append(str(code))
    names = dict(zip(places["code"], places["name_zh"], strict=True))
    numbers, rows = [], []
    for node in used:
        place = node.removeprefix(PLATFORM)
        platform = node != place
        codes = [] if platform else sharing.get(place, [])
        numbers.append(int(codes[0]) if codes else row[place] + _PLATFORMS * platform)
        record = records[place]
        kind = "platform" if platform else next(iter(record["kind"]), "")
        shared = {"name_zh": "·".join(names[code] for code in codes)} if codes else {}
        rows.append({**record, **shared, "kind": kind, "place": node, "uncertainty_m": float(record["uncertainty_m"])})
        rows[-1]["interchange"] = place in ramps and not platform
    table = pd.DataFrame(rows, index=pd.Index(numbers, name="node"))
    text = ["name_en", "county", "code", "evidence", "as_of", "source"]
    table[text] = table[text].fillna("")
    geometry = places.geometry.loc[[node.removeprefix(PLATFORM) for node in used]].to_numpy()
    return gpd.GeoDataFrame(table, geometry=geometry, crs=places.crs)


def _part_lengths(chain: Chain, places: gpd.GeoDataFrame, model: Sinuosity, files: Sources) -> list[tuple[float, str]]:
    """Return metres and the rule they follow for each part of a chain; none is shorter than its straight line."""
    points = [places.geometry[place_of(node)] for node in chain.nodes]
    straight = [a.distance(b) for a, b in pairwise(points)]
    if chain.parts_km:
        return [(max(1000.0 * km, part), "published") for km, part in zip(chain.parts_km, straight, strict=True)]
    total = chain.length_km or chain.assumed_km
    if total is not None or chain.ratio_of:
        ratio = chain_ratio(chain.ratio_of, files) if total is None else 1000.0 * total / sum(straight)
        rule = "assumed" if chain.assumed_km else "published"
        return [(max(ratio, 1.0) * part, rule) for part in straight]
    return _modelled(straight, chain.nodes, chain.highway, model, files)


def _modelled(
    straight: list[float], nodes: tuple[str, ...], highway: str, model: Sinuosity, files: Sources
) -> list[tuple[float, str]]:
    group = sinuosity_group(highway)
    return [
        (model.of(group, above) * part, "relief" if model.by_relief(group, above) else "sinuosity")
        for part, above in zip(straight, height_above_valleys(nodes, files), strict=True)
    ]


def _joined(nodes: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return the ends of each edge as positions in a chain: what is only passed is no end.

    >>> _joined(("a", "~b", "c", "d"))
    [(0, 2), (2, 3)]
    """
    return list(pairwise(i for i, node in enumerate(nodes) if not node.startswith(PASSED)))


def _chain_edges(chain: Chain, places: gpd.GeoDataFrame, model: Sinuosity, files: Sources) -> list[dict[str, Any]]:
    parts = _part_lengths(chain, places, model, files)
    chainage = np.concatenate([[0.0], np.cumsum([length for length, _ in parts])]) / 1000.0
    prefix = PLATFORM if chain.highway == "rail" else ""
    rows = []
    for number, (start, end) in enumerate(_joined(chain.nodes), start=1):
        rules = {rule for _, rule in parts[start:end]}
        rows.append(
            {
                "id": f"{chain.id}.{number}",
                "u": prefix + chain.nodes[start],
                "v": prefix + chain.nodes[end],
                "passed": tuple(place_of(node) for node in chain.nodes[start + 1 : end]),
                "name_zh": chain.name_zh,
                "highway": chain.highway,
                "length": sum(length for length, _ in parts[start:end]),
                "speed_kph": np.nan if chain.speed_kmh is None else chain.speed_kmh,
                "status": chain.status,
                "opened": chain.opened,
                "corridor": chain.corridor,
                "service": chain.service,
                "from_km": float(chainage[start]),
                "to_km": float(chainage[end]),
                "length_rule": "sinuosity" if "sinuosity" in rules else min(rules),
                "source": chain.source,
            }
        )
    return rows


def _local_edges(records: Records, places: gpd.GeoDataFrame, model: Sinuosity, files: Sources) -> list[dict[str, Any]]:
    """Return the local links; the one to a station opens with the first railway there."""
    opened: dict[str, str] = {}
    for chain in records.chain:
        if chain.highway == "rail" and chain.opened:
            for node in chain.nodes:
                opened[node] = min(chain.opened, opened.get(node, chain.opened))
    if files.local_links is None:
        return []
    links = read_table(files.local_links, what="local links", columns=("id", "u", "v", "rule"))
    unknown = sorted({*links["u"], *links["v"]} - set(places.index))
    if unknown:
        raise DataError(f"{files.local_links} joins {unknown[0][:60]!r}, but there is no such place; correct it")
    rows = []
    for number, u, v, rule in links[["id", "u", "v", "rule"]].itertuples(index=False):
        straight = [places.geometry[u].distance(places.geometry[v])]
        length, length_rule = _modelled(straight, (u, v), _LOCAL_CLASS, model, files)[0]
        rows.append(
            {
                "id": number,
                "u": u,
                "v": v,
                "name_zh": f"{places.name_zh[u]}—{places.name_zh[v]}",
                "highway": _LOCAL_CLASS,
                "length": length,
                "status": "open",
                "opened": opened.get(u, "") if u.startswith("st-") else "",
                "from_km": 0.0,
                "to_km": length / 1000.0,
                "length_rule": length_rule,
                "source": f"schematic link ({rule}); that there is a road is assumed",
            }
        )
    return rows


def _boarding_edges(records: Records, waiting_min: float, freight: bool) -> list[dict[str, Any]]:
    """Return one boarding edge per station, open as soon as one of its lines takes passengers."""
    best: dict[str, dict[str, Any]] = {}
    rank = {"open": 0, "construction": 1, "planned": 2, "unknown": 3}
    for chain in records.chain:
        if chain.highway != "rail" or not (freight or chain.service == "passenger"):
            continue
        waits = chain.passengers == "complete" and not freight
        status = "planned" if waits else chain.status
        for stop in chain.nodes if freight else chain.stops or chain.nodes:
            row = {
                "id": f"board.{stop}",
                "u": stop,
                "v": PLATFORM + stop,
                "name_zh": "上车",
                "highway": "boarding",
                "length": 0.0,
                "speed_kph": np.nan,
                "wait_min": waiting_min,
                "status": status,
                "opened": "" if waits else chain.opened,
                "corridor": "",
                "service": "freight" if freight else "passenger",
                "length_rule": "none",
                "source": "where trains can be boarded; the waiting time is a parameter",
            }
            known = best.get(stop)
            if known is None or (rank[status], str(row["opened"])) < (rank[str(known["status"])], str(known["opened"])):
                best[stop] = row
    return [best[stop] for stop in sorted(best)]


def local_links(places: gpd.GeoDataFrame, records: Records) -> pd.DataFrame:
    """Return the links that join townships and stations, by rule: columns ``id``, ``u``, ``v``, ``rule``.

    Townships are joined to their neighbours in the Gabriel graph (two points are joined if no
    third lies in the circle over them; Gabriel and Sokal 1969) unless an ordinary road of the chains joins them
    already; every station is joined to the nearest township. In the South Wing no link crosses the Chishui,
    because no township lies beyond it.
    """
    homes = sorted(township_homes(places).unique())
    xy = np.column_stack([places.geometry[homes].x, places.geometry[homes].y])
    roads = [c for c in records.chain if c.highway not in {"motorway", "rail", "walk"} and c.status == "open"]
    joined = {frozenset(pair) for c in roads for pair in pairwise(c.nodes)}
    pairs = [(homes[i], homes[j]) for i, j in gabriel_pairs(xy)]
    rows = [(u, v, "Gabriel neighbours") for u, v in pairs if frozenset((u, v)) not in joined]
    on_road = {node for c in roads for node in c.nodes}
    stations = [p for p in places.index[is_kind(places, "station") & places.geometry.notna()] if p not in on_road]
    for station in sorted(stations):
        near = int(np.argmin(places.geometry[homes].distance(places.geometry[station])))
        rows.append((station, homes[near], "station to nearest township"))
    table = pd.DataFrame(rows, columns=["u", "v", "rule"])
    table.insert(0, "id", [f"L-{i + 1:03d}" for i in range(len(table))])
    return table


def gabriel_pairs(xy: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of a Gabriel graph, sorted.

    >>> gabriel_pairs(np.array([[0.0, 0.0], [2.0, 0.0], [1.0, 0.1], [1.0, 3.0]]))
    [(0, 2), (1, 2), (2, 3)]
    """
    corners = Delaunay(xy).simplices
    pairs = {(int(min(t[i], t[j])), int(max(t[i], t[j]))) for t in corners for i, j in ((0, 1), (1, 2), (0, 2))}
    kept = []
    for i, j in sorted(pairs):
        middle, radius = (xy[i] + xy[j]) / 2, np.hypot(*(xy[i] - xy[j])) / 2
        distance = np.hypot(*(xy - middle).T)
        distance[[i, j]] = np.inf
        if distance.min() >= radius:
            kept.append((i, j))
    return kept
