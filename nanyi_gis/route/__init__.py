"""Routes: designed for the most value within a length, or read from a file; then measured."""

from .design import Design, design_route
from .links import Links

__all__ = ["Design", "Links", "design_route"]
