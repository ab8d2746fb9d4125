"""Demonstration terrain: a modelled DEM on real block means, for running offline without a real one."""

from .build import Recipe, build_demo_dem, known_heights

__all__ = ["Recipe", "build_demo_dem", "known_heights"]
