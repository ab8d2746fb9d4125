"""Ground for the tests of sunlight: planes and smooth hills at 28 degrees north."""

import math

import numpy as np
from terrain_rasters import raster

SIDE = 30.0
LATITUDE = math.radians(28.0)  # of y = 3.1e6 in EPSG:4544, within 0.02 degrees


def smooth(size=60, seed=3):
    """Return hills of 720 to 1080 m without any step."""
    y, x = np.indices((size, size))
    random = np.random.default_rng(seed)
    z = 900 + 120 * np.sin(x / 6 + random.random()) * np.cos(y / 8) + 60 * np.sin((x + 2 * y) / 9)
    return z.astype(np.float32)


def plane(east, north, shape=(41, 41)):
    """Return a plane that rises by ``east`` and ``north`` metres a metre, on the central meridian."""
    y, x = np.indices(shape)
    return raster((1000 + SIDE * (x * east - y * north)).astype(np.float32), origin=(500_000 - 600, 3_100_000))
