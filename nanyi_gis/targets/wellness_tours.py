"""Tours that link the plan's places of wellness over the network, with days and hours."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..accessibility import cheapest_tour, tour_days
from ..network import Graph, cheapest_path, compile_graph, path_edges
from .site_costs import minutes_between
from .wellness_record import PlannedTour, WellnessRecord


class WellnessTour(NamedTuple):
    """A tour: what was asked, its legs in order, and where its minutes end.

    ``legs`` has ``day``, ``start`` and ``end`` (ids of the stops at each node), ``minutes`` of the network, ``km``, and
    a line along it. ``days_low`` and ``days_high`` are the days by the ends of the factor on minutes.
    """

    asked: PlannedTour
    legs: gpd.GeoDataFrame
    days: int
    days_low: int
    days_high: int
    missing: tuple[str, ...]

    @property
    def minutes(self) -> float:
        """Minutes of driving on the network as it is, without a factor."""
        return float(self.legs["minutes"].sum())

    @property
    def km(self) -> float:
        """Kilometres on the network."""
        return float(self.legs["km"].sum())


def wellness_tours(graph: Graph, stops: Mapping[str, Hashable], *, record: WellnessRecord) -> list[WellnessTour]:
    """Return the tours of a record that the network can make: the shortest round trip of each, cut into days.

    A tour with fewer than two stops here, or without a way between them, is left out.

    Parameters
    ----------
    graph : MultiDiGraph
        The network.
    stops : mapping of str to node
        Node of each place that a tour may stop at; several may share one. A stop without one is left out, and told.
    record : WellnessRecord
        Tours, hours of a day, and the factor on minutes.
    """
    network = compile_graph(graph)
    found = []
    for asked in record.tour:
        own = {stop: stops[stop] for stop in asked.stops if stop in stops}
        nodes = dict.fromkeys(own.values())
        if len(nodes) < 2:
            continue
        at = {node: tuple(stop for stop, other in own.items() if other == node) for node in nodes}
        cost = minutes_between(network, {node: node for node in nodes}, {node: node for node in nodes})
        if not np.isfinite(cost.to_numpy()).all():
            continue
        tour = cheapest_tour(cost)
        legs = [_leg(graph, network, start, end) for start, end in pairwise(tour.stops)]
        ends = [at[node] for node in tour.stops[1:]]
        stays = [record.tour_rule.stay_hours * len(places) for places in ends[:-1]] + [0.0]
        days = {
            factor: _days([leg["minutes"] for leg in legs], stays, factor, record)
            for factor in (*record.minutes_factor, record.middle_factor)
        }
        table = gpd.GeoDataFrame(pd.DataFrame(legs), geometry="geometry", crs=graph.graph["crs"])
        table = table.assign(
            day=list(days[record.middle_factor]), start=[at[node] for node in tour.stops[:-1]], end=ends
        )
        low, high = (max(days[factor]) for factor in record.minutes_factor)
        missing = tuple(stop for stop in asked.stops if stop not in stops)
        found.append(WellnessTour(asked, table, max(days[record.middle_factor]), low, high, missing))
    return found


def _days(minutes: Sequence[float], stays: Sequence[float], factor: float, record: WellnessRecord) -> tuple[int, ...]:
    rule = record.tour_rule
    return tour_days(
        [factor * leg / 60.0 for leg in minutes], stays, most_drive=rule.drive_hours, most_day=rule.day_hours
    )


def _leg(graph: Graph, network: Any, start: Hashable, end: Hashable) -> dict[str, Any]:
    edges = path_edges(graph, cheapest_path(network, start, end))
    line = edges.geometry.union_all() if len(edges) > 1 else edges.geometry.iloc[0]
    return {
        "minutes": float(edges["travel_time"].sum() / 60.0),
        "km": float(edges["length"].sum() / 1000.0),
        "geometry": line if isinstance(line, shapely.LineString) else shapely.line_merge(line),
    }
