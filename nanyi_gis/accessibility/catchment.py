"""Floating catchments and cumulative opportunities over a matrix of costs."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import check_choice, check_edges, check_positive, numbers
from ..errors import DataError, ParameterError

Floats = npt.NDArray[np.float64]
SLOW_DECAY = (1.0, 0.68, 0.22)
FAST_DECAY = (1.0, 0.42, 0.09)


def two_sfca(cost: pd.DataFrame, *, supply: pd.Series, demand: pd.Series, catchment: float) -> pd.Series:
    """Return supply per head by the two-step floating catchment area, every cost up to ``catchment`` alike.

    Luo and Wang (2003): ``A_i = sum_j R_j`` with ``R_j = S_j / sum_i P_i`` over the costs within the catchment.
    Arguments and result are those of :func:`e2sfca`.

    Ten beds, two people within 30 minutes and one beyond: five beds a head, and none for the third.

    >>> cost = pd.DataFrame({"h": [5.0, 30.0, 31.0]}, index=["a", "b", "c"])
    >>> two_sfca(cost, supply=pd.Series({"h": 10.0}), demand=pd.Series(1.0, index=cost.index), catchment=30).to_dict()
    {'a': 5.0, 'b': 5.0, 'c': 0.0}
    """
    return e2sfca(cost, supply=supply, demand=demand, bands=(catchment,), weights=(1.0,)).rename("two_sfca")


def e2sfca(
    cost: pd.DataFrame,
    *,
    supply: pd.Series,
    demand: pd.Series,
    bands: Sequence[float] = (10, 20, 30),
    weights: Sequence[float] = SLOW_DECAY,
    decay: str = "bands",
) -> pd.Series:
    """Return supply per head by the enhanced two-step floating catchment area.

    Luo and Qi (2009): ``R_j = S_j / sum_i P_i W(d_ij)`` and ``A_i = sum_j R_j W(d_ij)``. The costs run from the people
    to the facility in both steps. Over the people, ``A`` times ``P`` sums to the supply of the facilities that
    anybody reaches.

    Parameters
    ----------
    cost : DataFrame
        Minutes, places of demand as index and facilities as columns, as from
        :func:`nanyi_gis.accessibility.od_cost_matrix`.
    supply : Series
        Beds, doctors or the like by facility.
    demand : Series
        People by place.
    bands : sequence of float
        Upper limits of the bands, inclusive, rising; the last is the catchment.
    weights : sequence of float
        Weight of each band (``decay='bands'``): 1, 0.68, 0.22 is Luo and Qi's slow decay, 1, 0.42, 0.09 the fast one.
    decay : str
        ``bands``, or ``gaussian``: ``(exp(-(d/d0)^2/2) - exp(-1/2)) / (1 - exp(-1/2))`` within ``d0``, the last band.

    Returns
    -------
    Series
        Supply per head by place; 0 where no facility is within the catchment.

    Raises
    ------
    DataError
        If supply or demand do not cover the matrix, or are negative or missing.
    ParameterError
        If bands and weights do not fit each other.

    Examples
    --------
    >>> cost = pd.DataFrame({"h": [5.0, 15.0]}, index=["a", "b"])
    >>> e2sfca(cost, supply=pd.Series({"h": 84.0}), demand=pd.Series({"a": 50.0, "b": 50.0})).tolist()
    [1.0, 0.68]
    """
    beds = _aligned(supply, cost.columns, name="supply")
    people = _aligned(demand, cost.index, name="demand")
    weight = decay_weights(cost.to_numpy(dtype=np.float64), bands=bands, weights=weights, decay=decay)
    served = people @ weight
    ratio = np.divide(beds, served, out=np.zeros_like(beds), where=served > 0)
    return pd.Series(weight @ ratio, index=cost.index, name="e2sfca")


def decay_weights(cost: Floats, *, bands: Sequence[float], weights: Sequence[float], decay: str = "bands") -> Floats:
    """Return the weight of each cost; 0 beyond the last band and where a cost is inf or NaN.

    >>> decay_weights(np.array([10.0, 10.5, 30.0, 31.0]), bands=(10, 20, 30), weights=SLOW_DECAY).tolist()
    [1.0, 0.68, 0.22, 0.0]
    """
    check_choice(decay, ("bands", "gaussian"), name="decay")
    limits = check_edges(bands, name="bands")
    check_positive(limits[0], name="the first band")
    if np.nanmin(cost, initial=0.0) < 0:
        raise DataError(f"a cost is {np.nanmin(cost):g}, but costs must not be negative")
    if decay == "gaussian":
        floor = np.exp(-0.5)
        share = (np.exp(-0.5 * (np.minimum(cost, limits[-1]) / limits[-1]) ** 2) - floor) / (1.0 - floor)
        return np.where(cost <= limits[-1], share, 0.0)
    if len(weights) != len(limits):
        raise ParameterError(f"{len(limits)} bands have {len(weights)} weights; give one weight a band")
    if any(not 0 <= w <= 1 for w in weights):
        raise ParameterError(f"weights are {', '.join(f'{w:g}' for w in weights)}, but must lie between 0 and 1")
    steps = np.append(np.asarray(weights, dtype=np.float64), 0.0)
    return steps[np.searchsorted(np.asarray(limits), np.where(np.isnan(cost), np.inf, cost), side="left")]


def cumulative_opportunities(
    cost: pd.DataFrame, opportunities: pd.Series | None = None, *, limits: Sequence[float] = (30, 60)
) -> pd.DataFrame:
    """Return what each origin reaches within each limit, the limit included; a column a limit.

    Parameters
    ----------
    opportunities : Series, optional
        By destination; each destination counts 1 if not given.

    >>> cumulative_opportunities(pd.DataFrame([[30.0, 31.0]], index=["a"], columns=["x", "y"]))
       30  60
    a  1.0  2.0
    """
    edges = check_edges(limits, name="limits", least=0)
    counts = np.ones(cost.shape[1]) if opportunities is None else _aligned(opportunities, cost.columns, name="supply")
    values = cost.to_numpy(dtype=np.float64)
    columns: dict[str, Floats] = {f"{edge:g}": (values <= edge) @ counts for edge in edges}
    return pd.DataFrame(columns, index=cost.index)


def _aligned(series: pd.Series, labels: pd.Index, *, name: str) -> Floats:
    if not isinstance(series, pd.Series):
        raise DataError(f"{name} is {series!r}, but must be a Series with a number for each place")
    if not series.index.is_unique:
        raise DataError(f"{name} has {series.index[series.index.duplicated()][0]!r} twice; ids must be unique")
    missing = labels.difference(series.index)
    if len(missing):
        raise DataError(f"{name} has no value for {missing[0]!r} ({len(missing)} missing); give one for each")
    return numbers(series.reindex(labels), name=name).to_numpy(dtype=np.float64)
