"""Geospatial layers, analyses and offline maps for Luzhou's South Wing (叙永 Xuyong, 古蔺 Gulin).

Each subject is a room: ``nanyi_gis.terrain``, ``nanyi_gis.network``, ... A room loads when it is first named, so that
``import nanyi_gis`` takes no time.

>>> import nanyi_gis
>>> nanyi_gis.units.km2_to_wanmu(20.0)
3.0
"""

import importlib
import pkgutil
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:  # for type checkers and editors; a room that is missing here still loads
    from . import accessibility as accessibility
    from . import atlas as atlas
    from . import cli as cli
    from . import climate as climate
    from . import colours as colours
    from . import comfort as comfort
    from . import consistency as consistency
    from . import datum as datum
    from . import datum_guard as datum_guard
    from . import dem as dem
    from . import eligibility as eligibility
    from . import errors as errors
    from . import forest as forest
    from . import hazard as hazard
    from . import hydrology as hydrology
    from . import inspection as inspection
    from . import io as io
    from . import irradiation as irradiation
    from . import monitor as monitor
    from . import network as network
    from . import plan as plan
    from . import raster as raster
    from . import route as route
    from . import schematic as schematic
    from . import siting as siting
    from . import sources as sources
    from . import study as study
    from . import suitability as suitability
    from . import targets as targets
    from . import terrain as terrain
    from . import travel_time as travel_time
    from . import uncertainty as uncertainty
    from . import units as units
    from . import visibility as visibility
    from . import webmap as webmap


def __getattr__(name: str) -> ModuleType:
    if name in _rooms():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_rooms()})


def _rooms() -> list[str]:
    """Return the names of the public rooms, as they lie in the package's folder."""
    return [room.name for room in pkgutil.iter_modules(__path__) if not room.name.startswith("_")]
