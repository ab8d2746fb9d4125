"""From observers to a folder: who sees a cell, and what each observer sees."""

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
from ..io import plain_columns, sha256, staged, write_csv
from ..raster import Areas, write_cog
from .ground import Float, Ground, Int, Stands
from .radio import radio_viewshed, wavelength
from .viewshed import viewshed

VISIBLE, OBSERVERS = "visible.tif", "observers.csv"
CLEAR, LOSS = "clear.tif", "loss.tif"

_RULE = (
    "exact line of sight between cell centres, sampled where it crosses columns (rows when steeper), linear between "
    "two cells; NaN blocks"
)
_KNIFE = "least J(v) of ITU-R P.526 over the observers, single knife edge at the worst sample"


@dataclass(frozen=True)
class SightFiles:
    """What a run wrote and found.

    Attributes
    ----------
    files : tuple of Path
        Files written.
    observers : DataFrame
        What ``observers.csv`` holds.
    seen_km2 : float
        True area that at least one observer sees.
    """

    files: tuple[Path, ...]
    observers: pd.DataFrame
    seen_km2: float

    @property
    def mean_km2(self) -> float:
        """True area that an observer sees on average."""
        return float(self.observers["km2_seen"].mean())


def sight_files(*, radio: bool) -> tuple[str, ...]:
    """Return the names of the files that :func:`write_viewshed` writes.

    >>> sight_files(radio=False)
    ('visible.tif', 'observers.csv')
    """
    return (VISIBLE, OBSERVERS, CLEAR, LOSS) if radio else (VISIBLE, OBSERVERS)


def write_viewshed(
    dem: xr.DataArray,
    observers: gpd.GeoDataFrame,
    out: str | os.PathLike[str],
    *,
    height: float = 30.0,
    target_height: float = 1.5,
    radius: float,
    curvature: str | float = "light",
    frequency_mhz: float | None = None,
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
    progress: Progress | None = None,
) -> SightFiles:
    """Write how many observers see each cell, and what each of them sees, whole or not at all.

    Parameters
    ----------
    dem, observers, height, target_height, radius, curvature, progress
        As for :func:`viewshed`.
    out : path
        Folder for ``visible.tif`` (count of observers, a COG with nodata where the DEM has no height) and
        ``observers.csv``: ``observer`` (from 0), the columns of the observers, ``x``, ``y`` (centre of its cell in the
        DEM's CRS), ``moved_m`` (from its place to there), ``ground_m``, ``cells_seen``, ``km2_seen``,
        ``cells_unknown`` (blocked by unknown heights alone).
    frequency_mhz : float, optional
        If given, also ``clear.tif`` (count of observers to which 0.6 of the first Fresnel zone is clear), ``loss.tif``
        (least knife-edge loss in dB), and ``cells_clear``, ``km2_clear`` in the table.
    inputs : mapping, optional
        Input files by role; each is named in the tags with its SHA-256.

    Returns
    -------
    SightFiles

    Raises
    ------
    DataError, ParameterError
        As :func:`viewshed`.
    OutputError
        If the folder cannot be written.
    """
    tell, folder = progress or silent, Path(out)
    half = 0.9 if frequency_mhz is None else 0.25
    if frequency_mhz is not None:
        wavelength(frequency_mhz)  # refuses it before the long work
    options: dict[str, Any] = {
        "height": height,
        "target_height": target_height,
        "radius": radius,
        "curvature": curvature,
    }
    with staged(folder) as stage:
        visible = viewshed(dem, observers, progress=lambda share: tell(half * share), **options)
        ground = Ground.of(dem)
        areas = Areas.of(ground.grid)
        table = _table(observers, ground, areas)
        cell = table.pop("km2")
        table["cells_seen"] = visible.attrs["cells_seen"]
        table["km2_seen"] = table["cells_seen"] * cell
        table["cells_unknown"] = visible.attrs["cells_unknown"]
        tags = _tags(visible, inputs or {}, curvature=curvature)
        title = {"TITLE": "observers that see a cell", "UNITS": "observers", "METHOD": _RULE}
        write_cog(visible, stage / VISIBLE, tags={**title, **tags}, overview_resampling="nearest")
        if frequency_mhz is not None:
            radio = radio_viewshed(
                dem,
                observers,
                frequency_mhz=frequency_mhz,
                progress=lambda share: tell(half + 0.65 * share),
                **options,
            )
            table["cells_clear"] = radio.attrs["cells_clear"]
            table["km2_clear"] = table["cells_clear"] * cell
            tags |= {"FREQUENCY_MHZ": f"{frequency_mhz:g}", "FRESNEL_SHARE": f"{radio.attrs['fresnel_share']:g}"}
            title = {"TITLE": "observers with a clear first Fresnel zone", "UNITS": "observers", "METHOD": _RULE}
            write_cog(radio["clear"], stage / CLEAR, tags={**title, **tags}, overview_resampling="nearest")
            title = {"TITLE": "loss over a single knife edge", "UNITS": "dB", "METHOD": f"{_RULE}; {_KNIFE}"}
            write_cog(radio["loss_db"], stage / LOSS, tags={**title, **tags}, overview_resampling="nearest")
        write_csv(table, stage / OBSERVERS, digits=3)
    tell(1.0)
    names = sight_files(radio=frequency_mhz is not None)
    return SightFiles(tuple(folder / name for name in names), table, _seen_km2(visible, areas))


def _table(observers: gpd.GeoDataFrame, ground: Ground, areas: Areas) -> pd.DataFrame:
    """Return the rows of the observers with their cells; ``km2`` is the true area of a cell there."""
    stands = Stands.of(observers, ground, name="observers")
    given = pd.DataFrame(plain_columns(observers).drop(columns="geometry")).reset_index(drop=True)
    x, y = ground.grid.columns(stands.columns), ground.grid.rows(stands.rows)
    own = {
        "x": x,
        "y": y,
        "moved_m": stands.moved,
        "ground_m": stands.ground,
        "km2": _cell_km2(areas, stands.rows, stands.columns),
    }
    ours = {"observer", *own, "cells_seen", "km2_seen", "cells_unknown", "cells_clear", "km2_clear"}
    given = given.rename(columns={name: f"given_{name}" for name in given.columns if name in ours})
    number = pd.DataFrame({"observer": np.arange(len(given))})
    return pd.concat([number, given, pd.DataFrame(own)], axis=1)


def _cell_km2(areas: Areas, rows: Int, columns: Int) -> Float:
    """Return the true areas of single cells; within sight of one they differ by parts of ten thousand."""
    return np.array([areas.rows(row, row + 1)[0, column] for row, column in zip(rows, columns, strict=True)]) / 1e6


def _seen_km2(visible: xr.DataArray, areas: Areas) -> float:
    counts, nodata = visible.values, visible.rio.nodata
    total = 0.0
    for row in range(counts.shape[0]):
        seen = (counts[row] > 0) & (counts[row] != nodata)
        if seen.any():
            total += float(areas.rows(row, row + 1)[0, seen].sum())
    return total / 1e6


def _tags(
    visible: xr.DataArray, inputs: Mapping[str, str | os.PathLike[str]], *, curvature: str | float
) -> dict[str, str]:
    from .. import __version__

    attrs = visible.attrs
    files = {role: Path(path) for role, path in inputs.items()}
    return {
        "OBSERVER_COUNT": str(attrs["observers"]),
        "HEIGHT_M": f"{attrs['height_m']:g}" if isinstance(attrs["height_m"], float) else "one each",
        "TARGET_HEIGHT_M": f"{attrs['target_height_m']:g}",
        "RADIUS_M": f"{attrs['radius_m']:g}",
        "CURVATURE": str(curvature),
        "EARTH_RADIUS_FACTOR": f"{attrs['earth_radius_factor']:.6g}",
        "EVIDENCE": "modelled",
        "SOFTWARE": f"nanyi_gis {__version__}",
        **{role: path.name for role, path in files.items()},
        **{f"{role}_SHA256": sha256(path) for role, path in files.items() if path.is_file()},
    }
