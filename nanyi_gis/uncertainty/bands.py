"""Altitude bands under the error of the DEM: probability of a cell, areas of the bands."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._kernels import uncertainty as kernels
from .._limits import hold_samples
from .._progress import Progress
from .._validation import check_count, check_edges, check_non_negative
from ..errors import ParameterError
from ..raster import Grid, processors, strips
from ..suitability import AREA_UNIT_M2, Frame, as_heights, nodata_of
from ..terrain import PLAN_EDGES, band_labels
from .fields import Lattice

Floats = npt.NDArray[np.float32]

BATCH_BYTES = 96_000_000
_KM2 = AREA_UNIT_M2 * 1e-6


def band_probability(
    dem: xr.DataArray,
    *,
    edges: Sequence[float] = PLAN_EDGES,
    sigma: float,
    correlation_length: float = 0.0,
    samples: int = 0,
    seed: int = 0,
    every_band: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.DataArray:
    """Return the probability that a cell lies in its altitude band, given the error of the DEM.

    The error is Gaussian with standard deviation ``sigma``. What a single cell does depends on
    that alone, not on how errors of neighbours are correlated, so the probability has a closed
    form: Φ((upper - z)/σ) - Φ((lower - z)/σ). With ``samples`` it is instead counted on sampled
    surfaces with correlated errors, which serves as a check; areas of bands do depend on the
    correlation, see :func:`band_area_distribution`.

    Parameters
    ----------
    dem : xarray.DataArray
        Elevations in metres, dimensions ``y, x``, with a CRS; NumPy- or Dask-backed.
    edges : sequence of float
        Lower-inclusive edges of the bands, m.
    sigma : float
        Standard deviation of the error, m; 0 gives probability 1.
    correlation_length : float
        Distance in metres at which the correlation of errors has fallen to 1/e; matters with samples only.
    samples : int
        Number of sampled surfaces; 0 for the closed form.
    seed : int
        Seed of the samples.
    every_band : bool
        Return the probability of each band on a first dimension ``band`` (closed form only).

    Returns
    -------
    xarray.DataArray
        float32 on the DEM's grid, NaN where unknown. ``attrs["standard_error"]`` is the largest
        standard error of a counted probability (0 for the closed form).

    Raises
    ------
    ParameterError
        If an option breaks a rule.
    DataError
        If the DEM cannot be used.

    >>> flat = xr.DataArray(np.full((1, 2), 700, "float32"), dims=("y", "x"),
    ...                     coords={"y": [3100000.0], "x": [550000.0, 550030.0]}).rio.write_crs("EPSG:4544")
    >>> flat = flat.rio.write_transform(__import__("affine").Affine(30, 0, 549985, 0, -30, 3100015))
    >>> band_probability(flat, edges=[700], sigma=10).values.tolist()
    [[0.5, 0.5]]
    """
    # Edges in single precision, as the heights are: a height on an edge then falls into the same band as on the map.
    limits = np.array(check_edges(edges), np.float32)
    spread = check_non_negative(sigma, name="sigma", unit="m")
    length = check_non_negative(correlation_length, name="correlation_length", unit="m")
    count = check_count(samples, name="samples", least=0)
    if count and every_band:
        raise ParameterError("every_band is set with samples, but only the closed form gives every band; drop one")
    grid = Grid.of(dem)
    nodata = nodata_of(dem)
    if count:
        sampled = _sample_bands(dem, limits, spread, length, count, seed, hits=True, threads=threads, progress=progress)
        # The share of samples in which a cell stayed in its band; cells without a height are taken out again.
        values: Any = (sampled.hits / np.float32(count))[np.newaxis]
        values[:, np.isnan(as_heights(np.asarray(dem.data), nodata))] = np.nan
    else:
        bands = limits.size + 1 if every_band else 1
        values = _closed_form(dem, limits, spread, bands, nodata, threads=threads, progress=progress)
    coords: dict[Any, Any] = {name: dem.coords[name] for name in ("y", "x") if name in dem.coords}
    dims: tuple[str, ...] = ("y", "x")
    if every_band:
        dims = ("band", *dims)
        coords["band"] = band_labels(edges)
    result = xr.DataArray(
        values if every_band else values[0],
        dims=dims,
        coords=coords,
        name="band_probability",
        attrs={
            "long_name": "probability of the cell's altitude band",
            "evidence": "modelled",
            "sigma_m": spread,
            "correlation_length_m": length,
            "samples": count,
            "seed": seed,
            "standard_error": 0.5 / math.sqrt(count) if count else 0.0,
        },
    )
    result.rio.write_crs(dem.rio.crs, inplace=True).rio.write_transform(grid.transform, inplace=True)
    placed: xr.DataArray = result.rio.write_nodata(np.nan, inplace=True)
    return placed


def band_area_distribution(
    dem: xr.DataArray,
    *,
    edges: Sequence[float] = PLAN_EDGES,
    sigma: float,
    correlation_length: float = 0.0,
    samples: int = 200,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return how the area of each altitude band scatters under the error of the DEM.

    The expected area has a closed form. So has its spread where errors are independent
    (``correlation_length`` 0), and then nothing is sampled. Otherwise surfaces with errors of
    correlation exp(-(d / length)²) are sampled.

    Returns
    -------
    DataFrame
        One row a band: ``band``, ``area_km2`` as the DEM has it, ``expected_km2``, ``sd_km2``,
        ``p05_km2``, ``p95_km2``, ``standard_error_km2`` of the sampled mean (0 where closed),
        ``sampled_mean_km2``, ``samples``.
    """
    limits = np.array(check_edges(edges), np.float32)
    spread = check_non_negative(sigma, name="sigma", unit="m")
    length = check_non_negative(correlation_length, name="correlation_length", unit="m")
    count = check_count(samples, name="samples", least=2)
    # Without error the expected area is the area itself.
    sharp, _ = _moments(dem, limits, 0.0)
    expected, variance = _moments(dem, limits, spread)
    sd = np.sqrt(variance)
    table = pd.DataFrame({"band": band_labels(edges)})
    table["area_km2"], table["expected_km2"] = sharp * _KM2, expected * _KM2
    # Independent errors of many cells: the sum is as good as normal, so 5 and 95 % lie 1.645 standard deviations off.
    if length == 0 or spread == 0:
        table["sd_km2"] = sd * _KM2
        table["p05_km2"], table["p95_km2"] = (expected - 1.645 * sd) * _KM2, (expected + 1.645 * sd) * _KM2
        return table.assign(standard_error_km2=0.0, sampled_mean_km2=expected * _KM2, samples=0)
    areas = _sample_bands(dem, limits, spread, length, count, seed, threads=threads, progress=progress).areas * _KM2
    table["sd_km2"] = areas.std(axis=0, ddof=1)
    table["p05_km2"], table["p95_km2"] = np.quantile(areas, [0.05, 0.95], axis=0)
    table["standard_error_km2"] = table["sd_km2"] / math.sqrt(count)
    return table.assign(sampled_mean_km2=areas.mean(axis=0), samples=count)


@dataclass(frozen=True)
class _Sampled:
    areas: npt.NDArray[np.float64]
    hits: npt.NDArray[Any]


def _closed_form(
    dem: xr.DataArray,
    limits: Floats,
    sigma: float,
    bands: int,
    nodata: float | None,
    *,
    threads: int | None,
    progress: Progress | None,
) -> Any:
    def block(values: npt.NDArray[Any]) -> Floats:
        out = np.empty((bands, *values.shape), np.float32)
        kernels.band_probability_block(as_heights(values, nodata), limits, sigma, out)
        return out

    # Dask calculates block by block when asked; a cell needs no neighbour, so blocks need no margin.
    if dem.chunks is not None:
        return dem.data.map_blocks(
            block,
            dtype=np.float32,
            new_axis=0,
            chunks=((bands,), *dem.chunks),
            meta=np.empty((0, 0, 0), np.float32),
        )
    values = np.asarray(dem.data)
    out = np.empty((bands, *values.shape), np.float32)
    parts = strips(*values.shape)

    def work(rows: slice) -> None:
        kernels.band_probability_block(as_heights(values[rows], nodata), limits, sigma, out[:, rows])

    with ThreadPoolExecutor(processors(threads)) as pool:
        for done, _ in enumerate(pool.map(work, parts), start=1):
            if progress is not None:
                progress(done / len(parts))
    return out


def _moments(
    dem: xr.DataArray, limits: Floats, sigma: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    frame = Frame.of(Grid.of(dem))
    mean, variance = np.zeros(limits.size + 1), np.zeros(limits.size + 1)
    for rows in strips(*dem.shape):
        part = frame.part(rows)
        z = as_heights(np.asarray(dem.data[rows]), nodata_of(dem))
        kernels.band_moments_block(z, limits, sigma, part.area_nodes, part.per_node, 0, mean, variance)
    return mean, variance


def _sample_bands(
    dem: xr.DataArray,
    limits: Floats,
    sigma: float,
    length: float,
    samples: int,
    seed: int,
    *,
    hits: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> _Sampled:
    hold_samples(samples, cells=dem.size)
    frame = Frame.of(Grid.of(dem))
    height, width = dem.shape
    values = np.asarray(dem.data)
    # Metres of a cell: the frame holds Horn's factor, 1 over eight times the spacing.
    cell = 1 / (8 * max(float(np.median(np.abs(frame.per_x))), 1e-12)), 1 / (8 * float(np.median(np.abs(frame.per_y))))
    lattice = Lattice.of(height, width, cell_x=cell[0], cell_y=cell[1], length=length)
    # One area a row: that of its mean cell.
    middle = frame.area_nodes.mean(axis=1)
    areas = np.zeros((samples, limits.size + 1))
    counts = np.zeros((height, width) if hits else (0, 0), np.uint16 if samples < 1 << 16 else np.uint32)
    parts = strips(height, width)
    # A seed a sample, so that the result depends neither on threads nor on the batch.
    seeds = np.random.SeedSequence(check_count(seed, name="seed", least=0)).spawn(samples)
    # As many error fields at once as fit into the memory allowed.
    batch = max(1, min(samples, BATCH_BYTES // (4 * lattice.rows * lattice.columns)))
    with ThreadPoolExecutor(processors(threads)) as pool:
        for start in range(0, samples, batch):
            chosen = seeds[start : start + batch]
            fields = np.empty((len(chosen), lattice.rows, lattice.columns), np.float32)
            list(pool.map(lambda k, f=fields, c=chosen: f.__setitem__(k, lattice.field(c[k])), range(len(chosen))))

            def work(rows: slice, fields: Floats = fields) -> npt.NDArray[np.float64]:
                found = np.zeros((fields.shape[0], limits.size + 1))
                kernels.sampled_bands_block(
                    as_heights(values[rows], nodata_of(dem)),
                    limits,
                    np.float32(sigma),
                    fields,
                    rows.start,
                    lattice.per_row,
                    lattice.left,
                    lattice.share,
                    lattice.norm,
                    lattice.rho_y,
                    middle[rows],
                    found,
                    counts[rows] if hits else counts,
                )
                return found

            # Strips come back in their order, so the sums are the same each time.
            for found in pool.map(work, parts):
                areas[start : start + len(chosen)] += found
            if progress is not None:
                progress((start + len(chosen)) / samples)
    return _Sampled(areas, counts)
