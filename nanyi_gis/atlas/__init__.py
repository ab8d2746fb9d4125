"""The main job: which analysis feeds which page, the manifest, and the sheets."""

from .budget import page_weights, weight_table
from .build import OUTPUTS, build_atlas
from .monitor import PAGES, write_monitor_page, write_notices
from .sheets import make_sheets

__all__ = [
    "OUTPUTS",
    "PAGES",
    "build_atlas",
    "make_sheets",
    "page_weights",
    "weight_table",
    "write_monitor_page",
    "write_notices",
]
