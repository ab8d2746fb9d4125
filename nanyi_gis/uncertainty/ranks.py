"""Ranks of zones: how stable under other weights, and which weight would turn them."""

import math
import os
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from .._validation import check_choice, check_count
from ..climate import Climate
from ..errors import ParameterError
from ..raster import strips
from ..suitability import LandUse, memberships_strip, prepare, the_use


def rank_stability(robustness: xr.Dataset, *, top: int = 10) -> pd.DataFrame:
    """Return how stable the ranks of zones are, from :func:`weight_robustness` with zones.

    Returns
    -------
    DataFrame
        One row a zone by its own rank: ``zone``, ``rank`` with the use's weights, ``area_km2``,
        ``mean_rank``, ``rank_sd``, ``share_same_rank``, ``share_top`` (among the first ``top``)
        and ``standard_error`` of the mean rank. ``attrs["kendall"]`` is the mean rank
        correlation with the use's own order, ``attrs["kendall_standard_error"]`` its error.
    """
    if "zone_area_km2" not in robustness:
        raise ParameterError("robustness has no zone_area_km2; give weight_robustness(..., zones=…)")
    from scipy.stats import kendalltau

    areas = np.asarray(robustness["zone_area_km2"].values)
    # equal areas share the order of the zones, so that ranks are always 1 to n
    ranks = np.argsort(np.argsort(-areas, axis=1, kind="stable"), axis=1, kind="stable") + 1
    own, sampled = ranks[0], ranks[1:]
    sd = sampled.std(axis=0, ddof=1) if len(sampled) > 1 else np.zeros(own.size)
    table = pd.DataFrame(
        {
            "zone": robustness["zone"].values,
            "rank": own,
            "area_km2": areas[0],
            "mean_rank": sampled.mean(axis=0),
            "rank_sd": sd,
            "share_same_rank": (sampled == own).mean(axis=0),
            "share_top": (sampled <= check_count(top, name="top")).mean(axis=0),
            "standard_error": sd / math.sqrt(len(sampled)),
        }
    ).sort_values("rank", ignore_index=True)
    if own.size > 1:
        taus = np.array([kendalltau(own, row).statistic for row in sampled])
        table.attrs["kendall"] = float(taus.mean())
        table.attrs["kendall_standard_error"] = float(taus.std(ddof=1) / math.sqrt(len(taus))) if len(taus) > 1 else 0.0
    return table


def zone_memberships(
    dem: xr.DataArray,
    *,
    use: str | os.PathLike[str] | LandUse | None = None,
    crop: str | os.PathLike[str] | LandUse | None = None,
    zones: xr.DataArray,
    layers: Mapping[str, xr.DataArray] | None = None,
    weights: Mapping[str, float] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
) -> pd.DataFrame:
    """Return the mean membership of every criterion (columns) in every zone (rows)."""
    inputs = prepare(dem, use=the_use(use, crop), layers=layers, weights=weights, climate=climate, zones=zones)
    count = len(inputs.zone_labels)
    names = [criterion.id for criterion in inputs.model.criteria]
    total, number = np.zeros((len(names), count)), np.zeros((len(names), count))
    for rows in strips(*inputs.dem.shape):
        strip = memberships_strip(inputs, rows)
        found = strip.found.memberships
        found[:, strip.unknown] = np.nan
        flat = np.asarray(strip.zones).ravel()
        for k in range(len(names)):
            values = found[k].ravel()
            good = (flat >= 0) & ~np.isnan(values)
            total[k] += np.bincount(flat[good], weights=values[good], minlength=count)[:count]
            number[k] += np.bincount(flat[good], minlength=count)[:count]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (total / number).T
    table = pd.DataFrame(means, index=pd.Index(inputs.zone_labels, name="zone"), columns=names)
    table.attrs["weights"] = inputs.model.weights
    return table


def critical_weights(memberships: pd.DataFrame, *, weights: Mapping[str, float], scope: str = "top") -> pd.DataFrame:
    """Return for each criterion the nearest weight at which two zones change places.

    One weight moves and the others keep their proportions. The mean score of a zone is linear
    in it, so the weight at which two zones meet has a closed form (Triantaphyllou and Sánchez
    1997, for the weighted sum).

    Parameters
    ----------
    memberships : DataFrame
        Mean memberships by zone and criterion, e.g. of :func:`zone_memberships`.
    weights : mapping
        Weights of the criteria.
    scope : str
        ``top``: only changes of the first place; ``any``: of neighbouring places.

    Returns
    -------
    DataFrame
        One row a criterion: ``criterion``, ``weight``, ``critical_weight`` (NaN where no weight
        from 0 to 1 does it), ``change``, ``zone`` that loses its place to ``rival``.

    >>> means = pd.DataFrame({"a": [1.0, 0.0], "b": [0.0, 0.8]}, index=["north", "south"])
    >>> critical_weights(means, weights={"a": 0.5, "b": 0.5})["critical_weight"].round(4).tolist()
    [0.4444, 0.5556]
    """
    check_choice(scope, ("top", "any"), name="scope")
    names = [name for name in memberships.columns if name in weights]
    own = np.array([weights[name] for name in names], dtype=np.float64)
    if own.sum() <= 0:
        raise ParameterError("weights sum to zero over the criteria of memberships; give at least one above zero")
    own /= own.sum()
    means = memberships[names].dropna()
    scores = means.to_numpy() @ own
    order = np.argsort(-scores, kind="stable")
    pairs = [(order[0], rival) for rival in order[1:]] if scope == "top" else list(pairwise(order))
    rows = []
    for k, name in enumerate(names):
        best: tuple[float, float, Any, Any] = (math.inf, math.nan, None, None)
        for first, second in pairs:
            difference = means.to_numpy()[first] - means.to_numpy()[second]
            rest = (difference @ own - own[k] * difference[k]) / (1 - own[k]) if own[k] < 1 else math.nan
            if rest == difference[k]:
                continue
            meeting = rest / (rest - difference[k])
            if 0 <= meeting <= 1 and abs(meeting - own[k]) < best[0]:
                best = (abs(meeting - own[k]), meeting, means.index[first], means.index[second])
        rows.append((name, own[k], best[1], best[1] - own[k], best[2], best[3]))
    return pd.DataFrame(rows, columns=["criterion", "weight", "critical_weight", "change", "zone", "rival"])
