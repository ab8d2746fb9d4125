"""Values, memberships and classes of every criterion, by the same compiled rows as the evaluation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels import suitability as kernels
from ..climate import Climate
from .blocks import Bytes, Codes, run_strips
from .evaluate import Inputs, beside, margined_rows, prepare, the_use
from .frame import Frame
from .model import Model
from .use import LandUse

Floats = npt.NDArray[np.float32]
_NO_LAYERS = np.empty((1, 0, 0), np.float32)


@dataclass(frozen=True)
class Memberships:
    """What each criterion says, (criteria, h, w), and the slope in degrees (h, w).

    ``memberships`` is NaN where a criterion has no value.
    """

    values: Floats
    memberships: Floats
    classes: Floats
    slope: Floats


def memberships(
    dem: xr.DataArray,
    *,
    use: str | os.PathLike[str] | LandUse | None = None,
    crop: str | os.PathLike[str] | LandUse | None = None,
    layers: Mapping[str, xr.DataArray] | None = None,
    weights: Mapping[str, float] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    management: str | None = None,
    threads: int | None = None,
) -> xr.Dataset:
    """Return what each criterion of a use says of each cell, before they are put together.

    Parameters
    ----------
    dem, use, crop, layers, weights, climate, management, threads
        As for :func:`nanyi_gis.suitability.evaluate`. A Dask-backed DEM is loaded.

    Returns
    -------
    xarray.Dataset
        float32 ``value`` (in the criterion's unit), ``membership`` (0 to 1) and ``cls`` (1 S1 to 4 N),
        each (criterion, y, x) on the DEM's grid, and ``slope`` (y, x) in degrees; NaN where unknown.
        ``attrs["weights"]`` holds the weights in force by criterion, which sum to one.

    Raises
    ------
    ParameterError, DataError
        As for :func:`nanyi_gis.suitability.evaluate`.

    >>> flat = xr.DataArray(np.full((3, 3), 650, "float32"), dims=("y", "x"),
    ...                     coords={"y": [3100090.0, 3100060.0, 3100030.0], "x": [550000.0, 550030.0, 550060.0]})
    >>> found = memberships(flat.rio.write_crs("EPSG:4544"), use="plum")
    >>> found["membership"].sel(criterion="elevation").values[1, 1].item()  # half-way from 600 to 700 m
    0.5
    """
    whole = dem.compute() if isinstance(dem, xr.DataArray) and dem.chunks is not None else dem
    inputs = prepare(
        whole, use=the_use(use, crop), layers=layers, weights=weights, climate=climate, management=management
    )
    names = [criterion.id for criterion in inputs.model.criteria]
    shape = inputs.dem.shape
    arrays = {name: np.empty((len(names), *shape), np.float32) for name in ("value", "membership", "cls")}
    arrays["slope"] = np.empty(shape, np.float32)

    def work(rows: slice) -> npt.NDArray[np.int64]:
        strip = memberships_strip(inputs, rows)
        found = strip.found
        for name, part in zip(arrays, (found.values, found.memberships, found.classes, found.slope), strict=True):
            part[..., strip.unknown] = np.nan
            arrays[name][..., rows, :] = part
        return np.zeros(0, np.int64)

    run_strips(work, height=shape[0], width=shape[1], threads=threads)
    coords = {name: inputs.dem.coords[name] for name in ("y", "x") if name in inputs.dem.coords}
    dims = {name: ("y", "x") if name == "slope" else ("criterion", "y", "x") for name in arrays}
    result = xr.Dataset(
        {name: (dims[name], values) for name, values in arrays.items()},
        coords={"criterion": names, **coords},
        attrs={"use": inputs.model.use.id, "weights": inputs.model.weights, "evidence": "modelled"},
    )
    placed: xr.Dataset = result.rio.write_crs(inputs.dem.rio.crs).rio.write_transform(inputs.grid.transform)
    return placed


@dataclass(frozen=True)
class Strip:
    """Memberships of a strip of rows, where its elevation is unknown, and its masks and zones."""

    found: Memberships
    unknown: npt.NDArray[np.bool_]
    mask: Bytes | None
    zones: Codes | None


def memberships_strip(inputs: Inputs, rows: slice) -> Strip:
    """Return the memberships of a strip of rows, with what lies beside the DEM there."""
    margined = margined_rows(inputs, rows)
    stack, mask, zones = beside(inputs, rows)
    found = memberships_block(inputs.model, inputs.frame.part(rows), margined, layers=stack)
    return Strip(found, np.isnan(margined[1:-1, 1:-1]), mask, zones)


def memberships_block(model: Model, frame: Frame, margined: Floats, *, layers: Floats | None = None) -> Memberships:
    """Return the memberships of a block that has a margin of one cell."""
    height, width = margined.shape[0] - 2, margined.shape[1] - 2
    arrays = model.arrays
    shape = (len(model.criteria), height, width)
    found = Memberships(
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros((height, width), np.float32),
    )
    kernels.memberships_block(
        margined,
        frame.per_x,
        frame.per_y,
        frame.border,
        frame.row_y,
        frame.per_width,
        frame.nodes,
        frame.node_row,
        frame.node_column,
        _NO_LAYERS if layers is None else layers,
        arrays["kind"],
        arrays["layer_index"],
        arrays["coefficient"],
        arrays["shape"],
        arrays["points"],
        arrays["breaks"],
        arrays["code_tables"],
        found.values,
        found.memberships,
        found.classes,
        found.slope,
    )
    missing = np.isnan(found.values)
    found.memberships[missing] = np.nan
    found.classes[missing] = np.nan
    return found
