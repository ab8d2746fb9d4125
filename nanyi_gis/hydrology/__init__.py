"""Water on terrain: where it flows and stands, its streams and catchments, reservoirs, and what a flood may reach."""

from .below import below_level, below_levels
from .burn import burn, cell_width, refuse_coarse_hand
from .dam import Dam
from .depressions import COARSE_M, Keep, closed_basins, depressions
from .drainage import drainage
from .files import HydrologyFiles, check_dam, hydrology_files, write_hydrology
from .flood import FINEST_DESIGN_M, flood_depth, flood_notes
from .flow import catchment_polygons, catchments, flow_distance, height_above, receivers
from .reservoir import Reservoir, dam_candidates, reservoir
from .streams import check_threshold, default_threshold, stream_cells, stream_links, streams, upstream_km2

__all__ = [
    "COARSE_M",
    "FINEST_DESIGN_M",
    "Dam",
    "HydrologyFiles",
    "Keep",
    "Reservoir",
    "below_level",
    "below_levels",
    "burn",
    "catchment_polygons",
    "catchments",
    "cell_width",
    "check_dam",
    "check_threshold",
    "closed_basins",
    "dam_candidates",
    "default_threshold",
    "depressions",
    "drainage",
    "flood_depth",
    "flood_notes",
    "flow_distance",
    "height_above",
    "hydrology_files",
    "receivers",
    "refuse_coarse_hand",
    "reservoir",
    "stream_cells",
    "stream_links",
    "streams",
    "upstream_km2",
    "write_hydrology",
]
