"""Who may use a way: OSM's access tags, the most specific first, and the barriers that stand on it."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from .words import flag, items, words_of

Texts = npt.NDArray[np.object_]

CHAIN: Mapping[str, tuple[str, ...]] = {
    "car": ("motorcar", "motor_vehicle", "vehicle", "access"),
    "bus": ("bus", "psv", "motor_vehicle", "vehicle", "access"),
    "truck": ("hgv", "motor_vehicle", "vehicle", "access"),
    "walk": ("foot", "access"),
}
"""The tags that count for a mode, the most specific first."""

_CLOSED = frozenset({"no", "private", "agricultural", "forestry", "military", "emergency"})
_CLOSED |= {"agricultural;forestry", "permit", "residents", "employees", "restricted", "use_sidepath"}
_USABLE = frozenset({"yes", "destination", "customers", "permissive", "designated", "delivery", "public", "official"})
_USABLE |= {"unknown", "discouraged", "limited"}
_OTHER: Mapping[str, str] = {
    **dict.fromkeys(("false", "0", "f", "n", "禁止", "禁行", "禁止通行", "不可通行", "不通", "封闭", "否"), "no"),
    **dict.fromkeys(("私有", "私人", "私家", "内部", "内部道路", "专用"), "private"),
    **dict.fromkeys(("军事", "军用"), "military"),
    **dict.fromkeys(("true", "1", "t", "y", "是", "可", "允许", "允许通行", "可通行", "公共", "开放"), "yes"),
}
_UNKNOWN = "?"
_STOPS_VEHICLES = frozenset(
    {"bollard", "block", "jersey_barrier", "log", "rope", "chain", "planter", "debris", "fence"}
)
_STOPS_VEHICLES |= {"wall", "hedge", "stile", "kissing_gate", "turnstile", "full-height_turnstile", "cycle_barrier"}
_STOPS_VEHICLES |= {"motorcycle_barrier", "horse_stile", "wicket_gate", "guard_rail", "ditch", "retaining_wall"}


def permissions(lines: pd.DataFrame, *, mode: str) -> tuple[Texts, list[str]]:
    """Return for each line the word that closes it to a mode, ``""`` where it is usable, and notes on odd words.

    The most specific tag that is understood decides: for cars ``motorcar``, then ``motor_vehicle``, ``vehicle``,
    ``access``; for walkers ``foot``, then ``access``. No, private, permit, residents, employees, agricultural,
    forestry, military and emergency close a way; destination, customers, delivery, permissive and designated do not.
    Walkers do not use a ``motorroad`` unless ``foot`` allows it.

    >>> ways = pd.DataFrame({"access": ["private", "no", ""], "motor_vehicle": ["", "destination", "odd"]})
    >>> permissions(ways, mode="car")
    (array(['private', '', ''], dtype=object), ["motor_vehicle 'odd' 1 (not understood, passed over)"])
    """
    verdict = np.full(len(lines), "", dtype=object)
    specific = verdict
    notes: list[str] = []
    for place, name in enumerate(CHAIN[mode]):
        words = words_of(lines, name)
        if words is None:
            continue
        notes += words.told(lambda word: verdict_of(word) == _UNKNOWN, "not understood, passed over")
        here = words.map(lambda word: verdict_of(word).replace(_UNKNOWN, ""), dtype=object)
        verdict = np.where(verdict == "", here, verdict)
        specific = verdict if place == 0 else specific
    reason = np.where(verdict == "yes", "", verdict)
    if mode == "walk":
        motorroad = words_of(lines, "motorroad")
        if motorroad is not None:
            closed = motorroad.map(lambda word: flag(word) is True, dtype=bool) & (specific != "yes")
            reason = np.where((reason == "") & closed, "motorroad", reason)
    return reason, notes


def verdict_of(word: str) -> str:
    """Return ``yes``, the word that closes a way, ``""`` for nothing said, or ``?`` for a word not understood.

    Of a list the word with most rights counts.

    >>> verdict_of("Destination"), verdict_of("private;customers"), verdict_of("禁止"), verdict_of("maybe")
    ('yes', 'yes', 'no', '?')
    """
    found = [_verdict_of(item.lower()) for item in items(word)]
    if not found:
        return ""
    return "yes" if "yes" in found else next((one for one in found if one != _UNKNOWN), _UNKNOWN)


def _verdict_of(word: str) -> str:
    if word in _OTHER:
        return _OTHER[word]
    return "yes" if word in _USABLE else word if word in _CLOSED else _UNKNOWN


def barrier_stops(tags: Mapping[str, str], *, mode: str) -> bool:
    """Tell whether a barrier on a node stops a mode.

    An access tag of the node decides. Without one vehicles are stopped by bollards, blocks, fences, stiles and the
    like, not by gates, lift gates, toll booths, kerbs or cattle grids; walkers pass everything.

    >>> barrier_stops({"barrier": "bollard"}, mode="car"), barrier_stops({"barrier": "bollard"}, mode="walk")
    (True, False)
    >>> barrier_stops({"barrier": "gate", "access": "private"}, mode="car")
    True
    """
    if mode == "walk":
        return verdict_of(tags.get("foot", "")) not in {"", "yes", _UNKNOWN}
    for name in CHAIN[mode]:
        said = verdict_of(tags.get(name, ""))
        if said not in {"", _UNKNOWN}:
            return said != "yes"
    return not _STOPS_VEHICLES.isdisjoint(items(tags.get("barrier", "").lower()))
