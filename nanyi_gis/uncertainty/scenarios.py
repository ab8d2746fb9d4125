"""Samples of what land is judged by: constants of the climate and limits of a use, drawn or moved one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..climate import CLIMATE_VARIABLES, Climate, layer_sd
from ..suitability import AREA_UNIT_M2, Criterion, Inputs, LandUse, build_model, limiting_names, regime_border
from .heights import HeightError

Floats = npt.NDArray[np.float32]
SIGNS = (-1.0, 1.0)


@dataclass(frozen=True)
class Constant:
    """A number that land is judged by, with its names and its standard deviation in its own unit."""

    id: str
    name_en: str
    name_zh: str
    sd: float


@dataclass(frozen=True)
class Scenarios:
    """What the compiled pass evaluates at once: the map's own constants first, then those of each sample.

    Attributes
    ----------
    coefficient, breaks : float32 (samples + 1, criteria, ...)
        Climate by height and limits of the classes.
    borders : float64 (0, 1 or samples + 1, width)
        Border between the climates' regimes: none, one for all, or one for each.
    shift : float32 (samples,)
        Error that all heights share, m.
    keys : uint64 (samples,)
        Key of the local errors.
    place : float32 (criteria,)
        Standard deviation of a place about its region, of each criterion that comes from the climate.
    seeds : tuple of SeedSequence
        Seed of the correlated errors.
    """

    coefficient: Floats
    breaks: Floats
    borders: npt.NDArray[np.float64]
    shift: Floats
    keys: npt.NDArray[np.uint64]
    place: Floats
    seeds: tuple[np.random.SeedSequence, ...] = ()

    @classmethod
    def of(
        cls,
        inputs: Inputs,
        judged: Sequence[tuple[LandUse, Climate]],
        *,
        shift: npt.NDArray[Any] | None = None,
        place: Floats | None = None,
        seeds: Sequence[np.random.SeedSequence] = (),
    ) -> "Scenarios":
        """Return the arrays for a use and a climate a sample."""
        model = inputs.model
        weights = {criterion.id: criterion.weight for criterion in model.criteria}
        models = [model]
        models += [
            build_model(use, own, layers=inputs.layers, weights=weights, allow_steep=model.allow_steep)
            for use, own in judged
        ]
        count = len(judged)
        keys = [seed.generate_state(1, np.uint64)[0] for seed in seeds] or [0] * count
        return cls(
            np.stack([each.arrays["coefficient"] for each in models]),
            np.stack([each.arrays["breaks"] for each in models]),
            _borders(inputs, [climate for _, climate in judged]),
            np.zeros(count, np.float32) if shift is None else np.asarray(shift, np.float32),
            np.array(keys, np.uint64),
            np.zeros(len(model.criteria), np.float32) if place is None else place,
            tuple(seeds),
        )

    def part(self, samples: slice) -> "Scenarios":
        """Return some of the samples, the map's own constants still first."""
        start, stop, _ = samples.indices(self.shift.size)
        rows = [0, *range(start + 1, stop + 1)]
        return Scenarios(
            self.coefficient[rows],
            self.breaks[rows],
            self.borders[rows] if len(self.borders) > 1 else self.borders,
            self.shift[samples],
            self.keys[samples],
            self.place,
            self.seeds[samples],
        )


def drawn(inputs: Inputs, climate: Climate, *, samples: int, seed: int) -> Scenarios:
    """Return samples of climate and limits together, each with a seed of its own, the same for every use."""
    judged, fields = [], []
    for each in np.random.SeedSequence(seed).spawn(samples):
        *children, heights = each.spawn(4)
        weather, limits, rasters = map(_generator, children)
        errors = {name: -sd * rasters.standard_normal() for name, sd in raster_errors(inputs).items()}
        judged.append((inputs.model.use.draw(limits).shifted(errors), climate.draw(weather)))
        fields.append(heights)
    place = [climate.variables[c.id].local if c.asks_climate else 0.0 for c in inputs.model.criteria]
    return Scenarios.of(inputs, judged, place=np.array(place, np.float32), seeds=fields)


def one_at_a_time(inputs: Inputs, climate: Climate, error: HeightError) -> tuple[tuple[Constant, ...], Scenarios]:
    """Return the constants that are uncertain; the map's own judgement, then each moved one deviation down and up."""
    use = inputs.model.use
    found: list[Constant] = []
    judged: list[tuple[LandUse, Climate]] = [(use, climate)]
    shift = [0.0]
    asked = [criterion for criterion in inputs.model.criteria if criterion.asks_climate]
    for criterion in asked:
        for name, sd in climate.variables[criterion.id].constants():
            if sd > 0:
                found.append(_of_climate(criterion, name, sd, climate))
                judged += [(use, climate.shifted(criterion.id, name, by=sign)) for sign in SIGNS]
                shift += [0.0, 0.0]
    for name, sd in raster_errors(inputs).items():
        found.append(_of_raster(inputs.model.use.criterion(name), sd))
        judged += [(use.shifted({name: -sign * sd}), climate) for sign in SIGNS]
        shift += [0.0, 0.0]
    for criterion in inputs.model.criteria:
        if criterion.uncertainty > 0:
            found.append(_of_limits(criterion))
            judged += [(use.shifted({criterion.id: sign * criterion.uncertainty}), climate) for sign in SIGNS]
            shift += [0.0, 0.0]
    bias = error.mean(float(inputs.frame.area_nodes.mean(axis=1).sum()) * inputs.grid.width * AREA_UNIT_M2)
    if bias > 0:
        found.append(Constant("heights", "mean height of the DEM", "地形平均高程", bias))
        judged += [(use, climate)] * 2
        shift += [sign * bias for sign in SIGNS]
    return tuple(found), Scenarios.of(inputs, judged, shift=np.array(shift))


def raster_errors(inputs: Inputs) -> dict[str, float]:
    """Return the standard deviation of each raster that stands for a variable of climate, in its unit.

    That of :func:`nanyi_gis.climate.layer_sd`, a share being one of the middle limit. A raster errs as its limits
    the other way.
    """
    found = {}
    for criterion in inputs.model.criteria:
        if criterion.layer and criterion.id in CLIMATE_VARIABLES:
            limits = sorted((*criterion.low, *criterion.high))
            absolute, share = layer_sd(criterion.id)
            found[criterion.id] = absolute + (share * abs(limits[len(limits) // 2]) if limits else 0.0)
    return found


def _generator(seed: np.random.SeedSequence) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def _borders(inputs: Inputs, climates: Sequence[Climate]) -> npt.NDArray[np.float64]:
    """Return the border between the regimes of each sample, in the order of the raster's columns."""
    own = inputs.frame.border
    if not own.size:
        return np.empty((0, 0))
    moved = [regime_border(inputs.grid, climate) for climate in climates]
    if all(np.array_equal(border, own) for border in moved):
        return own[np.newaxis]
    return np.stack([own, *moved])


def _of_raster(criterion: Criterion, sd: float) -> Constant:
    name = f"raster of {criterion.name_en}", f"{criterion.name_zh}栅格"
    return Constant(f"{criterion.id}.raster", *name, sd)


def _of_limits(criterion: Criterion) -> Constant:
    return Constant(
        f"{criterion.id}.limits",
        f"limits of {criterion.name_en}",
        f"{criterion.name_zh}界限",
        criterion.uncertainty,
    )


_WORDS = {
    "offset": ("regional offset", "区域偏差"),
    "station": ("at the station", "台站值"),
    "slope": ("change with height", "随高度变化率"),
    "from_elevation": ("height where the change begins", "变化起始高度"),
    "floor": ("least value", "下限"),
    "cap": ("greatest value", "上限"),
}


def _of_climate(criterion: Criterion, name: str, sd: float, climate: Climate) -> Constant:
    """Name a constant of a climatic variable: which quantity, what of it, and of which station or regime."""
    word, _, place = name.partition(" ")
    english, chinese = _WORDS.get(word, (word, word))
    place_en, place_zh = climate.named(place) if place else ("", "")
    plain = " ".join(part for part in place_en.split() if part.isascii())
    factor_en, factor_zh = (limiting_names(lang=lang).get(criterion.code, criterion.id) for lang in ("en", "zh"))
    return Constant(
        f"{criterion.id}.{name.replace(' ', '_')}",
        f"{factor_en}: {english} {plain}".rstrip(),
        factor_zh + (f"（{place_zh}）" if place_zh else "") + chinese,
        sd,
    )
