"""The main job: which analysis feeds which page, the manifest, and the sheets."""

from .build import OUTPUTS, build_atlas
from .sheets import make_sheets

__all__ = ["OUTPUTS", "build_atlas", "make_sheets"]
