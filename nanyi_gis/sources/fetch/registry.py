"""The kinds of data that can be fetched: a new one is a module of its own and one line here."""

from collections.abc import Mapping

from .dem import DEM
from .source import Kind

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (DEM,)}
"""Kinds by the name of their command."""
