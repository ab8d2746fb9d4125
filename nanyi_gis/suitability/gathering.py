"""Raster files brought onto the grid of a DEM in memory."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from .._limits import hold_memory
from ..climate import CLIMATE_VARIABLES, Climate, load_climate, refuse_implausible
from ..raster import Grid, read_aligned
from .job import layer_file
from .run import model_of, refuse_unknown_layers
from .use import LandUse

_BYTES = 4


def gather_layers(
    paths: Mapping[str, str | os.PathLike[str]],
    *,
    dem: xr.DataArray,
    uses: Sequence[LandUse],
    climate: str | os.PathLike[str] | Climate | None = None,
) -> dict[str, xr.DataArray]:
    """Return rasters on the grid of a DEM, as :func:`nanyi_gis.suitability.evaluate_file` reads them.

    Parameters
    ----------
    paths : mapping of str to path
        Rasters on any grid by the name of the layer.
    dem : xarray.DataArray
        The DEM whose grid they are brought to.
    uses : sequence of LandUse
        Uses that they are for; they say which layers hold codes, and in what unit quantities are.
    climate : path or Climate, optional
        As for :func:`nanyi_gis.suitability.evaluate`.

    Returns
    -------
    dict of str to xarray.DataArray
        float32, NaN where there is no value; codes by the nearest cell, quantities bilinearly.

    Raises
    ------
    ParameterError
        If none of the uses asks for a layer.
    DataError
        If a raster cannot be read, or holds values of climate that no place has.
    """
    if not paths:
        return {}
    refuse_unknown_layers(uses, paths)
    hold_memory(f"{len(paths)} layers of {dem.size:,} cells", dem.size * _BYTES * len(paths), cure="give fewer")
    names = {name: os.fspath(path) for name, path in paths.items()}
    own = load_climate(climate)
    models = [model_of(use, own, names) for use in uses]
    grid = Grid.of(dem)
    found: dict[str, xr.DataArray] = {}
    for name, path in names.items():
        file = layer_file(path, name, models)
        with file.open() as reader:
            values = read_aligned(reader, grid, nearest=file.kind == "code")
        if name in CLIMATE_VARIABLES:
            refuse_implausible(values, name, name=file.name)
        found[name] = _on(dem, values, name)
    return found


def _on(dem: xr.DataArray, values: Any, name: str) -> xr.DataArray:
    coords = {axis: dem.coords[axis] for axis in ("y", "x") if axis in dem.coords}
    layer = xr.DataArray(values, dims=("y", "x"), coords=coords, name=name)
    placed = layer.rio.write_crs(dem.rio.crs).rio.write_transform(Grid.of(dem).transform)
    marked: xr.DataArray = placed.rio.write_nodata(np.nan)
    return marked
