"""Where water runs on a DEM, how much land drains through each cell, and how high it lies above its stream."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels import hydrology as kernels
from .._kernels import hydrology_flow as flow
from .._kernels import hydrology_passes as passes
from .._progress import Progress, silent
from .._validation import check_choice, check_positive
from ..errors import ParameterError
from ..raster import in_strips, like
from .burn import cell_width
from .depressions import COARSE_M
from .dinf import facets, shared_total
from .streams import default_threshold
from .surface import Ground

METHODS = ("d8", "dinf")
DEPRESSIONS = ("fill", "breach")

Cells = npt.NDArray[np.int64]

_WAYS = "ESRI codes: E 1, SE 2, S 4, SW 8, W 16, NW 32, N 64, NE 128; 0 leaves the raster"


def drainage(
    dem: xr.DataArray,
    *,
    method: str = "d8",
    depressions: str = "fill",
    fixed: xr.DataArray | None = None,
    streams_km2: float | None = None,
    true_area: bool = False,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return the surface on which every cell drains, where each cell runs to, and what drains through it.

    Each cell first runs to its steepest lower neighbour (O'Callaghan and Mark 1984), a flat to its nearest rim; which
    parts the DEM into basins of pits. The lowest passes that join all basins with the outside are a minimum spanning
    tree (Cordonnier, Bovy and Braun 2019), and the water of a hollow leaves over the pass that the tree gives it.
    ``fill`` raises each hollow to the highest pass on its way out, the least surface on which no cell is
    shut in; ``breach`` raises nothing and cuts from each pit a channel over its pass, as deep as the pit. Directions
    are then those of steepest descent on the new surface; where nothing is lower, on a filled lake or in a cut, water
    runs along the bed to the outlet. Ties are told by the lower bed, the order of ``E, SE, S, ...`` and the number of
    the cell, so that threads, Dask blocks and the order of rows change no bit.

    Water leaves at the edge of the raster and beside nodata, where nothing inside is lower, and in ``fixed`` cells.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, dims ``y, x``, with a CRS, in metres or degrees (slopes are then true, by latitude); NumPy or
        Dask. Dask blocks are read one by one; the work is then shared by threads in memory.
    method : {"d8", "dinf"}
        All water to one of eight neighbours, or shared by two of them in the direction of the steepest triangle
        (Tarboton 1997). The latter adds ``angle`` and makes ``accumulation`` a sum of shares; directions, streams and
        ``hand`` stay those of eight.
    depressions : {"fill", "breach"}
        What is done with hollows. Neither asks whether a hollow is real, as in karst.
    fixed : xarray.DataArray of bool, optional
        Cells on the grid of ``dem`` that keep their height and in which water ends: sea, lakes, sinks.
    streams_km2 : float, optional
        Cells through which so many square kilometres drain are streams. If not given, 1, or a hundredth of a smaller
        DEM; but where cells are wider than 100 m there is then no ``hand``, and a note says so: gorges look like dams.
    true_area : bool
        Adds ``accumulation_km2``, the true area of the cells that drain through each.
    progress : callable, optional
        Takes the share of work done.

    Returns
    -------
    xarray.Dataset
        On the grid of ``dem``, in Dask blocks if it is: ``filled`` (m, type of the heights, NaN without), ``direction``
        (uint8: E 1, SE 2, S 4, SW 8, W 16, NW 32, N 64, NE 128; 0 where water leaves, 255 nodata), ``accumulation``
        (int32 cells, itself included, 0 nodata), ``hand`` (float32 m above the stream cell that it drains to, both on
        ``filled``; NaN where it leaves the raster before), with ``true_area``
        ``accumulation_km2`` (float64), with ``dinf`` ``angle`` (float32 degrees clockwise from north, -1 where water
        leaves) and ``accumulation`` in float64. ``attrs``: ``method``, ``depressions``, ``pits`` (hollows, each with
        one lowest place), ``raised_m3``, ``lowered_m3``, ``cells_changed``, ``outlets``, ``streams_km2``,
        ``cells_without_stream`` and ``notes``.

    Raises
    ------
    DataError
        If the DEM has no CRS, an uneven or stretched grid or no height at all; if ``fixed`` is on another grid.
    ParameterError
        If a name is unknown, or ``streams_km2`` is less than a cell.

    Examples
    --------
    A hollow of 2 m behind a sill at 7 m, filled and breached:

    >>> dem = xr.DataArray(np.array([[9, 9, 9, 9], [9, 5, 7, 3], [9, 9, 9, 9]], "float32"), dims=("y", "x"))
    >>> dem = dem.assign_coords(y=[50.0, 30, 10], x=[10.0, 30, 50, 70]).rio.write_crs("EPSG:4544")
    >>> water = drainage(dem, depressions="fill")
    >>> water["filled"].values[1].tolist(), water.attrs["raised_m3"], water["direction"].values[1].tolist()
    ([9.0, 7.0, 7.0, 3.0], 800.0, [1, 1, 1, 0])
    >>> drainage(dem, depressions="breach")["filled"].values[1].tolist()
    [9.0, 5.0, 5.0, 3.0]
    >>> int(water["accumulation"].max())
    12
    """
    if method in DEPRESSIONS:
        raise ParameterError(f"method is {method!r}, but that is done with hollows; give depressions={method!r}")
    check_choice(method, METHODS, name="method")
    check_choice(depressions, DEPRESSIONS, name="depressions")
    least = None if streams_km2 is None else check_positive(streams_km2, name="streams_km2", unit="km²")
    ground = Ground.of(dem, fixed=fixed)
    if least is not None:
        _hold_threshold(ground, least)
    elif cell_width(ground.grid) <= COARSE_M * (1.0 + 1e-6):
        least = default_threshold(ground.grid)
    told = progress or silent
    shaped = _conditioned(ground, depressions, told)
    by_area = true_area or (least is not None and ground.grid.crs.is_geographic)
    found: dict[str, npt.NDArray[Any]] = {"filled": shaped.surface}
    cells = _gathered(shaped.way, _counted(shaped))
    told(0.8)
    unknown = 0
    areas, unit = None, 1.0
    shared = method == "dinf"
    if shared:
        parts, found["angle"] = facets(shaped.surface, shaped.way, ground.weights)
        found["accumulation"] = shared_total(parts, shaped.way)
    if by_area:
        areas, unit = ground.counted_areas()
        areas[shaped.way == kernels.NONE] = 0
        if true_area and shared:
            found["accumulation_km2"] = shared_total(parts, shaped.way, np.asarray(areas * (unit / 1e6), np.float64))
        areas = _gathered(shaped.way, areas)
    if least is not None:
        totals = cells if areas is None else areas
        whole = least * 1e6 / (ground.cell_area_m2() if areas is None else unit)
        found["hand"], unknown = _above_streams(shaped, totals, math.ceil(whole * (1.0 - 1e-12)))
    told(0.95)
    outlets = np.zeros(shaped.way.shape[0], np.int64)
    _each(shaped.way, lambda start, stop: flow.encode(shaped.way, outlets, start, stop))
    found["direction"] = shaped.way
    found.setdefault("accumulation", cells)
    if true_area and areas is not None:
        found.setdefault("accumulation_km2", areas * (unit / 1e6))
    attrs: dict[str, Any] = {"method": method, "depressions": depressions, **shaped.told}
    attrs["outlets"] = int(outlets.sum())
    if least is not None:
        attrs |= {"streams_km2": least, "cells_without_stream": unknown}
    attrs["notes"] = _notes(ground, shaped, depressions, above=least is not None)
    return _dataset(ground, found, attrs)


def _hold_threshold(ground: Ground, least: float) -> None:
    cell = ground.cell_area_m2() / 1e6
    if least < cell:
        raise ParameterError(
            f"streams_km2 is {least:g} km², but a cell of the DEM has {cell:.3g} km², so every cell would be a stream; "
            f"give more, e.g. {100 * cell:.2g}"
        )


@dataclass(frozen=True, eq=False)
class _Shaped:
    """A surface on which every cell drains, the ways of its cells, and what was changed."""

    surface: npt.NDArray[Any]
    way: npt.NDArray[np.uint8]
    spare: list[npt.NDArray[np.int32]]  # done with, to be used again: fresh memory costs as much as the work
    told: dict[str, Any]


def _each(raster: npt.NDArray[Any], work: Any) -> None:
    in_strips(work, 0, raster.shape[0], raster.shape[1])


def _conditioned(ground: Ground, depressions: str, progress: Progress) -> _Shaped:
    z, fixed, weights = ground.heights, ground.fixed, ground.weights
    offset = kernels.offsets(z.shape[1])
    way = np.empty(z.shape, np.uint8)
    still: list[int] = []
    _each(z, lambda start, stop: still.append(kernels.descend(z, fixed, weights, way, start, stop)))
    progress(0.1)
    steps = np.zeros(z.shape, np.int32)  # touched only where there are flats
    level_ground = kernels.cross_flats(z, way, steps, kernels.open_cells(way, sum(still)))
    label = np.empty(z.shape, np.int32)
    pits = _numbered(way, label)
    _each(z, lambda start, stop: kernels.label_basins(way, label, offset, start, stop))
    progress(0.25)
    gates: dict[int, tuple[Cells, npt.NDArray[np.uint8]]] = {}

    def look(start: int, stop: int) -> None:
        gates[start] = passes.find_passes(z, steps, weights, way, label, start, stop)

    _each(z, look)
    cells, over = (np.concatenate([gates[start][part] for start in sorted(gates)]) for part in range(2))
    order = _from_lowest(z.ravel()[cells], steps.ravel()[cells] if level_ground else None)
    gate, outward = passes.join_basins(label, pits.size, cells, over, offset, order)
    level = np.empty(pits.size + 1, z.dtype)
    passes.open_gates(z, way, label, cells, over, offset, gate, outward, level)
    progress(0.45)
    changed = np.zeros((z.shape[0], 2))
    surface: npt.NDArray[Any]
    if depressions == "fill":
        surface = np.empty_like(z)
        _each(z, lambda start, stop: passes.fill(z, label, level, surface, changed, start, stop))
        _each(
            z,
            lambda start, stop: passes.steer_filled(z, surface, fixed, label, level, weights, offset, way, start, stop),
        )
    else:
        surface = z.copy()
        passes.breach(way, label, pits[_from_lowest(z.ravel()[pits], None)], offset, surface)
        _each(z, lambda start, stop: passes.cut_rows(z, surface, changed, start, stop))
        _each(z, lambda start, stop: passes.steer_breached(z, surface, fixed, weights, way, start, stop))
    progress(0.6)
    volume = float((changed[:, 0] * ground.row_areas).sum())
    told = {
        "pits": int(pits.size),
        "raised_m3": volume if depressions == "fill" else 0.0,
        "lowered_m3": 0.0 if depressions == "fill" else volume,
        "cells_changed": int(changed[:, 1].sum()),
    }
    return _Shaped(surface, way, [steps, label], told)


def _numbered(way: npt.NDArray[np.uint8], label: npt.NDArray[np.int32]) -> Cells:
    """Return the cells of the pits in order, and begin the labels with their numbers."""
    counts: dict[int, int] = {}

    def count(start: int, stop: int) -> None:
        counts[start] = kernels.count_pits(way, start, stop)

    _each(way, count)
    starts = sorted(counts)
    first = dict(zip(starts, np.cumsum([0, *(counts[start] for start in starts)]).tolist(), strict=False))
    pits = np.empty(sum(counts.values()), np.int64)
    _each(way, lambda start, stop: kernels.number_pits(way, pits, label, first[start], start, stop))
    return pits


def _from_lowest(heights: npt.NDArray[Any], steps: npt.NDArray[np.int32] | None) -> Cells:
    """Return the order of passes by height, steps on a flat, and number, in which they are given."""

    def ascending(values: npt.NDArray[Any]) -> Cells:
        single = values.dtype == np.float32
        order: Cells = passes.ascending(values) if single else np.argsort(values, kind="stable")
        return order

    if steps is None:
        return ascending(heights)
    by_steps = np.argsort(steps, kind="stable")
    return by_steps[ascending(heights[by_steps])]


def _counted(shaped: _Shaped) -> npt.NDArray[np.int32]:
    """Return 1 for each cell with a height, else 0."""
    way, cells = shaped.way, shaped.spare.pop(0)
    _each(
        way,
        lambda start, stop: np.not_equal(way[start:stop], kernels.NONE, out=cells[start:stop], casting="unsafe"),
    )
    return cells


def _gathered(way: npt.NDArray[np.uint8], total: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add to each cell the totals of all cells that run into it, in place: strips first, then across them."""
    offset = kernels.offsets(way.shape[1])
    donors = np.empty(way.shape, np.uint8)
    _each(way, lambda start, stop: flow.count_donors(way, donors, start, stop))
    leaving: list[npt.NDArray[np.int64]] = []
    _each(way, lambda start, stop: leaving.append(flow.gather_strip(way, donors, total, offset, start, stop)))
    flow.gather_across(way, donors, total, offset, np.concatenate(leaving))
    return total


def _above_streams(shaped: _Shaped, totals: npt.NDArray[Any], least: int) -> tuple[npt.NDArray[np.float32], int]:
    way, surface = shaped.way, shaped.surface
    offset = kernels.offsets(way.shape[1])
    single = surface.dtype == np.float32
    base = shaped.spare.pop().view(np.float32) if single else np.empty(way.shape, surface.dtype)
    _each(way, lambda start, stop: base[start:stop].fill(-np.inf))
    _each(
        way,
        lambda start, stop: flow.stream_below(way, totals, least, surface, base, offset, start, stop),
    )
    unknown: list[int] = []
    _each(way, lambda start, stop: unknown.append(flow.above_base(surface, base, start, stop)))
    return base.astype(np.float32, copy=False), sum(unknown)


def _notes(ground: Ground, shaped: _Shaped, depressions: str, *, above: bool) -> list[str]:
    told = shaped.told
    notes = []
    if told["cells_changed"]:
        what, volume = ("raised", told["raised_m3"]) if depressions == "fill" else ("cut", told["lowered_m3"])
        notes.append(
            f"{told['pits']:,} hollows: {told['cells_changed']:,} cells were {what} by {volume / 1e6:,.1f} million m³ "
            "in all; in karst some of them are real"
        )
    missing = int(np.count_nonzero(np.isnan(ground.heights)))
    if missing:
        notes.append(f"water leaves beside the {missing:,} cells without height as it does at the edge")
    if not above:
        notes.append(
            f"cells are {cell_width(ground.grid):.0f} m wide, over {COARSE_M:g} m: gorges look like dams, so there is "
            "no hand; give streams_km2 to have it all the same"
        )
    return notes


def _dataset(ground: Ground, found: dict[str, npt.NDArray[Any]], attrs: dict[str, Any]) -> xr.Dataset:
    said: dict[str, tuple[dict[str, str], float]] = {
        "filled": ({"units": "m", "long_name": "surface on which every cell drains"}, math.nan),
        "direction": ({"units": "1", "long_name": _WAYS}, 255),
        "accumulation": ({"units": "1", "long_name": "cells that drain through, itself included"}, 0),
        "hand": ({"units": "m", "long_name": "height above the stream cell it drains to"}, math.nan),
        "angle": (
            {"units": "degree", "long_name": "clockwise from north; -1 where water leaves"},
            math.nan,
        ),
        "accumulation_km2": ({"units": "km2", "long_name": "true area that drains through, itself included"}, 0),
    }
    layers = {}
    for name, (words, nodata) in said.items():
        if name in found:
            values: Any = ground.as_given(found[name])
            if ground.dem.chunks is not None:
                import dask.array as da

                in_blocks: Any = da.from_array
                values = in_blocks(values, chunks=ground.dem.chunks, name=False)  # a name would be a hash of it all
            layer = like(ground.dem, values, name=name, attrs=words)
            layers[name] = layer.rio.write_nodata(nodata, inplace=True)  # or all of it would be copied
    return xr.Dataset(layers, attrs=attrs)
