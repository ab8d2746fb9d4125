"""Names and colours of the written layers, for GDAL (.aux.xml) and QGIS (.qml)."""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from ..colours import Colour, hex_colour
from .vocabulary import CLASS_COLOURS, CLASSES, MASKS, NO_LIMIT_CODE, STEEP_CODE

SCORE_RAMP: tuple[tuple[float, Colour], ...] = (
    (0, (165, 0, 38)),
    (40, (244, 165, 96)),
    (60, (255, 246, 178)),
    (80, (120, 198, 121)),
    (100, (0, 90, 50)),
)

_LIMITING_COLOURS: dict[int, Colour] = {
    1: (140, 107, 177),
    2: (140, 81, 10),
    3: (223, 194, 125),
    4: (215, 48, 39),
    5: (69, 117, 180),
    6: (253, 174, 97),
    7: (49, 54, 149),
    8: (244, 109, 67),
    9: (67, 147, 195),
    10: (146, 197, 222),
    11: (184, 134, 90),
    12: (100, 70, 40),
    13: (128, 128, 0),
    14: (120, 120, 120),
    15: (90, 90, 110),
    STEEP_CODE: (60, 30, 10),
    **{code: (20 + 15 * k, 60, 120) for k, (code, _, _) in enumerate(MASKS.values())},
    NO_LIMIT_CODE: (26, 120, 55),
}


def class_style() -> tuple[dict[int, str], dict[int, Colour]]:
    """Return names and colours of the class layer."""
    return dict(CLASSES), dict(CLASS_COLOURS)


def limiting_style(names: Mapping[int, str]) -> tuple[dict[int, str], dict[int, Colour]]:
    """Return names and colours of the limiting layer; the user's own criteria get shades of pink.

    >>> limiting_style({2: "slope", 31: "wind"})[1]
    {2: (140, 81, 10), 31: (197, 27, 125)}
    """
    colours = {}
    for place, code in enumerate(sorted(names)):
        own = (197, (27 + 40 * (place - 1)) % 200, 125)
        colours[code] = _LIMITING_COLOURS.get(code, own)
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
