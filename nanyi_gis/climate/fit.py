"""Lapse rates fitted to stations."""

import math
from collections.abc import Sequence

import numpy as np

from ..errors import ParameterError
from .variable import Anchor, Constant


def fitted(
    anchors: Sequence[Anchor], regimes: int, *, scatter: float = 0.0, label: str = "lapse"
) -> tuple[Constant, float]:
    """Return the change per metre, common to all regimes, and the residual standard deviation of the stations.

    Least squares with an intercept for each regime, the surer stations weighing more where all state their
    uncertainty. The slope's standard deviation is that of the residuals, or of the stations' own
    uncertainties if that is greater (then also where no degree of freedom is left).

    Raises
    ------
    ParameterError
        If no regime has stations at different heights, or neither residuals nor stated uncertainties tell how
        sure the slope is.

    >>> at = [Anchor(0, z, Constant(t, 0.1)) for z, t in ((100, 18.0), (500, 16.0), (900, 14.0))]
    >>> slope, residual = fitted(at, 1)
    >>> round(slope.value, 6), round(residual, 6), round(slope.sd, 8)  # 0.1 / sqrt(400**2 + 400**2)
    (-0.005, 0.0, 0.00017678)
    """
    heights = np.array([anchor.elevation for anchor in anchors], dtype=np.float64)
    values = np.array([anchor.value.value for anchor in anchors], dtype=np.float64)
    regime = np.array([anchor.regime for anchor in anchors])
    sds = np.hypot([anchor.value.sd for anchor in anchors], scatter)
    stated = bool((sds > 0).all())
    weights = 1 / sds**2 if stated else np.ones(len(anchors))
    for k in range(regimes):
        here = regime == k
        heights[here] -= np.average(heights[here], weights=weights[here])
        values[here] -= np.average(values[here], weights=weights[here])
    spread = float(weights @ heights**2)
    if spread <= 1e-6 * float(weights.max()):
        raise ParameterError(
            f'{label} is "fit", but no regime has two stations at different heights; add stations or give the number'
        )
    slope = float(weights @ (heights * values)) / spread
    rest = values - slope * heights
    freedom = len(anchors) - regimes - 1
    chi = float(weights @ rest**2)
    if freedom < 1 and not stated:
        raise ParameterError(
            f'{label} is "fit", but {len(anchors)} stations leave nothing to tell how sure it is; add a station, or '
            "the stations' own uncertainties, e.g. mean_temperature_sd"
        )
    residual = math.sqrt(float(rest @ rest) / freedom) if freedom > 0 else 0.0
    scale = max(chi / freedom if freedom > 0 else 0.0, 1.0 if stated else 0.0)
    return Constant(slope, math.sqrt(scale / spread)), residual
