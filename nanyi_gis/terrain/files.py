"""From an elevation file to bands and their areas in a folder."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from .._limits import hold_cells, hold_disk
from .._progress import Progress, silent
from .._validation import check_edges
from ..colours import band_colours
from ..io import refuse_overlap, sha256, staged, write_csv
from ..raster import RasterFile, geodesic_area_km2, read_raster, refuse_blank, refuse_other_unit, write_cog, zone_names
from ..units import km2_to_wanmu
from .bands import band_areas, elevation_bands

_WHOLE = 0.99


@dataclass(frozen=True)
class BandFiles:
    """What a run wrote and found: files, the table of areas, notes for the reader."""

    files: tuple[Path, ...]
    areas: pd.DataFrame
    notes: tuple[str, ...]


def write_bands(
    dem: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    edges: Sequence[float],
    zones: gpd.GeoDataFrame | None = None,
    name_column: str | None = None,
    expected: RasterFile | None = None,
    progress: Progress | None = None,
) -> BandFiles:
    """Write the elevation bands of a DEM file and their true areas, whole or not at all.

    Parameters
    ----------
    dem : path
        Elevations in any unit that the file declares; metres if it declares none. It stays on its own grid.
    out : path
        Folder for ``bands.tif`` (uint8 COG, 0 nodata) and ``band_areas.csv`` (``zone``, ``band``,
        ``area_km2``, ``share``, ``area_wanmu``).
    edges : sequence of float
        Metres, strictly rising; a band includes its lower edge.
    zones : GeoDataFrame, optional
        Polygons to report by; the whole DEM, called ``all``, if not given.
    name_column : str, optional
        Column with their names.
    expected : RasterFile, optional
        Known heights of some of the same land; a file without a unit is then held against them.
    progress : callable, optional
        Takes the share done.

    Raises
    ------
    DataError
        If the file is no DEM, holds no height, or seems to be in a unit that it does not declare.
    ParameterError, OutputError
        If edges or zones are unfit, or the folder cannot be written.
    """
    tell = progress or silent
    limits = check_edges(edges)
    refuse_overlap(reads={"dem": [dem]}, writes={"out": [Path(out) / "bands.tif", Path(out) / "band_areas.csv"]})
    file = RasterFile.of(dem)
    hold_cells(file.name, file.grid.width, file.grid.height, task="bands")
    hold_disk(out, file.grid.width * file.grid.height, layers=1)
    if expected is not None:
        refuse_other_unit(file, expected)
    heights = read_raster(dem, kind="elevation")
    notes = list(heights.attrs["notes"])
    tell(0.3)
    bands = elevation_bands(heights, edges=limits)
    refuse_blank(bool((bands != 0).any()), os.fspath(dem))
    tell(0.5)
    table = band_areas(bands, zones=zones, name_column=name_column)
    table["area_wanmu"] = km2_to_wanmu(table["area_km2"])
    tell(0.7)
    labels = bands.attrs["labels"]
    codes = range(1, len(labels) + 1)
    target = Path(out)
    with staged(target) as stage:
        write_cog(
            bands,
            stage / "bands.tif",
            nodata=0,
            categories=dict(zip(codes, labels, strict=True)),
            colours={0: (0, 0, 0, 0), **dict(zip(codes, band_colours(len(labels)), strict=True))},
            tags=_tags(file, limits),
        )
        write_csv(table, stage / "band_areas.csv")
    tell(1.0)
    if zones is not None:
        notes += _gaps(table, zones, name_column)
    return BandFiles((target / "bands.tif", target / "band_areas.csv"), table, tuple(notes))


def _tags(file: RasterFile, edges: Sequence[float]) -> dict[str, str]:
    from .. import __version__

    return {
        "TITLE": "elevation bands",
        "EDGES_M": ",".join(f"{edge:g}" for edge in edges),
        "METHOD": "lower-inclusive classes of elevation; 0 is nodata",
        "SOURCE": file.name,
        "SOURCE_SHA256": sha256(file.disk_path) if file.disk_path.is_file() else "",
        "SOURCE_UNIT": file.unit or "undeclared, taken as metre",
        "VERTICAL_DATUM": file.vertical_datum,
        "EVIDENCE": "modelled" if file.demonstration else "derived",
        "SOFTWARE": f"nanyi_gis {__version__}",
    }


def _gaps(table: pd.DataFrame, zones: gpd.GeoDataFrame, name_column: str | None) -> list[str]:
    """Return a line for the zones that the DEM misses, and one for each that it covers only in part."""
    whole = geodesic_area_km2(zones.geometry.make_valid()).groupby(zone_names(zones, name_column).to_numpy()).sum()
    shares = (table.groupby("zone")["area_km2"].sum() / whole).dropna()
    missed = [str(zone) for zone, share in shares.items() if share == 0]
    lines = [
        f"the DEM has heights for {share:.1%} of {zone}; shares refer to that part"
        for zone, share in shares.items()
        if 0 < share < _WHOLE
    ]
    if missed:
        lines.append(f"the DEM has no height in {len(missed)} of {len(shares)} zones: {', '.join(missed[:10])}")
    return lines
