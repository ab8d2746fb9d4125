"""Models of an inventory: judged on blocks of ground that they have not seen, against slope alone, or refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._progress import Progress, silent
from .._validation import check_choice, check_count
from ..errors import DataError, MissingExtraError
from ..raster import like, strips
from .factors import SLOPE
from .inventory import Inventory
from .skill import Floats, Ints, Pairs, block_weights, calibration_table, interval, roc_table

MODELS = ("logistic", "boosting")
_ONE_SIDED = 0.90  # its lower end is passed by one in twenty


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """What a model says of places in blocks that it was not fitted on, beside slope alone.

    Attributes
    ----------
    model : str
        ``logistic`` or ``boosting``.
    slides, places, blocks, folds : int
        Numbers.
    auc, auc_low, auc_high : float
        Area under the ROC with the interval of 95 % of blocks drawn again; pairs of places of one fold.
    slope_auc, slope_low, slope_high : float
        The same of slope alone, on the same pairs.
    gain, gain_low, gain_high : float
        The difference, with an interval of 90 %, so that one in twenty lies below it.
    brier : float
        Mean square of chance said less what was found.
    roc, calibration, held_out : DataFrame
        Tables: the ROC with its interval, calibration in tenths, and each place (``row``, ``column``, ``slide``,
        ``block``, ``fold``, ``said``, ``slope``).
    """

    model: str
    slides: int
    places: int
    blocks: int
    folds: int
    auc: float
    auc_low: float
    auc_high: float
    slope_auc: float
    slope_low: float
    slope_high: float
    gain: float
    gain_low: float
    gain_high: float
    brier: float
    roc: pd.DataFrame
    calibration: pd.DataFrame
    held_out: pd.DataFrame

    @property
    def beats_slope(self) -> bool:
        """Whether it tells slides better than slope alone, in all but one in twenty draws of blocks."""
        return self.gain_low > 0

    @property
    def told(self) -> str:
        """One line for a reader."""
        return (
            f"{self.model} of {self.slides} slides: AUC {self.auc:.2f} ({self.auc_low:.2f} to {self.auc_high:.2f}) on "
            f"{self.blocks} blocks held out in {self.folds} folds, slope alone {self.slope_auc:.2f} "
            f"({self.slope_low:.2f} to {self.slope_high:.2f})"
        )


def cross_validate(
    inventory: Inventory,
    factors: xr.Dataset,
    *,
    model: str = "logistic",
    folds: int = 5,
    draws: int = 1000,
    seed: int = 0,
) -> CrossValidation:
    """Return how well a model tells slides on blocks of ground that it was not fitted on, beside slope alone.

    Blocks are dealt to folds so that each has about as many slides; a model is fitted without a fold and scores it.
    The area under the ROC counts pairs within a fold (Hanley and McNeil 1982), since scores of two models do not
    compare. Its interval draws blocks again, not places: neighbours are not independent. Neighbouring blocks still
    are alike, and the models are not fitted again, so the interval is narrow rather than wide.

    Parameters
    ----------
    inventory : Inventory
        Of :func:`read_places`.
    factors : xarray.Dataset
        Of :func:`terrain_factors`; ``slope`` among them.
    model : {"logistic", "boosting"}
        Logistic regression on standardised factors, or boosted trees (both of scikit-learn).
    folds : int
        At least 2.
    draws, seed : int
        Of blocks, and for the dealing.

    Raises
    ------
    DataError
        If the slides, or the places without, lie in fewer blocks than there are folds; if too few places have all
        factors.
    ParameterError
        If there is no such model.
    MissingExtraError
        If scikit-learn is not installed.
    """
    check_choice(model, MODELS, name="model")
    parts = check_count(folds, name="folds", least=2)
    places, table = _table(inventory, factors)
    slide = places.slide
    blocks = np.unique(places.blocks, return_inverse=True)[1].ravel().astype(np.int64)
    for name, own in (("slides", slide), ("places without a slide", ~slide)):
        held = len(np.unique(blocks[own]))
        if held < parts:
            raise DataError(
                f"the {name} of the inventory lie in {held} blocks, but {parts} folds need as many; make the blocks "
                "smaller, or the folds fewer"
            )
    fold = _folds(blocks, slide, parts, seed)
    said = np.zeros(len(slide))
    for number in range(parts):
        held_out = fold == number
        if held_out.any():
            said[held_out] = _fitted(model, table[~held_out], slide[~held_out], seed)(table[held_out])
    steep = np.asarray(table[SLOPE], dtype=np.float64)
    pairs, plain = Pairs.of(said, slide, blocks, fold), Pairs.of(steep, slide, blocks, fold)
    weights = block_weights(int(blocks.max()) + 1, draws=check_count(draws, name="draws"), seed=seed)
    drawn, base = pairs.resampled(weights), plain.resampled(weights)
    gain_low, gain_high = interval(drawn - base, level=_ONE_SIDED)
    (low, high), (slope_low, slope_high) = interval(drawn), interval(base)
    return CrossValidation(
        model=model,
        slides=int(slide.sum()),
        places=len(slide),
        blocks=int(blocks.max()) + 1,
        folds=parts,
        auc=pairs.auc,
        auc_low=low,
        auc_high=high,
        slope_auc=plain.auc,
        slope_low=slope_low,
        slope_high=slope_high,
        gain=pairs.auc - plain.auc,
        gain_low=gain_low,
        gain_high=gain_high,
        brier=float(np.mean((said - slide) ** 2)),
        roc=roc_table(said, slide, blocks, weights[:200]),
        calibration=calibration_table(said, slide),
        held_out=pd.DataFrame(
            {
                "row": places.rows,
                "column": places.columns,
                "slide": slide.astype(int),
                "block": blocks,
                "fold": fold,
                "said": said,
                "slope": steep,
            }
        ),
    )


def susceptibility(
    inventory: Inventory,
    factors: xr.Dataset,
    *,
    model: str = "logistic",
    folds: int = 5,
    draws: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[xr.DataArray, CrossValidation]:
    """Return the relative susceptibility of every cell by a model of the inventory, if the model beats slope alone.

    Parameters
    ----------
    inventory, factors, model, folds, draws, seed
        As for :func:`cross_validate`.

    Returns
    -------
    DataArray, CrossValidation
        float32 ``susceptibility``, 0 to 1, NaN where a factor is unknown: the chance that a place *like those of the
        inventory* is one of its slides. It follows the inventory's share of slides and tells no rate in time, so only
        its order over the cells means anything.

    Raises
    ------
    DataError
        If the model does not beat slope (the message has both areas), and as :func:`cross_validate`.
    """
    tell = progress or silent
    skill = cross_validate(inventory, factors, model=model, folds=folds, draws=draws, seed=seed)
    if not skill.beats_slope:
        raise DataError(
            f"the {model} model has AUC {skill.auc:.3f} on blocks held out, slope alone {skill.slope_auc:.3f} (gain "
            f"{skill.gain:+.3f}, {skill.gain_low:+.3f} to {skill.gain_high:+.3f}): it does not beat slope; add layers "
            "or slides, or use the slope"
        )
    tell(0.5)
    places, table = _table(inventory, factors)
    chance = _fitted(model, table, places.slide, seed)
    template = factors[SLOPE]
    values = np.full(template.shape, np.nan, np.float32)
    parts = strips(*template.shape)
    for done, rows in enumerate(parts, start=1):
        block = pd.DataFrame({name: factors[name].values[rows].ravel() for name in table.columns})
        known = block.notna().all(axis=1).to_numpy()
        if known.any():
            values[rows].reshape(-1)[known] = chance(block[known])
        tell(0.5 + 0.5 * done / len(parts))
    attrs = {
        "units": "1",
        "evidence": "modelled",
        "model": model,
        "auc": skill.auc,
        "slope_auc": skill.slope_auc,
        "validation": f"{skill.told}; relative, no probability of a slide",
    }
    return like(template, values, name="susceptibility", attrs=attrs).rio.write_nodata(np.nan), skill


def _table(inventory: Inventory, factors: xr.Dataset) -> tuple[Inventory, pd.DataFrame]:
    """Return the places that have all factors, and their factors."""
    if SLOPE not in factors:
        raise DataError("factors has no slope, against which a model is held; make them with terrain_factors")
    names = [str(name) for name in factors.data_vars]
    rows, columns = inventory.rows, inventory.columns
    table = pd.DataFrame({name: factors[name].values[rows, columns] for name in names}).astype(np.float64)
    known = table.notna().all(axis=1).to_numpy()
    kept = inventory.kept(known, "lie where a factor is unknown, as on the rim of the DEM").checked()
    return kept, table[known].reset_index(drop=True)


def _folds(blocks: Ints, slide: npt.NDArray[np.bool_], folds: int, seed: int) -> Ints:
    """Deal whole blocks to folds: the richest in slides first, each to the fold that has the fewest."""
    count = int(blocks.max()) + 1
    slid = np.bincount(blocks, weights=slide, minlength=count)
    free = np.bincount(blocks, weights=~slide, minlength=count)
    order = np.lexsort((np.random.default_rng(seed).random(count), -free, -slid))
    load = np.zeros((folds, 2))
    own = np.zeros(count, np.int64)
    for block in order:
        share = load / np.maximum(load.sum(axis=0), 1.0)
        wanted = share[:, 0] if slid[block] else share[:, 1]
        own[block] = int(np.lexsort((share.sum(axis=1), wanted))[0])
        load[own[block]] += slid[block], free[block]
    return own[blocks]


def _fitted(model: str, table: pd.DataFrame, slide: npt.NDArray[np.bool_], seed: int) -> Any:
    """Return the function that gives the chance of a slide by factors."""
    try:
        from sklearn.ensemble import GradientBoostingClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise MissingExtraError(
            "models of an inventory need the extra 'hazard'; install it with pip install nanyi_gis[hazard]"
        ) from error
    if not slide.any() or slide.all():
        raise DataError("without one fold the inventory is of one class; make the blocks smaller, or the folds fewer")
    shape: Any = {"n_estimators": 60, "max_depth": 3, "min_samples_leaf": 10}
    # few and shallow trees: an inventory is small, and what it says of single places is chance
    found: Any = (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        if model == "logistic"
        else GradientBoostingClassifier(random_state=seed, **shape)
    )
    found.fit(table.to_numpy(), slide)

    def chance(block: pd.DataFrame) -> Floats:
        return np.asarray(found.predict_proba(block.to_numpy())[:, 1])

    return chance
