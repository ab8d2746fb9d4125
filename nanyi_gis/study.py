"""The study area: the two counties, their neighbours, the river frontage, and grids over them."""

import os
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import rioxarray  # noqa: F401  (the .rio accessor)
import shapely
import xarray as xr
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.features import rasterize

from ._validation import check_non_negative, check_positive
from .datum import refuse_shifted
from .errors import DataError, ParameterError
from .io import data_file, name_column, names_of, near, read_vector

CRS = "EPSG:4544"
Bounds = tuple[float, float, float, float]

_ENGLISH_COLUMNS = ("name_en", "NAME_EN", "pinyin")
_CODE_COLUMNS = ("county_code", "code", "adcode", "PAC", "XZQDM")
_GEOD = Geod(ellps="WGS84")
_MOST_OVERLAP = 1e-3


@dataclass(frozen=True)
class Grid:
    """A north-up raster grid: CRS, affine transform, size in cells.

    >>> grid = Grid(CRS, Affine(30.0, 0.0, 600.0, 0.0, -30.0, 900.0), width=10, height=20)
    >>> grid.shape, grid.bounds, grid.resolution
    ((20, 10), (600.0, 300.0, 900.0, 900.0), 30.0)
    """

    crs: str
    transform: Affine
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @property
    def resolution(self) -> float:
        """Edge length of a cell in units of the CRS."""
        return float(self.transform.a)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north."""
        west, north = self.transform.c, self.transform.f
        return west, north + self.height * self.transform.e, west + self.width * self.transform.a, north

    def template(self, *, dtype: str = "float32", fill: float = np.nan) -> xr.DataArray:
        """Return a raster on this grid filled with one value."""
        columns = self.transform.c + (np.arange(self.width) + 0.5) * self.transform.a
        rows = self.transform.f + (np.arange(self.height) + 0.5) * self.transform.e
        values = np.full(self.shape, fill, dtype=dtype)
        raster = xr.DataArray(values, dims=("y", "x"), coords={"y": rows, "x": columns})
        placed: xr.DataArray = raster.rio.write_crs(self.crs).rio.write_transform(self.transform)
        return placed


@dataclass(frozen=True)
class StudyArea:
    """The counties with their surroundings, all in the working CRS.

    Attributes
    ----------
    counties : GeoDataFrame
        One polygon row a county: ``name_zh``, ``name_en``, ``county_code``, ``area_km2`` (geodesic) and
        evidence columns.
    neighbours : GeoDataFrame
        Counties around, for context.
    frontage : GeoDataFrame
        Reaches of the county outline along the Chishui River, downstream.
    crs : str
        ``EPSG:4544``.
    """

    counties: gpd.GeoDataFrame
    neighbours: gpd.GeoDataFrame
    frontage: gpd.GeoDataFrame
    crs: str = CRS

    def __post_init__(self) -> None:
        if self.counties.empty:
            raise DataError("the study area has no counties; give at least one polygon")

    @cached_property
    def outline(self) -> shapely.Geometry:
        """Union of the counties as one polygon or multipolygon."""
        return shapely.union_all(self.counties.geometry.values)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north of the counties in metres."""
        west, south, east, north = (float(value) for value in self.counties.total_bounds)
        return west, south, east, north

    def bounds_wgs84(self, *, margin_m: float = 0.0) -> Bounds:
        """West, south, east, north in degrees of the box around the counties, ``margin_m`` wider on each side."""
        margin = check_non_negative(margin_m, name="margin", unit="m")
        west, south, east, north = self.bounds
        transformer = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        box = transformer.transform_bounds(west - margin, south - margin, east + margin, north + margin)
        return box[0], box[1], box[2], box[3]

    def grid(self, resolution: float, *, margin_m: float = 0.0) -> Grid:
        """Return the grid that covers the counties, its edges on whole multiples of the resolution.

        Parameters
        ----------
        resolution : float
            Edge length of a cell in metres.
        margin_m : float
            Least distance between counties and edge of the grid in metres.

        Raises
        ------
        ParameterError
            If the resolution is not above zero or the margin is negative.
        """
        size = check_positive(resolution, name="resolution", unit="m")
        margin = check_non_negative(margin_m, name="margin", unit="m")
        west, south, east, north = self.bounds
        left, bottom = np.floor((west - margin) / size), np.floor((south - margin) / size)
        right, top = np.ceil((east + margin) / size), np.ceil((north + margin) / size)
        transform = Affine(size, 0.0, float(left) * size, 0.0, -size, float(top) * size)
        return Grid(self.crs, transform, width=int(right - left), height=int(top - bottom))

    def rasterize_counties(self, template: xr.DataArray) -> xr.DataArray:
        """Return the county of each cell centre: 1, 2, ... in the order of ``counties``, 0 outside.

        Parameters
        ----------
        template : DataArray
            Dimensions ``y, x`` with a CRS; only its grid is used.

        Returns
        -------
        DataArray
            uint8 on the grid of ``template``, named ``county``, nodata 0; ``attrs["names"]`` lists the names.

        Raises
        ------
        DataError
            If the template has no CRS, or there are more than 255 zones.
        """
        if len(self.counties) > 255:
            raise DataError(f"{len(self.counties)} zones, but a zone raster holds at most 255; merge some first")
        if template.rio.crs is None:
            raise DataError("the raster has no CRS; assign one, e.g. EPSG:4544")
        shapes = self.counties.geometry.to_crs(template.rio.crs)
        zones = rasterize(
            zip(shapes, range(1, len(shapes) + 1), strict=True),
            out_shape=(template.sizes["y"], template.sizes["x"]),
            transform=template.rio.transform(),
            fill=0,
            dtype="uint8",
        )
        coords = {name: template.coords[name] for name in ("y", "x") if name in template.coords}
        raster = xr.DataArray(zones, dims=("y", "x"), coords=coords, name="county")
        raster.attrs["names"] = [str(name) for name in self.counties["name_zh"]]
        placed = raster.rio.write_crs(template.rio.crs).rio.write_transform(template.rio.transform())
        result: xr.DataArray = placed.rio.write_nodata(0)
        return result


def load_study(
    boundaries: str | os.PathLike[str] | None = None,
    *,
    assume_datum: str | None = None,
    layer: str | None = None,
) -> StudyArea:
    """Load the study area, with the embedded county boundaries or the user's own.

    Parameters
    ----------
    boundaries : path, optional
        Polygons that replace the two counties: any vector file with a CRS and a column of names.
        Those lying mainly (by more than half of their area) in the two counties are taken; polygons
        of the same name count as one.
    assume_datum : str, optional
        Datum of that file: ``gcj02`` and ``bd09`` are converted, ``wgs84`` is trusted. If not given, a
        file that looks shifted is refused.
    layer : str, optional
        Layer of that file; needed only if it has several layers of polygons.

    Returns
    -------
    StudyArea
        In EPSG:4544.

    Raises
    ------
    DataError
        If the file cannot be used: unreadable, no polygons, invalid, or elsewhere.
    DatumError
        If it looks shifted and no datum is assumed.
    ParameterError
        If it has no column of names, several layers of polygons, or ``assume_datum`` is no known datum.

    >>> study = load_study()
    >>> list(study.counties["name_zh"]), study.crs
    (['叙永县', '古蔺县'], 'EPSG:4544')
    """
    counties, neighbours, frontage = (
        read_vector(data_file(f"boundaries/{name}.geojson")).to_crs(CRS)
        for name in ("counties", "neighbours", "chishui_frontage")
    )
    if boundaries is not None:
        frame = read_vector(boundaries, layer=layer, kind="polygon")
        counties = _own_counties(frame, counties, assume_datum=assume_datum)
    elif assume_datum is not None or layer is not None:
        raise ParameterError("assume_datum and layer go with a boundary file, but none is given; add --boundaries FILE")
    return StudyArea(counties=counties, neighbours=neighbours, frontage=frontage)


def geodesic_area_km2(geometry: gpd.GeoSeries) -> pd.Series:
    """Return true areas on the WGS-84 ellipsoid in km², indexed as ``geometry``.

    Parameters
    ----------
    geometry : GeoSeries
        Polygons in any CRS; holes count as holes.

    Returns
    -------
    Series of float
        Named ``area_km2``; 0 for what is no polygon.

    Raises
    ------
    DataError
        If the series has no CRS.

    >>> square = gpd.GeoSeries([shapely.box(105.0, 28.0, 105.01, 28.01)], crs=4326)
    >>> float(geodesic_area_km2(square).round(3).iloc[0])
    1.09
    """
    if geometry.crs is None:
        raise DataError("the geometries have no CRS; set one, e.g. EPSG:4326")
    turned = shapely.orient_polygons(geometry.to_crs(4326).values)
    areas = [0.0 if shape is None else _GEOD.geometry_area_perimeter(shape)[0] / 1e6 for shape in turned]
    return pd.Series(areas, index=geometry.index, name="area_km2", dtype="float64")


def km2_to_wanmu(area_km2: float) -> float:
    """Return an area in 万亩 (10,000 mu); 15 mu are one hectare.

    >>> km2_to_wanmu(20.0)
    3.0
    """
    return area_km2 * 0.15


def _own_counties(frame: gpd.GeoDataFrame, trusted: gpd.GeoDataFrame, *, assume_datum: str | None) -> gpd.GeoDataFrame:
    polygons = frame[shapely.get_dimensions(np.array(frame.geometry.values)) == 2]
    if polygons.empty:
        raise DataError("the boundary file holds no polygons; give the counties as polygons")
    invalid = int((~polygons.geometry.is_valid).sum())
    if invalid:
        raise DataError(f"{invalid} of {len(polygons)} polygons of the boundary file are invalid; repair them first")
    if name_column(polygons) is None:
        given = ", ".join(str(column) for column in polygons.columns.drop(polygons.geometry.name)) or "none"
        raise ParameterError(
            f"the boundary file has no column of names, only {given}; rename one to name_zh, name or 县"
        )
    name = "_name"
    bounds = tuple(trusted.total_bounds.tolist())
    polygons = polygons.assign(_name=names_of(polygons)).set_geometry(near(polygons.geometry, bounds, CRS))
    placed = refuse_shifted(polygons, trusted, assume_datum=assume_datum).to_crs(CRS)
    ours = shapely.union_all(trusted.geometry.values)
    inside = shapely.area(shapely.intersection(np.array(placed.geometry.values), ours)) > 0.5 * placed.area
    if not inside.any():
        raise DataError("no polygon of the boundary file lies mainly in Xuyong or Gulin; check its CRS and area")
    kept = placed[inside]
    if kept[name].duplicated().any():
        kept = kept.dissolve(by=kept[name].astype(str).rename("_parts_of"), sort=False)

    _refuse_overlap(kept, names=kept[name])

    def column(candidates: tuple[str, ...], otherwise: object) -> object:
        found = _column(kept, candidates)
        return otherwise if found is None else kept[found].to_numpy()

    return gpd.GeoDataFrame(
        {
            "name_zh": kept[name].astype(str).to_numpy(),
            "name_en": column(_ENGLISH_COLUMNS, kept[name].astype(str).to_numpy()),
            "county_code": column(_CODE_COLUMNS, ""),
            "area_km2": geodesic_area_km2(kept.geometry).round(3).to_numpy(),
            "source": column(("source",), "boundary file of the user"),
            "as_of": column(("as_of",), ""),
            "evidence": column(("evidence",), "digitised"),
            "uncertainty_m": column(("uncertainty_m",), np.nan),
        },
        geometry=kept.geometry.to_numpy(),
        crs=CRS,
    )


def _refuse_overlap(polygons: gpd.GeoDataFrame, *, names: pd.Series) -> None:
    """Raise if polygons overlap by more than digitising slivers, because areas would count twice."""
    twice = float(polygons.area.sum() - shapely.union_all(polygons.geometry.values).area)
    if twice > _MOST_OVERLAP * float(polygons.area.sum()):
        named = ", ".join(map(str, names))
        raise DataError(f"the polygons {named} overlap by {twice / 1e6:,.1f} km2; cut them so that none counts twice")


def _column(frame: gpd.GeoDataFrame, candidates: tuple[str, ...]) -> str | None:
    return next((name for name in candidates if name in frame.columns), None)
