"""The prizes of a design: sites with a value, put to nodes of the network."""

from collections.abc import Hashable, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from scipy.spatial import KDTree

from .._validation import numbers
from ..errors import DataError, ParameterError
from .links import Links, shown
from .mandate import Mandate

_SHOWN = 5

Prizes = pd.DataFrame | pd.Series | Mapping[Hashable, float]
"""A table of sites, or the prize of each node."""

FAR_M = 20_000.0
"""Metres from the nearest road beyond which a site lies elsewhere, or has its coordinates in another CRS."""


def read_prizes(prizes: "Prizes", links: Links, mandate: Mandate, *, snap_limit_m: float = FAR_M) -> pd.DataFrame:
    """Return the prizes, a row each, with the node that each lies at.

    Sites given by coordinates go to the nearest node of the part of the network in which the design lies: that of the
    mandated roads, or else the largest.

    Parameters
    ----------
    prizes, links, mandate
        As for :func:`nanyi_gis.route.design_route`.
    snap_limit_m : float
        Metres from the nearest road beyond which a site by coordinates is refused.

    Returns
    -------
    DataFrame
        The columns given, and ``name`` (text), ``prize`` (float), ``row`` (of the node, in ``links.nodes``), ``node``
        (its id), ``snap_m``, ``stay_min`` (if given) and ``share`` (number of the group; a site without one is a group
        alone).

    Raises
    ------
    DataError
        If a prize or a stay is no number of zero or more, a site stands twice at one place, lies where no road of that
        part leads, or too far from any road.
    ParameterError
        If there is no prize at all, or no column says where.
    """
    if isinstance(prizes, Mapping | pd.Series):
        nodes = pd.Series([*prizes.keys()], dtype=object)
        prizes = pd.DataFrame({"node": nodes, "prize": [value for _, value in prizes.items()]})
    if not isinstance(prizes, pd.DataFrame):
        raise ParameterError(f"prizes is {type(prizes).__name__}, but must be a table with node (or x, y) and prize")
    table = pd.DataFrame(prizes).reset_index(drop=True)
    value = numbers(table, "prize", name="prize", least=0.0)
    if not (value > 0).any():
        raise ParameterError(
            f"prizes has {len(table)} rows and none with a prize above zero, so there is nothing to collect; "
            "give at least one site a prize"
        )
    table["prize"] = value.to_numpy()
    if "stay_min" in table:
        stay = numbers(table, "stay_min", name="the minutes of a stay", least=0.0, empty=True)
        table["stay_min"] = stay.fillna(0.0).to_numpy()
    part = _part(links, mandate)
    if "node" in table:
        row, snap = _by_node(table, links), np.zeros(len(table))
    else:
        row, snap = _by_place(prizes, table, links, part, snap_limit_m=snap_limit_m)
    given = [_text(name) for name in table["name"].tolist()] if "name" in table else [""] * len(table)
    names = [name or links.label(at) for name, at in zip(given, row.tolist(), strict=True)]
    share = _groups(table)
    _refuse_twice(given, row, snap, share)
    lost = (links.part[row] != part) & (table["prize"].to_numpy() > 0)
    if lost.any():
        away = [name for name, gone in zip(names, lost.tolist(), strict=True) if gone]
        shown = ", ".join(away[:_SHOWN]) + (f" and {len(away) - _SHOWN} more" if len(away) > _SHOWN else "")
        held = len(mandate.all_nodes(links)) > 0
        whence = "from what must be included" if held else "from the largest part of the network"
        raise DataError(f"no road leads {whence} to {shown}; add one, or leave these sites out")
    columns = {"name": names, "row": row, "node": links.nodes["node"].to_numpy()[row], "snap_m": snap}
    return table.assign(**columns, share=share)


def _part(links: Links, mandate: Mandate) -> int:
    held = mandate.all_nodes(links)
    if len(held):
        return int(links.part[held[0]])
    used = links.part[np.concatenate([links.u, links.v])]
    return int(np.argmax(np.bincount(used)))


def _by_node(table: pd.DataFrame, links: Links) -> np.ndarray:
    rows = []
    for at, node in enumerate(table["node"].tolist(), start=1):
        if not isinstance(node, Hashable) or node not in links.row_of:
            name = _text(table["name"].iloc[at - 1]) if "name" in table else ""
            raise DataError(
                f"prizes: node of row {at}{f' ({name})' if name else ''} is {shown(node)}, which is not in the graph; "
                "give the id of a node or of its place"
            )
        rows.append(links.row_of[node])
    return np.array(rows, dtype=np.int64)


def _refuse_twice(names: Sequence[str], row: np.ndarray, snap: np.ndarray, share: np.ndarray) -> None:
    """Raise DataError if a named site stands twice at one place, where its prize would count twice."""
    seen: dict[tuple[str, int, float], int] = {}
    for at, name in enumerate(names):
        key = (name, int(row[at]), round(float(snap[at]), 3))
        before = seen.setdefault(key, at)
        if name and before != at and share[before] != share[at]:
            raise DataError(
                f"prizes: {name} stands at the same place in rows {before + 1} and {at + 1}, so its prize would count "
                "twice; leave one out, or give both one group"
            )


def _by_place(
    given: pd.DataFrame, table: pd.DataFrame, links: Links, part: int, *, snap_limit_m: float
) -> tuple[np.ndarray, np.ndarray]:
    if pyproj.CRS.from_user_input(links.crs).is_geographic:
        raise DataError(
            f"the graph is in degrees ({links.crs}), in which the nearest node is not known; project it, or give the "
            "sites by node"
        )
    if {"x", "y"} <= set(table.columns):
        x, y = (numbers(table, axis, name=axis, least=None).to_numpy() for axis in ("x", "y"))
    elif isinstance(given, gpd.GeoDataFrame):
        if given.crs is None:
            raise DataError("prizes has no CRS; set it by prizes.set_crs(...)")
        points = given.geometry.to_crs(links.crs).representative_point()
        x, y = points.x.to_numpy(), points.y.to_numpy()
        lost = ~(np.isfinite(x) & np.isfinite(y))
        if lost.any():
            raise DataError(f"prizes: {_label(table, int(np.argmax(lost)))} has no point; give it one, or leave it out")
    else:
        raise ParameterError("prizes has neither a column node nor x and y to say where the sites lie; add them")
    points = gpd.GeoSeries(gpd.points_from_xy(x, y), crs=links.crs)
    _refuse_far(table, points, links, part, snap_limit_m=snap_limit_m)
    among = np.unique(np.concatenate([links.u, links.v]))
    among = among[links.part[among] == part]
    tree = KDTree(links.nodes[["x", "y"]].to_numpy(dtype=np.float64)[among])
    distance, nearest = tree.query(np.column_stack([x, y]))
    return among[nearest], np.asarray(distance)


def _refuse_far(table: pd.DataFrame, points: gpd.GeoSeries, links: Links, part: int, *, snap_limit_m: float) -> None:
    """Raise DataError if a site lies farther from any road than ``snap_limit_m``."""
    roads = links.frame.geometry[links.part[links.u] == part]
    (site, _), metres = roads.sindex.nearest(points, return_all=False, return_distance=True)
    if not len(metres) or metres.max() <= snap_limit_m:
        return
    at = int(np.argmax(metres))
    x, y = points.iloc[int(site[at])].coords[0]
    more = int((metres > snap_limit_m).sum()) - 1
    degrees = ", not in degrees" if abs(x) <= 180.0 and abs(y) <= 90.0 else ""
    raise DataError(
        f"prizes: {_label(table, int(site[at]))} at x {x:g}, y {y:g} lies {metres[at] / 1000:,.0f} km from any road"
        f"{f' (and {more} more so far)' if more else ''}, above snap_limit_m of {snap_limit_m / 1000:g} km; "
        f"give x and y in {links.crs}{degrees}, or leave it out"
    )


def _label(table: pd.DataFrame, at: int) -> str:
    name = _text(table["name"].iloc[at]) if "name" in table else ""
    return name or f"the site of row {at + 1}"


def _groups(table: pd.DataFrame) -> np.ndarray:
    """Return the number of each row's group; where there is none the row is one by itself."""
    if "group" not in table:
        return np.arange(len(table))
    names = [_text(group) for group in table["group"].tolist()]
    keys = [("group", name) if name else ("row", str(i)) for i, name in enumerate(names)]
    number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return np.array([number[key] for key in keys], dtype=np.int64)


def _text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(value).strip()
