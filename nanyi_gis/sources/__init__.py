"""Makers of the embedded data, and fetchers of data of others."""

from .boundaries import rebuild as rebuild_boundaries
from .demo_dem import Recipe, build_demo_dem, known_heights
from .fetch import (
    KINDS,
    Download,
    Fetched,
    Got,
    Kind,
    Option,
    Patience,
    Planned,
    Request,
    Service,
    Source,
    cache_folder,
    fetch,
    fetch_files,
    fetched_layers,
    plan,
    request_of,
    source_of,
)

__all__ = [
    "KINDS",
    "Download",
    "Fetched",
    "Got",
    "Kind",
    "Option",
    "Patience",
    "Planned",
    "Recipe",
    "Request",
    "Service",
    "Source",
    "build_demo_dem",
    "cache_folder",
    "fetch",
    "fetch_files",
    "fetched_layers",
    "known_heights",
    "plan",
    "rebuild_boundaries",
    "request_of",
    "source_of",
]
