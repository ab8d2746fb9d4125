"""Areas of an evaluation as a table, one row a zone, altitude band and class."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from ..errors import ParameterError
from ..units import km2_to_wanmu
from .vocabulary import CLASS_LETTERS


def areas_table(result: xr.Dataset) -> pd.DataFrame:
    """Return the areas of an evaluation with zones as a table.

    Columns: zone, band, class, area_km2, area_wanmu, irrigation_km2 (what of it needs irrigation).
    """
    if "area_km2" not in result:
        raise ParameterError("the result has no area_km2; give evaluate(..., zones=…)")
    areas, dry = np.asarray(result["area_km2"].values), np.asarray(result["irrigation_km2"].values)
    zones, bands = ([str(label) for label in result[name].values] for name in ("zone", "altitude_band"))
    return area_rows(areas, dry, zones, bands)


def area_rows(
    areas: npt.NDArray[np.float64], dry: npt.NDArray[np.float64], zones: Sequence[str], bands: Sequence[str]
) -> pd.DataFrame:
    """Return areas, and those that need irrigation, both (zones, bands, 4) in km², as rows of a table."""
    rows = [
        (zone, band, CLASS_LETTERS[k + 1], areas[z, b, k], km2_to_wanmu(areas[z, b, k]), dry[z, b, k])
        for z, zone in enumerate(zones)
        for b, band in enumerate(bands)
        for k in range(len(CLASS_LETTERS))
    ]
    return pd.DataFrame(rows, columns=["zone", "band", "class", "area_km2", "area_wanmu", "irrigation_km2"])
