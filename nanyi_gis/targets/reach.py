"""Suitable land by its distance to the bank of the river, from an evaluation: the numbers of the belt test C-06."""

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from ..raster import Grid, cell_areas
from ..suitability import Inputs, Partition

COLUMNS = ("crop", "within_km", "area_km2", "marginal_km2", "cause")


def land_within(
    result: xr.Dataset, inputs: Inputs, *, counties: gpd.GeoDataFrame, bank: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return suitable land within the distances of a bank that a crop asks for, as ``feasibility`` takes it.

    Zones, rings and rows are those of :func:`nanyi_gis.suitability.evaluate_file`, which has no raster at hand;
    a cell counts where its centre lies within the distance.

    Parameters
    ----------
    result : Dataset
        Of :func:`nanyi_gis.suitability.evaluate`.
    inputs : Inputs
        Of :func:`nanyi_gis.suitability.prepare` with the same arguments.
    counties : GeoDataFrame
        Polygons whose land counts.
    bank : GeoDataFrame
        Reaches of the bank in a projected CRS.

    Returns
    -------
    DataFrame
        ``crop``, ``within_km``, ``area_km2`` (S1 and S2), ``marginal_km2`` (S3) and ``cause``, the English name of
        the factor that limits most of the S3 land, empty where there is none; no rows if the crop has no belt.
    """
    grades, limiting = result["cls"].values, result["limiting"].values
    partition = Partition.of(counties, inputs.grid, frontage=bank, uses=[inputs.model.use])
    areas = cell_areas(result["cls"]).values / 1e6
    km2 = np.zeros((partition.count, 4))
    causes = np.zeros((partition.count, 5, 256), np.int64)
    for rows in partition.sheets(Grid.of(result["cls"])):
        here = (rows >= 0) & (grades > 0)
        np.add.at(km2, (rows[here], grades[here] - 1), areas[here])
        np.add.at(causes, (rows[here], grades[here], limiting[here]), 1)
    return pd.DataFrame(partition.reach(inputs.model, km2[:, np.newaxis], causes), columns=list(COLUMNS))
