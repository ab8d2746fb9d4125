"""The land of a crop: judged once for its page, and kept by township for the sheets of the townships."""

from dataclasses import dataclass

import pandas as pd
import xarray as xr

from .. import suitability, targets
from .context import Atlas
from .doubts import CropDoubt, crop_doubt
from .townships import catchments


@dataclass(frozen=True, kw_only=True)
class CropLand:
    """What the model says of a crop's land, the same in each language.

    Attributes
    ----------
    result : Dataset
        As :func:`nanyi_gis.suitability.evaluate`.
    by_township, by_county : DataFrame
        Areas by zone, band and class; townships as in ``names``, counties by their Chinese names.
    doubt : CropDoubt
        How sure they are.
    verdicts : tuple of Verdict
        The plan's targets against them.
    names : list of str
        The townships, in the language in which the land was judged.
    """

    result: xr.Dataset
    by_township: pd.DataFrame
    by_county: pd.DataFrame
    doubt: CropDoubt
    verdicts: tuple[targets.Verdict, ...]
    names: list[str]

    def named(self, table: pd.DataFrame, townships: xr.DataArray) -> pd.DataFrame:
        """Return a table of townships with their names in the language of ``townships``."""
        names = dict(zip(self.names, townships.attrs["names"], strict=True))
        return table.assign(zone=table["zone"].map(lambda name: names.get(name, name)))


@dataclass(frozen=True, kw_only=True)
class TownshipLand:
    """What is kept of a crop's land: areas by zone, band and class, and intervals; zones by their Chinese names."""

    areas: pd.DataFrame
    intervals: pd.DataFrame


def judge_land(atlas: Atlas, crop: suitability.Crop, townships: xr.DataArray) -> CropLand:
    """Evaluate the land of a crop by catchment, its doubt, and the plan's targets; keep what the townships need."""
    result = suitability.evaluate(
        atlas.dem,
        crop=crop,
        zones=townships,
        edges=atlas.study.edges,
        climate=atlas.study.climate,
        layers=atlas.rasters_for(crop),
    )
    atlas.once(_classes(crop), lambda: result["cls"])
    by_township = suitability.areas_table(result)
    by_county = _by_county(by_township, townships)
    doubt = crop_doubt(atlas, crop, townships)
    verdicts = targets.judge(
        {crop.id: by_county},
        crops={crop.id: crop},
        reach=_reach(atlas, crop, result, doubt),
        doubts={crop.id: doubt.counties},
        layers=tuple(atlas.rasters_for(crop)),
    )
    land = CropLand(
        result=result, by_township=by_township, by_county=by_county, doubt=doubt, verdicts=verdicts,
        names=list(townships.attrs["names"]),
    )  # fmt: skip
    chinese = catchments(atlas.in_language("zh"))
    areas, intervals = (land.named(table, chinese) for table in (by_township, doubt.townships))
    atlas.once(_key(crop), lambda: TownshipLand(areas=areas, intervals=intervals))
    return land


def township_land(atlas: Atlas, crop: suitability.Crop) -> TownshipLand:
    """Return the land of a crop by township: what its page has judged, else judged now."""
    kept: TownshipLand | None = atlas.shared.get(_key(crop))
    if kept is None:
        judge_land(atlas, crop, catchments(atlas))
        kept = atlas.shared[_key(crop)]
    return kept


def crop_classes(atlas: Atlas, crop: suitability.Crop) -> xr.DataArray:
    """Return the class of each cell for a crop: what its page has judged, else judged now."""

    def judged() -> xr.DataArray:
        return suitability.evaluate(
            atlas.dem,
            crop=crop,
            edges=atlas.study.edges,
            climate=atlas.study.climate,
            layers=atlas.rasters_for(crop),
        )["cls"]

    return atlas.once(_classes(crop), judged)


def by_class(areas: pd.DataFrame) -> pd.DataFrame:
    """Return one row a zone with the area of each class in km²."""
    table = areas.pivot_table(index="zone", columns="class", values="area_km2", aggfunc="sum", sort=False)
    return table.reindex(columns=list(suitability.CLASS_LETTERS.values()), fill_value=0.0).reset_index()


def _key(crop: suitability.Crop) -> str:
    return f"land of {crop.id} by township"


def _classes(crop: suitability.Crop) -> str:
    return f"classes of {crop.id}"


def _reach(atlas: Atlas, crop: suitability.Crop, result: xr.Dataset, doubt: CropDoubt) -> pd.DataFrame | None:
    """Return the land by distance to the bank with its interval, for crops with a belt in a study with a river."""
    if not crop.belt.get("reach_km") or atlas.study.frontage.empty:
        return None
    inputs = suitability.prepare(
        atlas.dem, use=crop, edges=atlas.study.edges, climate=atlas.study.climate, layers=atlas.rasters_for(crop)
    )
    found = targets.land_within(result, inputs, counties=atlas.study.counties, bank=atlas.study.frontage)
    return found if doubt.reach is None else found.merge(doubt.reach, on="within_km", how="left")


def _by_county(by_township: pd.DataFrame, townships: xr.DataArray) -> pd.DataFrame:
    """Return areas by county, named in Chinese, from those by township catchment, which never cross a county."""
    county = dict(zip(townships.attrs["names"], townships.attrs["counties"], strict=True))
    named = by_township.assign(zone=by_township["zone"].map(county))
    return named.groupby(["zone", "band", "class"], sort=False, as_index=False)[
        ["area_km2", "area_wanmu", "irrigation_km2"]
    ].sum()
