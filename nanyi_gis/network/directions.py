"""Which way a line may be travelled: one-way words of OSM, Geofabrik, databases and Chinese layers."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from .words import NO, YES, Words, items, words_of

Signs = npt.NDArray[np.int8]

ONE_WAY_CLASSES = frozenset({"motorway", "motorway_link"})
"""Classes whose lines are one-way by themselves, as OSM has it."""

_CIRCLES = frozenset({"roundabout", "circular"})
_CHAIN: Mapping[str, tuple[str, ...]] = {
    "car": ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"),
    "bus": ("oneway:bus", "oneway:psv", "oneway:motor_vehicle", "oneway:vehicle", "oneway"),
    "truck": ("oneway:hgv", "oneway:motor_vehicle", "oneway:vehicle", "oneway"),
    "walk": ("oneway:foot",),
}
_ALONG = (YES - {"有"}) | {"oneway", "one-way", "one_way", "one way", "forward", "along", "ft"}
_ALONG |= {"单向", "单行", "单行线", "单行道", "单向通行", "正向", "正向通行", "正向单行", "顺向", "顺行", "顺向通行"}
_AGAINST = frozenset({"-1", "reverse", "reversed", "backward", "backwards", "against", "tf"})
_AGAINST |= {"反向", "反向通行", "反向单行", "逆向", "逆行", "逆向通行", "逆向单行"}
_BOTH = NO | {"both", "b", "two-way", "two_way", "twoway", "two way", "bidirectional"}
_BOTH |= {"双向", "双行", "双行线", "双向通行", "双向行驶", "非单行", "非单向"}
_CHANGING = frozenset({"reversible", "alternating", "alternate", "可变", "潮汐", "可变车道", "潮汐车道"})
_EMPTY, _UNKNOWN, _CHANGES = 9, 8, 7


def directions(lines: pd.DataFrame, *, mode: str, highway: "pd.Series[str]") -> tuple[Signs, list[str]]:
    """Return 0 (both ways), 1 (along the line) or -1 (against it) for each line, and notes on odd words.

    The most specific tag goes first (``oneway:bus`` before ``oneway``). Roundabouts (drawn in the direction of
    travel), motorways and their links are one-way along the line unless a tag says otherwise, or the layer is a saved
    graph without directions; never for walkers, for whom only ``oneway:foot`` counts. Reversible and alternating
    lanes, and words that are not understood, count as both ways and are told.

    >>> roads = pd.DataFrame({"oneway": ["YES ", "-1", "B", "F", "tidal"]})
    >>> directions(roads, mode="car", highway=pd.Series(["road"] * 5))
    (array([ 1, -1,  0,  1,  0], dtype=int8), ["oneway 'tidal' 1 (not understood, taken as both ways)"])
    """
    sign = np.full(len(lines), _EMPTY, dtype=np.int8)
    notes: list[str] = []
    for name in _CHAIN[mode]:
        words = words_of(lines, name)
        if words is None:
            continue
        meaning = {word: _sign(word, letters=_letters(words)) for word in words.distinct}
        here = words.map(meaning.__getitem__, dtype=np.int8)
        notes += words.told(lambda word, m=meaning: m[word] == _CHANGES, "taken as both ways")  # type: ignore[misc]
        notes += words.told(lambda word, m=meaning: m[word] == _UNKNOWN, "not understood, taken as both ways")  # type: ignore[misc]
        notes += _letter_notes(words, lines)
        sign = np.where(np.isin(sign, (_EMPTY, _UNKNOWN)), here, sign)
    if mode != "walk":
        alone = np.isin(sign, (_EMPTY, _UNKNOWN)) & _by_itself(lines, highway)
        if not _has_directions(lines):
            saved = _is_undirected(lines)
            notes += _alone_notes(alone, saved=saved)
            alone &= not saved
        sign = np.where(alone, 1, sign)
    return np.where(np.abs(sign) <= 1, sign, 0).astype(np.int8), notes


def _by_itself(lines: pd.DataFrame, highway: "pd.Series[str]") -> npt.NDArray[np.bool_]:
    alone = highway.isin(ONE_WAY_CLASSES).to_numpy()
    junction = words_of(lines, "junction")
    if junction is None:
        return np.asarray(alone, dtype=np.bool_)
    circle = junction.map(lambda word: not _CIRCLES.isdisjoint(items(word.lower())), dtype=bool)
    return np.asarray(alone | circle, dtype=np.bool_)


def _has_directions(lines: pd.DataFrame) -> bool:
    """Tell whether the layer says anywhere which way its lines go."""
    return any(words_of(lines, name) is not None for name in ("oneway", "reversed"))


def _is_undirected(lines: pd.DataFrame) -> bool:
    """Tell a saved graph without directions: an edge a row with its two nodes, as OSMnx and neatnet have them."""
    return {"u", "v", "key"} <= set(lines.columns)


def _alone_notes(alone: npt.NDArray[np.bool_], *, saved: bool) -> list[str]:
    """Say how motorways and roundabouts are read in a layer without a word on directions."""
    if not alone.any():
        return []
    what = f"{int(alone.sum())} motorways or roundabouts"
    if saved:
        return [f"a graph without directions (u, v, key, no oneway): {what} taken as both ways"]
    return [f"no column oneway: {what} taken as one-way along the line; oneway = no makes them both ways"]


def _letters(words: Words) -> Mapping[str, int]:
    """Return what T, F and B mean in a column, which only the whole of it can tell.

    Geofabrik writes F (along), T (against) and B (both); databases write t (true) and f (false).
    """
    met = {item for word in words.distinct for item in items(word)}
    if "b" in {word.lower() for word in met} or met & {"F", "T"}:
        return {"F": 1, "T": -1, "B": 0, "f": 1, "t": -1, "b": 0}
    return {"t": 1, "f": 0}


def _letter_notes(words: Words, lines: pd.DataFrame) -> list[str]:
    """Say how T and F were read where neither a B nor Geofabrik's column ``fclass`` shows whose they are."""
    met = {item for word in words.distinct for item in items(word)}
    bare = met & {"F", "T"} and "b" not in {word.lower() for word in met} and words_of(lines, "fclass") is None
    return [f"{words.column} F and T read as Geofabrik's (F along the line, T against it)"] if bare else []


def _sign(word: str, *, letters: Mapping[str, int]) -> int:
    """Return the direction that a word means; of a list, whose parts were merged, what holds on all of it."""
    signs = {_sign_of(item, letters=letters) for item in items(word)}
    if not signs:
        return _EMPTY
    if len(signs) == 1:
        return signs.pop()
    signs.discard(0)  # a line that is one-way in a part is one-way
    return signs.pop() if len(signs) == 1 else _UNKNOWN


def _sign_of(word: str, *, letters: Mapping[str, int]) -> int:
    if word in letters:
        return letters[word]
    low = word.lower()
    for meant, known in ((1, _ALONG), (-1, _AGAINST), (0, _BOTH), (_CHANGES, _CHANGING)):
        if low in known:
            return meant
    return _UNKNOWN
