"""Elevation along a line: grades, climb, time both ways and curvature, with tunnels and bridges bridged."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr


@dataclass(frozen=True)
class Profile:
    """Heights along a route and what follows from them.

    Attributes
    ----------
    table : DataFrame
        One row a station: ``branch``, ``m``, ``x``, ``y`` (CRS of the route), ``z`` (spans bridged), ``z_ground``,
        ``grade`` (of the piece that begins here, signed; NaN at the end of a branch), ``span`` ("", "bridge" or
        "tunnel"), ``radius_m`` (infinite where straight).
    segments : DataFrame
        One row a piece: ``branch``, ``from_m``, ``to_m``, ``length_m``, ``grade``, ``over`` (limit), ``span``.
    length_m, climb_m, descent_m : float
        Of all branches.
    steepest : float
        Greatest grade either way, rise over run.
    max_grade : float
        The limit of the class; NaN if no class was given.
    share_over_limit : float
        Share of the length that is steeper; NaN if no class was given.
    minutes : DataFrame
        Index ``walk`` and, with a class, ``car``; columns ``there`` and ``back``.
    notes : tuple of str
    """

    table: pd.DataFrame
    segments: pd.DataFrame
    length_m: float
    climb_m: float
    descent_m: float
    steepest: float
    max_grade: float
    share_over_limit: float
    minutes: pd.DataFrame
    notes: tuple[str, ...]


def profile(
    route: Any,
    dem: xr.DataArray,
    *,
    step_m: float = 50.0,
    spans: pd.DataFrame | None = None,
    road_class: str | None = None,
) -> Profile:
    """Return the profile of a ``Route``, an ``Alignment``, a line or a layer of lines.

    ``spans`` (branch, from_m, to_m, kind) are bridged in a straight line; by default those the route itself knows.
    """
    raise NotImplementedError
