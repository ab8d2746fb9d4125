"""The raster door: grids, physical values of any file, true areas, zones, strips, and COGs out."""

from .aligned import read_aligned
from .areas import Areas, cell_areas, geodesic_area_km2
from .cog import Colour, like, write_cog
from .cog_writer import GDAL_ERRORS, CogWriter, category_tags
from .file import KINDS, RASTER_SUFFIXES, RasterFile, Reader, open_raster
from .findings import Findings, Zeros
from .grid import Bounds, Floats, Grid, check_raster, horizontal_crs
from .header import Header, read_header
from .heights import CAUSES, HIGHEST_M, LOWEST_M, METRES, Elevations, elevations, read_unit
from .mosaic import Mosaic, group_tiles, hold_tiles, mosaic, pixel_size, survey, window_of
from .sample import WHOLE_CELLS, Sample, sample
from .setback import within_distance
from .shapes import plain_shapes
from .strips import in_strips, processors, strips
from .suspect import refuse_blank, refuse_other_unit, suspect_unit
from .whole import hold_whole, read_raster
from .zones import WHOLE, ZoneLike, Zones, ZoneSums, coded_zones, row_blocks, zone_names

__all__ = [
    "CAUSES",
    "GDAL_ERRORS",
    "HIGHEST_M",
    "KINDS",
    "LOWEST_M",
    "METRES",
    "RASTER_SUFFIXES",
    "WHOLE",
    "WHOLE_CELLS",
    "Areas",
    "Bounds",
    "CogWriter",
    "Colour",
    "Elevations",
    "Findings",
    "Floats",
    "Grid",
    "Header",
    "Mosaic",
    "RasterFile",
    "Reader",
    "Sample",
    "Zeros",
    "ZoneLike",
    "ZoneSums",
    "Zones",
    "category_tags",
    "cell_areas",
    "check_raster",
    "coded_zones",
    "elevations",
    "geodesic_area_km2",
    "group_tiles",
    "hold_tiles",
    "hold_whole",
    "horizontal_crs",
    "in_strips",
    "like",
    "mosaic",
    "open_raster",
    "pixel_size",
    "plain_shapes",
    "processors",
    "read_aligned",
    "read_header",
    "read_raster",
    "read_unit",
    "refuse_blank",
    "refuse_other_unit",
    "row_blocks",
    "sample",
    "strips",
    "survey",
    "suspect_unit",
    "window_of",
    "within_distance",
    "write_cog",
    "zone_names",
]
