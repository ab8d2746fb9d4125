"""What a road covers: shares of sites and people near it, where it serves nothing, and what each kilometre adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._limits import hold
from .._validation import check_count, check_edges, check_positive, numbers
from ..errors import DataError, ParameterError
from ..io import names_of
from ..network import CostNetwork, Graph
from .chainage import coordinates_of, layer_of, locate
from .line import Road, Route, as_route
from .reach import Reach
from .served import Served, served_within, unserved

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ALL, PEOPLE = "all", "people"
RANGE = (0.05, 0.95)
"""Quantiles of the draws between which a share is given."""

_MOST_KM = 500.0
_MOST_MINUTES = 1440.0
_MOST_DRAWS = 50_000_000
_LEAST_GAP_M = 1000.0
_NUMBERS = ("weight", "uncertainty_m")


@dataclass(frozen=True, eq=False)
class Coverage:
    """What a road covers.

    A ``threshold`` is named ``2 km`` (straight from the road) or ``10 min`` (by the network to the road).

    Attributes
    ----------
    sites : GeoDataFrame
        The sites as given, with ``branch``, ``km``, ``offset_m``, ``distance_m``, ``minutes`` (NaN without a graph, inf
        where no way leads), and for each threshold ``covered 2 km`` (bool) and ``chance 2 km`` (share of the draws in
        which it is covered; NaN without draws).
    table : DataFrame
        A row for each ``kind`` (of sites, ``all`` of them, and ``people``) and ``threshold``: ``count``, ``total``,
        ``share`` and ``weight_share`` with the places as drawn, ``expected`` (mean share of the draws, the one to
        quote: places and schematic roads share their points, so that a place as drawn lies nearer to the road than
        it is known to; NaN without draws), ``low``, ``high`` (range of the share: 5 to 95 % of the draws and the
        places as drawn, least to most of the people's rules; NaN where there is neither).
    by_chainage : DataFrame
        At each km of the branches one after the other: ``threshold``, ``kind``, ``branch``, ``km``, ``along_km``,
        ``count`` and ``share`` covered by the road up to there.
    gaps : GeoDataFrame
        Stretches of a km and more that serve no site: ``threshold``, ``branch``, ``from_km``, ``to_km``,
        ``length_km``, ``before``, ``after`` (the sites served last and next), ``name``, ``geometry``.
    added : DataFrame
        What each km adds to those before: ``threshold``, ``branch``, ``from_km``, ``to_km``, ``sites``, ``weight``,
        ``people``, ``names`` (joined by ``;``).
    notes : tuple of str
        What a reader should know.
    """

    sites: gpd.GeoDataFrame
    table: pd.DataFrame
    by_chainage: pd.DataFrame
    gaps: gpd.GeoDataFrame
    added: pd.DataFrame
    notes: tuple[str, ...]


def coverage(
    route: Road,
    sites: gpd.GeoDataFrame,
    *,
    graph: Graph | CostNetwork | None = None,
    minutes: Sequence[float] = (5.0, 10.0, 15.0, 30.0),
    km: Sequence[float] = (1.0, 2.0, 5.0),
    people: Mapping[str, pd.Series] | pd.DataFrame | pd.Series | None = None,
    samples: int = 0,
    seed: int = 0,
    access_kmh: float | None = 5.0,
) -> Coverage:
    """Return what a road covers.

    Kilometres are straight from the road. Minutes are by the network from the site to the road, the ways off the road
    included: to the road's own links where the graph has them, else to the network near stations along it; within 2 km
    of the road also straight on foot, if that is sooner.

    Parameters
    ----------
    route : Route, Design or GeoDataFrame
        The road; lines are put in order as by :func:`nanyi_gis.route.from_lines`.
    sites : GeoDataFrame
        Points with a unique index and a CRS; ``name_zh`` or ``name``, ``kind`` (``site`` if there is none; several
        joined by ``;`` count each), and if there, ``weight`` (1 if there is no such column) and ``uncertainty_m``, the
        radius within which the place lies.
    graph : MultiDiGraph or CostNetwork, optional
        The network, with the road in it if it was designed on it. Without it there are only kilometres.
    minutes, km : sequence of float
        Thresholds, rising.
    people : DataFrame, mapping of Series or Series, optional
        People by the index of the sites where they live: a column for each plausible rule, the first the central one
        (also ``population``, ``low``, ``high``). Columns of text do not count.
    samples, seed : int
        Draws of the places, each anywhere within its ``uncertainty_m``, and where the draws begin. A site that is a
        stop of the road, its id a node's of it or that of the node's place, stays: the road goes there, wherever it is.
    access_kmh : float or None
        Speed between a place and the network; None leaves that way out.

    Raises
    ------
    DataError
        If the sites are none, no points, or not unique, or people live at none of them.
    ParameterError
        If thresholds do not rise from above zero, kilometres look like metres or minutes like seconds, the graph is
        none, or ``samples``, ``seed`` or ``access_kmh`` is out of range.

    Examples
    --------
    Two sites beside a road of 10 km, one 1.5 km off:

    >>> from nanyi_gis.route import from_lines
    >>> road = shapely.LineString([(500_000, 3_100_000), (510_000, 3_100_000)])
    >>> route = from_lines(gpd.GeoDataFrame(geometry=[road], crs=4544))
    >>> sites = gpd.GeoDataFrame(
    ...     {"name": ["a", "b"]}, geometry=gpd.points_from_xy([501_000, 504_000], [3_100_000, 3_101_500]), crs=4544
    ... )
    >>> found = coverage(route, sites)
    >>> found.table.query("kind == 'all'")[["threshold", "count", "share"]].values.tolist()
    [['1 km', 1.0, 0.5], ['2 km', 2.0, 1.0], ['5 km', 2.0, 1.0]]
    >>> found.gaps.query("threshold == '1 km'")[["from_km", "to_km"]].round(3).values.tolist()
    [[2.0, 10.0]]
    """
    asked = _Asked.of(as_route(route), sites, graph=graph, minutes=minutes, km=km, people=people, access_kmh=access_kmh)
    draws, start = check_count(samples, name="samples", least=0), check_count(seed, name="seed", least=0)
    hold(
        f"{draws:,} draws of {len(sites):,} sites",
        float(draws * len(sites) * max(len(asked.limits), 1)),
        _MOST_DRAWS,
        cure="take fewer draws",
    )
    distance, time = asked.measures(asked.at)
    covered = asked.covered(distance, time)
    chance, drawn = asked.drawn(draws, start)
    served = asked.served()
    return Coverage(
        asked.site_table(distance, time, covered, chance),
        asked.table(covered, drawn),
        asked.by_chainage(served),
        asked.gaps(served),
        asked.added(served),
        tuple(asked.notes(time, draws)),
    )


@dataclass(frozen=True, eq=False)
class _Asked:
    """A road, sites and thresholds, checked."""

    route: Route
    given: gpd.GeoDataFrame
    at: Floats
    names: list[str]
    kind: npt.NDArray[np.object_]
    weight: Floats
    radius: Floats
    people: pd.DataFrame
    km: tuple[float, ...]
    minutes: tuple[float, ...]
    reach: Reach | None

    @classmethod
    def of(
        cls,
        route: Route,
        sites: gpd.GeoDataFrame,
        *,
        graph: Graph | CostNetwork | None,
        minutes: Sequence[float],
        km: Sequence[float],
        people: Mapping[str, pd.Series] | pd.DataFrame | pd.Series | None,
        access_kmh: float | None,
    ) -> "_Asked":
        if layer_of(sites, name="sites").empty:
            raise DataError("there are no sites; give at least one")
        if not sites.index.is_unique:
            twice = sites.index[sites.index.duplicated()].tolist()[0]
            raise DataError(f"site {twice!r} occurs twice; ids must be unique")
        at = coordinates_of(sites, route.crs)
        kind = sites["kind"].fillna("").astype(str) if "kind" in sites else pd.Series("site", index=sites.index)
        reserved = sorted({ALL, PEOPLE} & {name for kinds in kind for name in _kinds(kinds)})
        if reserved:
            raise DataError(f"a kind of sites is {reserved[0]!r}, which names a sum here; call it something else")
        given = {name: numbers(sites, name, name=name, empty=name != "weight") for name in _NUMBERS if name in sites}
        speed = None if access_kmh is None else check_positive(access_kmh, name="access_kmh", unit="km/h")
        times = _limits(minutes, name="minutes", most=_MOST_MINUTES, slip="seconds")
        reach = None if graph is None else Reach.of(route, graph, access_kmh=speed)
        return cls(
            route,
            sites,
            at,
            names_of(sites).tolist(),
            kind.to_numpy(dtype=object),
            given["weight"].to_numpy() if "weight" in given else np.ones(len(sites)),
            given["uncertainty_m"].to_numpy() if "uncertainty_m" in given else np.zeros(len(sites)),
            _rules(people, sites.index),
            _limits(km, name="km", most=_MOST_KM, slip="metres"),
            times if reach is not None else (),
            reach,
        )

    @property
    def limits(self) -> list[str]:
        """Names of the thresholds."""
        return [*(f"{limit:g} km" for limit in self.km), *(f"{limit:g} min" for limit in self.minutes)]

    def measures(self, at: Floats) -> tuple[Floats, Floats]:
        """Return the metres and the minutes from places to the road."""
        distance = self.route.steps.nearest(at)[2]
        return distance, np.full(len(at), np.nan) if self.reach is None else self.reach.minutes(at)[0]

    def covered(self, distance: Floats, time: Floats) -> Bools:
        """Return which places each threshold covers, a row a threshold."""
        near = [distance <= 1000.0 * limit for limit in self.km]
        return np.array([*near, *(time <= limit for limit in self.minutes)])

    @property
    def stops(self) -> Bools:
        """Which sites are stops of the road, by their id: they move with it."""
        if self.reach is not None and self.reach.on_links:
            return self.reach.stops(self.given.index)
        nodes = {*self.route.frame["u"], *self.route.frame["v"]} - {""}
        return np.array([label in nodes for label in self.given.index], dtype=bool)

    def drawn(self, draws: int, seed: int) -> tuple[Floats, dict[str, Floats]]:
        """Return the share of draws in which each site is covered, and by kind the covered share: 5, 95 % and mean."""
        size, count = len(self.at), len(self.limits)
        if not draws:
            return np.full((count, size), np.nan), {}
        generator = np.random.default_rng(seed)
        radius = np.where(self.stops, 0.0, np.nan_to_num(self.radius))
        away = radius * np.sqrt(generator.random((draws, size)))
        angle = 2.0 * np.pi * generator.random((draws, size))
        moved = self.at + np.stack([away * np.cos(angle), away * np.sin(angle)], axis=-1)
        distance, time = self.measures(moved.reshape(-1, 2))
        covered = self.covered(distance, time).reshape(count, draws, size)
        sums = {kind: (covered[:, :, rows].mean(axis=2),) for kind, rows in self._rows().items()}
        if not self.people.empty:
            weights = self.people.to_numpy()
            sums[PEOPLE] = tuple(covered @ (column / column.sum()) for column in weights.T)
        shares = {
            kind: np.array(
                [
                    np.min([np.quantile(share, RANGE[0], axis=1) for share in several], axis=0),
                    np.max([np.quantile(share, RANGE[1], axis=1) for share in several], axis=0),
                    several[0].mean(axis=1),
                ]
            )
            for kind, several in sums.items()
        }
        return covered.mean(axis=1), shares

    def _rows(self) -> dict[str, npt.NDArray[np.int64]]:
        """Return the positions of the sites of each kind, and of all."""
        several = [_kinds(kind) for kind in self.kind]
        names = dict.fromkeys(kind for kinds in several for kind in kinds)
        found = {name: np.flatnonzero([name in kinds for kinds in several]) for name in names}
        return found | {ALL: np.arange(len(self.kind))}

    def site_table(self, distance: Floats, time: Floats, covered: Bools, chance: Floats) -> gpd.GeoDataFrame:
        found = locate(self.route, self.given)
        columns: dict[str, object] = {
            "branch": found["branch"],
            "km": found["m"] / 1000.0,
            "offset_m": found["offset_m"],
            "distance_m": distance,
            "minutes": time,
        }
        for name, inside, share in zip(self.limits, covered, chance, strict=True):
            columns |= {f"covered {name}": inside, f"chance {name}": share}
        return self.given.drop(columns=[name for name in columns if name in self.given]).assign(**columns)

    def table(self, covered: Bools, drawn: dict[str, Floats]) -> pd.DataFrame:
        rows = []
        for kind, at in self._rows().items():
            for i, name in enumerate(self.limits):
                inside, weight = covered[i, at], self.weight[at]
                share = float(inside.mean())
                low, high = _around(share, drawn[kind][:, i]) if kind in drawn else (np.nan, np.nan)
                mean = float(drawn[kind][2, i]) if kind in drawn else np.nan
                worth = _share(float(weight[inside].sum()), float(weight.sum()))
                rows.append((kind, name, int(inside.sum()), len(at), share, worth, mean, low, high))
        if not self.people.empty:
            values = self.people.to_numpy()
            for i, name in enumerate(self.limits):
                count = values[covered[i]].sum(axis=0)
                shares = count / values.sum(axis=0)
                low, high = _around(shares[0], drawn[PEOPLE][:, i] if PEOPLE in drawn else shares)
                mean = float(drawn[PEOPLE][2, i]) if PEOPLE in drawn else np.nan
                rows.append((PEOPLE, name, count[0], values[:, 0].sum(), shares[0], shares[0], mean, low, high))
        names = ["kind", "threshold", "count", "total", "share", "weight_share", "expected", "low", "high"]
        return pd.DataFrame(rows, columns=names).astype({"count": float, "total": float})

    def served(self) -> dict[str, Served]:
        """Return the stretches that serve each site, by threshold."""
        found = {f"{limit:g} km": served_within(self.route, self.at, 1000.0 * limit) for limit in self.km}
        if self.reach is not None:
            by_time = self.reach.served(self.at, self.minutes)
            found |= {f"{limit:g} min": part for limit, part in zip(self.minutes, by_time, strict=True)}
        return found

    def _before(self) -> Floats:
        return np.cumsum([0.0, *self.route.branch_lengths])[:-1]

    def _stations(self) -> pd.DataFrame:
        """Return the full kilometres and the end of each branch: ``branch``, ``from_km``, ``to_km``, ``along_km``."""
        tables = []
        for branch, (length, before) in enumerate(zip(self.route.branch_lengths, self._before(), strict=True), 1):
            edges = np.append(np.arange(0.0, max(length - 1e-3, 1e-9), 1000.0), length) / 1000.0
            columns = {"from_km": edges[:-1], "to_km": edges[1:], "along_km": before / 1000.0 + edges[1:]}
            tables.append(pd.DataFrame({"branch": branch, **columns}))
        return pd.concat(tables, ignore_index=True)

    def _weights(self) -> dict[str, Floats]:
        """Return what each site counts for its kind, for all, and its people."""
        found = {kind: np.bincount(rows, minlength=len(self.kind)).astype(float) for kind, rows in self._rows().items()}
        return found if self.people.empty else found | {PEOPLE: self.people.iloc[:, 0].to_numpy()}

    def by_chainage(self, served: dict[str, Served]) -> pd.DataFrame:
        stations, before = self._stations(), self._before()
        at = stations["along_km"].to_numpy() * 1000.0 + 1e-6
        tables = []
        for name, part in served.items():
            first = part.first(len(self.at), before)
            order = np.argsort(first, kind="stable")
            reached = np.searchsorted(first[order], at, side="right")
            for kind, weight in self._weights().items():
                count = np.append(0.0, np.cumsum(weight[order]))[reached]
                table = stations[["branch", "along_km"]].assign(km=stations["to_km"], threshold=name, kind=kind)
                tables.append(table.assign(count=count, share=count / weight.sum()))
        columns = ["threshold", "kind", "branch", "km", "along_km", "count", "share"]
        return pd.concat(tables, ignore_index=True)[columns]

    def added(self, served: dict[str, Served]) -> pd.DataFrame:
        stations, before = self._stations(), self._before()
        edges = stations["along_km"].to_numpy() * 1000.0 + 1e-6
        people = self._weights().get(PEOPLE, np.full(len(self.at), np.nan))
        tables = []
        for name, part in served.items():
            first = part.first(len(self.at), before)
            piece = np.searchsorted(edges, first, side="left")
            there = np.flatnonzero(np.isfinite(first))
            there = there[np.argsort(first[there], kind="stable")]
            names = pd.Series([self.names[i] for i in there]).groupby(piece[there]).agg(";".join)
            sums = {
                key: np.bincount(piece[there], weights=value[there], minlength=len(stations))
                for key, value in (("sites", np.ones(len(first))), ("weight", self.weight), ("people", people))
            }
            table = stations[["branch", "from_km", "to_km"]].assign(threshold=name, **sums)
            tables.append(table.assign(names=names.reindex(range(len(stations))).fillna("").to_numpy()))
        columns = ["threshold", "branch", "from_km", "to_km", "sites", "weight", "people", "names"]
        result = pd.concat(tables, ignore_index=True)[columns].astype({"sites": int})
        return result if not self.people.empty else result.assign(people=np.nan)

    def gaps(self, served: dict[str, Served]) -> gpd.GeoDataFrame:
        rows = []
        for name, part in served.items():
            for branch, first, last, before, after in unserved(part, self.route.branch_lengths):
                if last - first < _LEAST_GAP_M - 1e-6:
                    continue
                ends = [self.names[site] if site >= 0 else "" for site in (before, after)]
                line = stretch(self.route, branch, first, last)
                km = (first / 1000.0, last / 1000.0, (last - first) / 1000.0)
                rows.append((name, branch, *km, *ends, "–".join(ends) if any(ends) else "", line))
        columns = ["threshold", "branch", "from_km", "to_km", "length_km", "before", "after", "name", "geometry"]
        return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=self.route.crs)

    def notes(self, time: Floats, draws: int) -> list[str]:
        told = []
        unsure = [self.names[i] for i in np.flatnonzero(np.isnan(self.radius) & ~self.stops)] if draws else []
        if unsure:
            named = ", ".join(unsure[:10])
            told.append(f"{len(unsure)} sites have no uncertainty_m and stay where they are in all draws: {named}")
        cut_off = [self.names[i] for i in np.flatnonzero(np.isinf(time))]
        if cut_off:
            told.append(f"no way leads from {len(cut_off)} sites to the road: {', '.join(cut_off[:10])}")
        if self.reach is not None and self.reach.off_network > 0.0:
            share = 100.0 * self.reach.off_network
            told.append(f"{share:.0f} % of the road lies more than 2 km off the network and is not reached from it")
        return told


def stretch(route: Route, branch: int, from_m: float, to_m: float) -> shapely.LineString:
    """Return the line of a branch between two of its metres.

    >>> from nanyi_gis.route import from_lines
    >>> road = shapely.LineString([(500_000, 3_100_000), (501_000, 3_100_000), (501_000, 3_101_000)])
    >>> route = from_lines(gpd.GeoDataFrame(geometry=[road], crs=4544))
    >>> stretch(route, 1, 500.0, 1200.0).length.__round__(2)
    700.0
    """
    steps = route.steps
    rows = np.flatnonzero((steps.branch == branch) & (steps.to_m >= from_m) & (steps.from_m <= to_m))
    length = steps.to_m[rows] - steps.from_m[rows]
    safe = np.where(length > 0, length, 1.0)
    low = np.clip((from_m - steps.from_m[rows]) / safe, 0.0, 1.0)[:, None]
    high = np.where(length > 0, np.clip((to_m - steps.from_m[rows]) / safe, 0.0, 1.0), 1.0)[:, None]
    span = steps.end[rows] - steps.start[rows]
    points = np.stack([steps.start[rows] + low * span, steps.start[rows] + high * span], axis=1).reshape(-1, 2)
    fresh = np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))
    return shapely.LineString(points[fresh] if fresh.sum() > 1 else points[:2])


def _kinds(text: str) -> list[str]:
    return [name for name in dict.fromkeys(part.strip() for part in text.split(";")) if name]


def _around(share: float, others: Floats) -> tuple[float, float]:
    """Return the range of a share with others; a place that stands on the road can only be moved off it."""
    return min(share, float(others.min())), max(share, float(others.max()))


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else float("nan")


def _limits(values: Sequence[float], *, name: str, most: float, slip: str) -> tuple[float, ...]:
    limits = check_edges(values, name=name)
    if limits[0] <= 0.0:
        raise ParameterError(f"{name} begin with {limits[0]:g}, but must be above zero")
    if limits[-1] > most:
        raise ParameterError(f"{name} are up to {limits[-1]:g}, which looks like {slip}; write them in {name}")
    return limits


def _rules(people: Mapping[str, pd.Series] | pd.DataFrame | pd.Series | None, index: pd.Index) -> pd.DataFrame:
    """Return people by rule for every site, 0 where none are said to live."""
    if people is None:
        return pd.DataFrame(index=index)
    if not isinstance(people, pd.Series | pd.DataFrame | Mapping):
        raise DataError(f"people is a {type(people).__name__}, but must be a table or Series by the index of the sites")
    table = people.to_frame("people") if isinstance(people, pd.Series) else pd.DataFrame(dict(people.items()))
    chosen = [name for name in table if pd.api.types.is_numeric_dtype(table[name])]
    if not chosen:
        raise DataError("people has no column of numbers; give people by the index of the sites")
    lost = ~table.index.isin(index)
    if lost.any():
        raise DataError(f"people live at {table.index[lost][0]!r}, but no site has that id; give it as a site")
    rules = pd.DataFrame({name: numbers(table[name], name=str(name), empty=True).fillna(0.0) for name in chosen})
    empty = rules.sum() <= 0.0
    if empty.any():
        raise DataError(f"people by {rules.columns[empty][0]!r} sum to nobody; give their numbers")
    return rules.reindex(index).fillna(0.0)
