"""From an elevation file to bands and their areas in a folder."""

import math
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from .._limits import hold_cells, hold_disk
from .._progress import Progress, silent
from ..colours import band_colours
from ..io import mended, refuse_overlap, sha256, staged, write_csv
from ..raster import (
    CogWriter,
    RasterFile,
    Zones,
    ZoneSums,
    geodesic_area_km2,
    refuse_blank,
    refuse_other_unit,
    zone_names,
)
from ..units import km2_to_wanmu
from .bands import area_table, band_labels, check_band_edges, codes_of

CACHE_MB = 256
STRIP_CELLS = 32_000_000
"""Cells that are held at once, in about 300 MB."""

_TILE = 512
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
        Elevations in any unit that the file declares; metres if it declares none. It stays on its own grid, and is
        read once, strip by strip: memory does not grow with it.
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
    limits = check_band_edges(edges)
    labels = band_labels(limits)
    refuse_overlap(reads={"dem": [dem]}, writes={"out": [Path(out) / "bands.tif", Path(out) / "band_areas.csv"]})
    file = RasterFile.of(dem)
    hold_cells(file.name, file.grid.width, file.grid.height, task="bands")
    hold_disk(out, file.grid.width * file.grid.height, layers=1)
    if expected is not None:
        refuse_other_unit(file, expected)
    tally = ZoneSums(Zones.of(zones, file.grid, name_column=name_column), file.grid, len(labels) + 1)
    target = Path(out)
    with staged(target) as stage:
        with _writer(stage / "bands.tif", file, limits) as writer:
            notes = _pass(file, limits, tally, writer, progress=lambda share: tell(0.7 * share))
            refuse_blank(bool(tally.known), os.fspath(dem))
            writer.finish()
        table = area_table(tally.total, tally.names, labels)
        table["area_wanmu"] = km2_to_wanmu(table["area_km2"])
        write_csv(table, stage / "band_areas.csv")
    tell(1.0)
    if zones is not None:
        notes += _gaps(table, zones, name_column)
    return BandFiles((target / "bands.tif", target / "band_areas.csv"), table, tuple(notes))


def _pass(
    file: RasterFile, edges: Sequence[float], tally: ZoneSums, writer: CogWriter, *, progress: Progress
) -> list[str]:
    """Read the file once, strip by strip, write the codes and add up areas; return the notes on what was read."""
    limits = np.array(edges)
    height, width = file.grid.shape
    with file.open(cache_mb=CACHE_MB) as reader, ThreadPoolExecutor(1) as beside:
        summed: Future[None] | None = None
        for rows, heights in reader.in_turn(_strips(height, width, reader.block[0])):
            codes = codes_of(heights, limits)
            if summed is not None:
                summed.result()
            summed = beside.submit(tally.add, codes, rows.start)  # one at a time, so from top to bottom
            writer.write(codes, rows.start, 0)
            progress(rows.stop / height)
        if summed is not None:
            summed.result()
        return list(reader.notes())


def _strips(height: int, width: int, block: int) -> list[slice]:
    """Return strips of whole blocks of the file and whole tiles of the result, as far as they are not too large.

    >>> _strips(2000, 10_000, 100)
    [slice(0, 2000, None)]
    >>> [part.stop for part in _strips(2000, 40_000, 1)]
    [512, 1024, 1536, 2000]
    """
    fitting = [step for step in (math.lcm(block, _TILE), _TILE, block, 1) if step * width <= STRIP_CELLS]
    step = fitting[0] if fitting else 1
    rows = max(STRIP_CELLS // (width * step), 1) * step
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


def _writer(path: Path, file: RasterFile, edges: Sequence[float]) -> CogWriter:
    labels = band_labels(edges)
    codes = range(1, len(labels) + 1)
    return CogWriter(
        path,
        file.grid,
        dtype="uint8",
        nodata=0,
        names=dict(zip(codes, labels, strict=True)),
        colours={0: (0, 0, 0, 0), **dict(zip(codes, band_colours(len(labels)), strict=True))},
        tags=_tags(file, edges),
    )


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
        "EVIDENCE": "modelled" if file.modelled else "derived",
        "SOFTWARE": f"nanyi_gis {__version__}",
    }


def _gaps(table: pd.DataFrame, zones: gpd.GeoDataFrame, name_column: str | None) -> list[str]:
    """Return a line for the zones that the DEM misses, and one for each that it covers only in part."""
    shapes = gpd.GeoSeries(mended(np.asarray(zones.geometry.values)), index=zones.index, crs=zones.crs)
    whole = geodesic_area_km2(shapes).groupby(zone_names(zones, name_column).to_numpy()).sum()
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
