"""HDF5 files whose numbers lie in other files, told from their bytes: no library says so before it reads them.

After the HDF5 file format specification 3.0, sections III.E (local heap), III.F (global heap), IV.A.2.g (link),
IV.A.2.h (external data files) and IV.A.2.i (data layout).
"""

import mmap
import re
from functools import lru_cache
from pathlib import Path

# external data files: version 1, counts of slots and of those in use, address of the heap with their names
_EXTERNAL = re.compile(rb"\x01\0\0\0(?!\0\0)..(?!\0\0)..(.{5}\0\0\0)", re.DOTALL)
# layout of a virtual dataset: version 4, class 3, address of the heap with its sources
_VIRTUAL = re.compile(rb"\x04\x03(.{5}\0\0\0)", re.DOTALL)
# link: version 1, flags that announce a kind, the kind 64: elsewhere
_LINK = re.compile(rb"\x01([\x08-\x1f])\x40", re.DOTALL)
_OLD, _OFFSET_SIZE = 2, 8


def external(path: Path) -> str | None:
    """Return what of an HDF5 file lies elsewhere; None if nothing is found."""
    about = path.stat()
    return _external(path.resolve(), about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=64)
def _external(path: Path, _size: int, _time: int) -> str | None:
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if len(content) > 16 and content[13 if content[8] < _OLD else 9] != _OFFSET_SIZE:
            return "has addresses of other than 8 bytes, as no tool writes them"
        if _points_at(content, _EXTERNAL, b"HEAP"):
            return "keeps its numbers in other files"
        if _points_at(content, _VIRTUAL, b"GCOL"):
            return "is put together from other files"
        if any(_links(content, found) for found in _LINK.finditer(content)):
            return "has links into other files"
    return None


def _points_at(content: mmap.mmap, pattern: re.Pattern[bytes], mark: bytes) -> bool:
    """Tell whether a pattern's address leads to a mark; numbers that look like the pattern by chance lead nowhere."""
    start = 0
    while found := pattern.search(content, start):
        address = int.from_bytes(found[1], "little")
        if content[address : address + len(mark)] == mark:
            return True
        start = found.start() + 1
    return False


def _links(content: mmap.mmap, found: re.Match[bytes]) -> bool:
    """Tell whether a name, the length of what follows, and two texts that end in zero stand behind a link's flags."""
    flags = found[1][0]
    place = found.end() + (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
    width = 1 << (flags & 3)
    place += width + int.from_bytes(content[place : place + width], "little")
    size = int.from_bytes(content[place : place + 2], "little")
    texts = content[place + 2 : place + 2 + size]
    return len(texts) == size and texts[:1] == b"\0" and texts[-1:] == b"\0" and len(texts[1:].split(b"\0")) == 3
