"""The mandated parts of a network drawn together, each to one node of the problem."""

import numpy as np
import pandas as pd

from .links import Floats, Ints, Links
from .mandate import Mandate
from .problem import Problem


def problem_of(links: Links, mandate: Mandate, table: pd.DataFrame, budget: float, *, timed: bool = False) -> Problem:
    """Return the problem with every mandated part drawn together to one node.

    Parameters
    ----------
    links, mandate : Links, Mandate
        The roads and what is held of them.
    table : DataFrame
        Of :func:`nanyi_gis.route.prizes.read_prizes`.
    budget : float
        Metres of the whole, or minutes.
    timed : bool
        Whether links and visits take minutes; then each prize above zero is an entry by itself, in the order of the
        table.
    """
    taken = links.minutes if timed else links.length_m
    part = mandate.parts(links)
    free = np.setdiff1d(np.arange(len(links)), mandate.links)
    held = np.unique(part[mandate.all_nodes(links)])
    size = np.bincount(part, minlength=int(part.max()) + 1)
    root = int(held[np.argmax(size[held])]) if len(held) else -1
    node, prize, share = part[table["row"].to_numpy()], table["prize"].to_numpy(), table["share"].to_numpy()
    stay = None
    if timed:
        worth = prize > 0
        node, prize, base = node[worth], prize[worth].astype(np.float64), 0.0
        group = np.unique(share[worth], return_inverse=True)[1].ravel().astype(np.int64)
        stay = stays(table)[worth]
    else:
        node, prize, group, base = _entries(node, prize, share, held)
    return Problem(
        count=len(size),
        ends=np.column_stack([part[links.u[free]], part[links.v[free]]]),
        length=taken[free],
        trail=tuple((int(row),) for row in free),
        root=root,
        must=held[held != root],
        node=node,
        prize=prize,
        group=group,
        budget=budget - float(taken[mandate.links].sum()),
        base=base,
        origin=np.arange(len(size)),
        stay=stay,
    )


def stays(table: pd.DataFrame) -> Floats:
    """Return the minutes of a visit to each site."""
    return table["stay_min"].to_numpy(dtype=np.float64) if "stay_min" in table else np.zeros(len(table))


def _entries(node: Ints, prize: Floats, share: Ints, held: Ints) -> tuple[Ints, Floats, Ints, float]:
    """Return the prizes that are still to be won: one for each node and group, sites alone at one node as one."""
    table = pd.DataFrame({"node": node, "prize": prize, "share": share})
    sure = table[np.isin(table["node"], held)].groupby("share")["prize"].max()
    open_ = table[~np.isin(table["node"], held)]
    rest = open_["prize"] - open_["share"].map(sure).fillna(0.0)
    open_ = open_.assign(prize=rest)[rest > 0]
    open_ = pd.DataFrame(open_.groupby(["share", "node"], as_index=False)["prize"].max())
    members = open_["share"].map(open_["share"].value_counts())
    alone = open_[members == 1].groupby("node", as_index=False)["prize"].sum()
    several = open_[members > 1]
    group = np.unique(several["share"], return_inverse=True)[1].ravel()
    count = int(group.max()) + 1 if len(group) else 0
    nodes = np.concatenate([several["node"], alone["node"]]).astype(np.int64)
    prizes = np.concatenate([several["prize"], alone["prize"]]).astype(np.float64)
    groups = np.concatenate([group, count + np.arange(len(alone))]).astype(np.int64)
    return nodes, prizes, groups, float(sure.sum())
