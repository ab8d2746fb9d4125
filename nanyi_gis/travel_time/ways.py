"""Roads as the surface uses them: what a mode may use, cut where lines meet, with speeds and where one can step on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from ..errors import DataError, ParameterError
from ..network import Segments, Speeds, WayTags, load_speeds, node_lines, part_at_barriers, way_tags
from .barriers import on_grid, require_reach
from .grid import Bool, Float, Int, Steps

_NOT_ROADS = frozenset({"rail", "boarding"})
_ON_FOOT = frozenset({"walk"})
TOLERANCE_M = 1.0
"""Metres within which loose ends meet, as in a network."""
_ROW = "_row"
_NO = frozenset({"", "no", "false", "0", "0.0", "none", "nan", "n", "f", "<na>"})
_BLANK = frozenset({"", "none", "nan", "<na>"})


@dataclass(frozen=True)
class Ways:
    """Segments of road between nodes, in the CRS of the grid, with one value a segment in each column.

    ``line`` is the single line that a segment is cut from; ``start`` and ``end`` are its nodes, numbered from 0 to
    ``nodes - 1``. ``kmh`` and ``kmh_back`` hold along and against it. ``direction`` is 0 for both, 1 along the line
    only, -1 against it only. ``ends_only`` lines are joined and left only at nodes that they share with others, or
    where they end alone. ``left_out`` counts the rows that are not used, by reason.
    """

    lines: npt.NDArray[np.object_]
    line: Int
    start: Int
    end: Int
    nodes: int
    kmh: Float
    kmh_back: Float
    tunnel: Bool
    bridge: Bool
    ends_only: Bool
    direction: npt.NDArray[np.int8]
    left_out: dict[str, int]
    report: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """Return what a reader of the result should know of the roads."""
        skipped = sum(self.left_out.values())
        return {"skipped": skipped, "left_out": self.left_out, **self.report}


def ways_of(
    roads: gpd.GeoDataFrame,
    grid: Steps,
    *,
    mode: str,
    speeds: Mapping[str, float] | None = None,
    noding: str = "vertices",
) -> Ways:
    """Return the roads that can be used in ``mode``, cut where they meet.

    Tags are read by :func:`nanyi_gis.network.way_tags`, and where lines meet is decided by
    :func:`nanyi_gis.network.node_lines`: both as for a network. Column ``ends_only`` overrides which lines can be
    joined only at their ends: tunnels always, motorways by default.

    Raises
    ------
    DataError
        If there is no CRS, geometry is not lines, a speed is no speed, or most classes are unknown.
    ParameterError
        If no class is known, or a speed of ``speeds`` is not above zero.
    """
    frame = on_grid(roads, grid, name="roads")
    shaped = ~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    roads, frame = roads[shaped].reset_index(drop=True), frame[shaped].reset_index(drop=True)
    kinds = set(frame.geom_type) - {"LineString", "MultiLineString", "LinearRing"}
    if kinds:
        raise DataError(f"roads hold {', '.join(sorted(kinds))}, but must be lines; pick the line layer")
    require_reach(frame.geometry, grid, name="roads")
    table = _table(speeds).for_mode(mode)
    tags = way_tags(frame, mode=mode, speeds=table)
    reason = _reasons(tags, mode)
    ends_only = _ends_only(frame, tags)
    lines, row, stopped = _single_lines(roads, frame, np.flatnonzero(reason == ""), grid, mode)
    from_osm = bool(roads.attrs.get("osm"))
    found = _noded(
        lines,
        grid,
        noding,
        tolerance=0.0 if from_osm else TOLERANCE_M,
        level=tags.level[row],
        controlled=tags.controlled[row] | ends_only[row],
    )
    of = row[found.parent]
    usual = tags.highway.map(table.speed_kmh).to_numpy(dtype=np.float64, na_value=np.nan)
    return Ways(
        lines=found.geometry,
        line=found.parent,
        start=found.start,
        end=found.end,
        nodes=len(found.nodes),
        kmh=np.where(np.isnan(tags.kmh), usual, tags.kmh)[of],
        kmh_back=np.where(np.isnan(tags.kmh_back), usual, tags.kmh_back)[of],
        tunnel=tags.tunnel[of],
        bridge=tags.bridge[of],
        ends_only=ends_only[of],
        direction=tags.direction[of],
        left_out=roads.attrs.get("left_out", {})
        | {str(word): int(count) for word, count in zip(*_counted(reason), strict=True)},
        report={**found.report(), "barriers": stopped, "osm": from_osm, "tag_notes": list(tags.notes)},
    )


def _table(speeds: Mapping[str, float] | None) -> Speeds:
    table = load_speeds()
    for name, speed in (speeds or {}).items():
        if not 0 < speed < np.inf:
            raise ParameterError(f"speed of class {name!r} is {speed!r}, but must be above zero km/h")
    return table.model_copy(update={"speed_kmh": {**table.speed_kmh, **(speeds or {})}})


def _reasons(tags: WayTags, mode: str) -> npt.NDArray[np.object_]:
    """Return why a row is not used, empty where it is: besides the tags, railways and what is not open."""
    reason = tags.reason.to_numpy(dtype=object).copy()
    no_road = tags.highway.isin(_NOT_ROADS if mode == "walk" else _NOT_ROADS | _ON_FOOT).to_numpy()
    for rows, words in ((no_road, tags.highway), (tags.status.to_numpy() != "open", tags.status)):
        fresh = (reason == "") & rows
        reason[fresh] = words.to_numpy()[fresh]
    return reason


def _counted(reason: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.str_], Int]:
    words, counts = np.unique(reason[reason != ""].astype(str), return_counts=True)
    return words, counts


def _ends_only(frame: gpd.GeoDataFrame, tags: WayTags) -> Bool:
    """Return which rows are joined only at their ends: motorways or what the column says, and all tunnels."""
    usual = tags.controlled
    if "ends_only" in frame.columns:
        text = frame["ends_only"].map(lambda value: str(value).strip().lower())
        usual = np.where(text.isin(_BLANK), usual, ~text.isin(_NO))
    return np.asarray(usual | tags.tunnel, dtype=np.bool_)


def _single_lines(
    roads: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, used: Int, grid: Steps, mode: str
) -> tuple[npt.NDArray[np.object_], Int, dict[str, int]]:
    """Return the used rows as single lines in the CRS of the grid, their rows, and the barriers on them by kind."""
    stopped: dict[str, int] = {}
    shapes = frame.geometry.iloc[used]
    if len(used):
        # They stand on vertices of the extract, so the ways are parted before they are projected.
        parted, stopped = part_at_barriers(roads.iloc[used].assign(**{_ROW: used}), mode=mode)
        if stopped:
            shapes, used = on_grid(parted, grid, name="roads").geometry, parted[_ROW].to_numpy(dtype=np.int64)
    lines, row = shapely.get_parts(shapely.force_2d(shapes.to_numpy()), return_index=True)
    real = shapely.length(lines) > 0
    return lines[real], used[row[real]], stopped


def _noded(
    lines: npt.NDArray[np.object_], grid: Steps, noding: str, *, tolerance: float, level: Int, controlled: Bool
) -> Segments:
    """Cut lines where they meet, in metres at the middle of the grid, and carry the segments back to its CRS."""
    middle = (grid.east.size // 2, grid.south.size // 2)
    metres = np.array([grid.east[middle[0]] / abs(grid.step_x), grid.south[middle[1]] / abs(grid.step_y)])
    scaled = shapely.transform(lines, lambda xy: xy * metres)
    found = node_lines(scaled, tolerance=tolerance, noding=noding, level=level, controlled=controlled)
    return found.moved(lambda xy: xy / metres)
