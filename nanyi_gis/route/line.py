"""A road as branches with metres along them: of a design, of lines, or read from a file."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from ..datum import LABELS, convert_frame, metric_crs, shift_frame
from ..datum_guard import suspect_shift
from ..errors import DataError, DatumError, ParameterError, naming
from ..io import placed, read_vector, row_notes
from ..network import geodesic_lengths
from .branches import Way, branches_of
from .parts import Parts, parts_of
from .steps import Steps

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MOST_STRETCH = 0.01  # as for graphs: beyond it a CRS in metres is left for a zone
_KEPT = ("id", "status", "corridor", "name_zh")
_APART_M = 2.0  # metres beyond which branches do not touch
_SHIFTED_M = 1000.0  # how far off its places a shifted road may run: BD-09 is off by 900 m here
_UPON_M = 50.0  # how far off a road a place on it may lie
_DENSE_M = 500.0  # metres between the places of a road that are held against trusted roads
_MOST_TOLD = 20  # places named one by one
_BESIDE_M, _BESIDE_LEAST = 10.0, 0.1  # half the distance at which roads are beside each other; share that is told
_OF_NETWORK = 0.01  # share by which metres of links and of their drawing differ, before it is told


class Designed(Protocol):
    """What has links to measure, as :class:`nanyi_gis.route.Design` does."""

    @property
    def links(self) -> gpd.GeoDataFrame: ...

    @property
    def order(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, eq=False)
class Route:
    """A road with its metres.

    Attributes
    ----------
    branches : tuple of LineString
        Branch 1, 2, ... in ``crs``, each drawn from its first metre to its last. Over a gap the line runs straight.
    crs : str
        A CRS in metres.
    frame : GeoDataFrame
        The stretches of road, in the order of the branches: ``branch`` (1, 2, ...), ``from_m``, ``to_m``, ``id``,
        ``u``, ``v`` (the nodes at ``from_m`` and ``to_m``; empty if it was no graph's), ``status``, ``corridor``,
        ``name_zh``, ``drawn_m`` (geodesic metres of the line; the metres along it are those of the road) and
        ``geometry``, drawn along the branch.
    notes : tuple of str
        Gaps, overlaps and whatever else a reader should know, a sentence each.
    """

    branches: tuple[shapely.LineString, ...]
    crs: str
    frame: gpd.GeoDataFrame
    notes: tuple[str, ...] = ()

    @property
    def length_m(self) -> float:
        """Metres of all stretches: geodesic for lines, those of its links for a design."""
        return float((self.frame["to_m"] - self.frame["from_m"]).sum())

    @cached_property
    def branch_lengths(self) -> tuple[float, ...]:
        """Metres of each branch."""
        return tuple(float(metres) for metres in self.frame.groupby("branch")["to_m"].max())

    @cached_property
    def steps(self) -> Steps:
        """The straight pieces of the stretches."""
        return Steps.of(self.frame)

    @classmethod
    def of(cls, design: Designed) -> "Route":
        """Return a design as branches: each mandated corridor by itself, then the rest, the longest way first.

        A loop or a line is one branch, as it is driven. The metres are those of the links: a schematic network has
        published lengths that are longer than its lines, so each link's metres are spread over its line.

        Raises
        ------
        DataError
            If it has no links, or no CRS.

        Examples
        --------
        A link of 6 km by the network, drawn as 5 km, and a side road:

        >>> from types import SimpleNamespace
        >>> lines = [[(0, 0), (3000, 4000)], [(3000, 4000), (6000, 4000)], [(3000, 4000), (3000, 5000)]]
        >>> links = gpd.GeoDataFrame(
        ...     {"id": list("abc"), "u": [1, 2, 2], "v": [2, 3, 4], "length_m": [6000.0, 3000.0, 1000.0]},
        ...     geometry=[shapely.LineString(line) for line in lines], crs=4544,
        ... )
        >>> route = Route.of(SimpleNamespace(links=links, order=()))
        >>> route.branch_lengths, route.length_m
        ((9000.0, 1000.0), 10000.0)
        """
        links = _metric(design.links).reset_index(drop=True)
        if links.empty:
            raise DataError("the design has no links; there is nothing to measure")
        codes = pd.factorize(pd.concat([links["u"], links["v"]], ignore_index=True).astype(object))[0]
        u, v = np.split(np.asarray(codes, dtype=np.int64), 2)
        length = links["length_m"].to_numpy(dtype=np.float64)
        ways = [_driven(list(design.order), links["id"].astype(str).tolist(), u, v)] if design.order else []
        if not design.order:
            for rows in _groups(_mandated(links)):
                ways += [
                    [(int(rows[row]), back) for row, back in way] for way in branches_of(u[rows], v[rows], length[rows])
                ]
        drawn = geodesic_lengths(links.geometry)
        notes = list(getattr(design, "notes", ()))
        if abs(length.sum() - drawn.sum()) > _OF_NETWORK * length.sum():
            notes.append(
                f"the links measure {length.sum() / 1000:.1f} km by the network and {drawn.sum() / 1000:.1f} km as "
                "drawn; metres along the road are the network's"
            )
        return _laid(ways, links.assign(drawn_m=drawn), notes)


Road: TypeAlias = Route | Designed | gpd.GeoDataFrame
"""A route, a design or lines: what is measured."""


def as_route(road: Road) -> Route:
    """Return what is to be measured as a route: a route itself, a design by its branches, lines put in order.

    Raises
    ------
    ParameterError
        If it is none of these.

    >>> line = gpd.GeoDataFrame(geometry=[shapely.LineString([(500_000, 0), (503_000, 0)])], crs=4544)
    >>> round(as_route(line).length_m)
    3000
    """
    if isinstance(road, Route):
        return road
    if isinstance(road, gpd.GeoDataFrame):
        return from_lines(road)
    if not hasattr(road, "links"):
        raise ParameterError(f"the road is a {type(road).__name__}; give a Route, a Design or a GeoDataFrame of lines")
    return Route.of(road)


def from_file(
    path: str | os.PathLike[str],
    *,
    reference: gpd.GeoDataFrame | Sequence[gpd.GeoDataFrame] | None = None,
    assume_datum: str | None = None,
    tolerance_m: float = 1.0,
    gap_m: float = 1000.0,
) -> Route:
    """Read a surveyed road from any vector file of lines; see :func:`from_lines`.

    Parameters
    ----------
    path : path
        A layer of lines with a CRS.
    reference : GeoDataFrame or sequence of GeoDataFrame, optional
        Trusted roads, or places of which some lie on the road (known to 1 km or better; it takes eight); against them a
        shift by GCJ-02 or BD-09 is suspected, and refused. Of several layers each is held against the road by itself.
    assume_datum : str, optional
        ``gcj02`` or ``bd09`` converts from that datum; ``wgs84`` trusts the file as it is.
    tolerance_m, gap_m : float
        As in :func:`from_lines`.

    Raises
    ------
    DataError
        If the file cannot be used.
    DatumError
        If its coordinates seem to be shifted and no datum is assumed.
    """
    lines = read_vector(path, kind="line")
    told = row_notes(lines)
    with naming(path):
        if assume_datum is not None:
            lines = convert_frame(lines, source=assume_datum)
        route = from_lines(lines, tolerance_m=tolerance_m, gap_m=gap_m)
    if assume_datum is None:
        several = [reference] if isinstance(reference, gpd.GeoDataFrame) else list(reference or ())
        for known in several:
            _refuse_shifted(route.frame, known, name=Path(os.fspath(path)).name)
    return Route(route.branches, route.crs, route.frame, (*told, *route.notes))


def from_lines(lines: gpd.GeoDataFrame, *, tolerance_m: float = 1.0, gap_m: float = 1000.0) -> Route:
    """Return lines as a route: parts joined where their ends meet, ordered and oriented.

    Ends within ``tolerance_m`` meet. Loose ends up to ``gap_m`` apart are joined over a gap, which is told in the notes
    and has no metres. What is drawn twice counts once and is told. Lines of one ``corridor``, if there is such a
    column, make branches of their own. A branch runs the way most of its metres are drawn. Lengths are geodesic.

    Raises
    ------
    DataError
        If there is no CRS, no line with a length, or all come to less than ``tolerance_m``.

    Examples
    --------
    Two parts, the second drawn backwards, with 300 m between them:

    >>> parts = [[(0, 0), (2000, 0)], [(3300, 0), (2300, 0)]]
    >>> route = from_lines(gpd.GeoDataFrame(geometry=[shapely.LineString(part) for part in parts], crs=4544))
    >>> route.length_m, route.notes
    (3000.0, ('gap of 300 m at km 2.0 of branch 1',))
    """
    table = _metric(lines)
    parts = parts_of(table, tolerance_m=tolerance_m, gap_m=gap_m)
    ways: list[Way] = []
    for rows in _groups(parts.group):
        found = branches_of(parts.u[rows], parts.v[rows], parts.length_m[rows])
        ways += [[(int(rows[row]), back) for row, back in way] for way in found]
    kept = parts.frame.assign(drawn_m=geodesic_lengths(parts.frame.geometry), u="", v="")
    route = _laid(ways, kept.assign(length_m=kept["drawn_m"]), [], source=parts.source)
    if route.length_m < tolerance_m:
        raise DataError(
            f"the lines come to {route.length_m:.3g} m, less than tolerance_m ({tolerance_m:g}); check unit and CRS"
        )
    return Route(route.branches, route.crs, route.frame, (*_faults(parts, route, ways), *parts.notes))


def _refuse_shifted(road: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, *, name: str) -> None:
    """Raise DatumError if a road, in a CRS in metres, lies off trusted roads or places as a shifted datum has it."""
    points = (shapely.get_dimensions(np.asarray(reference.geometry.values)) == 0).all()
    if points:
        near = _along(reference, road)
        found = suspect_shift(near, road) or suspect_shift(_upon(reference, road), road)
    else:
        dense = shapely.segmentize(np.asarray(road.geometry.values), _DENSE_M)
        found = suspect_shift(gpd.GeoDataFrame(geometry=dense, crs=road.crs), reference)
    if found is None or found.of_reference != bool(points):
        return
    raise DatumError(
        f"{name} seems to be on {LABELS[found.datum]}: {found.samples} places lie {found.before_m:.0f} m off (median), "
        f"{found.after_m:.0f} m if it is converted; use assume_datum={found.datum!r} (--assume-datum {found.datum}) to "
        "convert it, or 'wgs84' to take it as it is"
    )


def _along(places: gpd.GeoDataFrame, road: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places that a road may run through, however it is shifted: those off it tell nothing."""
    away = shapely.distance(np.asarray(places.geometry.to_crs(road.crs).values), road.geometry.union_all())
    return places[away <= _SHIFTED_M]


def _upon(places: gpd.GeoDataFrame, road: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places on a road as it is, or on one that was shifted: those beside it hide what they tell."""
    line = road.geometry.union_all()
    upon = np.zeros(len(places), dtype=bool)
    for moved in (places, shift_frame(places, target="gcj02"), shift_frame(places, target="bd09")):
        upon |= shapely.distance(np.asarray(moved.geometry.to_crs(road.crs).values), line) <= _UPON_M
    return places[upon]


def _metric(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return lines in a CRS in metres that draws them within 1 % of their length: their own, or that of their zone."""
    if not isinstance(lines, gpd.GeoDataFrame):
        raise DataError(f"the lines are a {type(lines).__name__}, but must be a GeoDataFrame")
    if lines.crs is None:
        raise DataError("the lines have no CRS; set one, e.g. lines.set_crs('EPSG:4326')")
    with np.errstate(invalid="ignore"):  # heights may be NaN
        lines = lines.set_geometry(shapely.force_2d(np.asarray(lines.geometry.values)), crs=lines.crs)
    crs = CRS.from_user_input(lines.crs)
    plane = float(lines.geometry.length.sum()) if crs.is_projected else 0.0
    metres = crs.is_projected and crs.axis_info[0].unit_name in {"metre", "meter"}
    if metres and abs(float(geodesic_lengths(lines.geometry).sum()) - plane) <= _MOST_STRETCH * plane:
        return lines
    there = lines[~(lines.geometry.isna() | lines.geometry.is_empty)]
    if there.empty:
        return lines
    west, south, east, north = placed(there, "EPSG:4326", name=str(lines.attrs.get("file", "the lines"))).total_bounds
    return placed(lines, metric_crs((west + east) / 2, (south + north) / 2), name="the lines")


def _groups(labels: npt.NDArray[Any]) -> list[Ints]:
    """Return the rows of each label in order, those without a label last."""
    names = sorted({str(label) for label in labels} - {""})
    return [rows for name in (*names, "") if len(rows := np.flatnonzero(labels == name))]


def _mandated(links: gpd.GeoDataFrame) -> npt.NDArray[Any]:
    """Return the corridor of mandated links, nothing for the others."""
    if "mandated" not in links or "corridor" not in links:
        return np.full(len(links), "", dtype=object)
    corridor = links["corridor"].fillna("").astype(str)
    return np.asarray(corridor.where(links["mandated"].astype(bool), ""), dtype=object)


def _driven(order: list[str], ids: list[str], u: Ints, v: Ints) -> Way:
    """Return the way that drives links in a given order."""
    row = {name: i for i, name in enumerate(ids)}
    lost = [name for name in order if name not in row]
    if lost:
        raise DataError(f"the order names link {lost[0]!r}, but the design has no such link")
    rows = [row[name] for name in order]
    for start in (int(u[rows[0]]), int(v[rows[0]])):
        way: Way = []
        at = start
        for i in rows:
            if at not in (u[i], v[i]):
                break
            back = bool(u[i] != at)
            way.append((i, back))
            at = int(u[i] if back else v[i])
        if len(way) == len(rows):
            return way
    raise DataError("the links of the design do not follow each other in its order; check the order")


def _laid(ways: list[Way], links: gpd.GeoDataFrame, notes: list[str], *, source: Ints | None = None) -> Route:
    """Return ways as branches; rows behind the last link are gaps.

    Links of one ``source`` that follow each other are one stretch.
    """
    shapes = np.asarray(shapely.force_2d(np.asarray(links.geometry.values)))
    taken = [
        (branch, row, back, place)
        for branch, way in enumerate(ways, 1)
        for place, (row, back) in enumerate(way)
        if row < len(links)
    ]
    branch, rows, back, place = (np.array(column) for column in zip(*taken, strict=True))
    table = links.iloc[rows].reset_index(drop=True)
    lines = np.where(back, shapely.reverse(shapes[rows]), shapes[rows])
    fresh = np.append(True, branch[1:] != branch[:-1])
    last = table["length_m"].astype(float).groupby(branch).cumsum().to_numpy()
    first = np.where(fresh, 0.0, np.append(0.0, last[:-1]))
    ends = [np.where(back, table[one], table[two]) for one, two in (("v", "u"), ("u", "v"))]
    if source is None:
        new = np.ones(len(rows), dtype=bool)
    else:
        apart = np.diff(place) != 1
        new = fresh | np.append(True, (np.diff(source[rows]) != 0) | (np.diff(back.astype(int)) != 0) | apart)
    start = np.flatnonzero(new)
    end = np.append(start[1:], len(rows)) - 1
    columns: dict[str, Any] = {"branch": branch[start], "from_m": first[start], "to_m": last[end]}
    columns |= {name: table[name].fillna("").astype(str).to_numpy()[start] if name in table else "" for name in _KEPT}
    drawn_m = np.add.reduceat(table["drawn_m"].to_numpy(dtype=np.float64), start)
    columns |= {"u": ends[0][start], "v": ends[1][end], "drawn_m": drawn_m}
    stretches = lines if new.all() else np.array([_drawn(lines[a : b + 1]) for a, b in zip(start, end, strict=True)])
    frame = gpd.GeoDataFrame(columns, geometry=stretches, crs=links.crs)
    drawn = [_drawn(lines[branch == number]) for number in range(1, len(ways) + 1)]
    return Route(tuple(drawn), links.crs.to_string(), frame, tuple(notes))


def _drawn(lines: npt.NDArray[np.object_]) -> shapely.LineString:
    """Return lines one after the other as one, without vertices that repeat."""
    coordinates = np.concatenate([shapely.get_coordinates(line) for line in lines])
    fresh = np.append(True, (np.diff(coordinates, axis=0) != 0).any(axis=1))
    return shapely.LineString(coordinates[fresh] if fresh.sum() > 1 else coordinates)


def _faults(parts: Parts, route: Route, ways: Sequence[Way]) -> list[str]:
    """Return what to say of gaps, of what is drawn twice, and of branches that lie apart."""
    count, told = len(parts.frame), []
    for branch, way in enumerate(ways, 1):
        metres = 0.0
        for row, _ in way:
            if row >= count:
                told.append(f"gap of {parts.length_m[row]:.0f} m at km {metres / 1000:.1f} of branch {branch}")
            else:
                metres += float(parts.frame.geometry.iloc[row].length)
    for point, twice in parts.overlaps if len(parts.overlaps) <= _MOST_TOLD else ():
        step, share, _ = route.steps.nearest(shapely.get_coordinates(point))
        km = float(route.steps.metres(step, share)[0]) / 1000.0
        told.append(
            f"{_short(twice)} drawn twice at km {km:.1f} of branch {route.steps.branch[step[0]]}; it counts once"
        )
    if len(parts.overlaps) > _MOST_TOLD:
        twice = sum(metres for _, metres in parts.overlaps)
        told.append(f"{_short(twice)} drawn twice at {len(parts.overlaps)} places; it counts once")
    return [*told, *_beside(route), *_lone(route)]


def _beside(route: Route) -> list[str]:
    """Return what to say where much of the road runs beside itself: two records of one road, perhaps."""
    lines = shapely.simplify(np.asarray(route.frame.geometry.values), _BESIDE_M / 10.0)
    length = float(shapely.length(lines).sum())
    area = float(shapely.union_all(shapely.buffer(lines, _BESIDE_M, cap_style="flat", quad_segs=2)).area)
    twice = length - area / (2.0 * _BESIDE_M)
    if twice < max(_BESIDE_LEAST * length, _BESIDE_M * 10.0):
        return []
    return [
        f"at least {_short(twice)} run within {2.0 * _BESIDE_M:g} m of another stretch; if a road was recorded twice, "
        f"give tolerance_m={2.0 * _BESIDE_M:g} and it counts once"
    ]


def _short(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000.0 else f"{metres / 1000:.1f} km"


def _lone(route: Route) -> list[str]:
    """Return what to say of branches that no other one touches."""
    told = []
    for number, line in enumerate(route.branches[1:], 2):
        others = [other for i, other in enumerate(route.branches, 1) if i != number]
        away = float(shapely.distance(line, others).min())
        if away > _APART_M:
            told.append(f"branch {number} lies {_short(away)} from the nearest other branch")
    return told
