"""The main job: which analysis feeds which page, and the manifest."""

from .build import OUTPUTS, build_atlas

__all__ = ["OUTPUTS", "build_atlas"]
