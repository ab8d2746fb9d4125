"""What a spatial file is, and what each command will say of it, before it is used."""

from .inspect import inspect_file, inspect_files
from .report import FileReport, Use
from .shift import SURE_M, points_shifted, road_lines, roads_shifted

__all__ = [
    "SURE_M",
    "FileReport",
    "Use",
    "inspect_file",
    "inspect_files",
    "points_shifted",
    "road_lines",
    "roads_shifted",
]
