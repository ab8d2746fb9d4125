"""A screening of floods: what lies lower above the stream below it than a stage. No design."""

import numpy as np
import xarray as xr

from .._validation import check_positive
from ..raster import Grid, like
from .burn import cell_width

FINEST_DESIGN_M = 30.0
"""Widest cells beyond which a screening says that it is unfit for design."""


def flood_depth(hand: xr.DataArray, *, stage: float) -> xr.DataArray:
    """Return how deep a cell would stand under water if the stream below it rose by a stage.

    Depth is stage less height above the drainage (Nobre et al. 2016), the same stage all along. There is no discharge,
    no backwater and no dike in it: a screening of where to look, not a flood map.

    Parameters
    ----------
    hand : DataArray
        Metres above the stream, of :func:`drainage` or :func:`height_above`; for one river alone, of its cells alone.
    stage : float
        Metres of water above the stream cell.

    Returns
    -------
    DataArray
        float32 metres, 0 where it stays dry, NaN where the height above the stream is unknown.

    Raises
    ------
    ParameterError
        If the stage is not above zero.

    >>> hand = xr.DataArray(np.array([[0.0, 1.5, 4.0]]), dims=("y", "x"))
    >>> flood_depth(hand, stage=2.0).values.tolist()
    [[2.0, 0.5, 0.0]]
    """
    metres = check_positive(stage, name="stage", unit="m")
    values = np.asarray(hand.data, dtype=np.float64)
    deep = np.where(np.isnan(values), np.nan, np.maximum(metres - values, 0.0)).astype(np.float32)
    return like(hand, deep, name="flood", attrs={"units": "m", "long_name": f"depth at a stage of {metres:g} m"})


def flood_notes(grid: Grid) -> tuple[str, ...]:
    """Return what a reader of a screening must know.

    >>> flood_notes(Grid.from_bounds((0, 0, 900, 900), resolution=90, crs="EPSG:4544"))[1]
    'cells of 90 m are over 30 m: the screening is unfit for design, and misses dikes and narrow channels'
    """
    notes = ["flood.tif is a screening by height above the stream: no discharge, backwater or dike is in it"]
    width = cell_width(grid)
    if width > FINEST_DESIGN_M * (1.0 + 1e-6):
        notes.append(
            f"cells of {width:.0f} m are over {FINEST_DESIGN_M:g} m: the screening is unfit for design, and misses "
            "dikes and narrow channels"
        )
    return tuple(notes)
