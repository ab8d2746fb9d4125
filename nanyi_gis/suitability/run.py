"""From a DEM file to layers, tables and styles in a folder, window by window, on any scheduler."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..climate import Climate, load_climate
from ..errors import DataError, ParameterError
from ..io import staged, write_csv
from ..terrain import PLAN_EDGES
from .blocks import to_km2
from .evaluate import area_rows, model_attributes
from .frame import AREA_UNIT_M2, Frame, warnings_of
from .job import Job, RasterFile, evaluate_margined, evaluate_window, windows_in_turn
from .model import Model, build_model
from .roads import write_road_distance
from .schedulers import pool, unordered
from .styles import class_style, limiting_style
from .use import LandUse
from .use_file import load_use
from .vocabulary import CLASS_LETTERS, CLASS_NODATA, SCORE_NODATA, band_names
from .writer import LayerSpec, LayerWriter, writing

Progress = Callable[[float], None]
Units = npt.NDArray[np.int64]
WHOLE = "all"
REACH_COLUMNS = ("crop", "within_km", "area_km2", "marginal_km2", "cause")
LIMIT_COLUMNS = ("crop", "zone", "class", "factor", "area_km2")


@dataclass(frozen=True)
class Outcome:
    """What a run wrote and found: files, areas by use, the feasibility table, notes for the reader."""

    files: tuple[Path, ...]
    areas: Mapping[str, pd.DataFrame]
    feasibility: pd.DataFrame
    notes: tuple[str, ...]


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
    also: Callable[[Job, Path], list[Path]] | None = None,
    scheduler: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Evaluate uses of land on a DEM file of any size and write the layers into a folder, whole or not at all.

    The DEM is read once, in windows; memory does not grow with the raster. For each use come
    ``suitability_<use>.tif``, ``class_<use>.tif``, ``limiting_<use>.tif`` (COGs with
    overviews, statistics, class names, colours and provenance tags, each with a ``.qml`` style
    for QGIS and the codes with an ``.aux.xml`` for GDAL) and ``areas_<use>.csv``; for all
    together ``feasibility.csv``.

    Parameters
    ----------
    dem : path
        Elevations in metres, any CRS and grid.
    out : path
        Folder.
    uses, crops : sequence
        Names of embedded crops, criteria files, or uses already loaded; both are evaluated.
    zones : GeoDataFrame, optional
        Polygons with ``name_zh`` (or ``name``) to report by; the whole raster if not given or beside it.
    frontage : GeoDataFrame, optional
        The river's left bank, for the belt test.
    roads : GeoDataFrame, optional
        Road lines, for the distance to a road.
    layers : mapping of str to path, optional
        Optional rasters on any grid by the name of the layer.
    weights, climate, edges, shoulder, allow_steep
        As for :func:`nanyi_gis.suitability.evaluate`; weights apply to every use that has the criterion.
    also : callable, optional
        Called at the end with the job and the folder being made; returns what else it wrote
        there, e.g. :meth:`nanyi_gis.uncertainty.Doubts.write`.
    scheduler, threads
        Where to work: ``threads``, ``processes`` or a Dask address; how many here.
    progress : callable, optional
        Called with the share done.

    Raises
    ------
    DataError, ParameterError, OutputError
        As the parts that fail; the folder is then as it was.
    """
    from . import feasibility  # a room above: found when called, see the face of this room

    source = RasterFile.of(os.fspath(dem))
    chosen = _uses(uses, crops)
    own_climate = load_climate(climate)
    target = Path(out)
    with staged(target) as stage, tempfile.TemporaryDirectory(dir=stage, prefix=".work-") as work, writing(target):
        paths = {name: os.fspath(Path(path).resolve()) for name, path in (layers or {}).items()}
        for path in paths.values():
            RasterFile.of(path)
        if roads is not None:
            paths["road_distance"] = str(write_road_distance(roads, source.grid, Path(work) / "road_distance.tif"))
        _concern_some(chosen, paths, weights or {}, allow_steep=allow_steep)
        models = tuple(_model(use, own_climate, paths, weights, allow_steep, shoulder, edges) for use in chosen)
        partition = _Partition.of(zones, frontage, source, chosen)
        job = Job(
            dem=RasterFile(os.fspath(Path(dem).resolve()), source.grid, source.nodata, source.tags),
            models=models,
            climate=own_climate,
            frame=Frame.of(source.grid, own_climate),
            layers=paths,
            zones=partition.shapes,
            zone_count=partition.count,
        )
        own = [note for model in models for note in model.notes]
        if allow_steep:
            own += [f"{c.id} stays banned above {c.slope_max:g} degrees" for c in chosen if c.steep_rule == "absolute"]
        beside = ("the zones lie beside the DEM, so areas and targets are of the whole DEM",)
        own += beside if zones is not None and partition.names == (WHOLE,) else ()
        asked = own_climate if any(model.asks_climate for model in models) else None
        notes = tuple(dict.fromkeys((*warnings_of(source.grid, asked), *own)))
        units, causes, files = _run(job, stage, notes, scheduler=scheduler, threads=threads, progress=progress)
        areas, reach, limits = {}, [], []
        for model, found, why in zip(models, units, causes, strict=True):
            km2 = to_km2(found)
            areas[model.use.id] = area_rows(
                partition.by_name(km2), partition.names, list(band_names(model.edges).values())
            )
            files.append(write_csv(areas[model.use.id], stage / f"areas_{model.use.id}.csv"))
            reach += partition.reach(model, km2, why)
            limits += partition.limits(model, why)
        table = feasibility(
            areas,
            crops={crop.id: crop for crop in chosen},
            reach=pd.DataFrame(reach, columns=list(REACH_COLUMNS)) if partition.rings else None,
            limits=pd.DataFrame(limits, columns=list(LIMIT_COLUMNS)),
            assumptions=notes,
        )
        files.append(write_csv(table, stage / "feasibility.csv"))
        if also is not None:
            files += also(job, stage)
        if progress is not None:
            progress(1.0)
    return Outcome(tuple(sorted(target / file.name for file in files)), areas, table, notes)


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


def _concern_some(
    uses: Sequence[LandUse], layers: Mapping[str, str], weights: Mapping[str, float], *, allow_steep: bool
) -> None:
    """Refuse what concerns none of the uses."""
    known = [*dict.fromkeys(name for use in uses for name in use.layers), "excluded"]
    for name in layers:
        if name not in known and name != "road_distance":
            raise ParameterError(f"layer {name!r} is used by none of the uses; give one of: {', '.join(known)}")
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


def _model(
    use: LandUse,
    climate: Climate,
    paths: Mapping[str, str],
    weights: Mapping[str, float] | None,
    allow_steep: bool,
    shoulder: float | None,
    edges: Sequence[float],
) -> Model:
    """Build a model with the layers and weights that concern this use."""
    fitting = {name for name in paths if name in use.layers or name == "excluded"}
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


def _run(
    job: Job,
    stage: Path,
    notes: Sequence[str],
    *,
    scheduler: str | None,
    threads: int | None,
    progress: Progress | None,
) -> tuple[list[Units], list[Units], list[Path]]:
    tags = {f"DEM_{key}": value for key, value in job.dem.tags.items() if key.isidentifier()}
    with ExitStack() as stack:
        writers = [
            [stack.enter_context(LayerWriter(stage, job.dem.grid, spec)) for spec in _specs(model, tags, notes)]
            for model in job.models
        ]
        units = [np.zeros((job.zone_count, len(model.edges) + 1, 5), np.int64) for model in job.models]
        causes = [np.zeros((job.zone_count, 5, 256), np.int64) for _ in job.models]
        known = False
        with pool(scheduler, threads=threads) as workers:
            spans = job.windows(workers.workers)
            whole_width = spans[0][3] == job.dem.grid.width
            if workers.shares_memory and whole_width:
                results = unordered(workers, evaluate_margined, job, windows_in_turn(job, spans))
            else:
                results = unordered(workers, evaluate_window, job, spans)
            for done, result in enumerate(results, start=1):
                known = known or bool(result.layers[0][1].any())
                for k, blocks in enumerate(result.layers):
                    units[k] += result.units[k]
                    causes[k] += result.causes[k]
                    for writer, block in zip(writers[k], blocks, strict=True):
                        writer.write(block, result.span[0], result.span[2])
                if progress is not None:
                    progress(0.7 * done / len(spans))
        if not known:
            raise DataError(f"{job.dem.path} holds only nodata; check the file and its nodata value")
        files: list[Path] = []
        flat = [writer for group in writers for writer in group]
        for done, writer in enumerate(flat, start=1):
            files += writer.finish()
            if progress is not None:
                progress(0.7 + 0.3 * done / len(flat))
    return units, causes, files


def _specs(model: Model, tags: Mapping[str, str], notes: Sequence[str]) -> list[LayerSpec]:
    own = dict(tags) | model_attributes(model, notes=notes)
    names, colours = class_style()
    factors, shades = limiting_style(model.limiting)
    ident = model.use.id
    title = f"{model.use.name_en} {model.use.name_zh}"
    return [
        LayerSpec(f"suitability_{ident}.tif", SCORE_NODATA, own | {"title": f"{title}: suitability score 0-100"}),
        LayerSpec(f"class_{ident}.tif", CLASS_NODATA, own | {"title": f"{title}: FAO class"}, names, colours),
        LayerSpec(f"limiting_{ident}.tif", 0, own | {"title": f"{title}: limiting factor"}, factors, shades),
    ]


@dataclass(frozen=True)
class _Partition:
    """Counties, and within them rings of distance to the left bank: one zone of the table each."""

    names: tuple[str, ...]
    rings: tuple[float, ...]
    shapes: tuple[tuple[Any, int], ...]

    @property
    def count(self) -> int:
        return len(self.names) * (len(self.rings) + 1)

    @classmethod
    def of(
        cls,
        zones: gpd.GeoDataFrame | None,
        frontage: gpd.GeoDataFrame | None,
        source: RasterFile,
        uses: Sequence[LandUse],
    ) -> "_Partition":
        grid = source.grid
        if zones is None:
            return cls((WHOLE,), (), ())
        column = next((c for c in ("name_zh", "name", "name_en") if c in zones.columns), None)
        labels = [str(v) for v in (zones[column] if column else zones.index)]
        shapes = list(zones.geometry.to_crs(grid.crs))
        corner = grid.transform
        box = shapely.box(
            *sorted((corner.c, corner.c + corner.a * grid.width))[:1],
            *sorted((corner.f, corner.f + corner.e * grid.height))[:1],
            *sorted((corner.c, corner.c + corner.a * grid.width))[1:],
            *sorted((corner.f, corner.f + corner.e * grid.height))[1:],
        )
        if not any(shape.intersects(box) for shape in shapes):
            return cls((WHOLE,), (), ())
        names = tuple(dict.fromkeys(labels))
        belts = [use.belt for use in uses if use.belt]
        if frontage is None or not belts:
            return cls(names, (), tuple((s, names.index(n)) for s, n in zip(shapes, labels, strict=True)))
        rings = tuple(sorted({float(km) for belt in belts for km in belt.get("reach_km", [])}))
        steps = len(rings) + 1
        painted = [(s, names.index(n) * steps + steps - 1) for s, n in zip(shapes, labels, strict=True)]
        bank = shapely.union_all(frontage.geometry.values)
        metric = zones.to_crs(frontage.crs).geometry
        # the widest ring first: the narrower ones are painted over it
        for place in range(len(rings) - 1, -1, -1):
            near = bank.buffer(rings[place] * 1000)
            parts = gpd.GeoSeries(metric.intersection(near), crs=frontage.crs).to_crs(grid.crs)
            painted += [
                (part, names.index(n) * steps + place)
                for part, n in zip(parts, labels, strict=True)
                if not part.is_empty and part.area > 0
            ]
        return cls(names, rings, tuple(painted))

    def by_name(self, km2: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return areas by county."""
        summed: npt.NDArray[np.float64] = km2.reshape(len(self.names), len(self.rings) + 1, *km2.shape[1:]).sum(axis=1)
        return summed

    def reach(self, model: Model, km2: npt.NDArray[np.float64], causes: Units) -> list[tuple[Any, ...]]:
        """Return the land within each distance of the bank: S1 and S2, S3, and what makes it S3."""
        if not self.rings or not model.use.belt:
            return []
        ringed = km2.reshape(len(self.names), len(self.rings) + 1, *km2.shape[1:]).sum(axis=(0, 2))
        why = causes.reshape(len(self.names), len(self.rings) + 1, 5, 256)[:, :, 3].sum(axis=0)
        rows = []
        for k, ring in enumerate(self.rings):
            within = ringed[: k + 1].sum(axis=0)
            worst = int(why[: k + 1].sum(axis=0).argmax())
            cause = model.limiting.get(worst, "") if within[2] > 0 else ""
            rows.append((model.use.id, ring, float(within[:2].sum()), float(within[2]), cause))
        return rows

    def limits(self, model: Model, causes: Units) -> list[tuple[Any, ...]]:
        """Return the area by zone, class and limiting factor."""
        km2 = causes.reshape(len(self.names), len(self.rings) + 1, 5, 256).sum(axis=1) * (AREA_UNIT_M2 * 1e-6)
        return [
            (model.use.id, zone, CLASS_LETTERS[grade], name, float(km2[z, grade, code]))
            for z, zone in enumerate(self.names)
            for grade in CLASS_LETTERS
            for code, name in model.limiting.items()
            if km2[z, grade, code] > 0
        ]
