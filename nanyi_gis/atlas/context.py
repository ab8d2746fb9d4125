"""What every page of the atlas draws on, made once."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from .. import plan as plan_room
from .. import terrain
from ..dem import load_dem
from ..errors import DataError, ParameterError
from ..io import read_vector
from ..plan import Plan
from ..study import StudyArea, load_study
from ..webmap.rasters import encode
from .imagery import Picture, shaded_relief

PUBLIC_GRID_M = 100.0
PUBLIC_COORDINATES_M = 50.0
KM2_TO_WANMU = 0.15


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """Study area, plan, terrain and what follows from them, in one language.

    Attributes
    ----------
    study, plan
        The counties and the development plan.
    dem, slope, bands : xarray.DataArray
        Elevation (m), slope (degrees) and elevation bands on the working grid.
    lang : str
        ``zh`` or ``en``.
    public : bool
        Whether what public maps must not show is coarsened or left out.
    extra : dict of GeoDataFrame
        The user's own layers by name.
    roads : Path or None
        Road lines that replace the schematic network.
    """

    study: StudyArea
    plan: Plan
    dem: xr.DataArray
    slope: xr.DataArray
    bands: xr.DataArray
    lang: str
    public: bool
    extra: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    roads: Path | None = None

    def say(self, zh: str, en: str) -> str:
        """Return the text in the language of the atlas."""
        return en if self.lang == "en" else zh

    @property
    def name(self) -> str:
        """Column of names in the language of the atlas."""
        return "name_en" if self.lang == "en" else "name_zh"

    @property
    def demonstration(self) -> bool:
        """Whether the terrain is the embedded demonstration."""
        return bool(self.dem.attrs["demonstration"])

    @property
    def report(self) -> dict[str, Any]:
        """What loading the DEM found and did."""
        report: dict[str, Any] = self.dem.attrs["report"]
        return report

    @property
    def terrain_name(self) -> str:
        """How the terrain is called wherever it is seen."""
        if self.demonstration:
            return self.say("示范地形（模型高程）", "demonstration terrain (modelled heights)")
        return ", ".join(source["name"] for source in self.report["sources"])

    @property
    def terrain_evidence(self) -> str:
        """Evidence grade of whatever is computed from the terrain."""
        return "modelled" if self.demonstration else "derived"

    @property
    def notice(self) -> str | None:
        """The banner of every page with terrain."""
        if not self.demonstration:
            return None
        return self.say(
            "示范地形：高程为模型生成，不是实测数据。面积与分带仅供演示；请用 nanyi-gis build --dem 换入真实 DEM。",
            "Demonstration terrain: heights are modelled, not surveyed. Areas and bands only demonstrate; "
            "put in a real DEM with nanyi-gis build --dem.",
        )

    @cached_property
    def zones(self) -> xr.DataArray:
        """County of each cell, with the names in the language of the atlas."""
        zones = self.study.rasterize_counties(self.dem)
        zones.attrs["names"] = [str(name) for name in self.study.counties[self.name]]
        return zones

    @cached_property
    def band_areas(self) -> pd.DataFrame:
        """Area of each band in each county and in both."""
        return terrain.band_areas(self.bands, zones=self.zones, total=self.both)

    @property
    def both(self) -> str:
        """Name of all counties together."""
        return self.say("两县合计", "Both counties") if len(self.study.counties) == 2 else self.say("合计", "Total")

    @cached_property
    def belts(self) -> tuple[plan_room.FruitBelt | None, ...]:
        """The plan's fruit belt of each elevation band, ``None`` where it has none."""
        edges = [None, *self.bands.attrs["edges"], None]
        known = {(belt.low_m, belt.high_m): belt for belt in plan_room.fruit_belts(self.plan)}
        return tuple(known.get(bounds) for bounds in itertools.pairwise(edges))

    @cached_property
    def corridors(self) -> gpd.GeoDataFrame:
        """Corridors that have a line."""
        corridors = self.plan.corridors
        return corridors.drop(index=plan_room.unlocated_corridors(corridors).index)

    @cached_property
    def hypsometry(self) -> pd.DataFrame:
        """Area above each level in each county."""
        return terrain.hypsometric_curve(self.dem, zones=self.zones, step=25.0)

    @cached_property
    def relief(self) -> Picture:
        """Shaded relief, the ground of every map."""
        return shaded_relief(self.dem)

    @cached_property
    def relief_file(self) -> bytes:
        """The shaded relief as a WebP file, encoded once for all pages."""
        return encode(self.relief.values, None, "webp")

    @cached_property
    def places(self) -> gpd.GeoDataFrame:
        """The gazetteer, without what public maps must not show when ``public``."""
        places = self.plan.places
        return places[places["public"]] if self.public else places

    @cached_property
    def located(self) -> gpd.GeoDataFrame:
        """Places that have a coordinate."""
        return self.coarsened(plan_room.located(self.places))

    @cached_property
    def unlocated(self) -> gpd.GeoDataFrame:
        """Places without a coordinate: listed, drawn nowhere."""
        return plan_room.unlocated(self.places)

    def coarsened(self, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return points rounded to 50 m for public maps, else as they are."""
        if not self.public:
            return points
        step = PUBLIC_COORDINATES_M
        x = np.round(points.geometry.x / step) * step
        y = np.round(points.geometry.y / step) * step
        return points.set_geometry(gpd.points_from_xy(x, y, crs=points.crs))

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """The first view of a page: west, south, east, north in degrees."""
        return self.study.bounds_wgs84(margin_m=3000.0)

    def sources_note(self) -> list[str]:
        """Return the provenance lines that every page carries."""
        west = self.say("底图边界", "Boundaries")
        kind = self.terrain_name
        resolution = f"{self.report['resolution_m']:g} m"
        vertical = self.report["vertical_datum"]
        vertical = self.say("未知", "unknown") if vertical == "unknown" else vertical
        counties = self.study.counties.iloc[0]
        return [
            f"{west}: {counties['source']} ({counties['as_of']})",
            self.say(
                f"地形: {kind}，格网 {resolution}，高程基准 {vertical}",
                f"Terrain: {kind}, grid {resolution}, heights {vertical}",
            ),
            self.say(
                "坐标: EPSG:4544 (CGCS2000)，图上视 WGS-84 与 CGCS2000 相同",
                "Coordinates: EPSG:4544 (CGCS2000); WGS-84 and CGCS2000 are taken as equal at map scale",
            ),
            self.say(
                "规划: 泸州市人民政府办公室 2022-03-14",
                "Plan: General Office of Luzhou Municipal Government, 2022-03-14",
            ),
        ]


def prepare(
    *,
    study: Path | None,
    dem: Sequence[Path],
    roads: Path | None,
    boundaries: Path | None,
    assume_datum: str | None,
    layers: Sequence[Path],
    resolution: float | None,
    lang: str,
    public: bool,
) -> Atlas:
    """Load and derive everything the pages share."""
    area = load_study(boundaries, study=study, assume_datum=assume_datum)
    extra = dict(zip(_layer_names(layers), map(_checked_layer, layers), strict=True))
    sources = list(dem) or ([] if area.dem is None else [area.dem])
    if not sources:
        raise ParameterError(f"the study {area.id} names no dem; give the elevations with --dem FILE")
    elevation = load_dem(sources, study=area, resolution=resolution)
    if public and elevation.attrs["report"]["resolution_m"] < PUBLIC_GRID_M:
        elevation = load_dem(sources, study=area, resolution=PUBLIC_GRID_M)
    return Atlas(
        study=area,
        plan=area.plan,
        dem=elevation,
        slope=terrain.slope(elevation),
        bands=terrain.elevation_bands(elevation, edges=area.edges),
        lang=lang,
        public=public,
        extra=extra,
        roads=roads,
    )


def _layer_names(paths: Sequence[Path]) -> list[str]:
    """Return the files' names without suffix, numbered where they repeat (GeoPackage is blind to case).

    >>> _layer_names([Path("a/roads.shp"), Path("b/Roads.gpkg"), Path("sites.gpkg")])
    ['roads', 'Roads_2', 'sites']
    """
    names: list[str] = []
    for path in paths:
        name, number = path.stem, 1
        while name.casefold() in {known.casefold() for known in names}:
            number += 1
            name = f"{path.stem}_{number}"
        names.append(name)
    return names


def _checked_layer(path: Path) -> gpd.GeoDataFrame:
    frame = read_vector(path)
    if frame.geometry.is_empty.all() or frame.geometry.isna().all():
        raise DataError(f"{path} holds only empty geometries; give a layer with points, lines or polygons")
    return frame
