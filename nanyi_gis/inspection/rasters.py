"""A raster file: what it is, and what the commands that take rasters will say of it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from affine import Affine

from .._limits import BYTES_PER_CELL, hold_cells, hold_cells_read
from ..dem import check_coverage, load_dem
from ..errors import NanyiError
from ..hydrology import refuse_coarse_hand
from ..raster import (
    Grid,
    Header,
    RasterFile,
    Sample,
    hold_whole,
    read_header,
    read_raster,
    refuse_blank,
    refuse_other_unit,
    sample,
    window_of,
)
from ..suitability import evaluate
from ..targets import refuse_no_people, township_population
from ..terrain import band_areas, elevation_bands
from ..travel_time import travel_time
from ..visibility import Ground
from .bench import Bench
from .place import crs_name, reach
from .report import FileReport, Trial, Use, clause, merged, one_line, verdict

MOST_LOADED = 4_000_000
"""Cells up to which a raster is loaded for the study; above that a sample decides."""

_THIN = 48
_CROP = "plum"
_LEAST_COVERAGE = 0.99
_CONVERTED = re.compile(r"has heights in (.+); converted to metres$")


def raster_reports(path: str, bench: Bench) -> list[FileReport]:
    """Return what is to be said of a raster: one report, or one for each variable of a file with several.

    Raises
    ------
    DataError
        If GDAL reads no raster in the file.
    """
    header = read_header(path)
    names = [f"{path}:{variable}" for variable in header.variables] or [path]
    return [_report(name, header, bench) for name in names]


@dataclass(frozen=True)
class _Dem:
    """A raster read as elevations, as far as each use of a DEM needs it; whatever refuses it raises."""

    path: str
    bench: Bench

    @cached_property
    def file(self) -> RasterFile:
        return RasterFile.of(self.path)

    @cached_property
    def look(self) -> Sample:
        return sample(self.file)

    def notes(self) -> list[str]:
        return [line for line in self.file.notes(self.look.findings) if not _CONVERTED.search(line)]

    def converted(self) -> str:
        """Return the unit from which heights are converted, empty if they are in metres or it is no DEM."""
        try:
            lines = self.file.notes(self.look.findings)
        except NanyiError:
            return ""
        return next((found.group(1) for line in lines if (found := _CONVERTED.search(line))), "")

    def heights(self) -> list[str]:
        """Read as every command reads heights."""
        if self.file and self.suspicion is not None:
            raise self.suspicion
        return self.notes()

    @cached_property
    def suspicion(self) -> NanyiError | None:
        """Why its unit cannot be what it says."""
        try:
            if self.bench.heights is not None:
                refuse_other_unit(self.file, self.bench.heights)
        except NanyiError as error:
            return error
        return None

    def _hold(self, task: str) -> None:
        """Hold its cells against the limit of a command that reads by windows."""
        hold_cells(self.file.name, self.file.grid.width, self.file.grid.height, task=task)

    def bands(self) -> Sequence[str]:
        self._hold("bands")
        told = self.heights()
        refuse_blank(self.look.known > 0, self.path)
        band_areas(elevation_bands(_thin(self.file.grid), edges=self.bench.study.edges or (0.0,)))
        return told

    def suitability(self) -> Sequence[str]:
        self._hold("suitability")
        told = self.heights()
        evaluate(_thin(self.file.grid), crop=_CROP)
        refuse_blank(self.look.known > 0, str(Path(self.path).resolve()))
        return told

    def travel_time(self) -> Sequence[str]:
        hold_whole(self.file, beside=BYTES_PER_CELL["travel-time"])
        told = self.heights()
        thin = _thin(self.file.grid, height=0.0 if self.look.known else np.nan)
        travel_time(thin, _middle(self.file.grid), limit_minutes=0.0)
        return told

    def viewshed(self) -> Sequence[str]:
        hold_whole(self.file, beside=BYTES_PER_CELL["viewshed"])
        told = self.heights()
        refuse_blank(self.look.known > 0, self.path)
        Ground.of(self.file.grid.array(np.broadcast_to(np.float32(0.0), self.file.grid.shape)))
        return told

    def sun(self) -> Sequence[str]:
        hold_whole(self.file, beside=BYTES_PER_CELL["sun"])
        return self.viewshed()

    def hydrology(self) -> Sequence[str]:
        hold_whole(self.file, beside=BYTES_PER_CELL["hydrology"])
        told = self.heights()
        refuse_blank(self.look.known > 0, self.path)
        refuse_coarse_hand(self.file.grid, burned=False, coarse=False)
        return told

    def study(self) -> Sequence[str]:
        """Read as ``build --dem`` reads it: for the whole study area."""
        area = self.bench.study
        if self.file.grid.width * self.file.grid.height <= MOST_LOADED:
            notes = load_dem(self.path, study=area).attrs["report"]["notes"]
            return [line for line in notes if not _CONVERTED.search(line)]
        window = window_of(self.file, area.bounds, crs=area.crs)
        if window is not None:
            rows, columns = window
            hold_cells_read(self.file.name, (rows.stop - rows.start) * (columns.stop - columns.start))
        share = 0.0 if window is None else _share(self.file, self.bench)
        name = str(self.file.name)
        check_coverage(share, area_km2=float(area.counties.area.sum()) / 1e6, least=_LEAST_COVERAGE, name=name)
        refuse_blank(sample(self.file, window).known > 0, self.path)
        return self.heights()


@dataclass(frozen=True)
class _Quantity:
    """A raster read as quantities: values in the file's own unit."""

    path: str

    @cached_property
    def file(self) -> RasterFile:
        return RasterFile.of(self.path, kind="quantity")

    @cached_property
    def look(self) -> Sample:
        return sample(self.file)

    def layer(self) -> Sequence[str]:
        return self.file.notes(self.look.findings)

    def population(self, bench: Bench) -> Sequence[str]:
        refuse_no_people(self.file)
        grid, area = self.file.grid, bench.study
        if grid.width * grid.height <= MOST_LOADED:
            people = read_raster(self.path, kind="quantity")
            notes = list(people.attrs["notes"])
        else:
            hold_whole(self.file)
            inside = window_of(self.file, area.bounds, crs=area.crs) is not None
            people, notes = _thin(grid, height=float(inside)), []
        township_population(study=area, raster=people, counties=area.counties)
        return notes


def _report(path: str, header: Header, bench: Bench) -> FileReport:
    dem, quantity = _Dem(path, bench), _Quantity(path)
    converted = dem.converted()

    def use(name: str, command: str, trial: Trial, *, heights: bool = True) -> Use:
        return Use(name, (command,), verdict(trial, converted=converted if heights else ""))

    uses = merged(
        [
            use("DEM", "bands", dem.bands),
            use("DEM", "suitability", dem.suitability),
            use("DEM", "travel-time", dem.travel_time),
            use("DEM", "viewshed", dem.viewshed),
            use("DEM", "sun", dem.sun),
            use("DEM", "hydrology", dem.hydrology),
            use("DEM", "network --dem", dem.heights),
            use("DEM", "build --dem", dem.study),
            use("raster layer", "suitability --layer", quantity.layer, heights=False),
            use("population", "access --population", lambda: quantity.population(bench), heights=False),
        ]
    )
    return _described(path, header, quantity, uses, bench)


def _described(path: str, header: Header, quantity: _Quantity, uses: tuple[Use, ...], bench: Bench) -> FileReport:
    bands = "" if header.bands == 1 else f", {header.bands} bands"
    size = f"{header.width}x{header.height} {header.dtype}{bands}"
    mark = "none" if header.nodata is None else f"{header.nodata:g}"
    crs, validity, empty, extent, datum = crs_name(header.crs), "valid", "", "unknown", "as its CRS says"
    try:
        file = quantity.file
        size = f"{file.grid.width}x{file.grid.height} {file.dtype}{bands}"
        mark, crs = "none" if file.nodata is None else f"{file.nodata:g}", crs_name(file.grid.crs)
        extent = reach(file.grid.bounds, file.grid.crs, bench.study)
        if file.vertical_datum != "unknown":
            datum = f"heights: {file.vertical_datum}"
        look = quantity.look
        missing = 1.0 - look.known / look.cells
        empty = f", {missing:.1%} empty" + ("" if look.whole else f" in a sample of {look.cells:,} cells")
        validity = "valid" if look.known else "no data" if look.whole else "no data in the sample"
    except NanyiError as error:
        validity = clause(one_line(error), path)
    return FileReport(
        name=path.rsplit("/", 1)[-1],
        kind=f"raster {size}",
        crs=crs,
        datum=datum,
        validity=validity,
        nodata=f"{mark}{empty}",
        extent=extent,
        uses=uses,
    )


def _thin(grid: Grid, *, height: float = 0.0) -> xr.DataArray:
    """Return a level raster over a grid with at most 48 rows and columns, to try what depends on the grid alone."""
    rows, columns = min(grid.height, _THIN), min(grid.width, _THIN)
    wider = Affine.scale(grid.width / columns, grid.height / rows)
    return Grid(grid.crs, grid.transform * wider, columns, rows).array(
        np.full((rows, columns), height, np.float32), nodata=math.nan
    )


def _middle(grid: Grid) -> gpd.GeoDataFrame:
    x, y = grid.transform * (grid.width / 2, grid.height / 2)
    return gpd.GeoDataFrame(geometry=[shapely.Point(x, y)], crs=grid.crs)


def _share(file: RasterFile, bench: Bench) -> float:
    """Return the share of the counties in the box of a raster."""
    area = bench.study
    there = gpd.GeoSeries([area.outline], crs=area.crs).to_crs(file.grid.crs).iloc[0]
    return float(shapely.intersection(there, shapely.box(*file.grid.bounds)).area / there.area)
