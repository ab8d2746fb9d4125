"""Lines of sight over a DEM: what observers see, who sees a place, and how clear a radio path is."""

from .curvature import EARTH_RADIUS_M, curvature_drop, curvature_factor, horizon
from .files import SightFiles, sight_files, write_viewshed
from .fitness import COARSEST_M, mast_notes
from .ground import Ground, observer_places
from .pairs import sees
from .radio import fresnel_radius, knife_edge_loss, radio_viewshed
from .sets import SightSets, sight_sets
from .viewshed import cumulative_viewshed, viewshed

__all__ = [
    "COARSEST_M",
    "EARTH_RADIUS_M",
    "Ground",
    "SightFiles",
    "SightSets",
    "cumulative_viewshed",
    "curvature_drop",
    "curvature_factor",
    "fresnel_radius",
    "horizon",
    "knife_edge_loss",
    "mast_notes",
    "observer_places",
    "radio_viewshed",
    "sees",
    "sight_files",
    "sight_sets",
    "viewshed",
    "write_viewshed",
]
