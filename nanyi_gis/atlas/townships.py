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

_NAMES = ("name_zh", "name_en")


def catchments(atlas: Atlas) -> xr.DataArray:
    """Return for each cell the code of the nearest located township seat of its own county.

    int16 codes 1, 2, ... on the DEM's grid, 0 outside the counties; ``attrs["names"]`` has the
    townships and ``attrs["counties"]`` the Chinese name of the county of each. Seats at one point share a
    catchment and join their names; a county without a located seat is one catchment of its own name.
    Not an administrative boundary.
    """
    codes, labels, counties = atlas.once("catchments", lambda: _catchments(atlas))
    names = [english if atlas.lang == "en" else chinese for chinese, english in labels]
    return codes.assign_attrs(names=names, counties=counties)


def _catchments(atlas: Atlas) -> tuple[xr.DataArray, list[tuple[str, str]], list[str]]:
    """Return the codes, and of each its Chinese and English name and the Chinese name of its county."""
    seats = plan_room.of_kind(atlas.located, "township")
    seats = seats.assign(**{column: seats[column].fillna("").astype(str) for column in _NAMES})
    spots = seats.assign(x=seats.geometry.x.round(), y=seats.geometry.y.round())
    joined = spots.groupby(["county", "x", "y"], sort=False)[list(_NAMES)].agg(" / ".join).reset_index()
    codes = np.zeros(atlas.dem.shape, np.int16)
    xs, ys = atlas.dem["x"].values, atlas.dem["y"].values
    names: list[tuple[str, str]] = []
    counties: list[str] = []
    for number, county in enumerate(atlas.study.counties.itertuples(), start=1):
        rows, columns = np.nonzero(atlas.zones.values == number)
        own = _seats_of(county, joined)
        first, whole = len(names) + 1, (str(county.name_zh), str(county.name_en))
        if own.empty or not rows.size:
            codes[rows, columns] = first
            labels = [whole]
        else:
            tree = cKDTree(own[["x", "y"]].to_numpy())
            codes[rows, columns] = first + tree.query(np.column_stack([xs[columns], ys[rows]]), workers=-1)[1]
            labels = list(zip(own["name_zh"], own["name_en"], strict=True))
        chinese, english = {zh for zh, _ in names}, {en for _, en in names}
        names += [
            (f"{zh} ({whole[0]})" if zh in chinese else zh, f"{en} ({whole[1]})" if en in english else en)
            for zh, en in labels
        ]
        counties += [str(county.name_zh)] * len(labels)
    result: xr.DataArray = like(atlas.dem, codes, name="catchment").rio.write_nodata(0)
    return result, names, counties


def _seats_of(county: Any, seats: pd.DataFrame) -> pd.DataFrame:
    """Return the seats of the county by its name; those inside where the user named it otherwise."""
    named = seats[[str(county.name_zh).startswith(name) for name in seats["county"]]]
    return named if not named.empty else seats[shapely.contains_xy(county.geometry, seats["x"], seats["y"])]
