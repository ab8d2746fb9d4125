"""How sure the land of a crop is, for its page: intervals by county, township and distance to the bank, and chances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
        fields=atlas.once(("suitability", "fields"), uncertainty.KeptFields),
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


Known = Mapping[tuple[str, str], Mapping[Any, Any]]


def by_zone_and_class(table: pd.DataFrame) -> Known:
    """Return the rows of an interval table by zone and class."""
    return {(str(row["zone"]), str(row["class"])): row for row in table.to_dict("records")}


def rounded_areas(table: pd.DataFrame, known: Known) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return areas as their intervals support them, and how they read: * is unstable.

    Column ``wanmu`` is the land of S1 and S2 in 万亩, with its interval in the text.
    """
    zones = [str(zone) for zone in table["zone"]]
    rounded, texts = pd.DataFrame({"zone": zones}), {}
    for grade in suitability.CLASS_LETTERS.values():
        cells = [
            (float(value), *ends_of(known, zone, grade), _mark(known, zone, grade))
            for zone, value in zip(zones, table[grade], strict=True)
        ]
        rounded[grade] = [area_rounded(value, low, high) for value, low, high, _ in cells]
        texts[grade] = [area_text(value, low, high) + mark for value, low, high, mark in cells]
    good = [
        tuple(km2_to_wanmu(area) for area in (s1 + s2, *ends_of(known, zone, "S1+S2")))
        for zone, s1, s2 in zip(zones, table["S1"], table["S2"], strict=True)
    ]
    rounded["wanmu"] = [area_rounded(*one) for one in good]
    texts["wanmu"] = [
        f"{area_text(*one)} ({interval_text(*one[1:])})" + _mark(known, zone, "S1+S2")
        for zone, one in zip(zones, good, strict=True)
    ]
    return rounded, texts


def ends_of(known: Known, zone: str, grade: str) -> tuple[float, float]:
    """Return the interval of a zone and class in km², NaN where it is not known."""
    row = known.get((zone, grade), {})
    return float(row.get("low_km2", np.nan)), float(row.get("high_km2", np.nan))


def figure_span(low: float, high: float) -> dict[str, float]:
    """Return low and high of a figure as the interval supports them; nothing where it is not known."""
    if not np.isfinite(low + high):
        return {}
    return {"low": area_rounded(low, low, high), "high": area_rounded(high, low, high)}


def _mark(known: Known, zone: str, grade: str) -> str:
    return "*" if known.get((zone, grade), {}).get("unstable") else ""
