"""Demonstration terrain: a modelled DEM on real block means, for running offline without a real one.

示范地形 (模型高程). What is real in it: the mean height of every 1/12 degree block (about 9 km,
ITU-R P.1511-2), the known heights of the gazetteer, the course and fall of the Chishui along the
counties. What is modelled: everything below that scale.
"""

import os
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from affine import Affine
from rasterio.features import rasterize

from ...io import atomic_path, data_file, write_cog, write_text
from ...study import StudyArea, load_study
from .accuracy import as_markdown, measure
from .relief import Anchors, Erosion, evolve, refine, rough, rounded, settle
from .river import River, cell_of, chain, valley_cost
from .trend import Blocks, block_variogram, deviation_within_blocks, itu_blocks

Field = npt.NDArray[np.float64]

NODATA = -32768


@dataclass(frozen=True)
class Recipe:
    """Every choice behind the demonstration terrain; the docs page gives the grounds.

    Attributes
    ----------
    seed : int
        Of the noise.
    cell_m, margin_m : float
        Grid of the result.
    apron_cells : int
        Land modelled beyond the grid and cut off, so that edges of the model stay out.
    coarsest : int
        Erosion starts on cells this many times larger and halves them.
    steps : tuple of int
        Erosion steps on each size of cell.
    erosion : Erosion
        Rates of incision and creep.
    noise_m, noise_scales_m : float, tuple
        Standard deviation and correlation lengths of the roughness at the start.
    hardness : float
        Standard deviation of the logarithm (base 2) of the rock's resistance.
    winding : float
        How much chance bends the courses of rivers that are not given, as a power of two.
    point_reach_m : float
        Correlation length of the pull towards known heights.
    """

    seed: int = 20220314
    cell_m: float = 90.0
    margin_m: float = 6000.0
    apron_cells: int = 200
    coarsest: int = 4
    steps: tuple[int, ...] = (250, 40, 12)
    erosion: Erosion = field(default_factory=lambda: Erosion(incision=0.2, least_uplift_m=4.0, creep_m=75.0))
    noise_m: float = 60.0
    noise_scales_m: tuple[float, ...] = (400.0, 1200.0, 3600.0)
    hardness: float = 0.5
    winding: float = 0.8
    point_reach_m: float = 1000.0


RIVER_LEVELS = ("tripoint-jiming-sansheng", "erlang-langjiu", "taiping-old-town")


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
    surface, transform = model_terrain(study, recipe)
    grid = study.grid(recipe.cell_m, margin_m=recipe.margin_m)
    row, column = cell_of(transform, (grid.transform.c + 1, grid.transform.f - 1))
    kept = surface[row : row + grid.height, column : column + grid.width]
    heights = grid.template(dtype="int16", fill=0).copy(data=np.rint(kept).astype(np.int16))
    placed: xr.DataArray = heights.rio.write_nodata(NODATA)
    target = write_cog(placed, out, nodata=NODATA, tags=_tags(recipe))
    accuracy = measure(placed.astype("float32"), study=study, known=known_heights(study))
    with atomic_path(target.with_name("ACCURACY.md")) as beside:
        write_text(beside, as_markdown(accuracy))
    return target


def known_heights(study: StudyArea) -> gpd.GeoDataFrame:
    """Return the places of known height as points in the study's CRS, sorted by id."""
    places = _places(study)
    return places[places["elevation_m"].notna()]


def _places(study: StudyArea) -> gpd.GeoDataFrame:
    table = pd.read_csv(data_file("places/places.csv"), dtype={"id": str}).set_index("id").sort_index()
    table = table[table["lon"].notna()]
    points = gpd.points_from_xy(table["lon"], table["lat"], crs=4326)
    return gpd.GeoDataFrame(table[["name_zh", "name_en", "elevation_m"]], geometry=points).to_crs(study.crs)


def model_terrain(study: StudyArea, recipe: Recipe) -> tuple[Field, Affine]:
    """Return the modelled heights (m) on the grid and its apron, and the transform."""
    places = _places(study)
    known = places[places["elevation_m"].notna()]
    stages = [_Stage.of(study, known, recipe, times=times) for times in _sizes(recipe.coarsest)]
    first = stages[0]
    cost = valley_cost(first.trend + first.points.pull(first.trend), roughness=recipe.winding * first.noise)
    rivers = _rivers(study, places, cost, first.transform)
    surface, drive = first.trend + recipe.noise_m * first.noise, np.zeros(first.trend.shape)
    for stage, steps in zip(stages, recipe.steps, strict=True):
        shape = stage.trend.shape
        if shape != surface.shape:
            surface, drive = refine(surface, times=2, shape=shape), refine(drive, times=2, shape=shape)
        surface, drive = evolve(
            rounded(surface),
            rounded(drive),
            blocks=stage.blocks,
            anchors=_anchors(rivers, stage.trend, stage.points, stage.transform),
            erosion=recipe.erosion,
            hardness=2.0 ** (recipe.hardness * stage.noise),
            cell_m=stage.transform.a,
            steps=steps,
        )
    last = stages[-1]
    wanted, _ = deviation_within_blocks(block_variogram(last.blocks.heights))
    settled = settle(
        last.trend + _amplitude(last.blocks, surface, last.trend, wanted) * (surface - last.trend),
        blocks=last.blocks,
        anchors=_anchors(rivers, last.trend, last.points, last.transform),
        lowest=float(known["elevation_m"].min()),
        highest=np.maximum(float(known["elevation_m"].max()), last.trend + 300.0),
        rounds=6,
    )
    return settled, last.transform


@dataclass(frozen=True)
class _Stage:
    """All that the model knows on one size of cell."""

    transform: Affine
    blocks: Blocks
    trend: Field
    noise: Field
    points: Anchors

    @classmethod
    def of(cls, study: StudyArea, known: gpd.GeoDataFrame, recipe: Recipe, *, times: int) -> "_Stage":
        grid = study.grid(recipe.cell_m, margin_m=recipe.margin_m)
        apron = recipe.apron_cells * recipe.cell_m
        rows, columns = (_rounded_up(n + 2 * recipe.apron_cells, recipe.coarsest) // times for n in grid.shape)
        cell = recipe.cell_m * times
        transform = Affine(cell, 0.0, grid.transform.c - apron, 0.0, -cell, grid.transform.f + apron)
        blocks = itu_blocks(transform, (rows, columns), crs=study.crs)
        return cls(
            transform=transform,
            blocks=blocks,
            trend=blocks.trend(),
            noise=rough((rows, columns), cell_m=cell, scales_m=recipe.noise_scales_m, seed=recipe.seed),
            points=_points(known, transform, (rows, columns), reach=recipe.point_reach_m / cell),
        )


def _amplitude(blocks: Blocks, surface: Field, trend: Field, wanted: float) -> float:
    """Return the factor that gives the relief about the trend the deviation wanted within blocks."""
    of_trend = blocks.deviation(trend) ** 2
    return float(np.sqrt((wanted**2 - of_trend) / (blocks.deviation(surface) ** 2 - of_trend)))


def _sizes(coarsest: int) -> list[int]:
    sizes = [coarsest]
    while sizes[-1] > 1:
        sizes.append(sizes[-1] // 2)
    return sizes


def _rounded_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _points(places: gpd.GeoDataFrame, transform: Affine, shape: tuple[int, int], *, reach: float) -> Anchors:
    cells = [cell_of(transform, (point.x, point.y)) for point in places.geometry]
    inside = [0 <= row < shape[0] and 0 <= column < shape[1] for row, column in cells]
    kept = np.array([cell for cell, is_in in zip(cells, inside, strict=True) if is_in])
    return Anchors(
        fixed=np.full(shape, np.nan),
        rows=kept[:, 0],
        columns=kept[:, 1],
        heights=places["elevation_m"].to_numpy(float)[inside],
        reach=reach,
    )


def _rivers(study: StudyArea, places: gpd.GeoDataFrame, cost: Field, transform: Affine) -> list[River]:
    """Return the trunk rivers: the Chishui along the counties and on to the north, and its likes.

    The Chishui follows the frontage; where it leaves the counties (round Maotai, and below
    Taiping) and for the other two, the course is the way that costs least.
    """
    at = {str(key): (point.x, point.y) for key, point in places.geometry.items()}
    level = {at[str(key)]: float(height) for key, height in places["elevation_m"].dropna().items()}
    inside = rasterize(study.counties.geometry, out_shape=cost.shape, transform=transform).astype(bool)
    outside = np.where(inside, 1000.0 * cost, cost)
    sea = min(level.values())

    upper, lower = (
        shapely.LineString(np.concatenate([shapely.get_coordinates(r) for r in part])) for part in _reaches(study)
    )
    gap = chain(outside, transform, places=[upper.coords[-1], at["moutai"], lower.coords[0]])
    north = _at_the_edge(at["met-chishui"], at["met-hejiang"], transform)
    onward = chain(outside, transform, places=[lower.coords[-1], at["tucheng"], at["met-chishui"], north])
    chishui = shapely.LineString(np.concatenate([upper.coords, gap[1:-1], lower.coords, onward[1:]]))
    on_chishui = {at[key]: level[at[key]] for key in RIVER_LEVELS} | {north: sea}

    edge = _at_the_edge(at["st-xuyong-north"], at["met-naxi"], transform)
    yongning = shapely.LineString(chain(cost, transform, places=[at["met-xuyong"], at["st-xuyong-north"], edge]))
    on_yongning = {at[key]: level[at[key]] for key in ("met-xuyong", "st-xuyong-north")} | {edge: sea}

    gulin = shapely.LineString(chain(cost, transform, places=[at["met-gulin"], lower.coords[-1]]))
    on_gulin = {at["met-gulin"]: level[at["met-gulin"]], lower.coords[-1]: level[at["taiping-old-town"]]}
    return [River(gulin, on_gulin), River(yongning, on_yongning), River(chishui, on_chishui)]


def _reaches(study: StudyArea) -> tuple[list[shapely.LineString], list[shapely.LineString]]:
    """Return the frontage reaches above and below the stretch where the river leaves the counties."""
    reaches = list(study.frontage.geometry)
    gaps = [shapely.distance(shapely.Point(a.coords[-1]), shapely.Point(b.coords[0])) for a, b in pairwise(reaches)]
    split = int(np.argmax(gaps)) + 1
    return reaches[:split], reaches[split:]


def _at_the_edge(start: tuple[float, float], towards: tuple[float, float], transform: Affine) -> tuple[float, float]:
    """Return where the straight line from ``start`` meets the northernmost row of cells."""
    north = transform.f + transform.e / 2
    share = (north - start[1]) / (towards[1] - start[1])
    return start[0] + share * (towards[0] - start[0]), north


def _anchors(rivers: list[River], trend: Field, points: Anchors, transform: Affine) -> Anchors:
    """Return the points with the fixed levels: the raster's border on the trend, the rivers on their profiles."""
    fixed = np.full(trend.shape, np.nan)
    fixed[[0, -1]], fixed[:, [0, -1]] = trend[[0, -1]], trend[:, [0, -1]]
    for river in rivers:
        cells = river.cells(transform, trend.shape)
        fixed = np.where(np.isfinite(cells), cells, fixed)
    return replace(points, fixed=fixed)


def _tags(recipe: Recipe) -> dict[str, str]:
    return {
        "TERRAIN": "demonstration",
        "TITLE": "Demonstration terrain of Xuyong and Gulin (modelled, not measured)",
        "TITLE_ZH": "叙永、古蔺示范地形（模型高程，非实测）",
        "EVIDENCE": "modelled",
        "SOURCE": "ITU-R P.1511-2 heights (itur 0.4.0), gazetteer heights, modelled relief below 9 km",
        "UNITS": "m",
        "VERTICAL_DATUM": "mean sea level (ITU-R P.1511-2); gazetteer heights as published",
        "SEED": str(recipe.seed),
    }
