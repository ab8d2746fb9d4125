"""The files of a route: a GeoPackage, tables, and the line for a driver's phone (GPX) and for globes (KML)."""

import html
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .._transformers import crs_to_crs
from ..io import plain_columns, staged, write_csv, write_gpkg, write_text

ROUTE_FILES = ("route.gpkg", "coverage.csv", "profile.csv", "route.gpx", "route.kml")
"""Names of the files that :func:`write_route` writes."""

ROUTE_LAYERS = ("route", "chainage", "sites", "gaps", "alignments")
"""Layers of ``route.gpkg``; a layer without rows is there all the same."""

_WGS84 = "EPSG:4326"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATUM = "WGS-84; a map app on GCJ-02 draws it some hundred metres off"


def write_route(
    out: str | os.PathLike[str],
    *,
    layers: Mapping[str, gpd.GeoDataFrame],
    coverage: pd.DataFrame,
    profile: pd.DataFrame,
    lines: Sequence[shapely.LineString],
    crs: Any,
    name: str,
) -> list[Path]:
    """Write the files of a route into a folder, all or none, and return their paths.

    Parameters
    ----------
    out : path
        The folder; made if it is not there.
    layers : mapping of str to GeoDataFrame
        Those of :data:`ROUTE_LAYERS`, in the route's CRS; what is missing is written without rows.
    coverage, profile : DataFrame
        What ``coverage.csv`` and ``profile.csv`` hold.
    lines : sequence of LineString
        The route by branch, for GPX and KML; each branch is one track.
    crs : CRS
        That of ``lines`` and of layers without rows.
    name : str
        What the route is called.

    Returns
    -------
    list of Path
        In the order of :data:`ROUTE_FILES`.

    Raises
    ------
    OutputError
        If they cannot be written.

    >>> import tempfile
    >>> line = shapely.LineString([(500_000, 3_100_000), (501_000, 3_100_000)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     empty = pd.DataFrame({"m": []})
    ...     paths = write_route(folder, layers={}, coverage=empty, profile=empty, lines=[line], crs=4544, name="A<B")
    ...     "<name>A&lt;B</name>" in paths[3].read_text(encoding="utf-8")
    True
    """
    folder = Path(out)
    kept = {key: _storable(layers.get(key), crs) for key in ROUTE_LAYERS}
    sites = layers.get("sites")
    points = [] if sites is None else _points(sites)
    tracks = [_degrees(line, crs) for line in lines]
    with staged(folder) as stage:
        write_gpkg(kept, stage / ROUTE_FILES[0])
        write_csv(coverage, stage / ROUTE_FILES[1], digits=4)
        write_csv(profile, stage / ROUTE_FILES[2], digits=4)
        write_text(stage / ROUTE_FILES[3], gpx_text(tracks, points, name=name))
        write_text(stage / ROUTE_FILES[4], kml_text(tracks, points, name=name))
    return [folder / file for file in ROUTE_FILES]


def gpx_text(
    tracks: Sequence[Sequence[tuple[float, float]]], points: Sequence[tuple[str, float, float]], *, name: str
) -> str:
    """Return GPX 1.1: a waypoint a place, and a track a branch.

    Parameters
    ----------
    tracks : sequence of sequences of (longitude, latitude)
        WGS-84 degrees.
    points : sequence of (name, longitude, latitude)
        Places.
    name : str
        What the route is called. All texts are escaped, and characters that XML does not have are left out.

    >>> print(gpx_text([[(105.0, 28.0), (105.1, 28.0)]], [("A & B", 105.0, 28.0)], name="road"))
    <?xml version="1.0" encoding="UTF-8"?>
    <gpx version="1.1" creator="nanyi_gis" xmlns="http://www.topografix.com/GPX/1/1">
    <metadata><name>road</name><desc>WGS-84; a map app on GCJ-02 draws it some hundred metres off</desc></metadata>
    <wpt lat="28.000000" lon="105.000000"><name>A &amp; B</name></wpt>
    <trk><name>road</name><trkseg>
    <trkpt lat="28.000000" lon="105.000000"/>
    <trkpt lat="28.000000" lon="105.100000"/>
    </trkseg></trk>
    </gpx>
    <BLANKLINE>
    """
    rows = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gpx version="1.1" creator="nanyi_gis" xmlns="http://www.topografix.com/GPX/1/1">',
        f"<metadata><name>{xml_text(name)}</name><desc>{_DATUM}</desc></metadata>",
    ]
    rows += [f"<wpt {_place(lon, lat)}><name>{xml_text(label)}</name></wpt>" for label, lon, lat in points]
    for label, track in zip(_labels(name, len(tracks)), tracks, strict=True):
        rows.append(f"<trk><name>{xml_text(label)}</name><trkseg>")
        rows += [f"<trkpt {_place(lon, lat)}/>" for lon, lat in track]
        rows.append("</trkseg></trk>")
    return "\n".join([*rows, "</gpx>", ""])


def kml_text(
    tracks: Sequence[Sequence[tuple[float, float]]], points: Sequence[tuple[str, float, float]], *, name: str
) -> str:
    """Return KML 2.2 with a line a branch and a point a place; parameters as of :func:`gpx_text`.

    >>> text = kml_text([[(105.0, 28.0), (105.1, 28.0)]], [("<i>", 105.0, 28.0)], name="road")
    >>> "<coordinates>105.000000,28.000000 105.100000,28.000000</coordinates>" in text, "<name>&lt;i&gt;</name>" in text
    (True, True)
    """
    rows = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>',
        f"<name>{xml_text(name)}</name>",
        '<Style id="route"><LineStyle><color>ff2222cc</color><width>4</width></LineStyle></Style>',
    ]
    for label, track in zip(_labels(name, len(tracks)), tracks, strict=True):
        path = " ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in track)
        rows.append(
            f"<Placemark><name>{xml_text(label)}</name><styleUrl>#route</styleUrl>"
            f"<LineString><tessellate>1</tessellate><coordinates>{path}</coordinates></LineString></Placemark>"
        )
    rows += [
        f"<Placemark><name>{xml_text(label)}</name>"
        f"<Point><coordinates>{lon:.6f},{lat:.6f}</coordinates></Point></Placemark>"
        for label, lon, lat in points
    ]
    return "\n".join([*rows, "</Document></kml>", ""])


def xml_text(text: str) -> str:
    """Return a text for XML, escaped, without the characters that XML 1.0 does not have.

    >>> xml_text('a<b & "c"\\x00')
    'a&lt;b &amp; &quot;c&quot;'
    """
    return html.escape(_NO_XML.sub("", text))


def _labels(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name} {number}" for number in range(1, count + 1)]


def _place(lon: float, lat: float) -> str:
    return f'lat="{lat:.6f}" lon="{lon:.6f}"'


def _degrees(line: shapely.LineString, crs: Any) -> list[tuple[float, float]]:
    xy = shapely.get_coordinates(line)
    lon, lat = crs_to_crs(crs, _WGS84).transform(xy[:, 0], xy[:, 1])
    return list(zip(map(float, lon), map(float, lat), strict=True))


def _points(sites: gpd.GeoDataFrame) -> list[tuple[str, float, float]]:
    """Return name and WGS-84 degrees of the sites that have a place."""
    placed = sites[sites.geometry.notna() & ~sites.geometry.is_empty].to_crs(_WGS84)
    names = placed["name_zh"] if "name_zh" in placed else placed["name"] if "name" in placed else [""] * len(placed)
    return [(str(label), float(p.x), float(p.y)) for label, p in zip(names, placed.geometry, strict=True)]


def _storable(frame: gpd.GeoDataFrame | None, crs: Any) -> gpd.GeoDataFrame:
    """Return a layer as a GeoPackage holds it: no endless numbers, no lists, and no empty one without columns."""
    if frame is None:
        return gpd.GeoDataFrame({"name": pd.Series(dtype=object)}, geometry=gpd.GeoSeries([], crs=crs))
    plain = plain_columns(frame)
    numbers = [name for name in plain.columns if pd.api.types.is_float_dtype(plain[name].dtype)]
    endless: Iterable[str] = (name for name in numbers if np.isinf(plain[name]).any())
    return plain.assign(**{name: plain[name].where(np.isfinite(plain[name])) for name in endless})
