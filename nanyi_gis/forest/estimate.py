"""Areas of classes with a standard error from reference points, after Olofsson et al. (2014)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError

Z95 = 1.96
"""Standard errors to each side of a 95 % interval, as the paper has it."""


@dataclass(frozen=True)
class AreaEstimates:
    """What reference points say of the areas of a map's classes.

    Attributes
    ----------
    table : DataFrame
        By class: ``mapped_km2``, ``points`` (on that class of the map), ``area_km2``, ``se_km2``, ``low_km2``,
        ``high_km2`` (95 %, not below 0), ``users`` and ``producers`` accuracy, ``users_se``; NaN where a class has
        no reference.
    matrix : DataFrame
        Points by class of the map (rows) and of the reference (columns).
    overall, overall_se : float
        Overall accuracy and its standard error.
    """

    table: pd.DataFrame
    matrix: pd.DataFrame
    overall: float
    overall_se: float


def error_matrix(mapped: Sequence[Any], reference: Sequence[Any]) -> pd.DataFrame:
    """Return how many points are of each class on the map (rows) and in the reference (columns), classes sorted.

    >>> error_matrix([1, 1, 2], [1, 2, 2]).values.tolist()
    [[1, 1], [0, 1]]
    """
    if len(mapped) != len(reference):
        raise DataError(f"{len(mapped)} points have a class on the map and {len(reference)} a reference; give both")
    classes = sorted(set(mapped) | set(reference))
    counts = pd.crosstab(pd.Series(list(mapped)), pd.Series(list(reference)))
    return counts.reindex(index=classes, columns=classes, fill_value=0)


def area_estimates(matrix: pd.DataFrame, mapped_km2: "pd.Series[float]") -> AreaEstimates:
    """Return the area of each class as reference points have it, with its standard error.

    The stratified estimator of Olofsson et al. (2014), Good practices for estimating area and assessing accuracy of
    land change, Remote Sensing of Environment 148, eqs. 4 to 11. With ``W_i`` the share of the map in class i and
    ``n_ij`` the points of it whose reference is j::

        p_ij = W_i n_ij / n_i.        area_j = A sum_i p_ij
        SE(area_j) = A sqrt(sum_i W_i² (n_ij / n_i.) (1 - n_ij / n_i.) / (n_i. - 1))

    Points must have been drawn at random within each class of the map.

    Parameters
    ----------
    matrix : DataFrame
        Points by class of the map (rows) and of the reference (columns), see :func:`error_matrix`.
    mapped_km2 : Series
        Area of each class on the map.

    Raises
    ------
    DataError
        If a count is negative, or a class that the map has holds fewer than two points.

    >>> counts = pd.DataFrame([[8, 2], [1, 9]], index=["forest", "other"], columns=["forest", "other"])
    >>> found = area_estimates(counts, pd.Series({"forest": 50.0, "other": 50.0}))
    >>> found.table["area_km2"].round(6).tolist()  # 50 x 0.8 + 50 x 0.1
    [45.0, 55.0]
    >>> round(float(found.table.loc["forest", "se_km2"]), 4), round(found.overall, 6)  # 50 sqrt((.16 + .09) / 9)
    (8.3333, 0.85)
    """
    counts = matrix.to_numpy(dtype=np.float64)
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise DataError("the error matrix holds a negative count or none; give how many points each cell has")
    if list(matrix.index) != list(matrix.columns):
        raise DataError("the error matrix has other classes in its rows than in its columns; give the same, in order")
    areas = mapped_km2.reindex(matrix.index).fillna(0.0).to_numpy(dtype=np.float64)
    points = counts.sum(axis=1)
    few = (areas > 0) & (points < 2)
    if few.any() or not areas.sum() > 0:
        name = matrix.index[few][0] if few.any() else "every class"
        raise DataError(f"{name} has fewer than two reference points on the map, so no error follows; add points")
    whole, used = float(areas.sum()), areas > 0
    weight = areas / whole
    share = np.divide(counts, points[:, None], out=np.zeros_like(counts), where=points[:, None] > 0)
    cells = weight[:, None] * share
    spread = np.divide(share * (1.0 - share), points[:, None] - 1.0, out=np.zeros_like(share), where=used[:, None])
    total = cells.sum(axis=0)
    error = np.sqrt((weight[:, None] ** 2 * spread).sum(axis=0))
    right, hits = np.diag(cells), np.diag(share)
    there = total > 0
    table = pd.DataFrame(
        {
            "mapped_km2": areas,
            "points": points.astype(np.int64),
            "area_km2": whole * total,
            "se_km2": whole * error,
            "low_km2": np.maximum(0.0, whole * (total - Z95 * error)),
            "high_km2": np.minimum(whole, whole * (total + Z95 * error)),
            "users": np.where(used, hits, np.nan),
            "users_se": np.where(used, np.sqrt(np.diag(spread)), np.nan),
            "producers": np.divide(right, total, out=np.full(len(total), np.nan), where=there),
        },
        index=pd.Index(matrix.index, name="class"),
    )
    overall_se = float(np.sqrt((weight**2 * np.diag(spread)).sum()))
    return AreaEstimates(table, matrix, float(right.sum()), overall_se)
