"""A land use, a climate and the layers at hand, turned into the plain arrays of the compiled pass."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._kernels import suitability as kernels
from .._validation import check_edges, check_finite, check_non_negative
from ..climate import CLIMATE_VARIABLES, Climate
from ..errors import ParameterError
from ..terrain import PLAN_EDGES
from .use import Criterion, LandUse
from .vocabulary import STEEP_CODE

_KINDS = {"elevation": kernels.ELEVATION, "slope": kernels.SLOPE, "aspect": kernels.ASPECT}
_ABRUPT = 1e30


@dataclass(frozen=True)
class Model:
    """What the compiled pass evaluates; plain arrays, so that it travels to other processes.

    ``layers`` and ``masks`` name the optional rasters in the order in which the pass expects them.
    """

    use: LandUse
    criteria: tuple[Criterion, ...]
    layers: tuple[str, ...]
    masks: tuple[str, ...]
    missing: tuple[str, ...]
    edges: tuple[float, ...]
    allow_steep: bool
    arrays: dict[str, npt.NDArray[Any]]
    aggregation: int
    steep: float
    notes: tuple[str, ...] = ()

    @property
    def weights(self) -> dict[str, float]:
        """Weights in force, which sum to one."""
        total = sum(criterion.weight for criterion in self.criteria)
        return {criterion.id: criterion.weight / total for criterion in self.criteria}

    @property
    def mask_codes(self) -> tuple[tuple[str, int], ...]:
        """Name and code of the masks, in the order in which they are asked."""
        return tuple((name, self.use.known_masks[name].code) for name in self.masks)

    @property
    def coded(self) -> frozenset[str]:
        """Layers that hold codes rather than quantities, masks included: they are never interpolated."""
        return frozenset((*self.masks, *(c.layer for c in self.criteria if c.codes or c.unit == "code")))

    @property
    def asks_climate(self) -> bool:
        """Whether a criterion takes its values from the climate."""
        return any(c.asks_climate for c in self.criteria)

    @property
    def limiting(self) -> dict[int, str]:
        """English name of each code of the limiting layer that can occur."""
        used = {c.code for c in self.criteria} | {code for _, code in self.mask_codes} | {kernels.NO_LIMIT}
        if math.isfinite(self.steep):
            used.add(STEEP_CODE)
        names = self.use.factors()
        return {code: names[code] for code in sorted(used)}


def build_model(
    use: LandUse,
    climate: Climate,
    *,
    layers: Iterable[str] = (),
    weights: Mapping[str, float] | None = None,
    allow_steep: bool = False,
    shoulder: float | None = None,
    edges: Sequence[float] = PLAN_EDGES,
    management: str | None = None,
) -> Model:
    """Check the options against use and climate and return what the pass needs.

    Criteria whose layer is not given are left out; the others keep their proportions. A layer that is called as
    a variable of climate overrules the climate file. ``management`` replaces that of the use.

    Raises
    ------
    ParameterError
        If a layer, weight, switch or management does not fit the use.
    """
    use = use.managed(management)
    given = list(dict.fromkeys(layers))
    use = use.with_layers(given)
    for name in given:
        if name not in use.layers and name not in use.known_masks:
            raise ParameterError(
                f"layer {name!r} is not used by {use.id}; give one of: {', '.join((*use.rasters, 'excluded'))}"
            )
    lacking = [name for name in use.requires if name not in given]
    if lacking:
        raise ParameterError(
            f"{use.id} cannot be judged without the layers {', '.join(lacking)}; give each, e.g. "
            f"--layer {lacking[0]}=FILE"
        )
    if allow_steep and use.steep_rule == "absolute":
        raise ParameterError(
            f"allow_steep is set, but {use.id} is banned above {use.slope_max:g} degrees ({use.steep_clause}); "
            "leave it off"
        )
    wanted = _weights(use, given, climate, weights or {})
    present, missing = [], []
    for criterion in use.criteria:
        if (criterion.layer and criterion.layer not in given) or _without_climate(criterion, climate):
            missing.append(criterion.id)
            continue
        present.append(_adjusted(replace(criterion, weight=wanted[criterion.id]), use, allow_steep, shoulder))
    if sum(criterion.weight for criterion in present) <= 0:
        raise ParameterError(
            f"weights of {use.id} sum to zero without {', '.join(missing) or 'any layer'}; "
            "give at least one criterion a weight above zero"
        )
    names = tuple(dict.fromkeys(c.layer for c in present if c.layer))
    return Model(
        use=use,
        criteria=tuple(present),
        layers=names,
        masks=tuple(name for name in use.known_masks if name in given),
        missing=tuple(missing),
        edges=check_edges(edges),
        allow_steep=allow_steep,
        arrays=_arrays(present, names, climate, check_edges(edges)),
        aggregation=kernels.MEAN if use.aggregation == "mean" else kernels.GEOMETRIC,
        steep=math.inf if allow_steep else use.slope_max,
        notes=(
            *_hazard_note(use),
            *_missing_note([name for name in missing if wanted[name] > 0]),
            *_cover_notes(present),
        ),
    )


def _hazard_note(use: LandUse) -> tuple[str, ...]:
    """Return what an index of a hazard is not, as its file says, so that no map of it goes without."""
    return (f"{use.id}: {use.note}",) if use.kind == "hazard" and use.note else ()


def _missing_note(missing: Sequence[str]) -> tuple[str, ...]:
    if not missing:
        return ()
    return (f"no layers for {', '.join(missing)}: their weights are shared among the other criteria",)


def _cover_notes(criteria: Sequence[Criterion]) -> tuple[str, ...]:
    """Return what the codes of a layer cannot tell apart, as the criteria file says."""
    return tuple(f"{c.name_en}: {c.note}" for c in criteria if c.codes and c.note)


def _weights(use: LandUse, given: list[str], climate: Climate, weights: Mapping[str, float]) -> dict[str, float]:
    wanted = {criterion.id: criterion.weight for criterion in use.criteria}
    for name, value in weights.items():
        if name not in wanted:
            raise ParameterError(f"weights has {name!r}, but {use.id} knows: {', '.join(wanted)}")
        weight = check_non_negative(value, name=f"weights[{name!r}]")
        criterion = use.criterion(name)
        if weight > 0 and criterion.layer and criterion.layer not in given:
            raise ParameterError(
                f"weights gives {name} {weight:g}, but the layer {criterion.layer!r} is missing; "
                f"give layers={{{criterion.layer!r}: …}} or drop the weight"
            )
        if weight > 0 and _without_climate(criterion, climate):
            raise ParameterError(
                f"weights gives {name} {weight:g}, but the climate {climate.id} has no {name}; "
                f"add [variable.{name}] to the climate file or drop the weight"
            )
        wanted[name] = weight
    return wanted


def _without_climate(criterion: Criterion, climate: Climate) -> bool:
    return criterion.id in CLIMATE_VARIABLES and not criterion.layer and criterion.id not in climate.variables


def _adjusted(criterion: Criterion, use: LandUse, allow_steep: bool, shoulder: float | None) -> Criterion:
    if criterion.id == "elevation" and shoulder is not None and criterion.shape == "trapezoid":
        width = check_non_negative(shoulder, name="shoulder", unit="m")
        _, low, high, _ = criterion.points
        return replace(criterion, points=(low - width, low, high, high + width))
    banned_by_slope = len(criterion.high) == 3 and criterion.high[2] >= use.slope_max
    if criterion.id == "slope" and allow_steep and banned_by_slope:
        # above the limit an orchard is restricted, not banned: marginal, never better
        return replace(criterion, high=criterion.high[:2])
    return criterion


def _arrays(
    criteria: Sequence[Criterion], layers: tuple[str, ...], climate: Climate, edges: tuple[float, ...]
) -> dict[str, npt.NDArray[Any]]:
    count = len(criteria)
    arrays: dict[str, npt.NDArray[Any]] = {
        "kind": np.zeros(count, np.int64),
        "layer_index": np.zeros(count, np.int64),
        "code": np.array([c.code for c in criteria], np.uint8),
        "weight": np.array([c.weight for c in criteria], np.float32),
        "coefficient": np.zeros((count, len(climate.regimes), 4), np.float32),
        "shape": np.zeros(count, np.int64),
        "points": np.zeros((count, 4), np.float32),
        "breaks": np.empty((count, 6), np.float32),
        "code_tables": np.zeros((count, 256), np.uint8),
        "need": np.array([-math.inf if c.need is None else c.need for c in criteria], np.float32),
        "edges": np.array(edges, np.float32),
    }
    for k, criterion in enumerate(criteria):
        if criterion.layer:
            arrays["kind"][k] = kernels.CODES if criterion.codes else kernels.LAYER
            arrays["layer_index"][k] = layers.index(criterion.layer)
        elif criterion.id in CLIMATE_VARIABLES:
            arrays["kind"][k] = kernels.CLIMATE
            arrays["coefficient"][k] = climate.coefficients(criterion.id)
        else:
            arrays["kind"][k] = _KINDS[criterion.id]
        if criterion.id == "aspect":
            azimuth = math.radians(check_finite(criterion.optimum or 0.0, name="optimum"))
            arrays["coefficient"][k, 0, :2] = math.sin(azimuth), math.cos(azimuth)
        arrays["shape"][k], arrays["points"][k] = _membership(criterion)
        arrays["breaks"][k] = _breaks(criterion)
        for code, grade in criterion.codes.items():
            arrays["code_tables"][k, code] = grade
    return arrays


def _membership(criterion: Criterion) -> tuple[int, tuple[float, float, float, float]]:
    p = criterion.in_force().points
    if criterion.shape == "codes":
        return kernels.TRAPEZOID, (0.0, 0.0, 0.0, 0.0)
    if criterion.shape == "gaussian":
        return kernels.GAUSSIAN, (p[0], p[1], 0.0, 0.0)
    if criterion.shape == "sigmoid":
        return kernels.SIGMOID, (p[0], math.log(19) / (p[1] - p[0]), 0.0, 0.0)
    if criterion.shape == "linear":
        rising = p[0] < p[1]
        corners = (p[0], p[1], math.inf, math.inf) if rising else (-math.inf, -math.inf, p[1], p[0])
    else:
        corners = (p[0], p[1], p[2], p[3])
    return kernels.TRAPEZOID, (*_edge(corners[0], corners[1]), *_edge(corners[3], corners[2]))


def _edge(foot: float, top: float) -> tuple[float, float]:
    """Return where a ramp reaches one and how steep it is; an open side is level."""
    if math.isinf(top) or math.isinf(foot):
        return 0.0 if math.isinf(top) else top, 0.0
    return top, _ABRUPT if foot == top else 1 / abs(top - foot)


def _breaks(criterion: Criterion) -> npt.NDArray[np.float32]:
    breaks = np.array([-math.inf] * 3 + [math.inf] * 3, np.float32)
    low = criterion.in_force().low
    breaks[: len(low)] = low
    breaks[3 : 3 + len(criterion.high)] = criterion.high
    if criterion.id == "elevation":
        # bands are lower-inclusive: the upper limit itself belongs to the next class
        breaks[3:] = np.nextafter(breaks[3:], np.float32(-math.inf))
    return breaks
