"""How well a score tells slides from places without, on ground that it has not seen; intervals by blocks."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import check_count

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEVEL = 0.95
"""Share of the resampled values within an interval."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of a slide and a place without, by the blocks of both: how many there are, and how many are told right.

    Attributes
    ----------
    count, right : float64 (blocks, blocks)
        By the block of the slide and that of the other place; a tie is half right.
    """

    count: Floats
    right: Floats

    @classmethod
    def of(cls, score: Floats, slide: Bools, blocks: Ints, folds: Ints | None = None) -> "Pairs":
        """Count pairs; those of two folds do not compare, as two models scored them."""
        size = int(blocks.max()) + 1
        count, right = np.zeros((size, size)), np.zeros((size, size))
        fold = np.zeros(len(score), np.int64) if folds is None else folds
        for number in np.unique(fold):
            slid, free = np.flatnonzero(slide & (fold == number)), np.flatnonzero(~slide & (fold == number))
            if not slid.size or not free.size:
                continue
            low, home = score[free], blocks[free]
            many = np.bincount(home, minlength=size)
            for place in slid:
                told = (score[place] > low) + 0.5 * (score[place] == low)
                right[blocks[place]] += np.bincount(home, weights=told, minlength=size)
                count[blocks[place]] += many
        return cls(count, right)

    @property
    def auc(self) -> float:
        """Share of the pairs that are told right (Mann and Whitney): the area under the ROC."""
        return float(self.right.sum() / self.count.sum())

    def resampled(self, weights: Floats) -> Floats:
        """Return the area with blocks counted so often, a row of weights each; NaN where no pair is left."""
        right = np.einsum("np,pq,nq->n", weights, self.right, weights, optimize=True)
        count = np.einsum("np,pq,nq->n", weights, self.count, weights, optimize=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(right / count)


def block_weights(blocks: int, *, draws: int, seed: int) -> Floats:
    """Return how often each block is drawn, blocks being drawn with replacement (draws, blocks)."""
    generator = np.random.default_rng(check_count(seed, name="seed", least=0))
    return generator.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=draws).astype(np.float64)


def interval(values: Floats, *, level: float = LEVEL) -> tuple[float, float]:
    """Return the middle share of values, those that are no number left out.

    >>> interval(np.arange(101.0), level=0.5)
    (25.0, 75.0)
    """
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def auc(score: npt.ArrayLike, slide: npt.ArrayLike) -> float:
    """Return the area under the ROC: the share of pairs in which the slide scores higher; a tie is half.

    >>> auc([0.9, 0.4, 0.4, 0.1], [True, True, False, False])
    0.875
    """
    values, hit = np.asarray(score, dtype=np.float64), np.asarray(slide, dtype=bool)
    return Pairs.of(values, hit, np.zeros(len(values), np.int64)).auc


def roc_table(score: Floats, slide: Bools, blocks: Ints, weights: Floats) -> pd.DataFrame:
    """Return the ROC at 21 rates of false alarms, with the interval of blocks drawn again.

    Returns
    -------
    DataFrame
        ``false_rate``, ``hit_rate``, ``low``, ``high``.

    >>> score, slide = np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, True, False, False])
    >>> table = roc_table(score, slide, np.zeros(4, int), np.ones((1, 1)))
    >>> table["hit_rate"].min().item()  # told apart without fail
    1.0
    """
    at = np.linspace(0.0, 1.0, 21)
    own = _hits(score, slide, np.ones(len(score)), at)
    drawn = np.array([_hits(score, slide, row[blocks], at) for row in weights])
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return pd.DataFrame({"false_rate": at, "hit_rate": own, "low": low, "high": high})


def _hits(score: Floats, slide: Bools, weight: Floats, at: Floats) -> Floats:
    """Return the rate of hits at rates of false alarms, places counted by weight."""
    if not weight[slide].any() or not weight[~slide].any():
        return np.full(len(at), np.nan)
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)  # equal scores are one step
    hits = np.append(0.0, np.cumsum(np.where(slide, weight, 0.0)[order])[last])
    false = np.append(0.0, np.cumsum(np.where(slide, 0.0, weight)[order])[last])
    # of several hit rates at one rate of false alarms the highest counts
    keep = np.append(np.diff(false) > 0, True)
    return np.asarray(np.interp(at, (false / false[-1])[keep], (hits / hits[-1])[keep]))


def calibration_table(chance: Floats, slide: Bools, *, groups: int = 10) -> pd.DataFrame:
    """Return what was said against what was found, in groups of about as many places each.

    Returns
    -------
    DataFrame
        ``group``, ``places``, ``said`` (mean), ``found`` (share of slides).

    >>> calibration_table(np.array([0.1, 0.3, 0.8, 0.9]), np.array([False, False, True, True]), groups=2)
       group  places  said  found
    0      1       2  0.20    0.0
    1      2       2  0.85    1.0
    """
    order = np.argsort(chance, kind="stable")
    rows = [
        (number, len(part), float(chance[part].mean()), float(slide[part].mean()))
        for number, part in enumerate(np.array_split(order, min(groups, len(order))), start=1)
    ]
    return pd.DataFrame(rows, columns=["group", "places", "said", "found"])
