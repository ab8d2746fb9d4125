"""Values, memberships and classes of every criterion, by the same compiled rows as the evaluation."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._kernels import suitability as kernels
from .frame import Frame
from .model import Model

Floats = npt.NDArray[np.float32]
_NO_LAYERS = np.empty((1, 0, 0), np.float32)


@dataclass(frozen=True)
class Memberships:
    """What each criterion says, (criteria, h, w), and the slope in degrees (h, w).

    ``memberships`` is NaN where a criterion has no value.
    """

    values: Floats
    memberships: Floats
    classes: Floats
    slope: Floats


def memberships_block(model: Model, frame: Frame, margined: Floats, *, layers: Floats | None = None) -> Memberships:
    """Return the memberships of a block that has a margin of one cell."""
    height, width = margined.shape[0] - 2, margined.shape[1] - 2
    arrays = model.arrays
    shape = (len(model.criteria), height, width)
    found = Memberships(
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros((height, width), np.float32),
    )
    kernels.memberships_block(
        margined,
        frame.per_x,
        frame.per_y,
        frame.border,
        frame.row_y,
        frame.per_width,
        _NO_LAYERS if layers is None else layers,
        arrays["kind"],
        arrays["layer_index"],
        arrays["coefficient"],
        arrays["shape"],
        arrays["points"],
        arrays["breaks"],
        arrays["code_tables"],
        found.values,
        found.memberships,
        found.classes,
        found.slope,
    )
    missing = np.isnan(found.values)
    found.memberships[missing] = np.nan
    found.classes[missing] = np.nan
    return found
