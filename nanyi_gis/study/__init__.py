"""A study: a folder that names its counties, places, plan, crops, bands and working CRS."""

from ..raster import Bounds, Grid, geodesic_area_km2
from ..units import km2_to_wanmu
from .area import CRS, StudyArea
from .census import Census, TownshipPeople, read_census
from .load import load_study
from .record import FILE, StudyRecord, read_record, study_files
from .template import write_template

__all__ = [
    "CRS",
    "FILE",
    "Bounds",
    "Census",
    "Grid",
    "StudyArea",
    "StudyRecord",
    "TownshipPeople",
    "geodesic_area_km2",
    "km2_to_wanmu",
    "load_study",
    "read_census",
    "read_record",
    "study_files",
    "write_template",
]
