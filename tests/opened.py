"""The files of an atlas opened to what they say and where they place it, whatever they are packed in."""

import base64
import gzip
import json
import re
import sqlite3
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

DATA = re.compile(r'<script type="application/json" id="([^"]+)">(.*?)</script>', re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")


def said(path: Path) -> str:
    """Return all text in a file: names, columns, values, code, without pictures."""
    if path.suffix == ".gpkg":
        with sqlite3.connect(path) as file:
            file.text_factory = lambda raw: raw.decode("utf-8", "replace")
            return "\n".join(file.iterdump())
    if path.suffix in {".qgz", ".xlsx"}:
        with zipfile.ZipFile(path) as packed:
            return "\n".join(f"{name}\n{packed.read(name).decode('utf-8', 'replace')}" for name in packed.namelist())
    if path.suffix == ".dxf":
        return re.sub(r"\\U\+([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), path.read_text(encoding="gbk"))
    if path.suffix == ".html":
        return _opened(path.read_text(encoding="utf-8"))
    return path.read_text(encoding="utf-8")


def _opened(html: str) -> str:
    """Return a page with its packed records unpacked, without pictures."""
    html = re.sub(r"data:image/[^\"']+", "", html)
    return re.sub(r'"z":"([A-Za-z0-9+/=]+)"', lambda match: f'"z":{_content(match[1]).decode("utf-8", "ignore")}', html)


def _content(packed: str) -> bytes:
    return gzip.decompress(base64.b64decode(packed)) if _BASE64.fullmatch(packed) else packed.encode()


def records(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the blocks of data of a page by their ids."""
    for name, text in DATA.findall(path.read_text(encoding="utf-8")):
        yield name, json.loads(text)


def geometries(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the coordinates in degrees of each block of a page that draws something."""
    for name, record in records(path):
        for number, data in enumerate(_drawn(record)):
            yield f"{name}.{number}", np.cumsum(data.reshape(-1, 2), axis=0) / 1e5


def _drawn(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, list):
        for part in value:
            yield from _drawn(part)
    elif isinstance(value, dict):
        if isinstance(value.get("xy"), list):
            yield np.asarray(value["xy"], dtype=np.int64)
        elif isinstance(value.get("z"), str) and _BASE64.fullmatch(value["z"]):
            found = _unpacked(_content(value["z"]))
            if found is not None:
                yield found
        for part in value.values():
            yield from _drawn(part)


def _unpacked(content: bytes) -> np.ndarray | None:
    """Return the differences of a packed geometry; ``None`` for texts and grids."""
    (head,) = struct.unpack("<I", content[:4])
    length = head & 0x7FFFFFFF
    if content[4:5] != b"{" or length > len(content):
        return None
    rest = json.loads(content[4 : 4 + length])
    if "c" not in rest:
        return None
    body = content[4 + length :]
    return _parted(body, rest["n"]) if head >> 31 else _numbers(body)


def _parted(content: bytes, counts: list[int]) -> np.ndarray:
    """Return the differences of many lines: starts as varints, then low and high bytes of the others in zigzag."""
    (size,) = struct.unpack("<I", content[:4])
    rest = np.frombuffer(content[4 + size :], np.uint8)
    low, high = rest[: len(rest) // 2].astype(np.int64), rest[len(rest) // 2 :].astype(np.int64)
    zigzag = low | high << 8
    pairs = np.zeros((sum(counts), 2), np.int64)
    first = np.zeros(len(pairs), bool)
    first[np.cumsum(counts) - counts] = True
    pairs[first] = _numbers(content[4 : 4 + size]).reshape(-1, 2)
    pairs[~first] = ((zigzag >> 1) ^ -(zigzag & 1)).reshape(-1, 2)
    return pairs.ravel()


def _numbers(content: bytes) -> np.ndarray:
    found, value, shift = [], 0, 0
    for byte in content:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append((value >> 1) ^ -(value & 1))
            value = shift = 0
    return np.asarray(found, dtype=np.int64)


def placed(path: Path) -> Iterator[tuple[str, gpd.GeoSeries]]:
    """Yield the geometries of each layer of a GeoPackage, a KML file or a drawing."""
    if path.suffix == ".gpkg":
        for name, kind in pyogrio.list_layers(path):
            if kind is not None:
                yield name, gpd.read_file(path, layer=name).geometry
    elif path.suffix == ".kml":
        pairs = re.findall(r"<coordinates>(.*?)</coordinates>", path.read_text(encoding="utf-8"), re.DOTALL)
        xy = [[float(part) for part in point.split(",")[:2]] for text in pairs for point in text.split()]
        yield "coordinates", gpd.GeoSeries(gpd.points_from_xy(*np.transpose(xy)), crs=4326)
    else:
        lines = path.read_text(encoding="gbk").splitlines()
        codes = [(code.strip(), value.strip()) for code, value in zip(lines[::2], lines[1::2], strict=False)]
        yield "entities", _entities(codes)


def _entities(codes: list[tuple[str, str]]) -> gpd.GeoSeries:
    start = codes.index(("2", "ENTITIES"))
    points, kind, x = [], "", 0.0
    for code, value in codes[start:]:
        if code == "0":
            kind = value
        elif code == "10":
            x = float(value)
        elif code == "20" and kind in {"POINT", "VERTEX", "LINE", "TEXT"}:
            points.append((kind, x, float(value)))
    return gpd.GeoSeries([shapely.Point(x, y) for kind, x, y in points if kind != "TEXT"])
