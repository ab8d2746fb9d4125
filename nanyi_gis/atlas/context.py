"""What every page of the atlas draws on, made once."""

import dataclasses
import datetime
import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import geopandas as gpd
import pandas as pd
import xarray as xr
from pyproj import CRS

from .. import plan as plan_room
from .. import terrain
from .._transformers import coarse
from ..colours import Colour, band_colours
from ..plan import PUBLIC_GRID_M, PUBLIC_HEIGHT_M, Plan, Withheld, coarse_text, coarse_texts
from ..study import StudyArea
from ..suitability import Crop
from ..webmap import encode
from .credits import credits_of
from .entry import Entry
from .imagery import Picture, shaded_relief
from .mask import surroundings
from .pages import contents
from .phrases import Phrases, catalogue, english_names
from .withheld import public_note

if TYPE_CHECKING:
    from ..targets import Validation
    from .scenarios import GraphByScenario

T = TypeVar("T")

_NUMERALS = "零一两三四五六七八九十"


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """Study area, plan, terrain and what follows from them, in one language.

    Attributes
    ----------
    study, plan
        The counties and the development plan.
    crops : tuple of Crop
        The crops that have a page.
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
    noding : str
        Where those lines meet.
    rasters : dict of DataArray
        The user's rasters for the suitability of land, by the names of their layers, on the working grid.
    raster_files : dict of Path
        The files of those rasters, for what is added up from their own cells.
    people : DataFrame or None
        People by township from the user's raster, see :func:`nanyi_gis.targets.township_population`.
    observations : tuple of Path
        The planner's sheets on the progress of the plan; the study's published ones if empty.
    as_of : date or None
        Day of the register's page; that of the register if ``None``.
    given : tuple of Path
        Files that the user gave; their :attr:`credits` stand on every page.
    folder : Path or None
        Folder of the study; ``None`` for the embedded one.
    withheld : tuple of Withheld
        What a public atlas leaves out, and why.
    on_paper : bool
        Whether the pages keep what they show, for the sheets that are drawn of it.
    only : frozenset of str or None
        Files of the pages that are asked for; all of them if ``None``. See :meth:`wants`.
    shared : dict
        What has been made once for every language, by name; see :meth:`once`.
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
    noding: str = "vertices"
    rasters: dict[str, xr.DataArray] = field(default_factory=dict)
    raster_files: dict[str, Path] = field(default_factory=dict)
    people: pd.DataFrame | None = None
    observations: tuple[Path, ...] = ()
    as_of: datetime.date | None = None
    given: tuple[Path, ...] = ()
    crops: tuple[Crop, ...] = ()
    folder: Path | None = None
    withheld: tuple[Withheld, ...] = ()
    on_paper: bool = False
    only: frozenset[str] | None = None
    shared: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def in_language(self, lang: str) -> "Atlas":
        """Return the same atlas in another language; analyses are made once for both."""
        return dataclasses.replace(self, lang=lang)

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returns, which holds no words of a language, made once for all languages.

        Names that are tuples are those of one page module; they are forgotten when its pages are made.
        """
        if name not in self.shared:
            self.shared[name] = make()
        found: T = self.shared[name]
        return found

    def say(self, zh: str, en: str) -> str:
        """Return the text in the language of the atlas."""
        return en if self.lang == "en" else zh

    def wants(self, file: str) -> bool:
        """Return whether a page is asked for; a module of several pages makes the others not."""
        return self.only is None or file in self.only

    def rasters_for(self, crop: Crop) -> dict[str, xr.DataArray]:
        """Return those of the user's rasters that concern a crop."""
        return {name: raster for name, raster in self.rasters.items() if name in (*crop.rasters, "excluded")}

    def said(self, text: str) -> str:
        """Return what a source says in the language of the atlas, as far as the catalogue has it."""
        return self._phrases.said(text)

    def named(self, chinese: str) -> str:
        """Return a Chinese name of a place or a road in the language of the atlas, as far as its English is known."""
        return chinese if self.lang == "zh" else self._phrases.said(chinese)

    def county(self, short: str) -> str:
        """Return a county as the gazetteer names it, several between semicolons, in the language of the atlas."""
        if self.lang == "zh":
            return short
        return ", ".join(self.full_county(part) or self.named(part) for part in short.split(";"))

    def full_county(self, short: str) -> str | None:
        """Return the county of the study that the gazetteer calls so, in the language of the atlas; None if none is."""
        return next((name for zh, name in self.county_names.items() if short and zh.startswith(short)), None)

    @cached_property
    def _phrases(self) -> Phrases:
        tables = catalogue()
        frames = (self.study.places, self.study.counties, self.study.neighbours, self.study.corridors)
        kept = [frame[["name_zh", "name_en"]] for frame in frames if {"name_zh", "name_en"} <= set(frame.columns)]
        own = [(str(zh), str(en)) for frame in kept for zh, en in frame.fillna("").itertuples(index=False)]
        names = english_names([*tables["names"].items(), *own]) if self.lang == "en" else {}
        table = tables[self.lang]
        if self.public:  # their numbers are coarse in what is to be said
            table = {coarse_text(raw): coarse_text(said) for raw, said in table.items()}
        return Phrases(table, names, lang=self.lang, endings=tables["endings"])

    @property
    def name(self) -> str:
        """Column of names in the language of the atlas."""
        return "name_en" if self.lang == "en" else "name_zh"

    @cached_property
    def contents(self) -> tuple[Entry, ...]:
        """Entries of all pages as they are shown, with those that this study cannot have."""
        return contents(self)

    @cached_property
    def credits(self) -> tuple[str, ...]:
        """Title, licence and attribution of what the user gave, where its provenance is known."""
        return credits_of(self.given, lang=self.lang)

    @property
    def pages(self) -> tuple[Entry, ...]:
        """Entries of the pages that are made."""
        return tuple(entry for entry in self.contents if entry.made)

    @property
    def river(self) -> str:
        """Name of the river of the frontage."""
        return self.study.text("river", self.lang) or self.say("界河", "Boundary river")

    @cached_property
    def counties(self) -> list[str]:
        """Names of the counties in the language of the atlas."""
        return [str(name) for name in self.study.counties[self.name]]

    @cached_property
    def county_names(self) -> dict[str, str]:
        """Name of each county in the language of the atlas by its Chinese name."""
        return {str(zh): name for zh, name in zip(self.study.counties["name_zh"], self.counties, strict=True)}

    @property
    def title(self) -> str:
        """What the atlas is called."""
        return self.say(f"{self.study.title_zh}空间规划图集", f"Atlas of {self.study.title_en}")

    @property
    def outlines(self) -> str:
        """How the layer of the counties is called."""
        count = len(self.counties)
        english = "The county" if count == 1 else f"The {'two' if count == 2 else count} counties"
        return self.say(f"{_number_zh(count)}县县界", english)

    @property
    def band_palette(self) -> dict[int, Colour]:
        """Colour by code of the elevation bands."""
        return dict(enumerate(band_colours(len(self.bands.attrs["labels"])), start=1))

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
        title = "title" if self.lang == "en" else "title_zh"
        return ", ".join(dict.fromkeys(source.get(title) or source["name"] for source in self.report["sources"]))

    @property
    def terrain_evidence(self) -> str:
        """Evidence grade of whatever is computed from the terrain."""
        return "modelled" if self.report["modelled"] else "derived"

    @property
    def notice(self) -> str | None:
        """The banner of every page with terrain."""
        if self.demonstration:
            return self.say(
                "示范地形：高程为模型生成，不是实测数据，面积与分带仅供演示，不能作为依据。"
                "要按真实地形重算，请向制图单位提供实测高程数据（DEM）。",
                "Demonstration terrain: heights are modelled, not surveyed. Areas and bands only demonstrate and "
                "decide nothing; for real ones give a surveyed elevation model to those who made this atlas.",
            )
        if self.report["modelled"]:
            return self.say(
                f"地形：{self.terrain_name}。大尺度高程为实测；坡度、沟谷等细部为模型生成，不代表实地。",
                f"Terrain: {self.terrain_name}. Heights are real at that scale; slopes and valleys below it are "
                "modelled and not those on the ground.",
            )
        return None

    @cached_property
    def graphs(self) -> "GraphByScenario":
        """Network of each scenario, or of the user's roads alone."""
        from .scenarios import scenario_graphs

        return self.once("graphs", lambda: scenario_graphs(self))

    @cached_property
    def uncertain(self) -> "GraphByScenario":
        """Networks of today without, with and by each road whose opening is not on record; none of a user's roads."""
        from .scenarios import uncertain_graphs

        return self.once("uncertain", lambda: uncertain_graphs(self))

    @cached_property
    def validation(self) -> "Validation":
        """What the model says of the study's known places."""
        from .known import crops_to_judge, validated

        crops = crops_to_judge(self)
        return self.once(f"validation of {[crop.id for crop in crops]}", lambda: validated(self, crops))

    @cached_property
    def zones(self) -> xr.DataArray:
        """County of each cell, with the names in the language of the atlas."""
        zones = self.once("zones", lambda: self.study.rasterize_counties(self.dem))
        return zones.assign_attrs(names=[str(name) for name in self.study.counties[self.name]])

    @cached_property
    def band_areas(self) -> pd.DataFrame:
        """Area of each band in each county and, if there are several, in all."""
        total = self.both if len(self.counties) > 1 else None
        return terrain.band_areas(self.bands, zones=self.zones, total=total)

    @property
    def both(self) -> str:
        """Name of all counties together."""
        count = len(self.counties)
        if count == 1:
            return self.say("合计", "Total")
        return self.say(f"{_number_zh(count)}县合计", "Both counties" if count == 2 else f"All {count} counties")

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
        return self.once("relief", lambda: shaded_relief(self.dem))

    @cached_property
    def relief_file(self) -> bytes:
        """The shaded relief as a WebP file, encoded once for all pages."""
        return self.once("relief_file", lambda: encode(self.relief.values, None, "webp"))

    @cached_property
    def surroundings(self) -> gpd.GeoDataFrame:
        """All that lies outside the counties, which every map dims."""
        return self.once("surroundings", lambda: surroundings(self.study))

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

    def coarsened(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return points, lines or areas on a grid of 50 m and their texts coarse for public maps, else as they are."""
        if not self.public or frame.crs is None:
            return frame
        moved = coarse(frame.geometry.to_crs(self.study.crs), PUBLIC_GRID_M).to_crs(frame.crs)
        return coarse_texts(frame.set_geometry(moved))

    @property
    def height_step(self) -> float:
        """Steps in metres in which heights are read from the map: the heights of public maps are coarse."""
        return PUBLIC_HEIGHT_M if self.public else 5.0

    def heights(self, metres: "pd.Series[float]") -> "pd.Series[float]":
        """Return heights as they may be told: of a public atlas in steps of 20 m."""
        return (metres / PUBLIC_HEIGHT_M).round() * PUBLIC_HEIGHT_M if self.public else metres

    @property
    def review(self) -> str | None:
        """Text of the map-review field of a public map, which needs a number; none for the page's own."""
        if not self.public:
            return None
        return self.say("示意图 · 审图号：＿＿＿＿＿＿", "Sketch map · review number: ______")

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """The first view of a page: west, south, east, north in degrees."""
        return self.study.bounds_wgs84(margin_m=3000.0)

    def sources_note(self) -> list[str]:
        """Return the provenance lines that every page carries."""
        vertical = self.report["vertical_datum"]
        grid = f"{self.report['resolution_m']:g} m"
        counties = self.study.counties.iloc[0]
        outline, vertical = self.said(str(counties["source"])), self.said(vertical)
        as_of = f" ({self.said(str(counties['as_of']))})" if counties["as_of"] else ""
        crs = f"{self.study.crs} ({CRS.from_user_input(self.study.crs).name})"
        plan = self.study.text("plan_source", self.lang)
        return [
            self.say(f"底图边界: {outline}{as_of}", f"Boundaries: {outline}{as_of}"),
            self.say(
                f"地形: {self.terrain_name}，格网 {grid}，高程基准 {vertical}",
                f"Terrain: {self.terrain_name}, grid {grid}, heights {vertical}",
            ),
            self.say(
                f"坐标: {crs}，图上视 WGS-84 与 CGCS2000 相同",
                f"Coordinates: {crs}; WGS-84 and CGCS2000 are taken as equal at map scale",
            ),
            *([self.say(f"规划: {plan}", f"Plan: {plan}")] if plan else []),
            *([public_note(self)] if self.public else []),
            *self.credits,
        ]


def _number_zh(count: int) -> str:
    """Return a number of counties as Chinese titles have it.

    >>> _number_zh(1), _number_zh(2), _number_zh(12)
    ('本', '两', '12 ')
    """
    return "本" if count == 1 else _NUMERALS[count] if count < len(_NUMERALS) else f"{count} "
