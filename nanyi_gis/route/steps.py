"""The straight pieces of a road, each with its metres: what places are found on."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from ..network import geodesic_lengths

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SAME = 1e-6  # metres of the plane within which two pieces are equally near


@dataclass(frozen=True, eq=False)
class Steps:
    """The straight pieces of a road in the order of its metres.

    Attributes
    ----------
    branch, stretch : array of int
        Branch (1, 2, ...) and row of the route's frame.
    start, end : (n, 2) array
        Where each begins and ends, in the route's CRS.
    from_m, to_m : array of float
        Metres along the branch.
    scale : array of float
        Geodesic metres of a metre of the plane.
    """

    branch: Ints
    stretch: Ints
    start: Floats
    end: Floats
    from_m: Floats
    to_m: Floats
    scale: Floats

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame) -> "Steps":
        """Return the pieces of stretches: a :attr:`Route.frame`; metres are spread over each by geodesic length."""
        lines = np.asarray(frame.geometry.values)
        coordinates, row = shapely.get_coordinates(lines, return_index=True)
        inside = row[1:] == row[:-1]
        start, end, stretch = coordinates[:-1][inside], coordinates[1:][inside], row[1:][inside].astype(np.int64)
        plane = np.hypot(*(end - start).T)
        drawn = geodesic_lengths(gpd.GeoSeries(shapely.linestrings(np.stack([start, end], axis=1)), crs=frame.crs))
        whole = np.bincount(stretch, weights=drawn, minlength=len(lines))[stretch]
        ahead = np.cumsum(drawn)
        ahead -= (ahead - drawn)[np.searchsorted(stretch, stretch)]
        share = np.divide(ahead, whole, out=np.ones(len(whole)), where=whole > 0)
        first, last = (frame[name].to_numpy(dtype=np.float64)[stretch] for name in ("from_m", "to_m"))
        closing = np.append(stretch[1:] != stretch[:-1], True)
        to_m = np.where(closing, last, np.minimum(first + share * (last - first), last))
        from_m = np.where(np.append(True, closing[:-1]), first, np.append(0.0, to_m[:-1]))
        scale = np.divide(drawn, plane, out=np.ones(len(plane)), where=plane > 0)
        branch = frame["branch"].to_numpy(dtype=np.int64)[stretch]
        return cls(branch, stretch, start, end, from_m, to_m, scale)

    @cached_property
    def plane_m(self) -> Floats:
        """Metres of each in the plane."""
        return np.asarray(np.hypot(*(self.end - self.start).T), dtype=np.float64)

    @cached_property
    def _tree(self) -> tuple[shapely.STRtree, Ints]:
        rows = np.flatnonzero(self.plane_m > 0)
        return shapely.STRtree(shapely.linestrings(np.stack([self.start, self.end], axis=1)[rows])), rows

    def nearest(self, at: Floats) -> tuple[Ints, Floats, Floats]:
        """Return the nearest piece of each place, the first of equally near ones, the share along it, the distance.

        The distance is in geodesic metres.
        """
        tree, rows = self._tree
        points = shapely.points(at)
        _, reach = tree.query_nearest(points, all_matches=False, return_distance=True)
        which, hit = tree.query(points, predicate="dwithin", distance=reach + _SAME)
        order = np.lexsort((rows[hit], which))
        step = rows[hit[order]][np.searchsorted(which[order], np.arange(len(at)))]
        along = self.end[step] - self.start[step]
        share = np.clip(((at - self.start[step]) * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
        away = np.hypot(*(at - self.start[step] - share[:, None] * along).T)
        return step, share, away * self.scale[step]

    def metres(self, step: Ints, share: Floats) -> Floats:
        """Return the metres along the branch at a share of each piece."""
        first, last = self.from_m[step], self.to_m[step]
        return np.asarray(np.where(share >= 1.0, last, first + share * (last - first)), dtype=np.float64)
