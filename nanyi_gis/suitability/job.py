"""One window of a raster on disk, evaluated for several uses: the unit of work of every scheduler."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .._kernels import suitability as kernels
from .._limits import hold_cells_read
from ..climate import CLIMATE_VARIABLES, KELVIN, Climate, is_kelvin, refuse_implausible
from ..errors import DataError
from ..raster import Findings, Grid, RasterFile, Reader, read_aligned, survey, window_of
from .blocks import Result, mask_codes, run_block
from .frame import Frame
from .model import Model
from .partition import Partition

CACHE_MB = 256
_THINNED = 1000
_MOST_CODES = 5
Span = tuple[int, int, int, int]
Heights = npt.NDArray[np.float32]
Margined = tuple[Span, Heights, Findings]


@dataclass(frozen=True)
class Job:
    """What every window needs: the DEM, the models, the frame, layers and zones. Travels to other processes."""

    dem: RasterFile
    models: tuple[Model, ...]
    climate: Climate
    frame: Frame
    layers: Mapping[str, RasterFile]
    partition: Partition

    def windows(self, workers: int) -> list[Span]:
        """Return first row, last row, first column, last column of windows of whole 512-cell tiles."""
        width, height = self.dem.grid.width, self.dem.grid.height
        most = 16_000_000 // max(1, len(self.models))
        cells = min(most, max(width * height // (4 * workers), 1_000_000))
        across = min(width, max(512, cells // 512 // 512 * 512))
        down = max(512, cells // across // 512 * 512)
        return [
            (top, min(top + down, height), left, min(left + across, width))
            for top in range(0, height, down)
            for left in range(0, width, across)
        ]


@dataclass(frozen=True)
class WindowResult:
    """Codes of a window by use and layer, its areas by use as in a block's result, what was read."""

    span: Span
    layers: tuple[tuple[npt.NDArray[np.uint8], ...], ...]
    units: tuple[npt.NDArray[np.int64], ...]
    causes: tuple[npt.NDArray[np.int64], ...]
    findings: Findings
    layer_findings: Mapping[str, Findings]


def located(file: RasterFile) -> RasterFile:
    """Return a raster file with the whole path, as processes that run elsewhere need it."""
    return replace(file, path=os.fspath(Path(file.path).resolve())) if Path(file.path).exists() else file


def layer_file(path: str | os.PathLike[str], name: str, models: Sequence[Model]) -> RasterFile:
    """Return an optional layer as its criteria and masks read it: codes as codes, lengths in the criterion's unit."""
    kind = "code" if any(name in model.coded for model in models) else "quantity"
    units = {criterion.unit for model in models for criterion in model.criteria if criterion.layer == name}
    file = located(RasterFile.of(path, kind=kind))
    if "degC" in units and is_kelvin(file.unit_text):
        file = replace(file, offset=file.offset - KELVIN)
    return file.in_unit(units.pop()) if len(units) == 1 else file


def evaluate_window(job: Job, span: Span) -> WindowResult:
    """Read one window with its margin, evaluate every use and return the codes."""
    with job.dem.open() as reader:
        return evaluate_margined(job, (span, *read_margined(reader, span)))


def evaluate_margined(job: Job, window: Margined) -> WindowResult:
    """Evaluate every use on a window whose elevations are at hand."""
    span, margined, findings = window
    top, bottom, left, right = span
    frame = job.frame.part(slice(top, bottom), slice(left, right))
    read = {name: _read_layer(job, name, span) for name in job.layers}
    beside = {name: values for name, (values, _) in read.items()}
    sheets = job.partition.sheets(job.dem.grid.window(slice(top, bottom), slice(left, right)))
    layers, units, causes = [], [], []
    for model in job.models:
        result = run_block(
            model,
            frame,
            margined,
            layers=np.stack([beside[name] for name in model.layers]) if model.layers else None,
            mask=mask_codes(beside, model.mask_codes, {}) if model.masks else None,
            zones=sheets[0] if sheets else None,
            zone_count=job.partition.count,
            with_causes=True,
        )
        for sheet in sheets[1:]:
            _count(result, sheet, frame)
        causes.append(result.causes)
        written = (result.score, result.cls, result.limiting, result.irrigation)
        layers.append(written if model.use.is_irrigated else written[:3])
        units.append(result.units)
    found = {name: findings for name, (_, findings) in read.items()}
    return WindowResult(span, tuple(layers), tuple(units), tuple(causes), findings, found)


def _count(result: Result, sheet: npt.NDArray[np.int32], frame: Frame) -> None:
    """Add the areas of zones that overlap those already counted."""
    place = (frame.area_nodes, frame.per_node, frame.first_column)
    kernels.tabulate_block(result.cls, result.band, result.irrigation, sheet, *place, result.units)
    kernels.causes_block(result.cls, result.limiting, sheet, *place, result.causes)


def windows_in_turn(job: Job, spans: Sequence[Span]) -> Iterator[Margined]:
    """Yield the windows with their elevations, each row of the DEM read once.

    For windows over the whole width, from top to bottom: two rows are carried over to the next.
    """
    height, width = job.dem.grid.shape
    carried = np.full((1, width), np.nan, np.float32)
    following = 0
    with job.dem.open(cache_mb=CACHE_MB) as reader:
        for span in spans:
            stop = min(span[1] + 1, height)
            reader.findings = Findings()
            margined = np.full((span[1] - span[0] + 2, width + 2), np.nan, np.float32)
            margined[: len(carried), 1:-1] = carried
            if following < stop:
                margined[len(carried) : len(carried) + stop - following, 1:-1] = reader.read(slice(following, stop))
            carried, following = margined[-2:, 1:-1].copy(), stop
            yield span, margined, reader.findings


def read_margined(reader: Reader, span: Span) -> tuple[Heights, Findings]:
    """Return the elevations of a window with one cell more on each side, NaN beyond the raster; what the window holds.

    The margin is read beside the window, so that every cell is counted in one window only.
    """
    top, bottom, left, right = span
    height, width = reader.file.grid.shape
    margined = np.full((bottom - top + 2, right - left + 2), np.nan, np.float32)
    reader.findings = Findings()
    margined[1:-1, 1:-1] = reader.read(slice(top, bottom), slice(left, right))
    findings = reader.findings
    west, east = max(left - 1, 0), min(right + 1, width)
    for row, place in ((top - 1, 0), (bottom, -1)):
        if 0 <= row < height:
            margined[place, west - left + 1 : east - left + 1] = reader.read(slice(row, row + 1), slice(west, east))[0]
    for column, place in ((left - 1, 0), (right, -1)):
        if 0 <= column < width:
            margined[1:-1, place] = reader.read(slice(top, bottom), slice(column, column + 1))[:, 0]
    return margined, findings


def read_layer(job: Job, name: str, span: Span) -> Heights:
    """Return a window of another raster on the DEM's grid: codes by the nearest cell, quantities bilinearly."""
    return _read_layer(job, name, span)[0]


def _read_layer(job: Job, name: str, span: Span) -> tuple[Heights, Findings]:
    """Return a window of a layer, and what it holds; windows of a layer on another grid overlap, so they count more."""
    top, bottom, left, right = span
    file = job.layers[name]
    with file.open() as reader:
        values = read_aligned(
            reader, job.dem.grid, slice(top, bottom), slice(left, right), nearest=file.kind == "code"
        )  # fmt: skip
        return values, reader.findings


def code_notes(models: Sequence[Model], layers: Mapping[str, RasterFile], grid: Grid) -> list[str]:
    """Return a note on each layer with codes that its criterion does not know.

    Raises
    ------
    DataError
        If it knows none of the codes that lie on the DEM: the layer then follows another legend.
    """
    notes = []
    judged = [(model, criterion) for model in models for criterion in model.criteria]
    for model, criterion in judged:
        if not criterion.codes or criterion.layer not in layers:
            continue
        file = layers[criterion.layer]
        met, counts = np.unique(_thinned(file, grid), return_counts=True)
        odd = ~np.isin(met, list(criterion.codes))
        words = ", ".join(f"{code:g}" for code in met[odd][:_MOST_CODES])
        if odd.size and odd.all():
            known = ", ".join(map(str, sorted(criterion.codes)))
            raise DataError(
                f"{file.name} has the codes {words}, but {criterion.id} of {model.use.id} knows only {known}; recode it"
            )
        if odd.any():
            share = counts[odd].sum() / counts.sum()
            notes.append(
                f"{file.name} has codes that {criterion.id} of {model.use.id} does not know ({words}); "
                f"{share:.1%} of its land is not judged by it"
            )
    return notes


def refuse_implausible_climate(job: Job) -> None:
    """Raise DataError if a raster of climate holds what no place has, in a thinned read of the land of the DEM."""
    for name, file in job.layers.items():
        if name in CLIMATE_VARIABLES:
            refuse_implausible(_thinned(file, job.dem.grid), name, name=file.name)


def _thinned(file: RasterFile, grid: Grid) -> npt.NDArray[np.floating]:
    """Return the known values that lie on the DEM, in a thinned read."""
    window = window_of(file, grid.bounds, crs=grid.crs)
    if window is None:
        return np.empty(0)
    rows, columns = window
    shape = (min(rows.stop - rows.start, _THINNED), min(columns.stop - columns.start, _THINNED))
    with file.open() as reader:
        values = reader.read(rows, columns, shape=shape)
    return values[np.isfinite(values)]


def survey_layer(job: Job, name: str) -> Findings | None:
    """Return what a layer on another grid holds under the DEM; None for one whose windows tell it exactly."""
    file, grid = job.layers[name], job.dem.grid
    if file.grid.matches(grid):
        return None
    window = window_of(file, grid.bounds, crs=grid.crs)
    if window is None:
        return Findings()
    rows, columns = window
    hold_cells_read(file.name, (rows.stop - rows.start) * (columns.stop - columns.start))
    return survey(file, window)
