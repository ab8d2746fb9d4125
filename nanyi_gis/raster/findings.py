"""What reading found beside values: missing cells by cause, and zeros that look like missing cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from .._kernels import raster as kernels
from .heights import CAUSES, Elevations, causes_of

JUMP_M = 100.0
_SUSPECT_SIDES = 0.5


@dataclass(frozen=True)
class Zeros:
    """Cells of exactly 0 among heights, by the sides of the patch they are in.

    Attributes
    ----------
    void_like : int
        Cells in patches that border other heights mostly with jumps of over 100 m, as voids do.
    plain : int
        Cells in patches that border other heights gently, as a shore does.
    bare : int
        Cells in patches that border no height at all.
    """

    void_like: int = 0
    plain: int = 0
    bare: int = 0

    def __add__(self, other: "Zeros") -> "Zeros":
        return Zeros(self.void_like + other.void_like, self.plain + other.plain, self.bare + other.bare)

    @property
    def missing(self) -> int:
        """Cells to be taken for missing: patches without a side go with the more frequent kind."""
        return self.void_like + (self.bare if self.void_like > self.plain else 0)


@dataclass(frozen=True)
class Findings:
    """Missing cells by cause and zeros; findings of windows add up to those of the file."""

    missing: tuple[int, ...] = (0,) * len(CAUSES)
    zeros: Zeros = Zeros()

    def __add__(self, other: "Findings") -> "Findings":
        missing = tuple(x + y for x, y in zip(self.missing, other.missing, strict=True))
        return Findings(missing, self.zeros + other.zeros)

    @property
    def by_cause(self) -> Mapping[str, int]:
        """Missing cells by cause; causes that did not occur are left out."""
        return causes_of(np.array(self.missing))

    @property
    def zeros_look_missing(self) -> bool:
        """Whether there are patches of exactly 0 that border other heights mostly with jumps of over 100 m."""
        return self.zeros.void_like > 0


def judged_zeros(heights: Elevations) -> tuple[Zeros, npt.NDArray[np.uint8], npt.NDArray[Any]]:
    """Return the zeros of a window by kind, the verdict on each patch, and the patch of each cell.

    Verdicts are 1 void-like, 2 plain, 3 bare; patch 0 is what is not 0.

    >>> zeros, verdict, patch = judged_zeros(np.array([[900, 0, 905], [900, 901, 905]], dtype=np.float32))
    >>> zeros, verdict[patch].tolist()
    (Zeros(void_like=1, plain=0, bare=0), [[0, 1, 0], [0, 0, 0]])
    """
    patch, count = ndimage.label(heights == 0)
    touched = np.zeros((count + 1, 3), np.int64)
    kernels.patch_cliffs(heights, patch, JUMP_M, touched)
    zeros, verdict = verdicts(touched)
    verdict[0] = 0
    return zeros, verdict, patch


def verdicts(touched: npt.NDArray[np.int64]) -> tuple[Zeros, npt.NDArray[np.uint8]]:
    """Return the zeros by kind and the verdict on each patch, from its cells, sides and steep sides.

    >>> verdicts(np.array([[4, 8, 6], [1, 4, 0], [2, 0, 0]]))
    (Zeros(void_like=4, plain=1, bare=2), array([1, 2, 3], dtype=uint8))
    """
    number, borders, steep = touched.T
    verdict = np.where(borders == 0, 3, np.where(steep >= _SUSPECT_SIDES * borders, 1, 2)).astype(np.uint8)
    kinds = (int(number[verdict == kind].sum()) for kind in (1, 2, 3))
    return Zeros(*kinds), verdict
