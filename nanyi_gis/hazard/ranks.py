"""An ordinal index says which ground comes first; how far that order stands when its weights are not what we think."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._limits import hold_samples
from .._validation import check_count, check_finite, check_positive
from ..climate import Climate
from ..errors import DataError, ParameterError
from ..suitability import LandUse, memberships
from ..uncertainty import dirichlet_weights

Floats = npt.NDArray[np.float64]

_MOST_CELLS = 20_000


@dataclass(frozen=True, kw_only=True)
class RankStability:
    """How an order of cells stands under other weights.

    Attributes
    ----------
    spearman, spearman_low : float
        Rank correlation with the own order: median of the draws, and what all but one in twenty exceed.
    kept, kept_low : float
        Share of the most prone cells that stay among the most prone, likewise.
    top : float
        The share of the cells that counts as most prone.
    cells, samples : int
        Cells that were ranked, and draws of weights.
    """

    spearman: float
    spearman_low: float
    kept: float
    kept_low: float
    top: float
    cells: int
    samples: int


def index_stability(
    dem: xr.DataArray,
    *,
    use: str | os.PathLike[str] | LandUse,
    layers: Mapping[str, xr.DataArray] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    concentration: float = 50.0,
    samples: int = 200,
    seed: int = 0,
    top: float = 0.1,
) -> RankStability:
    """Return how far the order of cells by a criteria file stands when its weights are drawn around their values.

    The index is the weighted mean of the memberships, low on prone ground, as of
    :func:`nanyi_gis.suitability.evaluate` with the mean; weights are drawn from a Dirichlet distribution. At most
    20,000 cells are ranked, evenly spread over those that have all criteria.

    Parameters
    ----------
    dem, use, layers, climate
        As for :func:`nanyi_gis.suitability.evaluate`.
    concentration : float
        The larger, the closer to the weights of the use: their standard deviation is sqrt(w (1 - w) / (c + 1)).
    samples, seed : int
        Draws of weights.
    top : float
        Share of the cells that counts as most prone, above 0 and below 1.

    Raises
    ------
    DataError
        If fewer than 20 cells have all criteria.
    ParameterError
        If ``top`` is no such share, or as for the evaluation.
    """
    count = check_count(samples, name="samples")
    hold_samples(count)
    spread = check_positive(concentration, name="concentration")
    found = memberships(dem, use=use, layers=layers, climate=climate)
    weights = found.attrs["weights"]
    own = np.array([weights[str(name)] for name in found["criterion"].values])
    stack = found["membership"].values.reshape(len(own), -1)
    known = np.flatnonzero(np.isfinite(stack).all(axis=0))
    if known.size < 20:
        raise DataError(f"{known.size} cells have all criteria of the index, but 20 are needed; give a larger DEM")
    kept = known[:: -(-known.size // _MOST_CELLS)]
    shares = stack[:, kept].astype(np.float64)
    drawn = dirichlet_weights(own, concentration=spread, samples=count, seed=seed) @ shares
    return ranks_kept(own @ shares, drawn, top=top)


def ranks_kept(own: Floats, drawn: Floats, *, top: float = 0.1) -> RankStability:
    """Return how draws of an index (draws, cells) order cells beside its own values (cells,); low is prone.

    >>> index = np.arange(20.0)
    >>> ranks_kept(index, index[np.newaxis], top=0.1).spearman
    1.0
    >>> ranks_kept(index, -index[np.newaxis], top=0.1).kept
    0.0
    """
    share = check_finite(top, name="top")
    if not 0 < share < 1:
        raise ParameterError(f"top is {share:g}, but must lie above 0 and below 1; give 0.1 for the first tenth")
    first = max(1, round(share * own.size))
    prone = np.zeros(own.size, bool)
    prone[np.argsort(own, kind="stable")[:first]] = True
    ranks = _ranks(own)
    rho = np.array([_correlation(ranks, _ranks(row)) for row in drawn])
    kept = np.array([prone[np.argsort(row, kind="stable")[:first]].mean() for row in drawn])
    return RankStability(
        spearman=float(np.median(rho)),
        spearman_low=float(np.quantile(rho, 0.05)),
        kept=float(np.median(kept)),
        kept_low=float(np.quantile(kept, 0.05)),
        top=share,
        cells=own.size,
        samples=len(drawn),
    )


def rank_agreement(one: xr.DataArray, other: xr.DataArray) -> float:
    """Return Spearman's rank correlation of two layers over the cells that both know, at most 20,000 of them.

    NaN where one has no order.

    >>> layer = xr.DataArray([[1.0, 2.0, np.nan, 4.0]], dims=("y", "x"))
    >>> rank_agreement(layer, layer**2)
    1.0
    """
    a, b = (np.asarray(layer.values, dtype=np.float64).ravel() for layer in (one, other))
    if a.shape != b.shape:
        raise DataError(f"the layers have {a.size} and {b.size} cells; give both on one grid")
    known = np.flatnonzero(np.isfinite(a) & np.isfinite(b))
    if known.size < 3:
        raise DataError(f"both layers know {known.size} cells, but 3 are needed; give layers that overlap")
    kept = known[:: -(-known.size // _MOST_CELLS)]
    return round(_correlation(_ranks(a[kept]), _ranks(b[kept])), 12)


def _correlation(a: Floats, b: Floats) -> float:
    """Return the correlation of ranks; NaN where all cells of one are alike and there is no order."""
    if a.min() == a.max() or b.min() == b.max():
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _ranks(values: Floats) -> Floats:
    return np.asarray(pd.Series(values).rank(), dtype=np.float64)
