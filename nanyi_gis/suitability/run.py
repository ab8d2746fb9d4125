"""From a DEM file to layers, tables and styles in a folder, window by window, on any scheduler."""

import importlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .._limits import hold_cells, hold_disk, hold_zones
from .._progress import Progress
from ..climate import Climate, load_climate
from ..errors import ParameterError
from ..io import refuse_overlap, staged, write_csv
from ..raster import Findings, RasterFile, refuse_blank, refuse_other_unit
from ..terrain import PLAN_EDGES, band_labels
from .areas import area_rows
from .blocks import irrigated_km2, no_areas, to_km2
from .evaluate import model_attributes
from .frame import Frame, warnings_of
from .job import (
    Job,
    code_notes,
    evaluate_margined,
    evaluate_window,
    layer_file,
    located,
    refuse_implausible_climate,
    survey_layer,
    windows_in_turn,
)
from .model import Model, build_model
from .partition import Partition, Units
from .roads import write_road_distance
from .schedulers import pool, unordered
from .styles import class_style, limiting_style
from .use import LandUse, managed_uses
from .use_file import load_use
from .vocabulary import CLASS_NODATA, IRRIGATION, IRRIGATION_COLOURS, IRRIGATION_NODATA, SCORE_NODATA
from .writer import LayerSpec, LayerWriter, writing

REACH_COLUMNS = ("crop", "within_km", "area_km2", "marginal_km2", "cause")
_LAYERS = ("suitability", "class", "limiting", "irrigation")
LIMIT_COLUMNS = ("crop", "zone", "class", "factor", "area_km2")


@dataclass(frozen=True)
class Beside:
    """What else was written into the folder of a run, and what it found of the doubt of its areas.

    Attributes
    ----------
    files : list of path
        What was written.
    doubts : mapping of str to DataFrame
        Intervals by use, as ``feasibility`` takes them.
    reach : mapping of str to DataFrame
        By use ``low_km2``, ``high_km2``, ``low_with_s3_km2`` and ``high_with_s3_km2`` by ``within_km``.
    """

    files: list[Path]
    doubts: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    reach: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a run wrote and found: files, areas and intervals by use, the feasibility table, notes for the reader."""

    files: tuple[Path, ...]
    areas: Mapping[str, pd.DataFrame]
    feasibility: pd.DataFrame
    notes: tuple[str, ...]
    doubts: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def evaluate_file(
    dem: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    uses: Sequence[str | os.PathLike[str] | LandUse] = (),
    crops: Sequence[str | os.PathLike[str] | LandUse] = (),
    zones: gpd.GeoDataFrame | None = None,
    frontage: gpd.GeoDataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    layers: Mapping[str, str | os.PathLike[str]] | None = None,
    weights: Mapping[str, float] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    edges: Sequence[float] = PLAN_EDGES,
    shoulder: float | None = None,
    allow_steep: bool = False,
    management: str | None = None,
    expected: RasterFile | None = None,
    also: Callable[[Job, Path], Beside] | None = None,
    scheduler: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Evaluate uses of land on a DEM file of any size and write the layers into a folder, whole or not at all.

    The DEM is read once, in windows; memory does not grow with the raster. For each use come
    ``suitability_<use>.tif``, ``class_<use>.tif``, ``limiting_<use>.tif`` (COGs with
    overviews, statistics, class names, colours and provenance tags, each with a ``.qml`` style
    for QGIS and the codes with an ``.aux.xml`` for GDAL) and ``areas_<use>.csv``; for all
    together ``feasibility.csv``. A use that is irrigated where it is dry also has ``irrigation_<use>.tif``
    (1 where S1 to S3 hold only with irrigation).

    Parameters
    ----------
    dem : path
        Elevations in any unit that the file declares, any CRS and grid; metres if it declares none.
    out : path
        Folder.
    uses, crops : sequence
        Names of embedded crops, criteria files, or uses already loaded; both are evaluated.
    zones : GeoDataFrame, optional
        Polygons to report by, which may overlap; the whole raster if not given or beside it.
    frontage : GeoDataFrame, optional
        The river's left bank, for the belt test.
    roads : GeoDataFrame, optional
        Road lines, for the distance to a road.
    layers : mapping of str to path, optional
        Optional rasters on any grid by the name of the layer; one that is called as a variable of climate, e.g.
        ``mean_temperature``, overrules the climate file.
    weights, climate, edges, shoulder, allow_steep, management
        As for :func:`nanyi_gis.suitability.evaluate`; weights apply to every use that has the criterion,
        management to every use that can be irrigated.
    expected : RasterFile, optional
        Known heights of some of the same land; a file without a unit is then held against them.
    also : callable, optional
        Called with the job and the folder being made, before the targets are judged; returns what
        else it wrote there and found, e.g. :meth:`nanyi_gis.uncertainty.Doubts.write`.
    scheduler, threads
        Where to work: ``threads``, ``processes`` or a Dask address; how many here.
    progress : callable, optional
        Called with the share done.

    Raises
    ------
    DataError, ParameterError, OutputError
        As the parts that fail; the folder is then as it was.
    """
    chosen = managed_uses(_uses(uses, crops), management)
    refuse_overlap(
        reads={"dem": [dem], "layers": (layers or {}).values(), "uses": _files_of((*uses, *crops))},
        writes={"out": [Path(out) / name for name in result_names(use.id for use in chosen)]},
    )
    source = RasterFile.of(dem)
    hold_cells(source.name, source.grid.width, source.grid.height, task="suitability", times=len(chosen))
    hold_disk(out, source.grid.width * source.grid.height, layers=sum(3 + use.is_irrigated for use in chosen))
    if expected is not None:
        refuse_other_unit(source, expected)
    own_climate = load_climate(climate)
    target = Path(out)
    with staged(target) as stage, tempfile.TemporaryDirectory(dir=stage, prefix=".work-") as work, writing(target):
        paths = {name: os.fspath(path) for name, path in (layers or {}).items()}
        if roads is not None:
            _roads_concern_some(chosen)
            paths["road_distance"] = str(write_road_distance(roads, source.grid, Path(work) / "road_distance.tif"))
        for path in paths.values():
            RasterFile.of(path, kind="quantity")
        _concern_some(chosen, paths, weights or {}, allow_steep=allow_steep)
        models = tuple(model_of(use, own_climate, paths, weights, allow_steep, shoulder, edges) for use in chosen)
        job = Job(
            dem=located(source),
            models=models,
            climate=own_climate,
            frame=Frame.of(source.grid, own_climate),
            layers={name: layer_file(path, name, models) for name, path in paths.items()},
            partition=Partition.of(zones, source.grid, frontage=frontage, uses=chosen),
        )
        refuse_implausible_climate(job)
        hold_zones(job.partition.count, 5 * (len(edges) + 1))
        known = _notes(job, allow_steep=allow_steep, beside=zones is not None and job.partition.whole)
        found = _run(job, stage, known, scheduler=scheduler, threads=threads, progress=progress)
        notes, files = found.notes, list(found.files)
        areas, reach, limits = {}, [], []
        for model, units, why in zip(models, found.units, found.causes, strict=True):
            km2 = to_km2(units)
            here, dry = job.partition.by_name(km2), job.partition.by_name(irrigated_km2(units))
            table = area_rows(here, dry, job.partition.names, band_labels(model.edges))
            areas[model.use.id] = table
            files.append(write_csv(table, stage / f"areas_{model.use.id}.csv"))
            reach += job.partition.reach(model, km2, why)
            limits += job.partition.limits(model, why)
        beside = Beside([]) if also is None else also(job, stage)
        files += beside.files
        targets = _judge()(
            areas,
            crops={use.id: use for use in chosen},
            reach=_reach(reach, beside.reach) if job.partition.rings else None,
            limits=pd.DataFrame(limits, columns=list(LIMIT_COLUMNS)),
            doubts=beside.doubts,
            assumptions=notes,
            layers=tuple(job.layers),
        )
        files.append(write_csv(targets, stage / "feasibility.csv"))
        if progress is not None:
            progress(1.0)
    return Outcome(tuple(sorted(target / file.name for file in files)), areas, targets, notes, beside.doubts)


def _reach(rows: list[tuple[Any, ...]], doubts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the land by distance to the bank, with its intervals where they are known."""
    table = pd.DataFrame(rows, columns=list(REACH_COLUMNS))
    if not doubts:
        return table
    known = pd.concat([frame.assign(crop=use) for use, frame in doubts.items()])
    return table.merge(known, on=["crop", "within_km"], how="left")


def result_names(uses: Iterable[str]) -> list[str]:
    """Return the names of the files that :func:`evaluate_file` may write for uses by their ids.

    >>> result_names(["plum"])[:4]
    ['suitability_plum.tif', 'suitability_plum.tif.aux.xml', 'suitability_plum.qml', 'class_plum.tif']
    """
    ids = list(uses)
    layers = [f"{layer}_{use}{end}" for use in ids for layer in _LAYERS for end in (".tif", ".tif.aux.xml", ".qml")]
    return [*layers, *(f"areas_{use}.csv" for use in ids), "feasibility.csv"]


def _files_of(uses: Iterable[str | os.PathLike[str] | LandUse]) -> list[str]:
    """Return those of the uses that are criteria files."""
    names = [os.fspath(use) for use in uses if not isinstance(use, LandUse)]
    return [name for name in names if name.lower().endswith(".toml")]


def _judge() -> Callable[..., pd.DataFrame]:
    """Return what sets areas against targets; it lives in a room above this one, and is found when called."""
    found: Callable[..., pd.DataFrame] = importlib.import_module("nanyi_gis.targets").feasibility
    return found


def _notes(job: Job, *, allow_steep: bool, beside: bool) -> list[str]:
    """Return what is known before anything is read."""
    notes = list(job.dem.notes(Findings()))
    notes += warnings_of(job.dem.grid, job.climate if any(model.asks_climate for model in job.models) else None)
    notes += [note for model in job.models for note in model.notes]
    notes += code_notes(job.models, job.layers, job.dem.grid)
    if allow_steep:
        banned = [model.use for model in job.models if model.use.steep_rule == "absolute"]
        notes += [f"{use.id} stays banned above {use.slope_max:g} degrees" for use in banned]
    if beside:
        notes.append("the zones lie beside the DEM, so areas and targets are of the whole DEM")
    return list(dict.fromkeys(notes))


def _uses(
    uses: Sequence[str | os.PathLike[str] | LandUse], crops: Sequence[str | os.PathLike[str] | LandUse]
) -> tuple[LandUse, ...]:
    chosen = (*(load_use(use) for use in uses), *(load_use(crop, name="crop") for crop in crops))
    if not chosen:
        raise ParameterError("crops is empty, and uses too, but one of them is needed; e.g. orange")
    names = [use.id for use in chosen]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"use {name!r} is given twice; name it once")
    return chosen


def refuse_unknown_layers(uses: Sequence[LandUse], layers: Iterable[str]) -> None:
    """Raise ParameterError at the first layer that none of the uses asks for."""
    known = [*dict.fromkeys(name for use in uses for name in use.rasters), "excluded"]
    for name in layers:
        if name not in known and name != "road_distance":
            raise ParameterError(f"layer {name!r} is used by none of the uses; give one of: {', '.join(known)}")


def _roads_concern_some(uses: Sequence[LandUse]) -> None:
    """Refuse roads that no use has a criterion for."""
    if not any("road_distance" in use.layers for use in uses):
        raise ParameterError(f"roads have no effect: {uses[0].id} has no criterion road_distance; leave them out")


def _concern_some(
    uses: Sequence[LandUse], layers: Mapping[str, str], weights: Mapping[str, float], *, allow_steep: bool
) -> None:
    """Refuse what concerns none of the uses."""
    refuse_unknown_layers(uses, layers)
    criteria = list(dict.fromkeys(criterion.id for use in uses for criterion in use.criteria))
    for name in weights:
        if name not in criteria:
            raise ParameterError(f"weights has {name!r}, but the uses know: {', '.join(criteria)}")
    if allow_steep and all(use.steep_rule == "absolute" for use in uses):
        use = uses[0]
        raise ParameterError(
            f"allow_steep is set, but {use.id} is banned above {use.slope_max:g} degrees ({use.steep_clause}); "
            "leave it off"
        )


def model_of(
    use: LandUse,
    climate: Climate,
    paths: Mapping[str, str],
    weights: Mapping[str, float] | None = None,
    allow_steep: bool = False,
    shoulder: float | None = None,
    edges: Sequence[float] = PLAN_EDGES,
) -> Model:
    """Build a model with the layers and weights that concern this use."""
    fitting = {name for name in paths if name in use.rasters or name == "excluded"}
    own = {c.id for c in use.criteria}
    return build_model(
        use,
        climate,
        layers=[name for name in paths if name in fitting],
        weights={name: weight for name, weight in (weights or {}).items() if name in own},
        allow_steep=allow_steep and use.steep_rule != "absolute",
        shoulder=shoulder,
        edges=edges,
    )


@dataclass(frozen=True)
class _Found:
    """What the windows add up to: areas and causes by use, notes, the files written."""

    units: list[Units]
    causes: list[Units]
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def _run(
    job: Job,
    stage: Path,
    notes: Sequence[str],
    *,
    scheduler: str | None,
    threads: int | None,
    progress: Progress | None,
) -> _Found:
    tags = {f"DEM_{key}": value for key, value in job.dem.tags.items() if key.isidentifier()}
    count = job.partition.count
    with ExitStack() as stack:
        writers = [
            [stack.enter_context(LayerWriter(stage, job.dem.grid, spec)) for spec in _specs(model, tags, notes)]
            for model in job.models
        ]
        units = [no_areas(count, model) for model in job.models]
        causes = [np.zeros((count, 5, 256), np.int64) for _ in job.models]
        known, findings = False, Findings()
        beside = {name: Findings() for name in job.layers}
        with pool(scheduler, threads=threads) as workers:
            spans = job.windows(workers.workers)
            whole_width = spans[0][3] == job.dem.grid.width
            if workers.shares_memory and whole_width:
                results = unordered(workers, evaluate_margined, job, windows_in_turn(job, spans))
            else:
                results = unordered(workers, evaluate_window, job, spans)
            for done, result in enumerate(results, start=1):
                known = known or bool(result.layers[0][1].any())
                findings += result.findings
                beside = {name: found + result.layer_findings[name] for name, found in beside.items()}
                for k, blocks in enumerate(result.layers):
                    units[k] += result.units[k]
                    causes[k] += result.causes[k]
                    for writer, block in zip(writers[k], blocks, strict=True):
                        writer.write(block, result.span[0], result.span[2])
                if progress is not None:
                    progress(0.7 * done / len(spans))
        refuse_blank(known, job.dem.path)
        told = tuple(dict.fromkeys((*job.dem.notes(findings), *notes, *_layer_notes(job, beside))))
        files: list[Path] = []
        flat = [writer for group in writers for writer in group]
        for done, writer in enumerate(flat, start=1):
            writer.note("; ".join(told))
            files += writer.finish()
            if progress is not None:
                progress(0.7 + 0.3 * done / len(flat))
    return _Found(units, causes, told, tuple(files))


def _layer_notes(job: Job, found: Mapping[str, Findings]) -> list[str]:
    """Return what is to be told of the layers, but not of those that a run makes itself."""
    notes: list[str] = []
    for name, file in job.layers.items():
        own = survey_layer(job, name)
        notes += file.notes(found[name] if own is None else own)
    return notes


def _specs(model: Model, tags: Mapping[str, str], notes: Sequence[str]) -> list[LayerSpec]:
    own = dict(tags) | model_attributes(model, notes=notes)
    names, colours = class_style()
    factors, shades = limiting_style(model.limiting)
    ident = model.use.id
    title = f"{model.use.name_en} {model.use.name_zh}"
    dry = LayerSpec(
        f"irrigation_{ident}.tif",
        IRRIGATION_NODATA,
        own | {"title": f"{title}: needs irrigation 需灌溉"},
        IRRIGATION,
        IRRIGATION_COLOURS,
    )
    return [
        LayerSpec(f"suitability_{ident}.tif", SCORE_NODATA, own | {"title": f"{title}: suitability score 0-100"}),
        LayerSpec(f"class_{ident}.tif", CLASS_NODATA, own | {"title": f"{title}: FAO class"}, names, colours),
        LayerSpec(f"limiting_{ident}.tif", 0, own | {"title": f"{title}: limiting factor"}, factors, shades),
        *([dry] if model.use.is_irrigated else []),
    ]
