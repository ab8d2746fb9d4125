"""The parts of a drawn road: where their ends meet, what is drawn twice, and where a piece is missing."""

import itertools
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .._validation import check_non_negative, check_positive
from ..errors import DataError
from .neighbours import neighbours

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Lines = npt.NDArray[np.object_]

_LONG = 10.0  # tolerances along which two lines must run together to be one road
_WHOLE = 0.9  # or this share of the shorter one
_GRAIN_M = 1e-3  # within which two ends are one place
_TWICE = 1e-6  # share of a line drawn twice to the digit, beyond rounding
_FOLDED = 0.2  # share of a line beside itself from which it is looked at piece by piece
_MOST_PIECES = 400
_RING = 2  # the type of a ring in shapely
_SNATCHES, _WIDER, _UNSURE = 3, 3.0, 1.25  # more stretches than this that are so much longer at thrice the tolerance


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of a road as links between nodes; gaps are links behind them.

    Attributes
    ----------
    frame : GeoDataFrame
        The parts, none empty, nothing drawn twice, with the columns of the lines.
    source : array of int
        Which of the lines each part comes from.
    u, v, length_m, group : array
        Nodes, metres in the plane and corridor of each part, then of each gap.
    overlaps : list of (Point, float)
        The middle of what was drawn twice, and its metres in the plane.
    notes : tuple of str
        What else is to be told.
    """

    frame: gpd.GeoDataFrame
    source: Ints
    u: Ints
    v: Ints
    length_m: Floats
    group: npt.NDArray[Any]
    overlaps: list[tuple[shapely.Point, float]]
    notes: tuple[str, ...]


def parts_of(lines: gpd.GeoDataFrame, *, tolerance_m: float, gap_m: float) -> Parts:
    """Return the parts of lines in a CRS in metres; see :func:`nanyi_gis.route.from_lines`.

    Raises
    ------
    DataError
        If none has a length.
    ParameterError
        If ``tolerance_m`` is not above zero, or ``gap_m`` negative.
    """
    tolerance = check_positive(tolerance_m, name="tolerance_m", unit="m")
    reach = check_non_negative(gap_m, name="gap_m", unit="m")
    flat, lost = _single(lines)
    shapes, row, overlaps = _once(np.asarray(flat.geometry.values), tolerance)
    frame = flat.iloc[row].set_geometry(gpd.GeoSeries(shapes, index=flat.index[row], crs=lines.crs))
    frame = frame.reset_index(drop=True)
    named = frame["corridor"].fillna("").astype(str) if "corridor" in frame else [""] * len(frame)
    group = np.array(named, dtype=object)
    u, v = _ends(shapes, tolerance)
    first, second, metres = _gaps(shapes, u, v, group, tolerance, reach)
    return Parts(
        frame,
        row,
        np.append(u, first),
        np.append(v, second),
        np.append(shapely.length(shapes), metres),
        np.append(group, group[_owner(u, v, first)]),
        overlaps,
        lost,
    )


def _single(lines: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Return single lines without heights, and what to say of those without a length."""
    flat = lines[~(lines.geometry.isna() | lines.geometry.is_empty)].explode(ignore_index=True)
    flat = flat[flat.geom_type.isin(["LineString", "LinearRing"])]
    shapes = shapely.force_2d(np.asarray(flat.geometry.values))
    rings = shapely.get_type_id(shapes) == _RING  # GDAL cannot write one
    shapes[rings] = [shapely.LineString(ring) for ring in shapes[rings]]
    flat = flat.set_geometry(gpd.GeoSeries(shapes, index=flat.index, crs=lines.crs))
    bounds = flat.total_bounds
    if len(flat) and not np.isfinite(bounds).all():
        raise DataError("the lines have coordinates that are not finite; repair the layer")
    long = flat[flat.length > 0].reset_index(drop=True)
    if long.empty:
        raise DataError("the layer holds no line with a length; give the lines of a road")
    short = len(flat) - len(long)
    return long, ((f"{short} of {len(flat)} parts have no length and are left out",) if short else ())


def _once(shapes: Lines, tolerance: float) -> tuple[Lines, Ints, list[tuple[shapely.Point, float]]]:
    """Return the lines without what runs along a longer one, the row each comes from, and what was cut."""
    shapes, row, overlaps = _unfolded(shapes, tolerance)
    shapes, row, again = _distinct(shapes, row)
    overlaps += again
    pieces = np.bincount(row)[row] > 1
    whole = np.bincount(row, weights=shapely.length(shapes))[row]
    rank = np.empty(len(shapes), dtype=np.int64)
    rank[np.lexsort((np.arange(len(shapes)), -whole))] = np.arange(len(shapes))
    which, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=tolerance)
    later = rank[other] < rank[which]
    beside: dict[int, list[int]] = {}
    for i, j in sorted(zip(which[later].tolist(), other[later].tolist(), strict=True)):
        beside.setdefault(i, []).append(j)
    kept, rows = [], []
    for i, shape in enumerate(shapes):
        taken = _taken(shape, shapes[beside.get(i, [])], tolerance, cap="round" if pieces[i] else "flat")
        overlaps += [(shape.interpolate((a + b) / 2.0), b - a) for a, b in taken]
        left = [shape] if not taken else _rest(shape, taken, tolerance)
        kept += left
        rows += [int(row[i])] * len(left)
    return _array(kept), np.array(rows, dtype=np.int64), overlaps


def _distinct(shapes: Lines, row: Ints) -> tuple[Lines, Ints, list[tuple[shapely.Point, float]]]:
    """Return the first of lines that are equal, whichever way they are drawn, and the others as drawn twice."""
    first = np.sort(np.unique(shapely.to_wkb(shapely.normalize(shapes)), return_index=True)[1])
    again = np.delete(shapes, first)
    return shapes[first], row[first], [(shape.interpolate(0.5, normalized=True), shape.length) for shape in again]


def _taken(shape: shapely.Geometry, others: Lines, tolerance: float, *, cap: str) -> list[tuple[float, float]]:
    """Return the stretches of a line that run along others; none where they do so in snatches, as two records do."""
    near = _beside(shape, others, tolerance, between=2.0 * tolerance, cap=cap)
    if len(near) > _SNATCHES:
        within = _WIDER * tolerance
        wide = _beside(shape, others, within, between=within, cap=cap)
        if _sum(wide) > _UNSURE * _sum(near):
            return []
    long = min(_LONG * tolerance, _WHOLE * shape.length)
    return _merged([(a, b) for a, b in near if b - a >= long], _LONG * tolerance)


def _beside(
    shape: shapely.Geometry, others: Lines, tolerance: float, *, between: float, cap: str
) -> list[tuple[float, float]]:
    """Return the stretches of a line that run along any of others; those that are left once all of it does are not
    looked at, so that a road recorded a thousand times is read in time.
    """
    found: list[tuple[float, float]] = []
    for other in others:
        found = _merged([*found, *_along(shape, other, tolerance, cap=cap)], between)
        if found and found[0] == (0.0, shape.length):
            break
    return found


def _sum(stretches: list[tuple[float, float]]) -> float:
    return sum(b - a for a, b in stretches)


def _array(shapes: list[shapely.Geometry]) -> Lines:
    result = np.empty(len(shapes), dtype=object)
    result[:] = shapes
    return result


def _unfolded(shapes: Lines, tolerance: float) -> tuple[Lines, Ints, list[tuple[shapely.Point, float]]]:
    """Return lines without what they draw twice to the digit; those that run back beside themselves, in pieces."""
    kept: list[shapely.Geometry] = []
    rows: list[int] = []
    overlaps: list[tuple[shapely.Point, float]] = []
    close, wider = (_share_beside(shapes, metres) for metres in (tolerance, _WIDER * tolerance))
    folded = (close > _FOLDED) & (wider < _UNSURE * close)
    for i, shape in enumerate(shapes):
        pieces = [shape]
        once = shape if shape.is_simple else shapely.unary_union(shape)
        twice = shape.length - once.length
        if twice > _TWICE * shape.length:
            pieces = list(shapely.get_parts(shapely.line_merge(once)))
            overlaps.append((shape.interpolate(0.5, normalized=True), twice))
        elif folded[i] and shape.length > 2.0 * _LONG * tolerance:
            count = min(_MOST_PIECES, int(shape.length / (2.0 * _LONG * tolerance)))
            edges = np.linspace(0.0, shape.length, count + 1).tolist()
            pieces = [shapely.ops.substring(shape, a, b) for a, b in itertools.pairwise(edges)]
        kept += pieces
        rows += [i] * len(pieces)
    return _array(kept), np.array(rows, dtype=np.int64), overlaps


def _share_beside(shapes: Lines, metres: float) -> Floats:
    """Return the share of each line that runs beside itself: the area that its strip lacks."""
    strips = shapely.area(shapely.buffer(shapes, metres, cap_style="flat"))
    return np.asarray(1.0 - strips / (2.0 * metres * shapely.length(shapes)), dtype=np.float64)


def _along(
    shape: shapely.Geometry, other: shapely.Geometry, tolerance: float, *, cap: str
) -> list[tuple[float, float]]:
    """Return the stretches of a line, from and to, that run along another one."""
    beside = shapely.buffer(other, tolerance, cap_style=cap)
    pieces = shapely.get_parts(shapely.line_merge(shapely.intersection(shape, beside)))
    found = []
    for piece in pieces[shapely.length(pieces) > 0.0]:
        a, b = sorted(shape.project(shapely.get_point(piece, end)) for end in (0, -1))
        if np.isclose(b - a, piece.length, atol=tolerance):
            found.append((a, b))
        elif shape.is_closed:  # the piece runs over the point where the ring closes
            found += [(0.0, a), (b, shape.length)]
    return found


def _merged(stretches: list[tuple[float, float]], between: float) -> list[tuple[float, float]]:
    """Return stretches as one where they overlap or hardly anything lies between them."""
    result: list[tuple[float, float]] = []
    for a, b in sorted(stretches):
        if result and a <= result[-1][1] + between:
            result[-1] = (result[-1][0], max(b, result[-1][1]))
        elif b > a:
            result.append((a, b))
    return result


def _rest(shape: shapely.Geometry, taken: list[tuple[float, float]], tolerance: float) -> list[shapely.Geometry]:
    """Return what is left of a line, without snippets shorter than the tolerance."""
    edges = [0.0, *(edge for stretch in taken for edge in stretch), shape.length]
    left = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > tolerance]
    return [shapely.ops.substring(shape, a, b) for a, b in left]


def _ends(shapes: Lines, tolerance: float) -> tuple[Ints, Ints]:
    """Return the node at the start and the end of each line.

    Ends at one place are a node; of ends that meet no other, those within the tolerance are one too. So a road in
    pieces shorter than the tolerance stays one.
    """
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(shapes, end)) for end in (0, -1)])
    tree = cKDTree(ends)
    label = _joined(tree.query_pairs(_GRAIN_M, output_type="ndarray"), len(ends))
    loose = np.flatnonzero(np.bincount(label)[label] == 1)
    if len(loose) > 1:
        a, b = loose[cKDTree(ends[loose]).query_pairs(1.5 * tolerance, output_type="ndarray").T.reshape(2, -1)]
        same = (np.abs(a - b) == len(shapes)) & (shapely.length(shapes)[a % len(shapes)] <= _LONG * tolerance)
        pairs = np.column_stack([label[a], label[b]])[~same]
        label = _joined(pairs, int(label.max()) + 1)[label]
    return label[: len(shapes)], label[len(shapes) :]


def _joined(pairs: Ints, count: int) -> Ints:
    """Return the number of the group of each of several things, of which pairs belong together."""
    links = neighbours(pairs[:, 0], pairs[:, 1], count)
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _gaps(
    shapes: Lines, u: Ints, v: Ints, group: npt.NDArray[Any], tolerance: float, reach: float
) -> tuple[Ints, Ints, Floats]:
    """Return pairs of loose ends of different pieces with a gap between them, the nearest first, and its metres."""
    ends = np.concatenate([u, v])
    places = np.concatenate([shapely.get_coordinates(shapely.get_point(shapes, end)) for end in (0, -1)])
    owner = np.tile(np.arange(len(shapes)), 2)
    single = np.bincount(ends)[ends] == 1
    near, touched = shapely.STRtree(shapes).query(shapely.points(places), predicate="dwithin", distance=1.5 * tolerance)
    elsewhere = touched != owner[near]
    loose = np.flatnonzero(single & ~np.isin(np.arange(len(ends)), near[elsewhere]))
    size = int(ends.max()) + 1
    tails, heads = np.append(u, ends[near[elsewhere]]), np.append(v, u[touched[elsewhere]])
    piece = connected_components(neighbours(tails, heads, size), False)[1]
    pairs = (
        cKDTree(places[loose]).query_pairs(reach, output_type="ndarray") if len(loose) > 1 else np.empty((0, 2), int)
    )
    a, b = loose[pairs[:, 0]], loose[pairs[:, 1]]
    metres = np.hypot(*(places[a] - places[b]).T)
    found: list[tuple[int, int, float]] = []
    used: set[int] = set()
    for i in np.lexsort((b, a, metres)).tolist():
        one, two = int(ends[a[i]]), int(ends[b[i]])
        same = group[owner[a[i]]] == group[owner[b[i]]]
        if same and piece[one] != piece[two] and not {one, two} & used:
            found.append((one, two, float(metres[i])))
            used |= {one, two}
            piece[piece == piece[two]] = piece[one]
    first, second, apart = zip(*found, strict=True) if found else ((), (), ())
    return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64), np.array(apart, dtype=np.float64)


def _owner(u: Ints, v: Ints, nodes: Ints) -> Ints:
    """Return the first part that ends at each node."""
    return np.array([int(np.flatnonzero((u == node) | (v == node))[0]) for node in nodes], dtype=np.int64)
