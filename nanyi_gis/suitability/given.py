"""Rasters that are given as files, for a DEM that is in memory."""

import os
from collections.abc import Mapping, Sequence

import xarray as xr

from ..climate import CLIMATE_VARIABLES, Climate, load_climate, refuse_implausible
from ..raster import Grid, read_aligned
from .job import code_notes, layer_file
from .run import model_of, refuse_unknown_layers
from .use import LandUse


def read_layers(
    files: Mapping[str, str | os.PathLike[str]],
    dem: xr.DataArray,
    *,
    uses: Sequence[LandUse],
    climate: str | os.PathLike[str] | Climate | None = None,
) -> tuple[dict[str, xr.DataArray], list[str]]:
    """Return rasters on the grid of a DEM, as :func:`evaluate_file` would read them: codes by the nearest cell.

    Parameters
    ----------
    files : mapping of str to path
        Rasters on any grid by the name of the layer.
    dem : xarray.DataArray
        The elevations, for their grid.
    uses : sequence of LandUse
        The uses that are to be evaluated; each layer must concern one.
    climate : path or Climate, optional
        As for :func:`nanyi_gis.suitability.evaluate`.

    Returns
    -------
    dict, list of str
        The layers by name, NaN where there is no value, and notes on codes that a use does not know.

    Raises
    ------
    ParameterError
        If no use knows a layer.
    DataError
        If a file is no such raster, follows another legend, or holds a climate that no place has.
    """
    refuse_unknown_layers(uses, files)
    own, paths = load_climate(climate), {name: os.fspath(path) for name, path in files.items()}
    models = [model_of(use, own, paths) for use in uses]
    rasters = {name: layer_file(path, name, models) for name, path in paths.items()}
    grid = Grid.of(dem)
    notes = code_notes(models, rasters, grid)
    found = {}
    for name, file in rasters.items():
        with file.open() as reader:
            values = read_aligned(reader, grid, nearest=file.kind == "code")
            notes += reader.notes()
        if name in CLIMATE_VARIABLES:
            refuse_implausible(values, name, name=file.name)
        found[name] = xr.DataArray(values, dims=dem.dims, coords=dem.coords, name=name)
    return found, list(dict.fromkeys(notes))
