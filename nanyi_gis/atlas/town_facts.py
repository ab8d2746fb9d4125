"""What the analyses say of each township, gathered from those of the pages; the same in each language."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import plan as plan_room
from .. import targets, terrain
from .context import Atlas
from .doubts import by_zone_and_class, rounded_areas
from .land import by_class, township_land
from .links import links_of
from .minutes import FACILITY_NAMES, OWN_COUNTY, minutes_to
from .road import minutes_to_road
from .scenarios import lacks_access
from .townships import catchment_codes, catchments, catchments_of


@dataclass(frozen=True, kw_only=True)
class CropAreas:
    """Land of a crop by catchment, rounded as its intervals support it, and how it reads.

    ``rounded`` has columns ``S1``, ``S2``, ``S3``, ``N`` in km² and ``wanmu``, S1 and S2 together; ``texts`` the same
    as the page of the crop has them, with the interval behind ``wanmu``.
    """

    rounded: pd.DataFrame
    texts: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class TownFacts:
    """Figures of townships and of their catchments.

    Attributes
    ----------
    towns : GeoDataFrame
        By code: ``name_zh``, ``name_en``, ``county``, ``county_zh`` (as the study has it), ``catchment`` (0 without a
        place), ``uncertainty_m``, ``evidence``, ``as_of``, ``source``, a point or nothing.
    land : DataFrame
        By catchment: ``area_km2``, ``lowest_m``, ``mean_m``, ``highest_m``.
    bands : DataFrame
        By catchment: share of each elevation band in percent.
    crops : mapping of str to CropAreas
        By crop.
    minutes : mapping of str to GeoDataFrame
        By facility, see :func:`nanyi_gis.targets.township_minutes`; empty where the study has no network or census.
    own : mapping of str to GeoDataFrame
        The same inside the township's own county, of the facilities of which that is told apart.
    road : Series, optional
        Minutes to the red-tourism road by code.
    sites : mapping of int to GeoDataFrame
        Located places by catchment, without the townships themselves.
    items : mapping of str to tuple of str
        Items of the plan that name the township, by code.
    """

    towns: gpd.GeoDataFrame
    land: pd.DataFrame
    bands: pd.DataFrame
    crops: Mapping[str, CropAreas]
    minutes: Mapping[str, gpd.GeoDataFrame]
    own: Mapping[str, gpd.GeoDataFrame]
    road: "pd.Series[float] | None"
    sites: Mapping[int, gpd.GeoDataFrame]
    items: Mapping[str, tuple[str, ...]]

    def shared_with(self, code: str) -> list[str]:
        """Return the codes of the other townships of the same catchment."""
        own = self.towns.loc[code, "catchment"]
        return (
            []
            if own == 0
            else [str(other) for other in self.towns.index[self.towns["catchment"] == own] if other != code]
        )


def town_facts(atlas: Atlas) -> TownFacts:
    """Return the facts of all townships, worked out once."""
    return atlas.once("facts of townships", lambda: _facts(atlas.in_language("zh")))


def _facts(atlas: Atlas) -> TownFacts:
    zones = catchments(atlas)
    names = list(zones.attrs["names"])
    numbers = {name: number for number, name in enumerate(names, start=1)}
    towns = _towns(atlas)
    named = links_of(atlas).of_township
    known = () if lacks_access(atlas) else tuple(FACILITY_NAMES)
    return TownFacts(
        towns=towns,
        land=_by_number(terrain.zone_heights(atlas.dem, zones=zones), numbers),
        bands=_bands(atlas, numbers),
        crops={crop.id: _crop(*_tables(atlas, crop.id), numbers) for crop in atlas.crops},
        minutes={facility: minutes_to(atlas, facility) for facility in known},
        own={name: minutes_to(atlas, name, own_county_only=True) for name in known if name in OWN_COUNTY},
        road=minutes_to_road(atlas),
        sites=_sites(atlas),
        items={str(code): named.get(str(name), ()) for code, name in towns["name_zh"].items()},
    )


def _towns(atlas: Atlas) -> gpd.GeoDataFrame:
    """Return the townships with their catchments, those of a county together."""
    towns = targets.townships(atlas.study)
    counties = [str(name) for name in atlas.study.counties["name_zh"]]
    full = [next((name for name in counties if name.startswith(short)), short) for short in towns["county"]]
    known = {code: number for number, codes in enumerate(catchment_codes(atlas), start=1) for code in codes}
    towns = towns.assign(county_zh=full, catchment=[known.get(str(code), 0) for code in towns.index])
    place = {name: number for number, name in enumerate(dict.fromkeys([*counties, *full]))}
    return towns.iloc[sorted(range(len(towns)), key=lambda row: (place[full[row]], row))]


def _by_number(table: pd.DataFrame, numbers: Mapping[str, int]) -> pd.DataFrame:
    """Return a table of zones by the numbers of their catchments."""
    found = table.assign(catchment=[numbers[str(zone)] for zone in table["zone"]]).set_index("catchment")
    return found.drop(columns="zone").reindex(range(1, len(numbers) + 1))


def _bands(atlas: Atlas, numbers: Mapping[str, int]) -> pd.DataFrame:
    shares = terrain.band_areas(atlas.bands, zones=catchments(atlas))
    wide = shares.pivot(index="zone", columns="band", values="share")[list(atlas.bands.attrs["labels"])]
    return _by_number((100.0 * wide).reset_index(), numbers)


def _tables(atlas: Atlas, crop: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    land = township_land(atlas, next(known for known in atlas.crops if known.id == crop))
    return land.areas, land.intervals


def _crop(areas: pd.DataFrame, intervals: pd.DataFrame, numbers: Mapping[str, int]) -> CropAreas:
    rounded, texts = rounded_areas(by_class(areas), by_zone_and_class(intervals))
    zones = {"zone": rounded["zone"]}
    return CropAreas(
        rounded=_by_number(rounded, numbers), texts=_by_number(pd.DataFrame(zones | texts), numbers).fillna("")
    )


def _sites(atlas: Atlas) -> dict[int, gpd.GeoDataFrame]:
    """Return the located places of the counties by catchment, without the townships themselves."""
    places = atlas.located
    places = places[[set(kinds) != {"township"} for kinds in places["kind"]]]
    numbers = np.array(catchments_of(atlas, places), dtype=int)
    return {number: places[numbers == number] for number in sorted(set(numbers.tolist()) - {0})}


def county_items(atlas: Atlas, county: str) -> tuple[plan_room.Item, ...]:
    """Return the items of the plan for a county, named in full, that may be shown."""
    return tuple(item for item in links_of(atlas).items if any(county.startswith(short) for short in item.counties))
