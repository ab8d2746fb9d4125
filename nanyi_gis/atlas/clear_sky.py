"""Clear-sky light as a layer of the page of wind and solar: how slopes face the sun, not what panels yield."""

from itertools import pairwise

import numpy as np
import xarray as xr

from ..colours import Colour
from ..io import like
from ..irradiation import yearly_irradiation
from ..raster import Grid
from ..webmap import Page
from .context import Atlas
from .page import add_classes

CELL_M = 400.0
"""Side of the cells on which the light is worked out, at the least: slopes below it do not count."""

_BREAKS = (2200.0, 2350.0, 2500.0, 2650.0)  # kWh/m2 a year
_COLOURS: dict[int, Colour] = {
    1: (70, 50, 110),
    2: (150, 70, 110),
    3: (215, 110, 90),
    4: (245, 170, 90),
    5: (250, 225, 130),
}


def add_clear_sky(page: Page, atlas: Atlas, *, group: str) -> str:
    """Add the yearly light of slopes under a clear sky with the terrain's shadow, in classes; return its name."""
    name = atlas.say("晴空光照", "Clear-sky light")
    total = atlas.once(("energy.html", "clear sky"), lambda: clear_sky_year(atlas.dem))
    codes = np.where(np.isnan(total.values), 0, np.digitize(total.values, _BREAKS) + 1).astype(np.uint8)
    ends = [f"{end:,.0f}" for end in _BREAKS]
    labels = [f"<{ends[0]}", *(f"{low}–{high}" for low, high in pairwise(ends)), f"≥{ends[-1]}"]
    add_classes(
        page,
        atlas,
        name,
        like(atlas.dem, codes, name="clear_sky").rio.write_nodata(0),
        _COLOURS,
        dict(enumerate(labels, start=1)),
        group=group,
        exclusive=True,
        shown=False,
        opacity=0.7,
        legend_title=atlas.say(
            f"晴空下坡面年总辐射（kWh/m²，无云，{CELL_M:g} m 地形，不是发电量）",
            f"Yearly light on slopes under a clear sky (kWh/m², no clouds, terrain of {CELL_M:g} m, no yield)",
        ),
        key="clear_sky",
    )
    return name


def clear_sky_year(dem: xr.DataArray) -> xr.DataArray:
    """Return the yearly light on slopes in kWh/m² without clouds, worked out on coarser cells, on the grid of a DEM."""
    grid = Grid.of(dem)
    times = max(1, round(CELL_M / grid.resolution))
    rows, columns = grid.height // times, grid.width // times
    blocks = dem.values[: rows * times, : columns * times].reshape(rows, times, columns, times)
    coarse = Grid(grid.crs, grid.transform * grid.transform.scale(times), columns, rows)
    light = yearly_irradiation(coarse.array(blocks.mean((1, 3))), directions=24, step=1.0)["total"].values
    fine = np.repeat(np.repeat(light, times, 0), times, 1)
    beyond = ((0, grid.height - fine.shape[0]), (0, grid.width - fine.shape[1]))
    return like(dem, np.pad(fine, beyond, constant_values=np.nan), name="clear_sky")
