"""The model of the relief: from block means and conditions to heights on the grid."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from affine import Affine

from ...raster import Grid
from .relief import Anchors, Erosion, evolve, refine, rough, rounded, settle
from .river import River, cell_of
from .trend import Blocks, block_variogram, deviation_within_blocks

Field = npt.NDArray[np.float64]
Ground = Callable[[Affine, tuple[int, int]], Blocks]
"""Gives the block means under cells of a transform and a shape (rows, columns)."""


@dataclass(frozen=True)
class Recipe:
    """Every choice behind the modelled relief; the docs page gives the grounds.

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
    exponent : float, optional
        Of the variogram of the land below the size of blocks; that of the block means if not given.
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
    exponent: float | None = None

    def within(self, blocks: Blocks) -> float:
        """Return the standard deviation in metres that the land is to have within blocks."""
        if self.exponent is None:
            return deviation_within_blocks(block_variogram(blocks.heights))[0]
        return deviation_within_blocks(block_variogram(blocks.heights, lags=1), exponents=(self.exponent,))[0]


@dataclass(frozen=True)
class Conditions:
    """What the terrain is led through.

    Attributes
    ----------
    places : array
        Coordinates x, y of points of known height, one row a point.
    heights : array
        Their heights in metres.
    rivers : tuple of River
        Courses with their levels; of two that meet the later counts.
    lowest, highest : float
        Bounds of the terrain; it may pass ``highest`` only up to 300 m above the trend.
    """

    places: Field
    heights: Field
    rivers: tuple[River, ...]
    lowest: float
    highest: float

    def anchors(self, stage: "Stage", *, reach_m: float) -> Anchors:
        """Return points and levels on the cells of a stage; the raster's border is held on the trend."""
        trend, transform = stage.trend, stage.transform
        fixed = np.full(trend.shape, np.nan)
        fixed[[0, -1]], fixed[:, [0, -1]] = trend[[0, -1]], trend[:, [0, -1]]
        for river in self.rivers:
            levels = river.cells(transform, trend.shape)
            fixed = np.where(np.isfinite(levels), levels, fixed)
        cells, inside = stage.cells_of(self.places)
        rows, columns = cells[inside].T
        return Anchors(fixed, rows, columns, self.heights[inside], reach_m / stage.cell_m)


@dataclass(frozen=True)
class Stage:
    """Block means, their trend and the noise on one size of cell."""

    transform: Affine
    blocks: Blocks
    trend: Field
    noise: Field

    @classmethod
    def of(cls, grid: Grid, ground: Ground, recipe: Recipe, *, times: int) -> "Stage":
        """Return the stage on cells ``times`` larger than those of the result's ``grid``."""
        apron = recipe.apron_cells * recipe.cell_m
        rows, columns = (_rounded_up(n + 2 * recipe.apron_cells, recipe.coarsest) // times for n in grid.shape)
        cell = recipe.cell_m * times
        transform = Affine(cell, 0.0, grid.transform.c - apron, 0.0, -cell, grid.transform.f + apron)
        blocks = ground(transform, (rows, columns))
        noise = rough((rows, columns), cell_m=cell, scales_m=recipe.noise_scales_m, seed=recipe.seed)
        return cls(transform=transform, blocks=blocks, trend=blocks.trend(), noise=noise)

    @property
    def cell_m(self) -> float:
        """Side of a cell in metres."""
        return float(self.transform.a)

    def cells_of(self, places: Field) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return row and column of points (x, y), and which of them lie on the stage."""
        cells = np.array([cell_of(self.transform, place) for place in places], dtype=np.int64).reshape(-1, 2)
        inside: npt.NDArray[np.bool_] = np.all((cells >= 0) & (cells < np.array(self.trend.shape)), axis=1)
        return cells, inside

    def trend_at(self, places: Field) -> Field:
        """Return the trend at points (x, y); NaN for those outside."""
        cells, inside = self.cells_of(places)
        rows, columns = np.where(inside[:, None], cells, 0).T
        return np.where(inside, self.trend[rows, columns], np.nan)


def stages(grid: Grid, ground: Ground, recipe: Recipe) -> list[Stage]:
    """Return the stages of the model, from the largest cells to those of the result."""
    sizes = [recipe.coarsest]
    while sizes[-1] > 1:
        sizes.append(sizes[-1] // 2)
    return [Stage.of(grid, ground, recipe, times=times) for times in sizes]


def model_heights(steps: list[Stage], conditions: Conditions, recipe: Recipe, *, grid: Grid) -> Field:
    """Return the modelled heights in metres on the cells of ``grid``.

    Noise on the trend starts the drainage; erosion on ever smaller cells dissects it; the relief is
    scaled to the deviation that the block means imply, and means and conditions are met by turns.
    """
    first, last = steps[0], steps[-1]
    surface, drive = first.trend + recipe.noise_m * first.noise, np.zeros(first.trend.shape)
    for stage, count in zip(steps, recipe.steps, strict=True):
        shape = stage.trend.shape
        if shape != surface.shape:
            surface, drive = refine(surface, times=2, shape=shape), refine(drive, times=2, shape=shape)
        surface, drive = evolve(
            rounded(surface),
            rounded(drive),
            blocks=stage.blocks,
            anchors=conditions.anchors(stage, reach_m=recipe.point_reach_m),
            erosion=recipe.erosion,
            hardness=2.0 ** (recipe.hardness * stage.noise),
            cell_m=stage.cell_m,
            steps=count,
        )
    settled = settle(
        last.trend + _amplitude(last, surface, recipe.within(last.blocks)) * (surface - last.trend),
        blocks=last.blocks,
        anchors=conditions.anchors(last, reach_m=recipe.point_reach_m),
        lowest=conditions.lowest,
        highest=np.maximum(conditions.highest, last.trend + 300.0),
        rounds=6,
    )
    row, column = cell_of(last.transform, (grid.transform.c + 1, grid.transform.f - 1))
    return settled[row : row + grid.height, column : column + grid.width]


def _amplitude(stage: Stage, surface: Field, wanted: float) -> float:
    """Return the factor that gives the relief about the trend the deviation wanted within blocks."""
    of_trend = stage.blocks.deviation(stage.trend) ** 2
    relief = stage.blocks.deviation(surface) ** 2 - of_trend
    return float(np.sqrt(max(wanted**2 - of_trend, 0.0) / relief)) if relief > 0 else 1.0


def _rounded_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
