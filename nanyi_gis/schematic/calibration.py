"""Sinuosity of the links: by class, and for ordinary roads by how high they run above the valleys."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import median
from types import MappingProxyType

import numpy as np
import pandas as pd

from ..errors import DataError
from .chains import Sources, load_records, network_nodes, place_of, sources_of
from .relief import height_above_valleys

UNFITTED = 1.5  # roads in mountains by published pairs: 1.29 to 1.89
MOST_DOUBT = 0.15  # a pair says nothing if its ends may be wrong by more than this share of their distance
LEAST_PAIRS = 8  # for the slope to be fitted
BY_RELIEF = ("main", "local")
TERRAIN = ((250.0, "valley"), (500.0, "hill"), (math.inf, "mountain"))  # metres above the valleys
GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "rail": frozenset({"rail"}),
        "motorway": frozenset({"motorway", "motorway_link"}),
        "main": frozenset({"trunk", "primary", "secondary"}),
        "local": frozenset({"tertiary", "unclassified", "residential", "service", "track", "walk"}),
    }
)


@dataclass(frozen=True)
class Sinuosity:
    """Road length over straight length, by group of classes and height above the valleys.

    ``medians`` holds the median of each group. Where ``base`` has a group too, the sinuosity is
    ``exp(base + slope * metres / 1000)``, kept between 1 and ``most``, the greatest that is published.
    """

    medians: Mapping[str, float]
    base: Mapping[str, float]
    slope: float = 0.0
    most: float = math.inf

    def of(self, group: str, above_m: float = math.nan) -> float:
        """Return the sinuosity of a line; without a height it is the median of its group.

        >>> model = Sinuosity({"main": 1.3, "rail": 1.1}, {"main": 0.2}, slope=0.5, most=1.5)
        >>> [round(model.of("main", metres), 3) for metres in (0.0, 200.0, 900.0)]
        [1.221, 1.35, 1.5]
        >>> model.of("main"), model.of("rail", 900.0)
        (1.3, 1.1)
        """
        if group in self.base and math.isfinite(above_m):
            return min(max(1.0, math.exp(self.base[group] + self.slope * above_m / 1000.0)), self.most)
        return self.medians[group]

    def by_relief(self, group: str, above_m: float) -> bool:
        """Return whether the height decides."""
        return group in self.base and math.isfinite(above_m)


def sinuosity_group(highway: str) -> str:
    """Return the group of classes that share a sinuosity.

    >>> sinuosity_group("secondary")
    'main'
    """
    return next((group for group, classes in GROUPS.items() if highway in classes), "local")


def terrain_of(above_m: float) -> str:
    """Return the terrain by the mean height above the valleys.

    >>> [terrain_of(metres) for metres in (100.0, 400.0, 800.0, math.nan)]
    ['valley', 'hill', 'mountain', 'unknown']
    """
    if not math.isfinite(above_m):
        return "unknown"
    return next(name for limit, name in TERRAIN if above_m < limit)


@cache
def _ratios(sources: Sources) -> pd.DataFrame:
    records, places = load_records(sources), network_nodes(sources)
    rows = []
    for distance in records.distance:
        nodes, highway = records.chain_of(distance)
        if not nodes:
            continue
        points = [places.geometry[place_of(node)] for node in nodes]
        parts = [a.distance(b) / 1000.0 for a, b in pairwise(points)]
        heights = height_above_valleys(nodes, sources)
        known = [(height, part) for height, part in zip(heights, parts, strict=True) if math.isfinite(height)]
        above = sum(h * part for h, part in known) / sum(part for _, part in known) if known else math.nan
        ends = places.loc[[place_of(nodes[0]), place_of(nodes[-1])], "uncertainty_m"].astype(float)
        doubt = float(ends.sum()) / points[0].distance(points[-1])
        group, straight = sinuosity_group(highway), sum(parts)
        rows.append((distance.name_zh, group, straight, distance.km, distance.use, above, doubt))
    columns = ["name_zh", "group", "straight_km", "published_km", "use", "above_m", "doubt"]
    table = pd.DataFrame(rows, columns=columns)
    table["terrain"] = [terrain_of(above) for above in table["above_m"]]
    return table.assign(ratio=table["published_km"] / table["straight_km"])


def published_ratios(sources: Sources | None = None) -> pd.DataFrame:
    """Return published over straight length along the places, for every published distance with such a chain.

    Columns ``name_zh``, ``group``, ``straight_km``, ``published_km``, ``use``, ``above_m`` (mean height of the
    straight lines above the valleys, NaN outside the elevation raster), ``doubt`` (uncertainty of the two ends over
    their distance), ``terrain`` and ``ratio``.
    """
    return _ratios(sources or sources_of()).copy()


def fit_sinuosity(ratios: pd.DataFrame, *, without: str = "") -> dict[str, float]:
    """Return the median ratio of each group over the distances that calibrate, leaving out one by name.

    >>> table = pd.DataFrame({"name_zh": ["a", "b", "c"], "group": "main", "ratio": [1.0, 1.2, 1.6],
    ...                       "use": "calibrates"})
    >>> fit_sinuosity(table), fit_sinuosity(table, without="c")
    ({'main': 1.2}, {'main': 1.1})
    """
    used = ratios[ratios["use"].eq("calibrates") & ratios["name_zh"].ne(without)]
    return {str(group): float(value) for group, value in used.groupby("group")["ratio"].median().items()}


def fit_model(ratios: pd.DataFrame, *, without: str = "") -> Sinuosity:
    """Return the sinuosity fitted on the distances that calibrate, leaving out one by name.

    Least squares of ``log(ratio) = base of the group + slope x height above the valleys`` over main and local roads
    together, on the pairs whose ends are known to 15 % of their distance; one slope for both groups, because each has
    too few pairs for its own. Railways and motorways, and every group where fewer than eight pairs have a height,
    keep the median of their group; a group without a published distance has the median of the others, 1.5 if none
    has one.

    >>> table = pd.DataFrame({"name_zh": list("abcdefgh"), "group": ["main", "local"] * 4, "use": "calibrates",
    ...     "above_m": [0.0, 0.0, 500.0, 500.0, 1000.0, 1000.0, 200.0, 200.0], "doubt": 0.05})
    >>> table["ratio"] = np.exp(0.1 + 0.2 * table["group"].eq("local") + 0.3 * table["above_m"] / 1000.0)
    >>> model = fit_model(table)
    >>> round(model.slope, 6), round(model.base["main"], 6), round(model.base["local"], 6)
    (0.3, 0.1, 0.3)
    """
    fitted = fit_sinuosity(ratios, without=without)
    otherwise = median(fitted.values()) if fitted else UNFITTED
    medians = {group: fitted.get(group, otherwise) for group in GROUPS}
    used = ratios[ratios["use"].eq("calibrates") & ratios["name_zh"].ne(without)]
    roads = used[used["group"].isin(BY_RELIEF) & used["above_m"].notna() & used["doubt"].le(MOST_DOUBT)]
    if len(roads) < LEAST_PAIRS:
        return Sinuosity(MappingProxyType(medians), MappingProxyType({}))
    height = roads["above_m"].to_numpy(float) / 1000.0
    groups = [group for group in BY_RELIEF if roads["group"].eq(group).any()]
    columns = [roads["group"].eq(group).to_numpy(float) for group in groups]
    solution = np.linalg.lstsq(np.column_stack([*columns, height]), np.log(roads["ratio"].to_numpy(float)), rcond=None)
    values = [float(value) for value in solution[0]]
    base = dict(zip(groups, values[:-1], strict=True))
    return Sinuosity(
        MappingProxyType(medians), MappingProxyType(base), slope=values[-1], most=float(roads["ratio"].max())
    )


@cache
def load_model(sources: Sources | None = None) -> Sinuosity:
    """Return the sinuosity fitted on all published distances of a study that calibrate."""
    return fit_model(published_ratios(sources))


def load_sinuosity(sources: Sources | None = None) -> Mapping[str, float]:
    """Return the median sinuosity of each group of classes, what holds where no height is known.

    A group without a published distance has the median of the groups that have one, 1.5 if none has.
    """
    return load_model(sources).medians


@cache
def chain_ratio(name: str, sources: Sources | None = None) -> float:
    """Return published over straight length of one published distance, by its name."""
    table = published_ratios(sources).set_index("name_zh")["ratio"]
    if name not in table:
        raise DataError(f"no published distance {name!r} in chains.toml; correct ratio_of")
    return float(table[name])
