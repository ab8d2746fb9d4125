"""True areas of polygons, and 万亩, under their names of old."""

from ..raster import geodesic_area_km2
from ..units import km2_to_wanmu

__all__ = ["geodesic_area_km2", "km2_to_wanmu"]
