"""Offline folium pages: one file each, no request leaves it."""

from . import charts
from ._kept import Kept, raster_content
from .age import age_html
from .book import Book
from .cover import Card, Section, cover_html
from .layers import slug
from .navigation import Link, Menu
from .offline import offline_html, save_offline
from .page import Page
from .rasters import encode, palette_png, warp_to_mercator
from .tables import table_html

__all__ = [
    "Book",
    "Card",
    "Kept",
    "Link",
    "Menu",
    "Page",
    "Section",
    "age_html",
    "charts",
    "cover_html",
    "encode",
    "offline_html",
    "palette_png",
    "raster_content",
    "save_offline",
    "slug",
    "table_html",
    "warp_to_mercator",
]
