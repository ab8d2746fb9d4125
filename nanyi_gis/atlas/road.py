"""A road for visitors for readers: names of its branches, worth of its stretches, its sites and gaps in words."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._transformers import crs_to_crs
from ..route import Coverage

if TYPE_CHECKING:
    from .. import targets
    from .context import Atlas

KINDS: dict[str, tuple[str, str, str, str, float]] = {
    # kind: Chinese, English, colour, shape, radius
    "red_site": ("红色遗址", "Long March sites", "#C8102E", "star", 8),
    "wellness": ("康养点", "Wellness places", "#009E73", "circle", 6),
    "liquor": ("酒庄酒镇", "Liquor estates", "#e0a020", "diamond", 7),
    "township": ("乡镇驻地", "Township seats", "#55626b", "square", 4.5),
}
"""Kinds of sites as they are named and drawn; further kinds of a study's own stand as they are called."""

WORTH = (
    # least points of a stretch, colour, width
    (20.0, "#50001e", 7.0),
    (10.0, "#b40a28", 5.5),
    (0.5, "#f08c64", 4.5),
    (-1.0, "#c8d2dc", 3.0),
)
"""Classes of stretches by their points; the last has none."""

_AT_M = 1.0  # metres from an end of a stretch that are at it
_STATUS = {
    "open": ("既有", "open"),
    "construction": ("在建", "under construction"),
    "planned": ("规划", "planned"),
    "unknown": ("未查明", "not known"),
    "": ("未注明", "not told"),
}


@dataclass(frozen=True)
class RoadView:
    """A road as a page in one language shows it.

    Attributes
    ----------
    atlas : Atlas
        Language, study and terrain.
    road : RedRoad
        The road, designed or read, and measured.
    longer : DataFrame, optional
        What longer roads reach, see :func:`nanyi_gis.targets.road_by_length`.
    """

    atlas: "Atlas"
    road: "targets.RedRoad"
    longer: pd.DataFrame | None = None

    @cached_property
    def threshold(self) -> str:
        """The threshold that is drawn and named first."""
        return main_threshold(self.road.coverage)

    @property
    def within(self) -> str:
        """That threshold in words."""
        return threshold_name(self.atlas, self.threshold)

    @cached_property
    def nodes(self) -> dict[str, str]:
        """Name of each node of the design, empty where it has none."""
        if self.road.design is None:
            return {}
        places = self.atlas.study.places.drop_duplicates("id").set_index("id")[self.atlas.name].fillna("").to_dict()
        nodes = self.road.design.nodes
        own = zip(nodes["node"], nodes["place"].fillna(""), nodes["name_zh"].fillna(""), strict=True)
        return {str(node): str(places.get(place) or name) for node, place, name in own}

    @cached_property
    def branches(self) -> dict[int, str]:
        """Name of each branch: the route of the plan that it mostly is, else the places at its ends."""
        frame, say = self.road.route.frame, self.atlas.say
        plan = {named.corridor: say(named.name_zh, named.name_en) for named in self.road.record.mandated}
        found: dict[int, str] = {}
        for branch, own in frame.groupby("branch", sort=True):
            metres = (own["to_m"] - own["from_m"]).groupby(own["corridor"].fillna("").astype(str)).sum()
            corridor = str(metres.idxmax())
            ends = [self.nodes.get(str(node), "") for node in (own["u"].iloc[0], own["v"].iloc[-1])]
            mostly = corridor in plan and metres[corridor] > 0.5 * metres.sum()
            name = plan[corridor] if mostly else say("—", "–").join(filter(None, ends))
            found[int(branch)] = name or say(f"第 {branch} 段", f"Branch {branch}")
        names = list(found.values())
        return {branch: f"{name} ({branch})" if names.count(name) > 1 else name for branch, name in found.items()}

    @cached_property
    def known(self) -> dict[str, str]:
        """Name of each site in the language of the atlas by the one that results have."""
        sites = self.road.sites
        given = sites["name"] if "name" in sites else sites["name_zh"]
        return dict(zip(given.astype(str), names_of(self.atlas, sites), strict=True))

    @cached_property
    def towns(self) -> frozenset[str]:
        """Names, as results have them, of the sites that are mere township seats."""
        sites = self.road.sites
        return frozenset(sites.loc[sites["kind"] == "township", "name" if "name" in sites else "name_zh"].astype(str))

    @cached_property
    def stretches(self) -> gpd.GeoDataFrame:
        """The stretches of the road with what is shown of them."""
        frame = self.road.route.frame
        worth = values(frame, self.road.sites, threshold=self.threshold)
        km = (frame["to_m"] - frame["from_m"]) / 1000.0
        return frame.assign(
            name=[self._stretch_name(row) for row in frame.to_dict("records")],
            branch_name=frame["branch"].map(self.branches),
            from_km=frame["from_m"] / 1000.0,
            to_km=frame["to_m"] / 1000.0,
            km=km,
            status=frame["status"].fillna("").astype(str),
            status_name=[status_name(self.atlas, str(status)) for status in frame["status"].fillna("")],
            corridor=frame["corridor"].fillna("").astype(str),
            value=worth,
            per_10_km=10.0 * worth / km.where(km > 0),
            worth=[f"{next(least for least, *_ in WORTH if value >= least):g}" for value in worth],
        )

    def _stretch_name(self, row: dict[str, object]) -> str:
        """Return a stretch by the places at its ends, else by the name of its road."""
        ends = [self.nodes.get(str(row[end]), "") for end in ("u", "v")]
        return self.atlas.say("—", "–").join(ends) if all(ends) else str(row["name_zh"] or row["id"])

    @cached_property
    def gaps(self) -> gpd.GeoDataFrame:
        """The stretches that serve no site within the threshold, the longest first."""
        gaps = self.road.coverage.gaps
        own = gaps[gaps["threshold"] == self.threshold].sort_values("length_km", ascending=False, kind="stable")
        start = self.atlas.say("路段起点", "start of the branch")
        end = self.atlas.say("路段终点", "end of the branch")
        spans = zip(own["branch"], own["from_km"], own["to_km"], strict=True)
        return own.assign(
            where=[f"{self.branches[branch]} K{first:.1f}–{last:.1f}" for branch, first, last in spans],
            before=[self.known.get(str(name), str(name)) or start for name in own["before"].fillna("")],
            after=[self.known.get(str(name), str(name)) or end for name in own["after"].fillna("")],
        )

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """The sites with what is shown of them, those worth most first; of a public atlas those that may be shown."""
        sites = self.road.sites.sort_values(["weight", "minutes"], ascending=[False, True], kind="stable")
        if self.atlas.public:
            sites = sites[sites.index.isin(self.atlas.places["id"])]
        covered = sites[f"covered {self.threshold}"].astype(bool)
        chance = f"chance {self.threshold}"
        spots = zip(sites["branch"], sites["km"], strict=True)
        shown = sites.assign(
            name_shown=names_of(self.atlas, sites),
            short=names_of(self.atlas, sites).map(short_name),
            kind_name=[kind_name(self.atlas, str(kind)) for kind in sites["kind"]],
            covered=covered,
            at=[f"{self.branches.get(branch, branch)} K{km:.1f}" for branch, km in spots],
            minutes=sites["minutes"].where(np.isfinite(sites["minutes"])),
            distance_km=sites["distance_m"] / 1000.0,
            chance=100.0 * sites[chance] if chance in sites else np.nan,
            style=[f"{kind} {'in' if near else 'out'}" for kind, near in zip(sites["kind"], covered, strict=True)],
        )
        return self.atlas.coarsened(shown)

    @cached_property
    def spots(self) -> gpd.GeoDataFrame:
        """The sites, one a place: the first of those at it, ``also_here`` the names of the others."""
        sites, between = self.sites, self.atlas.say("、", ", ")
        keys = np.rint(shapely.get_coordinates(sites.geometry)).astype(int)
        place = pd.Series(list(map(tuple, keys.tolist())), index=sites.index)
        names = sites["name_shown"].groupby(place, sort=False)
        others = names.agg(lambda own: between.join(dict.fromkeys(own.iloc[1:])))
        first = ~place.duplicated()
        every = {
            f"every_{lang}": sites[f"name_{lang}"].fillna("").astype(str).groupby(place, sort=False).agg(" ".join)
            for lang in ("zh", "en")
        }
        named = {name: place[first].map(texts).to_numpy() for name, texts in {"also_here": others, **every}.items()}
        return sites[first].assign(**named)


ROAD_MINUTES = "minutes to the red-tourism road"


def township_minutes(road: "targets.RedRoad") -> "pd.Series[float]":
    """Return the minutes from each township to the road, by the township's code."""
    towns = road.sites[road.sites["code"].astype(str).ne("")]
    return pd.Series(towns["minutes"].to_numpy(dtype=float), index=towns["code"].astype(str), name="minutes")


def minutes_to_road(atlas: "Atlas") -> "pd.Series[float] | None":
    """Return those minutes as the page of the road has kept them, else worked out now; ``None`` without such a road."""
    if not {"route", "chains"} <= set(atlas.study.files):
        return None

    def measured() -> "pd.Series[float]":
        from .. import targets

        return township_minutes(targets.red_road(atlas.study, dem=atlas.dem, draw=False))

    return atlas.once(ROAD_MINUTES, measured)


def short_name(name: str) -> str:
    """Return the first of the names that the gazetteer gives a place, for maps.

    >>> short_name("石厢子会议旧址(石厢子彝族乡)"), short_name("Erlang town / shoal / Langjiu estate")
    ('石厢子会议旧址', 'Erlang town')
    """
    return re.split(r"\s*[(（/·・,，、]", name, maxsplit=1)[0].strip() or name


def kind_name(atlas: "Atlas", kind: str) -> str:
    """Return how a kind of sites is called."""
    if kind in {"all", "people"}:
        return atlas.say("全部点位", "All sites") if kind == "all" else atlas.say("人口", "People")
    return atlas.say(*KINDS[kind][:2]) if kind in KINDS else kind


def status_name(atlas: "Atlas", status: str) -> str:
    """Return the state of a road in words."""
    return atlas.say(*_STATUS[status]) if status in _STATUS else status


def threshold_name(atlas: "Atlas", threshold: str) -> str:
    """Return a threshold of a coverage, e.g. ``10 min``, in the language of the atlas."""
    return threshold.replace(" min", " 分钟") if atlas.lang == "zh" else threshold


def main_threshold(coverage: Coverage) -> str:
    """Return the threshold that a page draws and names first: 15 minutes, else 5 km, else the middle one there is."""
    known = list(dict.fromkeys(coverage.table["threshold"]))
    return next((name for name in ("15 min", "5 km") if name in known), str(known[len(known) // 2]))


def names_of(atlas: "Atlas", table: pd.DataFrame) -> "pd.Series[str]":
    """Return the names of sites or links in the language of the atlas, as far as the table has them."""
    first = table["name"] if "name" in table else table["name_zh"]
    own = table.get(atlas.name, first).fillna("").astype(str)
    return own.where(own.ne(""), first.fillna("").astype(str))


def values(frame: pd.DataFrame, sites: pd.DataFrame, *, threshold: str) -> "pd.Series[float]":
    """Return what each stretch of a road is worth: the weights of the sites that it covers and to which it is nearest.

    A site where stretches meet counts in equal parts for each of them.

    Parameters
    ----------
    frame : DataFrame
        Stretches with ``branch``, ``from_m``, ``to_m``, as of :class:`nanyi_gis.route.Route`.
    sites : DataFrame
        ``branch``, ``km``, ``covered <threshold>`` and, if there, ``counted`` or else ``weight``, as of a coverage of
        the same road.
    threshold : str
        Threshold within which a site is covered, e.g. ``15 min``.

    >>> frame = pd.DataFrame({"branch": [1, 1, 2], "from_m": [0, 4000, 0], "to_m": [4000, 9000, 3000]})
    >>> sites = pd.DataFrame({"branch": [1, 1, 2], "km": [1.0, 8.5, 2.0], "weight": [10, 5, 2]})
    >>> values(frame, sites.assign(**{"covered 2 km": [True, True, False]}), threshold="2 km").tolist()
    [10.0, 5.0, 0.0]
    """
    covered = sites[sites[f"covered {threshold}"].astype(bool)]
    named = next((name for name in ("counted", "weight") if name in covered), None)
    weight = pd.Series(1.0, index=covered.index) if named is None else covered[named]
    branches, ends = frame["branch"].to_numpy(), frame["to_m"].to_numpy(dtype=float)
    worth = np.zeros(len(frame))
    for branch, km, value in zip(covered["branch"], covered["km"], weight, strict=True):
        own = np.flatnonzero(branches == branch)
        if len(own):
            at = min(int(np.searchsorted(ends[own], 1000.0 * km)), len(own) - 1)
            shared = _meeting(frame, int(own[at]), 1000.0 * km)
            worth[shared] += value / len(shared)
    return pd.Series(worth, index=frame.index, name="value")


def _meeting(frame: pd.DataFrame, row: int, metres: float) -> list[int]:
    """Return the stretches that meet at a place of one of them, that one alone where it is no end."""
    own = frame.iloc[row]
    ends = ((own["from_m"], own.get("u", "")), (own["to_m"], own.get("v", "")))
    node = next((node for at, node in ends if abs(at - metres) <= _AT_M), "")
    if node is None or node == "":
        return [row]
    return [int(at) for at in np.flatnonzero((frame["u"] == node) | (frame["v"] == node))]


def lon_lat(x: pd.Series, y: pd.Series, crs: str, *, step: float = 0.0) -> dict[str, npt.NDArray[np.float64]]:
    """Return coordinates as ``lon`` and ``lat`` in WGS-84 degrees, of whole multiples of ``step`` metres if given."""
    xy = np.column_stack([x, y]).astype(float)
    xy = np.round(xy / step) * step if step else xy
    lon, lat = crs_to_crs(crs, "EPSG:4326").transform(*xy.T)
    return {"lon": np.asarray(lon), "lat": np.asarray(lat)}


def box_of(geometry: shapely.Geometry, crs: str, *, margin_m: float = 1500.0) -> tuple[float, float, float, float]:
    """Return the place of a geometry as west, south, east, north in thousandths of a degree, with a margin around."""
    box = gpd.GeoSeries([geometry.buffer(margin_m)], crs=crs).to_crs(4326).total_bounds
    west, south, east, north = (round(float(side), 3) for side in box)
    return west, south, east, north
