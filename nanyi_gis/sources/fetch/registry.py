"""The kinds of data that can be fetched: a new one is a module of its own and one line here."""

from collections.abc import Mapping

from .boundaries import BOUNDARIES
from .climate import CLIMATE
from .dem import DEM
from .landcover import LANDCOVER
from .population import POPULATION
from .roads import ROADS
from .source import Kind

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (DEM, ROADS, LANDCOVER, POPULATION, CLIMATE, BOUNDARIES)}
"""Kinds by the name of their command."""
