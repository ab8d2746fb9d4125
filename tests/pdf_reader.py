"""What a PDF page of ours shows, read from the file itself: texts with their places, outlines by colour, fonts.

Enough of the format for files that matplotlib writes: one page, Flate streams, Type 3 fonts with a ToUnicode map.
"""

import re
import zlib
from dataclasses import dataclass
from typing import NamedTuple

_NUMBER = rb"[-+]?\d*\.?\d+"
_TOKEN = re.compile(
    rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f]*>|/[^\s/\[\]()<>]+|\[|\]|" + _NUMBER + rb"|[A-Za-z'\"*]+", re.DOTALL
)


class Text(NamedTuple):
    """A piece of text with its origin and size in points."""

    x: float
    y: float
    size: float
    text: str


class Outline(NamedTuple):
    """A path that is stroked: colour of the pen, its width, its corners in points."""

    colour: tuple[float, ...]
    width: float
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class PdfPage:
    """The page with what stands on it."""

    size: tuple[float, float]
    texts: list[Text]
    outlines: list[Outline]
    fonts: list[bytes]
    data: bytes

    @property
    def words(self) -> str:
        """All texts, a line each."""
        return "\n".join(text.text for text in self.texts)


def read_pdf(data: bytes) -> PdfPage:
    """Return the one page of a file."""
    objects = _objects(data)
    page = next(head for head, _ in objects.values() if re.search(rb"/Type /Page\s", head))
    box = re.search(rb"/MediaBox \[([^\]]*)\]", page)
    resources = objects[_reference(page, b"Resources")][0]
    names = dict(re.findall(rb"/(\w+) (\d+) 0 R", objects[_reference(resources, b"Font")][0]))
    maps = {name: _unicode(objects, objects[int(number)][0]) for name, number in names.items()}
    texts, outlines = _read(objects[_reference(page, b"Contents")][1], maps)
    fonts = [objects[int(number)][0] for number in names.values()]
    _, _, width, height = (float(part) for part in box[1].split())
    return PdfPage((width, height), texts, outlines, fonts, data)


def _objects(data: bytes) -> dict[int, tuple[bytes, bytes]]:
    found = {}
    for match in re.finditer(rb"(\d+) 0 obj\n(.*?)\nendobj", data, re.DOTALL):
        head, mark, rest = match[2].partition(b"\nstream\n")
        stream = rest.rpartition(b"\nendstream")[0] if mark else b""
        if mark and b"/FlateDecode" in head and b"/Image" not in head:
            stream = zlib.decompress(stream)
        found[int(match[1])] = (head + b" ", stream)
    return found


def _reference(head: bytes, key: bytes) -> int:
    return int(re.search(rb"/" + key + rb" (\d+) 0 R", head)[1])


def _unicode(objects: dict[int, tuple[bytes, bytes]], font: bytes) -> dict[int, str]:
    """Return the character of each code of a font."""
    table = objects[_reference(font, b"ToUnicode")][1]
    found: dict[int, str] = {}
    for low, high, listed in re.findall(rb"<([0-9a-f]+)> <([0-9a-f]+)> \[([^\]]*)\]", table):
        characters = re.findall(rb"<([0-9a-f]+)>", listed)
        for code, text in zip(range(int(low, 16), int(high, 16) + 1), characters, strict=True):
            found[code] = bytes.fromhex(text.decode()).decode("utf-16-be")
    return found


def _read(content: bytes, maps: dict[bytes, dict[int, str]]) -> tuple[list[Text], list[Outline]]:
    texts: list[Text] = []
    outlines: list[Outline] = []
    stack: list[bytes] = []
    saved: list[tuple] = []
    pen: tuple[float, ...] = (0.0,)
    width, font, size = 1.0, b"", 0.0
    shift = (0.0, 0.0)
    at = (0.0, 0.0)
    said: list[Text] = []  # pieces of one text
    path: list[tuple[float, float]] = []
    for token in _TOKEN.findall(content):
        if not (token[:1].isalpha() or token in {b"'", b'"'}) or token.startswith(b"/"):
            stack.append(token)
            continue
        values = [float(one) for one in stack if re.fullmatch(_NUMBER, one)]
        if token == b"q":
            saved.append((pen, width, shift))
        elif token == b"Q":
            if said:
                texts.append(Text(*said[0][:3], "".join(piece.text for piece in said)))
                said = []
            pen, width, shift = saved.pop()
        elif token == b"cm" and len(values) >= 6:
            shift = (shift[0] + values[-2], shift[1] + values[-1]) if abs(values[-6]) + abs(values[-5]) < 1.1 else shift
        elif token in {b"RG", b"G"}:
            pen = tuple(values[-(3 if token == b"RG" else 1) :])
        elif token == b"w":
            width = values[-1]
        elif token == b"Tf":
            font, size = stack[-2][1:], values[-1]
        elif token == b"Td":
            at = (values[-2], values[-1])
        elif token in {b"Tj", b"TJ"}:
            codes = b"".join(_unescaped(one[1:-1]) for one in stack if one.startswith(b"("))
            words = "".join(maps[font].get(code, "?") for code in codes)
            said.append(Text(shift[0] + at[0], shift[1] + at[1], size, words))
        elif token in {b"m", b"l"} or token == b"c":
            path.append((values[-2], values[-1]))
        elif token in {b"S", b"s", b"B", b"b"}:
            outlines.append(Outline(pen, width, path))
            path = []
        elif token in {b"f", b"n"}:
            path = []
        stack = []
    return texts, outlines


def _unescaped(text: bytes) -> bytes:
    """Return the bytes of a string of the file."""
    plain = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def one(match: re.Match[bytes]) -> bytes:
        sign = match[1]
        return bytes([int(sign, 8)]) if sign.isdigit() else plain.get(sign, sign)

    return re.sub(rb"\\([0-7]{1,3}|.)", one, text, flags=re.DOTALL)
