"""Published lengths of a road against its total and a measured or designed one: fact, inference, gap."""

import pandas as pd

from .line import Route

BASES = ("fact", "inference", "gap")


def reconcile(parts: pd.DataFrame, *, total_km: float, route: Route | None = None) -> pd.DataFrame:
    """Return one table of what is known of a road's length, what is inferred, and what is missing.

    Parameters
    ----------
    parts : DataFrame
        ``name``, ``km``, ``basis`` (``fact`` or ``inference``) and, if there, ``source``.
    total_km : float
        The published length of the whole.
    route : Route, optional
        A measured or designed road.

    Returns
    -------
    DataFrame
        ``item``, ``name``, ``km``, ``share`` (of the total), ``basis`` (fact | inference | gap), ``source``.
    """
    raise NotImplementedError
