"""A layer of lines to nodes and edges: its tags read, its lines noded, what is not used accounted for."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .._validation import check_choice, check_non_negative
from ..errors import DataError
from .node_barriers import part_at_barriers
from .noding import NODINGS, Segments, node_lines
from .placing import line_frame
from .repeats import is_saved
from .speeds import Speeds
from .tags import BACKWARDS, WayTags, way_tags

_ROW = "_row"


def line_tables(
    lines: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: str = "car",
    crs: str | None = None,
    tolerance_m: float = 1.0,
    noding: str = "vertices",
    simplify: bool = True,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, dict[str, Any]]:
    """Return nodes, edges and a report from any layer of lines.

    Parameters
    ----------
    lines : GeoDataFrame
        Lines with a CRS. Used if there: the tags that :func:`nanyi_gis.network.way_tags` reads, ``surface``,
        ``opened``, ``closed``, ``corridor``, ``id``, ``name`` and the evidence columns. Of a layer that
        :func:`nanyi_gis.network.graph_to_frames` made, the rows that repeat an edge backwards are passed over.
    speeds, mode : Speeds, str
        Lines that are no use to the mode are left out and counted.
    crs : str, optional
        Metric CRS of the graph; the layer's own if it is metric, else the zone of :func:`nanyi_gis.datum.metric_crs`.
    tolerance_m : float
        Ends nearer than this to each other, or to a line, meet.
    noding : str
        Where lines meet: ``vertices``, ``ends``, ``all`` or ``none``; see
        :func:`nanyi_gis.network.noding.node_lines`.
    simplify : bool
        Whether nodes are only where lines end or meet; if not, every vertex is a node.

    Raises
    ------
    DataError
        If the layer has no CRS, no lines for the mode, coordinates in degrees under a metric CRS, or a bad speed or
        class.
    """
    check_choice(noding, NODINGS, name="noding")
    check_non_negative(tolerance_m, name="tolerance_m", unit="m")
    tags = way_tags(lines, mode=mode, speeds=speeds)
    _check_ids(lines[(tags.reason != BACKWARDS).to_numpy()])
    lost = {reason: int(count) for reason, count in lines.attrs.get("left_out", {}).items()}
    total, lost = len(lines) + sum(lost.values()), lost | tags.left_out()
    if lines.empty or not tags.used.any():
        _refuse_none(lines, lost, mode=mode)
    open_ways, stopped = part_at_barriers(lines.assign(**{_ROW: np.arange(len(lines))})[tags.used], mode=mode)
    metric = line_frame(open_ways, crs)
    lost |= _shapeless(lines, tags, metric)
    row = metric[_ROW].to_numpy(dtype=np.int64)
    table = _attributes(metric.drop(columns=_ROW), tags, row)
    shapes = metric.geometry.to_numpy()
    piece = np.arange(len(metric))
    if not simplify:
        shapes, piece = _steps(shapes)
    parts = node_lines(
        shapes,
        tolerance=tolerance_m,
        noding=noding,
        level=tags.level[row[piece]],
        controlled=tags.controlled[row[piece]],
    )
    edges = _edges(table, parts, piece[parts.parent], metric)
    nodes = gpd.GeoDataFrame(
        {"name_zh": "", "kind": "junction"},
        index=pd.RangeIndex(len(parts.nodes), name="node"),
        geometry=shapely.points(parts.nodes),
        crs=metric.crs,
    )
    report = {
        "lines": total,
        "splits": parts.splits,
        "tolerance_m": tolerance_m,
        "moved_max_m": parts.moved_max,
        **parts.report(),
        "left_out": dict(sorted(lost.items())),
        "unclassified": int(table["highway"].eq("unclassified").sum()),
        "barriers": stopped,
        "tag_notes": list(tags.notes),
        **({"osm": True} if lines.attrs.get("osm") else {}),
    }
    return nodes, edges, report


def _check_ids(lines: gpd.GeoDataFrame) -> None:
    if "id" in lines and lines["id"].notna().all() and not lines["id"].is_unique:
        twice = lines["id"][lines["id"].duplicated()].tolist()[0]
        raise DataError(f"line id {twice!r} occurs twice; ids must be unique")


def _refuse_none(lines: gpd.GeoDataFrame, lost: dict[str, int], *, mode: str) -> None:
    """Refuse a layer of which nothing can be used, with the reasons met."""
    head = f"{lines.attrs['file']}: " if "file" in lines.attrs else ""
    met = ", ".join(f"{reason} {count}" for reason, count in list(lost.items())[:5])
    told = f" (left out: {met})" if met else ""
    raise DataError(f"{head}the layer holds no lines for mode {mode!r}{told}; give a layer of such roads")


def _shapeless(lines: gpd.GeoDataFrame, tags: WayTags, metric: gpd.GeoDataFrame) -> dict[str, int]:
    """Return how many used rows have no geometry, or none of any length."""
    gone = tags.used.copy()
    gone[metric[_ROW].to_numpy(dtype=np.int64)] = False
    empty = gone & (lines.geometry.isna() | lines.geometry.is_empty).to_numpy()
    counts = {"no geometry": int(empty.sum()), "no length": int((gone & ~empty).sum())}
    return {reason: count for reason, count in counts.items() if count}


def _steps(shapes: Any) -> tuple[Any, Any]:
    """Return the lines from vertex to vertex, and the line that each belongs to."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    same = owner[1:] == owner[:-1]
    steps = shapely.linestrings(np.stack([coordinates[:-1][same], coordinates[1:][same]], axis=1))
    real = shapely.length(steps) > 0
    return steps[real], owner[:-1][same][real].astype(np.int64)


def _edges(table: pd.DataFrame, parts: Segments, parent: Any, metric: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return an edge a segment, drawn in its direction, with an id of its own."""
    edges = gpd.GeoDataFrame(table.iloc[parent].reset_index(drop=True), geometry=parts.geometry, crs=metric.crs)
    number = pd.Series(parent).groupby(parent).cumcount()
    several = number.groupby(parent).transform("size") > 1
    edges["id"] = np.where(several, edges["id"] + "." + (number + 1).astype(str), edges["id"])
    backwards = edges.pop("_backwards").to_numpy()
    edges["u"] = np.where(backwards, parts.end, parts.start)
    edges["v"] = np.where(backwards, parts.start, parts.end)
    edges.loc[backwards, "geometry"] = edges.loc[backwards].reverse()
    return edges


def _attributes(lines: gpd.GeoDataFrame, tags: WayTags, row: Any) -> pd.DataFrame:
    """Return the attributes of edges, one row a line; ``row`` is the place of a line among the tags."""
    table = pd.DataFrame(index=lines.index)
    against = tags.direction[row] < 0
    for column in ("name_zh", "corridor", "surface", "evidence", "source", "as_of"):
        if column in lines:
            table[column] = _text(lines[column])
    if is_saved(lines) and "surface" in table:
        table["surface"] = ""  # which its speeds hold already
    if "status" in lines:
        table["status"] = tags.status.to_numpy()[row]
    for column in ("opened", "closed"):
        if column in lines:
            table[column] = _dates(lines[column])
    if "uncertainty_m" in lines:
        table["uncertainty_m"] = pd.to_numeric(lines["uncertainty_m"], errors="coerce")
    if "name_zh" not in table and "name" in lines:
        table["name_zh"] = _text(lines["name"])
    if "osmid" in lines and pd.api.types.is_integer_dtype(lines["osmid"]):
        table["osmid"] = lines["osmid"]
    table["highway"] = tags.highway.to_numpy()[row]
    table["oneway"] = tags.direction[row] != 0
    table["bridge"], table["tunnel"] = tags.bridge[row], tags.tunnel[row]
    table["speed_kph"] = np.where(against, tags.kmh_back[row], tags.kmh[row])
    table["speed_kph_back"] = np.where(against, tags.kmh[row], tags.kmh_back[row])
    table["_backwards"] = against
    table["id"] = _ids(lines)
    return table


def _text(values: "pd.Series[Any]") -> "pd.Series[str]":
    objects = values.astype(object)
    text: pd.Series[str] = objects.where(objects.notna(), "").astype(str)
    return text


def _dates(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Return ISO dates, months or years as text, whatever type the file has for them."""
    text = _text(values).str.slice(0, 10).str.removesuffix(".0")
    bad = ~text.str.fullmatch(r"|\d{4}(-\d{2}(-\d{2})?)?")
    if bad.any():
        raise DataError(
            f"{values.name} is {text[bad].iloc[0]!r}, but must be a date such as 2024-02-09, 2024-02 or 2024"
        )
    return text


def _ids(lines: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return unique ids: the layer's own, numbered where a line was taken apart, or L1, L2, ..."""
    own = next((name for name in ("id", "osm_id") if name in lines and lines[name].notna().all()), None)
    if own is None:
        return pd.Series([f"L{i + 1}" for i in range(len(lines))], index=lines.index)
    ids: pd.Series[str] = lines[own].astype(str)
    number = ids.groupby(ids).cumcount()
    return ids.where(number == 0, ids + "/" + (number + 1).astype(str))
