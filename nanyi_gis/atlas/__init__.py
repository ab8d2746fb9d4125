"""The main job: which analysis feeds which page, and the manifest."""

from .build import build_atlas

__all__ = ["build_atlas"]
