"""Places that the search field of a page knows, whether or not a layer draws them."""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import Any

from ..errors import DataError
from .vectors import layer_words


@dataclass(frozen=True, kw_only=True)
class GazetteerPlace:
    """A place: its key, names, initials of the Chinese name, rank of its kind, WGS-84 degrees, items of the plan."""

    key: str
    zh: str
    en: str
    pinyin: str
    initials: str
    rank: int
    lon: float
    lat: float
    items: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GazetteerItem:
    """An item of the plan: its id, the clauses that name it, its title in both languages."""

    id: str
    clauses: str
    zh: str
    en: str


class Gazetteer:
    """Places, the same for each page and language, which holds them as one record; and the items of a plan.

    Parameters
    ----------
    places : sequence of GazetteerPlace
        Places of one kind are found before those of a higher rank that answer as well.
    kinds : sequence of (Chinese, English)
        What a place of rank 0, 1, ... is.
    items : sequence of GazetteerItem
        Items that are found by number, clause and title.

    Raises
    ------
    DataError
        If a place has no kind, or lies nowhere on the earth.

    >>> well = GazetteerPlace(key="a", zh="甲井", en="Well", pinyin="", initials="jj", rank=0, lon=105.5, lat=28)
    >>> Gazetteer([well], kinds=[("井", "Well")]).record["places"]
    [['a', '甲井', 'Well', '', 'jj', 0, 105.5, 28, []]]
    """

    def __init__(
        self,
        places: Sequence[GazetteerPlace],
        *,
        kinds: Sequence[tuple[str, str]],
        items: Sequence[GazetteerItem] = (),
    ) -> None:
        for place in places:
            if not 0 <= place.rank < len(kinds):
                raise DataError(f"place {place.key!r} has rank {place.rank}, but there are {len(kinds)} kinds")
            if not (math.isfinite(place.lon) and abs(place.lon) <= 180 and abs(place.lat) <= 90):
                raise DataError(f"place {place.key!r} lies at {place.lon}, {place.lat}, which is nowhere on the earth")
        self.places = tuple(places)
        self.kinds = tuple(kinds)
        self.items = tuple(items)

    @cached_property
    def record(self) -> dict[str, Any]:
        """Places and kinds as lists, packed where they are many: the same in each language."""
        return layer_words(
            {
                "places": [[*astuple(place)[:-1], list(place.items)] for place in self.places],
                "kinds": [list(kind) for kind in self.kinds],
            }
        )

    def items_record(self, lang: str) -> dict[str, Any]:
        """Return id, clauses and title of each item in one language, packed where they are many."""
        titles = ((item, item.en if lang == "en" and item.en else item.zh) for item in self.items)
        return layer_words({"items": [[item.id, item.clauses, title] for item, title in titles]})
