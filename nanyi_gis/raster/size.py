"""Whether a raster's bytes can hold what its header claims, and whether the memory can hold a block of it."""

from pathlib import Path

import numpy as np
from rasterio.io import DatasetReader

from .._limits import GIGABYTE, LEAST_BLOCK, hold_memory
from ..errors import DataError

_TIFF = {"GTiff", "COG"}


def refuse_cut_off(path: str, dataset: DatasetReader) -> None:
    """Refuse a TIFF whose first, middle or last block lies beyond the end of the file; no block is read.

    A block that is not stored at all is a sparse one, and sound.

    Raises
    ------
    DataError
        If the file is shorter than its header claims.
    """
    file = Path(path)
    if dataset.driver not in _TIFF or not file.is_file():
        return
    size, claimed = file.stat().st_size, f"{dataset.width:,} x {dataset.height:,}"
    rows, columns = dataset.block_shapes[0]
    last = (dataset.height - 1) // rows, (dataset.width - 1) // columns
    for down, across in {(0, 0), (last[0] // 2, last[1] // 2), last}:
        start, length = (
            dataset.get_tag_item(f"BLOCK_{what}_{across}_{down}", "TIFF", 1) for what in ("OFFSET", "SIZE")
        )
        if start is None or length is None:
            continue
        if (down, across) == (0, 0) and int(length) < _least(dataset):
            raise DataError(
                f"{path} cannot be read to the end (its {claimed} cells are stored plainly, but a "
                f"block has {int(length):,} bytes in place of {_least(dataset):,}); the file is damaged, get it again"
            )
        if int(start) + int(length) > size:
            raise DataError(
                f"{path} cannot be read to the end (it has {size:,} bytes, but its {claimed} "
                f"cells reach to byte {int(start) + int(length):,} at least); the file is damaged, get it again"
            )


def _least(dataset: DatasetReader) -> int:
    """Return the bytes of the first block where cells are stored without compression, else 0."""
    packed = dataset.compression is not None or "NBITS" in dataset.tags(1, ns="IMAGE_STRUCTURE")
    rows, columns = dataset.block_shapes[0]
    octets = min(rows, dataset.height) * columns * np.dtype(dataset.dtypes[0]).itemsize
    return 0 if packed else int(octets)


def hold_block(path: str, dataset: DatasetReader) -> None:
    """Refuse a file that is stored in blocks so large that one does not fit into the memory.

    Raises
    ------
    DataError
        If the limit is broken and not lifted.
    """
    rows, columns = dataset.block_shapes[0]
    octets = rows * columns * np.dtype(dataset.dtypes[0]).itemsize
    if octets > LEAST_BLOCK:
        asked = f"{path} is stored in blocks of {rows:,} x {columns:,} cells ({octets / GIGABYTE:,.1f} GB)"
        hold_memory(asked, 2.0 * octets, cure="store it in tiles, e.g. with gdal_translate -of COG")
