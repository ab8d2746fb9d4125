"""Routes: designed for the most value within a length, or read from a file; then measured."""

from .chainage import chainage, locate, place
from .coverage import Coverage, coverage
from .design import Design, design_route
from .gains import gains
from .line import Designed, Route, from_file, from_lines
from .links import Links
from .reconcile import reconcile

__all__ = [
    "Coverage",
    "Design",
    "Designed",
    "Links",
    "Route",
    "chainage",
    "coverage",
    "design_route",
    "from_file",
    "from_lines",
    "gains",
    "locate",
    "place",
    "reconcile",
]
