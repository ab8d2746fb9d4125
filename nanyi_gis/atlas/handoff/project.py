"""A project of QGIS 3 that opens the layers styled and grouped; it lies beside the files it names."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element

from pyproj import CRS

from ...colours import Colour, hex_colour
from ...io import legal, write_bytes
from . import qml
from .markup import add, document
from .symbol import Look

_DATE = (2000, 1, 1, 0, 0, 0)
SLOPE_RAMP: tuple[tuple[float, str], ...] = (
    (2.0, "#f7ffff"),
    (6.0, "#e4d198"),
    (15.0, "#989898"),
    (25.0, "#985f39"),
    (90.0, "#391300"),
)
"""Upper limit in degrees, it included, and colour of the slope grades of the land survey (TD/T 1055-2019)."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A raster of the project.

    Attributes
    ----------
    file : str
        Its name, beside the project.
    title, group : str
        As of a :class:`Look`.
    classes : sequence of (code, colour, label), optional
        Of a raster of codes.
    steps : sequence of (upper limit, colour, label), optional
        Of a raster of quantities.
    opacity : float
        0 to 1.
    shown : bool
        Whether it is switched on.
    """

    file: str
    title: str
    group: str
    classes: Sequence[tuple[int, Colour, str]] = ()
    steps: Sequence[tuple[float, str, str]] = ()
    opacity: float = 1.0
    shown: bool = True


def write_project(path: Path, text: str) -> Path:
    """Write the document of a project as ``.qgz`` into a folder that is staged; the same bytes each time.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        entry = zipfile.ZipInfo(f"{path.stem}.qgs", date_time=_DATE)
        entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
        archive.writestr(entry, text.encode("utf-8"))
    return write_bytes(path, packed.getvalue())


def project(
    looks: Sequence[Look],
    sheets: Sequence[Sheet],
    *,
    names: Mapping[str, Mapping[str, str]],
    groups: Mapping[str, str],
    exclusive: Sequence[str],
    closed: Sequence[str],
    title: str,
    crs: str,
    package: str,
    extent: tuple[float, float, float, float],
) -> str:
    """Return the document of a project.

    Parameters
    ----------
    looks, sheets : sequence
        Layers and rasters, each from top to bottom within its group.
    names : mapping
        Name of each field for readers, by table.
    groups : mapping
        Title by key, from top to bottom.
    exclusive : sequence of str
        Keys of groups of which one layer shows at a time.
    closed : sequence of str
        Keys of groups that are switched off at first.
    title, crs : str
        Of the project.
    package : str
        Name of the GeoPackage beside it.
    extent : (west, south, east, north)
        What is seen first, in units of ``crs``.
    """
    root = Element("qgis", {"version": f"{qml.VERSION}-Białowieża", "projectname": legal(title)})
    add(root, "homePath", path="")
    add(root, "title", title)
    reference = add(root, "projectCrs")
    _add_crs(reference, crs)
    ids = {id(one): _id(number) for number, one in enumerate([*looks, *sheets], start=1)}
    _add_tree(root, looks, sheets, ids, groups=groups, exclusive=exclusive, closed=closed, package=package)
    canvas = add(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    add(canvas, "units", "meters" if CRS.from_user_input(crs).is_projected else "degrees")
    _add_extent(canvas, extent)
    add(canvas, "rotation", "0")
    _add_crs(add(canvas, "destinationsrs"), crs)
    layers = add(root, "projectlayers")
    for look in looks:
        _add_vector(layers, look, ids[id(look)], names.get(look.table, {}), crs=crs, package=package)
    for sheet in sheets:
        _add_raster(layers, sheet, ids[id(sheet)], crs=crs)
    order = add(root, "layerorder")
    for one in _ordered(looks, sheets, groups):
        add(order, "layer", id=ids[id(one)])
    settings = add(root, "properties")
    add(add(settings, "Paths"), "Absolute", "false", type="bool")
    add(add(settings, "SpatialRefSys"), "ProjectionsEnabled", "1", type="int")
    return document(root)


def _ordered(looks: Sequence[Look], sheets: Sequence[Sheet], groups: Mapping[str, str]) -> list[Look | Sheet]:
    return [one for key in groups for one in _inside(looks, sheets, key)]


def _inside(looks: Sequence[Look], sheets: Sequence[Sheet], key: str) -> list[Look | Sheet]:
    every: list[Look | Sheet] = [*looks, *sheets]
    return [one for one in every if one.group == key]


def _id(number: int) -> str:
    """Return an id of a layer that no name of the user's is part of; QGIS ignores one of ten letters or fewer.

    >>> _id(3)
    'nanyi_gis_layer_003'
    """
    return f"nanyi_gis_layer_{number:03d}"


def _add_tree(
    root: Element,
    looks: Sequence[Look],
    sheets: Sequence[Sheet],
    ids: Mapping[int, str],
    *,
    groups: Mapping[str, str],
    exclusive: Sequence[str],
    closed: Sequence[str],
    package: str,
) -> None:
    tree = add(root, "layer-tree-group")
    for key, title in groups.items():
        inside = _inside(looks, sheets, key)
        if not inside:
            continue
        seen = key not in closed and any(one.shown for one in inside)
        branch = add(tree, "layer-tree-group", name=title, checked=_qt(seen), expanded="1" if seen else "0")
        if key in exclusive and len(inside) > 1:
            branch.set("mutually-exclusive", "1")
            branch.set("mutually-exclusive-child", str(next((n for n, one in enumerate(inside) if one.shown), -1)))
        for one in inside:
            add(
                branch,
                "layer-tree-layer",
                id=ids[id(one)],
                name=one.title,
                source=_source(one, package) if isinstance(one, Look) else f"./{one.file}",
                providerKey="ogr" if isinstance(one, Look) else "gdal",
                checked=_qt(one.shown),
                expanded="0" if isinstance(one, Look) and one.styles else "1",
                legend_exp="",
            )


def _qt(on: bool) -> str:
    return "Qt::Checked" if on else "Qt::Unchecked"


def _source(look: Look, package: str) -> str:
    geometry = f"|geometrytype={look.geometry}" if look.geometry else ""
    subset = f"|subset={look.subset}" if look.subset else ""
    return f"./{package}|layername={look.table}{geometry}{subset}"


def _add_vector(layers: Element, look: Look, key: str, names: Mapping[str, str], *, crs: str, package: str) -> None:
    spatial = look.symbol is not None
    geometry = {"point": "Point", "line": "Line", "area": "Polygon"}[look.symbol.kind] if look.symbol else "No geometry"
    layer = add(layers, "maplayer", type="vector", geometry=geometry, styleCategories="AllStyleCategories")
    add(layer, "id", key)
    add(layer, "datasource", _source(look, package))
    add(layer, "layername", look.title)
    if spatial:
        own = getattr(look.frame, "crs", None)
        _add_crs(add(layer, "srs"), crs if own is None else own.to_string())
    add(layer, "provider", "ogr", encoding="UTF-8")
    qml.fill_style(layer, look, names)


def _add_raster(layers: Element, sheet: Sheet, key: str, *, crs: str) -> None:
    layer = add(layers, "maplayer", type="raster", styleCategories="AllStyleCategories")
    add(layer, "id", key)
    add(layer, "datasource", f"./{sheet.file}")
    add(layer, "layername", sheet.title)
    _add_crs(add(layer, "srs"), crs)
    add(layer, "provider", "gdal")
    pipe = add(layer, "pipe")
    if sheet.classes:
        renderer = add(pipe, "rasterrenderer", type="paletted", band="1", opacity=sheet.opacity, alphaBand="-1",
                       nodataColor="")  # fmt: skip
        palette = add(renderer, "colorPalette")
        for code, colour, label in sheet.classes:
            add(palette, "paletteEntry", value=code, color=hex_colour(colour), label=label, alpha="255")
    else:
        renderer = add(pipe, "rasterrenderer", type="singlebandpseudocolor", band="1", opacity=sheet.opacity,
                       alphaBand="-1", nodataColor="", classificationMin="0",
                       classificationMax=f"{sheet.steps[-1][0]:g}")  # fmt: skip
        shader = add(
            add(renderer, "rastershader"),
            "colorrampshader",
            colorRampType="DISCRETE",
            classificationMode="1",
            clip="0",
            minimumValue="0",
            maximumValue=f"{sheet.steps[-1][0]:g}",
        )
        for limit, shade, label in sheet.steps:
            add(shader, "item", value=f"{limit:g}", color=shade, label=label, alpha="255")
    add(pipe, "brightnesscontrast", brightness="0", contrast="0", gamma="1")
    add(pipe, "huesaturation", saturation="0", colorizeOn="0", grayscaleMode="0")
    add(pipe, "rasterresampler", maxOversampling="2")


def _add_crs(parent: Element, crs: str) -> None:
    """Describe a reference system by its code, where it has one, and by its text."""
    known = CRS.from_user_input(crs)
    authority = known.to_authority(min_confidence=100)
    system = add(parent, "spatialrefsys", nativeFormat="Wkt")
    add(system, "wkt", known.to_wkt())
    if authority:
        add(system, "authid", ":".join(authority))
    add(system, "description", known.name)
    add(system, "geographicflag", "false" if known.is_projected else "true")


def _add_extent(parent: Element, extent: tuple[float, float, float, float]) -> None:
    box = add(parent, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), extent, strict=True):
        add(box, name, f"{value:.1f}")
