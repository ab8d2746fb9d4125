"""Styles of QGIS 3: how a layer is drawn and labelled, and the names of its fields."""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from ...colours import parse_hex
from .markup import add, document
from .symbol import PX_TO_MM, Look, Symbol

VERSION = "3.22.0"
"""QGIS whose elements these are; later ones read them, and so do earlier ones of QGIS 3."""

_SYMBOL_TYPES = {"point": "marker", "line": "line", "area": "fill"}
_GEOMETRY = {"point": "0", "line": "1", "area": "2"}
_PLACEMENT = {"point": "6", "line": "3", "area": "1"}  # around the point, curved along the line, over the middle
_FONT = "Microsoft YaHei"


def style(look: Look, names: Mapping[str, str]) -> str:
    """Return the QML of a layer."""
    root = Element("qgis", {"version": VERSION, "styleCategories": "AllStyleCategories"})
    fill_style(root, look, names)
    return document(root)


def fill_style(root: Element, look: Look, names: Mapping[str, str]) -> None:
    """Put the style of a layer into ``root``: that of a QML file, or a layer of a project."""
    if look.symbol is not None:
        root.set("labelsEnabled", "1" if look.label else "0")
        root.set("simplifyDrawingHints", "1")
        _add_renderer(root, look, look.symbol)
        if look.label:
            _add_labels(root, look, look.symbol)
    fields = [str(column) for column in look.frame.columns if column != _geometry_of(look)]
    aliases = add(root, "aliases")
    for index, column in enumerate(("fid", *fields)):
        add(aliases, "alias", index=index, field=column, name=names.get(column, ""))
    if look.label:
        add(root, "previewExpression", f'"{look.label}"')
    if look.symbol is not None:
        add(root, "layerGeometryType", _GEOMETRY[look.symbol.kind])


def rgba(colour: str, opacity: float = 1.0) -> str:
    """Return a colour as QGIS writes it.

    >>> rgba("#ff8000", 0.2)
    '255,128,0,51'
    """
    red, green, blue = parse_hex(colour)
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _geometry_of(look: Look) -> str | None:
    return getattr(look.frame, "_geometry_column_name", None)


def _add_renderer(root: Element, look: Look, base: Symbol) -> None:
    if not look.expression:
        renderer = add(root, "renderer-v2", type="singleSymbol", symbollevels="0", enableorderby="0", forceraster="0")
        _add_symbol(add(renderer, "symbols"), base, name="0")
        return
    renderer = add(root, "renderer-v2", type="categorizedSymbol", attr=_attribute(look.expression), symbollevels="0",
                   enableorderby="0", forceraster="0")  # fmt: skip
    categories, symbols = add(renderer, "categories"), add(renderer, "symbols")
    for number, one in enumerate(look.styles):
        add(categories, "category", value=one.key, label=one.label, symbol=number, render="true", type="string")
        _add_symbol(symbols, one.symbol, name=str(number))
    _add_symbol(add(renderer, "source-symbol"), base, name="0")


def _attribute(expression: str) -> str:
    """Return a plain field by its name, anything else as it is."""
    inner = expression[1:-1]
    return inner if expression == f'"{inner}"' and '"' not in inner else expression


def _add_symbol(parent: Element, symbol: Symbol, *, name: str) -> None:
    kind = _SYMBOL_TYPES[symbol.kind]
    outer = add(parent, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    layer, properties = {"point": _marker, "line": _line, "area": _fill}[symbol.kind](symbol)
    inner = add(outer, "layer", class_=layer, enabled="1", locked="0", **{"pass": "0"})
    for key, value in properties.items():
        add(inner, "prop", k=key, v=value)


def _mm(pixels: float) -> str:
    return f"{pixels * PX_TO_MM:.2f}"


def _marker(symbol: Symbol) -> tuple[str, dict[str, str]]:
    return "SimpleMarker", {
        "color": rgba(symbol.colour),
        "name": symbol.shape,
        "outline_color": "255,255,255,255",
        "outline_style": "solid",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "size": _mm(2 * symbol.radius),
        "size_unit": "MM",
        "scale_method": "diameter",
    }


def _dashes(symbol: Symbol) -> dict[str, str]:
    lengths: Sequence[float] = symbol.dashes_mm
    return {
        "use_custom_dash": "1" if lengths else "0",
        "customdash": ";".join(f"{length:g}" for length in lengths) or "5;2",
        "customdash_unit": "MM",
    }


def _line(symbol: Symbol) -> tuple[str, dict[str, str]]:
    return "SimpleLine", {
        "line_color": rgba(symbol.colour),
        "line_style": "solid",
        "line_width": _mm(symbol.width),
        "line_width_unit": "MM",
        "capstyle": "flat" if symbol.dash else "round",
        "joinstyle": "round",
        **_dashes(symbol),
    }


def _fill(symbol: Symbol) -> tuple[str, dict[str, str]]:
    return "SimpleFill", {
        "color": rgba(symbol.fill or symbol.colour, symbol.opacity if symbol.fill else 0.0),
        "style": "solid" if symbol.fill else "no",
        "outline_color": rgba(symbol.colour),
        "outline_style": "dash" if symbol.dash else "solid",
        "outline_width": _mm(symbol.width),
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


def _add_labels(root: Element, look: Look, symbol: Symbol) -> None:
    settings = add(add(root, "labeling", type="simple"), "settings", calloutType="simple")
    text = add(
        settings,
        "text-style",
        fieldName=look.label,
        isExpression="0",
        fontFamily=_FONT,
        fontSize=f"{look.label_points:g}",
        fontSizeUnit="Point",
        namedStyle="Regular",
        textColor=rgba(look.label_colour),
        textOpacity="1",
        multilineHeight="1",
    )
    add(text, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM", bufferColor="255,255,255,230",
        bufferOpacity="1", bufferJoinStyle="128")  # fmt: skip
    add(settings, "text-format", multilineAlign="3", wrapChar="", autoWrapLength="0")
    add(settings, "placement", placement=_PLACEMENT[symbol.kind], priority="5", dist="0.8", distUnits="MM",
        polygonPlacementFlags="2", geometryGenerator="", placementFlags="10")  # fmt: skip
    add(settings, "rendering", drawLabels="1", scaleVisibility="1" if look.labels_below else "0", scaleMin="0",
        scaleMax=f"{look.labels_below:g}", obstacle="1", displayAll="0", limitNumLabels="0")  # fmt: skip
