"""What a spatial file is, and what each command will say of it, before it is used."""

from .inspect import inspect_file, inspect_files
from .report import FileReport, Use
from .shift import points_shifted, road_lines, roads_shifted

__all__ = [
    "FileReport",
    "Use",
    "inspect_file",
    "inspect_files",
    "points_shifted",
    "road_lines",
    "roads_shifted",
]
