"""Running the compiled pass over a block of elevations, in strips and threads."""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._kernels import suitability as kernels
from .._progress import Progress
from ..raster import elevations, processors, strips
from .frame import AREA_UNIT_M2, Frame
from .model import Model
from .vocabulary import STEEP_CODE

LAYER_NAMES = ("score", "cls", "limiting", "band", "irrigation")
STRIP_CELLS = 1 << 19

Bytes = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.int32]

_NO_LAYERS = np.empty((1, 0, 0), np.float32)
_NO_MASK = np.empty((0, 0), np.uint8)
_NO_ZONES = np.empty((0, 0), np.int32)


@dataclass(frozen=True)
class Result:
    """Five layers of codes, and areas in 1e-4 m².

    ``units`` has them by zone, altitude band and slot (class 1 to 4, then what of S1 to S3 needs
    irrigation), ``causes`` by zone, class and limiting factor where asked for.
    """

    score: Bytes
    cls: Bytes
    limiting: Bytes
    band: Bytes
    irrigation: Bytes
    units: npt.NDArray[np.int64]
    causes: npt.NDArray[np.int64]


def to_km2(units: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return km² of the pass's whole-number areas by zone, altitude band and class 1 to 4."""
    return units[:, :, 1:5].astype(np.float64) * (AREA_UNIT_M2 * 1e-6)


def irrigated_km2(units: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return km² that need irrigation by zone, altitude band and class 1 to 4; none in class N."""
    wet = np.zeros((*units.shape[:2], 1), np.int64)
    return np.concatenate([units[:, :, 5:], wet], axis=2).astype(np.float64) * (AREA_UNIT_M2 * 1e-6)


def no_areas(zones: int, model: Model) -> npt.NDArray[np.int64]:
    """Return an empty table of areas for so many zones."""
    return np.zeros((zones, len(model.edges) + 1, kernels.SLOTS), np.int64)


def as_heights(values: npt.NDArray[Any], nodata: float | None) -> npt.NDArray[np.float32]:
    """Return elevations as float32, NaN where there is none; the rule is :func:`nanyi_gis.raster.elevations`.

    >>> as_heights(np.array([[500, -9999, -32768]], dtype=np.int16), -9999)
    array([[500.,  nan,  nan]], dtype=float32)
    """
    return elevations(values, nodata).astype(np.float32, copy=False)


def as_layer(values: npt.NDArray[Any], nodata: float | None) -> npt.NDArray[np.float32]:
    """Return the values of an optional layer as float32 with NaN where it has none."""
    layer = values.astype(np.float32)
    unknown = ~np.isfinite(layer)
    if nodata is not None and not math.isnan(nodata):
        unknown |= values == nodata
    layer[unknown] = np.nan
    return layer


def as_zones(values: npt.NDArray[Any], nodata: float | None) -> Codes:
    """Return zone codes 1, 2, 3 as rows 0, 1, 2 of a table, negative for none.

    >>> as_zones(np.array([[0, 1, 255]], dtype=np.uint8), 255)
    array([[-1,  0, -1]], dtype=int32)
    """
    zones: Codes = values.astype(np.int32) - np.int32(1)
    if nodata is not None:
        zones[values == nodata] = -1
    return np.ascontiguousarray(zones)


def mask_codes(
    masks: Mapping[str, npt.NDArray[Any]], named: Sequence[tuple[str, int]], nodata: Mapping[str, float | None]
) -> Bytes:
    """Return the code of the first mask, in the order of ``named``, that rules each cell out; 0 for none.

    >>> both = np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])
    >>> mask_codes(dict(zip(("water", "built"), both)), [("water", 202), ("built", 204)], {})
    array([[202, 204]], dtype=uint8)
    """
    if not named:
        return _NO_MASK
    first = masks[named[0][0]]
    codes = np.zeros(first.shape, np.uint8)
    for name, code in reversed(named):
        values = masks[name]
        hit = np.nan_to_num(values.astype(np.float32)) != 0
        missing = nodata.get(name)
        if missing is not None and not math.isnan(missing):
            hit &= values != missing
        codes[hit] = code
    return codes


def run_block(
    model: Model,
    frame: Frame,
    margined: npt.NDArray[np.float32],
    *,
    layers: npt.NDArray[np.float32] | None = None,
    mask: Bytes | None = None,
    zones: Codes | None = None,
    zone_count: int = 1,
    with_causes: bool = False,
    out: Sequence[Bytes] | None = None,
) -> Result:
    """Evaluate one block that has a margin of one cell, in the calling thread."""
    height, width = margined.shape[0] - 2, margined.shape[1] - 2
    score, cls, limiting, band, irrigation = out or [np.empty((height, width), np.uint8) for _ in LAYER_NAMES]
    units = no_areas(zone_count, model)
    causes = np.zeros((zone_count, 5, 256) if with_causes else (0, 0, 0), np.int64)
    arrays = model.arrays
    kernels.evaluate_block(
        margined,
        frame.per_x,
        frame.per_y,
        frame.border,
        frame.row_y,
        frame.per_width,
        frame.nodes,
        frame.node_row,
        frame.node_column,
        _NO_LAYERS if layers is None else layers,
        _NO_MASK if mask is None else mask,
        _NO_ZONES if zones is None else zones,
        frame.area_nodes,
        frame.per_node,
        frame.first_column,
        arrays["kind"],
        arrays["layer_index"],
        arrays["code"],
        arrays["weight"],
        arrays["coefficient"],
        arrays["shape"],
        arrays["points"],
        arrays["breaks"],
        arrays["code_tables"],
        arrays["need"],
        arrays["edges"],
        model.aggregation,
        np.float32(model.steep),
        STEEP_CODE,
        score,
        cls,
        limiting,
        band,
        irrigation,
        units,
        causes,
    )
    return Result(score, cls, limiting, band, irrigation, units, causes)


def row_strips(height: int, width: int) -> list[slice]:
    """Return strips of rows that fit the processor's cache, the unit of work of a thread."""
    return strips(height, width, cells=STRIP_CELLS, least=8)


def run_strips(
    work: Callable[[slice], npt.NDArray[np.int64]],
    *,
    height: int,
    width: int,
    threads: int | None = None,
    progress: Progress | None = None,
) -> npt.NDArray[np.int64]:
    """Call ``work(rows)`` for strips of rows in threads and return the sum of its tables."""
    parts = row_strips(height, width)
    with ThreadPoolExecutor(min(processors(threads), len(parts))) as pool:
        total: npt.NDArray[np.int64] | None = None
        for done, table in enumerate(pool.map(work, parts), start=1):
            total = table if total is None else total + table
            if progress is not None:
                progress(done / len(parts))
    assert total is not None  # noqa: S101  (a raster has at least one row)
    return total
