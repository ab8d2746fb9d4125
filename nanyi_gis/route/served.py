"""Which stretches of a road serve a site: those near it, and what no site is near."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from .line import Route

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TOGETHER_M = 1e-3  # stretches nearer than this are one


class Served(NamedTuple):
    """Stretches of road by the site that they serve: position of the site, branch, from and to in metres."""

    site: Ints
    branch: Ints
    from_m: Floats
    to_m: Floats

    def first(self, count: int, before: Floats) -> Floats:
        """Return for each of ``count`` sites where along all branches the road first serves it, inf if nowhere.

        ``before`` are the metres of the branches before each.
        """
        found = np.full(count, np.inf)
        np.minimum.at(found, self.site, before[self.branch - 1] + self.from_m)
        return found


def served_within(route: Route, at: Floats, metres: float) -> Served:
    """Return the stretches within metres of places, in closed form: each piece of road cut by a circle.

    >>> import geopandas as gpd
    >>> from nanyi_gis.route import from_lines
    >>> road = shapely.LineString([(500_000, 3_100_000), (510_000, 3_100_000)])
    >>> route = from_lines(gpd.GeoDataFrame(geometry=[road], crs=4544))
    >>> near = served_within(route, np.array([[504_000.0, 3_103_000.0]]), 5000.0)
    >>> near.from_m.round(1).tolist(), near.to_m.round(1).tolist()  # 4 km to each side
    ([0.0], [8000.0])
    """
    steps = route.steps
    lines = shapely.linestrings(np.stack([steps.start, steps.end], axis=1))
    reach = metres / float(steps.scale.min())
    site, step = shapely.STRtree(lines).query(shapely.points(at), predicate="dwithin", distance=reach)
    span = steps.end[step] - steps.start[step]
    away = steps.start[step] - at[site]
    radius = metres / steps.scale[step]
    a = (span**2).sum(axis=1)
    half_b, c = (span * away).sum(axis=1), (away**2).sum(axis=1) - radius**2
    root = half_b**2 - a * c
    inside = (root >= 0.0) & (a > 0.0)
    safe, width = np.where(a > 0.0, a, 1.0), np.sqrt(np.maximum(root, 0.0))
    low = np.where(inside, np.clip((-half_b - width) / safe, 0.0, 1.0), 0.0)
    high = np.where(inside, np.clip((-half_b + width) / safe, 0.0, 1.0), 1.0)
    kept = np.where(a > 0.0, inside & ((high > low) | (c <= 0.0) | (low > 0.0)), c <= 0.0)
    site, step, low, high = site[kept], step[kept], low[kept], high[kept]
    return merged(Served(site, steps.branch[step], steps.metres(step, low), steps.metres(step, high)))


def merged(served: Served) -> Served:
    """Return stretches of one site and branch that touch as one, in the order of sites, branches and metres."""
    order = np.lexsort((served.from_m, served.branch, served.site))
    site, branch = served.site[order], served.branch[order]
    first, last = served.from_m[order], served.to_m[order]
    if not len(site):
        return Served(site, branch, first, last)
    group = np.append(True, (np.diff(site) != 0) | (np.diff(branch) != 0))
    number = np.cumsum(group)
    # the farthest end so far within each group: groups are kept apart by a step longer than any road
    step = float(last.max()) + 1.0
    farthest = np.maximum.accumulate(last + number * step) - number * step
    fresh = group | (first > np.append(-np.inf, farthest[:-1]) + _TOGETHER_M)
    start = np.flatnonzero(fresh)
    return Served(site[start], branch[start], first[start], np.maximum.reduceat(last, start))


def unserved(served: Served, lengths: tuple[float, ...]) -> list[tuple[int, float, float, int, int]]:
    """Return the stretches that serve no site: branch, from and to in metres, the site served before and after (-1).

    >>> served = Served(np.array([0, 1]), np.array([1, 1]), np.array([0.0, 7000.0]), np.array([2000.0, 9000.0]))
    >>> unserved(served, (10_000.0,))
    [(1, 2000.0, 7000.0, 0, 1), (1, 9000.0, 10000.0, 1, -1)]
    """
    found = []
    for branch, length in enumerate(lengths, 1):
        rows = np.flatnonzero(served.branch == branch)
        rows = rows[np.lexsort((served.to_m[rows], served.from_m[rows]))]
        at, before = 0.0, -1
        for row in rows.tolist():
            if served.from_m[row] > at + _TOGETHER_M:
                found.append((branch, at, float(served.from_m[row]), before, int(served.site[row])))
            if served.to_m[row] >= at:
                at, before = float(served.to_m[row]), int(served.site[row])
        if length > at + _TOGETHER_M:
            found.append((branch, at, length, before, -1))
    return found
