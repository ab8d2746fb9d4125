"""Kilometres of a network inside the counties, county by county, and beyond them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

BEYOND = "beyond"


def county_lengths(
    edges: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, *, by: str = "highway", name: str = "name_zh"
) -> pd.DataFrame:
    """Return the kilometres of each class of edge in each county, and ``beyond`` them.

    An edge's ``length`` counts in a county with the share of its drawn line that lies there; an edge drawn as a point
    counts where the point lies. A line along a common border counts once, in the county that stands first.

    Parameters
    ----------
    edges : GeoDataFrame
        Lines with ``length`` in metres and the column ``by``.
    counties : GeoDataFrame
        Polygons that do not overlap, with the column ``name``.

    Returns
    -------
    DataFrame
        A row a class, sorted; a column a county in their order, and ``beyond``. The sum over the columns is the whole.

    >>> line = shapely.LineString([(0, 0), (4000, 0)])  # a road of 5 km drawn as a line of 4 km
    >>> edges = gpd.GeoDataFrame({"highway": ["primary"], "length": [5000.0]}, geometry=[line], crs=4544)
    >>> county = gpd.GeoDataFrame({"name_zh": ["x"]}, geometry=[shapely.box(0, -10, 1000, 10)], crs=4544)
    >>> county_lengths(edges, county).loc["primary"].to_dict()
    {'x': 1.25, 'beyond': 3.75}
    """
    lines = np.asarray(edges.geometry.to_crs(counties.crs).values)
    drawn = shapely.length(lines)
    left = np.ones(len(lines))
    shares: dict[str, np.ndarray] = {}
    for label, shape in zip(counties[name].astype(str), counties.geometry, strict=True):
        here = np.minimum(_share_inside(lines, drawn, shape), left)
        left = left - here
        shares[label] = shares.get(label, 0.0) + here
    shares[BEYOND] = left
    km = edges["length"].to_numpy(dtype=float) / 1000.0
    table = pd.DataFrame({label: share * km for label, share in shares.items()})
    return table.groupby(edges[by].to_numpy()).sum().rename_axis(by)


def _share_inside(lines: np.ndarray, drawn: np.ndarray, shape: shapely.Geometry) -> np.ndarray:
    """Return the share of each line that lies in the shape; only what crosses its edge is cut."""
    shapely.prepare(shape)
    inside = shapely.covers(shape, lines)
    share: np.ndarray = inside.astype(float)
    cut = shapely.intersects(shape, lines) & ~inside & (drawn > 0.0)
    share[cut] = shapely.length(shapely.intersection(lines[cut], shape)) / drawn[cut]
    return share
