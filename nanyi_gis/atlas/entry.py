"""What a page says of itself: file, titles, group, order, and what the study lacks for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..suitability import Crop

INDEX = "index.html"
BOOK = "atlas.html"
"""All pages in both languages in one file."""

VALIDATION = "validation.html"
"""The page of known places."""

GROUPS: dict[str, tuple[str, str]] = {
    "": ("", ""),  # stands first, in no menu
    "red_culture": ("红色文化", "Red culture"),
    "liquor": ("酱酒", "Liquor"),
    "wellness": ("康养", "Wellness"),
    "energy_materials": ("能源建材", "Energy, materials"),
    "forest_fruit": ("林果", "Forest, fruit"),
    "infrastructure": ("基础设施", "Infrastructure"),
    "safeguards": ("保障与核对", "Safeguards"),
}
"""Groups of pages after the plan's tasks, in its order; the keys are its themes."""


def file_of(crop: "Crop") -> str:
    """Return the file of a crop's page."""
    return f"suitability_{crop.id}.html"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A page in the navigation and on the first page.

    Attributes
    ----------
    file : str
        Name of the page's file.
    zh, en : str
        Its title.
    group : str
        Key of ``GROUPS``; empty for a page that stands before them.
    order : float
        Place within the group.
    lacks : tuple of str
        What the study has not, in Chinese and English, if the page cannot be made for want of it.
    sheet : bool
        Whether a printed sheet is made of its map.

    >>> Entry(file="bands.html", zh="高程分带", en="Elevation bands", group="forest_fruit", order=1).made
    True
    """

    file: str
    zh: str
    en: str
    group: str = ""
    order: float = 100.0
    lacks: tuple[str, str] | None = None
    sheet: bool = True

    @property
    def made(self) -> bool:
        """Whether the study has what the page needs."""
        return self.lacks is None

    @property
    def place(self) -> tuple[int, float, str]:
        """Key that sorts pages as they are shown."""
        return list(GROUPS).index(self.group), self.order, self.file
