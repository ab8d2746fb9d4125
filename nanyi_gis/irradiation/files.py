"""From a DEM to a folder: sums of clear-sky light over a day or a year."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from ..io import sha256, staged
from ..raster import write_cog

TOTAL, BEAM, DIFFUSE, SKY_VIEW = "irradiation.tif", "beam.tif", "diffuse.tif", "sky_view.tif"

_RULE = (
    "clear sky of ESRA (Rigollier et al. 2000) with Linke turbidity; cast shadow by the terrain's horizon; view factor "
    "of the sky by Dozier and Frew 1990; no clouds"
)


def irradiation_files() -> tuple[str, ...]:
    """Return the names of the files that :func:`write_irradiation` writes.

    >>> irradiation_files()
    ('irradiation.tif', 'beam.tif', 'diffuse.tif', 'sky_view.tif')
    """
    return (TOTAL, BEAM, DIFFUSE, SKY_VIEW)


def write_irradiation(
    sums: xr.Dataset,
    out: str | os.PathLike[str],
    *,
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
) -> tuple[Path, ...]:
    """Write the sums of a day or a year, whole or not at all.

    Parameters
    ----------
    sums : xarray.Dataset
        Of :func:`daily_irradiation` or :func:`yearly_irradiation`.
    out : path
        Folder for ``irradiation.tif`` (total), ``beam.tif``, ``diffuse.tif``, all in kWh/m2, and ``sky_view.tif``
        (0 to 1): COGs, NaN where there is no answer.
    inputs : mapping, optional
        Input files by role; each is named in the tags with its SHA-256.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    folder, tags = Path(out), _tags(sums, inputs or {})
    with staged(folder) as stage:
        for name, layer in ((TOTAL, "total"), (BEAM, "beam"), (DIFFUSE, "diffuse"), (SKY_VIEW, "sky_view")):
            band = sums[layer]
            if band.attrs["units"] == "Wh/m2":
                attrs = band.attrs | {"units": "kWh/m2"}
                band = (band / band.dtype.type(1000)).assign_attrs(attrs)
            title = {"TITLE": band.attrs["long_name"], "UNITS": band.attrs["units"], "METHOD": _RULE}
            write_cog(band, stage / name, nodata=float("nan"), tags={**title, **tags})
    return tuple(folder / name for name in irradiation_files())


def _tags(sums: xr.Dataset, inputs: Mapping[str, str | os.PathLike[str]]) -> dict[str, str]:
    from .. import __version__

    files = {role: Path(path) for role, path in inputs.items()}
    told: dict[str, Any] = dict(sums.attrs)
    return {
        **{name.upper(): _plain(value) for name, value in told.items()},
        "EVIDENCE": "modelled",
        "SOFTWARE": f"nanyi_gis {__version__}",
        **{role: path.name for role, path in files.items()},
        **{f"{role}_SHA256": sha256(path) for role, path in files.items() if path.is_file()},
    }


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{one:g}" for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
