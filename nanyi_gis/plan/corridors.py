"""Railways, motorways and red-tourism roads of the plan, drawn through their located nodes."""

import os

import geopandas as gpd
import pandas as pd

from ..errors import DataError
from ..io import data_file, read_vector
from .places import WORKING_CRS

STATUSES = ("open", "construction", "planned", "unknown")
_REQUIRED = ("id", "name_zh", "name_en", "mode", "status_now", "evidence", "as_of", "source")
_TEXTS = (
    *("plan_id", "ref", "opened_note", "opened_other", "length_text", "length_source", "length_reason", "cost_note"),
    *("waypoints", "node_ids", "unlocated_waypoints", "stand_ins", "note"),
)
_NUMBERS = (
    *("published_length_km", "length_m", "drawn_length_km", "design_speed_kmh", "lanes", "cost_100m_yuan"),
    "uncertainty_m",
)


def load_corridors(path: str | os.PathLike[str] | None = None, *, crs: str = WORKING_CRS) -> gpd.GeoDataFrame:
    """Return the corridors as lines through their located nodes, in the order published; not surveyed.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4544. A corridor with fewer than two located nodes has no geometry and is only listed.

        ``id``, ``plan_id`` (``I-09`` has two parts; empty for context roads), ``mode`` (rail, motorway, road),
        ``class``, ``status_2022`` (at the plan date, 14 March 2022) and ``status_now`` (2026-02): open,
        construction, planned, unknown; ``usable_2022`` (traffic ran on it at the plan date);
        ``opened`` (ISO date or a part of one; ``opened_other`` is a date that another source gives,
        ``opened_note`` says which).

        ``published_length_km`` as printed; ``length_m`` the same where it describes the line drawn, else NaN
        with ``length_reason``; ``length_scope``: ``drawn``, ``section`` (another extent) or ``none``;
        ``drawn_length_km`` along the drawn line on the ellipsoid.

        ``node_ids`` joined with ``;``; ``unlocated_waypoints`` are listed, never placed; ``stand_ins`` names
        the located node drawn in the place of one (``渠坝枢纽互通→纳溪区``).

    Raises
    ------
    DataError
        If a column that every corridor needs is missing or a status is none of those.

    >>> corridors = load_corridors().set_index("id")
    >>> corridors.loc["I-08", ["status_2022", "status_now", "opened"]].tolist()
    ['construction', 'open', '2024-02-09']
    """
    frame = read_vector(data_file("network/corridors.geojson") if path is None else path, unplaced=True)
    _check(frame, source=os.fspath(path or "corridors.geojson"))
    for name in _TEXTS:
        frame[name] = frame[name].fillna("").astype(str) if name in frame else ""
    for name in _NUMBERS:
        frame[name] = pd.to_numeric(frame[name]) if name in frame else float("nan")
    opened = frame["opened"] if "opened" in frame else pd.Series(None, index=frame.index, dtype=object)
    frame["opened"] = opened.astype(object).where(opened.notna(), None)
    if "status_2022" not in frame:
        frame["status_2022"] = frame["status_now"]
    usable = frame["usable_2022"] if "usable_2022" in frame else frame["status_2022"].eq("open")
    frame["usable_2022"] = usable.astype(bool)
    return frame.to_crs(crs)


def _check(frame: gpd.GeoDataFrame, *, source: str) -> None:
    missing = [name for name in _REQUIRED if name not in frame]
    if missing:
        raise DataError(f"{source} lacks the column {', '.join(missing)}; see docs/plan.md for the columns")
    for name in ("status_2022", "status_now"):
        wrong = ~frame[name].isin(STATUSES) if name in frame else pd.Series(False, index=frame.index)
        if wrong.any():
            row = frame[wrong].iloc[0]
            raise DataError(
                f"{source}: {name} of {row['id']!r} is {row[name]!r}, but must be one of: {', '.join(STATUSES)}"
            )
    repeated = frame.loc[frame["id"].duplicated(), "id"]
    if len(repeated):
        raise DataError(f"{source}: {repeated.iloc[0]!r} is repeated, but every id may stand once")


def no_corridors(crs: str = WORKING_CRS) -> gpd.GeoDataFrame:
    """Return corridors without rows, with the columns that they always have."""
    names = ("id", "name_zh", "name_en", "mode", "class", "status_2022", "status_now", "opened", "length_scope")
    columns = {name: pd.Series(dtype=str) for name in (*names, *_TEXTS, "evidence", "as_of", "source")}
    columns |= {name: pd.Series(dtype=float) for name in _NUMBERS} | {"usable_2022": pd.Series(dtype=bool)}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs))


def load_nodes(path: str | os.PathLike[str] | None = None, *, crs: str = WORKING_CRS) -> gpd.GeoDataFrame:
    """Return the places through which the corridors are drawn, as points; the embedded ones if no file is given.

    Columns: ``id`` (as in the gazetteer), names, ``kind``, ``county``, ``place_ids`` (all places at the very
    same point, joined with ``;``), ``corridors``, ``uncertainty_m``, ``evidence``, ``as_of``, ``source``.

    >>> nodes = load_nodes().set_index("id")
    >>> nodes.loc["gulin-seat", "place_ids"]
    'gulin-seat;township-510525001;township-510525002;gulin-hospital;gulin-tcm-hospital'
    """
    return read_vector(data_file("network/nodes.geojson") if path is None else path).to_crs(crs)


def corridor_nodes(corridors: gpd.GeoDataFrame) -> dict[str, tuple[str, ...]]:
    """Return the ordered node ids of each corridor.

    >>> corridor_nodes(load_corridors())["I-17"]
    ('township-510525002', 'township-510524109', 'township-510524108')
    """
    pairs = zip(corridors["id"], corridors["node_ids"], strict=True)
    return {number: tuple(name for name in ids.split(";") if name) for number, ids in pairs}


def unlocated_corridors(corridors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the corridors with fewer than two located nodes; they are listed, never drawn."""
    return corridors[corridors.geometry.isna() | corridors.geometry.is_empty].copy()
