"""HDF5 files whose numbers lie in other files, told from their bytes: no library says so before it reads them."""

import mmap
import re
from pathlib import Path

# message 7 of an object header, "external data files": version 1, counts of slots, address of the heap of names
_FIRST = re.compile(rb"\x07\0..[\0-\xff]\0\0\0\x01\0\0\0", re.DOTALL)
_SECOND = re.compile(rb"\x07..[\0-\xff]{1,3}?\x01\0\0\0", re.DOTALL)
_HEAP, _HEAP_FIELD, _ADDRESS = b"HEAP", 8, 8
# a layout message of class 3 (virtual), versions 3 and 4, and a link of type 64 (external)
_VIRTUAL = re.compile(rb"\x08..[\0-\xff]{1,3}?\x04\x03", re.DOTALL)


def external(path: Path) -> str | None:
    """Return what of an HDF5 file lies elsewhere; None if nothing is found.

    >>> from nanyi_gis.io import data_file
    >>> external(data_file("dem/demo_dem_90m.tif"))
    """
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for pattern in (_FIRST, _SECOND):
            if any(_names_a_heap(content, found.end()) for found in pattern.finditer(content)):
                return "keeps its numbers in other files"
    return None


def _names_a_heap(content: mmap.mmap, place: int) -> bool:
    """Tell whether counts of slots and the address of a heap follow."""
    slots = int.from_bytes(content[place : place + 2], "little")
    used = int.from_bytes(content[place + 2 : place + 4], "little")
    address = int.from_bytes(content[place + 4 : place + 4 + _ADDRESS], "little")
    return 0 < used <= slots and content[address : address + len(_HEAP)] == _HEAP
