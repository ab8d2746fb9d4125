"""How sure the land of a crop is, for its page: intervals by county, township and distance to the bank, and chances."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from .. import suitability, uncertainty
from ..io import like
from ..units import area_rounded, area_text, interval_text, km2_to_wanmu
from .context import Atlas

SAMPLES = 200
PICKED_CELLS = 100_000


@dataclass(frozen=True)
class CropDoubt:
    """What is uncertain of a crop's land.

    Attributes
    ----------
    counties, townships : DataFrame
        As :func:`nanyi_gis.uncertainty.doubt_table`; counties by their Chinese names.
    reach : DataFrame or None
        Interval of the land within each distance of the bank.
    chance : DataArray
        Probability of S1 or S2 on the DEM's grid, in blocks of the cells that were judged.
    step, sigma : int, float
        One cell in each block of ``step`` by ``step`` was judged; error of the heights in metres.
    """

    counties: pd.DataFrame
    townships: pd.DataFrame
    reach: pd.DataFrame | None
    chance: xr.DataArray
    step: int
    sigma: float


def crop_doubt(atlas: Atlas, crop: suitability.Crop, townships: xr.DataArray) -> CropDoubt:
    """Sample the land of a crop on part of the cells, so that the whole atlas takes seconds."""
    climate = suitability.load_climate(atlas.study.climate)
    inputs = suitability.prepare(
        atlas.dem,
        use=crop,
        edges=atlas.study.edges,
        climate=climate,
        zones=townships,
        layers=atlas.rasters_for(crop),
    )
    names, counties = list(townships.attrs["names"]), list(townships.attrs["counties"])
    partition = suitability.Partition.of(atlas.study.counties, inputs.grid, frontage=atlas.study.frontage, uses=[crop])
    sheets = [townships.values.astype(np.int32) - 1]
    if partition.rings:
        sheets += [np.where(sheet >= 0, sheet + len(names), -1) for sheet in partition.sheets(inputs.grid)]
    step = max(1, round((atlas.dem.size / PICKED_CELLS) ** 0.5))
    error = uncertainty.HeightError.of(atlas.dem.attrs)
    land = uncertainty.sampled_land(
        inputs,
        climate,
        sheets=np.stack(sheets),
        zones=len(names) + (partition.count if partition.rings else 0),
        samples=SAMPLES,
        seed=0,
        error=error,
        step=step,
    )
    own = list(dict.fromkeys(counties))
    by_county = [[k for k, county in enumerate(counties) if county == name] for name in own]
    reach = None
    if partition.rings:
        groups = [[len(names) + row for row in rows] for rows in partition.groups_within]
        within = uncertainty.interval_of(land.grouped(groups).sampled)
        reach = within.assign(within_km=list(partition.rings))
    return CropDoubt(
        counties=_table(crop, own, land.grouped(by_county)),
        townships=_table(crop, names, land.grouped([[k] for k in range(len(names))])),
        reach=reach,
        chance=_whole(atlas, land),
        step=step,
        sigma=error.sigma,
    )


def _table(crop: suitability.Crop, names: Sequence[str], land: uncertainty.SampledLand) -> pd.DataFrame:
    return uncertainty.table_of(
        crop.id, names, best=land.best, sampled=land.sampled, moved=land.moved, constants=land.constants
    )


def _whole(atlas: Atlas, land: uncertainty.SampledLand) -> xr.DataArray:
    """Return the chance of each cell that was judged, laid over its block."""
    step, share = land.thinned.step, land.hits / np.float32(SAMPLES)
    rows, columns = (
        np.minimum(np.arange(size) // step, last - 1) for size, last in zip(atlas.dem.shape, share.shape, strict=True)
    )
    values = share[rows[:, np.newaxis], columns[np.newaxis, :]]
    return like(atlas.dem, np.where(np.isnan(atlas.dem.values), np.nan, values).astype(np.float32), name="chance")


def rounded_areas(table: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return areas as text, each as its interval supports it, and the interval of S1 and S2 in 万亩."""
    rows = known.set_index(["zone", "class"])
    text = pd.DataFrame({"zone": table["zone"]})
    for grade in suitability.CLASS_LETTERS.values():
        text[grade] = [
            area_text(float(value), *ends_of(rows, zone, grade)) + ("*" if _jumps(rows, zone, grade) else "")
            for zone, value in zip(table["zone"], table[grade], strict=True)
        ]
    spans = [tuple(km2_to_wanmu(end) for end in ends_of(rows, zone, "S1+S2")) for zone in table["zone"]]
    text["wanmu"] = [
        interval_text(*span) + ("*" if _jumps(rows, zone, "S1+S2") else "")
        for zone, span in zip(table["zone"], spans, strict=True)
    ]
    return text


def ends_of(rows: pd.DataFrame, zone: str, grade: str) -> tuple[float, float]:
    """Return the interval of a zone and class in km², NaN where it is not known."""
    if (zone, grade) not in rows.index:
        return float("nan"), float("nan")
    row = rows.loc[(zone, grade)]
    return float(row["low_km2"]), float(row["high_km2"])


def _jumps(rows: pd.DataFrame, zone: str, grade: str) -> bool:
    return (zone, grade) in rows.index and bool(rows.loc[(zone, grade), "unstable"])


def figure_span(low: float, high: float) -> dict[str, float]:
    """Return low and high of a figure as the interval supports them; nothing where it is not known."""
    if not np.isfinite(low + high):
        return {}
    return {"low": area_rounded(low, low, high), "high": area_rounded(high, low, high)}
