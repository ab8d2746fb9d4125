"""A study area: the counties, what lies around them, and the files and numbers that belong to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import shapely
import xarray as xr
from rasterio.features import rasterize

from .. import plan as plan_room
from .._transformers import coarse, coarse_areas, crs_to_crs
from .._validation import check_non_negative, check_positive
from ..errors import DataError
from ..raster import Bounds, Grid
from .census import read_census

CRS = "EPSG:4544"  # of a study area made by hand; a study from a folder names its own


@dataclass(frozen=True)
class StudyArea:
    """The counties with their surroundings, all in the working CRS, and the files of the study.

    Attributes
    ----------
    counties : GeoDataFrame
        One polygon row a county: ``name_zh``, ``name_en``, ``county_code``, ``area_km2`` (geodesic) and
        evidence columns.
    neighbours, frontage : GeoDataFrame
        Counties around, for context, and reaches of the county outline along a river, downstream; may be empty.
    crs : str
        Working CRS, projected, in metres.
    id, title_zh, title_en, subtitle_zh, subtitle_en : str
        Short name and names of the area, and of the counties in it.
    edges : tuple of float
        Edges of the elevation bands in metres, rising.
    crops : mapping of str to path
        Criteria files by name, in the order of the pages.
    uses : mapping of str to path
        Criteria files of other uses of land by name, e.g. ``wind``; they have no page of their own as crops have.
    climate, dem, plan_folder : path or None
        Climate file, elevation raster, folder of the plan's records.
    seats : mapping of str to str
        Township code of the seat of each county.
    dates : mapping of str to str
        ISO days of the plan (``plan``) and of the facts (``today``), as far as the study names them.
    files : mapping of str to path
        Every further file that the study names: ``places``, ``aliases``, ``corridors``, ``nodes``, ``chains``,
        ``local_links``, ``loop``, ``route``, ``census``, ``known_places``, and those above; a key that is not there
        means the study has none.
    texts : mapping of str to str
        ``river_zh``, ``plan_title_zh``, ``plan_source_zh``, ``today_source_zh`` and the same with ``_en``; empty where
        not given.
    public : bool
        Whether the plan is without what public maps must not show, and boundaries are coarse; see :meth:`for_public`.
    """

    counties: gpd.GeoDataFrame
    neighbours: gpd.GeoDataFrame
    frontage: gpd.GeoDataFrame
    crs: str = CRS
    id: str = ""
    title_zh: str = ""
    title_en: str = ""
    subtitle_zh: str = ""
    subtitle_en: str = ""
    edges: tuple[float, ...] = ()
    crops: Mapping[str, Path] = field(default_factory=dict)
    uses: Mapping[str, Path] = field(default_factory=dict)
    seats: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    public: bool = False

    def __post_init__(self) -> None:
        if self.counties.empty:
            raise DataError("the study area has no counties; give at least one polygon")

    @property
    def climate(self) -> Path | None:
        """Climate file, if the study has one."""
        return self.files.get("climate")

    @property
    def dem(self) -> Path | None:
        """Elevation raster used if no other is given, if the study has one."""
        return self.files.get("dem")

    @property
    def plan_folder(self) -> Path | None:
        """Folder of the plan's records, if the study has one."""
        return self.files.get("plan")

    @cached_property
    def plan(self) -> plan_room.Plan:
        """The plan with this study's places and corridors; empty where the study has none."""
        places, corridors = self.files.get("places"), self.files.get("corridors")
        if self.plan_folder is None:
            plan = plan_room.Plan(places_file=places, corridors_file=corridors, crs=self.crs)
        else:
            plan = plan_room.load_plan(self.plan_folder, places=places, corridors=corridors, crs=self.crs)
        return plan.for_public() if self.public else plan

    def for_public(self) -> "StudyArea":
        """Return the study with its plan and boundaries as public maps may show them.

        Boundaries and the frontage are on a grid of 50 m; for the plan see :meth:`nanyi_gis.plan.Plan.for_public`.
        """
        step = plan_room.PUBLIC_GRID_M
        areas = (self.counties, self.neighbours)
        counties, neighbours = (frame.set_geometry(coarse_areas(frame.geometry, step)) for frame in areas)
        frontage = self.frontage.set_geometry(coarse(self.frontage.geometry, step))
        return replace(self, public=True, counties=counties, neighbours=neighbours, frontage=frontage)

    @property
    def places(self) -> gpd.GeoDataFrame:
        """The gazetteer, see :func:`nanyi_gis.plan.load_places`; a new frame each time, without rows if none."""
        return self.plan.places

    @property
    def corridors(self) -> gpd.GeoDataFrame:
        """The plan's roads and railways, see :func:`nanyi_gis.plan.load_corridors`; without rows if none."""
        return self.plan.corridors

    @property
    def census(self) -> Mapping[str, int]:
        """People by county as the gazetteer names it; empty if the study has no census."""
        return read_census(self.files["census"]).people if "census" in self.files else {}

    def title(self, lang: str) -> str:
        """Return the name of the area, ``zh`` or ``en``."""
        return self.title_en if lang == "en" else self.title_zh

    def text(self, name: str, lang: str) -> str:
        """Return one of ``texts`` by its name without the language, e.g. ``river``; empty if not given."""
        return self.texts.get(f"{name}_{lang}", "")

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
        transformer = crs_to_crs(self.crs, "EPSG:4326")
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
        return Grid.from_bounds(self.bounds, resolution=size, crs=self.crs, margin=margin)

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
