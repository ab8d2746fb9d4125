"""The one door for vector files: the right layer, the right encoding, plain attributes, every row accounted for."""

import os
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely

from ..._limits import MOST_COLUMNS, MOST_FEATURES, hold, hold_memory
from ...errors import DataError, ParameterError
from ..drivers import offline
from ..guard import guarded
from ..parquet import pyarrow_parquet
from ..placement import misplaced, placed
from ..raw_path import raw_path
from .claims import check_parquet
from .dbf import RAW, decode, shapefile_encoding
from .layers import CURE, Layer, chosen_layers, is_parquet, split_layer
from .plain import plain_columns

_DIMENSION = {"polygon": 2, "line": 1, "point": 0}
_WORDS = {2: "polygons", 1: "lines", 0: "points"}
_MOST_TOLD = 3
# GDAL says these of files that are read in full
_HUSHED = ("More than one layer", "Several features with id", "as JSON; leaving as string", "invalid value encountered")
_READ: ContextVar[dict[tuple[Any, ...], Any] | None] = ContextVar("read", default=None)
NO_GEOMETRY, EMPTY, OUTSIDE, BROKEN = "no geometry", "empty geometry", "outside its CRS", "coordinates not finite"


@contextmanager
def reading_once() -> Iterator[None]:
    """Within it every file is read once, however often it is asked for: for a file that is tried for many uses."""
    before = _READ.set({})
    try:
        yield
    finally:
        _READ.reset(before)


def read_vector(
    path: str | os.PathLike[str], *, layer: str | None = None, kind: str | None = None, unplaced: bool = False
) -> gpd.GeoDataFrame:
    """Read a vector layer that has a CRS: GeoPackage, Shapefile, GeoJSON, GeoParquet, OSM or what GDAL reads.

    Parameters
    ----------
    path : path
        A file, or ``FILE:layer``.
    layer : str, optional
        Layer of the file. If not given, the only one with features (of the ``kind``) is taken; the folders of a KML,
        and the tracks, routes and waypoints of a GPX, are joined.
    kind : str, optional
        ``polygon``, ``line`` or ``point``: only such features are kept.
    unplaced : bool
        Whether rows without geometry are kept too, e.g. of a list of places that are not all located.

    Returns
    -------
    GeoDataFrame
        With the file's rows that have a geometry, their attributes as :func:`plain_columns` makes them.
        ``attrs["left_out"]`` counts the other rows by reason, ``attrs["notes"]`` tells what else a user should
        know, ``attrs["file"]`` is the file's name, ``attrs["layer"]`` the layer's, and ``attrs["encoding"]`` that
        of a shapefile's attributes.

    Raises
    ------
    DataError
        If the file is missing, unreadable or a table, has no CRS, or its coordinates cannot be where that puts them;
        if no row, or less than half of the rows that are of the kind, can be used.
    ParameterError
        If several layers are of the kind, or none has the name.
    """
    asked, known = (os.fspath(path), layer, kind, unplaced), _READ.get()
    if known is None:
        return _vector(path, layer=layer, kind=kind, unplaced=unplaced)
    if asked not in known:
        known[asked] = _vector(path, layer=layer, kind=kind, unplaced=unplaced)
    return _again(known[asked])


def _vector(path: str | os.PathLike[str], *, layer: str | None, kind: str | None, unplaced: bool) -> gpd.GeoDataFrame:
    source, named = split_layer(path)
    if named is not None and layer is not None and named != layer:
        raise ParameterError(f"layer is {layer!r}, but {path} names another one; give one of the two")
    if not source.exists():
        raise DataError(f"no file {source}; check the path")
    layers = chosen_layers(source, layer=layer or named, kind=kind)
    for one in layers:
        hold(f"{source} has {one.features:,} features", one.features, MOST_FEATURES, cure="clip it")
    size = source.stat().st_size
    hold_memory(f"{source} has {size:,} bytes", size, cure="clip it")
    frame, notes, faults = _shared(source, layers)
    count = frame.shape[1]
    hold(f"{source} has {count:,} columns", count, MOST_COLUMNS, cure="leave out those that are not needed")
    if not isinstance(frame, gpd.GeoDataFrame) or "geometry" not in frame or frame.empty:
        wanted = "features with geometry" if kind is None else f"{kind}s"
        raise DataError(
            f"{source} holds no {wanted}; give a layer of {wanted if kind else 'points, lines or polygons'}"
        )
    if frame.crs is None:
        raise DataError(f"{source} has no CRS; {_crs_cure(source)}save it again with one, e.g. EPSG:4326")
    used, left_out, told = _used(frame, source, kind=kind, unplaced=unplaced, faults=faults)
    result = plain_columns(used)
    notes = [*notes, *told, *faults[:_MOST_TOLD], *result.attrs["notes"]]
    result.attrs |= {"left_out": left_out, "notes": notes, "file": source.name, "layer": layers[0].name}
    return result


def row_notes(frame: pd.DataFrame) -> list[str]:
    """Return what a reader left out and has to say, a line each; empty for a frame that no reader made.

    >>> frame = pd.DataFrame({"a": [1]})
    >>> frame.attrs = {"file": "zones.gpkg", "left_out": {"points": 2}, "notes": []}
    >>> row_notes(frame)
    ['zones.gpkg: left out: points 2']
    """
    file = frame.attrs.get("file", "the layer")
    lost = _reasons(frame.attrs.get("left_out", {}))
    return [
        *([f"{file}: left out: {lost}"] if lost else []),
        *(f"{file}: {note}" for note in frame.attrs.get("notes", [])),
    ]


def _shared(source: Path, layers: list[Layer]) -> tuple[Any, list[str], list[str]]:
    """Return what :func:`_joined` does, of the same layers once within :func:`reading_once`."""
    known, asked = _READ.get(), (source, *(layer.name for layer in layers))
    if known is None:
        return _joined(source, layers, folders=len(layers) > 1)
    if asked not in known:
        known[asked] = _joined(source, layers, folders=len(layers) > 1)
    frame, notes, faults = known[asked]
    return _again(frame), list(notes), list(faults)


def _again(frame: Any) -> Any:
    """Return a frame that shares its values with one that was read before, but not its columns and notes."""
    result = frame.copy(deep=False)
    result.attrs = {name: value.copy() if hasattr(value, "copy") else value for name, value in frame.attrs.items()}
    return result


def _joined(source: Path, layers: list[Layer], *, folders: bool) -> tuple[Any, list[str], list[str]]:
    """Return the rows of the layers, the notes, and what the library complained of."""
    if is_parquet(source):
        pyarrow_parquet()
        with guarded(source, what="vector layer", cure=CURE) as told:
            check_parquet(source)
            frame = _renamed(gpd.read_parquet(raw_path(source)))
        return frame, [], _complaints(told)
    encoding = shapefile_encoding(source)
    parts, notes, faults = [], [], []
    for layer in layers:
        with offline(source), guarded(source, what="vector layer", cure=CURE) as told:
            part = pyogrio.read_dataframe(
                raw_path(source),
                layer=layer.name,
                encoding=RAW if encoding else None,
                on_invalid="warn",
                fid_as_index=False,
            )
        faults += _complaints(told)
        parts.append(_renamed(part).assign(folder=layer.name) if folders else _renamed(part))
    frame = parts[0] if len(parts) == 1 else _concatenated(parts)
    if encoding is not None and isinstance(frame, gpd.GeoDataFrame):
        frame = decode(frame, encoding.name)
        frame.attrs["encoding"] = encoding.name
        notes += [encoding.note] if encoding.note else []
    return frame, notes, faults


def _concatenated(parts: list[Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas on columns that are empty in one of the parts
        return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)


def _renamed(frame: Any) -> Any:
    """Return a frame whose geometry is called geometry."""
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name not in (None, "geometry"):
        return frame.drop(columns="geometry", errors="ignore").rename_geometry("geometry")
    return frame


def _complaints(told: list[str]) -> list[str]:
    return [text for text in told if not any(hushed in text for hushed in _HUSHED)]


def _crs_cure(source: Path) -> str:
    return "add a .prj or " if source.suffix.lower() == ".shp" else ""


def _used(
    frame: gpd.GeoDataFrame, source: Path, *, kind: str | None, unplaced: bool, faults: list[str]
) -> tuple[gpd.GeoDataFrame, dict[str, int], list[str]]:
    """Return the rows that can be used, how many were left out for which reason, and notes."""
    shapes = np.array(frame.geometry.values, dtype=object)
    missing, empty = shapely.is_missing(shapes), shapely.is_empty(shapes)
    left_out: Counter[str] = Counter({NO_GEOMETRY: int(missing.sum()), EMPTY: int(empty.sum())})
    there = ~(missing | empty)
    notes: list[str] = []
    if not there.any():
        if faults:
            raise DataError(f"{source} is no vector layer that can be read ({faults[0][:160]}); {CURE}")
        raise DataError(
            f"{source} holds only empty geometries ({_reasons(left_out)}); give a layer with points, lines or polygons"
        )
    asked = len(frame)
    if kind is not None:
        shapes, other, taken_apart = _of_kind(shapes, _DIMENSION[kind])
        others = Counter(_WORDS.get(int(d), "collections") for d in shapely.get_dimensions(shapes[other & there]))
        if not (there & ~other).any():
            found = ", ".join(f"{count} {what}" for what, count in sorted(others.items()))
            raise DataError(f"{source} must be {kind}s, but holds no {kind}s: it has {found}; pick the {kind} layer")
        left_out += others
        asked -= int((other & there).sum())
        there &= ~other
        if taken_apart:
            notes.append(f"of {taken_apart} collections only the {kind}s are used")
        frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    if unplaced:
        there, left_out = there | missing | empty, Counter()
    broken = there & _not_finite(shapes)
    if broken.any() and not (there & ~broken).any():
        raise DataError(f"{source} has no geometry with finite coordinates; export it again from its source")
    left_out[BROKEN] = int(broken.sum())
    kept = frame[there & ~broken]
    outside = misplaced(kept.geometry)
    if outside.sum() * 2 > len(kept):
        placed(kept, None, name=str(source))
    if outside.any():
        left_out[OUTSIDE] = int(outside.sum())
        kept = kept[~outside]
    counted = {reason: count for reason, count in left_out.items() if count}
    if 2 * len(kept) < asked:
        raise DataError(
            f"{source}: only {len(kept)} of {asked} rows can be used ({_reasons(counted)}); repair the layer first"
        )
    return kept.copy(), counted, notes


def _not_finite(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Return which shapes have a coordinate that is no number; boxes of shapes pass over it."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    result = np.zeros(len(shapes), dtype=bool)
    result[owner[np.isnan(points).any(axis=1)]] = True
    return result


def _of_kind(
    shapes: npt.NDArray[np.object_], dimension: int
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_], int]:
    """Return the shapes with collections cut down to parts of a dimension, which are of another, and how many were cut.

    A multi-point of one point becomes the point.
    """
    kinds = shapely.get_type_id(shapes)
    result, cut = shapes.copy(), 0
    for place in np.flatnonzero(kinds == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = _parts(shapes[place])
        fitting = parts[shapely.get_dimensions(parts) == dimension]
        if len(fitting):
            result[place] = shapely.union_all(fitting) if dimension == 2 else _multi(fitting, dimension)
            cut += 1
    single = (kinds == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    if dimension == 0 and single.any():
        result[single] = shapely.get_geometry(shapes[single], 0)
    there = ~(shapely.is_missing(result) | shapely.is_empty(result))
    mixed = shapely.get_type_id(result) == shapely.GeometryType.GEOMETRYCOLLECTION
    return result, there & ((shapely.get_dimensions(result) != dimension) | mixed), cut


def _multi(parts: npt.NDArray[np.object_], dimension: int) -> shapely.Geometry:
    return parts[0] if len(parts) == 1 else (shapely.multilinestrings if dimension else shapely.multipoints)(parts)


def _parts(shape: shapely.Geometry) -> npt.NDArray[np.object_]:
    """Return the single parts of a collection, however deep."""
    parts = np.atleast_1d(shapely.get_parts(shape))
    while (shapely.get_num_geometries(parts) > 1).any() or (
        shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT
    ).any():
        parts = shapely.get_parts(parts)
    return parts


def _reasons(counts: "Counter[str] | dict[str, int]") -> str:
    return ", ".join(f"{reason} {count}" for reason, count in counts.items() if count)
