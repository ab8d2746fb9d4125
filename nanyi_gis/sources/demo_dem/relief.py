"""Modelled relief below the scale of the trend: streams cut, slopes creep, block means stay."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..._kernels.drainage import accumulate, flood_order, incise
from .trend import Blocks

Field = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Anchors:
    """Heights that the terrain must have: cells with a fixed level, and points.

    ``fixed`` is a raster of levels, NaN where free. ``rows``, ``columns``, ``heights`` are the
    points; ``reach`` is how far, in cells, a point pulls its surroundings along.
    """

    fixed: Field
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    heights: Field
    reach: float

    def hold(self, surface: Field) -> Field:
        """Return ``surface`` with the fixed levels."""
        return np.where(np.isfinite(self.fixed), self.fixed, surface)

    def pull(self, surface: Field) -> Field:
        """Return the correction that leads ``surface`` through the points.

        Simple kriging of the differences with a Gaussian covariance of length ``reach``: exact at
        the points, fading to nothing beyond three lengths.
        """
        away = (self.rows[:, None] - self.rows) ** 2 + (self.columns[:, None] - self.columns) ** 2
        kernel = np.exp(-away / (2 * self.reach**2)) + 1e-6 * np.eye(self.rows.size)
        weights = np.linalg.solve(kernel, self.heights - surface[self.rows, self.columns])
        result = np.zeros(surface.shape)
        far = int(4 * self.reach)
        for row, column, weight in zip(self.rows, self.columns, weights, strict=True):
            top, left = max(row - far, 0), max(column - far, 0)
            i = np.arange(top, min(row + far + 1, surface.shape[0])) - row
            j = np.arange(left, min(column + far + 1, surface.shape[1])) - column
            bump = np.exp(-(i**2) / (2 * self.reach**2))[:, None] * np.exp(-(j**2) / (2 * self.reach**2))
            result[top : top + i.size, left : left + j.size] += weight * bump
        return result


@dataclass(frozen=True)
class Erosion:
    """How fast the model's processes work, per step.

    Attributes
    ----------
    incision : float
        K dt: a stream with the water of one cell closes this share of its drop to the next cell.
    least_uplift_m : float
        Uplift in a step below which the steering does not go, so that lowlands keep some relief.
    creep_m : float
        Standard deviation in metres of the smoothing that soil creep does in one step.
    """

    incision: float
    least_uplift_m: float
    creep_m: float


def evolve(
    surface: Field,
    drive: Field,
    *,
    blocks: Blocks,
    anchors: Anchors,
    erosion: Erosion,
    hardness: Field,
    cell_m: float,
    steps: int,
) -> tuple[Field, Field]:
    """Return surface and drive after some steps of erosion under an uplift that keeps the block means.

    Each step lifts the land, moves it towards the anchors, lets streams cut in proportion to the
    square root of their catchment (stream power, n = 1, m = 1/2) and slopes creep. ``drive``, the
    sum over time of what the block means lack, is the uplift (m a step); where it falls below the
    least uplift, the rock gets softer instead, so that lowlands are worn down by their rivers and
    not sunk. At the end erosion and uplift balance, with the means where they should be.
    """
    fixed = np.isfinite(anchors.fixed)
    least = erosion.least_uplift_m
    for _ in range(steps):
        lacking = blocks.spread(blocks.missing(surface))
        drive = rounded(np.clip(drive + 0.1 * lacking, -50 * least, None))
        lift = np.maximum(drive, least) + 0.3 * np.maximum(lacking, 0.0)
        surface = rounded(anchors.hold(surface + lift + 0.5 * anchors.pull(surface)))
        receiver, order = flood_order(surface, fixed)
        area = accumulate(receiver, order, np.ones(surface.size))
        softness = (1.0 + np.maximum(least - drive, 0.0) / least) / hardness
        surface = incise(surface, receiver, order, erosion.incision * softness.ravel() * np.sqrt(area))
        sigma = erosion.creep_m / cell_m
        if sigma > 0.2:
            surface = anchors.hold(ndimage.gaussian_filter(surface, sigma, mode="nearest", truncate=3.0))
        surface = rounded(surface)
    return surface, drive


def rounded(values: Field) -> Field:
    """Return values to 1/1024 m, so that the last bits of a machine's arithmetic do not steer the water.

    >>> rounded(np.array([700.0 + 1e-9])).tolist()
    [700.0]
    """
    steps: Field = np.rint(values * 1024) / 1024
    return steps


def settle(surface: Field, *, blocks: Blocks, anchors: Anchors, lowest: float, highest: Field, rounds: int) -> Field:
    """Return ``surface`` with block means, points and fixed levels all met, by turns, within given bounds."""
    surface = bend_down(surface, highest=highest)
    for _ in range(rounds):
        surface = surface + blocks.spread(blocks.missing(surface))
        surface = anchors.hold(np.clip(surface, lowest, highest))
        surface = anchors.hold(np.clip(surface + anchors.pull(surface), lowest, None))
    return anchors.hold(_above_the_river(surface, anchors))


def bend_down(surface: Field, *, highest: Field, knee_m: float = 400.0) -> Field:
    """Return ``surface`` with summits bent below ``highest``; what is ``knee_m`` below it stays.

    >>> bend_down(np.array([1000.0, 5000.0]), highest=np.array([1900.0, 1900.0])).round().tolist()
    [1000.0, 1900.0]
    """
    knee = highest - knee_m
    over = np.maximum(surface - knee, 0.0)
    bent: Field = np.minimum(surface, knee) + knee_m * np.tanh(over / knee_m)
    return bent


def _above_the_river(surface: Field, anchors: Anchors, *, reach: int = 10) -> Field:
    """Return ``surface`` with the land within ``reach`` cells of the fixed levels not below them."""
    away, (rows, columns) = ndimage.distance_transform_edt(~np.isfinite(anchors.fixed), return_indices=True)
    banks = np.maximum(surface, anchors.fixed[rows, columns] + np.minimum(away, 3.0))
    return np.where(away <= reach, banks, surface)


def rough(shape: tuple[int, int], *, cell_m: float, scales_m: tuple[float, ...], seed: int) -> Field:
    """Return noise of unit standard deviation, the mean of Gaussian fields of some correlation lengths."""
    total = np.zeros(shape)
    for index, scale in enumerate(scales_m):
        white = np.random.default_rng([seed, index]).standard_normal(shape)
        field = ndimage.gaussian_filter(white, scale / cell_m, mode="wrap")
        total += field / field.std()
    scaled: Field = total / total.std()
    return scaled


def refine(field: Field, *, times: int, shape: tuple[int, int]) -> Field:
    """Return ``field`` on cells ``times`` smaller, bilinear.

    >>> refine(np.array([[0.0, 4.0]]), times=2, shape=(2, 4))[0].tolist()
    [0.0, 1.0, 3.0, 4.0]
    """
    rows = (np.arange(shape[0]) + 0.5) / times - 0.5
    columns = (np.arange(shape[1]) + 0.5) / times - 0.5
    finer: Field = ndimage.map_coordinates(field, np.meshgrid(rows, columns, indexing="ij"), order=1, mode="nearest")
    return finer
