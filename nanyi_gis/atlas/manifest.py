"""The manifest: inputs, parameters, versions, outputs and every figure shown, as JSON."""

import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyproj
import rasterio

from .. import __version__
from ..io import MANIFEST, sha256, write_text
from .budget import Weight
from .figures import Figure

_LIBRARIES = ("folium", "geopandas", "networkx", "numba", "numpy", "rasterio", "scipy", "shapely", "xarray")


def write_manifest(
    folder: Path,
    *,
    inputs: Iterable[Mapping[str, Any]],
    parameters: Mapping[str, Any],
    figures: Iterable[Figure],
    notes: Iterable[str],
    budget: Iterable[Weight] = (),
    withheld: Iterable[Mapping[str, Any]] = (),
) -> Path:
    """Write ``manifest.json`` about everything in ``folder``; no date, so equal input gives equal bytes."""
    target = folder / MANIFEST
    outputs = sorted(path for path in folder.rglob("*") if path.is_file() and path != target)
    content = {
        "package": {"name": "nanyi_gis", "version": __version__},
        "versions": {
            "python": platform.python_version(),
            "gdal": rasterio.__gdal_version__,
            "proj": pyproj.proj_version_str,
            **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        },
        "parameters": dict(parameters),
        "inputs": [dict(record) for record in inputs],
        "outputs": [
            {"file": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": sha256(path)}
            for path in outputs
        ],
        "budget": [page.record() for page in budget],
        "figures": [figure.record() for figure in figures],
        "notes": list(notes),
        "withheld": [dict(record) for record in withheld],
    }
    return write_text(target, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
