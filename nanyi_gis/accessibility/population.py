"""People as weights: county totals spread by assumption, or a population raster by the nearest seat."""

import re
from pkgutil import resolve_name

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
import xarray as xr
from scipy.spatial import cKDTree

from ..errors import DataError

# persons/km2, people per sq km, km-2, inhabitants per hectare, 人/平方公里, density
_DENSITY = re.compile(
    r"/\s*(?:km|sq|ha|m|平方|公顷)|\bper\s+(?:sq|km|ha|hectare|m)|(?:km|m|ha)\s*\^?-[12]|density|密度|每平方|每公顷"
)
CENSUS = "nanyi_gis.targets:county_totals"  # people by county if none are given; found when asked for


def spread_population(townships: pd.DataFrame, *, totals: pd.Series | None = None) -> pd.DataFrame:
    """Spread county totals equally over townships, and say that this is an assumption.

    Parameters
    ----------
    townships : DataFrame
        With ``county``; every township counts, located or not, so that the totals are kept.
    totals : Series, optional
        People by county, with the day of the census in ``attrs['as_of']`` if known; those of the embedded
        study if not given.

    Returns
    -------
    DataFrame
        ``population`` and ``basis``, with the townships' index.

    >>> towns = pd.DataFrame({"county": ["x", "x", "y"]}, index=["a", "b", "c"])
    >>> spread_population(towns, totals=pd.Series({"x": 10, "y": 7}))["population"].tolist()
    [5.0, 5.0, 7.0]
    """
    people = resolve_name(CENSUS)() if totals is None else totals
    unknown = set(townships["county"]) - set(people.index)
    if unknown:
        raise DataError(f"no total for county {min(unknown)!r}; known are {', '.join(map(str, people.index))}")
    share = townships["county"].map(people) / townships.groupby("county")["county"].transform("size")
    year = str(people.attrs.get("as_of", ""))[:4]
    basis = f"assumed: the county's census total{f' of {year}' if year else ''} divided equally among its townships"
    return pd.DataFrame({"population": share.astype(float), "basis": basis}, index=townships.index)


def zonal_population(raster: xr.DataArray, townships: gpd.GeoDataFrame, counties: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum a raster of people by the nearest township seat within the same county; what lies in the counties is kept.

    Parameters
    ----------
    raster : DataArray
        People per cell (counts, not densities), with a CRS; NaN and negative cells count as empty.
    townships : GeoDataFrame
        Seats, with ``county``; one without geometry gets nobody. Seats at one point share their people equally.
    counties : GeoDataFrame
        Polygons with ``name_zh`` equal to the townships' ``county``, or beginning with it.

    Returns
    -------
    DataFrame
        ``population`` and ``basis``, with the townships' index; ``attrs['outside']`` is what lies in no county.

    Raises
    ------
    DataError
        If the raster has no CRS, declares a density, or holds nobody inside the counties.
    """
    crs = raster.rio.crs
    if crs is None:
        raise DataError("the population raster has no CRS; assign one, e.g. with gdal_translate -a_srs EPSG:4326")
    unit = str(raster.attrs.get("units", ""))
    if _DENSITY.search(unit.lower()):
        raise DataError(
            f"the population raster has the unit {unit!r}, a density; multiply it by the cells' area, for people "
            "per cell"
        )
    values = np.asarray(raster.values, dtype=np.float64)
    nodata = raster.rio.nodata
    empty = ~np.isfinite(values) | (values < 0) | (values == nodata if nodata is not None else False)
    values = np.where(empty, 0.0, values)
    zones = counties.to_crs(crs)
    shapes = [(shape, i + 1) for i, shape in enumerate(zones.geometry)]
    zone = rasterio.features.rasterize(shapes, out_shape=values.shape, transform=raster.rio.transform(), dtype="int32")
    located = townships[townships.geometry.notna()]
    people = pd.Series(0.0, index=townships.index)
    for i, name in enumerate(zones["name_zh"]):
        seats = located[[str(name).startswith(county) for county in located["county"]] if len(located) else []]
        rows, columns = np.nonzero((zone == i + 1) & (values > 0))
        if not len(rows):
            continue
        if seats.empty:
            raise DataError(f"county {name!r} has people but no township with coordinates; add one")
        x, y = raster.rio.transform() * (columns + 0.5, rows + 0.5)
        cells = gpd.GeoSeries(gpd.points_from_xy(x, y, crs=crs)).to_crs(seats.crs)
        places, which = np.unique(np.column_stack([seats.geometry.x, seats.geometry.y]), axis=0, return_inverse=True)
        _, nearest = cKDTree(places).query(np.column_stack([cells.x, cells.y]))
        total = np.bincount(nearest, weights=values[rows, columns], minlength=len(places))
        sharing = np.bincount(which.ravel(), minlength=len(places))
        people.loc[seats.index] = (total / sharing)[which.ravel()]
    if people.sum() <= 0:
        raise DataError("the population raster holds nobody inside the counties; check its CRS and extent")
    result = pd.DataFrame({"population": people, "basis": "population raster, nearest seat in the county"})
    result.attrs["outside"] = float(values[zone == 0].sum())
    return result
