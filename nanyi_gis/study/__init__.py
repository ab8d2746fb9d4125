"""A study: a folder that names its counties, places, plan, crops, bands and working CRS."""

from ..units import km2_to_wanmu
from .area import StudyArea
from .census import Census, read_census
from .grid import CRS, Bounds, Grid
from .load import load_study
from .measure import geodesic_area_km2
from .record import StudyRecord, read_record
from .template import write_template

__all__ = [
    "CRS",
    "Bounds",
    "Census",
    "Grid",
    "StudyArea",
    "StudyRecord",
    "geodesic_area_km2",
    "km2_to_wanmu",
    "load_study",
    "read_census",
    "read_record",
    "write_template",
]
