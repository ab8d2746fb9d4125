"""True areas of polygons, under their name of old."""

from ..raster import geodesic_area_km2

__all__ = ["geodesic_area_km2"]
