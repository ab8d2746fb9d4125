"""The way in which the branches of a road for visitors run: as the plan names its routes, from the first stop."""

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd
import shapely

from ..route import Route


def facing(route: Route, ends: Iterable[tuple[object, object]]) -> Route:
    """Return a road of which no branch runs from the last to the first node of a pair.

    >>> frame = gpd.GeoDataFrame(
    ...     {"branch": 1, "from_m": [0.0, 400.0], "to_m": [400.0, 1000.0], "u": ["c", "b"], "v": ["b", "a"]},
    ...     geometry=[shapely.LineString([(0, 0), (400, 0)]), shapely.LineString([(400, 0), (1000, 0)])], crs=4544,
    ... )
    >>> line = shapely.LineString([(0, 0), (400, 0), (1000, 0)])
    >>> turned = facing(Route((line,), "EPSG:4544", frame), [("a", "c")])
    >>> turned.frame[["from_m", "to_m", "u", "v"]].values.tolist()
    [[0.0, 600.0, 'a', 'b'], [600.0, 1000.0, 'b', 'c']]
    >>> turned.branches[0].coords[0], turned.frame.geometry.iloc[0].coords[0]
    ((1000.0, 0.0), (1000.0, 0.0))
    """
    wrong = {(str(end), str(start)) for start, end in ends}
    branches, frames = list(route.branches), []
    for branch, own in route.frame.groupby("branch", sort=True):
        if (str(own["u"].iloc[0]), str(own["v"].iloc[-1])) in wrong:
            frames.append(_turned(own))
            branches[int(branch) - 1] = shapely.reverse(branches[int(branch) - 1])
        else:
            frames.append(own)
    frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=route.frame.crs)
    return Route(tuple(branches), route.crs, frame, route.notes)


def _turned(own: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the stretches of a branch from its end to its start."""
    length = own["to_m"].max()
    return own.assign(
        from_m=length - own["to_m"],
        to_m=length - own["from_m"],
        u=own["v"],
        v=own["u"],
        geometry=own.geometry.reverse(),
    ).iloc[::-1]
