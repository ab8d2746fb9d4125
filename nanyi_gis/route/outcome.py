"""What a design holds, as tables: its links, its nodes, the sites that it serves, and remarks."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from .links import Bools, Floats, Ints, Links
from .mandate import Mandate

_FAR_M = 5000.0


@dataclass(frozen=True, eq=False)
class Outcome:
    """Rows of the links of a design (a loop names one as often as it is driven), the nodes inside, and a bound."""

    rows: Ints
    inside: Bools
    bound: float
    order: tuple[str, ...] = ()
    visited: Bools | None = None


def counted(table: pd.DataFrame, inside: Bools, visited: Bools | None = None) -> pd.DataFrame:
    """Return the prizes with ``collected``, ``counted`` and ``reason``; of a group the first of the largest counts.

    ``visited`` are the rows at which there is time to stay, where a visit takes time.
    """
    passed = inside[table["row"].to_numpy()]
    reached = passed if visited is None else passed & visited
    means = "length" if visited is None else "time"
    own = np.where(reached, table["prize"], -1.0)
    order = np.lexsort((np.arange(len(table)), -own, table["share"]))
    first = np.ones(len(table), dtype=np.bool_)
    share = table["share"].to_numpy()[order]
    first[1:] = share[1:] != share[:-1]
    counts = np.zeros(len(table), dtype=np.bool_)
    counts[order] = first
    counts &= reached
    leader = dict(zip(table["share"][counts], table["name"][counts], strict=True))
    reason = [
        ("" if first else f"counted with {leader[group]}") if inside else f"the {means} goes to other sites"
        for group, first, inside in zip(table["share"], counts.tolist(), reached.tolist(), strict=True)
    ]
    return table.assign(collected=reached, counted=np.where(counts, table["prize"], 0.0), reason=reason)


def link_table(links: Links, mandate: Mandate, served: pd.DataFrame, rows: Ints) -> gpd.GeoDataFrame:
    """Return the links of a design, as :class:`nanyi_gis.route.Design` has them."""
    rows, times = np.unique(rows, return_counts=True)
    frame = links.frame.iloc[rows].reset_index(drop=True)
    node = links.nodes["node"].to_numpy()
    mandated = np.isin(rows, mandate.links)
    columns = {
        "u": node[links.u[rows]],
        "v": node[links.v[rows]],
        "length_m": links.length_m[rows],
        "mandated": mandated,
        "prize": _won(links, served, rows, mandated, mandate),
        "times": times.astype(np.int64),
    }
    order = ["id", "u", "v", "length_m", "highway", "status", "corridor", "name_zh", "mandated", "prize", "times"]
    return frame.assign(**columns)[[*order, "geometry"]]


def _won(links: Links, served: pd.DataFrame, rows: Ints, mandated: Bools, mandate: Mandate) -> Floats:
    """Return what each link collects at its far end, reached from the mandated part link by link."""
    worth = np.bincount(served["row"], weights=served["counted"], minlength=len(links.nodes))
    won = np.zeros(len(rows))
    if not len(rows):
        return won
    around: dict[int, list[tuple[int, int]]] = {}
    for at in np.lexsort((np.arange(len(rows)), ~mandated)).tolist():
        u, v = int(links.u[rows[at]]), int(links.v[rows[at]])
        around.setdefault(u, []).append((at, v))
        around.setdefault(v, []).append((at, u))
    held = mandate.all_nodes(links)
    start = int(held[0]) if len(held) and int(held[0]) in around else min(around)
    seen, waiting, origin = {start}, [start], start
    while waiting:
        node = waiting.pop(0)
        for at, other in around[node]:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
                won[at] = worth[other] + (worth[origin] if node == origin and not won.any() else 0.0)
    return won


def node_table(links: Links, served: pd.DataFrame, inside: Bools) -> gpd.GeoDataFrame:
    """Return the nodes of a design, each with what it collects."""
    rows = np.flatnonzero(inside)
    worth = np.bincount(served["row"], weights=served["counted"], minlength=len(links.nodes))
    table = links.nodes.iloc[rows][["node", "name_zh", "place"]].reset_index(drop=True)
    points = gpd.points_from_xy(links.nodes["x"].to_numpy()[rows], links.nodes["y"].to_numpy()[rows])
    return gpd.GeoDataFrame(table.assign(prize=worth[rows]), geometry=points, crs=links.crs)


def remarks(
    links: Links, mandate: Mandate, served: pd.DataFrame, length: float, gap: float, *, spent: float, budget: float,
    timed: bool = False,
) -> list[str]:  # fmt: skip
    """Return what a reader should know, a sentence each; ``spent`` and ``budget`` are metres, or minutes."""
    notes = []
    unit, scale = ("minutes", 1.0) if timed else ("km", 1000.0)
    if len(mandate.links):
        held = float(links.length_m[mandate.links].sum()) / 1000
        notes.append(f"{held:,.1f} km of {length / 1000:,.1f} km are mandated.")
    if served["collected"].all():
        notes.append(f"Every site is reached with {spent / scale:,.1f} of {budget / scale:,.1f} {unit}.")
    elif spent < 0.995 * budget:
        rest = "too few for a design of more value" if not gap else "and whether they reach more is not known"
        notes.append(f"{(budget - spent) / scale:,.1f} {unit} are left, {rest}.")
    if gap:
        notes.append(f"The value is within {100 * gap:.1f} % of the best possible.")
    else:
        notes.append(f"No design within the {'time' if timed else 'length'} collects more: proven.")
    away = served[served["snap_m"] > _FAR_M]
    if len(away):
        notes.append(f"{len(away)} sites lie more than {_FAR_M / 1000:g} km from their node of the network.")
    return notes
