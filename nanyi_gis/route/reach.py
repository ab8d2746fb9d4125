"""Minutes from places to a road by the network."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import DataError
from ..network import CostNetwork, Graph, compile_graph, snap_points, with_places
from .chainage import place
from .line import Route
from .served import Served, merged, served_within

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STATION_M = 250.0
"""Metres between the stations for which minutes are counted along a road."""

_ANYWHERE_M = 1e7  # a place far from every road walks there, and that counts
_JOIN_M = 2000.0  # how far off the network's roads a road of a file may run and still be reached from them
_ON_ROAD_M = 1.0  # a place of the network so near to the road is on it, whichever of parallel links it is on
_AT_ONCE = 20_000


@dataclass(frozen=True, eq=False)
class Reach:
    """A road on a network.

    Attributes
    ----------
    route : Route
        The road.
    network : CostNetwork
        Compiled for ``travel_time``.
    access_kmh : float or None
        Speed between places and roads.
    """

    route: Route
    network: CostNetwork
    access_kmh: float | None

    @classmethod
    def of(cls, route: Route, graph: Graph | CostNetwork, *, access_kmh: float | None) -> "Reach":
        """Return the road on a graph: by its links where the graph has them, else by stations along it."""
        return cls(route, compile_graph(graph), access_kmh)

    @cached_property
    def on_links(self) -> bool:
        """Whether the road runs over links of the network, all of them by their ids and nodes."""
        frame = self.route.frame
        ids, nodes = set(frame["id"]), {*frame["u"], *frame["v"]}
        known = {str(record.get("id") or "") for record in self.network.edges.records}
        return "" not in ids and ids <= known and all(node in self.network.number for node in nodes)

    @cached_property
    def _stations(self) -> tuple[pd.DataFrame, Ints, Floats]:
        """Stations every 250 m that the network reaches, on it, with their branch and metres."""
        branch, metres = [], []
        for number, length in enumerate(self.route.branch_lengths, 1):
            at = np.linspace(0.0, length, int(np.ceil(length / STATION_M)) + 1)
            branch.append(np.full(len(at), number))
            metres.append(at)
        numbers, along = np.concatenate(branch), np.concatenate(metres)
        points = place(self.route, numbers, along)
        snapped = snap_points(self.network, points, limit_m=_ANYWHERE_M, parts="any")
        near = (snapped["snap_m"] <= _JOIN_M).to_numpy()
        if not near.any():
            raise DataError(
                f"no part of the road lies within {_JOIN_M / 1000:g} km of a road of the network; give the network "
                "around it, or only kilometres"
            )
        return snapped[near], numbers[near], along[near]

    @cached_property
    def _doors(self) -> tuple[pd.DataFrame, Ints, Floats]:
        """Places by which the road is entered, on the network, with their branch and metres."""
        if not self.on_links:
            return self._stations
        frame = self.route.frame
        table = pd.DataFrame(
            {
                "node": np.concatenate([frame["u"].to_numpy(dtype=object), frame["v"].to_numpy(dtype=object)]),
                "branch": np.tile(frame["branch"].to_numpy(dtype=np.int64), 2),
                "m": np.concatenate([frame["from_m"], frame["to_m"]]),
            }
        )
        table = table.sort_values(["branch", "m"], kind="stable").drop_duplicates("node")
        snapped = snap_points(self.network, table["node"].tolist())
        return snapped, table["branch"].to_numpy(), table["m"].to_numpy()

    @property
    def off_network(self) -> float:
        """Share of the road that lies farther off the network than it can be reached from."""
        if self.on_links:
            return 0.0
        whole = sum(int(np.ceil(length / STATION_M)) + 1 for length in self.route.branch_lengths)
        return 1.0 - len(self._stations[1]) / whole

    def _snapped(self, at: Floats) -> pd.DataFrame:
        points = gpd.GeoSeries(shapely.points(at), crs=self.route.crs)
        main = bool((self._doors[0]["part"] == 0).any())
        return snap_points(self.network, points, limit_m=_ANYWHERE_M, parts="largest" if main else "any")

    def minutes(self, at: Floats) -> tuple[Floats, Ints, Floats]:
        """Return the minutes from places to the road, and the branch and metres where they enter it (0 if nowhere).

        From the door over the network to the nearest place on the road, the way to the network on foot included. A
        place whose way to the network ends on the road itself only walks, and so does one within 2 km of the road that
        is there sooner on foot, straight, as places are taken to reach the network.
        """
        minutes, branch, metres = np.empty(len(at)), np.empty(len(at), dtype=np.int64), np.empty(len(at))
        for first in range(0, len(at), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            minutes[some], branch[some], metres[some] = self._minutes(at[some])
        return minutes, branch, metres

    def _minutes(self, at: Floats) -> tuple[Floats, Ints, Floats]:
        doors, branch, along = self._doors
        start = self._snapped(at)
        placed = with_places(self.network, doors, start, access_kmh=self.access_kmh)
        entries, numbers = placed.numbers
        cost, owner, _ = placed.network.nearest(np.unique(entries), direction="to")
        first = np.full(len(placed.network.nodes) + 1, -1)
        first[entries[::-1]] = np.arange(len(entries))[::-1]
        door = first[owner[numbers]]
        minutes = cost[numbers].copy()
        number, metres = np.where(door >= 0, branch[door], 0), np.where(door >= 0, along[door], 0.0)
        if self.on_links:
            spots = gpd.GeoSeries.from_xy(start["x"], start["y"], crs=self.network.crs).to_crs(self.route.crs)
            step, share, off = self.route.steps.nearest(shapely.get_coordinates(np.asarray(spots.values)))
            own = off <= _ON_ROAD_M
            minutes[own] = self._walk(start["snap_m"].to_numpy(dtype=np.float64)[own])
            number[own], metres[own] = self._at(step[own], share[own])
        step, share, off = self.route.steps.nearest(at)
        straight = np.where(off <= _JOIN_M, self._walk(off), np.inf)
        near = (straight < minutes) if self.access_kmh is not None else np.zeros(len(at), dtype=bool)
        minutes[near] = straight[near]
        number[near], metres[near] = self._at(step[near], share[near])
        return minutes, number, metres

    def _walk(self, metres: Floats) -> Floats:
        return np.zeros(len(metres)) if self.access_kmh is None else metres * 60.0 / (1000.0 * self.access_kmh)

    def _at(self, step: Ints, share: Floats) -> tuple[Ints, Floats]:
        return self.route.steps.branch[step], self.route.steps.metres(step, share)

    def stops(self, labels: pd.Index) -> npt.NDArray[np.bool_]:
        """Return which labels are nodes of the road, or the places of such nodes."""
        if not self.on_links:
            return np.zeros(len(labels), dtype=bool)
        known = self.network.number
        nodes = {known[node] for node in (*self.route.frame["u"], *self.route.frame["v"])}
        return np.array([known.get(label, -1) in nodes for label in labels], dtype=bool)

    def served(self, at: Floats, limits: tuple[float, ...]) -> list[Served]:
        """Return for each limit of minutes the stretches of road that places reach, to the nearest 125 m."""
        stations, branch, along = self._stations
        placed = with_places(self.network, self._snapped(at), stations, access_kmh=self.access_kmh)
        origins, ends = placed.numbers
        unique, inverse = np.unique(origins, return_inverse=True)
        cost = placed.network.costs(unique, direction="from", limit=max(limits))[:, ends][inverse.ravel()]
        own, number, metres = self.minutes(at)
        length = np.array(self.route.branch_lengths)[branch - 1]
        half = STATION_M / 2.0
        found = []
        for limit in limits:
            site, station = np.nonzero(cost <= limit)
            first, last = np.maximum(along - half, 0.0)[station], np.minimum(along + half, length)[station]
            inside = np.flatnonzero(own <= limit)  # reached between two stations, perhaps
            parts = [
                Served(site, branch[station], first, last),
                Served(inside, number[inside], metres[inside], metres[inside]),
            ]
            if self.access_kmh is not None:
                parts.append(served_within(self.route, at, min(_JOIN_M, limit * 1000.0 * self.access_kmh / 60.0)))
            found.append(merged(Served(*(np.concatenate(column) for column in zip(*parts, strict=True)))))
        return found
