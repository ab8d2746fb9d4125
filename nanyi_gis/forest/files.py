"""From land cover to a folder: forest by zone, what reference points say, which tree cover meets a stated area."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._progress import Progress, silent
from .._validation import numbers
from ..errors import DataError, ParameterError
from ..io import refuse_overlap, staged, write_csv
from ..raster import RasterFile
from ..units import km2_to_wanmu
from .cover import FOREST_CODES, check_codes, forest_areas
from .estimate import AreaEstimates, area_estimates, error_matrix
from .threshold import CoverThreshold, cover_threshold

AREAS, ESTIMATES, MATRIX, TREECOVER = "forest_areas.csv", "forest_estimates.csv", "error_matrix.csv", "treecover.csv"
FOREST_FILES = (AREAS, ESTIMATES, MATRIX, TREECOVER)
"""Names of all files of :func:`write_forest`."""

NO_BAMBOO_NOTE = (
    "satellite classes of tree cover hold orchards and do not tell bamboo from trees, while Chinese forest statistics "
    "count bamboo and named shrubs: compare the areas, not the land"
)


@dataclass(frozen=True)
class ForestFiles:
    """What a run wrote and found.

    Attributes
    ----------
    files : tuple of Path
        Files written.
    areas : DataFrame
        What ``forest_areas.csv`` holds.
    estimates : AreaEstimates or None
        With reference points.
    threshold : CoverThreshold or None
        With tree cover.
    notes : tuple of str
        What a reader must know.
    """

    files: tuple[Path, ...]
    areas: pd.DataFrame
    estimates: AreaEstimates | None
    threshold: CoverThreshold | None
    notes: tuple[str, ...]


def forest_files(*, reference: bool, treecover: bool) -> tuple[str, ...]:
    """Return the names of the files that :func:`write_forest` writes.

    >>> forest_files(reference=False, treecover=True)
    ('forest_areas.csv', 'treecover.csv')
    """
    return (AREAS, *((ESTIMATES, MATRIX) if reference else ()), *((TREECOVER,) if treecover else ()))


def write_forest(
    landcover: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    zones: gpd.GeoDataFrame | None = None,
    name_column: str | None = None,
    forest: Sequence[int] = FOREST_CODES,
    accuracy: float | None = None,
    reference: gpd.GeoDataFrame | None = None,
    reference_column: str = "reference",
    treecover: str | os.PathLike[str] | None = None,
    wanted_km2: float | None = None,
    progress: Progress | None = None,
) -> ForestFiles:
    """Write forest areas by zone, whole or not at all.

    Parameters
    ----------
    landcover, zones, name_column, forest, accuracy
        As for :func:`forest_areas`.
    out : path
        Folder for ``forest_areas.csv`` (``zone``, ``land_km2``, ``forest_km2``, ``forest_wanmu``, ``share``,
        ``low_km2``, ``high_km2``); with reference points ``forest_estimates.csv`` and ``error_matrix.csv`` (see
        :func:`area_estimates`); with tree cover ``treecover.csv`` (see :func:`cover_threshold`).
    reference : GeoDataFrame, optional
        Points, drawn at random within each class of the map, with what is there.
    reference_column : str
        Its column: a code of land cover, or 1 for forest and 0 for none.
    treecover : path, optional
        Raster of tree cover in percent.
    wanted_km2 : float, optional
        The stated area that its threshold is to meet.

    Raises
    ------
    DataError, ParameterError
        As the functions named.
    OutputError
        If the folder cannot be written.
    """
    folder, tell = Path(out), progress or silent
    names = forest_files(reference=reference is not None, treecover=treecover is not None)
    reads = {"landcover": [landcover], "treecover": [] if treecover is None else [treecover]}
    refuse_overlap(reads=reads, writes={"out": [folder / name for name in names]})
    if (treecover is None) != (wanted_km2 is None):
        raise ParameterError("a threshold takes both, a raster of tree cover and the area to meet; give both or none")
    file = RasterFile.of(landcover, kind="code")
    truth, xy = _reference(reference, reference_column, file, zones, forest)
    share = 1.0 if treecover is None else 0.5
    found = forest_areas(
        landcover,
        zones=zones,
        name_column=name_column,
        forest=forest,
        accuracy=accuracy,
        points=xy,
        progress=lambda done: tell(share * done),
    )
    estimates = None if truth is None else _estimates(found.table, found.sampled, truth, forest)
    threshold = None
    if treecover is not None and wanted_km2 is not None:
        threshold = cover_threshold(
            treecover, wanted_km2=wanted_km2, zones=zones, progress=lambda done: tell(share + share * done)
        )
    table = found.table.copy()
    table.insert(3, "forest_wanmu", km2_to_wanmu(table["forest_km2"]))
    with staged(folder) as stage:
        write_csv(table, stage / AREAS, digits=4)
        if estimates is not None:
            write_csv(estimates.table.reset_index(), stage / ESTIMATES, digits=4)
            write_csv(estimates.matrix.rename_axis("map").reset_index(), stage / MATRIX, digits=0)
        if threshold is not None:
            write_csv(threshold.curve, stage / TREECOVER, digits=4)
    tell(1.0)
    notes = [NO_BAMBOO_NOTE, *found.notes, *(threshold.notes if threshold is not None else ())]
    missed = table.loc[~(table["land_km2"] > 0), "zone"].astype(str).tolist()
    if missed:
        notes.append(f"the land cover knows nothing of {len(missed)} of {len(table)} zones: {', '.join(missed[:10])}")
    return ForestFiles(tuple(folder / name for name in names), table, estimates, threshold, tuple(notes))


def _reference(
    points: gpd.GeoDataFrame | None,
    column: str,
    file: RasterFile,
    zones: gpd.GeoDataFrame | None,
    forest: Sequence[int],
) -> tuple[npt.NDArray[np.bool_] | None, npt.NDArray[Any] | None]:
    """Return of each reference point whether it is forest, and where it lies in the raster's CRS."""
    if points is None:
        return None, None
    if points.crs is None:
        raise DataError("the reference points have no CRS; set one with set_crs")
    values = numbers(pd.DataFrame(points.drop(columns=points.geometry.name)), column, name="reference").to_numpy()
    inside = np.ones(len(points), bool)
    if zones is not None:
        land = shapely.union_all(zones.to_crs(points.crs).geometry.make_valid().to_numpy())
        inside = shapely.covers(land, points.geometry.to_numpy())
    if not inside.any():
        raise DataError(f"none of {len(points)} reference points lies in the zones; check their CRS")
    yes = {1.0} if set(np.unique(values)) <= {0.0, 1.0} else set(map(float, check_codes(forest)))
    there = points.geometry[inside].to_crs(file.grid.crs)
    return np.isin(values[inside], list(yes)), shapely.get_coordinates(there.to_numpy())


def _estimates(
    table: pd.DataFrame, sampled: npt.NDArray[np.int64], truth: npt.NDArray[np.bool_], forest: Sequence[int]
) -> AreaEstimates:
    """Return the estimate of forest and other land from the points at which the map has a code."""
    known = sampled >= 0
    if not known.any():
        raise DataError(f"none of {len(truth)} reference points lies where the land cover has a code; check their CRS")
    mapped = np.where(np.isin(sampled[known], check_codes(forest)), "forest", "other")
    reference = np.where(truth[known], "forest", "other")
    whole, trees = float(table["land_km2"].sum()), float(table["forest_km2"].sum())
    counts = error_matrix(mapped.tolist(), reference.tolist())
    counts = counts.reindex(index=["forest", "other"], columns=["forest", "other"], fill_value=0)
    return area_estimates(counts, pd.Series({"forest": trees, "other": whole - trees}))
