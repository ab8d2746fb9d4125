"""Pages that folium or ``GeoDataFrame.explore()`` saved, made to work without a network."""

from .convert import offline_file, offline_text

__all__ = ["offline_file", "offline_text"]
