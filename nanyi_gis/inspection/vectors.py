"""A vector file: what each of its layers is, and which uses it may have."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from ..datum import guess_datum
from ..errors import DataError, NanyiError
from ..io import Layer, declared_crs, is_osm_file, near, read_vector, reading_once, row_notes, validity, vector_layers
from ..network import read_roads
from ..study import StudyArea
from .bench import Bench
from .place import crs_name, reach
from .report import FileReport, Trial, Use, clause, merged, one_line, verdict
from .roads import Roads
from .shapes import as_barriers, as_boundaries, as_facilities, as_observers, as_sources, as_zones
from .shift import name_suspicion, road_suspicion

MOST_OSM_BYTES = 30_000_000
"""Size up to which an OSM extract is read."""

_NOWHERE = "unknown, lies where no county can"
_JOINED = {".kml", ".kmz", ".gpx"}
_WORDS = {2: "polygon", 1: "line", 0: "point"}
_UNREAD = f"only its blocks were checked, since it is larger than {MOST_OSM_BYTES / 1e6:.0f} MB"


def vector_reports(path: str, bench: Bench, *, layer: str | None = None) -> list[FileReport]:
    """Return what is to be said of a vector file: one report a layer, or one for layers that belong together.

    Raises
    ------
    DataError
        If it is no vector file, is a table, or holds no layer with geometry.
    """
    with reading_once():
        return _reports(path, bench, layer)


def _reports(path: str, bench: Bench, layer: str | None) -> list[FileReport]:
    source = Path(path)
    layers = vector_layers(source)
    if layer is not None:
        named = [one for one in layers if one.name == layer]
        return [_report(f"{path}:{layer}", (named or [Layer(layer, "Unknown", -1)])[0], bench)]
    if not layers:
        raise DataError(f"{path} holds no layer with geometry; give points, lines, polygons or a raster")
    if is_osm_file(source):
        return [_osm_report(path, bench)]
    if source.suffix.lower() in _JOINED:
        return [_report(path, Layer(source.stem, "Unknown", -1), bench)]
    if len(layers) == 1:
        return [_report(path, layers[0], bench)]
    return [_report(f"{path}:{one.name}", one, bench) for one in layers]


@dataclass(frozen=True)
class _Found:
    """A layer as the door gives it, or the door's words."""

    frame: gpd.GeoDataFrame | None
    fault: str

    @classmethod
    def of(cls, path: str, read: Callable[[], gpd.GeoDataFrame]) -> "_Found":
        try:
            return cls(read(), "")
        except NanyiError as error:
            return cls(None, clause(one_line(error), path))

    @cached_property
    def kinds(self) -> set[str]:
        if self.frame is None:
            return set()
        return {_WORDS[d] for d in set(_dimensions(self.frame).tolist()) if d in _WORDS}


def _report(path: str, layer: Layer, bench: Bench) -> FileReport:
    found = _Found.of(path, lambda: read_vector(path))
    kinds = found.kinds or ({layer.kind} if layer.kind else set(_WORDS.values()))
    name = path.rsplit("/", 1)[-1]
    if found.frame is None:
        uses = _uses(path, kinds, bench) if layer.features else ()
        count = "" if layer.features < 0 else f"{layer.features} "
        fault = "no features" if layer.features == 0 else found.fault
        kind = f"vector {count}{layer.geometry}"
        return FileReport(name, kind, _declared(path, layer), "unknown", fault, "unknown", "unknown", uses)
    return _described(path, found.frame, kinds, bench)


def _described(path: str, frame: gpd.GeoDataFrame, kinds: set[str], bench: Bench) -> FileReport:
    types = "/".join(sorted({str(kind) for kind in frame.geom_type.dropna().unique()}))
    lost = frame.attrs.get("left_out", {})
    datum, shifted = _datum(frame, bench)
    faults = [_invalid(frame), shifted, _encoding(frame)]
    return FileReport(
        name=path.rsplit("/", 1)[-1],
        kind=f"vector {len(frame) + sum(lost.values())} {types}",
        crs=crs_name(frame.crs),
        datum=datum,
        validity="; ".join(filter(None, faults)) or "valid",
        nodata=", ".join(f"{count} with {reason}" for reason, count in lost.items()) or "none",
        extent=reach(tuple(frame.total_bounds.tolist()), frame.crs, bench.study),
        uses=_uses(path, kinds, bench, trusted=not shifted and datum != _NOWHERE),
    )


def _osm_report(path: str, bench: Bench) -> FileReport:
    size = Path(path).stat().st_size
    name, kind = Path(path).name, f"OSM extract, {_size(size)}"
    if size > MOST_OSM_BYTES:
        commands = ("network", "access --roads", "build --roads", "travel-time --roads", "suitability --roads")
        use = Use("roads", commands, f"yes, with notes: {_UNREAD}")
        return FileReport(name, kind, "EPSG:4326", "as its CRS says", "not read", "unknown", "unknown", (use,))
    found = _Found.of(path, lambda: read_roads(path))
    others = {word for word in ("polygon", "point") if _Found.of(path, partial(read_vector, path, kind=word)).kinds}
    uses = _uses(path, {"line", *others}, bench, layer=False)
    if found.frame is None:
        return FileReport(name, kind, "EPSG:4326", "as its CRS says", found.fault, "none", "unknown", uses)
    ways = f"{kind}, {len(found.frame)} roads"
    extent = reach(tuple(found.frame.total_bounds.tolist()), found.frame.crs, bench.study)
    return FileReport(name, ways, "EPSG:4326", "as its CRS says", "valid", "none", extent, uses)


def _uses(path: str, kinds: set[str], bench: Bench, *, layer: bool = True, trusted: bool = False) -> tuple[Use, ...]:
    """Try each use that makes sense for the kinds of features in a layer; ``trusted`` if its datum is ours."""
    trials: list[tuple[str, tuple[str, ...], Trial]] = []
    if "polygon" in kinds:
        trials += [
            ("boundaries", ("build --boundaries",), lambda: as_boundaries(path, trusted=trusted)),
            ("zones", ("bands --zones", "suitability --zones"), lambda: as_zones(path)),
        ]
    if "line" in kinds:
        roads = Roads(path, bench)
        trials += [
            ("roads", ("network",), roads.network),
            ("roads", ("access --roads",), roads.access),
            ("roads", ("build --roads",), roads.build),
            ("roads", ("travel-time --roads",), roads.travel_time),
            ("roads", ("suitability --roads",), roads.suitability),
        ]
    if "point" in kinds:
        trials += [
            ("places", ("access --from",), lambda: as_facilities(path, bench, people=True)),
            ("places", ("access --to",), lambda: as_facilities(path, bench, people=False)),
            ("places", ("travel-time --from",), lambda: as_sources(path)),
            ("places", ("viewshed --observers",), lambda: as_observers(path)),
        ]
    if kinds & {"polygon", "line"}:
        trials.append(("barriers", ("travel-time --barriers",), lambda: as_barriers(path)))
    if layer:
        trials.append(("layer", ("build --layer",), lambda: row_notes(read_vector(path))))
    return merged(Use(name, commands, verdict(trial)) for name, commands, trial in trials)


def _size(octets: int) -> str:
    """Return a size of a file in words.

    >>> _size(546), _size(2_340_000)
    ('1 kB', '2.3 MB')
    """
    return f"{octets / 1e6:.1f} MB" if octets >= 1e6 else f"{max(round(octets / 1e3), 1)} kB"


def _declared(path: str, layer: Layer) -> str:
    """Return the CRS that a layer declares which the door refuses."""
    source = path.removesuffix(f":{layer.name}")
    try:
        return crs_name(declared_crs(source, layer.name))
    except DataError:
        return "unknown"


def _dimensions(frame: gpd.GeoDataFrame) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    dimensions = shapely.get_dimensions(np.asarray(frame.geometry.values))
    return np.asarray(dimensions, dtype=np.int32)


def _invalid(frame: gpd.GeoDataFrame) -> str:
    try:
        invalid = int((~validity(np.asarray(frame.geometry.values))).sum())
    except DataError as error:
        return f"validity not checked: {clause(one_line(error), '')}"
    return f"{invalid} invalid" if invalid else ""


def _encoding(frame: gpd.GeoDataFrame) -> str:
    """Return which encoding the attributes were read in, where it is not the declared one."""
    told = (str(note) for note in frame.attrs.get("notes", ()))
    return next((note.split(",")[0] for note in told if note.startswith("attributes read as")), "")


def _datum_by_places(frame: gpd.GeoDataFrame, study: StudyArea) -> tuple[str, str]:
    """Return the datum of points and lines as far as known places tell it, and a fault if they seem shifted."""
    points = frame[_dimensions(frame) == 0]
    lines = frame[_dimensions(frame) == 1]
    try:
        found = name_suspicion(points, study) if len(points) else None
        found = road_suspicion(lines, study) if found is None and len(lines) else found
    except NanyiError:
        return _NOWHERE, ""
    if found is None:
        return "not to be told without polygons", ""
    return f"{found.datum} suspected ({found.before_m:.0f} m off known places, {found.after_m:.0f} m if converted)", (
        "seems shifted"
    )


def _datum(frame: gpd.GeoDataFrame, bench: Bench) -> tuple[str, str]:
    """Return the datum in words, and a fault if the outline is shifted."""
    study = bench.study
    if not (_dimensions(frame) == 2).any():
        return _datum_by_places(frame, study)
    nearby = frame.set_geometry(near(frame.geometry, study.bounds, study.crs))
    try:
        guess = guess_datum(nearby, study.counties)
    except NanyiError:
        return _NOWHERE, ""
    if guess.datum == "unknown":
        return "unknown, does not follow the county outline", ""
    offset = f"{np.hypot(guess.shift_east_m, guess.shift_north_m):.0f} m off, ±{guess.residual_m:.0f} m"
    return f"{guess.datum} ({offset})", "" if guess.datum == "wgs84" else "shifted"
