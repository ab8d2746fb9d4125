"""A choice of sites with its cost, the bound that proves how good it is, and the certificate of that bound."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .inputs import Choice
from .rules import Floats, Ints
from .tree import Node

OPTIMAL = 1e-9
"""Gap below which a choice is called optimal."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """What proves a bound, for :func:`nanyi_gis.siting.verify`.

    Attributes
    ----------
    nodes : list of Node
        A tree of sites taken in or left out, each part with clients' prices (Lagrange multipliers).
    clients : array of int
        Rows of the matrix to which the prices belong, one of each kind where clients are merged.
    dominated : list of (int, int)
        Sites that need not be looked at, each with the one that serves in its place.
    """

    nodes: list[Node]
    clients: Ints
    dominated: list[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Given:
    """The question that a result answers: all that :func:`nanyi_gis.siting.verify` needs beside the matrix."""

    model: str
    weights: Floats
    choice: Choice
    fee: Floats
    radius: float = np.inf
    strict: bool = False
    capacity: Floats | None = None
    second: float = 0.0


@dataclass(frozen=True, eq=False)
class Siting:
    """The best choice of sites that was found, and how good it is.

    Attributes
    ----------
    model : str
        Which question it answers: ``p-median``, ``max-coverage``, ...
    chosen : tuple
        Labels of the sites, in the order of the matrix.
    cost : float
        What the choice costs: the weighted sum of the costs of a median, the greatest cost of a centre, the number of
        sites (or their costs) of a set cover; for coverage the weight that is covered, of which more is better.
    bound : float
        What no allowed choice can better; :func:`nanyi_gis.siting.verify` recomputes it.
    gap : float
        Their distance as a share of ``cost``; ``optimal`` tells whether it is below 1e-9.
    stopped : bool
        Whether the time given ran out before the search ended.
    unserved : tuple
        Labels of the clients that nothing reaches; they are in no sum.
    sites : DataFrame
        By site: ``chosen``, ``fixed``, ``closed``, ``group``, ``clients`` and ``weight`` assigned to it, ``mean_cost``
        of these by weight, and ``loss``: what the choice loses where this site closes and nothing replaces it.
    assignment : DataFrame
        By client: ``site``, ``cost``, ``weight`` and, for coverage, ``covered``. A client whose site has no room for
        all of it has a row for each part; ``share`` is its size.
    seconds : float
        How long the search took; in no file, for the same input is to give the same bytes.
    """

    model: str
    chosen: tuple[Hashable, ...]
    cost: float
    bound: float
    gap: float
    stopped: bool
    unserved: tuple[Hashable, ...]
    sites: pd.DataFrame
    assignment: pd.DataFrame
    given: Given
    certificate: Certificate
    seconds: float

    @property
    def optimal(self) -> bool:
        """Whether it is proven that no allowed choice is better."""
        return self.gap < OPTIMAL

    @property
    def proof(self) -> str:
        """How good it is, as a sentence.

        It is the same whenever the search has ended, however long it took.
        """
        if self.optimal:
            return "proven optimal"
        ran = ", the time ran out" if self.stopped else ""
        return f"within {100.0 * self.gap:.2g} % of the best possible{ran}"


def gap_of(cost: float, bound: float) -> float:
    """Return the distance of a bound as a share of the cost.

    >>> gap_of(100.0, 98.0), gap_of(0.0, 0.0)
    (0.02, 0.0)
    """
    if cost == bound:
        return 0.0
    return abs(cost - bound) / max(abs(cost), 1e-300)
