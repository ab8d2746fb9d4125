"""Which points are seen by which observers."""

from collections import Counter

import numpy as np
import pandas as pd
import xarray as xr

from .._kernels.sight import sight_pairs
from .._limits import hold_memory
from .._progress import Progress, silent
from .._validation import check_finite
from ..errors import ParameterError
from .ground import Heights, Points, Stands
from .radio import wavelength
from .viewshed import Look


def sees(
    dem: xr.DataArray,
    observers: Points,
    points: Points,
    *,
    height: Heights = 30.0,
    target_height: float = 1.5,
    radius: float,
    curvature: str | float = "light",
    frequency_mhz: float | None = None,
    fresnel_share: float = 0.6,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return which points are seen by which observers: the matrix of a coverage model.

    The verdict on a point is that of :func:`viewshed` on its cell.

    Parameters
    ----------
    dem, observers, height, target_height, radius, curvature, progress
        As for :func:`viewshed`.
    points : GeoDataFrame or GeoSeries
        Points in any CRS, each at the centre of its cell; several may share one.
    frequency_mhz : float, optional
        If given, a point counts as seen only where so much of the first Fresnel zone of this frequency is clear.
    fresnel_share : float
        That share: the least clearance under the line in radii of the zone, 0.6 by custom.

    Returns
    -------
    DataFrame of bool
        A row for each point, a column for each observer, labelled by their indices. False beyond the radius, and over
        unknown heights.

    Raises
    ------
    DataError
        As :func:`viewshed`, also for points outside the DEM or on nodata.
    ParameterError
        As :func:`viewshed`; if a label stands twice in an index, or the share is no number.

    >>> import geopandas as gpd
    >>> dem = xr.DataArray(np.array([[0, 50, 0]] * 2, "float32"), {"y": [15.0, 5.0], "x": [5.0, 15, 25]}, ("y", "x"))
    >>> at = gpd.GeoSeries.from_xy([5.0, 25.0], [15.0, 15.0], crs="EPSG:4544", index=["west", "east"])
    >>> sees(dem.rio.write_crs(4544), at, at, radius=20)
           west   east
    west   True  False
    east  False   True
    """
    share = check_finite(fresnel_share, name="fresnel_share")
    look = Look.of(dem, observers, height=height, target_height=target_height, radius=radius, curvature=curvature)
    targets = Stands.of(points, look.ground, name="points")
    zone = 0.0 if frequency_mhz is None else wavelength(frequency_mhz) * look.ground.side
    for name, stands in (("observers", look.stands), ("points", targets)):
        label, times = Counter(stands.labels).most_common(1)[0]
        if times > 1:
            raise ParameterError(f"{name} have {label!r} {times} times in their index; use reset_index(drop=True)")
    count = look.stands.rows.size
    asked = f"the matrix of {targets.rows.size:,} points and {count:,} observers"
    hold_memory(asked, 2.0 * count * targets.rows.size, cure="take fewer at once")
    tell, sight = progress or silent, look.sight
    matrix = np.zeros((count, targets.rows.size), bool)
    for number in range(count):
        row, column = int(look.stands.rows[number]), int(look.stands.columns[number])
        down, right = targets.rows - row, targets.columns - column
        near = np.flatnonzero(down * down + right * right <= sight.limit)
        if near.size:
            window = look.ground.window(row, column, sight.reach)
            verdicts = np.empty(near.size, np.uint8)
            sight_pairs(
                window.flat,
                window.values.shape[1],
                window.row,
                window.column,
                float(look.eyes[number]),
                targets.rows[near] - window.top,
                targets.columns[near] - window.left,
                sight.lift,
                sight.fall,
                sight.limit,
                zone,
                share,
                verdicts,
            )
            matrix[number, near] = verdicts == 1
        tell((number + 1) / count)
    return pd.DataFrame(matrix.T, index=points.index, columns=observers.index)
