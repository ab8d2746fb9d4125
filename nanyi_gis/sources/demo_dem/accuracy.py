"""How far the demonstration terrain is from the truth, measured and written as a table."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from ...study import StudyArea
from ...terrain import PLAN_EDGES, band_areas, elevation_bands, slope
from .known import check_heights

# Measured once on a real 15" DEM (de Ferranti) with the counties' outlines; that DEM may not be passed on.
REAL_MEAN_M = 984.0
REAL_DEVIATION_M = 316.0
REAL_SHARES = (0.219, 0.149, 0.332, 0.300)
CELL_RMSE_M = 181.0
"""Root mean square of the differences of cells, measured with that DEM."""


@dataclass(frozen=True)
class Accuracy:
    """Figures of a DEM over the counties.

    Attributes
    ----------
    mean_m, deviation_m, lowest_m, highest_m : float
        Of the heights, each cell weighing the same.
    shares : tuple of float
        Of the area below 700 m, from 700, from 900 and from 1,200 m (true areas).
    slope_mean_deg : float
        Mean slope (Horn) on the DEM's own cells.
    known : DataFrame
        Known heights inside the DEM: ``name_zh``, ``name_en``, ``known_m``, ``model_m``,
        ``error_m`` (of the cell that holds the point), ``in_counties``.
    checks : DataFrame
        The same of the seats whose height the model never saw.
    river_m : list of tuple
        First and last height of each unbroken stretch of the frontage, downstream.
    river_rise_m : float
        Largest rise from step to step (30 m) down the frontage; 0 or less if it only falls.
    """

    mean_m: float
    deviation_m: float
    lowest_m: float
    highest_m: float
    shares: tuple[float, ...]
    slope_mean_deg: float
    known: pd.DataFrame
    checks: pd.DataFrame
    river_m: list[tuple[float, float]]
    river_rise_m: float


def measure(dem: xr.DataArray, *, study: StudyArea, known: gpd.GeoDataFrame) -> Accuracy:
    """Return the accuracy figures of a DEM on the working grid.

    ``known`` are points in the study's CRS with ``elevation_m``, as `demo_dem.known_heights` gives them.
    """
    inside = study.rasterize_counties(dem).to_numpy() > 0
    heights = dem.to_numpy()[inside].astype(np.float64)
    areas = band_areas(elevation_bands(dem, edges=PLAN_EDGES), zones=study.counties)
    by_band = areas.groupby("band", sort=False)["area_km2"].sum()
    rise, ends = _down_the_river(dem, study)
    return Accuracy(
        mean_m=float(heights.mean()),
        deviation_m=float(heights.std()),
        lowest_m=float(heights.min()),
        highest_m=float(heights.max()),
        shares=tuple(float(share) for share in by_band / by_band.sum()),
        slope_mean_deg=float(np.nanmean(slope(dem).to_numpy()[inside])),
        known=_compare(dem, known, inside),
        checks=_compare(dem, check_heights(study), inside),
        river_m=ends,
        river_rise_m=rise,
    )


def as_markdown(accuracy: Accuracy) -> str:
    """Return the figures as the text of ``data/dem/ACCURACY.md``."""
    bands = ("below 700 m", "700-900 m", "900-1,200 m", "1,200 m and above")
    errors = accuracy.checks["error_m"]
    lines = [
        "# Accuracy of the demonstration terrain",
        "",
        "示范地形（模型高程）的精度。Made by `nanyi-gis rebuild dem`; how the terrain is made is in docs/dem.md.",
        "",
        "Real: a 15 arc-second DEM (de Ferranti, 31.6 m steps) inside the two counties, used to check, never to build.",
        "",
        "| quantity | real | model | difference |",
        "|---|---|---|---|",
        _row("mean height, m", REAL_MEAN_M, accuracy.mean_m, 1),
        *(
            _row(f"area {band}, %", 100 * real, 100 * model, 1)
            for band, real, model in zip(bands, REAL_SHARES, accuracy.shares, strict=True)
        ),
        _row("standard deviation, m", REAL_DEVIATION_M, accuracy.deviation_m, 1),
        f"| lowest, highest, m | - | {accuracy.lowest_m:.0f}, {accuracy.highest_m:.0f} | - |",
        f"| mean slope (Horn, 90 m), degrees | - | {accuracy.slope_mean_deg:.1f} | - |",
        f"| cells, root mean square of the differences, m | - | - | {CELL_RMSE_M:.0f} |",
        "",
        "## Seats that are no conditions",
        "",
        "未参与建模的乡镇驻地。Heights of seats that the model never saw; every second seat of a county by height "
        "(data/dem/known_heights.csv).",
        "",
        f"**Bias {errors.mean():+.0f} m, root mean square {np.sqrt((errors**2).mean()):.0f} m, "
        f"largest {errors.abs().max():.0f} m, {len(errors)} seats.**",
        "",
        *_heights(accuracy.checks),
        "",
        "## Known heights that are conditions",
        "",
        "作为约束的已知高程。The model is led through them, so this only shows that it was.",
        "",
        *_heights(accuracy.known),
        "",
        "## The Chishui",
        "",
        "Down the Chishui frontage the model goes from "
        + " and from ".join(f"{first:.0f} m to {last:.0f} m" for first, last in accuracy.river_m)
        + f"; its largest rise from step to step is {max(accuracy.river_rise_m, 0.0):.0f} m.",
        "",
    ]
    return "\n".join(lines)


def _heights(table: pd.DataFrame) -> list[str]:
    return [
        "| known height | published, m | model, m | difference, m | in the counties |",
        "|---|---|---|---|---|",
        *(
            f"| {row.name_zh} ({row.name_en}) | {row.known_m:.1f} | {row.model_m:.0f} | {row.error_m:+.1f} "
            f"| {'yes' if row.in_counties else 'no, margin'} |"
            for row in table.itertuples()
        ),
    ]


def _row(name: str, real: float, model: float, digits: int) -> str:
    return f"| {name} | {real:.{digits}f} | {model:.{digits}f} | {model - real:+.{digits}f} |"


def _compare(dem: xr.DataArray, known: gpd.GeoDataFrame, inside: np.ndarray) -> pd.DataFrame:
    columns, rows = ~dem.rio.transform() * (known.geometry.x.to_numpy(), known.geometry.y.to_numpy())
    rows, columns = np.floor(rows).astype(int), np.floor(columns).astype(int)
    on = (rows >= 0) & (columns >= 0) & (rows < dem.shape[0]) & (columns < dem.shape[1])
    model = dem.to_numpy()[rows[on], columns[on]].astype(float)
    table = known.loc[on, ["name_zh", "name_en"]].copy()
    table["known_m"] = known.loc[on, "elevation_m"].to_numpy(float)
    table["model_m"] = model
    table["error_m"] = model - table["known_m"]
    table["in_counties"] = inside[rows[on], columns[on]]
    return pd.DataFrame(table)


def _down_the_river(dem: xr.DataArray, study: StudyArea) -> tuple[float, list[tuple[float, float]]]:
    stretches: list[list[np.ndarray]] = []
    last = None
    for reach in study.frontage.geometry:
        if last is None or np.hypot(reach.coords[0][0] - last[0], reach.coords[0][1] - last[1]) > 1.0:
            stretches.append([])
        at = [reach.interpolate(step) for step in np.arange(0.0, reach.length, 30.0)]
        x, y = xr.DataArray([p.x for p in at], dims="at"), xr.DataArray([p.y for p in at], dims="at")
        stretches[-1].append(dem.sel(x=x, y=y, method="nearest").to_numpy())
        last = reach.coords[-1]
    profiles = [np.concatenate(parts) for parts in stretches]
    rise = max(float(np.diff(profile).max()) for profile in profiles)
    return rise, [(float(profile[0]), float(profile[-1])) for profile in profiles]
