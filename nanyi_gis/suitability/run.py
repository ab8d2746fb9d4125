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

from ..errors import DataError, ParameterError
from ..io import names_of, staged, write_csv
from .blocks import to_km2
from .climate import Climate, load_climate
from .crop import Crop
from .crop_file import load_crop
from .evaluate import area_rows, model_attributes
from .feasibility import LIMIT_COLUMNS, REACH_COLUMNS, feasibility
from .frame import AREA_UNIT_M2, Frame, warnings_of
from .job import Job, RasterFile, evaluate_margined, evaluate_window, windows_in_turn
from .model import Model, build_model
from .roads import write_road_distance
from .schedulers import pool, unordered
from .styles import class_style, limiting_style
from .vocabulary import CLASS_LETTERS, CLASS_NODATA, PLAN_EDGES, SCORE_NODATA, band_names
from .writer import LayerSpec, LayerWriter, writing

Progress = Callable[[float], None]
Units = npt.NDArray[np.int64]
WHOLE = "all"


@dataclass(frozen=True)
class Outcome:
    """What a run wrote and found: files, areas by crop, the feasibility table, notes for the reader."""

    files: tuple[Path, ...]
    areas: Mapping[str, pd.DataFrame]
    feasibility: pd.DataFrame
    notes: tuple[str, ...]


def evaluate_file(
    dem: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    crops: Sequence[str | os.PathLike[str] | Crop],
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
    """Evaluate crops on a DEM file of any size and write the layers into a folder, whole or not at all.

    The DEM is read once, in windows; memory does not grow with the raster. For each crop come
    ``suitability_<crop>.tif``, ``class_<crop>.tif``, ``limiting_<crop>.tif`` (COGs with
    overviews, statistics, class names, colours and provenance tags, each with a ``.qml`` style
    for QGIS and the codes with an ``.aux.xml`` for GDAL) and ``areas_<crop>.csv``; for all
    together ``feasibility.csv``.

    Parameters
    ----------
    dem : path
        Elevations in metres, any CRS and grid.
    out : path
        Folder.
    crops : sequence
        Names of embedded crops, crop files, or crops.
    zones : GeoDataFrame, optional
        Polygons with ``name_zh`` (or ``name``) to report by; the whole raster if not given or beside it.
    frontage : GeoDataFrame, optional
        The river's left bank, for the belt test.
    roads : GeoDataFrame, optional
        Road lines, for the distance to a road.
    layers : mapping of str to path, optional
        Optional rasters on any grid by the name of the layer.
    weights, climate, edges, shoulder, allow_steep
        As for :func:`nanyi_gis.suitability.evaluate`; weights apply to every crop that has the criterion.
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
    source = RasterFile.of(os.fspath(dem))
    chosen = _crops(crops)
    own_climate = load_climate(climate)
    target = Path(out)
    with staged(target) as stage, tempfile.TemporaryDirectory(dir=stage, prefix=".work-") as work, writing(target):
        paths = {name: os.fspath(Path(path).resolve()) for name, path in (layers or {}).items()}
        for path in paths.values():
            RasterFile.of(path)
        if roads is not None:
            paths["road_distance"] = str(write_road_distance(roads, source.grid, Path(work) / "road_distance.tif"))
        _concern_some(chosen, paths, weights or {}, allow_steep=allow_steep)
        models = tuple(_model(crop, own_climate, paths, weights, allow_steep, shoulder, edges) for crop in chosen)
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
        notes = tuple(dict.fromkeys((*warnings_of(source.grid, own_climate), *own)))
        units, causes, files = _run(job, stage, notes, scheduler=scheduler, threads=threads, progress=progress)
        areas, reach, limits = {}, [], []
        for model, found, why in zip(models, units, causes, strict=True):
            km2 = to_km2(found)
            areas[model.crop.id] = area_rows(
                partition.by_name(km2), partition.names, list(band_names(model.edges).values())
            )
            files.append(write_csv(areas[model.crop.id], stage / f"areas_{model.crop.id}.csv"))
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


def _crops(crops: Sequence[str | os.PathLike[str] | Crop]) -> tuple[Crop, ...]:
    chosen = tuple(load_crop(crop) for crop in crops)
    if not chosen:
        raise ParameterError("crops is empty, but at least one crop is needed; e.g. orange")
    names = [crop.id for crop in chosen]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"crop {name!r} is given twice; name it once")
    return chosen


def _concern_some(
    crops: Sequence[Crop], layers: Mapping[str, str], weights: Mapping[str, float], *, allow_steep: bool
) -> None:
    """Refuse what concerns none of the crops."""
    known = [*dict.fromkeys(name for crop in crops for name in crop.layers), "excluded"]
    for name in layers:
        if name not in known and name != "road_distance":
            raise ParameterError(f"layer {name!r} is used by none of the crops; give one of: {', '.join(known)}")
    criteria = list(dict.fromkeys(criterion.id for crop in crops for criterion in crop.criteria))
    for name in weights:
        if name not in criteria:
            raise ParameterError(f"weights has {name!r}, but the crops know: {', '.join(criteria)}")
    if allow_steep and all(crop.steep_rule == "absolute" for crop in crops):
        crop = crops[0]
        raise ParameterError(
            f"allow_steep is set, but {crop.id} is banned above {crop.slope_max:g} degrees ({crop.steep_clause}); "
            "leave it off"
        )


def _model(
    crop: Crop,
    climate: Climate,
    paths: Mapping[str, str],
    weights: Mapping[str, float] | None,
    allow_steep: bool,
    shoulder: float | None,
    edges: Sequence[float],
) -> Model:
    """Build a model with the layers and weights that concern this crop."""
    fitting = {name for name in paths if name in crop.layers or name == "excluded"}
    own = {c.id for c in crop.criteria}
    return build_model(
        crop,
        climate,
        layers=[name for name in paths if name in fitting],
        weights={name: weight for name, weight in (weights or {}).items() if name in own},
        allow_steep=allow_steep and crop.steep_rule != "absolute",
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
    ident = model.crop.id
    title = f"{model.crop.name_en} {model.crop.name_zh}"
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
        crops: Sequence[Crop],
    ) -> "_Partition":
        grid = source.grid
        if zones is None:
            return cls((WHOLE,), (), ())
        labels = names_of(zones).tolist()
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
        belts = [crop.belt for crop in crops if crop.belt]
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
        if not self.rings or not model.crop.belt:
            return []
        ringed = km2.reshape(len(self.names), len(self.rings) + 1, *km2.shape[1:]).sum(axis=(0, 2))
        why = causes.reshape(len(self.names), len(self.rings) + 1, 5, 256)[:, :, 3].sum(axis=0)
        rows = []
        for k, ring in enumerate(self.rings):
            within = ringed[: k + 1].sum(axis=0)
            worst = int(why[: k + 1].sum(axis=0).argmax())
            cause = model.limiting.get(worst, "") if within[2] > 0 else ""
            rows.append((model.crop.id, ring, float(within[:2].sum()), float(within[2]), cause))
        return rows

    def limits(self, model: Model, causes: Units) -> list[tuple[Any, ...]]:
        """Return the area by zone, class and limiting factor."""
        km2 = causes.reshape(len(self.names), len(self.rings) + 1, 5, 256).sum(axis=1) * (AREA_UNIT_M2 * 1e-6)
        return [
            (model.crop.id, zone, CLASS_LETTERS[grade], name, float(km2[z, grade, code]))
            for z, zone in enumerate(self.names)
            for grade in CLASS_LETTERS
            for code, name in model.limiting.items()
            if km2[z, grade, code] > 0
        ]
