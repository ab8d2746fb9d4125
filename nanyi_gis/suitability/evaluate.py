"""From a DEM to score, class, limiting factor and altitude band in one pass."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import xarray as xr

from .. import __version__
from .._kernels import suitability as kernels
from .._progress import Progress
from ..climate import CLIMATE_VARIABLES, Climate, load_climate, refuse_implausible
from ..errors import DataError, ParameterError
from ..raster import Grid, ZoneLike, coded_zones
from ..terrain import PLAN_EDGES, band_labels
from .blocks import (
    LAYER_NAMES,
    Bytes,
    Codes,
    as_heights,
    as_layer,
    as_zones,
    irrigated_km2,
    mask_codes,
    no_areas,
    run_block,
    run_strips,
    to_km2,
)
from .frame import Frame, nodata_of, warnings_of
from .model import Model, build_model
from .use import LandUse
from .use_file import load_use
from .vocabulary import (
    CLASS_LETTERS,
    CLASS_NODATA,
    CLASSES,
    IRRIGATION,
    IRRIGATION_NODATA,
    SCORE_NODATA,
    band_names,
)

MOST_ZONES = 1_000_000

_LONG_NAMES = {
    "score": "suitability score, 0 to 100",
    "cls": "FAO class by the limiting factor, 1 S1 to 4 N",
    "limiting": "code of the limiting factor",
    "band": "altitude band, lower-inclusive",
    "irrigation": "whether the cell is suitable only with irrigation",
}
_NODATA = {"score": SCORE_NODATA, "cls": CLASS_NODATA, "limiting": 0, "band": 0, "irrigation": IRRIGATION_NODATA}


@dataclass(frozen=True)
class Inputs:
    """Everything of one evaluation, checked: model, frame, and the rasters that go with the DEM."""

    model: Model
    frame: Frame
    grid: Grid
    dem: xr.DataArray
    layers: dict[str, xr.DataArray]
    zones: xr.DataArray | None
    zone_labels: tuple[Any, ...]
    notes: tuple[str, ...]


def evaluate(
    dem: xr.DataArray,
    *,
    use: str | os.PathLike[str] | LandUse | None = None,
    crop: str | os.PathLike[str] | LandUse | None = None,
    layers: Mapping[str, xr.DataArray] | None = None,
    weights: Mapping[str, float] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    zones: ZoneLike = None,
    edges: Sequence[float] = PLAN_EDGES,
    shoulder: float | None = None,
    allow_steep: bool = False,
    management: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Evaluate a use of land on every cell of a DEM: score, FAO class, limiting factor, altitude band.

    The score is the weighted mean (or the weighted product, as the criteria file says) of fuzzy
    memberships times 100, rounded half up. The class is that of the worst criterion (FAO 1976,
    limiting-condition method); the limiting factor is that criterion, the one of the lowest
    membership if several share the class. Hard constraints come first: they give class N and
    score 0. Slope and aspect follow Horn (1981); at the rim and beside gaps a missing neighbour is
    extrapolated through the cell.

    Parameters
    ----------
    dem : xarray.DataArray
        Elevations in metres, dimensions ``y, x``, with a CRS, geographic or projected; NumPy- or
        Dask-backed. NaN, the nodata value and what lies beyond -500 to 9000 m count as unknown.
    use : str, path or LandUse
        Name of an embedded crop, a criteria file, or a use already loaded.
    crop : str, path or LandUse
        The same by its other name; give one of the two.
    layers : mapping of str to xarray.DataArray, optional
        Optional rasters on the DEM's grid by name: those of the criteria, variables of climate (°C, degree-days
        or mm), which then overrule the climate file, and the masks
        ``water``, ``protected``, ``built``, ``cropland``, ``excluded`` and the file's own (non-zero
        rules out; where several do, the one that stands first in the file is named).
    weights : mapping of str to float, optional
        Weights by criterion that replace the file's.
    climate : path or Climate, optional
        Climate file; the South Wing's own if not given.
    zones : GeoDataFrame or xarray.DataArray, optional
        Polygons that do not overlap, or whole-number zone codes on the DEM's grid, 0 for none. With them
        the result also has ``area_km2`` by zone, altitude band and class.
    edges : sequence of float
        Lower-inclusive edges of the altitude bands, m.
    shoulder : float, optional
        Width in metres of the soft shoulders of the altitude band, in place of the file's.
    allow_steep : bool
        Let the use stand above its slope limit, as S3 at best. Not where the law bans it, as for field crops.
    management : str, optional
        ``rainfed`` or ``irrigated``, in place of the file's. Where a use is irrigated, too little rain
        limits no class above the survival limit; such cells are flagged instead.
    threads : int, optional
        Threads for a NumPy-backed DEM; all processors if not given.
    progress : callable, optional
        Called with the share done (NumPy-backed DEM only; a Dask graph has its own progress bars).

    Returns
    -------
    xarray.Dataset
        uint8 on the DEM's grid: ``score`` (255 nodata), ``cls`` (1 S1 to 4 N, 0 nodata), ``limiting``
        (0 nodata), ``band`` (1 for the lowest, 0 nodata) and ``irrigation`` (1 where S1 to S3 hold only
        with irrigation, else 0; 255 nodata). ``attrs["flag_values"]`` and
        ``attrs["flag_meanings"]`` of a layer name its codes. ``attrs`` of the whole tell use,
        the weights in force and what was missing.

    Raises
    ------
    ParameterError
        If use, weights, layers or switches break a rule.
    DataError
        If the DEM or a layer cannot be used, or they lie on different grids.

    >>> import numpy as np, xarray as xr
    >>> flat = xr.DataArray(np.full((3, 3), 800, "float32"), dims=("y", "x"),
    ...                     coords={"y": [3100090.0, 3100060.0, 3100030.0], "x": [550000.0, 550030.0, 550060.0]})
    >>> plum = evaluate(flat.rio.write_crs("EPSG:4544"), crop="plum")
    >>> plum["band"].values[1, 1].item(), plum["cls"].values[1, 1].item()
    (2, 2)
    """
    inputs = prepare(
        dem,
        use=the_use(use, crop),
        layers=layers,
        weights=weights,
        climate=climate,
        zones=zones,
        edges=edges,
        shoulder=shoulder,
        allow_steep=allow_steep,
        management=management,
    )
    if dem.chunks is None:
        arrays, table = _evaluate_numpy(inputs, threads=threads, progress=progress)
    else:
        arrays, table = _evaluate_dask(inputs)
    return _dataset(inputs, arrays, table)


def the_use(use: object, crop: object) -> LandUse:
    """Return the use that was given under one of its two names."""
    if use is not None and crop is not None:
        raise ParameterError("use and crop are both given, but are two names of one option; drop one")
    if use is not None:
        return load_use(use)  # type: ignore[arg-type]
    return load_use(crop, name="crop")  # type: ignore[arg-type]


def prepare(
    dem: xr.DataArray,
    *,
    use: LandUse,
    layers: Mapping[str, xr.DataArray] | None = None,
    weights: Mapping[str, float] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    zones: ZoneLike = None,
    edges: Sequence[float] = PLAN_EDGES,
    shoulder: float | None = None,
    allow_steep: bool = False,
    management: str | None = None,
) -> Inputs:
    """Check everything that an evaluation is given; the arguments are those of :func:`evaluate`."""
    grid = Grid.of(dem)
    if dem.dtype.kind not in "iuf":
        raise DataError(f"dem has the type {dem.dtype}, but elevations must be numbers in metres")
    for option, given in (("layers", layers), ("weights", weights)):
        if given is not None and not isinstance(given, Mapping):
            raise ParameterError(f"{option} is a {type(given).__name__}, but must be a mapping by name, e.g. a dict")
    own_climate = load_climate(climate)
    model = build_model(
        use,
        own_climate,
        layers=layers or {},
        weights=weights,
        allow_steep=allow_steep,
        shoulder=shoulder,
        edges=edges,
        management=management,
    )
    for name, layer in (layers or {}).items():
        _same_grid(layer, dem, grid, name=f"layer {name!r}")
        if name in CLIMATE_VARIABLES and layer.chunks is None:
            refuse_implausible(as_layer(layer.values, nodata_of(layer)), name, name=f"layer {name!r}")
    labels: tuple[Any, ...] = ("all",)
    if isinstance(zones, gpd.GeoDataFrame):
        zones = coded_zones(zones, dem)
    if zones is not None:
        _same_grid(zones, dem, grid, name="zones")
        labels = _labels(zones)
    return Inputs(
        model=model,
        frame=Frame.of(grid, own_climate),
        grid=grid,
        dem=dem,
        layers=dict(layers or {}),
        zones=zones,
        zone_labels=labels,
        notes=(*model.notes, *warnings_of(grid, own_climate if model.asks_climate else None)),
    )


def _same_grid(raster: xr.DataArray, dem: xr.DataArray, grid: Grid, *, name: str) -> None:
    if not isinstance(raster, xr.DataArray) or raster.shape != dem.shape:
        shape = getattr(raster, "shape", None)
        raise DataError(f"{name} has shape {shape}, but the DEM has {dem.shape}; reproject it with rio.reproject_match")
    if not grid.matches(Grid.of(raster, name=name)):
        raise DataError(f"{name} lies on another grid than the DEM; reproject it with rio.reproject_match")


def _labels(zones: xr.DataArray) -> tuple[Any, ...]:
    """Return a label for each zone code from 1 on."""
    if zones.dtype.kind not in "iu":
        raise DataError(f"zones have the type {zones.dtype}, but zone codes must be whole numbers")
    nodata = nodata_of(zones)
    most = int(zones.max() if nodata in (None, 0) else zones.where(zones != nodata, 0).max())
    if most < 1:
        raise DataError("zones hold no code above 0, so there is no zone; code them 1, 2, 3, …")
    if most > MOST_ZONES:
        raise DataError(f"zones hold the code {most}; number them 1, 2, 3, … up to {MOST_ZONES:,}")
    names = list(zones.attrs.get("names", ()))
    return tuple(names[k] if k < len(names) else k + 1 for k in range(most))


def _evaluate_numpy(
    inputs: Inputs, *, threads: int | None, progress: Progress | None
) -> tuple[dict[str, Any], npt.NDArray[np.int64]]:
    dem, model = inputs.dem, inputs.model
    height, width = dem.shape
    arrays = {name: np.empty((height, width), np.uint8) for name in LAYER_NAMES}

    def work(rows: slice) -> npt.NDArray[np.int64]:
        layers, mask, zones = beside(inputs, rows)
        return run_block(
            model,
            inputs.frame.part(rows),
            margined_rows(inputs, rows),
            layers=layers,
            mask=mask,
            zones=zones,
            zone_count=len(inputs.zone_labels),
            out=[arrays[name][rows] for name in LAYER_NAMES],
        ).units

    return dict(arrays), run_strips(work, height=height, width=width, threads=threads, progress=progress)


def margined_rows(inputs: Inputs, rows: slice) -> npt.NDArray[np.float32]:
    """Return the elevations of a strip with one cell more on each side, NaN beyond the raster."""
    height, width = inputs.dem.shape
    above, below = max(rows.start - 1, 0), min(rows.stop + 1, height)
    margined = np.full((rows.stop - rows.start + 2, width + 2), np.nan, np.float32)
    top = above - rows.start + 1
    values = np.asarray(inputs.dem.data[above:below])
    margined[top : top + below - above, 1:-1] = as_heights(values, nodata_of(inputs.dem))
    return margined


def margined_cell(inputs: Inputs, row: int, column: int) -> npt.NDArray[np.float32]:
    """Return the elevation of a cell with its eight neighbours, NaN beyond the raster."""
    margined = np.full((3, 3), np.nan, np.float32)
    above, left = max(row - 1, 0), max(column - 1, 0)
    values = np.asarray(inputs.dem.data[above : row + 2, left : column + 2])
    part = margined[above - row + 1 :, left - column + 1 :]
    part[: values.shape[0], : values.shape[1]] = as_heights(values, nodata_of(inputs.dem))
    return margined


def beside(
    inputs: Inputs, rows: slice, columns: slice = slice(None)
) -> tuple[npt.NDArray[np.float32] | None, Bytes | None, Codes | None]:
    """Return layers, masks and zones of a strip as the pass expects them."""
    model = inputs.model
    values = {name: np.asarray(layer.data[rows, columns]) for name, layer in inputs.layers.items()}
    nodata = {name: nodata_of(layer) for name, layer in inputs.layers.items()}
    layers = np.stack([as_layer(values[n], nodata[n]) for n in model.layers]) if model.layers else None
    mask = mask_codes(values, model.mask_codes, nodata) if model.masks else None
    own = inputs.zones
    zones = None if own is None else as_zones(np.asarray(own.data[rows, columns]), nodata_of(own))
    return layers, mask, zones


def _evaluate_dask(inputs: Inputs) -> tuple[dict[str, Any], Any]:
    """Build the lazy evaluation; every block sees a margin of one cell of its neighbours."""
    import dask.array
    import dask.array.overlap

    da = cast(Any, dask.array)

    dem, model, frame = inputs.dem, inputs.model, inputs.frame
    nodata = nodata_of(dem)
    data = dem.data
    elevations = data.map_blocks(as_heights, nodata, dtype=np.float32)
    margined = da.overlap.overlap(elevations, depth=1, boundary=np.nan)
    rows = da.from_array(np.arange(dem.shape[0])[:, None], chunks=(data.chunks[0], 1))
    columns = da.from_array(np.arange(dem.shape[1])[None, :], chunks=(1, data.chunks[1]))
    names = (*model.layers, *model.masks)
    beside = [da.asarray(inputs.layers[n].data).rechunk(data.chunks) for n in names]
    missing = {name: nodata_of(inputs.layers[name]) for name in names}
    stack = da.map_blocks(
        _dask_block,
        margined,
        rows,
        columns,
        *beside,
        names=names,
        nodata=missing,
        model=model,
        frame=frame,
        dtype=np.uint8,
        new_axis=0,
        chunks=((len(LAYER_NAMES),), *data.chunks),
        meta=np.empty((0, 0, 0), np.uint8),
    )
    arrays = {name: stack[k] for k, name in enumerate(LAYER_NAMES)}
    if inputs.zones is None:
        return arrays, None
    zones = da.asarray(inputs.zones.data).rechunk(data.chunks)
    shape = no_areas(len(inputs.zone_labels), model).shape
    tables = da.map_blocks(
        _dask_table,
        *(arrays[name] for name in ("cls", "band", "irrigation")),
        zones,
        rows,
        columns,
        frame=frame,
        shape=shape,
        nodata=nodata_of(inputs.zones),
        dtype=np.int64,
        new_axis=[2, 3, 4],
        chunks=((1,) * len(data.chunks[0]), (1,) * len(data.chunks[1]), *((n,) for n in shape)),
        meta=np.empty((0,) * 5, np.int64),
    )
    return arrays, tables.sum(axis=(0, 1))


def _dask_block(
    margined: npt.NDArray[np.float32],
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    *beside: npt.NDArray[Any],
    names: tuple[str, ...],
    nodata: Mapping[str, float | None],
    model: Model,
    frame: Frame,
) -> Bytes:
    values = dict(zip(names, beside, strict=True))
    layers = np.stack([as_layer(values[n], nodata[n]) for n in model.layers]) if model.layers else None
    mask = mask_codes(values, model.mask_codes, nodata) if model.masks else None
    part = frame.part(_span(rows), _span(columns))
    result = run_block(model, part, np.ascontiguousarray(margined), layers=layers, mask=mask)
    return np.stack([getattr(result, name) for name in LAYER_NAMES])


def _dask_table(
    cls: Bytes,
    band: Bytes,
    irrigation: Bytes,
    zones: Codes,
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    *,
    frame: Frame,
    shape: tuple[int, int, int],
    nodata: float | None,
) -> npt.NDArray[np.int64]:
    part = frame.part(_span(rows), _span(columns))
    table = np.zeros(shape, np.int64)
    kernels.tabulate_block(
        np.ascontiguousarray(cls),
        np.ascontiguousarray(band),
        np.ascontiguousarray(irrigation),
        as_zones(zones, nodata),
        part.area_nodes,
        part.per_node,
        part.first_column,
        table,
    )
    return table[None, None]


def _span(positions: npt.NDArray[np.int64]) -> slice:
    return slice(int(positions.min()), int(positions.max()) + 1)


def _dataset(inputs: Inputs, arrays: Mapping[str, Any], table: Any) -> xr.Dataset:
    dem, model = inputs.dem, inputs.model
    crs, transform = dem.rio.crs, inputs.grid.transform
    # a scalar coordinate "band" of the file would clash with the layer of that name
    coords = {name: dem.coords[name] for name in ("y", "x") if name in dem.coords}
    layers: dict[str, xr.DataArray] = {}
    flags = {
        "cls": CLASSES,
        "limiting": model.limiting,
        "band": band_names(model.edges),
        "irrigation": IRRIGATION,
    }
    for name in LAYER_NAMES:
        attrs: dict[str, Any] = {"long_name": _LONG_NAMES[name]}
        if name in flags:
            attrs["flag_values"] = list(flags[name])
            attrs["flag_meanings"] = list(flags[name].values())
        layer = xr.DataArray(arrays[name], dims=("y", "x"), coords=coords, name=name, attrs=attrs)
        layer.rio.write_crs(crs, inplace=True).rio.write_transform(transform, inplace=True)
        layers[name] = layer.rio.write_nodata(_NODATA[name], inplace=True)
    result = xr.Dataset(layers, attrs=attributes(inputs))
    if inputs.zones is not None:
        named = {
            "zone": [str(label) for label in inputs.zone_labels],
            "altitude_band": band_labels(model.edges),
            "grade": list(CLASS_LETTERS.values()),
        }
        for name, km2, words in (
            ("area_km2", to_km2, "area on the ellipsoid"),
            ("irrigation_km2", irrigated_km2, "area that needs irrigation"),
        ):
            text = {"units": "km2", "long_name": f"{words} by zone, altitude band and class"}
            result[name] = xr.DataArray(km2(table), dims=tuple(named), coords=named, attrs=text)
    return result


def attributes(inputs: Inputs) -> dict[str, str]:
    """Return the provenance of a result as plain strings, fit for raster tags."""
    source = str(inputs.dem.attrs.get("source", "the DEM given"))
    return model_attributes(inputs.model, notes=inputs.notes) | {"source": source}


def model_attributes(model: Model, *, notes: Sequence[str]) -> dict[str, str]:
    """Return use, weights and method of a model as plain strings."""
    use = model.use
    average = "mean" if use.aggregation == "mean" else "geometric mean"
    return {
        "use": use.id,
        "use_name": use.name_en,
        "use_name_zh": use.name_zh,
        "use_kind": use.kind,
        "crop": use.id,
        "crop_name": use.name_en,
        "crop_name_zh": use.name_zh,
        "evidence": "modelled",
        "method": f"FAO limiting condition; weighted {average} of fuzzy memberships; Horn slope",
        "weights": json.dumps({name: round(weight, 6) for name, weight in model.weights.items()}),
        "missing": ", ".join(model.missing),
        "notes": "; ".join(notes),
        "edges_m": ", ".join(f"{edge:g}" for edge in model.edges),
        "allow_steep": str(model.allow_steep).lower(),
        "management": use.management,
        "software": f"nanyi_gis {__version__}",
    }
