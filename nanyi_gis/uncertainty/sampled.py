"""The compiled pass over samples: cells are picked, judged in every sample, and counted by zone and class."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from .._kernels import doubt as kernels
from .._kernels import suitability as codes
from .._progress import Progress
from ..raster import processors
from ..suitability import AREA_UNIT_M2, Inputs, beside, margined_rows
from .fields import KeptFields, Lattice
from .heights import HeightError
from .scenarios import Scenarios

BATCH_BYTES = 96_000_000
_STRIP_CELLS = 1 << 16
_KM2 = AREA_UNIT_M2 * 1e-6
Ints = npt.NDArray[np.int64]
Sheets = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Thinned:
    """Every ``step``-th row and column of a raster, the middle ones of each block."""

    rows: Ints
    columns: Ints
    step: int

    @classmethod
    def of(cls, height: int, width: int, step: int) -> "Thinned":
        """Pick cells; of a raster smaller than a step its middle ones."""
        rows, columns = (np.arange(min(step, n) // 2, n, step) for n in (height, width))
        return cls(rows, columns, step)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that are picked."""
        return self.rows.size, self.columns.size

    def parts(self) -> list[slice]:
        """Return strips of the picked rows, the unit of work of a thread."""
        rows = max(1, _STRIP_CELLS // max(1, self.columns.size * self.step))
        return [slice(first, min(first + rows, self.rows.size)) for first in range(0, self.rows.size, rows)]


@dataclass(frozen=True)
class Counted:
    """Areas in km² (samples, zones, 4) and how often each picked cell was S1 or S2."""

    km2: npt.NDArray[np.float64]
    hits: npt.NDArray[np.uint32]


@dataclass(frozen=True)
class _Block:
    """What the pass needs of a strip of picked rows."""

    z: npt.NDArray[np.float32]
    gx: npt.NDArray[np.float32]
    gy: npt.NDArray[np.float32]
    area: Ints
    row_y: npt.NDArray[np.float64]
    node_row: npt.NDArray[np.float64]
    layers: npt.NDArray[np.float32]
    mask: npt.NDArray[np.uint8]
    zones: Sheets

    @classmethod
    def of(cls, inputs: Inputs, sheets: Sheets, thinned: Thinned, part: slice) -> "_Block":
        rows, columns = thinned.rows[part], thinned.columns
        span = slice(int(rows[0]), int(rows[-1]) + 1)
        frame = inputs.frame.part(span)
        layers, mask, _ = beside(inputs, span)
        z, gx, gy = (np.empty((rows.size, columns.size), np.float32) for _ in range(3))
        area = np.empty(z.shape, np.int64)
        within = rows - rows[0]
        kernels.surface_block(
            margined_rows(inputs, span),
            frame.per_x,
            frame.per_y,
            frame.area_nodes,
            frame.per_node,
            within,
            columns,
            thinned.step**2,
            z,
            gx,
            gy,
            area,
        )
        picked = np.ix_(within, columns)
        return cls(
            z,
            gx,
            gy,
            area,
            frame.row_y[within],
            frame.node_row[within] if frame.node_row.size else frame.node_row,
            np.empty((1, rows.size, 0), np.float32) if layers is None else np.stack([each[picked] for each in layers]),
            np.empty((0, 0), np.uint8) if mask is None else mask[picked],
            np.ascontiguousarray(sheets[:, rows[:, None], columns[None, :]]),
        )


def count_classes(
    inputs: Inputs,
    scenarios: Scenarios,
    *,
    sheets: Sheets,
    zones: int,
    thinned: Thinned,
    error: HeightError | None = None,
    fields: KeptFields | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Counted:
    """Judge every picked cell in every sample.

    Parameters
    ----------
    inputs : Inputs
        Of :func:`nanyi_gis.suitability.prepare`, with a DEM in memory.
    scenarios : Scenarios
        The samples.
    sheets : int32 (n, height, width)
        Row of the table to which each cell counts, negative for none; several where zones overlap.
    zones : int
        Rows of the table.
    thinned : Thinned
        Which cells are judged.
    error : HeightError, optional
        Error of the heights; none if not given.
    fields : KeptFields, optional
        Keeps the fields of the correlated errors, for the next use of land.
    """
    height, width = thinned.shape
    samples = scenarios.shift.size
    cell = float(1 / (8 * np.median(np.abs(inputs.frame.per_y))))
    length = 0.0 if error is None else error.length
    lattice = Lattice.of(height, width, cell_x=cell * thinned.step, cell_y=cell * thinned.step, length=length)
    units = np.zeros((samples, zones, 5), np.int64)
    hits = np.zeros(thinned.shape, np.uint32)
    parts = thinned.parts()
    correlated = error is not None and error.shared > 0
    batch = max(1, min(samples, BATCH_BYTES // (4 * lattice.rows * lattice.columns))) if correlated else samples
    kept = fields or KeptFields()
    with ThreadPoolExecutor(processors(threads)) as pool:
        for start in range(0, samples, batch):
            chosen = slice(start, min(start + batch, samples))
            some = scenarios.part(chosen)
            seeds = some.seeds if correlated else ()
            draw = partial(_fields, pool, lattice, seeds)
            drawn = kept.of(lattice, seeds, draw) if seeds else draw()

            def work(part: slice, some: Scenarios = some, drawn: npt.NDArray[np.float32] = drawn) -> Ints:
                block = _Block.of(inputs, sheets, thinned, part)
                return _judged(inputs, block, some, lattice, drawn, error, thinned, part.start, zones, hits[part])

            for done, found in enumerate(pool.map(work, parts), start=1):
                units[chosen] += found
                if progress is not None:
                    progress((start + done / len(parts) * (chosen.stop - start)) / samples)
    return Counted(units[:, :, 1:].astype(np.float64) * _KM2, hits)


def _fields(
    pool: ThreadPoolExecutor, lattice: Lattice, seeds: Sequence[np.random.SeedSequence]
) -> npt.NDArray[np.float32]:
    if not seeds:
        return np.empty((0, 0, lattice.columns), np.float32)
    return np.stack(list(pool.map(lattice.field, seeds)))


def _judged(
    inputs: Inputs,
    block: _Block,
    scenarios: Scenarios,
    lattice: Lattice,
    fields: npt.NDArray[np.float32],
    error: HeightError | None,
    thinned: Thinned,
    first_row: int,
    zones: int,
    hits: npt.NDArray[np.uint32],
) -> Ints:
    model = inputs.model
    arrays = model.arrays
    table = np.zeros((scenarios.shift.size, zones, 5), np.int64)
    sigma, local, slope = _sigmas(inputs, error)
    kernels.classes_block(
        block.z,
        block.gx,
        block.gy,
        block.area,
        np.ascontiguousarray(scenarios.borders[:, thinned.columns]) if scenarios.borders.size else scenarios.borders,
        block.row_y,
        inputs.frame.per_width,
        inputs.frame.nodes,
        block.node_row,
        inputs.frame.node_column[thinned.columns] if inputs.frame.node_column.size else inputs.frame.node_column,
        block.layers,
        block.mask,
        block.zones,
        arrays["kind"],
        arrays["layer_index"],
        arrays["code_tables"],
        varying(inputs, scenarios, sloping=slope > 0, rising=sigma > 0 or local > 0),
        scenarios.coefficient,
        scenarios.breaks,
        scenarios.shift,
        np.float32(model.steep),
        np.float32(sigma),
        np.float32(local),
        np.float32(slope),
        scenarios.place,
        fields,
        first_row,
        int(thinned.rows[0]),
        int(thinned.columns[0]),
        thinned.step,
        lattice.per_row,
        lattice.left,
        lattice.share,
        lattice.norm,
        lattice.rho_y,
        scenarios.keys,
        normals(),
        table,
        hits,
    )
    return table


def _sigmas(inputs: Inputs, error: HeightError | None) -> tuple[float, float, float]:
    if error is None:
        return 0.0, 0.0, 0.0
    cell = float(1 / (8 * np.median(np.abs(inputs.frame.per_y))))
    return error.shared, error.local, error.slope(cell)


def varying(inputs: Inputs, scenarios: Scenarios, *, sloping: bool, rising: bool) -> npt.NDArray[np.bool_]:
    """Return which criteria must be judged anew in every sample; the others are judged once a cell."""
    kind = inputs.model.arrays["kind"]
    rising = rising or bool(scenarios.shift.any())
    own = scenarios.coefficient[0], scenarios.breaks[0]
    moved = np.zeros(kind.size, np.bool_)
    for values, first in zip((scenarios.coefficient, scenarios.breaks), own, strict=True):
        axes = (0, *range(2, values.ndim))
        moved |= (values != first).any(axis=axes)
    moved |= np.isin(kind, (codes.ELEVATION, codes.CLIMATE)) & rising
    moved |= (kind == codes.CLIMATE) & (scenarios.place > 0)
    moved |= np.isin(kind, (codes.SLOPE, codes.ASPECT)) & sloping
    moved |= (kind == codes.CLIMATE) & (len(scenarios.borders) > 1)
    return moved


@cache
def normals() -> npt.NDArray[np.float32]:
    """Return the quantiles of the normal distribution from which local errors are drawn, all equally likely.

    >>> abs(float(normals().mean())) < 1e-6, round(float(normals().std()), 3)
    (True, 1.0)
    """
    found: npt.NDArray[np.float32] = ndtri((np.arange(kernels.NORMALS) + 0.5) / kernels.NORMALS).astype(np.float32)
    return found
