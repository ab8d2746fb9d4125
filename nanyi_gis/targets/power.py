"""The plan's grid: its record, and study corridors by their spacing from settlements."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import xarray as xr
from pydantic import Field, NonNegativeFloat, PositiveFloat

from ..errors import DataError
from ..route import Corridor, corridor
from ..study import StudyArea
from .items import FrozenRecord, ItemId
from .systems import system_record

_LEAVING = 1.2  # times the spacing: a line that ends in a settlement must be able to leave it


class PowerRecord(FrozenRecord):
    """The content of ``systems/power.toml``, see docs/materials_power.md."""

    items: tuple[ItemId, ...] = ()
    ends: str = "power_ends"
    settlements: str = "settlements"
    spacing_m: tuple[PositiveFloat, ...] = Field((500.0,), min_length=1)
    end_radius_m: NonNegativeFloat = 3000.0
    slope_max: PositiveFloat = 35.0


def power_record(study: StudyArea) -> PowerRecord | None:
    """Return the record of a study's grid; None if it has none.

    >>> from nanyi_gis.study import load_study
    >>> power_record(load_study()).end_radius_m
    3000.0
    """
    return system_record(study, "power", PowerRecord, guide="docs/materials_power.md")


def corridors_by_spacing(
    dem: xr.DataArray,
    start: Any,
    end: Any,
    *,
    settlements: gpd.GeoDataFrame | gpd.GeoSeries,
    spacing_m: Sequence[float],
    end_radius_m: float,
    slope_max: float,
) -> Mapping[float, Corridor | None]:
    """Return the shortest corridor for each spacing, None where no way is left; see :func:`nanyi_gis.route.corridor`.

    Around the ends the spacing is lifted within ``end_radius_m``, or 1.2 times the spacing if that is more.

    >>> import numpy as np, shapely
    >>> axes = {"y": np.arange(21)[::-1] * 100.0, "x": np.arange(31) * 100.0}
    >>> dem = xr.DataArray(np.zeros((21, 31)), axes, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> village = gpd.GeoSeries([shapely.Point(1500, 1000)], crs="EPSG:4544")
    >>> found = corridors_by_spacing(
    ...     dem, (0, 1000), (3000, 1000), settlements=village, spacing_m=(300, 1050), end_radius_m=0, slope_max=30
    ... )
    >>> found[300].length_m > 3000, found[1050] is None
    (True, True)
    """
    found: dict[float, Corridor | None] = {}
    for metres in spacing_m:
        try:
            found[float(metres)] = corridor(
                dem,
                start,
                end,
                settlements=settlements,
                spacing_m=metres,
                end_radius_m=max(end_radius_m, _LEAVING * metres),
                slope_max=slope_max,
            )
        except DataError:
            found[float(metres)] = None
    return found
