"""Charging along the roads: the fewest stations so that no stretch of road is too far from one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from .. import siting
from .._validation import check_positive
from ..errors import DataError
from ..network import Graph
from ..siting import Siting
from .site_costs import minutes_between

NO_ROAD = frozenset({"rail", "boarding", "walk"})
"""Classes of links that no vehicle drives."""


@dataclass(frozen=True, kw_only=True)
class Charging:
    """Stations for several spacings.

    Attributes
    ----------
    points : GeoDataFrame
        Points along the roads: ``link`` (id), ``name_zh`` of the road, ``highway``, ``km`` of road that it stands for,
        and that ``part`` of it as a line.
    candidates : GeoDataFrame
        Nodes where one can stop by label: ``node``, ``name_zh``, ``name_en``, ``kind``, ``county``.
    cost : DataFrame
        Kilometres along the roads from each point to each candidate.
    covers : mapping of float to Siting
        By spacing in km.
    km : float
        Length of the roads in the counties.
    """

    points: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    cost: pd.DataFrame
    covers: Mapping[float, Siting]
    km: float


def charging(
    graph: Graph,
    *,
    outline: shapely.Geometry,
    spacing_km: Sequence[float],
    step_km: float,
    roads: Sequence[str],
    seconds: float = 30.0,
) -> Charging:
    """Return the fewest charging stations so that every point of the roads has one within half the spacing.

    Then two stations that follow each other along a road are at most the spacing apart. Distances run along the
    network; from a point between two nodes::

        km = min(km to the one end + km from there, km to the other end + km from there)

    Parameters
    ----------
    graph : MultiDiGraph
        Network of one year, in the CRS of ``outline``.
    outline : shapely geometry
        Land inside which roads and candidates count.
    spacing_km : sequence of float
        Kilometres from station to station.
    step_km : float
        Roads are tried at points at most so far apart, in the middle of equal parts of each link.
    roads : sequence of str
        Classes of road that are to be served; candidates also stand at other nodes of ordinary roads.

    Raises
    ------
    DataError
        If no such road or no candidate lies inside the outline.
    """
    step = check_positive(step_km, name="step_km", unit="km")
    driven = graph.copy()
    driven.remove_edges_from([e for e in graph.edges(keys=True) if graph.edges[e]["highway"] in NO_ROAD])
    points = _points(driven, outline, set(roads), step)
    candidates = _candidates(driven, outline)
    if points.empty or candidates.empty:
        raise DataError("no road of the classes, or no place to stop, lies in the counties; check the network")
    cost = _along(driven, points, candidates)
    covers = {float(km): siting.set_cover(cost, radius=float(km) / 2.0, seconds=seconds) for km in spacing_km}
    return Charging(points=points, candidates=candidates, cost=cost, covers=covers, km=float(points["km"].sum()))


def _points(graph: Graph, outline: shapely.Geometry, classes: set[str], step: float) -> gpd.GeoDataFrame:
    """Return points along each link once, those inside the outline."""
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    for u, v, data in graph.edges(data=True):
        link = str(data["id"])
        if data["highway"] not in classes or link in seen:
            continue
        seen.add(link)
        km = data["length"] / 1000.0
        parts = max(1, math.ceil(km / step))
        line = data.get("geometry") or shapely.LineString([(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in (u, v)])
        for number in range(parts):
            share = (number + 0.5) / parts
            rows.append(
                {
                    "link": link,
                    "name_zh": str(data.get("name_zh") or data.get("name") or ""),
                    "highway": data["highway"],
                    "u": u,
                    "v": v,
                    "from_u": share * km,
                    "to_v": (1.0 - share) * km,
                    "km": km / parts,
                    "part": substring(line, number / parts, (number + 1) / parts, normalized=True),
                    "geometry": line.interpolate(share, normalized=True),
                }
            )
    columns = ["link", "name_zh", "highway", "u", "v", "from_u", "to_v", "km", "part", "geometry"]
    frame = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=graph.graph["crs"])
    return frame[frame.within(outline)].reset_index(drop=True)


def _candidates(graph: Graph, outline: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the nodes inside the outline where one can stop: on an ordinary road, or at an interchange."""
    rows: list[dict[str, Any]] = []
    for node, data in graph.nodes(data=True):
        classes = {edge["highway"] for _, _, edge in graph.out_edges(node, data=True)}
        if not classes - {"motorway"} or not outline.covers(shapely.Point(data["x"], data["y"])):
            continue
        rows.append(
            {
                "label": str(node),
                "node": node,
                "name_zh": str(data.get("name_zh") or ""),
                "name_en": str(data.get("name_en") or ""),
                "kind": str(data.get("kind") or ""),
                "county": str(data.get("county") or ""),
                "geometry": shapely.Point(data["x"], data["y"]),
            }
        )
    columns = ["label", "node", "name_zh", "name_en", "kind", "county", "geometry"]
    table = pd.DataFrame(rows, columns=columns).set_index("label").sort_index()
    return gpd.GeoDataFrame(table, geometry="geometry", crs=graph.graph["crs"])


def _along(graph: Graph, points: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the kilometres from each point to each candidate, by the nearer way round; a one-way link has but one."""
    ends = {str(node): node for node in [*points["u"], *points["v"]]}
    between = minutes_between(graph, ends, candidates["node"].to_dict(), weight="length") / 1000.0
    ahead = points["to_v"].to_numpy()[:, np.newaxis] + between.loc[points["v"].astype(str)].to_numpy()
    back = points["from_u"].to_numpy()[:, np.newaxis] + between.loc[points["u"].astype(str)].to_numpy()
    both = np.array([graph.has_edge(v, u) for u, v in zip(points["u"], points["v"], strict=True)])
    found = np.minimum(ahead, np.where(both[:, np.newaxis], back, np.inf))
    return pd.DataFrame(found, index=points.index, columns=candidates.index)
