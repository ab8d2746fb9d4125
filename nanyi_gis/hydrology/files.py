"""From a DEM to a folder: where water flows and stands, streams, depressions, a reservoir and a screening of floods."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from .._progress import Progress, silent
from .._validation import check_choice, check_positive
from ..errors import ParameterError
from ..io import sha256, staged, write_csv, write_gpkg
from ..raster import Grid, write_cog
from .below import below_levels
from .burn import burn, cell_width, refuse_coarse_hand
from .depressions import COARSE_M, Keep, closed_basins, depressions
from .drainage import DEPRESSIONS as DEPRESSIONS_MADE
from .drainage import METHODS, drainage
from .flood import flood_depth, flood_notes
from .flow import catchment_polygons, catchments, height_above
from .places import line_cells
from .reservoir import Reservoir, reservoir
from .streams import check_threshold, default_threshold, stream_links, streams

FILLED, DIRECTION, ACCUMULATION, HAND = "filled.tif", "direction.tif", "accumulation.tif", "hand.tif"
STREAMS, DEPRESSIONS, DEPRESSION_TABLE = "streams.gpkg", "depressions.gpkg", "depressions.csv"
RESERVOIR, RESERVOIR_TABLE, FLOOD = "reservoir.gpkg", "reservoir.csv", "flood.tif"

_DEEP_M = 30.0


@dataclass(frozen=True)
class HydrologyFiles:
    """What a run wrote and found.

    Attributes
    ----------
    files : tuple of Path
        Files written.
    streams : GeoDataFrame
        See :func:`streams`.
    depressions : GeoDataFrame
        See :func:`depressions`.
    reservoir : DataFrame or None
        What ``reservoir.csv`` holds.
    notes : tuple of str
        What a reader must know.
    """

    files: tuple[Path, ...]
    streams: gpd.GeoDataFrame
    depressions: gpd.GeoDataFrame
    reservoir: pd.DataFrame | None
    notes: tuple[str, ...]


def hydrology_files(*, dam: bool = False, stage: bool = False) -> tuple[str, ...]:
    """Return the names of the files that :func:`write_hydrology` writes.

    >>> hydrology_files(stage=True)[-1]
    'flood.tif'
    """
    names = [FILLED, DIRECTION, ACCUMULATION, HAND, STREAMS, DEPRESSIONS, DEPRESSION_TABLE]
    return (*names, *([RESERVOIR, RESERVOIR_TABLE] if dam else []), *([FLOOD] if stage else []))


def write_hydrology(
    dem: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    streams_km2: float | None = None,
    method: str = "d8",
    ways: str = "fill",
    keep: Keep | None = None,
    rivers: gpd.GeoDataFrame | None = None,
    coarse: bool = False,
    dam: tuple[float, float, float] | gpd.GeoDataFrame | None = None,
    crest: float | None = None,
    people: xr.DataArray | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    roads: gpd.GeoDataFrame | None = None,
    stage: float | None = None,
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
    progress: Progress | None = None,
) -> HydrologyFiles:
    """Write where water flows and stands on a DEM, whole or not at all.

    Parameters
    ----------
    dem : DataArray
        Heights in metres, projected or in degrees.
    out : path
        Folder for ``filled.tif`` (m, the surface on which every cell drains), ``direction.tif`` (ESRI codes, 0 where it
        leaves the raster, 255 nodata), ``accumulation.tif`` (cells, itself included), ``hand.tif`` (m above the
        stream), ``streams.gpkg`` (layers ``streams`` and ``catchments``), ``depressions.gpkg`` and ``.csv``.
    streams_km2 : float, optional
        Land from which a stream begins; 1, or a hundredth of a smaller DEM.
    method : {"d8", "dinf"}
        How accumulation is summed, as for :func:`drainage`; directions, streams and heights above them are those of d8.
    ways : {"fill", "breach"}
        What is done with depressions that are not kept.
    keep : Keep, optional
        Which depressions stay closed basins, in which water ends.
    rivers : GeoDataFrame of lines, optional
        Burned in before, see :func:`burn`; a screening of floods is then along them alone.
    coarse : bool
        Heights above the drainage also on cells over 100 m without rivers.
    dam, crest
        As for :func:`reservoir`; adds ``reservoir.gpkg`` (the water at 20 levels, and the dam) and ``reservoir.csv``.
    people, weight, roads
        As for :func:`below_level`; adds columns to ``reservoir.csv``.
    stage : float, optional
        Adds ``flood.tif``: metres of water, see :func:`flood_depth`.
    inputs : mapping, optional
        Input files by role; each is named in the tags with its SHA-256.

    Returns
    -------
    HydrologyFiles

    Raises
    ------
    DataError, ParameterError
        As the functions above; nothing is written then.
    OutputError
        If the folder cannot be written.
    """
    tell, folder = progress or silent, Path(out)
    grid = Grid.of(dem)
    threshold = default_threshold(grid) if streams_km2 is None else check_threshold(streams_km2, grid)
    if stage is not None:
        check_positive(stage, name="stage", unit="m")
    refuse_coarse_hand(grid, burned=rivers is not None, coarse=coarse)
    water = None if dam is None else reservoir(dem, dam, crest=crest)
    curve = None if water is None else _curve(water, people=people, weight=weight, roads=roads)
    tell(0.1)
    ground = dem if rivers is None else burn(dem, rivers)
    check_choice(method, METHODS, name="method")
    check_choice(ways, DEPRESSIONS_MADE, name="depressions")
    asked: dict[str, Any] = {"streams_km2": threshold, "true_area": True}
    drained = drainage(ground, depressions="fill", progress=lambda share: tell(0.1 + 0.3 * share), **asked)
    hollows = depressions(ground, drained["filled"], keep=keep)
    kept = int(hollows["kept"].sum())
    fixed = closed_basins(hollows, grid) if kept else None
    if kept or ways != "fill":
        drained = drainage(
            ground, depressions=ways, fixed=fixed, progress=lambda share: tell(0.4 + 0.3 * share), **asked
        )
    shared = drainage(ground, method=method, depressions=ways, fixed=fixed) if method != "d8" else drained
    network = streams(drained, km2=threshold)
    areas = catchment_polygons(catchments(drained["direction"], outlets=stream_links(drained, km2=threshold)))
    tell(0.8)
    hand = drained["hand"]
    tags = _tags(shared, inputs or {}, threshold=threshold, kept=kept, rivers=rivers is not None)
    with staged(folder) as stage_folder:
        _write_rasters(drained.assign(accumulation=shared["accumulation"]), stage_folder, tags)
        layers = {"streams": network, "catchments": areas.rename(columns={"catchment": "stream"})}
        write_gpkg(layers, stage_folder / STREAMS)
        write_gpkg({"depressions": hollows}, stage_folder / DEPRESSIONS)
        write_csv(pd.DataFrame(hollows.drop(columns="geometry")), stage_folder / DEPRESSION_TABLE, digits=6)
        if water is not None and curve is not None:
            shapes = water.polygons()
            full = gpd.GeoDataFrame(curve, geometry=shapes.geometry.to_numpy(), crs=shapes.crs)
            line = {"crest_m": [water.dam.crest_m], "length_m": [water.dam.length_m]}
            wall = gpd.GeoDataFrame(line, geometry=[water.dam.line], crs=shapes.crs)
            write_gpkg({"reservoir": full, "dam": wall}, stage_folder / RESERVOIR)
            write_csv(curve, stage_folder / RESERVOIR_TABLE, digits=4)
        if stage is not None:
            if rivers is not None:
                marked = np.zeros(grid.shape, bool)
                marked.ravel()[line_cells(rivers, grid, name="rivers")] = True
                hand = height_above(drained["filled"], drained["direction"], to=grid.array(marked))
            flood = flood_depth(hand, stage=stage)
            _write(flood, stage_folder / FLOOD, tags, title="screening of floods", STAGE_M=f"{stage:g}")
    tell(1.0)
    names = hydrology_files(dam=dam is not None, stage=stage is not None)
    notes = _notes(grid, hollows, drained.attrs, burned=rivers is not None)
    if stage is not None:
        notes += flood_notes(grid)
    return HydrologyFiles(tuple(folder / name for name in names), network, hollows, curve, tuple(notes))


def _curve(
    water: Reservoir,
    *,
    people: xr.DataArray | gpd.GeoDataFrame | None,
    weight: str | None,
    roads: gpd.GeoDataFrame | None,
) -> pd.DataFrame:
    table = water.curve()
    found = below_levels(water, table["level_m"].to_numpy(), people=people, weight=weight, roads=roads)
    return pd.concat([table, found], axis=1)


def _notes(grid: Grid, hollows: gpd.GeoDataFrame, told: Mapping[Any, Any], *, burned: bool) -> list[str]:
    # the drainage counts pits, of which a depression may hold many; here the depressions are told instead
    notes = [note for note in told["notes"] if "hollows" not in note]
    kept = hollows["kept"]
    if len(hollows):
        what = "raised" if told["depressions"] == "fill" else "cut"
        notes.append(
            f"{len(hollows):,} depressions, the deepest {hollows['depth_m'].iloc[0]:.1f} m; {kept.sum():,} kept "
            f"as closed basins; {told['cells_changed']:,} cells {what} by {_volume(told):,.3g} million m3; in karst "
            "some are real: see depressions.csv"
        )
    deep = int((hollows["depth_m"] > _DEEP_M).sum())
    if cell_width(grid) > COARSE_M and deep:
        also = "" if burned else "; add --rivers to open them"
        notes.append(
            f"cells of {cell_width(grid):.0f} m: gorges look like dams, so the {deep:,} depressions deeper than "
            f"{_DEEP_M:g} m are mostly none{also}"
        )
    return notes


def _volume(told: Mapping[Any, Any]) -> float:
    return float(told["raised_m3"] + told["lowered_m3"]) / 1e6


def _write_rasters(drained: xr.Dataset, folder: Path, tags: Mapping[str, str]) -> None:
    _write(drained["filled"], folder / FILLED, tags, title="surface on which every cell drains")
    _write(
        drained["direction"],
        folder / DIRECTION,
        tags,
        title="where each cell drains to",
        CODES="E 1, SE 2, S 4, SW 8, W 16, NW 32, N 64, NE 128; 0 leaves the raster",
    )
    _write(drained["accumulation"], folder / ACCUMULATION, tags, title="cells that drain through, itself included")
    _write(drained["hand"], folder / HAND, tags, title="height above the nearest drainage along the flow")


def _write(data: xr.DataArray, path: Path, tags: Mapping[str, str], *, title: str, **more: str) -> None:
    plain = data.transpose("y", "x")
    unit = {"UNITS": str(plain.attrs.get("units", "1"))}
    write_cog(plain, path, tags={"TITLE": title, **unit, **more, **tags}, overview_resampling="nearest")


def _tags(
    drained: xr.Dataset,
    inputs: Mapping[str, str | os.PathLike[str]],
    *,
    threshold: float,
    kept: int,
    rivers: bool,
) -> dict[str, str]:
    from .. import __version__

    attrs = drained.attrs
    files = {role: Path(path) for role, path in inputs.items()}
    return {
        "FLOW_METHOD": str(attrs["method"]),
        "DEPRESSION_METHOD": str(attrs["depressions"]),
        "DEPRESSIONS_KEPT": str(kept),
        "STREAMS_KM2": f"{threshold:g}",
        "RIVERS_BURNED": "yes" if rivers else "no",
        "RAISED_M3": f"{attrs['raised_m3']:.0f}",
        "LOWERED_M3": f"{attrs['lowered_m3']:.0f}",
        "CELLS_CHANGED": str(attrs["cells_changed"]),
        "EVIDENCE": "modelled",
        "SOFTWARE": f"nanyi_gis {__version__}",
        **{role: path.name for role, path in files.items()},
        **{f"{role}_SHA256": sha256(path) for role, path in files.items() if path.is_file()},
    }


def check_dam(text: str) -> tuple[float, float, float]:
    """Return longitude, latitude and height of a dam from ``LON,LAT,HEIGHT``.

    Raises
    ------
    ParameterError
        If it is not three numbers.

    >>> check_dam("105.4,28.1,60")
    (105.4, 28.1, 60.0)
    """
    parts = text.replace("\uff0c", ",").split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != 3:
        raise ParameterError(f"dam is {text!r}, but must be LON,LAT,HEIGHT, e.g. 105.44,28.16,60")
    return numbers[0], numbers[1], numbers[2]
