"""The error of a DEM as drawn for land: a part that neighbours share, a part of each cell, and the slope's own."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._validation import check_non_negative

SIGMA_M = 10.0
CORRELATION_M = 2000.0
SHARED = 0.5
SLOPE_ERROR = 0.035
RMSE_TAG = "HEIGHT_RMSE_M"
_HORN_OF_NOISE = math.sqrt(12) / 8


@dataclass(frozen=True)
class HeightError:
    """How the heights of a DEM err: normally, with mean 0.

    Half of the variance is shared by neighbours, with the correlation exp(-(d / length)²); it does not average out
    over an area. The other half belongs to each cell alone. Each component of the gradient errs by a normal number
    of its own, of 0.035 (2 degrees), but by no more than independent errors of the cells would make it.

    Attributes
    ----------
    sigma : float
        Standard deviation of a height in all, m.
    length : float
        Distance at which the correlation has fallen to 1/e, m.
    """

    sigma: float = SIGMA_M
    length: float = CORRELATION_M

    @classmethod
    def of(
        cls, tags: Mapping[Any, Any], *, sigma: float | None = None, correlation_length: float | None = None
    ) -> "HeightError":
        """Return the error given, else that of the raster's tag ``HEIGHT_RMSE_M``, else 10 m over 2 km.

        >>> HeightError.of({"HEIGHT_RMSE_M": "25"}).sigma, HeightError.of({}, sigma=3).sigma, HeightError.of({}).sigma
        (25.0, 3.0, 10.0)
        """
        length = CORRELATION_M if correlation_length is None else correlation_length
        return cls(
            check_non_negative(_told(tags) if sigma is None else sigma, name="sigma", unit="m"),
            check_non_negative(length, name="correlation_length", unit="m"),
        )

    @property
    def shared(self) -> float:
        """Standard deviation of the part that neighbours share, m."""
        return math.sqrt(SHARED) * self.sigma

    @property
    def local(self) -> float:
        """Standard deviation of the part of each cell, m."""
        return math.sqrt(1 - SHARED) * self.sigma

    def mean(self, area: float) -> float:
        """Return the standard deviation of the mean error over an area in m²; the local part averages out.

        The variance of the mean of a field of correlation exp(-(d / L)²) is about pi L² / area, and at most one.

        >>> round(HeightError(10, 2000).mean(math.pi * 4e8), 4)  # sqrt(1/2) * 10 m * 2 km / 20 km
        0.7071
        """
        return self.shared * min(1.0, self.length * math.sqrt(math.pi / area))

    def slope(self, cell: float) -> float:
        """Return the standard deviation of each component of the gradient for cells of so many metres.

        >>> HeightError(10).slope(30), HeightError(0).slope(30)
        (0.035, 0.0)
        """
        return min(SLOPE_ERROR, _HORN_OF_NOISE * self.local / cell)


def _told(tags: Mapping[Any, Any]) -> float:
    try:
        told = float(tags.get(RMSE_TAG, SIGMA_M))
    except (TypeError, ValueError):
        return SIGMA_M
    return told if math.isfinite(told) and told >= 0 else SIGMA_M
