"""The land that no exclusion takes on a given day."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels.exclusions import mark
from .._progress import Progress, silent
from .._validation import check_non_negative
from ..errors import DataError, ParameterError
from ..raster import Grid, elevations
from ..suitability import IN_FORCE, Exclusion
from ..terrain import aspect, slope
from .layers import LayerLike, Mask, features, is_raster, near_cells, near_features, values_on

EXCLUDED, ELIGIBLE, UNKNOWN = 0, 1, 255
NO_LAYER = "no layer"
OUTSIDE = np.uint32(1 << 31)
_MOST = 31

_SUBSTITUTE = "is judged by {} in place of {}: land cover is not the survey that the rule speaks of"


def eligible(
    dem: xr.DataArray,
    *,
    exclusions: Sequence[Exclusion],
    layers: Mapping[str, LayerLike] | None = None,
    as_of: datetime.date | str,
    setbacks: Mapping[str, float] | None = None,
    within: xr.DataArray | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return which land a use may take on a day, and which exclusions take the rest.

    Every exclusion is judged by itself, so their order changes nothing, and one more never adds land. A rule that does
    not hold on the day, and one whose layer is not given, takes nothing; with the latter the result is an **upper
    bound**, and says so. A cell whose height (or slope, where one is asked for, which the outermost ring has not), or
    value of a limiting raster, is not known is ``UNKNOWN``.

    Features count with their buffer also from beyond the frame, and rasters that are given as files; an array counts as
    far as it reaches. Buffers are the discs of :func:`nanyi_gis.raster.within_distance`. On a DEM in degrees they are
    drawn with the cell of its middle row: over one degree of latitude at 28 degrees a radius is off by 0.5 % at most
    to the east.

    Parameters
    ----------
    dem : xarray.DataArray
        Elevations in metres, dimensions ``y, x``, with a CRS.
    exclusions : sequence of Exclusion
        At most 31; ``load_use("wind").land.exclusions`` has those of the embedded file.
    layers : mapping, optional
        Features or rasters by name: paths, frames, or arrays on the grid of the DEM.
    as_of : date or str
        The day; a text as 2026-02-28.
    setbacks : mapping of str to float, optional
        Metres by layer, or by the id of an exclusion, in place of its ``buffer_m``, for those that no rule sets.
    within : xarray.DataArray, optional
        True, or not 0, on the grid of the DEM, where land is to be judged; the rest is unknown.
    progress : callable, optional
        Called with the share done.

    Returns
    -------
    xarray.Dataset
        ``eligible`` (uint8: 1 eligible, 0 excluded, 255 unknown) and ``excluded_by`` (uint32, one bit an exclusion in
        the order of ``attrs["judged"]``, which is that of their ids). Further attributes: ``states`` (``in force``,
        ``not yet``, ``no longer``, ``no layer`` by id), ``buffers`` (metres by id), ``as_of``, ``upper_bound``,
        ``notes``.

    Raises
    ------
    ParameterError
        If there are none or too many exclusions, two of one id, an odd date, a negative setback, or a layer or setback
        that concerns none.
    DataError
        If the DEM has no CRS, or a layer cannot be read or lies elsewhere.

    >>> from nanyi_gis.raster import Grid
    >>> grid = Grid.from_bounds((0, 0, 150, 90), resolution=30, crs="EPSG:4544")
    >>> dem = grid.array(np.tile(np.array([1100, 1150, 1200, 1250, 1300], np.float32), (3, 1)))
    >>> low = Exclusion("low", elevation_below=1200)
    >>> eligible(dem, exclusions=[low], as_of="2026-02-28")["eligible"].values[0].tolist()
    [0, 0, 1, 1, 1]
    """
    rules, day = _checked(exclusions), day_of(as_of)
    given, tell, grid = dict(layers or {}), progress or silent, Grid.of(dem)
    buffers = _buffers(rules, setbacks or {})
    _refuse_strangers(rules, given)
    heights = elevations(np.asarray(dem.data), dem.rio.nodata).astype(np.float32, copy=False)
    bits = np.where(np.isnan(heights), OUTSIDE, np.uint32(0))
    if within is not None:
        bits[np.asarray(within.data) == 0] = OUTSIDE
    states = {rule.id: rule.state(day) for rule in rules}
    for rule in rules:
        if states[rule.id] == IN_FORCE and rule.layers and _source(rule, given) is None:
            states[rule.id] = NO_LAYER
    judged = sorted(rule.id for rule in rules if states[rule.id] == IN_FORCE)
    ground = _Ground(dem, heights, rules=[rule for rule in rules if rule.id in judged])
    by_id = {rule.id: rule for rule in rules}
    for number, name in enumerate(judged):
        taken, unknown = _taken(by_id[name], ground, grid, given, radius=buffers[name])
        mark(bits, taken, np.uint32(1 << number))
        if unknown is not None:
            mark(bits, unknown, OUTSIDE)
        tell((number + 1) / len(judged))
    codes = np.full(bits.shape, EXCLUDED, np.uint8)
    codes[bits == 0] = ELIGIBLE
    codes[bits >= OUTSIDE] = UNKNOWN
    found = xr.Dataset(
        {
            "eligible": grid.array(codes, name="eligible", nodata=UNKNOWN),
            "excluded_by": grid.array(bits, name="excluded_by"),
        }
    )
    found.attrs = {
        "judged": tuple(judged),
        "states": states,
        "buffers": {name: metres for name, metres in buffers.items() if by_id[name].has_buffer},
        "as_of": day.isoformat(),
        "upper_bound": NO_LAYER in states.values(),
        "notes": _notes(rules, states, given, set(setbacks or {})),
    }
    return found


def check_setbacks(exclusions: Sequence[Exclusion], setbacks: Mapping[str, float]) -> None:
    """Refuse distances that are negative or concern no exclusion whose distance is the user's.

    Raises
    ------
    ParameterError
        Naming what may be given.
    """
    own = [rule for rule in exclusions if rule.setback]
    known = dict.fromkeys(name for rule in own for name in (rule.layer, rule.id))
    for name, metres in setbacks.items():
        if name not in known:
            cure = f"give one of: {', '.join(known)}" if known else "leave it out"
            raise ParameterError(f"setback {name!r} concerns no exclusion that leaves its distance to the user; {cure}")
        check_non_negative(metres, name=f"setback {name}", unit="m")


def _buffers(rules: Sequence[Exclusion], setbacks: Mapping[str, float]) -> dict[str, float]:
    check_setbacks(rules, setbacks)
    return {
        rule.id: float(
            setbacks.get(rule.id, setbacks.get(rule.layer, rule.buffer_m)) if rule.setback else rule.buffer_m
        )
        for rule in rules
    }


def _checked(exclusions: Sequence[Exclusion]) -> tuple[Exclusion, ...]:
    rules = tuple(exclusions)
    if not rules:
        raise ParameterError("exclusions is empty; give at least one, e.g. those of load_use('wind').land")
    if len(rules) > _MOST:
        raise ParameterError(f"{len(rules)} exclusions, but one run judges at most {_MOST}; merge some")
    ids = [rule.id for rule in rules]
    for name in ids:
        if ids.count(name) > 1:
            raise ParameterError(f"exclusion {name!r} appears twice; give one of them another id")
    return rules


def day_of(as_of: datetime.date | str, *, name: str = "as_of") -> datetime.date:
    """Return a day from a date or a text.

    Raises
    ------
    ParameterError
        If the text is none.

    >>> day_of("2022-03-14"), day_of(datetime.datetime(2022, 3, 14, 9))
    (datetime.date(2022, 3, 14), datetime.date(2022, 3, 14))
    """
    if isinstance(as_of, datetime.datetime):
        return as_of.date()
    if isinstance(as_of, datetime.date):
        return as_of
    try:
        return datetime.date.fromisoformat(as_of)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} is {as_of!r}, but must be a day, e.g. 2026-02-28") from None


def _refuse_strangers(rules: Sequence[Exclusion], given: Mapping[str, LayerLike]) -> None:
    known = dict.fromkeys(name for rule in rules for name in rule.layers)
    for name in given:
        if name not in known:
            raise ParameterError(f"layer {name!r} is used by no exclusion; give one of: {', '.join(known)}")


def _source(rule: Exclusion, given: Mapping[str, LayerLike]) -> tuple[str, tuple[int, ...]] | None:
    """Return the layer by which a rule is judged and its codes; None if none is given."""
    if rule.layer in given:
        return rule.layer, rule.codes
    return (rule.else_layer, rule.else_codes) if rule.else_layer in given else None


class _Ground:
    """Heights, and slope and direction as far as a rule asks for them, with where they are not known."""

    def __init__(self, dem: xr.DataArray, heights: npt.NDArray[np.float32], *, rules: Sequence[Exclusion]) -> None:
        self.heights = heights
        steep = any(rule.slope_above is not None for rule in rules)
        turned = any(rule.aspect_off_above is not None for rule in rules)
        self.slope = np.asarray(slope(dem).data) if steep else None
        self.aspect = np.asarray(aspect(dem).data) if turned else None

    def breaks(self, rule: Exclusion) -> tuple[Mask, Mask | None]:
        """Return where all limits of a rule are broken together, and where that is not known."""
        parts: list[Any] = []
        unknown: Mask | None = None
        if rule.elevation_below is not None:
            parts.append(self.heights < rule.elevation_below)
        if rule.elevation_above is not None:
            parts.append(self.heights > rule.elevation_above)
        if rule.slope_above is not None and self.slope is not None:
            parts.append(self.slope > rule.slope_above)
            unknown = np.isnan(self.slope)
        if rule.aspect_off_above is not None and self.aspect is not None:
            off = np.abs((self.aspect - np.float32(rule.optimum) + 180.0) % 360.0 - 180.0)
            parts.append((off > rule.aspect_off_above) & (self.aspect >= 0))  # the level faces nowhere
            unknown = np.isnan(self.aspect)
        taken: Mask = np.logical_and.reduce(parts) if len(parts) > 1 else parts[0]
        return taken, unknown


def _taken(
    rule: Exclusion, ground: _Ground, grid: Grid, given: Mapping[str, LayerLike], *, radius: float
) -> tuple[Mask, Mask | None]:
    """Return the cells that a rule takes, and those of which it cannot be told."""
    if rule.of_terrain:
        return ground.breaks(rule)
    name, codes = _source(rule, given) or ("", ())
    layer = given[name]
    if rule.of_values:
        values = values_on(layer, name, grid, codes=False)
        low, high = (
            limit if limit is not None else end for limit, end in ((rule.below, -np.inf), (rule.above, np.inf))
        )
        return (values < low) | (values > high), np.isnan(values)
    if is_raster(layer):
        return near_cells(layer, name, wanted=codes, radius=radius, grid=grid)
    if codes:
        raise DataError(f"layer {name} has features, but exclusion {rule.id} asks for codes; give a raster")
    return near_features(features(layer, name), name, radius=radius, grid=grid), None


def _notes(
    rules: Sequence[Exclusion], states: Mapping[str, str], given: Mapping[str, LayerLike], set_by_user: set[str]
) -> tuple[str, ...]:
    notes = []
    missing = [rule for rule in rules if states[rule.id] == NO_LAYER]
    if missing:
        named = ", ".join(f"{rule.id} (no layer {' or '.join(rule.layers)})" for rule in missing)
        notes.append(f"not judged: {named}; so the eligible land is an upper bound")
    for rule in rules:
        if states[rule.id] != IN_FORCE:
            continue
        if rule.setback and not {rule.id, rule.layer} & set_by_user:
            notes.append(
                f"{rule.id} keeps {rule.buffer_m:g} m by default: {rule.note or 'no rule sets it'}; "
                f"give the distance with setback {rule.layer}=METRES"
            )
        if rule.layer and rule.layer not in given:
            notes.append(f"{rule.id} {_SUBSTITUTE.format(rule.else_layer, rule.layer)}")
    outdated = [f"{rule.id} ({states[rule.id]})" for rule in rules if states[rule.id] not in {IN_FORCE, NO_LAYER}]
    if outdated:
        notes.append(f"rules that do not hold on the day: {', '.join(outdated)}")
    return tuple(notes)
