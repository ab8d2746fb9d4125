"""OSM PBF to OSM XML, so that OSMnx can read the same extract; written from the format's description, for tests.

It shares no code with GDAL or with the package: protobuf fields are walked by hand.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr


def ways_as_xml(source: Path, target: Path, *, keep: set[int]) -> int:
    """Write the ways whose number is in ``keep`` as OSM XML; return how many.

    Nodes beyond the edge of the extract are not in it; ways with fewer than two that are, are left out,
    and so are areas, which are no ways to travel along.
    """
    places, ways = {}, []
    for block in _blocks(source):
        strings = [bytes(s).decode("utf-8") for s in _all(_first(block, 1), 1)]
        unit = _first(block, 17) or 100
        west, south = _first(block, 20) or 0, _first(block, 19) or 0
        for group in _all(block, 2):
            for dense in _all(group, 2):
                ids, lats, lons = (_deltas(_first(dense, field)) for field in (1, 8, 9))
                for number, lat, lon in zip(ids, lats, lons, strict=True):
                    places[number] = (1e-9 * (south + unit * lat), 1e-9 * (west + unit * lon))
            for way in _all(group, 3):
                keys, values = (list(_varints(_first(way, field) or b"")) for field in (2, 3))
                tags = {strings[k]: strings[v] for k, v in zip(keys, values, strict=True)}
                if _first(way, 1) in keep and tags.get("area") != "yes":
                    ways.append((_first(way, 1), tags, _deltas(_first(way, 8) or b"")))
    known = [(number, tags, [n for n in nodes if n in places]) for number, tags, nodes in ways]
    ways = [way for way in known if len(set(way[2])) > 1]
    used = {n for _, _, nodes in ways for n in nodes}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    lines += [f'<node id="{n}" lat="{places[n][0]:.7f}" lon="{places[n][1]:.7f}"/>' for n in sorted(used)]
    for number, tags, nodes in ways:
        lines.append(f'<way id="{number}">')
        lines += [f'<nd ref="{n}"/>' for n in nodes]
        lines += [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items()]
        lines.append("</way>")
    target.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return len(ways)


def _blocks(source: Path) -> Iterator[memoryview]:
    data, i = memoryview(source.read_bytes()), 0
    while i < len(data):
        length = struct.unpack(">I", data[i : i + 4])[0]
        header = data[i + 4 : i + 4 + length]
        i += 4 + length
        size = _first(header, 3)
        blob = data[i : i + size]
        i += size
        if bytes(_first(header, 1)) == b"OSMData":
            raw, packed = _first(blob, 1), _first(blob, 3)
            yield memoryview(bytes(raw) if raw is not None else zlib.decompress(bytes(packed)))


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    i = 0
    while i < len(message):
        tag, i = _varint(message, i)
        if tag & 7 == 0:
            value, i = _varint(message, i)
            yield tag >> 3, value if value < 1 << 63 else value - (1 << 64)
        elif tag & 7 == 2:
            length, i = _varint(message, i)
            yield tag >> 3, message[i : i + length]
            i += length
        else:
            i += 8 if tag & 7 == 1 else 4


def _all(message, field):
    return [value for number, value in _fields(message) if number == field]


def _first(message, field):
    return next((value for number, value in _fields(message) if number == field), None)


def _varint(data, i):
    value = shift = 0
    while True:
        value |= (data[i] & 0x7F) << shift
        shift += 7
        i += 1
        if data[i - 1] < 0x80:
            return value, i


def _varints(data):
    i = 0
    while i < len(data):
        value, i = _varint(data, i)
        yield value


def _deltas(data) -> list[int]:
    """Packed sint64 with delta coding."""
    total, result = 0, []
    for value in _varints(data):
        total += (value >> 1) ^ -(value & 1)
        result.append(total)
    return result
