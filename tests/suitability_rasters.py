"""Rasters for the tests of suitability and uncertainty, and an evaluation in plain NumPy to compare with."""

import math

import matplotlib.cbook
import numpy as np
import xarray as xr
from affine import Affine

from nanyi_gis.suitability import load_climate

WEST, NORTH = 550_000.0, 3_100_000.0


def raster(values, *, cell=30.0, crs="EPSG:4544", west=WEST, north=NORTH, nodata=np.nan, dtype="float32"):
    """Return values as a north-up raster."""
    array = np.asarray(values, dtype=dtype)
    height, width = array.shape
    found = xr.DataArray(
        array,
        dims=("y", "x"),
        coords={"y": north - cell * (np.arange(height) + 0.5), "x": west + cell * (np.arange(width) + 0.5)},
    )
    return found.rio.write_crs(crs).rio.write_transform(Affine(cell, 0, west, 0, -cell, north)).rio.write_nodata(nodata)


def jacksboro(*, low=300.0, high=1300.0, cell=90.0):
    """Return the real terrain of Jacksboro (matplotlib's sample), its heights stretched over the plan's bands."""
    with matplotlib.cbook.get_sample_data("jacksboro_fault_dem.npz") as stream:
        heights = stream["elevation"].astype(np.float64)
    heights = low + (heights - heights.min()) * (high - low) / np.ptp(heights)
    return raster(heights, cell=cell)


def horn(dem):
    """Return slope in degrees and downhill azimuth by Horn's formula, inner cells only."""
    z = dem.values.astype(np.float64)
    cell = float(dem.x[1] - dem.x[0])
    right = z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]
    left = z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2]
    lower = z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]
    upper = z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:]
    east, south = (right - left) / (8 * cell), (lower - upper) / (8 * cell)
    slope = np.degrees(np.arctan(np.hypot(east, south)))
    return slope, np.degrees(np.arctan2(-east, south)) % 360


def southern_share(dem, climate):
    """Return the share of the southern regime by the definition, inner cells only."""
    import pyproj

    to_grid = pyproj.Transformer.from_crs(4326, dem.rio.crs, always_xy=True)
    x, y = to_grid.transform(climate.ridge[:, 0], climate.ridge[:, 1])
    border = np.interp(dem.x.values, x, y)[np.newaxis, :]
    return np.clip((border - dem.y.values[:, np.newaxis]) / climate.ridge_width_m + 0.5, 0, 1)[1:-1, 1:-1]


def oracle(dem, crop, *, layers=None):
    """Evaluate a crop in plain NumPy with 64-bit numbers; inner cells only: score, class, limiting code."""
    climate = load_climate()
    slope, azimuth = horn(dem)
    share = southern_share(dem, climate)
    z = dem.values[1:-1, 1:-1].astype(np.float64)
    total, used = np.zeros(z.shape), np.zeros(z.shape)
    worst, lowest, cause = np.ones(z.shape), np.full(z.shape, 2.0), np.full(z.shape, 254)
    for criterion in crop.criteria:
        if criterion.layer and criterion.layer not in (layers or {}):
            continue
        if criterion.layer:
            x = layers[criterion.layer].values[1:-1, 1:-1].astype(np.float64)
        elif criterion.id == "elevation":
            x = z
        elif criterion.id == "slope":
            x = slope
        elif criterion.id == "aspect":
            away = np.abs((azimuth - criterion.optimum + 180) % 360 - 180)
            x = np.where(slope < 2, 0.0, away)
        else:
            x = climate.value(criterion.id, z, south=share)
        m, grade = criterion.membership(x), criterion.fao_class(x)
        total += criterion.weight * m
        used += criterion.weight
        first = (grade > worst) | ((grade == worst) & (grade > 1) & (m < lowest))
        cause = np.where(first, criterion.code, cause)
        lowest = np.where(first, m, lowest)
        worst = np.where(first, grade, worst)
    score = np.floor(100 * total / used + 0.5)
    steep = slope > crop.slope_max
    return np.where(steep, 0, score), np.where(steep, 4, worst), np.where(steep, 201, cause), slope


def tilted(degrees, *, facing=180.0, shape=(7, 9), middle=600.0, cell=30.0):
    """Return a plane of one slope, downhill towards an azimuth."""
    gradient = math.tan(math.radians(degrees))
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(float)
    east, north = columns * cell, -rows * cell
    down = math.sin(math.radians(facing)) * east + math.cos(math.radians(facing)) * north
    heights = -gradient * down
    return raster(heights - heights.mean() + middle, cell=cell)
