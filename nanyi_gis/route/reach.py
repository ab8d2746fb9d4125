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
from .served import Served, merged

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STATION_M = 250.0
"""Metres between the stations for which minutes are counted along a road."""

_ANYWHERE_M = 1e7  # a place far from every road walks there, and that counts
_JOIN_M = 2000.0  # how far off the network's roads a road of a file may run and still be reached from them
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
    def link_rows(self) -> npt.NDArray[np.bool_]:
        """Which rows of the network's table are links of the road; none unless the network has all of them."""
        ids = set(self.route.frame["id"]) - {""}
        table, records = self.network.table, self.network.edges.records
        edge = np.where(table.ahead >= 0, table.ahead, table.back)
        names = [str(records[i].get("id") or "") for i in edge.tolist()]
        of_road = np.array([name in ids for name in names], dtype=bool)
        every = bool(ids) and (self.route.frame["id"] != "").all() and ids <= set(names)
        return of_road if every else np.zeros(len(names), dtype=bool)

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
        if not self.link_rows.any():
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
        if self.link_rows.any():
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
        place that stands on the road itself only walks.
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
        own = np.flatnonzero(self.link_rows[start["edge"].to_numpy()])
        if len(own):
            walk = start["snap_m"].to_numpy()[own]
            minutes[own] = 0.0 if self.access_kmh is None else walk * 60.0 / (1000.0 * self.access_kmh)
            step, share, _ = self.route.steps.nearest(start[["x", "y"]].to_numpy(dtype=np.float64)[own])
            number[own], metres[own] = self.route.steps.branch[step], self.route.steps.metres(step, share)
        return minutes, number, metres

    def served(self, at: Floats, limits: tuple[float, ...]) -> list[Served]:
        """Return for each limit of minutes the stretches of road that places reach, to the nearest 125 m."""
        stations, branch, along = self._stations
        placed = with_places(self.network, self._snapped(at), stations, access_kmh=self.access_kmh)
        origins, ends = placed.numbers
        unique, inverse = np.unique(origins, return_inverse=True)
        cost = placed.network.costs(unique, direction="from", limit=max(limits))[:, ends][inverse.ravel()]
        own, number, metres = self.minutes(at)
        lengths = np.array(self.route.branch_lengths)
        found = []
        for limit in limits:
            site, station = np.nonzero(cost <= limit)
            inside = np.flatnonzero(own <= limit)  # reached between two stations, perhaps
            first = np.maximum(along[station] - STATION_M / 2.0, 0.0)
            last = np.minimum(along[station] + STATION_M / 2.0, lengths[branch[station] - 1])
            found.append(
                merged(
                    Served(
                        np.append(site, inside),
                        np.append(branch[station], number[inside]),
                        np.append(first, metres[inside]),
                        np.append(last, metres[inside]),
                    )
                )
            )
        return found
