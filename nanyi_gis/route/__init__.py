"""Routes: designed for the most value within a length, or read from a file; then measured."""

from .alignment import Alignment, align
from .chainage import chainage, locate, place
from .corridor import CORRIDOR_FILES, Corridor, corridor, write_corridor
from .coverage import Coverage, coverage
from .design import Design, design_route
from .files import ROUTE_FILES, ROUTE_LAYERS, write_route
from .gains import gains
from .line import Designed, Route, from_file, from_lines
from .links import Links
from .profile import Profile, profile
from .reconcile import reconcile

__all__ = [
    "CORRIDOR_FILES",
    "ROUTE_FILES",
    "ROUTE_LAYERS",
    "Alignment",
    "Corridor",
    "Coverage",
    "Design",
    "Designed",
    "Links",
    "Profile",
    "Route",
    "align",
    "chainage",
    "corridor",
    "coverage",
    "design_route",
    "from_file",
    "from_lines",
    "gains",
    "locate",
    "place",
    "profile",
    "reconcile",
    "write_corridor",
    "write_route",
]
