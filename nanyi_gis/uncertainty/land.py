"""How much land is suitable, given what is uncertain of climate, limits and heights together."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from affine import Affine

from .._limits import hold_samples
from .._progress import Progress
from .._validation import check_count
from ..climate import Climate, load_climate
from ..raster import ZoneLike
from ..suitability import (
    AREA_UNIT_M2,
    CLASS_LETTERS,
    Inputs,
    LandUse,
    as_heights,
    beside,
    nodata_of,
    prepare,
    the_use,
)
from ..units import km2_to_wanmu
from .fields import KeptFields
from .heights import HeightError
from .sampled import Counted, Sheets, Thinned, count_classes
from .scenarios import SIGNS, Constant, Scenarios, drawn, one_at_a_time

Floats = npt.NDArray[np.float64]

TOTAL = "all zones"
TOGETHER: dict[str, tuple[str, ...]] = {
    "S1": ("S1",), "S2": ("S2",), "S3": ("S3",), "N": ("N",), "S1+S2": ("S1", "S2"), "S1+S2+S3": ("S1", "S2", "S3"),
}  # fmt: skip
LOW, HIGH = 0.05, 0.95
JUMP = 0.25
_LEAST_JUMP = 0.001  # of the zone's land: less is no jump, however little there was
COLUMNS = (
    "crop", "zone", "class", "area_km2", "low_km2", "median_km2", "high_km2", "area_wanmu", "low_wanmu", "high_wanmu",
    "unstable", "constant", "constant_zh", "constant_down_km2", "constant_up_km2",
)  # fmt: skip


@dataclass(frozen=True)
class SampledLand:
    """Areas in km² by class S1 to N, and how often each picked cell is S1 or S2.

    Attributes
    ----------
    best : float64 (zones, 4)
        As the map has it.
    sampled : float64 (samples, zones, 4)
        With all constants drawn at once.
    moved : float64 (constants, 2, zones, 4)
        With one constant a standard deviation lower, then higher.
    constants : tuple of Constant
        Those of ``moved``.
    hits : uint32 (rows, columns)
        Number of samples in which a picked cell is S1 or S2.
    thinned : Thinned
        Which cells are picked.
    """

    best: Floats
    sampled: Floats
    moved: Floats
    constants: tuple[Constant, ...]
    hits: npt.NDArray[np.uint32]
    thinned: Thinned

    def grouped(self, groups: Sequence[Sequence[int]]) -> "SampledLand":
        """Return the areas of groups of zones, each the sum of its rows."""
        best, sampled, moved = (
            np.stack([each[..., list(rows), :].sum(axis=-2) for rows in groups], axis=-2)
            for each in (self.best, self.sampled, self.moved)
        )
        return SampledLand(best, sampled, moved, self.constants, self.hits, self.thinned)


def suitability_doubt(
    dem: xr.DataArray,
    *,
    use: str | os.PathLike[str] | LandUse | None = None,
    crop: str | os.PathLike[str] | LandUse | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    layers: Mapping[str, xr.DataArray] | None = None,
    zones: ZoneLike = None,
    allow_steep: bool = False,
    samples: int = 200,
    seed: int = 0,
    sigma: float | None = None,
    correlation_length: float | None = None,
    step: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return how sure the classes of land are, given the errors of climate, limits and heights together.

    In each sample all constants of the climate are drawn within their uncertainties
    (:meth:`nanyi_gis.climate.Climate.draw`), the limits of every criterion shift by their stated standard deviation
    (:meth:`nanyi_gis.suitability.LandUse.draw`), and the heights err (:class:`nanyi_gis.uncertainty.HeightError`): half
    of the variance is shared by neighbours and half belongs to each cell alone. The class is then found as for the
    map, by the worst criterion. Besides, each constant is moved alone by one standard deviation down and up.

    Parameters
    ----------
    dem, use, crop, climate, layers, zones, allow_steep
        As for :func:`nanyi_gis.suitability.evaluate`. A Dask-backed DEM is loaded.
    samples, seed : int
        Number of samples, and their seed; the same seed draws the same climate and heights for every use.
    sigma : float, optional
        Standard deviation of the heights' error, m; that of the DEM's tag ``HEIGHT_RMSE_M``, else 10.
    correlation_length : float, optional
        Distance at which the correlation of its shared part has fallen to 1/e, m; 2,000 if not given.
    step : int
        Judge one cell in each block of ``step`` by ``step``, slope and all as on the whole grid, for speed.
    threads, progress
        As for :func:`nanyi_gis.suitability.evaluate`.

    Returns
    -------
    xarray.Dataset
        ``probability`` of S1 or S2 (y, x), float32, NaN where unknown, on the DEM's grid or every ``step``-th cell;
        ``area_km2`` (sample, zone, class); ``best_km2`` (zone, class) of the map itself; ``moved_km2`` (constant,
        direction, zone, class). ``attrs["standard_error"]`` is the largest of a probability. See :func:`doubt_table`.

    Raises
    ------
    ParameterError, DataError
        As for :func:`nanyi_gis.suitability.evaluate`; if samples, sigma or step break a rule.

    >>> flat = xr.DataArray(np.full((3, 3), 700, "float32"), dims=("y", "x"),
    ...                     coords={"y": [3100090.0, 3100060.0, 3100030.0], "x": [550000.0, 550030.0, 550060.0]})
    >>> found = suitability_doubt(flat.rio.write_crs("EPSG:4544"), use="plum", samples=20)
    >>> found["area_km2"].sum("class").values.round(4).max().item()  # nine cells of 30 m, whatever their class
    0.0081
    """
    count = check_count(samples, name="samples")
    hold_samples(count, cells=dem.size // check_count(step, name="step") ** 2)
    error = HeightError.of(dem.attrs, sigma=sigma, correlation_length=correlation_length)
    own = load_climate(climate)
    inputs = prepare(
        dem.compute() if dem.chunks is not None else dem,
        use=the_use(use, crop),
        layers=layers,
        climate=own,
        zones=zones,
        allow_steep=allow_steep,
    )
    labels = [str(label) for label in inputs.zone_labels]
    land = sampled_land(
        inputs,
        own,
        sheets=_sheet(inputs),
        zones=len(labels),
        samples=count,
        seed=check_count(seed, name="seed", least=0),
        error=error,
        step=step,
        threads=threads,
        progress=progress,
    )
    letters = list(CLASS_LETTERS.values())
    coords: dict[Any, Any] = {
        "zone": labels,
        "class": letters,
        "direction": [int(sign) for sign in SIGNS],
        "constant": [constant.id for constant in land.constants],
        "constant_en": ("constant", [constant.name_en for constant in land.constants]),
        "constant_zh": ("constant", [constant.name_zh for constant in land.constants]),
    }
    return xr.Dataset(
        {
            "probability": probability_of(inputs, land, count),
            "area_km2": (("sample", "zone", "class"), land.sampled),
            "best_km2": (("zone", "class"), land.best),
            "moved_km2": (("constant", "direction", "zone", "class"), land.moved),
        },
        coords=coords,
        attrs=doubt_attributes(inputs, count, seed, error) | {"step": step},
    )


def doubt_table(doubt: xr.Dataset) -> pd.DataFrame:
    """Return the areas of :func:`suitability_doubt` with their interval, one row a zone and class.

    Returns
    -------
    DataFrame
        ``crop``, ``zone`` (and all zones together), ``class`` (S1, S2, S3, N, and S1+S2, S1+S2+S3 together),
        ``area_km2`` of the map, ``low_km2``, ``median_km2`` and ``high_km2`` (5, 50 and 95 % of the samples), the same
        in 万亩; ``unstable`` where one constant that moves by one standard deviation moves the area by more than a
        quarter, and then the ``constant`` that moves it most, with the area for it lower and higher.
    """
    constants = tuple(
        Constant(str(ident), str(en), str(zh), 0.0)
        for ident, en, zh in zip(
            doubt["constant"].values, doubt["constant_en"].values, doubt["constant_zh"].values, strict=True
        )
    )
    return table_of(
        str(doubt.attrs["use"]),
        [str(zone) for zone in doubt["zone"].values],
        best=doubt["best_km2"].values,
        sampled=doubt["area_km2"].values,
        moved=doubt["moved_km2"].values,
        constants=constants,
    )


def table_of(
    use: str, names: Sequence[str], *, best: Floats, sampled: Floats, moved: Floats, constants: Sequence[Constant]
) -> pd.DataFrame:
    """Return rows of zone and class with their interval, as :func:`doubt_table`."""
    several = len(names) > 1
    zones = [*names, *([TOTAL] if several else [])]
    whole = [np.concatenate([each, each.sum(axis=-2, keepdims=True)], axis=-2) if several else each
             for each in (best, sampled, moved)]  # fmt: skip
    letters = list(CLASS_LETTERS.values())
    rows = []
    for z, zone in enumerate(zones):
        land = float(whole[0][z].sum())
        for name, parts in TOGETHER.items():
            picked = [letters.index(part) for part in parts]
            own, many, each = (areas[..., z, picked].sum(axis=-1) for areas in whole)
            low, median, high = np.quantile(many, [LOW, 0.5, HIGH])
            jump = _jump(float(own), each, constants, land)
            rows.append((use, zone, name, *_in_units(float(own), low, median, high), *jump))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def interval_of(sampled: Floats) -> pd.DataFrame:
    """Return the interval of S1 and S2, and of all three classes, one row a zone of (samples, zones, 4) in km²."""
    good, every = (np.quantile(sampled[..., :last].sum(axis=-1), [LOW, HIGH], axis=0) for last in (2, 3))
    names = ("low_km2", "high_km2", "low_with_s3_km2", "high_with_s3_km2")
    return pd.DataFrame(dict(zip(names, (*good, *every), strict=True)))


def _in_units(best: float, low: float, median: float, high: float) -> tuple[float, ...]:
    return (best, low, median, high, km2_to_wanmu(best), km2_to_wanmu(low), km2_to_wanmu(high))


def _jump(best: float, moved: Floats, constants: Sequence[Constant], land: float) -> tuple[Any, ...]:
    """Return whether one constant moves an area by more than a quarter, which moves it most, and how far."""
    if not len(constants):
        return False, "", "", np.nan, np.nan
    change = np.abs(moved - best).max(axis=1)
    worst = int(change.argmax())
    jumps = change[worst] > max(JUMP * best, _LEAST_JUMP * land)
    if not jumps:
        return False, "", "", np.nan, np.nan
    found = constants[worst]
    return True, found.name_en, found.name_zh, float(moved[worst, 0]), float(moved[worst, 1])


def sampled_land(
    inputs: Inputs,
    climate: Climate,
    *,
    sheets: Sheets,
    zones: int,
    samples: int,
    seed: int,
    error: HeightError,
    step: int = 1,
    fields: KeptFields | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> SampledLand:
    """Judge land in all samples, and with each constant moved alone.

    ``sheets`` (n, height, width) tell to which of the ``zones`` each cell counts, negative for none. Several uses of
    the same land share ``fields``, so that the errors of the heights are drawn once.
    """
    height, width = inputs.dem.shape
    thinned = Thinned.of(height, width, step)

    def counted(scenarios: Scenarios, heights: HeightError | None, told: Progress | None) -> Counted:
        return count_classes(
            inputs,
            scenarios,
            sheets=sheets,
            zones=zones,
            thinned=thinned,
            error=heights,
            fields=fields,
            threads=threads,
            progress=told,
        )

    constants, alone = one_at_a_time(inputs, climate, error)
    single = counted(alone, None, None).km2
    found = counted(drawn(inputs, climate, samples=samples, seed=seed), error, progress)
    scale = _scale(inputs, sheets, single[0].sum(axis=1)) if step > 1 else np.ones(zones)
    single, many = single * scale[:, np.newaxis], found.km2 * scale[:, np.newaxis]
    moved = single[1:].reshape(len(constants), len(SIGNS), zones, single.shape[-1])
    return SampledLand(single[0], many, moved, constants, found.hits, thinned)


def probability_of(inputs: Inputs, land: SampledLand, samples: int) -> xr.DataArray:
    """Return the share of samples in which each picked cell is S1 or S2, placed; NaN where the height is unknown."""
    thinned, dem = land.thinned, inputs.dem
    values = land.hits / np.float32(samples)
    heights = as_heights(np.asarray(dem.data)[np.ix_(thinned.rows, thinned.columns)], nodata_of(dem))
    values[np.isnan(heights)] = np.nan
    picked = {"y": thinned.rows, "x": thinned.columns}
    coords = {name: dem.coords[name].values[index] for name, index in picked.items() if name in dem.coords}
    layer = xr.DataArray(values.astype(np.float32), dims=("y", "x"), coords=coords, name="probability")
    corner = (int(index[0]) + 0.5 - thinned.step / 2 for index in (thinned.columns, thinned.rows))
    transform = inputs.grid.transform * Affine.translation(*corner) * Affine.scale(thinned.step)
    layer.rio.write_crs(dem.rio.crs, inplace=True).rio.write_transform(transform, inplace=True)
    placed: xr.DataArray = layer.rio.write_nodata(np.nan, inplace=True)
    placed.attrs["long_name"] = "probability of S1 or S2"
    return placed


def doubt_attributes(inputs: Inputs, samples: int, seed: int, error: HeightError) -> dict[str, Any]:
    """Return what a reader must know of sampled land."""
    return {
        "use": inputs.model.use.id,
        "evidence": "modelled",
        "samples": samples,
        "seed": seed,
        "sigma_m": error.sigma,
        "correlation_length_m": error.length,
        "standard_error": 0.5 / np.sqrt(samples),
        "notes": "; ".join(inputs.notes),
    }


def _sheet(inputs: Inputs) -> Sheets:
    """Return the zones of an evaluation as one sheet; the whole raster if it has none."""
    if inputs.zones is None:
        return np.zeros((1, *inputs.dem.shape), np.int32)
    _, _, zones = beside(inputs, slice(0, inputs.dem.shape[0]))
    assert zones is not None  # noqa: S101  (there are zones)
    return zones[np.newaxis]


def _scale(inputs: Inputs, sheets: Sheets, picked: Floats) -> Floats:
    """Return the land of each zone over that of its picked cells; 1 for a zone without any."""
    rows = inputs.frame.area_nodes.mean(axis=1) * AREA_UNIT_M2 * 1e-6
    known = ~np.isnan(as_heights(np.asarray(inputs.dem.data), nodata_of(inputs.dem)))
    land = np.zeros(picked.size)
    for sheet in sheets:
        here = known & (sheet >= 0)
        areas = np.broadcast_to(rows[:, np.newaxis], here.shape)[here]
        land += np.bincount(sheet[here], weights=areas, minlength=picked.size)
    return np.divide(land, picked, out=np.ones(picked.size), where=picked > 0)
