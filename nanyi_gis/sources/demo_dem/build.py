"""Demonstration terrain: a modelled DEM on real block means, for running offline without a real one.

示范地形 (模型高程). What is real in it: the mean height of every 1/12 degree block (about 9 km,
ITU-R P.1511-2), the known heights that are conditions, the course and fall of the Chishui along the
counties. What is modelled: everything below that scale.
"""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from affine import Affine

from ...io import atomic_path, write_cog, write_text
from ...plan import located
from ...study import StudyArea, load_study
from .accuracy import CELL_RMSE_M, as_markdown, measure
from .courses import trunk_rivers
from .known import known_heights, seats_without_height, settled_offset
from .model import Conditions, Recipe, Stage, model_heights, stages
from .river import River, valley_cost
from .trend import Blocks, itu_blocks

Field = npt.NDArray[np.float64]

NODATA = -32768
STEEPEST_BANK = 1 / 3
"""A town stands on no steeper bank: where a seat's height is an estimate, that of the river beside it bounds it."""


def build_demo_dem(out: str | os.PathLike[str], *, recipe: Recipe | None = None) -> Path:
    """Build the demonstration DEM and write it as a COG; the same recipe gives the same bytes.

    Beside it ``ACCURACY.md`` says how far it is from the truth. Takes about a minute and 1.1 GB.

    Parameters
    ----------
    out : path
        GeoTIFF to write: int16 metres, EPSG:4544, nodata -32768.
    recipe : Recipe, optional
        The choices; those of the embedded file if not given.

    Raises
    ------
    MissingExtraError
        If ``itur`` is not installed (extra ``rebuild``).
    OutputError
        If the file cannot be written.
    """
    recipe = recipe or Recipe()
    study = load_study()
    known = known_heights(study)

    def ground(transform: Affine, shape: tuple[int, int]) -> Blocks:
        return itu_blocks(transform, shape, crs=study.crs)

    grid = study.grid(recipe.cell_m, margin_m=recipe.margin_m)
    steps = stages(grid, ground, recipe)
    heights = model_heights(steps, _conditions(study, known, steps, recipe), recipe, grid=grid)
    placed: xr.DataArray = grid.template(dtype="int16", fill=0).copy(data=np.rint(heights).astype(np.int16))
    placed = placed.rio.write_nodata(NODATA)
    target = write_cog(placed, out, nodata=NODATA, tags=_tags(recipe))
    accuracy = measure(placed.astype("float32"), study=study, known=known)
    with atomic_path(target.with_name("ACCURACY.md")) as beside:
        write_text(beside, as_markdown(accuracy))
    return target


def _conditions(study: StudyArea, known: gpd.GeoDataFrame, steps: list[Stage], recipe: Recipe) -> Conditions:
    """Return the known heights, the estimates for the other seats, and the rivers."""
    first, last = steps[0], steps[-1]
    conditions = known[np.isfinite(last.trend_at(_xy(known)))]
    heights = conditions["elevation_m"].to_numpy(float)
    every = located(study.places)["elevation_m"]
    bounds = float(every.min()), float(every.max())
    plain = Conditions(_xy(conditions), heights, (), *bounds)
    low_ground = first.trend + plain.anchors(first, reach_m=recipe.point_reach_m).pull(first.trend)
    cost = valley_cost(low_ground, roughness=recipe.winding * first.noise)
    rivers = tuple(trunk_rivers(study, cost, first.transform))

    trend = pd.Series(last.trend_at(_xy(conditions)), index=conditions.index)
    seats = seats_without_height(study, conditions)
    usual = last.trend_at(_xy(seats)) + settled_offset(conditions, trend)
    estimates = seats["beside_m"].fillna(pd.Series(np.minimum(usual, _highest_banks(rivers, seats)), index=seats.index))
    places = np.concatenate([plain.places, _xy(seats)])
    return Conditions(places, np.concatenate([heights, estimates]), rivers, *bounds)


def _highest_banks(rivers: tuple[River, ...], seats: gpd.GeoDataFrame) -> Field:
    """Return the highest that each seat can stand over the rivers near it."""
    banks = [
        [river.level_beside(seat) + STEEPEST_BANK * seat.distance(river.line) for river in rivers]
        for seat in seats.geometry
    ]
    highest: Field = np.array(banks).min(axis=1)
    return highest


def _xy(frame: gpd.GeoDataFrame) -> Field:
    return np.column_stack([frame.geometry.x, frame.geometry.y])


def _tags(recipe: Recipe) -> dict[str, str]:
    return {
        "TERRAIN": "demonstration",
        "TITLE": "Demonstration terrain of Xuyong and Gulin (modelled, not measured)",
        "TITLE_ZH": "叙永、古蔺示范地形（模型高程，非实测）",
        "EVIDENCE": "modelled",
        "SOURCE": "ITU-R P.1511-2 heights (itur 0.4.0), known heights of seats, stations and river, "
        "modelled relief below 9 km",
        "UNITS": "m",
        "VERTICAL_DATUM": "mean sea level (ITU-R P.1511-2); known heights as published",
        "HEIGHT_RMSE_M": f"{CELL_RMSE_M:g}",
        "SEED": str(recipe.seed),
    }
