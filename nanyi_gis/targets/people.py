"""The townships of a study and their people: published, spread by rules from the census, or summed from a raster."""

import os
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import xarray as xr

from ..accessibility import nearest_areas, spread_rules, zonal_population
from ..errors import DataError, naming
from ..plan import of_kind
from ..raster import RasterFile, read_raster, read_unit
from ..study import Census, StudyArea, load_study, read_census


def townships(study: StudyArea | None = None) -> gpd.GeoDataFrame:
    """Return all townships by code: ``name_zh``, ``name_en``, ``county``; one without coordinates has no geometry.

    >>> len(townships())
    46
    """
    area = load_study() if study is None else study
    towns = of_kind(area.places, "township").sort_values("code").set_index("code")
    towns = towns.set_geometry(towns.geometry.where(towns["located"], None))
    return towns[["name_zh", "name_en", "county", "uncertainty_m", "evidence", "as_of", "source", "geometry"]]


def seat_townships(towns: gpd.GeoDataFrame, study: StudyArea) -> dict[str, str]:
    """Return the county of each township that makes up a county seat, by code.

    They are the townships that the study names as seats, and those of the same county at the same point (the
    subdistricts of one county town).

    >>> area = load_study()
    >>> seat_townships(townships(area), area)
    {'510524100': '叙永', '510525001': '古蔺', '510525002': '古蔺'}
    """
    found: dict[str, str] = {}
    for code in sorted(set(study.seats.values()) & set(towns.index)):
        seat = towns.loc[code]
        found[code] = str(seat["county"])
        if seat.geometry is None:
            continue
        near = towns.geometry.notna() & towns["county"].eq(seat["county"]) & (towns.distance(seat.geometry) < 1.0)
        found |= dict.fromkeys(towns.index[near].map(str), str(seat["county"]))
    return dict(sorted(found.items()))


def county_totals(study: StudyArea | None = None) -> pd.Series:
    """Return the resident population of each county of a study; ``attrs['as_of']`` is the day of the census.

    Raises
    ------
    DataError
        If the study names no census.

    >>> county_totals().to_dict()
    {'叙永': 552979, '古蔺': 651958}
    """
    census = _census(load_study() if study is None else study)
    totals = pd.Series(dict(census.people), name="population").rename_axis("county")
    totals.attrs["as_of"] = census.as_of
    return totals


def population_rules(study: StudyArea | None = None) -> dict[str, pd.Series]:
    """Return the people of each township by every plausible rule; each sums to the counties' census totals.

    Published figures of townships are kept by every rule. The rest of a county's total goes

    - ``seat_29``, ``seat_25``, ``seat_33``: this share of the total to the county seat, what remains equally to the
      other townships (the shares are those of the census file; the first is the central rule);
    - ``area``: the central share to the seat, what remains by the land nearest to each township's seat.

    A study whose census file has no ``seat_shares`` has ``equal`` (the central one) and ``area`` over all townships.
    Equal shares are no rule where the seats' shares are known: they would give a seat 2 to 9 % of its county.

    Raises
    ------
    DataError
        If the study names no census, or published figures do not fit it.

    >>> rules = population_rules()
    >>> list(rules)
    ['seat_29', 'seat_25', 'seat_33', 'area']
    >>> round(rules["area"].sum()), int(county_totals().sum())
    (1204937, 1204937)
    """
    area = load_study() if study is None else study
    census, towns = _census(area), townships(area)
    with naming(area.files["census"]):
        lost = sorted({record.code for record in census.townships} - set(towns.index))
        if lost:
            raise DataError(f"township {lost[0]!r} is no township of the places; correct its code")
        return spread_rules(
            towns,
            totals=pd.Series(dict(census.people)),
            known=pd.Series({record.code: record.people for record in census.townships}, dtype=float),
            seats=list(seat_townships(towns, area)) if census.seat_shares else (),
            seat_shares=census.seat_shares,
            areas=nearest_areas(towns, area.counties) if towns.geometry.notna().any() else None,
        )


def read_people(path: str | os.PathLike[str]) -> xr.DataArray:
    """Read a raster of people per cell.

    Raises
    ------
    DataError
        If it is no raster that can be read, or one of classes, such as land cover.
    """
    refuse_no_people(RasterFile.of(path, kind="quantity"))
    return read_raster(path, kind="quantity")


def refuse_no_people(file: RasterFile) -> None:
    """Raise DataError if a raster holds classes or heights by its own tags, so that none are summed as people."""
    name = next((word for tag, word in sorted(file.tags.items()) if tag.startswith("CATEGORY_")), None)
    if name is not None:
        raise DataError(
            f"{file.path} holds classes ({name}), no people; give people per cell, e.g. by: nanyi-gis fetch population"
        )
    if read_unit(file.unit_text):
        raise DataError(
            f"{file.path} has the unit {file.unit_text}, no people; give people per cell, e.g. by: nanyi-gis fetch "
            "population"
        )


def township_population(
    *,
    study: StudyArea | None = None,
    raster: xr.DataArray | None = None,
    counties: gpd.GeoDataFrame | None = None,
    rules: Mapping[str, pd.Series] | None = None,
) -> pd.DataFrame:
    """Return people by township code: a raster's if given, else published figures and the census spread by rules.

    Columns ``population`` (by the central rule), ``low`` and ``high`` (least and most over the rules of
    :func:`population_rules`, or those ``rules`` if they are known already; a raster has no range) and ``basis``, which
    says how it was found.

    >>> people = township_population()
    >>> people.loc["510525104", ["population", "low", "high"]].tolist()  # published
    [65000.0, 65000.0, 65000.0]
    >>> people.loc["510524100", ["low", "high"]].round().tolist()  # 25 to 33 % of 552,979
    [138245.0, 182483.0]
    """
    area = load_study() if study is None else study
    if raster is not None and counties is not None:
        people = zonal_population(raster, townships(area), counties)
        people.insert(1, "low", people["population"])
        people.insert(2, "high", people["population"])
        return people
    rules = population_rules(area) if rules is None else rules
    census = _census(area)
    table = pd.DataFrame(dict(rules))
    basis = pd.Series(_assumed(census, rules), index=table.index)
    for record in census.townships:
        basis[record.code] = f"published ({record.year or 'year not given'}): {record.source}"
    columns = {"population": table.iloc[:, 0], "low": table.min(axis=1), "high": table.max(axis=1), "basis": basis}
    return pd.DataFrame(columns)


def _assumed(census: Census, rules: Mapping[str, pd.Series]) -> str:
    """Return the basis of what is not published, in words."""
    year = f" of {census.as_of[:4]}" if census.as_of else ""
    less = ", less what is published," if census.townships else ""
    start = f"assumed: the county's census total{year}{less} spread over its townships"
    shares = sorted(float(name.removeprefix("seat_")) for name in rules if name.startswith("seat_"))
    ways = "equally" + (" or by the nearest land" if "area" in rules else "")
    if not shares:
        return f"{start} {ways}"
    middle = shares[len(shares) // 2]
    return f"{start}: {shares[0]:g}-{shares[-1]:g} % (central {middle:g} %) in the seat, the others {ways}"


def _census(area: StudyArea) -> Census:
    if "census" not in area.files:
        raise DataError(f"the study {area.id} names no census; add it, or give a population raster")
    return read_census(area.files["census"])
