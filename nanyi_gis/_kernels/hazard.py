"""The infinite slope with a wetness of each cell: every draw of the soil at every cell."""

import numpy as np
import numpy.typing as npt

from . import kernel

Floats = npt.NDArray[np.float64]


@kernel(nogil=True)
def fail_by_cell(
    gradient: Floats,
    wetting: Floats,
    cohesion: Floats,
    friction: Floats,
    lift: Floats,
    wet: Floats,
    share: npt.NDArray[np.float32],
    resistance: npt.NDArray[np.float64],
) -> None:
    """Fill the share of draws in which a cell fails, and the median of what holds it (times the gradient: its factor).

    A draw holds a cell of gradient t with ``cohesion (1 + t^2) + friction (1 - lift m)``; it fails where that is below
    t. ``m`` is ``wet * wetting`` of the cell, at most 1.
    """
    draws = cohesion.size
    held = np.empty(draws)
    for cell in range(gradient.size):
        t, k = gradient[cell], wetting[cell]
        if np.isnan(t) or np.isnan(k):
            share[cell] = np.nan
            resistance[cell] = np.nan
            continue
        failed = 0
        for draw in range(draws):
            level = min(1.0, wet[draw] * k)
            held[draw] = cohesion[draw] * (1.0 + t * t) + friction[draw] * (1.0 - lift[draw] * level)
            failed += held[draw] < t
        share[cell] = failed / draws
        resistance[cell] = np.median(held)
