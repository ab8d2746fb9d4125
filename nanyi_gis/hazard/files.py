"""From a DEM to a folder: layers and tables of what was asked, whole or not at all."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from .._progress import Progress, silent
from ..errors import ParameterError
from ..io import sha256, staged, write_csv
from ..network import Graph
from ..raster import ZoneLike, write_cog
from .closures import CLOSED_SHARES, closures, road_exposure
from .factors import terrain_factors
from .inventory import read_places
from .shelters import WALK_MINUTES, Coverage, shelter_coverage
from .soil import Soil
from .stability import infinite_slope
from .susceptibility import CrossValidation, susceptibility
from .thresholds import threshold_table
from .water import specific_area

SLOPES = ("fails.tif", "factor.tif")
THRESHOLD = "threshold.csv"
MODEL = ("susceptibility.tif", "skill.csv", "roc.csv", "calibration.csv", "held_out.csv")
SHELTERS = ("walk.tif", "shelters.csv", "zones.csv")
ROADS = "roads.csv"
CLOSURES = "closures.csv"


@dataclass(frozen=True, kw_only=True)
class InventoryAsked:
    """An inventory with what its model may take; see :func:`read_places` and :func:`susceptibility`."""

    places: gpd.GeoDataFrame
    surveyed: gpd.GeoDataFrame | None = None
    layers: Mapping[str, xr.DataArray] = field(default_factory=dict)
    model: str = "logistic"
    block_m: float = 5000.0


@dataclass(frozen=True, kw_only=True)
class SheltersAsked:
    """A list of shelters with who walks to them; see :func:`shelter_coverage`."""

    places: gpd.GeoDataFrame
    people: xr.DataArray | None = None
    zones: ZoneLike | None = None
    barriers: gpd.GeoDataFrame | None = None
    minutes: Sequence[float] = WALK_MINUTES


@dataclass(frozen=True, kw_only=True)
class RoadsAsked:
    """Roads, the share of draws from which a cell is prone, and who goes where; see :func:`closures`."""

    graph: Graph
    prone: float = 0.5
    origins: gpd.GeoDataFrame | None = None
    facilities: gpd.GeoDataFrame | None = None
    shares: Sequence[float] = CLOSED_SHARES


@dataclass(frozen=True, kw_only=True)
class HazardFiles:
    """What a run wrote and found."""

    files: tuple[Path, ...]
    slopes: xr.Dataset
    skill: CrossValidation | None
    coverage: Coverage | None
    closed: pd.DataFrame | None
    notes: tuple[str, ...]


def hazard_files(
    *, threshold: bool = False, inventory: bool = False, shelters: bool = False, roads: bool = False, ways: bool = False
) -> tuple[str, ...]:
    """Return the names of the files that :func:`write_hazard` writes.

    >>> hazard_files(threshold=True)
    ('fails.tif', 'factor.tif', 'threshold.csv')
    """
    names = [*SLOPES]
    names += [THRESHOLD] if threshold else []
    names += MODEL if inventory else []
    names += SHELTERS if shelters else []
    names += [ROADS] if roads else []
    names += [CLOSURES] if roads and ways else []
    return tuple(names)


def write_hazard(
    dem: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    soil: Soil,
    samples: int = 500,
    seed: int = 0,
    flow: bool = False,
    threshold: tuple[float, float] | None = None,
    inventory: InventoryAsked | None = None,
    shelters: SheltersAsked | None = None,
    roads: RoadsAsked | None = None,
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
    progress: Progress | None = None,
) -> HazardFiles:
    """Write the infinite slope of a DEM, and beside it what else is asked, whole or not at all.

    Parameters
    ----------
    dem, soil, samples, seed
        As for :func:`infinite_slope`; the seed is that of the model too.
    out : path
        Folder for ``fails.tif`` and ``factor.tif``.
    flow : bool
        Whether the wetness follows the terrain, see :func:`specific_area`; the soil then has ``recharge_per_m``.
    threshold : (alpha, beta), optional
        Of rainfall: ``threshold.csv``, see :func:`threshold_table`.
    inventory : InventoryAsked, optional
        ``susceptibility.tif``, ``skill.csv``, ``roc.csv``, ``calibration.csv``, ``held_out.csv``.
    shelters : SheltersAsked, optional
        ``walk.tif`` (minutes), ``shelters.csv``, ``zones.csv``.
    roads : RoadsAsked, optional
        ``roads.csv``, and with origins and facilities ``closures.csv``.
    inputs : mapping, optional
        Input files by role; each is named in the tags with its SHA-256.

    Raises
    ------
    DataError, ParameterError, MissingExtraError
        As the functions named; nothing is written then.
    OutputError
        If the folder cannot be written.
    """
    tell, folder = progress or silent, Path(out)
    notes: list[str] = []
    skill = coverage = closed = None
    with staged(folder) as stage:
        table = None if threshold is None else threshold_table(alpha=threshold[0], beta=threshold[1])
        if flow and soil.recharge_per_m is None:
            raise ParameterError("wetness follows the flow, but the soil has no recharge_per_m = [low, high]; add it")
        area = specific_area(dem) if flow else None
        found = infinite_slope(dem, soil=soil, samples=samples, seed=seed, specific_area=area)
        tags = _tags(found, soil, inputs or {})
        titles = ("share of draws of assumed soil in which the slope fails", "median factor of safety")
        for layer, name, title in zip(("fails", "factor"), SLOPES, titles, strict=True):
            write_cog(found[layer], stage / name, tags={"TITLE": title, **tags}, overview_resampling="average")
        tell(0.2)
        if table is not None:
            write_csv(table, stage / THRESHOLD, digits=3)
        if inventory is not None:
            places = read_places(
                inventory.places, dem, surveyed=inventory.surveyed, block_m=inventory.block_m, seed=seed
            )
            notes += places.notes
            factors = terrain_factors(dem, layers=inventory.layers)
            chance, skill = susceptibility(
                places, factors, model=inventory.model, seed=seed, progress=lambda share: tell(0.2 + 0.4 * share)
            )
            about = {"TITLE": "relative susceptibility by a model of the inventory", "MODEL": inventory.model}
            about |= {**tags, "VALIDATION": str(chance.attrs["validation"])}
            write_cog(chance, stage / MODEL[0], tags=about, overview_resampling="average")
            tables = (skill_table(skill), skill.roc, skill.calibration, skill.held_out)
            for name, one in zip(MODEL[1:], tables, strict=True):
                write_csv(one, stage / name, digits=4)
        tell(0.6)
        if shelters is not None:
            coverage = shelter_coverage(
                dem,
                shelters.places,
                people=shelters.people,
                zones=shelters.zones,
                barriers=shelters.barriers,
                minutes=shelters.minutes,
                progress=lambda share: tell(0.6 + 0.2 * share),
            )
            about = {"TITLE": "walk to the nearest shelter of the list", "UNITS": "minutes", **_made(inputs or {})}
            write_cog(coverage.walk, stage / SHELTERS[0], tags=about, overview_resampling="nearest")
            write_csv(coverage.shelters, stage / SHELTERS[1], digits=3)
            write_csv(coverage.zones, stage / SHELTERS[2], digits=3)
        tell(0.8)
        ways = roads is not None and roads.origins is not None and roads.facilities is not None
        if roads is not None:
            exposure = road_exposure(roads.graph, found["fails"], limit=roads.prone)
            write_csv(exposure, stage / ROADS, digits=4)
            if roads.origins is not None and roads.facilities is not None:
                closed = closures(roads.graph, exposure, roads.origins, roads.facilities, shares=roads.shares)
                write_csv(closed, stage / CLOSURES, digits=3)
    tell(1.0)
    names = hazard_files(
        threshold=threshold is not None,
        inventory=inventory is not None,
        shelters=shelters is not None,
        roads=roads is not None,
        ways=ways,
    )
    return HazardFiles(
        files=tuple(folder / name for name in names),
        slopes=found,
        skill=skill,
        coverage=coverage,
        closed=closed,
        notes=tuple(notes),
    )


def skill_table(skill: CrossValidation) -> pd.DataFrame:
    """Return the areas under the ROC of a model and of slope, and the gain, a row each with its interval."""
    rows = [
        (skill.model, skill.auc, skill.auc_low, skill.auc_high, 0.95),
        ("slope alone", skill.slope_auc, skill.slope_low, skill.slope_high, 0.95),
        ("gain", skill.gain, skill.gain_low, skill.gain_high, 0.90),
    ]
    table = pd.DataFrame(rows, columns=["what", "auc", "low", "high", "level"])
    return table.assign(
        slides=skill.slides, places=skill.places, blocks=skill.blocks, folds=skill.folds, brier=skill.brier
    )


def _tags(found: xr.Dataset, soil: Soil, inputs: Mapping[str, str | os.PathLike[str]]) -> dict[str, str]:
    intervals: dict[str, Any] = {
        name.upper(): f"{low:g} to {high:g}"
        for name, (low, high) in {
            "cohesion_kpa": soil.cohesion_kpa,
            "friction_deg": soil.friction_deg,
            "depth_m": soil.depth_m,
            "unit_weight_kn_m3": soil.unit_weight_kn_m3,
        }.items()
    }
    return {
        "METHOD": "infinite slope (Skempton and DeLory 1957), uniform draws, one of each for the whole raster",
        **intervals,
        "WETNESS": str(found.attrs["water"]),
        "SOIL_SOURCE": soil.source or "not stated",
        "SAMPLES": str(found.attrs["samples"]),
        "SEED": str(found.attrs["seed"]),
        "VALIDATION": str(found.attrs["validation"]),
        **_made(inputs),
    }


def _made(inputs: Mapping[str, str | os.PathLike[str]]) -> dict[str, str]:
    """Return with what and of which files a layer was made."""
    from .. import __version__

    files = {role: Path(path) for role, path in inputs.items()}
    return {
        "EVIDENCE": "modelled",
        "SOFTWARE": f"nanyi_gis {__version__}",
        **{role: path.name for role, path in files.items()},
        **{f"{role}_SHA256": sha256(path) for role, path in files.items() if path.is_file()},
    }
