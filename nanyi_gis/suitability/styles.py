"""Names and colours of the written layers, for GDAL (.aux.xml) and QGIS (.qml)."""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from ..colours import Colour, hex_colour
from .vocabulary import CLASS_COLOURS, CLASSES, NO_LIMIT_CODE

SCORE_RAMP: tuple[tuple[float, Colour], ...] = (
    (0, (253, 231, 37)),
    (25, (94, 201, 98)),
    (50, (33, 145, 140)),
    (75, (59, 82, 139)),
    (100, (68, 1, 84)),
)
"""Viridis from its light end: the better the land, the darker."""

_FACTORS: tuple[Colour, ...] = (
    *((133, 95, 0), (76, 19, 0), (152, 152, 152), (190, 152, 0), (76, 0, 133), (95, 95, 95), (0, 0, 19)),
    *((255, 247, 255), (0, 95, 255), (114, 190, 255), (209, 255, 171)),
)
"""Eleven colours any two of which are told apart by everyone; more there are not."""
_PREFERRED: dict[int, int] = {**{code: code - 1 for code in range(1, 11)}, NO_LIMIT_CODE: 10}


def class_style() -> tuple[dict[int, str], dict[int, Colour]]:
    """Return names and colours of the class layer."""
    return dict(CLASSES), dict(CLASS_COLOURS)


def limiting_style(names: Mapping[int, str]) -> tuple[dict[int, str], dict[int, Colour]]:
    """Return names and colours of the limiting layer.

    A factor has its own colour; one without, such as a layer or a criterion of the user's, takes what those present
    leave free. From the twelfth on they get shades of pink, which are not far apart.

    >>> limiting_style({2: "slope", 31: "wind"})[1]
    {2: (76, 19, 0), 31: (133, 95, 0)}
    """
    taken = {_PREFERRED[code] for code in names if code in _PREFERRED}
    free = [place for place in range(len(_FACTORS)) if place not in taken]
    colours: dict[int, Colour] = {}
    for code in sorted(names):
        if code in _PREFERRED:
            colours[code] = _FACTORS[_PREFERRED[code]]
        elif free:
            colours[code] = _FACTORS[free.pop(0)]
        else:
            colours[code] = (197, (27 + 40 * len(colours)) % 200, 125 + len(colours))
    return dict(names), colours


def auxiliary_xml(names: Mapping[int, str], colours: Mapping[int, Colour]) -> str:
    """Return a GDAL ``.aux.xml``: category names by value and a raster attribute table with colours."""
    categories = "\n".join(
        f"      <Category>{_escaped(names.get(code, ''))}</Category>" for code in range(max(names) + 1)
    )
    fields = [("Value", 0, 5), ("Class", 2, 2), ("Red", 0, 6), ("Green", 0, 7), ("Blue", 0, 8)]
    definitions = "\n".join(
        f'      <FieldDefn index="{k}">\n        <Name>{name}</Name>\n        <Type>{kind}</Type>\n'
        f"        <Usage>{usage}</Usage>\n      </FieldDefn>"
        for k, (name, kind, usage) in enumerate(fields)
    )
    rows = "\n".join(
        f'      <Row index="{k}">\n'
        + "\n".join(f"        <F>{_escaped(str(v))}</F>" for v in (code, names[code], *colours[code]))
        + "\n      </Row>"
        for k, code in enumerate(sorted(names))
    )
    return (
        '<PAMDataset>\n  <PAMRasterBand band="1">\n'
        f"    <CategoryNames>\n{categories}\n    </CategoryNames>\n"
        f'    <GDALRasterAttributeTable tableType="thematic">\n{definitions}\n{rows}\n'
        "    </GDALRasterAttributeTable>\n  </PAMRasterBand>\n</PAMDataset>\n"
    )


def paletted_qml(names: Mapping[int, str], colours: Mapping[int, Colour]) -> str:
    """Return a QGIS style that draws each class in its colour with its name."""
    entries = "\n".join(
        f'        <paletteEntry value="{code}" color="{hex_colour(colours[code])}" alpha="255" '
        f"label={quoteattr(names[code])}/>"
        for code in sorted(names)
    )
    return _qml(
        '    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">\n'
        f"      <colorPalette>\n{entries}\n      </colorPalette>\n    </rasterrenderer>"
    )


def ramp_qml(ramp: tuple[tuple[float, Colour], ...] = SCORE_RAMP, *, unit: str = "") -> str:
    """Return a QGIS style that draws a quantity along a colour ramp."""
    entries = "\n".join(
        f'          <item value="{value:g}" color="{hex_colour(colour)}" alpha="255" label="{value:g}{unit}"/>'
        for value, colour in ramp
    )
    low, high = ramp[0][0], ramp[-1][0]
    return _qml(
        f'    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" '
        f'classificationMin="{low:g}" classificationMax="{high:g}">\n      <rastershader>\n'
        f'        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" '
        f'minimumValue="{low:g}" maximumValue="{high:g}">\n{entries}\n'
        "        </colorrampshader>\n      </rastershader>\n    </rasterrenderer>"
    )


def _qml(renderer: str) -> str:
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.28" styleCategories="Symbology">\n  <pipe>\n'
        f'{renderer}\n    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>\n'
        '    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>\n'
        '    <rasterresampler maxOversampling="2"/>\n  </pipe>\n  <blendMode>0</blendMode>\n</qgis>\n'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
