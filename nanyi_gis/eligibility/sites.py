"""Eligible land as sites: connected pieces above a least size."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from rasterio.features import shapes
from scipy import ndimage

from .._validation import check_non_negative
from ..raster import Areas, Grid, zone_names
from .capacity import capacity
from .eligible import ELIGIBLE


def sites(
    found: xr.Dataset,
    *,
    minimum_ha: float = 0.0,
    ha_per_mw: tuple[float, float] | None = None,
    zones: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return the connected pieces of eligible land of a least size as polygons, the largest first.

    Cells are of one piece where they share a side; a corner joins none, as no road or cable passes there.

    Parameters
    ----------
    found : xarray.Dataset
        From :func:`eligible`.
    minimum_ha : float
        Least area in hectares, on the ellipsoid.
    ha_per_mw : (float, float), optional
        Hectares a megawatt, the smaller first; adds ``mw_low`` and ``mw_high``.
    zones : GeoDataFrame, optional
        Polygons; ``zone`` is the name of the one in which a point inside the piece lies.

    Returns
    -------
    GeoDataFrame
        ``site`` (from 1), ``area_ha``, the columns above, ``evidence`` (modelled) and the polygon, in the CRS of the
        raster; outlines follow the cells.

    Raises
    ------
    ParameterError
        If the least size is negative or the density out of order.

    >>> from nanyi_gis.eligibility import Exclusion, eligible
    >>> grid = Grid.from_bounds((0, 0, 3000, 2000), resolution=1000, crs="EPSG:6933")  # cells of 100 ha
    >>> dem = grid.array(np.array([[300, 300, 100], [100, 100, 300]], np.float32))
    >>> found = eligible(dem, exclusions=[Exclusion("low", elevation_below=200)], as_of="2026-01-01")
    >>> sites(found, minimum_ha=50, ha_per_mw=(2, 4))[["area_ha", "mw_low", "mw_high"]].round(1).values.tolist()
    [[200.0, 50.0, 100.0], [100.0, 25.0, 50.0]]
    """
    numbered, areas = _numbered(found, minimum_ha)
    grid = Grid.of(found["eligible"], name="eligible")
    outlines: dict[int, shapely.Geometry] = {}
    if len(areas):
        for outline, number in shapes(numbered, mask=numbered > 0, connectivity=4, transform=grid.transform):
            outlines[int(number)] = shapely.geometry.shape(outline)
    frame = gpd.GeoDataFrame(
        {"site": np.arange(1, len(areas) + 1), "area_ha": areas},
        geometry=[outlines[number] for number in range(1, len(areas) + 1)],
        crs=grid.crs,
    )
    if ha_per_mw is not None:
        ends = [capacity(area / 100.0, ha_per_mw=ha_per_mw) for area in frame["area_ha"]]
        frame["mw_low"], frame["mw_high"] = [low for low, _ in ends], [high for _, high in ends]
    if zones is not None:
        frame["zone"] = _zones_of(frame, zones)
    frame["evidence"] = "modelled"
    return frame[[*(name for name in frame.columns if name != "geometry"), "geometry"]]


def site_cells(found: xr.Dataset, *, minimum_ha: float = 0.0) -> xr.DataArray:
    """Return the number of the site of each cell, as :func:`sites` counts them; 0 where there is none.

    Raises
    ------
    ParameterError
        If the least size is negative.

    >>> from nanyi_gis.eligibility import Exclusion, eligible
    >>> grid = Grid.from_bounds((0, 0, 3000, 2000), resolution=1000, crs="EPSG:6933")
    >>> dem = grid.array(np.array([[300, 300, 100], [100, 100, 300]], np.float32))
    >>> found = eligible(dem, exclusions=[Exclusion("low", elevation_below=200)], as_of="2026-01-01")
    >>> site_cells(found).values.tolist()
    [[1, 1, 0], [0, 0, 2]]
    """
    numbered, _ = _numbered(found, minimum_ha)
    return Grid.of(found["eligible"], name="eligible").array(numbered, name="site", nodata=0)


def _numbered(found: xr.Dataset, minimum_ha: float) -> tuple[Any, Any]:
    """Return the number of each cell's site, the largest first, and the hectares of each."""
    least = check_non_negative(minimum_ha, name="minimum_ha")
    labels, count = ndimage.label(np.asarray(found["eligible"].data) == ELIGIBLE)
    hectares = _areas(labels, count, Grid.of(found["eligible"], name="eligible")) / 1e4
    kept = hectares >= max(least, np.finfo(float).tiny)
    kept[0] = False
    rank = np.zeros(count + 1, np.int32)
    order = np.flatnonzero(kept)[np.argsort(-hectares[kept], kind="stable")]
    rank[order] = np.arange(1, len(order) + 1)
    return rank[labels], hectares[order]


def _areas(labels: Any, count: int, grid: Grid) -> Any:
    """Return the true area of each label in m²."""
    areas, sums = Areas.of(grid), np.zeros(count + 1)
    step = max(1, (1 << 20) // grid.width)
    for start in range(0, grid.height, step):
        stop = min(start + step, grid.height)
        strip = labels[start:stop].ravel()
        sums += np.bincount(strip, weights=areas.rows(start, stop).ravel(), minlength=count + 1)
    return sums


def _zones_of(frame: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> list[str]:
    """Return the name of the zone in which a point inside each polygon lies; empty outside all."""
    names = zone_names(zones).astype(str).to_numpy()
    shapes_of = zones.geometry.to_crs(frame.crs).to_numpy()
    inside = frame.geometry.representative_point().to_numpy()
    found = pd.Series("", index=range(len(inside)))
    for name, shape in zip(names, shapes_of, strict=True):
        shapely.prepare(shape)
        found[shapely.contains(shape, inside) & (found == "").to_numpy()] = name
    return list(found)
