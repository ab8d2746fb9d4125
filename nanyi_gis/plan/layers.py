"""Layers made from places: liquor clusters, wellness cores and points, red sites, fruit belts."""

from functools import cache
from typing import NamedTuple

import geopandas as gpd

from ..errors import ParameterError
from ..io import data_file, read_vector
from .places import find_place, of_kind
from .register import Plan, load_plan
from .totals import CROPS

_CLUSTERS = {
    "L-02": ("二郎—太平—永乐组团", "Erlang–Taiping–Yongle cluster", ("二郎镇", "太平镇", "永乐街道")),
    "L-03": ("茅溪酱酒组团(古蔺酱香酒谷园区)", "Maoxi cluster (Gulin Sauce Valley park)", ("茅溪镇",)),
    "L-04": (
        "赤水—石厢子—观兴—水潦组团",
        "Chishui–Shixiangzi–Guanxing–Shuiliao cluster",
        ("赤水镇", "石厢子彝族乡", "观兴镇", "水潦彝族乡"),
    ),
    "L-09": ("叙永“一园一核两区”", "Xuyong: one park, one core, two zones", ()),
}
_CORES = {
    "W-03": ("“水尾—黄荆”核", "Shuiwei–Huangjing core", ("水尾镇", "黄荆镇")),
    "W-04": ("“分水—摩尼—双沙”核", "Fenshui–Moni–Shuangsha core", ("分水镇", "摩尼镇", "双沙镇")),
}
# name: English name, place, its number among the 多点 of 四(三)1, whether 四(三)3 names it
_WELLNESS_POINTS = {
    "罗汉林": ("Luohan Forest", "luohan-forest", "W-05", True),
    "丹山玉皇观": ("Danshan Yuhuang Temple", "danshan-yuhuang", "W-06", False),
    "郎酒庄园": ("Langjiu estate", "erlang-langjiu", "W-07", False),
    "茅溪醉心谷": ("Maoxi Zuixin Valley", "maoxi-liquor-valley", "W-08", True),
    "双沙画里乡村": ("Shuangsha picture village", "shuangsha-picture-village", "W-09", True),
    "观文千鸟湖": ("Guanwen Thousand-Bird Lake", "guanwen-bird-lake", "W-10", True),
    "摩尼仙草湖": ("Moni Xiancao Lake", "moni-xiancao-lake", "", True),
    "黄荆老林": ("Huangjing Old Forest", "huangjing-old-forest", "", True),
}
_NO_ROWS: dict[str, list[object]] = {
    name: []
    for name in (
        *("id", "plan_id", "plan_ids", "name_zh", "name_en", "kind", "county", "townships", "listed_in", "located"),
        *("representative", "clause", "evidence", "uncertainty_m", "source", "as_of", "geometry"),
    )
}


class Wellness(NamedTuple):
    """The two wellness cores (polygons) and the eight named places (points)."""

    cores: gpd.GeoDataFrame
    points: gpd.GeoDataFrame


class FruitBelt(NamedTuple):
    """An altitude belt: crop, its names, edges in metres (``None`` below the lowest), items and clause."""

    crop: str
    crop_zh: str
    crop_en: str
    low_m: float | None
    high_m: float
    plan_id: str
    target_ids: tuple[str, str]
    clause: str
    quote: str


def liquor_clusters(plan: Plan | None = None, *, margin_m: float = 2000.0) -> gpd.GeoDataFrame:
    """Return the three liquor clusters, and Xuyong's 一园一核两区 as a record without geometry.

    A cluster is the convex hull of discs around its township seats, cut at the county outline: schematic, no
    boundary of the plan. The disc has the radius of the seat's uncertainty, at least ``margin_m`` metres.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4544; ``id``, ``plan_id``, ``name_zh``, ``name_en``, ``kind``, ``county``, ``townships``,
        ``located``, ``clause``, ``evidence``, ``uncertainty_m``, ``source``, ``as_of``.

    >>> clusters = liquor_clusters()
    >>> clusters["located"].tolist()
    [True, True, True, False]
    """
    return _hulls(_CLUSTERS, plan or load_plan(), kind="liquor_cluster", margin_m=margin_m)


def wellness_cores(plan: Plan | None = None, *, margin_m: float = 2000.0) -> gpd.GeoDataFrame:
    """Return the two wellness cores as hulls around township seats, as in :func:`liquor_clusters`.

    >>> wellness_cores()["name_en"].tolist()
    ['Shuiwei–Huangjing core', 'Fenshui–Moni–Shuangsha core']
    """
    return _hulls(_CORES, plan or load_plan(), kind="wellness_core", margin_m=margin_m)


def wellness_points(plan: Plan | None = None) -> gpd.GeoDataFrame:
    """Return the eight wellness places that the plan names in its two lists (C-15).

    The points are the gazetteer's: ``located`` is False for 丹山玉皇观, and ``representative`` is True where
    a town centre stands for the spot. ``listed_in`` says which list names the place: 多点 (四(三)1),
    项目 (四(三)3) or 多点;项目.

    >>> points = wellness_points()
    >>> len(points), int(points["located"].sum())
    (8, 7)
    """
    source = plan or load_plan()
    places, rows = source.places, []
    for name_zh, (name_en, place_id, number, project) in _WELLNESS_POINTS.items():
        if not source.has(number or "W-19"):
            continue
        place = find_place(places, place_id)
        rows.append(
            {
                "id": place_id,
                "plan_ids": ";".join(filter(None, (number, "W-19" if project else ""))),
                "name_zh": name_zh,
                "name_en": name_en,
                "kind": "wellness_point",
                "county": place["county"],
                "listed_in": ";".join(filter(None, ("多点" if number else "", "项目" if project else ""))),
                "located": bool(place["located"]),
                "representative": bool(place["representative"]),
                "evidence": place["evidence"],
                "uncertainty_m": place["uncertainty_m"],
                "source": place["source"],
                "as_of": place["as_of"],
                "geometry": place["geometry"],
            }
        )
    return gpd.GeoDataFrame(rows or _NO_ROWS, geometry="geometry", crs=places.crs)


def wellness(plan: Plan | None = None, *, margin_m: float = 2000.0) -> Wellness:
    """Return :func:`wellness_cores` and :func:`wellness_points` together."""
    return Wellness(wellness_cores(plan, margin_m=margin_m), wellness_points(plan))


def red_sites(plan: Plan | None = None) -> gpd.GeoDataFrame:
    """Return the places of the red-culture theme, located or not, as in :func:`load_places`."""
    places = (plan or load_plan()).places
    return places[places["theme"] == "red_culture"].copy()


def fruit_belts(plan: Plan | None = None) -> tuple[FruitBelt, ...]:
    """Return the altitude belt of each fruit crop, lowest first, as the plan defines it (C-05).

    The land of a belt comes from elevation bands: ``low_m`` belongs to the belt, ``high_m`` to the next.

    >>> [(belt.crop, belt.low_m, belt.high_m) for belt in fruit_belts()]
    [('orange', None, 700.0), ('plum', 700.0, 900.0), ('kiwifruit', 900.0, 1200.0)]
    """
    source = plan or load_plan()
    belts = []
    for crop, (name_zh, name_en, renovate_id, new_id, number) in CROPS.items():
        if not source.has(number):
            continue
        item = source.item(number)
        band = item.quantities[0]
        low, high = (None, band.value) if band.upper is None else (band.value, band.upper)
        belts.append(
            FruitBelt(crop, name_zh, name_en, low, high, number, (renovate_id, new_id), item.clause, item.quote)
        )
    return tuple(belts)


@cache
def _outlines(crs: str) -> gpd.GeoSeries:
    """Return the embedded counties by name; shared, so it is not changed."""
    outlines = read_vector(data_file("boundaries/counties.geojson")).to_crs(crs).set_index("name_zh").geometry
    outlines.index = outlines.index.str.removesuffix("县")
    return outlines


def _hulls(
    groups: dict[str, tuple[str, str, tuple[str, ...]]], plan: Plan, *, kind: str, margin_m: float
) -> gpd.GeoDataFrame:
    if not margin_m > 0:
        raise ParameterError(f"margin_m is {margin_m!r}, but must be above zero")
    known = {number: group for number, group in groups.items() if plan.has(number)}
    if not known:
        return gpd.GeoDataFrame(_NO_ROWS, geometry="geometry", crs=plan.crs)
    townships = of_kind(plan.places, "township").set_index("name_zh")
    outlines = _outlines(plan.crs)
    rows = []
    for number, (name_zh, name_en, names) in known.items():
        item, seats = plan.item(number), townships.loc[list(names)]
        radius = seats["uncertainty_m"].clip(lower=margin_m)
        discs = seats.geometry.buffer(radius)
        hull = discs.union_all().convex_hull.intersection(outlines[list(item.counties)].union_all()) if names else None
        rows.append(
            {
                "id": number,
                "plan_id": number,
                "name_zh": name_zh,
                "name_en": name_en,
                "kind": kind,
                "county": ";".join(item.counties),
                "townships": ";".join(names),
                "located": bool(names),
                "clause": item.clause,
                "evidence": "schematic",
                "uncertainty_m": float(radius.max()) if names else None,
                "source": "hull around township seats (data/places), cut at the county outline"
                if names
                else "plan; places not named",
                "as_of": "2022-03-14",
                "geometry": hull,
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=plan.crs)
