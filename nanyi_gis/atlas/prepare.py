"""Loading what an atlas is made of: study, crops, layers, elevations."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from .. import terrain
from .._limits import BYTES_PER_CELL, PAGE_FEATURES, hold_memory, hold_page
from ..dem import load_dem
from ..eligibility import day_of
from ..errors import DataError, ParameterError
from ..io import provenance_table, read_vector
from ..plan import withheld
from ..raster import RasterFile
from ..study import load_study
from ..suitability import read_layers
from ..targets import read_people, study_climate, study_crops, township_population
from .context import Atlas
from .monitor import REPORT, report_of

_PUBLIC_CELL_M = 100.0


def prepare(
    *,
    study: Path | None,
    dem: Sequence[Path],
    roads: Path | None,
    noding: str,
    boundaries: Path | None,
    assume_datum: str | None,
    layers: Sequence[Path],
    crops: Sequence[Path],
    resolution: float | None,
    lang: str,
    public: bool,
    rasters: Mapping[str, Path] | None = None,
    population: Path | None = None,
    observations: Sequence[Path] = (),
    as_of: datetime.date | str | None = None,
) -> Atlas:
    """Load and derive everything the pages share; the small files first, so that a bad one costs no time."""
    area = load_study(boundaries, study=study, assume_datum=assume_datum)
    chosen, rasters = study_crops(area, crops), rasters or {}
    left_out = withheld(area.plan) if public else ()
    area = area.for_public() if public else area
    day = None if as_of is None else day_of(as_of)
    register = report_of(area, observations, as_of=day)
    study_climate(area, [use.with_layers(rasters) for use in chosen])
    for path in rasters.values():
        RasterFile.of(path, kind="quantity")
    people = None
    if population is not None:
        raster = read_people(population)
        people = township_population(study=area, raster=raster, counties=area.counties)
    if study is None:
        provenance_table()  # a file without its record ends the build before the long work, not after it
    extra = dict(zip(_layer_names(layers), map(_checked_layer, layers), strict=True))
    sources = list(dem) or ([] if area.dem is None else [area.dem])
    if not sources:
        raise ParameterError(f"the study {area.id} names no dem; give the elevations with --dem FILE")
    elevation = load_dem(sources, study=area, resolution=resolution)
    if public and elevation.attrs["report"]["resolution_m"] < _PUBLIC_CELL_M:
        elevation = load_dem(sources, study=area, resolution=_PUBLIC_CELL_M)
    asked = f"the atlas has a grid of {elevation.size:,} cells"
    hold_memory(asked, elevation.size * BYTES_PER_CELL["build"], cure="give a coarser --resolution")
    aligned, _ = read_layers(rasters, elevation, uses=chosen, climate=area.climate) if rasters else ({}, [])
    given = [boundaries, roads, population, *layers, *rasters.values()]
    return Atlas(
        study=area,
        plan=area.plan,
        dem=elevation,
        slope=terrain.slope(elevation),
        bands=terrain.elevation_bands(elevation, edges=area.edges),
        lang=lang,
        public=public,
        extra=extra,
        roads=roads,
        noding=noding,
        rasters=aligned,
        raster_files=dict(rasters),
        people=people,
        observations=tuple(observations),
        as_of=day,
        given=tuple(path for path in given if path is not None),
        crops=chosen,
        folder=None if study is None else Path(study),
        withheld=left_out,
        shared={REPORT: register},
    )


def _layer_names(paths: Sequence[Path]) -> list[str]:
    """Return the files' names without suffix, numbered where they repeat (GeoPackage is blind to case).

    >>> _layer_names([Path("a/roads.shp"), Path("b/Roads.gpkg"), Path("sites.gpkg")])
    ['roads', 'Roads_2', 'sites']
    """
    names: list[str] = []
    for path in paths:
        name, number = path.stem, 1
        while name.casefold() in {known.casefold() for known in names}:
            number += 1
            name = f"{path.stem}_{number}"
        names.append(name)
    return names


def _checked_layer(path: Path) -> gpd.GeoDataFrame:
    frame = thinned(read_vector(path))
    vertices = int(shapely.get_num_coordinates(np.asarray(frame.geometry.values)).sum())
    hold_page(path.name, features=len(frame), vertices=vertices)
    if frame.geometry.is_empty.all() or frame.geometry.isna().all():
        raise DataError(f"{path} holds only empty geometries; give a layer with points, lines or polygons")
    return frame


def thinned(frame: gpd.GeoDataFrame, *, most: int = PAGE_FEATURES) -> gpd.GeoDataFrame:
    """Return at most so many features, evenly over the file, with ``attrs["of"]``, how many there were.

    >>> many = gpd.GeoDataFrame({"n": range(10)}, geometry=gpd.points_from_xy(range(10), range(10)), crs=4326)
    >>> few = thinned(many, most=4)
    >>> few["n"].tolist(), few.attrs["of"]
    ([0, 3, 6, 9], 10)
    """
    count = len(frame)
    if count <= most:
        return frame
    kept = frame.iloc[np.linspace(0, count - 1, most).round().astype(int)].reset_index(drop=True)
    kept.attrs["of"] = count
    return kept
