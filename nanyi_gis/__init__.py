"""Geospatial layers, analyses and offline maps for Luzhou's South Wing (叙永 Xuyong, 古蔺 Gulin)."""

__version__ = "0.1.0"
