"""A verdict: a code with numbers. No sentence is made here; see :mod:`nanyi_gis.targets.words`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Test = Literal["area", "county", "belt", "balance"]
Scope = Literal["all", "county", "elsewhere"]

PLENTY = 3.0  # land for three times the target leaves room for what is used already
ENOUGH = 1.0

LAND_CODES = ("plenty", "tight", "needs_marginal", "short", "uncertain")
GRAIN_CODES = ("grain_enough", "grain_unsure", "grain_short")


@dataclass(frozen=True, kw_only=True)
class Land:
    """Suitable land in 万亩: S1; S1 and S2; all three classes; S1 and S2 in the crop's main altitude bands.

    Of S1 and S2, and of all three, also the ends of the interval of 5 to 95 %, NaN where it is not known; and whether
    one constant alone moves S1 and S2 by more than a quarter, by its names in English and Chinese.
    """

    s1: float = math.nan
    s1_s2: float
    s1_s2_s3: float
    in_band: float = math.nan
    s1_s2_low: float = math.nan
    s1_s2_high: float = math.nan
    s1_s2_s3_low: float = math.nan
    s1_s2_s3_high: float = math.nan
    unstable: tuple[str, str] | None = None

    @property
    def known(self) -> bool:
        """Whether the intervals are known."""
        return math.isfinite(self.s1_s2_low + self.s1_s2_high + self.s1_s2_s3_low + self.s1_s2_s3_high)

    @property
    def share_in_band(self) -> float:
        """Share of S1 and S2 in the main bands; 0 where there is no such land."""
        return self.in_band / self.s1_s2 if self.s1_s2 > 0 else 0.0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one test of a target found.

    Attributes
    ----------
    crop, clause : str
        Crop and items of the plan.
    test : str
        ``area`` (a target, or the sum of them), ``county`` (one county's share of the crop's targets), ``belt``
        (land near the bank, C-06), ``balance`` (grain, C-07).
    kind : str
        ``renovate``, ``new``, ``sum``, ... for targets; the name of the zone for ``county``; else empty.
    code : str
        One of ``LAND_CODES``, or of ``GRAIN_CODES`` for the balance.
    asked : float
        Target in 万亩.
    land : Land
        What there is.
    ratio : float
        What there is over what is asked.
    numbers : mapping
        Further numbers of the belt and of the balance, by name.
    causes : tuple of (factor, share)
        What makes land S3 or N, with its share of that land, worst first; factors by their English names.
    plan_band : bool
        Whether the crop's altitude band is the plan's, or another source's.
    scope, county
        Which land counts: all, that of one county, or all because the plan's county is not among the zones.
    grounds : tuple of str
        Codes of what the verdict rests on.
    remarks : tuple of str
        What the caller assumed, in the caller's words.
    layers : tuple of str
        Rasters that were given, by the English names of their criteria.
    """

    crop: str
    clause: str
    test: Test
    kind: str = ""
    code: str
    asked: float
    land: Land
    ratio: float
    numbers: Mapping[str, float] = field(default_factory=dict)
    causes: tuple[tuple[str, float], ...] = ()
    plan_band: bool = False
    scope: Scope = "all"
    county: str = ""
    grounds: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


def land_code(land: Land, asked: float) -> str:
    """Return the code of land against a target in 万亩; by its interval where that is known.

    Land is plenty or tight where even its lower end reaches the target, short where the upper end of all three classes
    does not, and needs S3 where the target lies between the intervals; within one of them it is uncertain.

    >>> land_code(Land(s1_s2=120, s1_s2_s3=120), 40), land_code(Land(s1_s2=119, s1_s2_s3=500), 40)
    ('plenty', 'tight')
    >>> land_code(Land(s1_s2=39, s1_s2_s3=40), 40), land_code(Land(s1_s2=39, s1_s2_s3=39), 40)
    ('needs_marginal', 'short')
    >>> land_code(Land(s1_s2=39, s1_s2_s3=60, s1_s2_low=31, s1_s2_high=48, s1_s2_s3_low=55, s1_s2_s3_high=66), 40)
    'uncertain'
    """
    low, high = (land.s1_s2_low, land.s1_s2_high) if land.known else (land.s1_s2, land.s1_s2)
    all_low, all_high = (land.s1_s2_s3_low, land.s1_s2_s3_high) if land.known else (land.s1_s2_s3, land.s1_s2_s3)
    if low >= PLENTY * asked:
        return "plenty"
    if low >= ENOUGH * asked:
        return "tight"
    if high >= ENOUGH * asked:
        return "uncertain"
    if all_low >= ENOUGH * asked:
        return "needs_marginal"
    return "uncertain" if all_high >= ENOUGH * asked else "short"


def grain_code(low: float, high: float, need: float) -> str:
    """Return the code of a harvest between two yields against what is needed, all in one unit.

    >>> grain_code(6.7, 9.0, 48), grain_code(40, 50, 48), grain_code(48, 50, 48)
    ('grain_short', 'grain_unsure', 'grain_enough')
    """
    if low >= need:
        return "grain_enough"
    return "grain_unsure" if high >= need else "grain_short"
