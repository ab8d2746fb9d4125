"""The links between pages: plain ones, and menus of those that belong together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Link = tuple[str, str]


@dataclass(frozen=True)
class Menu:
    """A heading that opens a list of links, each an (address, label).

    >>> Menu("林果", [("bands.html", "高程分带")]).has("bands.html")
    True
    """

    label: str
    links: Sequence[Link]

    def has(self, address: str) -> bool:
        """Return whether one of the links leads to the address."""
        return any(own == address for own, _ in self.links)


def links_of(nav: Iterable[Link | Menu]) -> list[Link]:
    """Return every link of a navigation in the order shown.

    >>> links_of([("index.html", "首页"), Menu("林果", [("bands.html", "高程分带")])])
    [('index.html', '首页'), ('bands.html', '高程分带')]
    """
    return [link for item in nav for link in (item.links if isinstance(item, Menu) else [item])]


def as_menu(item: Link | Menu) -> Menu | None:
    """Return the item if it is a menu; templates tell the two kinds apart by it."""
    return item if isinstance(item, Menu) else None
