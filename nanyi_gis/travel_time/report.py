"""What the minutes should be read with in mind: notes for people, tags for the file."""

import os
from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from ..io import sha256
from ..network import road_notes

_STRETCH = 0.05
_NOTES = {
    "snapped": "{} points moved to the nearest cell to stand on",
    "cut": "{} roads interrupted at barriers; mark bridges with bridge = yes",
    "unreached": "{} cells with heights are not reached (within the limit, if there is one)",
}


def result_notes(minutes: xr.DataArray) -> list[str]:
    """Return what a reader of a result of :func:`travel_time` must know, a line each; none if all went well.

    >>> result_notes(xr.DataArray(0.0, attrs={"snapped": 2, "cut": 0, "unreached": 0, "map_scale": 1.0}))
    ['2 points moved to the nearest cell to stand on']
    """
    counts = {name: minutes.attrs.get(name, 0) for name in _NOTES}
    lines = [_NOTES[name].format(count) for name, count in counts.items() if count]
    lines += [*road_notes(minutes.attrs)]
    scale = float(minutes.attrs.get("map_scale", 1.0))
    if abs(scale - 1) > _STRETCH:
        stretch = f"the DEM's projection draws distances {scale:.3g} times their length"
        lines.append(
            f"{stretch}, and minutes with them; reproject the DEM to a CRS in metres, e.g. EPSG:4544 for 105 E"
        )
    return lines


def result_tags(
    minutes: xr.DataArray,
    *,
    files: Mapping[str, str | os.PathLike[str] | None],
    points: int,
    path_factor: float,
    limit_minutes: float | None = None,
) -> dict[str, str]:
    """Return how a result of :func:`travel_time` was made, as tags of the file that holds it.

    Parameters
    ----------
    minutes : DataArray
        The result.
    files : mapping
        Input files by role (``DEM``, ``POINTS``, ``ROADS``, ...); each is named with its SHA-256, None is left out.
    points : int
        Number of sources.
    path_factor, limit_minutes : float
        As given to :func:`travel_time`.

    >>> attrs = {"mode": "walk", "direction": "from", "unreached": 0}
    >>> result_tags(xr.DataArray(0.0, attrs=attrs), files={"ROADS": None}, points=1, path_factor=0.6)["PATH_FACTOR"]
    '0.6'
    """
    from .. import __version__

    given = {role: Path(path) for role, path in files.items() if path is not None}
    return {
        "METHOD": "least time; off road Tobler (1993) over 8 neighbours, in the direction of travel",
        "MODE": str(minutes.attrs["mode"]),
        "DIRECTION": str(minutes.attrs["direction"]),
        "PATH_FACTOR": f"{path_factor:g}",
        "LIMIT_MINUTES": "none" if limit_minutes is None else f"{limit_minutes:g}",
        "POINT_COUNT": str(points),
        "UNREACHED_CELLS": str(minutes.attrs["unreached"]),
        "NODATA_MEANING": "NaN: no height; infinite: not reached",
        "EVIDENCE": "modelled",
        "SOFTWARE": f"nanyi_gis {__version__}",
        **{role: path.name for role, path in given.items()},
        **{f"{role}_SHA256": sha256(path) for role, path in given.items() if path.is_file()},
    }
