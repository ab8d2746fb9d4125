"""Sinuosity by class, fitted on published distances."""

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from statistics import median
from types import MappingProxyType

import pandas as pd

from ..errors import DataError
from .chains import Sources, load_records, network_places

UNFITTED = 1.5  # roads in mountains by published pairs: 1.29 to 1.89
GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "rail": frozenset({"rail"}),
        "motorway": frozenset({"motorway", "motorway_link"}),
        "main": frozenset({"trunk", "primary", "secondary"}),
        "local": frozenset({"tertiary", "unclassified", "residential", "service", "track", "walk"}),
    }
)


def sinuosity_group(highway: str) -> str:
    """Return the group of classes that share a sinuosity.

    >>> sinuosity_group("secondary")
    'main'
    """
    return next((group for group, classes in GROUPS.items() if highway in classes), "local")


def published_ratios(sources: Sources | None = None) -> pd.DataFrame:
    """Return published over straight length along the places, for every published distance with such a chain.

    Columns ``name_zh``, ``group``, ``straight_km``, ``published_km``, ``ratio``, ``use``.
    """
    records, places = load_records(sources), network_places(sources)
    rows = []
    for distance in records.distance:
        nodes, highway = records.chain_of(distance)
        if not nodes:
            continue
        points = [places.geometry[node] for node in nodes]
        straight = sum(a.distance(b) for a, b in pairwise(points)) / 1000.0
        rows.append((distance.name_zh, sinuosity_group(highway), straight, distance.km, distance.use))
    table = pd.DataFrame(rows, columns=["name_zh", "group", "straight_km", "published_km", "use"])
    return table.assign(ratio=table["published_km"] / table["straight_km"])


def fit_sinuosity(ratios: pd.DataFrame, *, without: str = "") -> dict[str, float]:
    """Return the median ratio of each group over the distances that calibrate, leaving out one by name.

    >>> table = pd.DataFrame({"name_zh": ["a", "b", "c"], "group": "main", "ratio": [1.0, 1.2, 1.6],
    ...                       "use": "calibrates"})
    >>> fit_sinuosity(table), fit_sinuosity(table, without="c")
    ({'main': 1.2}, {'main': 1.1})
    """
    used = ratios[ratios["use"].eq("calibrates") & ratios["name_zh"].ne(without)]
    return {str(group): float(value) for group, value in used.groupby("group")["ratio"].median().items()}


@cache
def load_sinuosity(sources: Sources | None = None) -> Mapping[str, float]:
    """Return the sinuosity of each group of classes, fitted on the published distances.

    A group without a published distance has the median of the groups that have one, 1.5 if none has.
    """
    fitted = fit_sinuosity(published_ratios(sources))
    otherwise = median(fitted.values()) if fitted else UNFITTED
    return MappingProxyType({group: fitted.get(group, otherwise) for group in GROUPS})


@cache
def chain_ratio(name: str, sources: Sources | None = None) -> float:
    """Return published over straight length of one published distance, by its name."""
    table = published_ratios(sources).set_index("name_zh")["ratio"]
    if name not in table:
        raise DataError(f"no published distance {name!r} in chains.toml; correct ratio_of")
    return float(table[name])
