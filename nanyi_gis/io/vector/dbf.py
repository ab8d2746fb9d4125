"""The encoding of a shapefile's attributes, judged from the bytes of its table and not from what is declared.

Chinese shapefiles often come as GBK under a declared Western code page, ``OEM``, an empty or a wrong ``.cpg``. What
the bytes can be decides; a declaration is believed where the bytes allow it.
"""

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

RAW = "ISO-8859-1"
"""Encoding in which GDAL is asked to hand out the bytes as they are, one character each."""

_HEADER, _CODE_PAGE, _FIELD = 32, 29, 32
_MOST_VALUES = 200_000
_LONGEST_CHARACTER = 4
# dBASE's language driver ids that stand for more than one byte a character, or for another single-byte page
_LANGUAGE = {0x13: "cp932", 0x4D: "cp936", 0x4E: "cp949", 0x4F: "cp950", 0x78: "cp950", 0x79: "cp949"}
_LANGUAGE |= {0x7A: "cp936", 0x7B: "cp932", 0x03: "cp1252", 0x57: "cp1252", 0x01: "cp437", 0x02: "cp850"}
_LANGUAGE |= {0x64: "cp852", 0x65: "cp866", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253"}
_MANY_BYTES = {"gb18030", "gbk", "gb2312", "big5", "big5hkscs", "cp950", "cp949", "euc_kr", "euc_jp"}


@dataclass(frozen=True)
class Encoding:
    """What the attributes are read in, and what the files beside say.

    Attributes
    ----------
    name : str
        A codec of Python, e.g. ``gb18030``.
    declared : str
        The words of the ``.cpg``, or ``code page 0x57`` of the ``.dbf``; empty if nothing is declared.
    agrees : bool
        Whether that is what was declared.
    """

    name: str
    declared: str
    agrees: bool

    @property
    def note(self) -> str | None:
        """Return a line where the declaration was not followed, or there was none."""
        if self.agrees:
            return None
        why = f"although {self.declared} is declared" if self.declared else "since no encoding is declared"
        return f"attributes read as {self.name.upper()}, {why}"


def shapefile_encoding(path: str | os.PathLike[str]) -> Encoding | None:
    """Return the encoding of a shapefile's names and values, None for what is no shapefile or has no table.

    Tried in turn: UTF-8; a declared encoding of Chinese, Japanese or Korean; GB18030, if the text then is for the most
    part common Chinese; the declared single-byte page; Latin-1.
    """
    source = Path(path)
    table = _beside(source, ".dbf")
    if source.suffix.lower() != ".shp" or table is None:
        return None
    content = table.read_bytes()
    if len(content) < _HEADER:
        return None
    declared, codec = _declaration(source, content[_CODE_PAGE])
    values = _values(content)
    name = _judged(values, codec)
    return Encoding(name, declared, agrees=not values or (codec is not None and _same(codec, name)))


def decode(frame: gpd.GeoDataFrame, encoding: str) -> gpd.GeoDataFrame:
    """Return a frame that was read as :data:`RAW` with its names and texts in their true encoding."""
    renamed = frame.rename(columns={name: _text(name, encoding) for name in frame.columns if isinstance(name, str)})
    changed = {
        name: renamed[name].map(lambda value: _text(value, encoding) if isinstance(value, str) else value)
        for name in renamed.columns
        if name != renamed.active_geometry_name
        and renamed.columns.tolist().count(name) == 1
        and (renamed[name].dtype == object or pd.api.types.is_string_dtype(renamed[name].dtype))
    }
    return renamed.assign(**changed) if changed else renamed


def _text(value: str, encoding: str) -> str:
    if value.isascii():
        return value
    raw = value.encode(RAW, errors="replace")
    whole = _whole(raw, encoding)
    return raw.decode(encoding, errors="replace") if whole is None else whole


def _whole(raw: bytes, encoding: str) -> str | None:
    """Return the text, without the first bytes of a character that the field had no room for; None if it is none."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        if len(raw) - error.start >= _LONGEST_CHARACTER:
            return None
        try:
            # a decoder that waits for more bytes instead of failing was cut off in the middle of a character
            return codecs.getincrementaldecoder(encoding)().decode(raw, final=False)
        except UnicodeDecodeError:
            return None


def _judged(values: list[bytes], declared: str | None) -> str:
    if not values:
        return declared or "utf-8"
    chinese = _decodes(values, "gb18030") and _is_common_chinese(values)
    if _decodes(values, "utf-8"):
        # a short Chinese text can be UTF-8 of another script by chance: then all of it is common Chinese
        own = declared == "utf-8" or any(map(_has_han, values)) or not _is_common_chinese(values, share=1.0)
        return "utf-8" if own or not chinese else "gb18030"
    if declared in _MANY_BYTES and _decodes(values, declared):
        return "gb18030" if declared in {"gbk", "gb2312"} else declared
    if chinese:
        return "gb18030"
    if declared not in (None, "utf-8") and _decodes(values, declared):
        return declared
    return "gb18030" if declared == "utf-8" and _decodes(values, "gb18030") else RAW


def _decodes(values: list[bytes], encoding: str) -> bool:
    return all(_whole(value, encoding) is not None for value in values)


def _has_han(raw: bytes) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in _whole(raw, "utf-8") or "")


def _is_common_chinese(values: list[bytes], *, share: float = 0.5) -> bool:
    """Tell whether a share of the characters are GB 2312's frequent ones or its signs, as in any Chinese text.

    An umlaut before a letter is a rare character of GBK, so Western text does not pass.
    """
    common = total = 0
    for value in values:
        for sign in _whole(value, "gb18030") or "":
            if not sign.isascii():
                pair = sign.encode("gb18030")
                total += 1
                common += len(pair) == 2 and (0xA1 <= pair[0] <= 0xA9 or 0xB0 <= pair[0] <= 0xD7) and pair[1] >= 0xA1
    return total > 0 and common >= share * total


def _values(content: bytes) -> list[bytes]:
    """Return the names of fields and the texts that are not plain ASCII, each once."""
    start, width = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    fields, at = [], 1
    found: dict[bytes, None] = {}
    for place in range(_HEADER, start - 1, _FIELD):
        field = content[place : place + _FIELD]
        if len(field) < _FIELD or field[0] == 0x0D:
            break
        found[field[:11].split(b"\0")[0]] = None
        if field[11:12] == b"C":
            fields.append((at, at + field[16]))
        at += field[16]
    for record in range(start, len(content), max(width, 1)):
        for first, last in fields:
            value = content[record + first : min(record + last, record + width)].split(b"\0")[0].strip(b" ")
            if not value.isascii():
                found[value] = None
        if len(found) > _MOST_VALUES:
            break
    return [value for value in found if not value.isascii()]


def _declaration(source: Path, page: int) -> tuple[str, str | None]:
    """Return the words of a declaration and the codec they mean; None for none that is known."""
    label = _beside(source, ".cpg")
    if label is not None:
        words = label.read_bytes()[:40].decode("ascii", errors="replace").strip().strip("\ufeff\0")
        if words:
            return f".cpg {words}", _codec(words)
    if page:
        return f"code page 0x{page:02x}", _LANGUAGE.get(page, "cp1252")
    return "", None


def _codec(words: str) -> str | None:
    """Return the codec that a .cpg names.

    >>> _codec("UTF-8"), _codec("ANSI 936"), _codec("88591"), _codec("OEM"), _codec("65001")
    ('utf-8', 'gbk', 'iso8859-1', None, 'utf-8')
    >>> _codec("U\\0F") is None
    True
    """
    number = re.search(r"\d+", words)
    guesses = [words]
    if number:
        digits = number[0]
        guesses += ["utf-8"] if digits == "65001" else [f"iso8859-{digits[4:]}"] if digits.startswith("8859") else []
        guesses.append(f"cp{digits}")
    for guess in guesses:
        try:
            return codecs.lookup(guess.replace(" ", "-")).name
        except (LookupError, ValueError):  # a NUL, or a sign that no name of a codec has
            continue
    return None


def _same(codec: str, name: str) -> bool:
    chinese = {"gb18030", "gbk", "gb2312"}
    return codec == name or (codec in chinese and name in chinese)


def _beside(source: Path, end: str) -> Path | None:
    return next((path for suffix in (end, end.upper()) if (path := source.with_suffix(suffix)).is_file()), None)
