"""Land by its nearest township seat: a stand-in for township boundaries, which are not public."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
import xarray as xr
from scipy.spatial import cKDTree

from .. import plan as plan_room
from ..io import like
from .context import Atlas


def catchments(atlas: Atlas) -> xr.DataArray:
    """Return for each cell the code of the nearest located township seat of its own county.

    int16 codes 1, 2, ... on the DEM's grid, 0 outside the counties; ``attrs["names"]`` has the
    townships and ``attrs["counties"]`` the Chinese name of the county of each. Seats at one point share a
    catchment and join their names; a county without a located seat is one catchment of its own name.
    Not an administrative boundary.
    """
    seats = plan_room.of_kind(atlas.located, "township")
    spots = seats.assign(x=seats.geometry.x.round(), y=seats.geometry.y.round())
    joined = spots.groupby(["county", "x", "y"], sort=False)[atlas.name].agg(" / ".join).reset_index()
    codes = np.zeros(atlas.dem.shape, np.int16)
    xs, ys = atlas.dem["x"].values, atlas.dem["y"].values
    names: list[str] = []
    counties: list[str] = []
    for number, county in enumerate(atlas.study.counties.itertuples(), start=1):
        rows, columns = np.nonzero(atlas.zones.values == number)
        own = _seats_of(county, joined)
        first = len(names) + 1
        if own.empty or not rows.size:
            codes[rows, columns] = first
            labels = [str(getattr(county, atlas.name))]
        else:
            tree = cKDTree(own[["x", "y"]].to_numpy())
            codes[rows, columns] = first + tree.query(np.column_stack([xs[columns], ys[rows]]), workers=-1)[1]
            labels = [str(name) for name in own[atlas.name]]
        names += [f"{label} ({getattr(county, atlas.name)})" if label in names else label for label in labels]
        counties += [str(county.name_zh)] * len(labels)
    attrs = {"names": names, "counties": counties}
    result: xr.DataArray = like(atlas.dem, codes, name="catchment", attrs=attrs).rio.write_nodata(0)
    return result


def _seats_of(county: Any, seats: pd.DataFrame) -> pd.DataFrame:
    """Return the seats of the county by its name; those inside where the user named it otherwise."""
    named = seats[[str(county.name_zh).startswith(name) for name in seats["county"]]]
    return named if not named.empty else seats[shapely.contains_xy(county.geometry, seats["x"], seats["y"])]
