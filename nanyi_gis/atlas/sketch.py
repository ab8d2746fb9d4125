"""Shapes as paths of SVG: what small maps without Leaflet are drawn with."""

from collections.abc import Iterable

import geopandas as gpd
import shapely


class Sketch:
    """A small map of some areas: their box, and paths and points in its units.

    Parameters
    ----------
    within : geopandas.GeoDataFrame
        Areas in a CRS in metres that fill the map.
    side : float
        The longer side of the map in its own units.
    simple_m : float
        Tolerance in metres to which shapes are simplified.
    digits : int
        Decimals of the coordinates.

    >>> box = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 500)], crs=4544)
    >>> sketch = Sketch(box, side=100, simple_m=1)
    >>> sketch.size, sketch.at(shapely.Point(500, 250))
    ((100, 50), (50.0, 25.0))
    >>> sketch.path([shapely.LineString([(0, 0), (1000, 500)])], closed=False)
    'M0.0,50.0L100.0,0.0'
    """

    def __init__(self, within: gpd.GeoDataFrame, *, side: float, simple_m: float, digits: int = 1) -> None:
        west, south, east, north = (float(edge) for edge in within.total_bounds)
        self._scale = side / max(east - west, north - south)
        self._west, self._north = west, north
        self._simple, self._digits = simple_m, digits
        self.size = (round((east - west) * self._scale), round((north - south) * self._scale))

    def at(self, point: shapely.Point) -> tuple[float, float]:
        """Return where a point is."""
        x, y = (point.x - self._west) * self._scale, (self._north - point.y) * self._scale
        return round(x, self._digits), round(y, self._digits)

    def path(self, shapes: Iterable[shapely.Geometry] | gpd.GeoSeries, *, closed: bool = True) -> str:
        """Return areas, or lines that are not ``closed``, as the data of one path."""
        parts = shapely.get_parts(shapely.simplify(list(shapes), self._simple))
        found = []
        for part in shapely.get_rings(parts) if closed else parts:
            xy = shapely.get_coordinates(part)
            x, y = (xy[:, 0] - self._west) * self._scale, (self._north - xy[:, 1]) * self._scale
            text = "L".join(f"{a:.{self._digits}f},{b:.{self._digits}f}" for a, b in zip(x, y, strict=True))
            found.append(f"M{text}{'Z' if closed else ''}")
        return "".join(found)
