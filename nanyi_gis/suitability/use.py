"""A use of land as data: its criteria, hard constraints and the areas that a plan asks for."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..climate import CLIMATE_VARIABLES
from ..errors import ParameterError
from .land_rules import LandRules
from .vocabulary import MASKS, Mask, limiting_names

SHAPES: dict[str, int] = {"trapezoid": 4, "linear": 2, "sigmoid": 2, "gaussian": 2}
CLASS_KEYS: tuple[str, ...] = ("S1", "S2", "S3")
MANAGEMENTS: tuple[str, ...] = ("rainfed", "irrigated")


@dataclass(frozen=True)
class Criterion:
    """One condition of a use.

    Attributes
    ----------
    id, unit : str
        What is measured, and in what.
    weight : float
        Share in the score, relative to the other criteria.
    shape : str
        trapezoid, linear, sigmoid, gaussian; ``codes`` for coded layers.
    points : tuple of float
        Trapezoid: foot, top, top, foot. Linear: value of membership 0, value of membership 1.
        Sigmoid: value of membership 0.5, value of membership 0.95. Gaussian: centre, spread.
    low, high : tuple of float
        Limits of S1, S2, S3 towards small and towards large values; shorter where open.
    codes : dict
        Class of each code, for coded layers.
    optimum : float or None
        Best direction in degrees from north, for aspect.
    layer : str
        Name of the layer that the criterion needs; empty if it follows from the elevation.
    uncertainty : float
        Standard deviation of the limits, in the criterion's unit; they shift together.
    errs_like, correlation : str, float
        Criterion above whose limits are off in like manner, and how closely, -1 to 1.
    survival : float or None
        For water: the least that the plant lives on; where it is irrigated, only less than this rules it out.
    irrigated : bool
        Whether water is brought where the rain does not suffice; set by the management of the use.
    evidence, source, clause : str
        Grade of evidence, source and clause of the thresholds.
    """

    id: str
    unit: str
    weight: float
    shape: str
    points: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    codes: dict[int, int] = field(default_factory=dict)
    optimum: float | None = None
    layer: str = ""
    name_en: str = ""
    name_zh: str = ""
    code: int = 0
    evidence: str = ""
    source: str = ""
    clause: str = ""
    note: str = ""
    uncertainty: float = 0.0
    errs_like: str = ""
    correlation: float = 0.0
    survival: float | None = None
    irrigated: bool = False

    @property
    def asks_climate(self) -> bool:
        """Whether the value comes from the climate."""
        return self.id in CLIMATE_VARIABLES and not self.layer

    @property
    def need(self) -> float | None:
        """Water below which land of an irrigated use needs irrigation; None for any other."""
        return self.low[0] if self.irrigated and self.survival is not None and self.low else None

    def in_force(self) -> "Criterion":
        """Return the criterion with the limits that hold under its management, as a rainfed one.

        Where water is brought, too little rain is class N below ``survival`` and limits no class above it;
        the membership rises from there to 1 where the rain suffices, so that the score still tells how
        much must be brought.

        >>> points = (600, 1000, math.inf, math.inf)
        >>> rain = Criterion("rain", "mm", 1, "trapezoid", points, low=(1000, 800, 600), survival=450, irrigated=True)
        >>> rain.fao_class([449, 450, 999, 1000]), rain.need
        (array([4, 1, 1, 1]), 1000)
        >>> rain.membership(725).item()  # half-way from 450 to 1000
        0.5
        """
        if self.need is None or self.survival is None:
            return self
        least = self.survival
        return replace(self, low=(least,) * len(CLASS_KEYS), points=(least, *self.points[1:]), irrigated=False)

    def shifted(self, by: float) -> "Criterion":
        """Return the criterion with all its limits moved by so much, in its unit.

        >>> Criterion("rain", "mm", 1, "gaussian", (900, 100), low=(800,)).shifted(50).points
        (950, 100)
        """
        if by == 0 or self.shape == "codes":
            return self
        moved = 1 if self.shape == "gaussian" else len(self.points)
        return replace(
            self,
            points=(*(point + by for point in self.points[:moved]), *self.points[moved:]),
            low=tuple(limit + by for limit in self.low),
            high=tuple(limit + by for limit in self.high),
            survival=None if self.survival is None else self.survival + by,
        )

    def membership(self, value: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the membership 0 to 1 of values, by the formula as written (not the compiled one).

        >>> Criterion("elevation", "m", 1, "trapezoid", (600, 700, 900, 1000)).membership([650, 800, 1000])
        array([0.5, 1. , 0. ])
        """
        x = np.asarray(value, dtype=np.float64)
        p = self.in_force().points
        if self.shape == "codes":
            table = {code: (4 - grade) / 3 for code, grade in self.codes.items()}
            return np.asarray(np.vectorize(lambda v: table.get(v, math.nan), otypes=[float])(x))
        if self.shape == "sigmoid":
            return np.asarray(1 / (1 + np.exp(-math.log(19) * (x - p[0]) / (p[1] - p[0]))))
        if self.shape == "gaussian":
            return np.asarray(np.exp(-0.5 * ((x - p[0]) / p[1]) ** 2))
        if self.shape == "linear":
            return np.clip((x - p[0]) / (p[1] - p[0]), 0, 1)
        return np.minimum(_ramp(x, p[0], p[1]), _ramp(-x, -p[3], -p[2]))

    def fao_class(self, value: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the class 1 (S1) to 4 (N) of values.

        Limits belong to the better class, except the upper limits of elevation, because bands
        are lower-inclusive.

        >>> Criterion("rain", "mm", 1, "trapezoid", (0, 0, 1, 1), low=(1000, 800, 600)).fao_class([1000, 999, 500])
        array([1, 2, 4])
        """
        x = np.asarray(value, dtype=np.float64)
        if self.shape == "codes":
            return np.asarray(np.vectorize(lambda v: self.codes.get(int(v), 0), otypes=[np.int64])(x))
        grade = np.ones(x.shape, np.int64)
        for limit in self.in_force().low:
            grade += x < limit
        for limit in self.high:
            grade += x >= limit if self.id == "elevation" else x > limit
        return grade


@dataclass(frozen=True)
class Target:
    """An area that the plan asks for, in 万亩."""

    clause: str
    kind: str
    wanmu: float
    county: str = ""
    source: str = ""


@dataclass(frozen=True)
class LandUse:
    """A use of land, e.g. a crop or a solar park: criteria, hard constraints, targets.

    Attributes
    ----------
    id, name_en, name_zh, latin, note : str
        Names and a remark; ``id`` names the files.
    kind : str
        What sort of use it is, e.g. ``orchard``, ``field``, ``solar``; free text for readers.
    criteria : tuple of Criterion
        In the order in which they are evaluated.
    slope_max, steep_rule, steep_clause
        Slope in degrees above which the use is ruled out, infinite if none; ``absolute`` where the
        law bans it there, ``switchable`` where it restricts it; and that law.
    masks : tuple of str
        Layers whose non-zero cells rule the use out; where several do, the first is named.
    own_masks : dict
        Masks that the file itself defines, with code and names.
    aggregation : str
        ``mean`` or ``geometric``.
    targets : tuple of Target
        Areas that a plan asks for.
    belt, balance : dict
        The numbers of the plan's belt and grain tests, for the crops that have them.
    path : str
        File that it was read from.
    management : str
        ``rainfed``, or ``irrigated``: then little rain limits no class above ``survival``, and such cells are flagged.
    requires : tuple of str
        Layers without which the use is refused, since the rest would mean something else.
    land : LandRules
        What the file says of the land that may be taken at all; see :func:`nanyi_gis.eligibility.eligible`.
    """

    id: str
    name_en: str
    name_zh: str
    kind: str
    criteria: tuple[Criterion, ...]
    slope_max: float = math.inf
    steep_rule: str = "switchable"
    steep_clause: str = ""
    masks: tuple[str, ...] = ()
    aggregation: str = "mean"
    targets: tuple[Target, ...] = ()
    belt: dict[str, Any] = field(default_factory=dict)
    balance: dict[str, Any] = field(default_factory=dict)
    latin: str = ""
    note: str = ""
    path: str = ""
    own_masks: Mapping[str, Mask] = field(default_factory=dict)
    management: str = "rainfed"
    requires: tuple[str, ...] = ()
    land: LandRules = field(default_factory=LandRules)

    def __post_init__(self) -> None:
        irrigated = self.management == "irrigated"
        wanted = ((c, irrigated and c.survival is not None) for c in self.criteria)
        criteria = tuple(c if c.irrigated == own else replace(c, irrigated=own) for c, own in wanted)
        object.__setattr__(self, "criteria", criteria)

    @property
    def can_be_irrigated(self) -> bool:
        """Whether a criterion says what the plant lives on where it is irrigated."""
        return any(criterion.survival is not None for criterion in self.criteria)

    @property
    def is_irrigated(self) -> bool:
        """Whether it is judged as irrigated where it is too dry."""
        return self.management == "irrigated" and self.can_be_irrigated

    def managed(self, management: str | None) -> "LandUse":
        """Return the use under another management; itself if ``None``.

        Raises
        ------
        ParameterError
            If there is no such management, or no criterion tells what the plant lives on.
        """
        if management is None or management == self.management:
            return self
        if management not in MANAGEMENTS:
            raise ParameterError(f"management is {management!r}, but must be one of: {', '.join(MANAGEMENTS)}")
        if management == "irrigated" and not self.can_be_irrigated:
            raise ParameterError(
                f"management is irrigated, but no criterion of {self.id} has a survival limit; "
                "add survival = … to its rain, or leave it rainfed"
            )
        return replace(self, management=management)

    def shifted(self, shifts: Mapping[str, float]) -> "LandUse":
        """Return the use with the limits of some criteria moved, each in its own unit.

        A slope limit that stands in the law stays, and no other passes it.

        >>> rain = Criterion("rain", "mm", 1, "linear", (300, 600), low=(500,))
        >>> use = LandUse("fig", "fig", "无花果", "orchard", (rain,))
        >>> use.shifted({"rain": 20}).criterion("rain").low
        (520,)
        """
        moved = [(c, c.shifted(shifts.get(c.id, 0.0))) for c in self.criteria]
        return replace(self, criteria=tuple(_lawful(old, new, self.slope_max) for old, new in moved))

    def draw(self, rng: np.random.Generator) -> "LandUse":
        """Return the use with limits drawn from within their uncertainties.

        Each criterion shifts as a whole, by a normal number of mean 0 and its ``uncertainty``. Criteria are
        independent but for those that err like another, such as several measures of warmth for one belt.
        One number is drawn a criterion, so equal seeds compare.

        >>> rain = Criterion("rain", "mm", 1, "linear", (300, 600), low=(500,), uncertainty=50)
        >>> use = LandUse("fig", "fig", "无花果", "orchard", (rain,)).draw(np.random.default_rng(1))
        >>> round(use.criterion("rain").low[0], 1)
        517.3
        """
        drawn: dict[str, float] = {}
        for criterion, number in zip(self.criteria, rng.standard_normal(len(self.criteria)).tolist(), strict=True):
            alike = criterion.correlation if criterion.errs_like in drawn else 0.0
            like = drawn.get(criterion.errs_like, 0.0)
            drawn[criterion.id] = alike * like + math.sqrt(1 - alike**2) * number
        return self.shifted({c.id: c.uncertainty * drawn[c.id] for c in self.criteria})

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the optional layers that the use knows, constraints last."""
        return (*dict.fromkeys(c.layer for c in self.criteria if c.layer), *self.masks)

    @property
    def asks_climate(self) -> bool:
        """Whether a criterion takes its values from the climate."""
        return any(criterion.asks_climate for criterion in self.criteria)

    @property
    def rasters(self) -> tuple[str, ...]:
        """Names of the rasters that can be given: the layers, and what else would come from the climate file."""
        return (*self.layers, *(criterion.id for criterion in self.criteria if criterion.asks_climate))

    def with_layers(self, names: Iterable[str]) -> "LandUse":
        """Return the use with the criteria of climate that rasters of their names overrule.

        >>> use = LandUse("tea", "tea", "茶", "field", (Criterion("rain", "mm", 1, "linear", (800, 1200)),))
        >>> use.asks_climate, use.with_layers(["rain"]).asks_climate, use.with_layers(["rain"]).layers
        (True, False, ('rain',))
        """
        given = set(names)
        if not any(criterion.asks_climate and criterion.id in given for criterion in self.criteria):
            return self
        criteria = (replace(c, layer=c.id) if c.asks_climate and c.id in given else c for c in self.criteria)
        return replace(self, criteria=tuple(criteria))

    def criterion(self, name: str) -> Criterion:
        """Return the criterion with this id; ``KeyError`` if there is none."""
        for criterion in self.criteria:
            if criterion.id == name:
                return criterion
        raise KeyError(name)

    @property
    def known_masks(self) -> dict[str, Mask]:
        """Every mask that can rule the use out, in the order in which they are asked: its own list first."""
        known = MASKS | dict(self.own_masks)
        return {name: known[name] for name in (*self.masks, *(name for name in MASKS if name not in self.masks))}

    def factors(self, *, lang: str = "en") -> dict[int, str]:
        """Return the name of each code of the limiting layer, those of the use's own criteria and masks included.

        >>> use = LandUse("pv", "solar", "光伏", "solar", (Criterion("sun", "h", 1, "linear", (1, 2), code=31,
        ...               name_en="sunshine", name_zh="日照"),))
        >>> use.factors()[31], use.factors(lang="zh")[31], use.factors()[202]
        ('sunshine', '日照', 'water')
        """
        own = {c.code: c.name_zh if lang == "zh" else c.name_en for c in self.criteria}
        masks = {m.code: m.name_zh if lang == "zh" else m.name_en for m in self.known_masks.values()}
        return limiting_names(own | masks, lang=lang)


Crop = LandUse
"""The name of a land use where it is a crop."""


def managed_uses(uses: Sequence[LandUse], management: str | None) -> tuple[LandUse, ...]:
    """Return the uses under another management, those that have no limit of survival as they are.

    Raises
    ------
    ParameterError
        If none of them can be irrigated, so that it would have no effect.
    """
    if management is None:
        return tuple(uses)
    if not any(use.can_be_irrigated for use in uses):
        names = ", ".join(use.id for use in uses)
        raise ParameterError(
            f"management is {management}, but has no effect: no criterion of {names} has a survival limit; "
            "add survival = … to the rain, or leave it out"
        )
    return tuple(use.managed(management) if use.can_be_irrigated else use for use in uses)


def _lawful(old: Criterion, new: Criterion, slope_max: float) -> Criterion:
    """Return a moved criterion whose slope limits keep to the legal one, where the old ones did."""
    if old.id != "slope" or old is new or math.isinf(slope_max):
        return new
    high = tuple(
        slope_max if was == slope_max else min(now, slope_max) for was, now in zip(old.high, new.high, strict=True)
    )
    return replace(new, high=high)


def _ramp(x: npt.NDArray[np.float64], foot: float, top: float) -> npt.NDArray[np.float64]:
    if math.isinf(top) or math.isinf(foot):
        return np.ones(x.shape)
    if foot == top:
        return (x >= top).astype(np.float64)
    return np.clip((x - foot) / (top - foot), 0, 1)
