"""Heights along a road in the metres of its chainage, which on a schematic network are more than those of its lines."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from ..route import Profile, Route, profile

Floats = npt.NDArray[np.float64]


def road_profile(route: Route, dem: xr.DataArray, *, road_class: str | None = None) -> Profile:
    """Return the profile of a road with branches 1, 2, ... and metres as its chainage counts them.

    Grades, lengths of pieces, climb and times stay those of the lines. Over a gap, which has no metres, they stand.
    """
    found = profile(route, dem, road_class=road_class)
    first = int(found.table["branch"].min())
    table, segments = found.table.copy(), found.segments.copy()
    for frame, columns in ((table, ("m",)), (segments, ("from_m", "to_m"))):
        frame["branch"] = frame["branch"] - first + 1
        for column in columns:
            frame[column] = _counted(route, frame["branch"], frame[column], found.table)
    return replace(found, table=table, segments=segments)


def _counted(route: Route, branch: pd.Series, m: pd.Series, stations: pd.DataFrame) -> Floats:
    """Return metres along the lines as metres of the road."""
    ends = stations.groupby(stations["branch"] - int(stations["branch"].min()) + 1)["m"].max()
    result = m.to_numpy(dtype=np.float64, copy=True)
    for number, (drawn, counted) in enumerate(_marks(route), start=1):
        rows = branch.to_numpy() == number
        share = result[rows] / float(ends[number])
        result[rows] = np.interp(share, drawn / drawn[-1], counted)
    return result


def _marks(route: Route) -> list[tuple[Floats, Floats]]:
    """Return, by branch, places along its line in metres of the plane, gaps included, and the road's metres there."""
    steps, marks = route.steps, []
    for number in range(1, len(route.branches) + 1):
        rows = np.flatnonzero(steps.branch == number)
        gaps = np.hypot(*(steps.start[rows][1:] - steps.end[rows][:-1]).T)
        lengths = steps.plane_m[rows]
        begin = np.cumsum(np.append(0.0, lengths[:-1] + gaps))
        drawn = np.column_stack([begin, begin + lengths]).ravel()
        counted = np.column_stack([steps.from_m[rows], steps.to_m[rows]]).ravel()
        marks.append((drawn, counted))
    return marks
