"""The main job: which analysis feeds which page, the manifest, and the sheets."""

from .budget import page_weights, weight_table
from .build import OUTPUTS, build_atlas
from .sheets import make_sheets

__all__ = ["OUTPUTS", "build_atlas", "make_sheets", "page_weights", "weight_table"]
