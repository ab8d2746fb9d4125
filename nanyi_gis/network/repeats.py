"""Rows of a saved graph that repeat another row in the other direction, and the mode it was saved for."""

import numpy as np
import pandas as pd

from .words import Bools, Ints, flag, items, words_of


def repeated_rows(lines: pd.DataFrame) -> tuple[Bools, Ints]:
    """Return which rows repeat another row backwards, and for each row the row that repeats it, -1 if none does.

    OSMnx and :func:`nanyi_gis.network.graph_to_frames` save a row a direction: ``u``, ``v`` and ``reversed``. Where
    OSMnx merged ways, ``reversed`` is a list such as ``[False, True]``; of two such rows the first stays. A row whose
    other direction is not there is no repeat.

    >>> saved = pd.DataFrame({"u": [1, 2, 3], "v": [2, 1, 2], "reversed": [False, True, True]})
    >>> repeated_rows(saved)[0].tolist(), repeated_rows(saved)[1].tolist()
    ([False, True, False], [1, -1, -1])
    """
    twice, back_of = np.zeros(len(lines), dtype=bool), np.full(len(lines), -1, dtype=np.int64)
    words = words_of(lines, "reversed")
    if words is None or not {"u", "v"} <= set(lines.columns):
        return twice, back_of
    kinds = words.map(_kind, dtype=np.int8)
    oneway = words_of(lines, "oneway")
    both = np.ones(len(lines), dtype=bool) if oneway is None else oneway.map(_both_ways, dtype=bool)
    ends = list(zip(lines["u"].tolist(), lines["v"].tolist(), strict=True))
    waiting: dict[tuple[object, object], list[int]] = {}
    # First the rows that may stay, in their order, then those that say that they are backwards.
    for place in np.argsort(kinds == 2, kind="stable").tolist():
        u, v = ends[place]
        partners = waiting.get((v, u), [])
        if kinds[place] and both[place] and partners:
            partner = partners.pop(0)
            twice[place], back_of[partner] = True, place
        elif both[place]:
            waiting.setdefault((u, v), []).append(place)
    return twice, back_of


def is_saved(lines: pd.DataFrame) -> bool:
    """Tell a network saved by :func:`nanyi_gis.network.graph_to_frames`, whose speeds hold surface and mode already."""
    return {"u", "v", "travel_time", "speed_kph"} <= set(lines.columns)


def saved_mode(lines: pd.DataFrame) -> str:
    """Return the mode that the speeds of a network saved by :func:`nanyi_gis.network.graph_to_frames` hold, else "".

    >>> saved_mode(pd.DataFrame({"u": [1], "v": [2], "travel_time": [60.0], "speed_kph": [30.0], "mode": ["bus"]}))
    'bus'
    """
    if not is_saved(lines) or "mode" not in lines:
        return ""
    known = lines["mode"].dropna().astype(str).unique()
    return str(known[0]) if len(known) == 1 else ""


def _kind(word: str) -> int:
    """Return 0 for forwards, 1 for a list of both, 2 for backwards."""
    found = {flag(item) is True for item in items(word)}
    return 0 if True not in found else 2 if found == {True} else 1


def _both_ways(word: str) -> bool:
    return any(flag(item) is not True for item in items(word)) or not word
