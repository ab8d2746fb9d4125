"""Broken files, made from sound ones; a number always makes the same mutant."""

import random
import re
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .seeds import Seed

SECRET = "torture-secret-5e7c1a"
"""Stands in a file that no mutant is given; whoever returns it has read past what it was given."""
HOST = "http://127.0.0.1:@PORT@/@NUMBER@"
"""A server that counts who asks; the port and the number of the mutant are put in when the mutant is written."""

STRINGS = (
    "=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1", "＝1+1",
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", '"><svg onload=alert(1)>', "{{7*7}}",
    "${7*7}",
    "\u202e\u2066x", "\ufeff", "e\u0301" * 40, "\U0001f4a9", "\x00", "\x1b[31m", "a\nb", "../../../etc/x", "C:\\x",
    "字" * 3000, "", " ", "NaN", "nan", "None", "null", "inf", "-inf", "1e400", "-1e400", "9" * 5000, "0x10",
    "1e308", "-0", "1,5", "１２", "true", "2022-02-30", "99999999999999999999", HOST, "/vsicurl/" + HOST,
)  # fmt: skip
_NUMBERS = re.compile(rb"-?\d+(?:\.\d+)?")
_WORDS = re.compile(rb'"[^"\n]{0,60}"|>[^<\n]{1,60}<|,[^,\n]{1,60},')
_TEXT = {".asc", ".vrt", ".prj", ".cpg", ".xml", ".geojson", ".json", ".toml", ".csv", ".kml", ".gpx", ".osm", ".html"}
_LENGTHS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000)


@dataclass(frozen=True)
class Mutant:
    """A broken file with those beside it, and how it was broken."""

    number: int
    seed: Seed
    target: str
    how: str
    files: dict[str, bytes]

    def write(self, folder: Path, *, port: int) -> Path:
        """Write the files into ``folder`` and return the one that a command is given."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_filled(content, port, self.number, folder))
        return folder / self.seed.main

    def __str__(self) -> str:
        return f"#{self.number} {self.seed.name} [{self.target}: {self.how}]"


def mutant(number: int, seeds: Sequence[Seed], *, seed: int = 0) -> Mutant:
    """Return mutant ``number``: the seeds in turn, each broken in one to three ways."""
    chosen = seeds[number % len(seeds)]
    rng = random.Random(f"{seed}:{number}")
    target = rng.choice(chosen.targets)
    content, told = chosen.files[target], []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change = rng.choice(_changes(target))
        content = change(content, rng, seeds)
        told.append(change.__name__.strip("_"))
    if rng.random() < 0.03:
        content, told = _stranger(target, rng), ["stranger"]
    return Mutant(number, chosen, target, "+".join(told), {**chosen.files, target: content})


Change = Callable[[bytes, random.Random, Sequence[Seed]], bytes]


def _changes(name: str) -> list[Change]:
    """Return the ways to break a file: of bytes, and those that know its structure."""
    suffix = Path(name).suffix
    ways: list[Change] = [_flip, _cut, _double, _remove, _zero, _splice, _magic, _length]
    if suffix in _TEXT:
        ways = [_flip, _cut, _double, _splice] + 2 * [_number, _word, _word, _lines, _deep, _digits, _recode]
    if suffix == ".gpkg":
        ways += 2 * [_tables]
    if suffix in {".tif", ".tiff"}:
        ways += 3 * [_tag]
    if suffix == ".dbf":
        ways += 2 * [_cells]
    return ways


def _flip(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    out = bytearray(data or b"\0")
    front = rng.random() < 0.5  # the first bytes say what follows
    for _ in range(rng.choice((1, 2, 8, 32))):
        at = rng.randrange(min(len(out), 512) if front else len(out))
        out[at] ^= 1 << rng.randrange(8)
    return bytes(out)


def _cut(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    return data[: rng.choice((0, 1, rng.randrange(len(data) + 1), max(len(data) - rng.randrange(1, 40), 0)))]


def _span(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 4, 16, 128, 1024)))


def _double(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    start, stop = _span(data, rng)
    return data[:stop] + data[start:stop] * rng.choice((1, 3, 50)) + data[stop:]


def _remove(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    start, stop = _span(data, rng)
    return data[:start] + data[stop:]


def _zero(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    start, stop = _span(data, rng)
    return data[:start] + rng.choice((b"\0", b"\xff")) * (stop - start) + data[stop:]


def _splice(data: bytes, rng: random.Random, seeds: Sequence[Seed]) -> bytes:
    """Join the front of the file to the back of another."""
    other = rng.choice(seeds)
    back = other.files[rng.choice(other.targets)]
    return data[: rng.randrange(len(data) + 1)] + back[rng.randrange(len(back) + 1) :][:200_000]


def _magic(data: bytes, rng: random.Random, seeds: Sequence[Seed]) -> bytes:
    """Give the file the first bytes of another kind."""
    other = rng.choice(seeds)
    size = rng.choice((2, 4, 8, 16))
    return other.files[rng.choice(other.targets)][:size] + data[size:]


def _length(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    """Write an odd number where a length or an offset may stand, or turn its bytes round."""
    if len(data) < 8:
        return data
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 3))):
        size = rng.choice((2, 4))
        at = rng.randrange(min(len(out), 1024) - size + 1) & ~1
        if rng.random() < 0.4:
            out[at : at + size] = out[at : at + size][::-1]
        else:
            value = rng.choice(_LENGTHS) & (1 << 8 * size) - 1
            out[at : at + size] = value.to_bytes(size, rng.choice(("little", "big")))
    return bytes(out)


def _tag(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    """Change an entry of a TIFF's directory: its tag, type, count or value."""
    if len(data) < 8 or data[:2] != b"II":
        return data
    start = struct.unpack("<I", data[4:8])[0]
    if start + 2 > len(data):
        return data
    entries = struct.unpack("<H", data[start : start + 2])[0]
    at = start + 2 + 12 * rng.randrange(max(entries, 1)) + rng.choice((0, 2, 4, 8))
    value = rng.choice((*_LENGTHS, rng.randrange(1 << 16)))
    return data[:at] + struct.pack("<I", value)[: rng.choice((2, 4))] + data[at + 4 :]


def _number(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    found = list(_NUMBERS.finditer(data))
    if not found:
        return data
    hit = rng.choice(found)
    odd = rng.choice((b"1e400", b"-1e400", b"NaN", b"inf", b"-1", b"0", b"1e-320", b"9" * 400, b"1e18", b"2147483648",
                      b"99999999999", b"0.1", b"-200", b"", b"1 000", b"1e9999999"))  # fmt: skip
    return data[: hit.start()] + odd + data[hit.end() :]


def _word(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    found = list(_WORDS.finditer(data))
    if not found:
        return data
    hit = rng.choice(found)
    first, last = hit.group()[:1], hit.group()[-1:]
    return data[: hit.start()] + first + rng.choice(STRINGS).encode("utf-8") + last + data[hit.end() :]


def _lines(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    """Leave out, repeat or swap lines."""
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    what = rng.randrange(3)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines[at:at] = lines[at : at + 1] * rng.choice((1, 2, 1000))
    else:
        lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)


def _deep(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    """Nest something very deeply in the middle."""
    depth = rng.choice((70, 2000, 60_000))
    at = rng.randrange(len(data) + 1)
    inner = rng.choice((
        b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth, b"<a>" * depth + b"</a>" * depth,
        b"\n" + b".".join([b"k"] * depth) + b" = 1\n", b"[" * depth, b"(" * depth,
    ))  # fmt: skip
    return data[:at] + inner + data[at:]


def _digits(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    found = list(_NUMBERS.finditer(data))
    if not found:
        return data
    hit = rng.choice(found)
    return data[: hit.end()] + b"7" * rng.choice((30, 400, 5000, 200_000)) + data[hit.end() :]


def _recode(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    """Save the text in another encoding, or with other ends of lines."""
    text = data.decode("utf-8", errors="replace")
    code = rng.choice(("utf-16", "gb18030", "utf-8-sig", "utf-32", "cr", "ascii"))
    return text.replace("\n", "\r").encode() if code == "cr" else text.encode(code, errors="replace")


def _cells(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    """Write odd strings over the records of a DBF."""
    out = bytearray(data)
    for _ in range(4):
        text = rng.choice(STRINGS).encode("utf-8")[:40]
        at = rng.randrange(max(len(out) - len(text), 1))
        out[at : at + len(text)] = text
    return bytes(out)


_STATEMENTS = (
    "DROP TABLE gpkg_geometry_columns", "DROP TABLE gpkg_spatial_ref_sys", "DELETE FROM gpkg_contents",
    "UPDATE gpkg_contents SET srs_id = 999999", "UPDATE gpkg_contents SET min_x = 'a', max_x = NULL",
    "UPDATE gpkg_geometry_columns SET geometry_type_name = 'CURVEPOLYGON'",
    "UPDATE gpkg_geometry_columns SET column_name = 'nowhere'", "UPDATE gpkg_geometry_columns SET srs_id = -1",
    "UPDATE gpkg_spatial_ref_sys SET definition = 'nonsense', organization_coordsys_id = 3395",
    "UPDATE {t} SET geom = NULL", "UPDATE {t} SET geom = x'4750000100000000'", "UPDATE {t} SET geom = zeroblob(90000)",
    "UPDATE {t} SET geom = x'47500001E6100000010300000001000000FFFFFFFF'", "UPDATE {t} SET name = NULL",
    "UPDATE {t} SET name = 7.5", "UPDATE {t} SET name = x'FFFE00'", "UPDATE {t} SET name = zeroblob(1000000)",
    "ALTER TABLE {t} ADD COLUMN \"a''b<b>=1\" TEXT DEFAULT '=1+1'", "ALTER TABLE {t} RENAME TO \"../x <b>\"",
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('gone', 'features', 'gone', 4326)",
    "ALTER TABLE {t} RENAME TO old; CREATE VIEW {t} AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
    "SELECT n AS fid, (SELECT geom FROM old LIMIT 1) AS geom, 'x' AS name FROM c",
    "ALTER TABLE {t} RENAME TO old; CREATE VIEW {t} AS SELECT a.fid, a.geom, hex(zeroblob(300000000)) AS name "
    "FROM old a",
    "CREATE TRIGGER tr AFTER INSERT ON {t} BEGIN DELETE FROM {t}; END", "PRAGMA application_id = 1",
    "UPDATE {t} SET fid = 9223372036854775807 WHERE fid = 1", "DELETE FROM {t}",
)  # fmt: skip


def _tables(data: bytes, rng: random.Random, _seeds: Sequence[Seed]) -> bytes:
    """Change the tables of a GeoPackage by SQL, as a program that knows the format only half would."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(data)
        connection = sqlite3.connect(path)
        try:
            for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):  # what the triggers call
                connection.create_function(name, 1, lambda _: 0, deterministic=True)
            table = connection.execute("SELECT table_name FROM gpkg_contents").fetchone()[0]
            connection.executescript(rng.choice(_STATEMENTS).format(t=table))
            connection.commit()
        except (sqlite3.Error, TypeError):  # already broken
            pass
        finally:
            connection.close()
        return path.read_bytes()


_VRT_BAND = (
    '<VRTDataset rasterXSize="60" rasterYSize="2"><SRS>EPSG:4326</SRS><GeoTransform>105.3,0.01,0,28.2,0,-0.01'
    '</GeoTransform><VRTRasterBand dataType="Byte" band="1"{sub}>{inner}</VRTRasterBand></VRTDataset>'
)
_STRANGERS = (
    '<OGRVRTDataSource><OGRVRTLayer name="s"><SrcDataSource>@SECRET@</SrcDataSource><SrcLayer>secret</SrcLayer>'
    '<LayerSRS>EPSG:4326</LayerSRS>'
    '<GeometryType>wkbPoint</GeometryType><GeometryField encoding="PointFromColumns" x="x" y="y"/>'
    "</OGRVRTLayer></OGRVRTDataSource>",
    '<OGRVRTDataSource><OGRVRTLayer name="s"><SrcDataSource>/vsicurl/' + HOST + "</SrcDataSource></OGRVRTLayer>"
    "</OGRVRTDataSource>",
    _VRT_BAND.format(sub=' subClass="VRTRawRasterBand"', inner="<SourceFilename>@SECRET@</SourceFilename>"),
    _VRT_BAND.format(
        sub="", inner="<SimpleSource><SourceFilename>/vsicurl/" + HOST + "</SourceFilename></SimpleSource>"
    ),
    _VRT_BAND.format(
        sub=' subClass="VRTDerivedRasterBand"',
        inner="<PixelFunctionLanguage>Python</PixelFunctionLanguage><PixelFunctionType>f</PixelFunctionType>"
        "<PixelFunctionCode>def f(*a, **k): open('@LEFT@', 'w')</PixelFunctionCode>",
    ),
    _VRT_BAND.format(sub="", inner="").replace('"60"', '"1000000"').replace('"2"', '"1000000"'),
    '<GDAL_WMS><Service name="TMS"><ServerUrl>' + HOST + "/${z}</ServerUrl></Service><DataWindow><UpperLeftX>105</"
    "UpperLeftX><UpperLeftY>29</UpperLeftY><LowerRightX>106</LowerRightX><LowerRightY>28</LowerRightY><SizeX>99</SizeX>"
    "<SizeY>99</SizeY></DataWindow><Projection>EPSG:4326</Projection></GDAL_WMS>",
    '<WCS_GDAL><ServiceURL>' + HOST + "?</ServiceURL><Version>1.0.0</Version><CoverageName>a</CoverageName></WCS_GDAL>",
    "<OGRWFSDataSource><URL>" + HOST + "</URL></OGRWFSDataSource>",
    HOST,
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file://@SECRET@">]><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
    "<name>&b;</name><Point><coordinates>105.4,28.1</coordinates></Point></Placemark></Document></kml>",
    "<!DOCTYPE a [" + '<!ENTITY a0 "' + "x" * 900 + '">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 30}">' for n in range(1, 9))
    + ']><gpx version="1.1"><wpt lat="28" lon="105"><name>&a8;</name></wpt></gpx>',
    '{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"' + HOST + '"}},"features":[{'
    '"type":"Feature","properties":{"name":"a"},"geometry":{"type":"Point","coordinates":[105.4,28.1]}}]}',
    '{"type":"Topology","objects":{},"arcs":[]}', '{"type":"FeatureCollection","features":[]}', "[]", "{}", "null",
    "ESRI:ArcGIS " + HOST, "SELECT load_extension('@LEFT@')", "#!/bin/sh\ntouch @LEFT@\n",
)  # fmt: skip


def _stranger(_name: str, rng: random.Random) -> bytes:
    """Return a file of quite another kind under the name: views on other files, services, scripts, entities."""
    return rng.choice(_STRANGERS).encode("utf-8")


def _filled(content: bytes, port: int, number: int, folder: Path) -> bytes:
    """Put in the server's port, the number of the mutant, the secret's path and that of what a script would leave."""
    if b"@" not in content:
        return content
    places = {"@PORT@": str(port), "@NUMBER@": str(number)}
    places |= {"@SECRET@": str(folder.parent / "secret.csv"), "@LEFT@": str(folder / "left")}
    for word, value in places.items():
        content = content.replace(word.encode(), value.encode())
    return content
