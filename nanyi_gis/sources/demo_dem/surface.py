"""Terrain on a real surface: its heights at the scale of its cells, modelled relief below."""

import os
from math import ceil, hypot
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr
from affine import Affine

from ..._transformers import crs_to_crs
from ...errors import DataError
from ...io import write_cog
from ...plan import located, of_kind
from ...raster import RasterFile, read_raster
from ...study import StudyArea, load_study
from .model import Conditions, Recipe, model_heights, stages
from .relief import Erosion
from .trend import Blocks, blocks_at

Field = npt.NDArray[np.float64]

ON_SURFACE = "real surface with modelled relief"
"""Tag TERRAIN of what `relief_on` writes."""
SURFACE_RMSE_M = 25.0
"""Error of the 30 arc-second surface against an independent 15 arc-second one; of any surface unless its tag says."""
NODATA = -32768
_LEAST_CELLS = 4
_FARTHEST_M = 15_000.0

RELIEF = Recipe(
    apron_cells=24,
    coarsest=2,
    steps=(60, 10),
    erosion=Erosion(incision=0.1, least_uplift_m=2.0, creep_m=75.0),
    noise_m=15.0,
    noise_scales_m=(200.0, 400.0),
    point_reach_m=400.0,
    exponent=1.4,
)
"""Choices for a surface of about 1 km; slopes below that size are smoother than the land above (H = 0.7)."""


def relief_on(
    surface: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    study: StudyArea | None = None,
    recipe: Recipe = RELIEF,
) -> Path:
    """Write a terrain that has the heights of a real surface at the scale of its cells and modelled relief below.

    The mean height of each cell of the surface is kept, and its smooth course is met at the seats of
    townships and counties. Valleys and slopes inside a cell are a model: they look like terrain and are none.
    The same surface gives the same bytes. Takes about a minute and 1 GB for the South Wing.

    Parameters
    ----------
    surface : path
        Raster of heights in any unit it declares, cells of 360 m to 15 km in any CRS, without holes over
        :func:`surface_bounds`; registration faults are to be mended before. Its tags ``SOURCE``,
        ``LICENCE``, ``ATTRIBUTION`` and ``HEIGHT_RMSE_M`` go on to the result.
    out : path
        GeoTIFF to write: COG, int16 metres on the working grid of 90 m, nodata -32768.
    study : StudyArea, optional
        The counties; the South Wing if not given.
    recipe : Recipe
        Choices of the model.

    Returns
    -------
    Path
        ``out``. Its tags: ``TERRAIN``, ``TITLE``, ``TITLE_ZH``, ``EVIDENCE`` (modelled), ``RELIEF_BELOW_M`` (size of
        the surface's cells), ``HEIGHT_RMSE_M`` (of a cell: error of the surface, and twice the variance within its
        cells, as modelled relief tells nothing of the real one).

    Raises
    ------
    DataError
        If the surface is no raster, does not reach over the study and its margin, has holes there, or has cells
        too small or too large for modelled relief.
    OutputError
        If the file cannot be written.
    """
    study = study or load_study()
    file = RasterFile.of(surface)
    heights = read_raster(surface, kind="elevation")
    cell = _cell_m(heights, study, name=file.name, finest=_LEAST_CELLS * recipe.cell_m)

    beyond = ceil((recipe.apron_cells + recipe.coarsest) * recipe.cell_m / cell) + 3

    def ground(transform: Affine, shape: tuple[int, int]) -> Blocks:
        return surface_blocks(heights, transform, shape, crs=study.crs, beyond=beyond, name=file.name)

    grid = study.grid(recipe.cell_m, margin_m=recipe.margin_m)
    steps = stages(grid, ground, recipe)
    last = steps[-1]
    within = recipe.within(last.blocks)
    seats = of_kind(located(study.places), "township", "county_seat")
    seats = seats[~seats.geometry.to_wkb().duplicated()]
    places = np.column_stack([seats.geometry.x, seats.geometry.y])
    at_seats = last.trend_at(places)
    inside = np.isfinite(at_seats)
    bounds = float(last.blocks.heights.min()) - 2 * within, float(last.blocks.heights.max())
    conditions = Conditions(places[inside], at_seats[inside], (), *bounds)
    result = model_heights(steps, conditions, recipe, grid=grid)
    placed: xr.DataArray = grid.template(dtype="int16", fill=0).copy(data=np.rint(result).astype(np.int16))
    tags = _tags(file, cell=cell, within=within)
    return write_cog(placed.rio.write_nodata(NODATA), out, nodata=NODATA, tags=tags)


def surface_bounds(study: StudyArea, *, recipe: Recipe = RELIEF) -> tuple[float, float, float, float]:
    """Return what a surface must reach over: west, south, east, north in degrees; the working grid and a little more.

    >>> from nanyi_gis.study import load_study
    >>> [round(edge, 1) for edge in surface_bounds(load_study())]
    [105.1, 27.6, 106.4, 28.6]
    """
    return study.bounds_wgs84(margin_m=recipe.margin_m + 2000.0)


def surface_blocks(
    surface: xr.DataArray,
    transform: Affine,
    shape: tuple[int, int],
    *,
    crs: str,
    beyond: int = 0,
    name: str = "the surface",
) -> Blocks:
    """Return the cells of a surface as blocks under a raster of given transform, shape (rows, columns) and CRS.

    Up to ``beyond`` cells that the surface lacks at its edges are as its outermost.
    """
    x, y = np.meshgrid(
        transform.c + transform.a * (np.arange(shape[1]) + 0.5),
        transform.f + transform.e * (np.arange(shape[0]) + 0.5),
    )
    x, y = crs_to_crs(crs, surface.rio.crs.to_wkt()).transform(x, y)
    columns, rows = ~surface.rio.transform() * (x, y)
    values = surface.to_numpy().astype(np.float64)
    around = [int(np.floor(rows.min())) - 3, int(np.ceil(rows.max())) + 3]
    across = [int(np.floor(columns.min())) - 3, int(np.ceil(columns.max())) + 3]
    lacking = [
        (max(-first, 0), max(last - size, 0))
        for (first, last), size in zip((around, across), values.shape, strict=True)
    ]
    if max(max(pair) for pair in lacking) > beyond:
        raise DataError(f"{name} does not reach over the counties and their margin; give one of the bounds wanted")
    part = values[max(around[0], 0) : around[1], max(across[0], 0) : across[1]]
    holes = int(np.isnan(part).sum())
    if holes:
        raise DataError(f"{name} has {holes:,} cells without a height over the counties; fill them first")
    part = np.pad(part, lacking, mode="edge")
    # Whole numbers are centres; a rounded position keeps last-bit differences between machines out of the result.
    return blocks_at(part, np.round(rows - 0.5 - around[0], 7), np.round(columns - 0.5 - across[0], 7))


def _cell_m(surface: xr.DataArray, study: StudyArea, *, name: str, finest: float) -> float:
    """Return the mean side of a cell of the surface in metres at the middle of the study."""
    west, south, east, north = study.bounds
    centre = (west + east) / 2, (south + north) / 2
    into, back = crs_to_crs(study.crs, surface.rio.crs.to_wkt()), crs_to_crs(surface.rio.crs.to_wkt(), study.crs)
    x, y = into.transform(*centre)
    step_x, step_y = surface.rio.resolution()
    sides = [
        hypot(a - centre[0], b - centre[1]) for a, b in (back.transform(x + step_x, y), back.transform(x, y + step_y))
    ]
    side = float((sides[0] * sides[1]) ** 0.5)
    if not finest <= side <= _FARTHEST_M:
        raise DataError(
            f"{name} has cells of {side:,.0f} m, but relief is modelled below {finest:g} to {_FARTHEST_M:,.0f} m; "
            "a finer DEM needs none: give it with --dem"
        )
    return side


def _tags(file: RasterFile, *, cell: float, within: float) -> dict[str, str]:
    own = float(file.tags.get("HEIGHT_RMSE_M", SURFACE_RMSE_M))
    scale = f"{ceil(cell / 100) / 10:g} km"
    what, what_zh = _resolution(file, cell)
    passed = {name: file.tags[name] for name in ("LICENCE", "ATTRIBUTION", "SOURCE_SHA256") if name in file.tags}
    return {
        "TERRAIN": ON_SURFACE,
        "TITLE": f"Real {what} terrain with modelled relief (detail finer than {scale})",
        "TITLE_ZH": f"实测{what_zh}地形+模拟细部（小于 {scale} 的细部为模拟）",
        "EVIDENCE": "modelled",
        "SOURCE": f"{file.tags.get('SOURCE', file.name)}; relief finer than {scale} modelled by nanyi_gis",
        **passed,
        "UNITS": "m",
        "VERTICAL_DATUM": file.vertical_datum,
        "RELIEF_BELOW_M": f"{cell:.0f}",
        "HEIGHT_RMSE_M": f"{(own**2 + 2 * within**2) ** 0.5:.0f}",
    }


def _resolution(file: RasterFile, cell: float) -> tuple[str, str]:
    """Return how the surface's cells are called in English and Chinese."""
    if file.grid.crs.is_geographic:
        seconds = abs(file.grid.transform.a) * 3600
        return f"{seconds:.3g} arc-second", f"{seconds:.3g}″"
    return f"{cell:.0f} m", f"{cell:.0f} m "
