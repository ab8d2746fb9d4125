"""The kinds of facilities whose reach has a page each."""

from dataclasses import dataclass
from functools import partial

from .context import Atlas
from .entry import Entry
from .scenarios import lacks_access


@dataclass(frozen=True)
class Facility:
    """A kind of facility with its page: titles, how it is called in sentences, the item of the plan that asks."""

    key: str
    entry: Entry
    zh: str
    en: str
    item: str
    beyond: bool = True  # whether facilities beyond the county are told apart


def facilities(atlas: Atlas) -> list[Facility]:
    """Return the kinds of facilities that have a page."""
    entry = partial(Entry, lacks=lacks_access(atlas))
    return [
        Facility(
            "county_hospital",
            entry(file="access_hospital.html", zh="就医", en="To hospital", group="wellness", order=50),
            *("县级医院", "county hospitals", "W-11"),
        ),
        Facility(
            "motorway_interchange",
            entry(file="access_motorway.html", zh="上高速", en="To motorways", group="infrastructure", order=50),
            *("高速互通", "motorway interchanges", "G-03"),
            beyond=False,
        ),
        Facility(
            "railway_station",
            entry(file="access_railway.html", zh="乘火车", en="To trains", group="infrastructure", order=60),
            *("客运车站", "passenger stations", "G-03"),
        ),
    ]
