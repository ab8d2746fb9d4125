"""The gazetteer of every page: the counties, all located places, the counties around, the items of the plan."""

import geopandas as gpd
import pandas as pd

from ..plan import Item
from ..webmap import Gazetteer, GazetteerItem, GazetteerPlace
from . import pinyin
from .context import Atlas

KINDS = (
    ("县", "County"),
    ("县城", "County seat"),
    ("乡镇", "Township"),
    ("地点", "Place"),
    ("站点、互通、界点", "Station, interchange or boundary point"),
    ("周边市县", "City or county nearby"),
    ("周边地点", "Place nearby"),
)
"""What a place of each rank is; those of a lower rank are found first."""

_RANKS = {"county_seat": 1, "township": 2}
_SITES = {"station", "interchange", "tripoint", "bridge", "weather_station"}
_LONGEST = 60  # letters of an item's title


def gazetteer(atlas: Atlas) -> Gazetteer:
    """Return the gazetteer of an atlas; it is the same in each language."""
    places = atlas.located.to_crs(4326)
    counties = atlas.study.counties.to_crs(4326)
    around = atlas.study.neighbours.to_crs(4326)
    if len(around):
        around = around[~around["name_zh"].isin(set(places["name_zh"]))]
    letters = {**pinyin.COMMON, **pinyin.learned(_read(places)), **pinyin.learned(_read(counties))}
    found = [
        *_areas(counties, atlas, "county", 0, letters),
        *_points(places, atlas, letters),
        *_areas(around, atlas, "near", 5, letters),
    ]
    items = [_item(item) for item in atlas.plan.items if item.public or not atlas.public]
    return Gazetteer(found, kinds=KINDS, items=items)


def _read(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return [(str(row["name_zh"]), _pinyin(row)) for _, row in frame.iterrows()]


def _pinyin(row: "pd.Series[str]") -> str:
    return str(row.get("name_pinyin") or "") or (str(row["name_en"]) if "name_pinyin" not in row else "")


def _areas(frame: gpd.GeoDataFrame, atlas: Atlas, key: str, rank: int, letters: dict[str, str]) -> list[GazetteerPlace]:
    spots = atlas.coarsened(frame.set_geometry(frame.geometry.representative_point())).geometry
    return [
        _place(f"{key}-{number}", row, spot.x, spot.y, rank, letters)
        for number, ((_, row), spot) in enumerate(zip(frame.iterrows(), spots, strict=True), start=1)
    ]


def _points(places: gpd.GeoDataFrame, atlas: Atlas, letters: dict[str, str]) -> list[GazetteerPlace]:
    own = [str(name) for name in atlas.study.counties["name_zh"]]
    return [
        _place(str(row["id"]), row, row.geometry.x, row.geometry.y, _rank(row, own), letters)
        for _, row in places.iterrows()
    ]


def _rank(row: "pd.Series[str]", own: list[str]) -> int:
    """Return the rank of a place: those of the study's counties before those around."""
    inside = any(name.startswith(part) for part in str(row["county"]).split(";") for name in own if part)
    kinds = set(row["kind"])
    if not inside:
        return 5 if "city" in kinds else 6
    ranks = [_RANKS[kind] for kind in kinds if kind in _RANKS]
    return min(ranks) if ranks else 4 if kinds & _SITES else 3


def _place(
    key: str, row: "pd.Series[str]", lon: float, lat: float, rank: int, letters: dict[str, str]
) -> GazetteerPlace:
    zh, read = str(row["name_zh"]), _pinyin(row)
    return GazetteerPlace(
        key=key,
        zh=zh,
        en=str(row["name_en"] or ""),
        pinyin="" if pinyin.plain(read) in pinyin.plain(str(row["name_en"] or "")) else pinyin.plain(read),
        initials=pinyin.initials(zh, read, letters),
        rank=rank,
        lon=round(float(lon), 5),
        lat=round(float(lat), 5),
        items=tuple(row.get("plan_ids") or ()),
    )


def _item(item: Item) -> GazetteerItem:
    def titled(name: str, lang: str) -> str:
        quantity = item.quantity(lang=lang)
        return (f"{name} {quantity}" if quantity and len(name) + len(quantity) < _LONGEST else name)[:_LONGEST]

    return GazetteerItem(
        id=item.id, clauses="、".join(item.clauses), zh=titled(item.name_zh, "zh"), en=titled(item.name_en, "en")
    )
