"""Water on terrain: depressions, flow directions, accumulation and the height above the streams of any DEM."""

from .drainage import drainage

__all__ = ["drainage"]
