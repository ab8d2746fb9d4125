"""Least-cost alignment over a DEM for a link that no road has yet: a study alignment, not a design."""

from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy.typing as npt
import pandas as pd
import xarray as xr
from pyproj import CRS
from shapely import LineString

from .._progress import Progress

Mode = Literal["road", "walk"]


@dataclass(frozen=True)
class Alignment:
    """A way over the terrain that keeps a grade limit.

    Attributes
    ----------
    geometry : shapely.LineString
        From start to end through the centres of cells, in ``crs`` (that of the DEM).
    crs : pyproj.CRS
    table : DataFrame
        One row a vertex: ``x``, ``y``, ``m`` (along the line), ``z`` (grade line), ``z_ground``, ``grade`` (of the piece
        that begins here, signed; NaN at the end), ``span`` ("", "bridge" or "tunnel", of that piece).
    spans : DataFrame
        ``branch`` (0), ``from_m``, ``to_m``, ``kind``, ``length_m`` of each bridge and tunnel; as :func:`profile` takes it.
    length_m, climb_m, descent_m : float
    steepest : float
        Greatest grade of the grade line, rise over run; never above ``max_grade``.
    max_grade : float
        The limit; infinite on foot.
    cost : float
        Metres of plain road that cost as much; minutes on foot.
    minutes : tuple of float
        There and back: by car at the speed of the class with its grades, or on foot.
    mode, road_class : str
    headings, states : int
        Directions of the lattice, and how many states the search handled.
    seconds : float
    notes : tuple of str
        What a reader must know, first of all that it is no design.
    """

    geometry: LineString
    crs: CRS
    table: pd.DataFrame
    spans: pd.DataFrame
    length_m: float
    climb_m: float
    descent_m: float
    steepest: float
    max_grade: float
    cost: float
    minutes: tuple[float, float]
    mode: str
    road_class: str
    headings: int
    states: int
    seconds: float
    notes: tuple[str, ...]


def align(
    dem: xr.DataArray,
    start: Any,
    end: Any,
    *,
    max_grade: float | None = None,
    road_class: str = "III",
    turn_limit_deg: float = 45.0,
    headings: int = 16,
    cut_fill_m: float = 6.0,
    levels: int = 1,
    earthwork_cost: float = 0.05,
    bridge_cost: float | None = None,
    tunnel_cost: float | None = None,
    max_span_m: float = 600.0,
    mode: Mode = "road",
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | npt.ArrayLike | None = None,
    progress: Progress | None = None,
) -> Alignment:
    """Return the cheapest way from ``start`` to ``end`` (points ``(x, y)`` or shapely, in the CRS of ``dem``)."""
    raise NotImplementedError
