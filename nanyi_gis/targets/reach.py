"""Suitable land by its distance to the bank of the river, from an evaluation: the numbers of the belt test C-06."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from rasterio.features import rasterize

from .. import terrain

COLUMNS = ("crop", "within_km", "area_km2", "marginal_km2", "cause")


def land_within(
    result: xr.Dataset,
    *,
    bank: gpd.GeoDataFrame,
    distances: Sequence[float],
    inside: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Return suitable land within some distances of a bank, as :func:`nanyi_gis.targets.feasibility` takes it.

    Parameters
    ----------
    result : Dataset
        Of :func:`nanyi_gis.suitability.evaluate`; a cell counts where its centre lies within the distance.
    bank : GeoDataFrame
        Reaches of the bank in a projected CRS.
    distances : sequence of float
        In km.
    inside : array of bool
        Cells that count, on the grid of ``result``.

    Returns
    -------
    DataFrame
        ``crop``, ``within_km``, ``area_km2`` (S1 and S2), ``marginal_km2`` (S3) and ``cause``, the English name of
        the factor that limits most of the S3 land, empty where there is none.
    """
    grades = result["cls"]
    areas = terrain.cell_areas(grades).values / 1e6
    shore = shapely.union_all(bank.geometry.values)
    rows = []
    for km in sorted(float(value) for value in distances):
        belt = gpd.GeoSeries([shore.buffer(1000.0 * km)], crs=bank.crs).to_crs(grades.rio.crs)
        near = inside & rasterize(belt, out_shape=grades.shape, transform=grades.rio.transform(), dtype="uint8").astype(
            bool
        )
        good, marginal = near & np.isin(grades.values, (1, 2)), near & (grades.values == 3)
        cause = _cause(result["limiting"], marginal)
        rows.append((result.attrs["crop"], km, float(areas[good].sum()), float(areas[marginal].sum()), cause))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _cause(limiting: xr.DataArray, where: npt.NDArray[np.bool_]) -> str:
    """Return the factor that limits most cells."""
    counts = np.bincount(limiting.values[where], minlength=1)
    counts[0] = 0
    names = dict(zip(limiting.attrs["flag_values"], limiting.attrs["flag_meanings"], strict=True))
    return str(names.get(int(counts.argmax()), "")) if counts.any() else ""
