"""Reservoirs: stage, area and volume behind a dam, all stages from one flood; and places for dams, ranked."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from .._validation import check_count, check_finite, check_positive
from ..errors import ParameterError
from ..raster import Areas, Grid
from .burn import cell_width
from .dam import Dam, Flooded, Site, line_dam, point_dam
from .flow import Bool, Float
from .places import outlines
from .streams import stream_cells, upstream_km2

_STEPS = 20
_DEFAULT_SPACING_M = 1000.0


@dataclass(frozen=True, eq=False)
class Reservoir:
    """Water behind a dam, at any level up to its crest.

    Attributes
    ----------
    dam : Dam
        Its line, crest and length.
    base_m : float
        Level at which water begins to stand: the lowest ground beside the dam.
    whole, grid : Grid
        Of the DEM, and of the window around the water.
    stage : float64 (rows, columns)
        The level that first wets each cell; NaN where it stays dry up to the crest.
    ground : float64 (rows, columns)
        Heights.
    """

    dam: Dam
    base_m: float
    whole: Grid
    grid: Grid
    stage: Float
    ground: Float
    _levels: Float
    _area: Float
    _moment: Float

    @classmethod
    def of(cls, site: Site, dam: Dam, water: Flooded) -> "Reservoir":
        """Return the reservoir of a flood."""
        rows, columns = water.stage.shape
        part = site.grid.window(slice(water.top, water.top + rows), slice(water.left, water.left + columns))
        wet = ~np.isnan(water.stage)
        areas = Areas.of(site.grid).rows(water.top, water.top + rows)[:, water.left : water.left + columns][wet]
        stage, ground = water.stage[wet], water.ground[wet]
        order = np.argsort(stage, kind="stable")
        area = np.concatenate([[0.0], np.cumsum(areas[order])])
        moment = np.concatenate([[0.0], np.cumsum((areas * (ground - water.base_m))[order])])
        return cls(dam, water.base_m, site.grid, part, water.stage, water.ground, stage[order], area, moment)

    def area_km2(self, level: float) -> float:
        """Return the true area of the cells that are under water at a level, those that just meet it left out."""
        return float(self._area[np.searchsorted(self._levels, level, side="left")]) / 1e6

    def volume_m3(self, level: float) -> float:
        """Return the water below a level: the sum over wet cells of area times depth."""
        i = int(np.searchsorted(self._levels, level, side="left"))
        return float(self._area[i] * (level - self.base_m) - self._moment[i])

    def levels(self, steps: int = _STEPS) -> Float:
        """Return levels from the base to the crest, evenly apart; the base itself is left out."""
        found: Float = np.linspace(self.base_m, self.dam.crest_m, check_count(steps, name="steps") + 1)[1:]
        return found

    def curve(self, levels: Sequence[float] | Float | None = None) -> pd.DataFrame:
        """Return ``level_m``, ``depth_m`` (at the dam), ``area_km2`` and ``volume_m3`` at levels up to the crest.

        Raises
        ------
        ParameterError
            If a level is above the crest.
        """
        chosen = self.levels() if levels is None else np.array([check_finite(level, name="level") for level in levels])
        self._refuse_above(float(chosen.max(initial=self.base_m)))
        return pd.DataFrame(
            {
                "level_m": chosen,
                "depth_m": np.maximum(chosen - self.base_m, 0.0),
                "area_km2": [self.area_km2(level) for level in chosen],
                "volume_m3": [self.volume_m3(level) for level in chosen],
            }
        )

    def wet(self, level: float) -> Bool:
        """Return which cells of the window are under water at a level."""
        self._refuse_above(level)
        with np.errstate(invalid="ignore"):
            return np.asarray(self.stage < level)

    def polygons(self, levels: Sequence[float] | Float | None = None) -> gpd.GeoDataFrame:
        """Return the water's outline at levels: the columns of :meth:`curve`, MultiPolygons of whole cells."""
        table = self.curve(levels)
        shapes = []
        for level in table["level_m"]:
            found = outlines(self.wet(float(level)).astype(np.int32), self.grid, name="water")
            shapes.append(found.geometry.iloc[0] if len(found) else shapely.MultiPolygon())
        return gpd.GeoDataFrame(table, geometry=shapes, crs=self.grid.crs)

    def _refuse_above(self, level: float) -> None:
        if level > self.dam.crest_m * (1.0 + 1e-12) + 1e-9:
            raise ParameterError(f"level {level:g} m is above the crest at {self.dam.crest_m:g} m; give a lower one")


def reservoir(
    dem: xr.DataArray,
    dam: tuple[float, float, float] | gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    crest: float | None = None,
) -> Reservoir:
    """Return the water behind a dam, all its stages from one flood.

    The water rises from the lowest ground beside the dam; cells are taken in the order of the level that reaches them,
    so a hollow behind a sill is wetted when the sill is. The dam is a wall of whole cells without way through.

    Parameters
    ----------
    dem : DataArray
        Heights in metres, projected or in degrees; unfilled, or hollows count as full.
    dam : (longitude, latitude, height) or GeoDataFrame of one line
        A place in degrees (WGS 84) and the metres of its crest above the ground there: the dam is then the shortest of
        the straight lines through the cell, 5 degrees apart, that reach the crest on both sides and hold the water.
        Or the dam's own line.
    crest : float, optional
        Level of the crest in metres; with a line only.

    Returns
    -------
    Reservoir

    Raises
    ------
    ParameterError
        If the dam is off the DEM or off a valley, or higher than its rim (names the saddle and the height allowed), or
        a crest is given without a line or a line without crest.
    DataError
        If the line is none.

    Examples
    --------
    A valley 30 m wide between walls that falls 1 m a cell of 10 m; a dam of 3 m over the fourth cell:

    >>> z = np.full((7, 12), 99.0)
    >>> z[2:5] = 20.0 - np.arange(12)
    >>> xy = {"y": 3_100_000.0 - 10 * np.arange(7), "x": 500_000.0 + 10 * np.arange(12)}
    >>> dem = xr.DataArray(z, coords=xy, dims=("y", "x")).rio.write_crs(4544)
    >>> line = gpd.GeoSeries.from_wkt(["LINESTRING (500060 3099990, 500060 3099950)"], crs=4544)
    >>> water = reservoir(dem, line, crest=18.0)
    >>> water.base_m, water.curve([16.0, 17.0])["depth_m"].tolist()
    (15.0, [1.0, 2.0])
    >>> round(water.volume_m3(17.0) / 300)  # two cells deep and one deep, three wide, of 100 m2
    3
    """
    site = Site.of(dem)
    if isinstance(dam, gpd.GeoDataFrame | gpd.GeoSeries):
        if crest is None:
            raise ParameterError("a dam's line needs its crest; give crest= in metres above sea")
        return Reservoir.of(site, *line_dam(site, dam, crest))
    if crest is not None:
        raise ParameterError(f"crest is {crest:g}, but has no effect with a place; give a line, or leave it out")
    if len(dam) != 3:
        raise ParameterError(f"dam has {len(dam)} numbers, but must be longitude, latitude and height")
    return Reservoir.of(site, *point_dam(site, *dam))


def dam_candidates(
    dem: xr.DataArray,
    drainage: xr.Dataset,
    *,
    height: float,
    km2: float = 10.0,
    spacing: float = _DEFAULT_SPACING_M,
    longest: float = 600.0,
    count: int = 10,
) -> gpd.GeoDataFrame:
    """Return places along streams where a dam of one height would hold the most water for its length.

    Parameters
    ----------
    dem : DataArray
        Heights in metres.
    drainage : Dataset
        Of :func:`drainage` on the same grid.
    height : float
        Metres of the crest above the stream's bed.
    km2 : float
        Least land above a dam.
    spacing : float
        Metres between places that are tried, so between candidates too.
    longest : float
        Metres of the longest dam.
    count : int
        So many at most.

    Returns
    -------
    GeoDataFrame
        Lines of the dams, the best first: ``rank``, ``crest_m``, ``length_m``, ``volume_m3``, ``area_km2`` (of water),
        ``upstream_km2``, ``m3_per_m``, ``longitude``, ``latitude`` (of its place in the stream). Terrain alone is
        compared: no geology, no water balance, nobody who lives there. Empty if no place holds water.

    Raises
    ------
    ParameterError
        If a number is not above zero, or no cell has as much land above it.
    """
    site = Site.of(dem)
    metres, apart = check_positive(height, name="height", unit="m"), check_positive(spacing, name="spacing", unit="m")
    most = check_positive(longest, name="longest", unit="m")
    marked = np.asarray(stream_cells(drainage, km2=km2).data)
    above = upstream_km2(drainage)
    step = max(1, round(apart / cell_width(site.grid)))
    rows, columns = np.nonzero(marked)
    tried = pd.DataFrame({"row": rows, "column": columns, "above": above[rows, columns]})
    tried["square"] = (rows // step) * (site.grid.width // step + 1) + columns // step
    tried = tried.sort_values(["above", "row", "column"], ascending=[False, True, True], kind="stable")
    found = []
    tried = tried.drop_duplicates("square")
    for row, column, land in zip(*(tried[name].tolist() for name in ("row", "column", "above")), strict=True):
        crest = float(site.heights(row, column, row + 1, column + 1)[0, 0]) + metres
        for dam in site.axes(row, column, crest, most=most)[:1]:
            if dam.length_m > most:
                continue
            flood = site.flooded(dam)
            if flood.ended == 0:
                water = Reservoir.of(site, dam, flood)
                longitude, latitude = site.degrees(row, column)
                found.append(
                    {
                        "crest_m": crest,
                        "length_m": dam.length_m,
                        "volume_m3": water.volume_m3(crest),
                        "area_km2": water.area_km2(crest),
                        "upstream_km2": land,
                        "longitude": longitude,
                        "latitude": latitude,
                        "geometry": dam.line,
                    }
                )
    names = [
        "rank",
        "crest_m",
        "length_m",
        "volume_m3",
        "area_km2",
        "upstream_km2",
        "m3_per_m",
        "longitude",
        "latitude",
    ]
    table = gpd.GeoDataFrame(found or {"geometry": []}, geometry="geometry", crs=site.grid.crs)
    if not len(table):
        return table.reindex(columns=[*names, "geometry"]).set_geometry("geometry").set_crs(site.grid.crs)
    table["m3_per_m"] = table["volume_m3"] / table["length_m"]
    order = ["m3_per_m", "longitude", "latitude"]
    best = table.sort_values(order, ascending=[False, True, True], kind="stable").head(check_count(count, name="count"))
    best = best.reset_index(drop=True)
    best["rank"] = np.arange(1, len(best) + 1)
    return best[[*names, "geometry"]]
