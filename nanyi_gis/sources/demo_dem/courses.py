"""The trunk rivers of the demonstration terrain: what is known of their courses and levels, and what is led by cost."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.features import rasterize

from ...plan import located
from ...study import StudyArea
from .known import known_heights, river_levels
from .river import River, chain

Field = npt.NDArray[np.float64]
Place = tuple[float, float]


def trunk_rivers(study: StudyArea, cost: Field, transform: Affine) -> list[River]:
    """Return the trunk rivers: the Chishui along the counties and on to the north, and its likes.

    The Chishui follows the frontage; where it leaves the counties (round Maotai, and below
    Taiping) and for the other two, the course is the way that costs least.

    Parameters
    ----------
    study : StudyArea
        The embedded study.
    cost, transform : array, Affine
        What a river's way costs, by cell.
    """
    known, on_the_river = known_heights(study), river_levels(study)
    places = located(study.places).set_index("id")
    at = _points(known) | _points(places) | _points(on_the_river)
    level = {str(key): float(height) for key, height in known["elevation_m"].items()}
    sea = float(places["elevation_m"].min())
    inside = rasterize(study.counties.geometry, out_shape=cost.shape, transform=transform).astype(bool)
    outside = np.where(inside, 1000.0 * cost, cost)

    upper, lower = (
        shapely.LineString(np.concatenate([shapely.get_coordinates(r) for r in part])) for part in _reaches(study)
    )
    gap = chain(outside, transform, places=[upper.coords[-1], at["moutai"], lower.coords[0]])
    north = _at_the_edge(at["met-chishui"], at["met-hejiang"], transform)
    onward = chain(outside, transform, places=[lower.coords[-1], at["tucheng"], at["met-chishui"], north])
    chishui = shapely.LineString(np.concatenate([upper.coords, gap[1:-1], lower.coords, onward[1:]]))
    on_chishui = {at[str(key)]: float(height) for key, height in on_the_river["elevation_m"].items()} | {north: sea}

    edge = _at_the_edge(at["st-xuyong-north"], at["met-naxi"], transform)
    yongning = shapely.LineString(chain(cost, transform, places=[at["met-xuyong"], at["st-xuyong-north"], edge]))
    on_yongning = {at[key]: level[key] for key in ("met-xuyong", "st-xuyong-north")} | {edge: sea}

    gulin = shapely.LineString(chain(cost, transform, places=[at["met-gulin"], lower.coords[-1]]))
    on_gulin = {at["met-gulin"]: level["met-gulin"], lower.coords[-1]: float(on_the_river["elevation_m"].min())}
    return [River(gulin, on_gulin), River(yongning, on_yongning), River(chishui, on_chishui)]


def _points(frame: gpd.GeoDataFrame) -> dict[str, Place]:
    return {str(key): (point.x, point.y) for key, point in frame.geometry.items()}


def _reaches(study: StudyArea) -> tuple[list[shapely.LineString], list[shapely.LineString]]:
    """Return the frontage reaches above and below the stretch where the river leaves the counties."""
    reaches = list(study.frontage.geometry)
    gaps = [shapely.distance(shapely.Point(a.coords[-1]), shapely.Point(b.coords[0])) for a, b in pairwise(reaches)]
    split = int(np.argmax(gaps)) + 1
    return reaches[:split], reaches[split:]


def _at_the_edge(start: Place, towards: Place, transform: Affine) -> Place:
    """Return where the straight line from ``start`` meets the northernmost row of cells."""
    north = transform.f + transform.e / 2
    share = (north - start[1]) / (towards[1] - start[1])
    return start[0] + share * (towards[0] - start[0]), north
