"""From exclusions to a folder: the land that is left, what each rule costs, sites, and the plan's megawatts."""

import datetime
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from .._progress import Progress
from ..io import sha256, staged, write_csv, write_gpkg
from ..raster import Grid, Zones, write_cog
from ..suitability import LandUse
from .capacity import capacity, needs_table
from .costs import Costs, exclusion_costs
from .eligible import ELIGIBLE, EXCLUDED, UNKNOWN, eligible
from .layers import LayerLike
from .sites import sites

_COLOURS = {EXCLUDED: (236, 236, 236), ELIGIBLE: (38, 130, 142)}
_NAMES = {EXCLUDED: "excluded", ELIGIBLE: "eligible"}
_NOT_KNOWN = (
    "distance to the grid, its room for more, owners and prices are not known here; sites are places to look at, "
    "not permits"
)
_WHOLE = 0.95  # of a zone: the rim of a DEM, where no slope is known, may be missing


@dataclass(frozen=True)
class LandFiles:
    """What was written, and what it holds: costs of the exclusions, megawatts against the plan, sites, notes."""

    files: tuple[Path, ...]
    found: xr.Dataset
    costs: Costs
    capacity: pd.DataFrame
    sites: gpd.GeoDataFrame
    notes: tuple[str, ...]


def land_files(uses: Iterable[str]) -> list[str]:
    """Return the names of the files that :func:`write_eligibility` writes for uses by their ids.

    >>> land_files(["pv"])[:3]
    ['eligible_pv.tif', 'exclusions_pv.csv', 'overlaps_pv.csv']
    """
    names = ("eligible_{}.tif", "exclusions_{}.csv", "overlaps_{}.csv", "capacity_{}.csv", "sites_{}.gpkg")
    return [name.format(use) for use in uses for name in names]


def write_eligibility(
    dem: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    use: LandUse,
    layers: Mapping[str, LayerLike] | None = None,
    as_of: datetime.date | str,
    setbacks: Mapping[str, float] | None = None,
    zones: gpd.GeoDataFrame | None = None,
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
    progress: Progress | None = None,
) -> LandFiles:
    """Write which land a use may take, what each exclusion costs, and sites, whole or not at all.

    Parameters
    ----------
    dem, layers, as_of, setbacks, progress
        As for :func:`eligible`.
    out : path
        Folder for ``eligible_<use>.tif`` (1 eligible, 0 excluded, 255 unknown), ``exclusions_<use>.csv`` and
        ``overlaps_<use>.csv`` (km² by zone, see :class:`Costs`), ``capacity_<use>.csv`` (land and megawatts by zone,
        with what the plan wants where the use names it) and ``sites_<use>.gpkg``.
    use : LandUse
        With exclusions.
    zones : GeoDataFrame, optional
        Polygons with names; the whole DEM if not given.
    inputs : mapping, optional
        Input files by role; each is named in the tags with its SHA-256.

    Raises
    ------
    DataError, ParameterError
        As :func:`eligible` and :func:`exclusion_costs`.
    OutputError
        If the folder cannot be written.
    """
    folder, rules = Path(out), use.land
    found = eligible(
        dem, exclusions=rules.exclusions, layers=layers, as_of=as_of, setbacks=setbacks, progress=progress
    )  # fmt: skip
    costs = exclusion_costs(found, zones=zones)
    pieces = sites(found, minimum_ha=rules.minimum_ha, ha_per_mw=rules.ha_per_mw, zones=zones)
    partly = judged_in_part(costs, zones, grid=Grid.of(found["eligible"]))
    table = _capacity(use, costs, found, partly=partly)
    notes = (*found.attrs["notes"], *_part_notes(partly), *_density_note(use), _NOT_KNOWN)
    eligible_tif, exclusions, overlaps, capacities, places = land_files([use.id])
    with staged(folder) as stage:
        write_cog(
            found["eligible"],
            stage / eligible_tif,
            nodata=UNKNOWN,
            categories=_NAMES,
            colours=_COLOURS,
            tags=_tags(use, found, notes, inputs or {}),
        )
        write_csv(_explained(costs.table(), use, found), stage / exclusions, digits=4)
        write_csv(costs.overlaps(), stage / overlaps, digits=4)
        write_csv(table, stage / capacities, digits=4)
        noted = pieces.assign(upper_bound=found.attrs["upper_bound"], as_of=found.attrs["as_of"], note=_NOT_KNOWN)
        write_gpkg({f"sites_{use.id}": noted}, stage / places)
    files = tuple(folder / name for name in land_files([use.id]))
    return LandFiles(files, found, costs, table, pieces, notes)


def judged_in_part(costs: Costs, zones: gpd.GeoDataFrame | None, *, grid: Grid) -> dict[str, float]:
    """Return the share that was judged of each zone of which more than a twentieth was not.

    ``zones`` are those of ``costs``, in the same order; without zones nothing is known of them.
    """
    if zones is None:
        return {}
    shapes = [gpd.GeoSeries(list(own), crs=grid.crs) for own in Zones.of(zones, grid).shapes or ()]
    whole = [own.to_crs("EPSG:6933").area.sum() / 1e6 for own in shapes]  # an equal-area projection
    parts = zip(map(str, costs.zones), costs.judged_km2.tolist(), whole, strict=True)
    return {name: judged / km2 for name, judged, km2 in parts if km2 > 0 and judged < _WHOLE * km2}


def _part_notes(partly: Mapping[str, float]) -> tuple[str, ...]:
    if not partly:
        return ()
    named = ", ".join(f"{name} ({share:.1%})" for name, share in partly.items())
    return (f"of these zones only a part was judged, and what is said of them holds for that part: {named}",)


def _capacity(use: LandUse, costs: Costs, found: xr.Dataset, *, partly: Mapping[str, float]) -> pd.DataFrame:
    """Return land and megawatts by zone; with the plan's, where the use names them."""
    rules, land = use.land, costs.land()
    if rules.ha_per_mw is None:
        return land.assign(upper_bound=found.attrs["upper_bound"])
    if rules.needs and {need.zone for need in rules.needs} <= set(map(str, costs.zones)):
        by_zone = dict(zip(map(str, costs.zones), costs.eligible_km2.tolist(), strict=True))
        table = needs_table(
            rules.needs, by_zone, ha_per_mw=rules.ha_per_mw, upper_bound=found.attrs["upper_bound"], partly=partly
        )
        rest = land[~land["zone"].isin(table["zone"])]
    else:
        table, rest = pd.DataFrame(), land
    ends = [capacity(area, ha_per_mw=rules.ha_per_mw) for area in rest["eligible_km2"]]
    beside = rest.drop(columns="judged_km2").assign(
        mw_low=[low for low, _ in ends], mw_high=[high for _, high in ends], upper_bound=found.attrs["upper_bound"]
    )
    return pd.concat([part for part in (table, beside) if len(part)], ignore_index=True)


def _explained(table: pd.DataFrame, use: LandUse, found: xr.Dataset) -> pd.DataFrame:
    """Return the costs with names, distances, days, clauses, sources and evidence of the rules."""
    rules = {rule.id: rule for rule in use.land.exclusions}
    own = [rules[name] for name in table["exclusion"]]
    return table.assign(
        name_zh=[rule.name_zh for rule in own],
        name_en=[rule.name_en for rule in own],
        buffer_m=[found.attrs["buffers"].get(rule.id) for rule in own],
        holds_from=[rule.first.isoformat() if rule.first else "" for rule in own],
        holds_to=[rule.last.isoformat() if rule.last else "" for rule in own],
        as_of=found.attrs["as_of"],
        clause=[rule.clause for rule in own],
        source=[rule.source for rule in own],
        evidence=[rule.evidence for rule in own],
        note=[rule.note for rule in own],
    )


def _density_note(use: LandUse) -> tuple[str, ...]:
    if use.land.ha_per_mw is None:
        return ()
    low, high = use.land.ha_per_mw
    return (f"megawatts at {low:g} to {high:g} ha/MW: {use.land.density_source or 'no source given'}",)


def _tags(
    use: LandUse, found: xr.Dataset, notes: tuple[str, ...], inputs: Mapping[str, str | os.PathLike[str]]
) -> dict[str, str]:
    from .. import __version__

    bound = "upper bound: not every rule was judged" if found.attrs["upper_bound"] else "every rule in force was judged"
    tags: dict[str, Any] = {
        "TITLE": f"land eligible for {use.name_en} on {found.attrs['as_of']} ({bound})",
        "AS_OF": found.attrs["as_of"],
        "UPPER_BOUND": "yes" if found.attrs["upper_bound"] else "no",
        "EXCLUSIONS": "; ".join(f"{name}: {state}" for name, state in found.attrs["states"].items()),
        "BUFFERS_M": "; ".join(f"{name}: {metres:g}" for name, metres in found.attrs["buffers"].items()),
        "NOTES": "; ".join(notes),
        "EVIDENCE": "modelled",
        "SOFTWARE": f"nanyi_gis {__version__}",
    }
    files = {role: Path(path) for role, path in inputs.items()}
    return tags | {
        **{role: path.name for role, path in files.items()},
        **{f"{role}_SHA256": sha256(path) for role, path in files.items() if path.is_file()},
    }
