"""Correlated Gaussian fields on a lattice coarser than the raster."""

import math
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import correlate1d

Floats = npt.NDArray[np.float32]

NODES_PER_LENGTH = 4


@dataclass(frozen=True)
class Lattice:
    """Nodes on which correlated errors are drawn; cells interpolate between them at unit variance.

    White noise under a Gaussian kernel of width length / 2 has the correlation
    exp(-(d / length)²). Four nodes a length are enough to interpolate linearly; the loss of
    variance between nodes is known exactly, because that correlation is a product of one for
    each axis, and is made good.
    """

    rows: int
    columns: int
    per_row: float
    left: npt.NDArray[np.int64]
    share: Floats
    norm: Floats
    kernel_x: npt.NDArray[np.float64]
    kernel_y: npt.NDArray[np.float64]
    rho_y: float

    @classmethod
    def of(cls, height: int, width: int, *, cell_x: float, cell_y: float, length: float) -> "Lattice":
        """Lay out the nodes for a raster of cells in metres."""
        step_x, step_y = (max(cell, length / NODES_PER_LENGTH) for cell in (cell_x, cell_y))
        per_column, per_row = cell_x / step_x, cell_y / step_y
        columns, rows = (math.floor((n - 1) * per) + 2 for n, per in ((width, per_column), (height, per_row)))
        place = np.arange(width) * per_column
        left = np.minimum(place.astype(np.int64), columns - 2)
        share = place - left
        kernel_x, kernel_y = _kernel(length / 2 / step_x), _kernel(length / 2 / step_y)
        rho_x, rho_y = (float(np.sum(k[1:] * k[:-1])) for k in (kernel_x, kernel_y))
        norm = 1 / np.sqrt((1 - share) ** 2 + share**2 + 2 * share * (1 - share) * rho_x)
        return cls(
            rows,
            columns,
            per_row,
            left,
            share.astype(np.float32),
            norm.astype(np.float32),
            kernel_x,
            kernel_y,
            rho_y,
        )

    def field(self, seed: np.random.SeedSequence) -> Floats:
        """Return one standard normal field on the nodes."""
        margin_y, margin_x = self.kernel_y.size // 2, self.kernel_x.size // 2
        generator = np.random.Generator(np.random.SFC64(seed))
        noise = generator.standard_normal((self.rows + 2 * margin_y, self.columns + 2 * margin_x), dtype=np.float32)
        if margin_y:
            noise = correlate1d(noise, self.kernel_y, axis=0, mode="constant")[margin_y : margin_y + self.rows]
        if margin_x:
            noise = correlate1d(noise, self.kernel_x, axis=1, mode="constant")[:, margin_x : margin_x + self.columns]
        return np.ascontiguousarray(noise)


class KeptFields:
    """The fields that were drawn last, for uses of land that err alike: the same seeds on the same lattice.

    >>> kept, lattice = KeptFields(), Lattice.of(9, 9, cell_x=30.0, cell_y=30.0, length=60.0)
    >>> seeds = np.random.SeedSequence(1).spawn(2)
    >>> one, two = (kept.of(lattice, seeds, lambda: np.stack([lattice.field(seed) for seed in seeds])) for _ in "ab")
    >>> one is two, one.shape
    (True, (2, 10, 10))
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Hashable, Floats] = {}

    def of(self, lattice: Lattice, seeds: Sequence[np.random.SeedSequence], draw: Callable[[], Floats]) -> Floats:
        """Return the fields of these seeds, drawn unless they are kept; who asks meanwhile waits."""
        kernels = lattice.kernel_x.tobytes(), lattice.kernel_y.tobytes()
        key = lattice.rows, lattice.columns, kernels, tuple((str(seed.entropy), seed.spawn_key) for seed in seeds)
        with self._lock:
            if key not in self._found:
                self._found = {key: draw()}
            return self._found[key]


def _kernel(width: float) -> npt.NDArray[np.float64]:
    """Return a Gaussian kernel whose squares sum to one; a single one where it is narrower than a node."""
    if width < 0.05:
        return np.ones(1)
    reach = math.ceil(4 * width)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    normed: npt.NDArray[np.float64] = kernel / np.sqrt(np.sum(kernel**2))
    return normed
