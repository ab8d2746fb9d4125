"""Roads as links over the grid: true lengths along the line, joined to cells only where one can stop.

Lines are cut into segments where they meet (see :mod:`.ways`). Every segment is a chain of road nodes: its ends, and
in each cell that it passes the point nearest to the cell's centre. The time between two nodes is the length of line
between them over the speed, so that a road keeps its own length whatever the cell size. A cell stands on the nearest
of its roads: stepping on or off is free there. Another road in the same cell that is not joined to the first within
the cell (the other leg of a hairpin, a parallel road) is reached by walking the distance between both.
Lines that can be joined only at their ends (tunnels, motorways) have no nodes in between.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import map_coordinates
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .._kernels.line_trace import trace_lines
from .barriers import Barriers, cells_under
from .grid import Bool, Float, Int, Steps
from .meetings import Meetings, Vertices
from .solver import NO_LINKS, WALKING_KMH, Links
from .ways import Ways


@dataclass(frozen=True)
class RoadNet:
    """Links of the traveller, links that only show the time of a deck over a barrier, and what was cut.

    ``decks`` lead from road nodes to barrier cells in the direction of search: nobody steps off there.
    """

    links: Links
    decks: Links
    cut: int


def tobler_kmh(slope: Float) -> Float:
    """Return Tobler's (1993) walking speed in km/h: ``6 exp(-3.5 |slope + 0.05|)``.

    >>> tobler_kmh(np.array([-0.05, 0.0])).round(2).tolist()
    [6.0, 5.04]
    """
    return np.asarray(WALKING_KMH * np.exp(-3.5 * np.abs(slope + 0.05)))


def road_net(
    ways: Ways,
    grid: Steps,
    heights: npt.NDArray[np.float32],
    *,
    usable: Bool,
    barriers: Barriers | None,
    mode: str,
    path_factor: float,
) -> RoadNet:
    """Return the links of ``ways`` over the grid; ``usable`` marks cells where one can stand."""
    if not len(ways.lines):
        return RoadNet(NO_LINKS, NO_LINKS, 0)
    vertices = Vertices.of(ways.lines, grid)
    meetings = Meetings.of(ways, vertices)
    stops = _stops(ways, vertices, meetings, grid)

    # One row a visit of a road node by a line, in the order in which the lines run. Lines lie end to end on one axis
    # of places, so that sorting by place sorts by line as well.
    place = np.concatenate([meetings.at, stops.at])
    node = np.concatenate([meetings.key, stops.node])
    line = np.concatenate([meetings.line, stops.line])
    order = np.lexsort((node, place))
    place, node, line = place[order], node[order], line[order]
    # Neighbours in that order on the same line are the links; a node met twice in a row has no way to itself.
    pair = np.flatnonzero((line[1:] == line[:-1]) & (node[1:] != node[:-1]))
    start, end, way = place[pair], place[pair + 1], line[pair]
    blocked = _blocked(start, end, ways, vertices, meetings, barriers, grid)
    # Length of line between the two, and km/h to minutes a metre: 60 / 1000.
    metres = vertices.metres(end) - vertices.metres(start)
    if mode == "car":
        forward, backward = 0.06 * metres / ways.kmh[way], 0.06 * metres / ways.kmh_back[way]
    else:
        rise = _heights_at(heights, vertices, end) - _heights_at(heights, vertices, start)
        slope = np.divide(rise, metres, out=np.zeros_like(rise), where=metres > 0)
        # Decks and tubes do not follow the ground; where the ground is unknown the walker walks on the level.
        slope[np.isnan(slope) | ways.tunnel[way] | ways.bridge[way]] = 0.0
        forward, backward = 0.06 * metres / tobler_kmh(slope), 0.06 * metres / tobler_kmh(-slope)
    # A direction of 0 is both ways, 1 along the line only, -1 against it only.
    along, against = ~blocked & (ways.direction[way] >= 0), ~blocked & (ways.direction[way] <= 0)
    # From cells to the road and back: only where one can stand, and onto decks over water for show.
    board_cell, board_node, board_minutes = _boarding(stops, vertices, grid, path_factor)
    on_foot = usable.ravel()[board_cell]
    deck = np.zeros(0, np.int64) if barriers is None else np.flatnonzero(barriers.cells.ravel()[board_cell])

    # Road nodes are numbered behind the cells.
    first, second = node[pair], node[pair + 1]
    cells = grid.height * grid.width
    origin = np.concatenate([first[along], second[against], board_node[on_foot]]) + cells
    target = np.concatenate([second[along], first[against]]) + cells
    foot_cell, foot = board_cell[on_foot], board_minutes[on_foot]
    links = Links(
        np.concatenate([origin, foot_cell]),
        np.concatenate([target, foot_cell, board_node[on_foot] + cells]),
        np.concatenate([forward[along], backward[against], foot, foot]),
        extra=stops.nodes,
    )
    decks = Links(board_node[deck] + cells, board_cell[deck], np.zeros(deck.size))
    return RoadNet(links, decks, int(np.unique(ways.line[way[blocked]]).size))


@dataclass(frozen=True)
class _Stops:
    """Where one can step on or off: position along all lines, line, cell, node; and the number of road nodes."""

    at: Float
    line: Int
    cell: Int
    node: Int
    joined: Int
    nodes: int


def _stops(ways: Ways, vertices: Vertices, meetings: Meetings, grid: Steps) -> _Stops:
    # A stretch of line a cell, with its place nearest to the centre; there one steps on or off.
    piece_line, cell, enter, leave, near = trace_lines(
        vertices.column, vertices.row, vertices.at, vertices.starts, (grid.height, grid.width)
    )
    # Motorways and tunnels are boarded nowhere on the way; a touch of a corner without length only at a line's start.
    kept = ~ways.ends_only[piece_line] & ((leave > enter) | (near == vertices.at[vertices.starts[piece_line]]))
    piece_line, cell, enter, leave, near = (array[kept] for array in (piece_line, cell, enter, leave, near))
    # A line that ends where no other line does is joined there; its twin in the other direction is no other line.
    twins = np.unique(shapely.to_wkb(shapely.normalize(ways.lines)), return_inverse=True)[1]
    others = np.unique(np.stack([meetings.key, twins[meetings.line]]), axis=1)[0]
    lonely = ways.ends_only[meetings.line] & (np.bincount(others)[meetings.key] == 1)
    end_cell = grid_cell(vertices.columns_at(meetings.at[lonely]), vertices.rows_at(meetings.at[lonely]), grid)
    inside = end_cell >= 0
    at = np.concatenate([near, meetings.at[lonely][inside]])
    line = np.concatenate([piece_line, meetings.line[lonely][inside]])
    cell = np.concatenate([cell, end_cell[inside]])

    # Every stop is a node of its own, numbered behind the meetings ...
    node = meetings.keys + np.arange(at.size)
    # ... unless a meeting of its line lies at the same place: look at the meeting before and behind it.
    by_place = np.argsort(meetings.at, kind="stable")
    sorted_at = meetings.at[by_place]
    for side in (0, 1):
        index = np.clip(np.searchsorted(sorted_at, at) - side, 0, sorted_at.size - 1)
        found = by_place[index]
        same = (np.abs(meetings.at[found] - at) <= vertices.tolerance) & (meetings.line[found] == line)
        node[same] = meetings.key[found[same]]
    # Which stops of a cell belong to one road, so that a change between them costs nothing.
    joined = _joined_within_cells(cell[: near.size], piece_line, enter, leave, meetings, vertices, grid, at.size)
    return _Stops(at, line, cell, node, joined, meetings.keys + at.size)


def _joined_within_cells(
    cell: Int, line: Int, enter: Float, leave: Float, meetings: Meetings, vertices: Vertices, grid: Steps, stops: int
) -> Int:
    """Return a label a stop: the same for pieces of road that meet inside their cell."""
    # A graph of pieces and meetings: a piece is joined to the meetings on it, if they lie in its cell. The parts of
    # the graph are the groups of pieces that meet within their cell.
    meeting_cell = grid_cell(vertices.columns_at(meetings.at), vertices.rows_at(meetings.at), grid)
    first, second = [], []
    for side in (1, 2):
        # The piece that begins last before the meeting, and the one before that for a meeting on their border.
        piece = np.searchsorted(enter, meetings.at, side="right") - side
        ok = piece >= 0
        piece = np.where(ok, piece, 0)
        if not enter.size:
            break
        ok &= (line[piece] == meetings.line) & (leave[piece] >= meetings.at - vertices.tolerance)
        ok &= cell[piece] == meeting_cell
        first.append(piece[ok])
        second.append(stops + meetings.key[ok])
    if not first:
        return np.arange(stops)
    a, b = np.concatenate(first), np.concatenate(second)
    size = stops + meetings.keys
    labels = connected_components(coo_array((np.ones(a.size), (a, b)), shape=(size, size)), directed=False)[1]
    return np.asarray(labels[:stops], dtype=np.int64)


def _boarding(stops: _Stops, vertices: Vertices, grid: Steps, path_factor: float) -> tuple[Int, Int, Float]:
    """Return cell, road node and minutes of stepping on or off: one a cell and group of joined pieces."""
    column, row = vertices.columns_at(stops.at), vertices.rows_at(stops.at)
    line = np.minimum(stops.cell // grid.width, grid.east.size - 1)
    east, south = grid.east[line], grid.south[line]
    # Metres from each stop to the centre of its cell.
    off = np.hypot((column - stops.cell % grid.width - 0.5) * east, (row - stops.cell // grid.width - 0.5) * south)
    # The nearest stop of each group of joined pieces stands for the group; ties go to the lower node.
    order = np.lexsort((stops.node, off, stops.cell))
    _, nearest = np.unique(np.stack([stops.cell[order], stops.joined[order]]), axis=1, return_index=True)
    chosen = order[np.sort(nearest)]
    cell = stops.cell[chosen]
    # The nearest group of a cell is where the cell stands; to the others one walks from there, on the level.
    _, head = np.unique(cell, return_index=True)
    main = chosen[np.repeat(head, np.diff(np.append(head, cell.size)))]
    apart = np.hypot((column[chosen] - column[main]) * east[chosen], (row[chosen] - row[main]) * south[chosen])
    level = float(tobler_kmh(np.zeros(1))[0]) * path_factor
    return cell, stops.node[chosen], 0.06 * apart / level


def grid_cell(column: Float, row: Float, grid: Steps) -> Int:
    """Return flat cell numbers of places, -1 outside."""
    c, r = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    inside = (c >= 0) & (c < grid.width) & (r >= 0) & (r < grid.height)
    return np.where(inside, r * grid.width + c, -1)


def _heights_at(heights: npt.NDArray[np.float32], vertices: Vertices, at: Float) -> Float:
    """Return bilinear heights; NaN beside nodata or outside."""
    where = np.stack([vertices.rows_at(at) - 0.5, vertices.columns_at(at) - 0.5])
    rows, columns = heights.shape
    outside = (where[0] < -0.5) | (where[0] > rows - 0.5) | (where[1] < -0.5) | (where[1] > columns - 0.5)
    value = map_coordinates(heights, where, order=1, mode="nearest", output=np.float64)
    value[outside] = np.nan
    return np.asarray(value)


def _blocked(
    start: Float,
    end: Float,
    ways: Ways,
    vertices: Vertices,
    meetings: Meetings,
    barriers: Barriers | None,
    grid: Steps,
) -> Bool:
    """Tell which links run into a barrier: roads that are neither bridge nor tunnel where they cross it.

    A stretch in the water that begins at the end of a bridge and is not longer than a cell's diagonal is taken as part
    of the bridge: outlines of water are coarser than bridges.
    """
    # From here on a stretch in water is given by its start and end on the axis of places.
    passing = ways.bridge | ways.tunnel
    if barriers is None or passing.all():
        return np.zeros(start.size, dtype=bool)
    low, high, line = (
        _wet_stretches(ways, vertices, barriers.shapes, passing)
        if barriers.shapes is not None
        else _wet_pieces(ways, vertices, barriers, passing, grid)
    )
    # A short stretch that starts or ends where a bridge does belongs to the bridge.
    bridge_keys = np.unique(meetings.key[passing[meetings.line]])
    short = vertices.metres(high) - vertices.metres(low) <= grid.diagonal.max()
    slack = vertices.tolerance
    at_head = (low - vertices.at[vertices.starts[line]] <= slack) & np.isin(ways.start[line], bridge_keys)
    at_tail = (vertices.at[vertices.starts[line + 1] - 1] - high <= slack) & np.isin(ways.end[line], bridge_keys)
    wet = ~(short & (at_head | at_tail))
    # A link is blocked if more stretches have begun before its end than have ended before its start.
    before = np.searchsorted(np.sort(low[wet]), end, side="right")
    return np.asarray(before - np.searchsorted(np.sort(high[wet]), start, side="left") > 0)


def _wet_stretches(ways: Ways, vertices: Vertices, water: gpd.GeoSeries, passing: Bool) -> tuple[Float, Float, Int]:
    """Return where lines cross barrier shapes: start and end along the lines, and the line."""
    dry = np.flatnonzero(~passing)
    shapes = water.to_numpy()
    line, shape = shapely.STRtree(shapes).query(ways.lines[dry], predicate="intersects")
    line = dry[line]
    # A crossing of a line and a shape may fall into several stretches, or be a single point.
    parts, owner = shapely.get_parts(shapely.intersection(ways.lines[line], shapes[shape]), return_index=True)
    line = line[owner]
    zero = vertices.at[vertices.starts[line]]
    ends = []
    for place in (0, -1):
        point = np.where(shapely.get_type_id(parts) == 0, parts, shapely.get_point(parts, place))
        ends.append(zero + shapely.line_locate_point(ways.lines[line], point))
    return np.minimum(*ends), np.maximum(*ends), line


def _wet_pieces(
    ways: Ways, vertices: Vertices, barriers: Barriers, passing: Bool, grid: Steps
) -> tuple[Float, Float, Int]:
    """Return where lines run through barrier cells that no bridge or tunnel passes."""
    wet = barriers.cells.copy()
    # A cell under a bridge is dry for every road in it: the grid cannot tell which of them is the bridge.
    wet.ravel()[cells_under(ways.lines[passing], grid)] = False
    line, cell, enter, leave, _ = trace_lines(
        vertices.column, vertices.row, vertices.at, vertices.starts, (grid.height, grid.width)
    )
    kept = wet.ravel()[cell] & ~passing[line]
    return enter[kept], leave[kept], line[kept]
