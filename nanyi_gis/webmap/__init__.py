"""Offline folium pages: one file each, no request leaves it."""

from . import charts
from .offline import offline_html, save_offline
from .page import Page
from .rasters import palette_png, warp_to_mercator
from .tables import table_html

__all__ = ["Page", "charts", "offline_html", "palette_png", "save_offline", "table_html", "warp_to_mercator"]
