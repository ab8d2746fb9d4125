"""Where it is cool and near at once: townships and the plan's places ranked, with the probability of each rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._transformers import crs_to_crs
from ..climate import Climate
from ..comfort import RankedPlaces, hot_days, load_index, ranked, weighted_scores
from ..errors import DataError
from ..raster import Grid
from ..uncertainty import HeightError, dirichlet_weights
from .wellness_record import WellnessRecord

Floats = npt.NDArray[np.float64]

VARIABLE = "july_temperature"
DAYS = 31
_WITHIN_95 = 2.448
"""Radius that holds 95 % of a round normal distribution, in its standard deviations: sqrt(-2 ln 0.05)."""
_LOW, _HIGH = 0.05, 0.95
_HEIGHTS = np.arange(200.0, 2000.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Places to be ranked.

    Attributes
    ----------
    places : GeoDataFrame
        Points with ``uncertainty_m``, by a label of their own.
    minutes : DataFrame
        By the same labels, a column each criterion of access.
    heights : Series, optional
        Heights in m that stand for the places' own land; else they are read where the places may lie.
    """

    places: gpd.GeoDataFrame
    minutes: pd.DataFrame
    heights: "pd.Series[float] | None" = None


@dataclass(frozen=True, kw_only=True)
class Wellness:
    """Ranks of places, and what they rest on.

    Attributes
    ----------
    ranks : mapping of str to RankedPlaces
        By name of the candidates: townships at their seats, by their land, ...; places by their labels.
    values : mapping of str to DataFrame
        By the same names, a row a place: ``height``, ``july`` with ``july_low`` and ``july_high``, ``below_city`` and
        ``hot_days_avoided`` likewise, and the minutes of access by their middle factor.
    groups : DataFrame
        Groups of places, e.g. the plan's cores: ``members``, ``rank``, ``rank_low``, ``rank_high`` of their mean score
        among the places of the first candidates.
    classes : DataFrame
        Places of the first candidates by class of the index, at the low, middle and high humidity.
    comfortable_from : mapping of str to float
        Height in m from which the month is of a comfortable class, by regime, at the middle humidity.
    cities : DataFrame
        Mean of the month and hot days of each city.
    """

    ranks: Mapping[str, RankedPlaces]
    values: Mapping[str, pd.DataFrame]
    groups: pd.DataFrame
    classes: pd.DataFrame
    comfortable_from: Mapping[str, float]
    cities: pd.DataFrame


def wellness(
    dem: xr.DataArray,
    candidates: Mapping[str, Candidates],
    *,
    record: WellnessRecord,
    climate: Climate,
    groups: Mapping[str, Sequence[str]] | None = None,
    top: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Wellness:
    """Return places ranked by how much cooler and how near they are, over all that is not known.

    Each draw takes a climate (stations, lapse, scatter), a height (where the place may lie, and the DEM's error), a
    mean of the city, a spread of hot days, a factor on all minutes and one on each, and weights. All candidates share a
    draw, so that what errs alike does not turn their order.

    Parameters
    ----------
    dem : DataArray
        Heights in m.
    candidates : mapping of str to Candidates
        By name; the first are those in which groups and classes are told.
    record : WellnessRecord
        Cities, intervals and criteria; the first city is the one that is counted from.
    climate : Climate
        With ``july_temperature``.
    groups : mapping of str to sequence of str, optional
        Labels of the first candidates by group.
    top : mapping of str to int, optional
        How many count as the first, by name of the candidates; 6 if not given.
    seed : int
        Of the draws.

    Raises
    ------
    DataError
        If the climate has no July, or a criterion is none that can be worked out.
    """
    if VARIABLE not in climate.variables:
        raise DataError(f"the climate {climate.id} has no {VARIABLE}; add it, or leave systems/wellness.toml out")
    draws = _Draws.of(record, seed=seed)
    needed = _needed(climate)
    drawn_climates = [needed.draw(draws.rng) for _ in range(record.samples)]
    weights = np.array([one.weight for one in record.criterion])
    drawn_weights = dirichlet_weights(
        weights / weights.sum(), concentration=record.concentration, samples=record.samples, seed=seed
    )
    ranks, values, scores = {}, {}, {}
    for name, own in candidates.items():
        at = _where(dem, own, draws.rng, record)
        july = _july(climate, drawn_climates, at, draws.rng)
        counted = _counted(record, draws, july, at, own, draws.rng)
        values[name] = _values(own, at, july, counted)
        scores[name] = _scores(record, counted.drawn, drawn_weights[:, np.newaxis, :])
        central = _scores(record, counted.central, weights)
        labels = [str(label) for label in own.places.index]
        ranks[name] = ranked(labels, scores[name], central, top=(top or {}).get(name, 6))
    first = next(iter(candidates))
    return Wellness(
        ranks=ranks,
        values=values,
        groups=_groups(scores[first], [str(label) for label in candidates[first].places.index], groups or {}),
        classes=_classes(values[first], record),
        comfortable_from=_comfortable_from(climate, record),
        cities=_cities(record),
    )


@dataclass(frozen=True)
class _Draws:
    """What every place shares in a draw."""

    rng: np.random.Generator
    city: Floats
    gap: Floats
    sd: Floats
    factor: Floats

    @classmethod
    def of(cls, record: WellnessRecord, *, seed: int) -> "_Draws":
        rng, size = np.random.default_rng(seed), record.samples
        city = record.city[0]
        return cls(
            rng,
            city.july + city.sd * rng.standard_normal(size),
            rng.uniform(*record.hot_gap, size),
            rng.uniform(*record.hot_sd, size),
            rng.uniform(*record.minutes_factor, size),
        )


@dataclass(frozen=True)
class _Where:
    """Heights and places by draw (draws, places), and the central ones."""

    heights: Floats
    offset_m: Floats
    lonlat: tuple[Floats, Floats]
    height: Floats


def _needed(climate: Climate) -> Climate:
    """Return the climate with July alone and what it errs like, which draws the faster."""
    names = [VARIABLE]
    while (parent := climate.variables[names[-1]].parent) in climate.variables and parent not in names:
        names.append(parent)
    return replace(climate, variables={name: climate.variables[name] for name in names})


def _where(dem: xr.DataArray, own: Candidates, rng: np.random.Generator, record: WellnessRecord) -> _Where:
    places = own.places.to_crs(dem.rio.crs)
    x, y = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    spread = places["uncertainty_m"].astype(float).fillna(0.0).to_numpy() / _WITHIN_95
    moves = rng.standard_normal((2, record.samples, len(places))) * spread
    error = HeightError.of(dem.attrs).sigma * rng.standard_normal((record.samples, len(places)))
    if own.heights is None:
        height: Floats = _heights(dem, x, y)
        there = _heights(dem, x + moves[0], y + moves[1])
        heights: Floats = np.where(np.isfinite(there), there, height)
    else:
        height = np.asarray(own.heights.reindex(places.index), dtype=np.float64)
        heights = np.broadcast_to(height, error.shape)
    if not np.isfinite(height).all():
        lost = str(places.index[~np.isfinite(height)][0])
        raise DataError(f"the DEM has no height at the place {lost!r}; give one that covers it")
    longitude, latitude = crs_to_crs(dem.rio.crs, 4326).transform(x, y)
    return _Where(heights + error, np.hypot(*moves), (longitude, latitude), height)


def point_heights(dem: xr.DataArray, points: gpd.GeoSeries) -> "pd.Series[float]":
    """Return the heights of the cells in which points lie, in m; NaN beyond the DEM and in its holes.

    >>> import shapely
    >>> axes = {"y": [150.0, 50.0], "x": [50.0, 150.0]}
    >>> dem = xr.DataArray([[1.0, 2.0], [3.0, 4.0]], axes, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> points = gpd.GeoSeries([shapely.Point(120, 80), shapely.Point(500, 80)], index=["in", "out"], crs=4544)
    >>> point_heights(dem, points).to_dict()
    {'in': 4.0, 'out': nan}
    """
    own = points.to_crs(dem.rio.crs)
    return pd.Series(_heights(dem, own.x.to_numpy(), own.y.to_numpy()), index=points.index)


def _heights(dem: xr.DataArray, x: Floats, y: Floats) -> Floats:
    """Return heights at points of the DEM's CRS, NaN beyond it."""
    row, column, inside = Grid.of(dem).cells_at(x, y)
    return np.where(inside, dem.values[row, column], np.nan)


def _july(climate: Climate, drawn: Sequence[Climate], at: _Where, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the mean of July by place, and by draw and place."""
    local = climate.variables[VARIABLE].local
    central = climate.value(VARIABLE, at.height, shares=climate.shares(*at.lonlat))
    found = np.array(
        [
            one.value(VARIABLE, heights, shares=one.shares(*at.lonlat))
            for one, heights in zip(drawn, at.heights, strict=True)
        ]
    )
    return central, found + local * rng.standard_normal(found.shape)


@dataclass(frozen=True)
class _Counted:
    """Quantities by criterion: of each draw and place, and central."""

    drawn: dict[str, Floats]
    central: dict[str, Floats]


def _counted(
    record: WellnessRecord,
    draws: _Draws,
    july: tuple[Floats, Floats],
    at: _Where,
    own: Candidates,
    rng: np.random.Generator,
) -> _Counted:
    city, central, drawn = record.city[0], july[0], july[1]
    gap, sd = (sum(pair) / 2.0 for pair in (record.hot_gap, record.hot_sd))

    def hot(month: Any, gap: float, sd: float) -> Any:
        return hot_days(month, gap=gap, sd=sd, limit=record.hot_limit, days=DAYS)

    found = {"below_city": draws.city[:, np.newaxis] - drawn}
    middle = {"below_city": city.july - central}
    middle["hot_days_avoided"] = hot(city.july, gap, sd) - hot(central, gap, sd)
    avoided = [
        hot(one, g, s) - hot(row, g, s) for one, g, s, row in zip(draws.city, draws.gap, draws.sd, drawn, strict=True)
    ]
    found["hot_days_avoided"] = np.array(avoided)
    own_factor = 1.0 + record.minutes_sd_share * rng.standard_normal(drawn.shape)
    # a place that may lie off the seat which stands for it takes the way there too
    away = at.offset_m if own.heights is None else np.zeros_like(at.offset_m)
    off = record.offset_factor * away / (record.offset_kmh * 1000.0 / 60.0)
    for column in map(str, own.minutes):
        minutes = own.minutes[column].reindex(own.places.index).to_numpy(dtype=np.float64)
        found[column] = minutes * draws.factor[:, np.newaxis] * np.clip(own_factor, 0.5, 2.0) + off
        middle[column] = minutes * record.middle_factor
    unknown = [one.column for one in record.criterion if one.column not in found]
    if unknown:
        raise DataError(f"systems/wellness.toml counts {unknown[0]!r}, but known are: {', '.join(found)}")
    return _Counted(found, middle)


def _scores(record: WellnessRecord, counted: Mapping[str, Floats], weights: Floats) -> Floats:
    shares = [one.criterion.share(counted[one.column]) for one in record.criterion]
    return weighted_scores(np.stack(shares, axis=-1), weights)


def _values(own: Candidates, at: _Where, july: tuple[Floats, Floats], counted: _Counted) -> pd.DataFrame:
    columns: dict[str, Any] = {"height": at.height}
    drawn = {"july": july[1]} | counted.drawn
    central = {"july": july[0]} | counted.central
    for name in ("july", *counted.central):
        columns[name] = central[name]
        with np.errstate(invalid="ignore"):
            columns[f"{name}_low"], columns[f"{name}_high"] = np.quantile(drawn[name], [_LOW, _HIGH], axis=0)
    return pd.DataFrame(columns, index=own.places.index)


def _groups(scores: Floats, labels: list[str], groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the rank of the mean score of each group among the places."""
    rows = []
    for name, members in groups.items():
        own = [labels.index(member) for member in members if member in labels]
        if not own:
            continue
        mean = scores[:, own].mean(axis=1)
        ranks = 1 + (scores > mean[:, np.newaxis]).sum(axis=1)
        low, middle, high = np.quantile(ranks, [_LOW, 0.5, _HIGH])
        rows.append((name, tuple(labels[k] for k in own), round(middle), int(np.floor(low)), int(np.ceil(high))))
    return pd.DataFrame(rows, columns=["group", "members", "rank", "rank_low", "rank_high"]).set_index("group")


def _classes(values: pd.DataFrame, record: WellnessRecord) -> pd.DataFrame:
    index = load_index(record.index)
    low, high = record.humidity
    found = {}
    for name, share in (("low", low), ("middle", (low + high) / 2.0), ("high", high)):
        at = index.class_of(index.value(temperature=values["july"], humidity=share))
        found[name] = np.bincount(at, minlength=len(index.classes))
    return pd.DataFrame(found, index=pd.Index([one.id for one in index.classes], name="class"))


def _comfortable_from(climate: Climate, record: WellnessRecord) -> dict[str, float]:
    index, humidity = load_index(record.index), sum(record.humidity) / 2.0
    found = {}
    for number, regime in enumerate(climate.regimes):
        shares = np.zeros((len(climate.regimes), 1))
        shares[number] = 1.0
        july = climate.value(VARIABLE, _HEIGHTS, shares=shares)
        fine = [
            index.classes[at].comfortable for at in index.class_of(index.value(temperature=july, humidity=humidity))
        ]
        found[regime] = float(_HEIGHTS[fine.index(True)]) if True in fine else float("nan")
    return found


def _cities(record: WellnessRecord) -> pd.DataFrame:
    rows = []
    for city in record.city:
        days = [
            float(hot_days(city.july, gap=gap, sd=sd, limit=record.hot_limit, days=DAYS))
            for gap in record.hot_gap
            for sd in record.hot_sd
        ]
        rows.append((city.name, city.name_zh, city.july, city.sd, min(days), max(days)))
    columns = ["name", "name_zh", "july", "sd", "hot_days_low", "hot_days_high"]
    return pd.DataFrame(rows, columns=columns)
