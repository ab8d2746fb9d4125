"""The prizes of a design: sites with a value, put to nodes of the network."""

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from .._validation import numbers
from ..errors import DataError, ParameterError
from .links import Links
from .mandate import Mandate

_SHOWN = 5


def read_prizes(prizes: pd.DataFrame, links: Links, mandate: Mandate) -> pd.DataFrame:
    """Return the prizes, a row each, with the node that each lies at.

    Sites given by coordinates go to the nearest node of the part of the network in which the design lies: that of the
    mandated roads, or else the largest.

    Returns
    -------
    DataFrame
        The columns given, and ``name`` (text), ``prize`` (float), ``row`` (of the node, in ``links.nodes``), ``node``
        (its id), ``snap_m`` and ``share`` (number of the group; a site without one is a group alone).

    Raises
    ------
    DataError
        If a prize is no number of zero or more, or a site lies where no road of that part leads.
    ParameterError
        If there is no prize at all, or no column says where.
    """
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
    part = _part(links, mandate)
    if "node" in table:
        row, snap = _by_node(table, links), np.zeros(len(table))
    else:
        row, snap = _by_place(prizes, table, links, part)
    label = table["name"] if "name" in table else pd.Series([""] * len(table))
    names = [_text(name) or links.label(at) for name, at in zip(label, row.tolist(), strict=True)]
    lost = (links.part[row] != part) & (table["prize"].to_numpy() > 0)
    if lost.any():
        away = [name for name, gone in zip(names, lost.tolist(), strict=True) if gone]
        shown = ", ".join(away[:_SHOWN]) + (f" and {len(away) - _SHOWN} more" if len(away) > _SHOWN else "")
        held = len(mandate.all_nodes(links)) > 0
        whence = "from what must be included" if held else "from the largest part of the network"
        raise DataError(f"no road leads {whence} to {shown}; add one, or leave these sites out")
    columns = {"name": names, "row": row, "node": links.nodes["node"].to_numpy()[row], "snap_m": snap}
    return table.assign(**columns, share=_groups(table))


def _part(links: Links, mandate: Mandate) -> int:
    held = mandate.all_nodes(links)
    if len(held):
        return int(links.part[held[0]])
    used = links.part[np.concatenate([links.u, links.v])]
    return int(np.argmax(np.bincount(used)))


def _by_node(table: pd.DataFrame, links: Links) -> np.ndarray:
    rows = []
    for at, node in enumerate(table["node"].tolist(), start=1):
        if node not in links.row_of:
            name = _text(table["name"].iloc[at - 1]) if "name" in table else ""
            raise DataError(
                f"prizes: node of row {at}{f' ({name})' if name else ''} is {node!r}, which is not in the graph; "
                "give the id of a node or of its place"
            )
        rows.append(links.row_of[node])
    return np.array(rows, dtype=np.int64)


def _by_place(given: pd.DataFrame, table: pd.DataFrame, links: Links, part: int) -> tuple[np.ndarray, np.ndarray]:
    if {"x", "y"} <= set(table.columns):
        x, y = numbers(table, "x", name="x").to_numpy(), numbers(table, "y", name="y").to_numpy()
    elif isinstance(given, gpd.GeoDataFrame):
        if given.crs is None:
            raise DataError("prizes has no CRS; set it by prizes.set_crs(...)")
        points = given.geometry.to_crs(links.crs).representative_point()
        x, y = points.x.to_numpy(), points.y.to_numpy()
    else:
        raise ParameterError("prizes has neither a column node nor x and y to say where the sites lie; add them")
    among = np.unique(np.concatenate([links.u, links.v]))
    among = among[links.part[among] == part]
    tree = KDTree(links.nodes[["x", "y"]].to_numpy(dtype=np.float64)[among])
    distance, nearest = tree.query(np.column_stack([x, y]))
    return among[nearest], np.asarray(distance)


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
