"""Why a place is suitable or not: every value, membership, class and threshold with its source."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import xarray as xr

from .._kernels import suitability as kernels
from .._transformers import crs_to_crs
from .._validation import check_finite
from ..climate import Climate, load_climate
from ..errors import ParameterError
from ..raster import Findings, Grid, RasterFile, refuse_other_unit
from ..terrain import PLAN_EDGES
from .blocks import mask_codes, run_block
from .evaluate import beside, margined_cell, prepare, the_use
from .frame import Frame, warnings_of
from .job import Job, code_notes, layer_file, read_layer, read_margined, refuse_implausible_climate
from .memberships import memberships_block
from .model import Model, build_model
from .partition import Partition
from .use import Criterion, LandUse
from .vocabulary import CLASS_LETTERS, CLASSES, SCORE_NODATA, STEEP_CODE, band_names, reason_of


@dataclass(frozen=True)
class Reason:
    """One criterion at one place."""

    criterion: str
    name_en: str
    name_zh: str
    value: float
    unit: str
    membership: float
    grade: str
    weight: float
    thresholds: str
    evidence: str
    source: str
    clause: str


@dataclass(frozen=True)
class Explanation:
    """A use at one place: verdict, reasons, and what could not be judged.

    Attributes
    ----------
    use, use_zh : str
        Its names; also as ``crop`` and ``crop_zh``.
    longitude, latitude : float
        The place asked for, degrees (WGS-84).
    elevation, slope, aspect : float
        Of the cell, in m and degrees; aspect is the downhill direction from north, NaN where flat.
    score, grade, limiting, band : int, str, str, str
        As on the maps.
    reason, reason_zh : str
        What sets the class, in words.
    irrigation : bool
        Whether the class holds only with irrigation.
    reasons : tuple of Reason
        One a criterion.
    missing, notes : tuple of str
        Criteria without a layer; what the reader must know.
    """

    use: str
    use_zh: str
    longitude: float
    latitude: float
    elevation: float
    slope: float
    aspect: float
    score: int
    grade: str
    limiting: str
    band: str
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    reason: str = ""
    reason_zh: str = ""
    irrigation: bool = False

    @property
    def crop(self) -> str:
        """The English name of the use, where it is a crop."""
        return self.use

    @property
    def crop_zh(self) -> str:
        """The Chinese name of the use, where it is a crop."""
        return self.use_zh

    def table(self) -> pd.DataFrame:
        """Return the reasons as a table, one row a criterion."""
        return pd.DataFrame([vars(reason) for reason in self.reasons])

    def text(self) -> str:
        """Return the explanation as lines for a terminal."""
        direction = "flat" if math.isnan(self.aspect) else f"facing {self.aspect:.0f} deg"
        lines = [
            f"{self.use} {self.use_zh} at {self.longitude:.5f} E, {self.latitude:.5f} N",
            f"  elevation {self.elevation:.0f} m (band {self.band} m), slope {self.slope:.1f} deg, {direction}",
            f"  class {self.grade}, score {self.score}, limiting factor: {self.limiting}",
            f"  {self.reason} ({self.reason_zh})",
        ]
        if self.irrigation:
            lines.append("  needs irrigation: the rain does not suffice (需灌溉)")
        for reason in self.reasons:
            value = "no value" if math.isnan(reason.value) else f"{reason.value:.4g} {reason.unit}"
            share = "" if math.isnan(reason.membership) else f"membership {reason.membership:.2f}, "
            lines.append(f"  - {reason.name_en}: {value}; {share}{reason.grade}; weight {reason.weight:.3f}")
            clause = f", {reason.clause}" if reason.clause else ""
            lines.append(f"      {reason.thresholds} [{reason.evidence}: {reason.source}{clause}]")
        if self.missing:
            lines.append(f"  not judged, no layer given: {', '.join(self.missing)}")
        lines += [f"  note: {note}" for note in self.notes if not note.startswith("no layers")]
        return "\n".join(lines)


def explain(
    longitude: float,
    latitude: float,
    *,
    dem: xr.DataArray,
    use: str | os.PathLike[str] | LandUse | None = None,
    crop: str | os.PathLike[str] | LandUse | None = None,
    layers: Mapping[str, xr.DataArray] | None = None,
    weights: Mapping[str, float] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    edges: Sequence[float] = PLAN_EDGES,
    allow_steep: bool = False,
    management: str | None = None,
) -> Explanation:
    """Explain the suitability of the cell of a DEM at a place, exactly as the maps have it.

    Parameters
    ----------
    longitude, latitude : float
        Place in degrees, WGS-84.
    dem, use, crop, layers, weights, climate, edges, allow_steep, management
        As for :func:`nanyi_gis.suitability.evaluate`.

    Raises
    ------
    ParameterError
        If the place lies off the DEM or where it has no elevation.
    """
    inputs = prepare(
        dem,
        use=the_use(use, crop),
        layers=layers,
        weights=weights,
        climate=climate,
        edges=edges,
        allow_steep=allow_steep,
        management=management,
    )
    place = _place(inputs.grid, longitude, latitude)
    return _told(
        inputs.model,
        inputs.frame,
        place,
        margined_cell(inputs, place.row, place.column),
        *beside(inputs, slice(place.row, place.row + 1), slice(place.column, place.column + 1))[:2],
        climate=load_climate(climate),
        notes=inputs.notes,
    )


def explain_file(
    longitude: float,
    latitude: float,
    dem: str | os.PathLike[str],
    *,
    use: str | os.PathLike[str] | LandUse | None = None,
    crop: str | os.PathLike[str] | LandUse | None = None,
    layers: Mapping[str, str | os.PathLike[str]] | None = None,
    weights: Mapping[str, float] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    edges: Sequence[float] = PLAN_EDGES,
    allow_steep: bool = False,
    management: str | None = None,
    expected: RasterFile | None = None,
) -> Explanation:
    """Explain the suitability of the cell of a DEM file at a place, exactly as :func:`evaluate_file` has it.

    The cell and its neighbours are read through the same door, and layers on other grids by the same
    rule, so the explanation and the map agree on every cell.

    Parameters
    ----------
    longitude, latitude : float
        Place in degrees, WGS-84.
    dem, layers, weights, climate, edges, allow_steep, management, expected
        As for :func:`nanyi_gis.suitability.evaluate_file`.
    use, crop : str, path or LandUse
        One use, by either name.

    Raises
    ------
    ParameterError
        If the place lies off the DEM or where it has no elevation.
    DataError
        If the DEM or a layer cannot be used.
    """
    source = RasterFile.of(dem)
    if expected is not None:
        refuse_other_unit(source, expected)
    own_climate = load_climate(climate)
    given = dict(layers or {})
    model = build_model(
        the_use(use, crop),
        own_climate,
        layers=given,
        weights=weights,
        allow_steep=allow_steep,
        edges=edges,
        management=management,
    )
    job = Job(
        dem=source,
        models=(model,),
        climate=own_climate,
        frame=Frame.of(source.grid, own_climate),
        layers={name: layer_file(path, name, [model]) for name, path in given.items()},
        partition=Partition.of(None, source.grid),
    )
    refuse_implausible_climate(job)
    place = _place(source.grid, longitude, latitude)
    span = (place.row, place.row + 1, place.column, place.column + 1)
    with source.open() as reader:
        margined, _ = read_margined(reader, span)
    values = {name: read_layer(job, name, span) for name in given}
    return _told(
        model,
        job.frame,
        place,
        margined,
        np.stack([values[name] for name in model.layers]) if model.layers else None,
        mask_codes(values, model.mask_codes, {}) if model.masks else None,
        climate=own_climate,
        notes=(
            *source.notes(Findings()),
            *model.notes,
            *code_notes(job.models, job.layers, job.dem.grid),
            *warnings_of(source.grid, own_climate if model.asks_climate else None),
        ),
    )


@dataclass(frozen=True)
class _Place:
    longitude: float
    latitude: float
    row: int
    column: int


def _told(
    model: Model,
    frame: Frame,
    place: _Place,
    margined: npt.NDArray[np.float32],
    stack: npt.NDArray[np.float32] | None,
    mask: npt.NDArray[np.uint8] | None,
    *,
    climate: Climate,
    notes: tuple[str, ...],
) -> Explanation:
    """Evaluate one cell with its neighbours; metres, areas and the climates' border are those of the whole raster."""
    elevation = float(margined[1, 1])
    if math.isnan(elevation):
        raise ParameterError(
            f"{place.longitude:g} E, {place.latitude:g} N has no elevation in the DEM; choose another place"
        )
    part = frame.part(slice(place.row, place.row + 1), slice(place.column, place.column + 1))
    result = run_block(model, part, margined, layers=stack, mask=mask)
    found = memberships_block(model, part, margined, layers=stack)
    shares = model.weights
    reasons = tuple(
        Reason(
            criterion=criterion.id,
            name_en=criterion.name_en,
            name_zh=criterion.name_zh,
            value=float(found.values[k, 0, 0]),
            unit=criterion.unit,
            membership=float(found.memberships[k, 0, 0]),
            grade=_letter(float(found.classes[k, 0, 0])),
            weight=shares[criterion.id],
            thresholds=thresholds(criterion),
            evidence=criterion.evidence or "-",
            source=_source(criterion, climate),
            clause=criterion.clause,
        )
        for k, criterion in enumerate(model.criteria)
    )
    score = int(result.score[0, 0])
    cause = int(result.limiting[0, 0])
    limiting = model.limiting.get(cause, "unknown")
    if cause == STEEP_CODE and model.use.steep_clause:
        limiting = f"{limiting} ({model.use.steep_clause})"
    return Explanation(
        use=model.use.name_en,
        use_zh=model.use.name_zh,
        longitude=place.longitude,
        latitude=place.latitude,
        elevation=elevation,
        slope=float(found.slope[0, 0]),
        aspect=_aspect(margined, part.per_x[0], part.per_y[0]),
        score=score if score != SCORE_NODATA else 0,
        grade=CLASSES[int(result.cls[0, 0])],
        limiting=limiting,
        band=band_names(model.edges)[int(result.band[0, 0])],
        reasons=reasons,
        missing=model.missing,
        notes=notes,
        reason=reasons_of(model.use)[cause],
        reason_zh=reasons_of(model.use, lang="zh")[cause],
        irrigation=int(result.irrigation[0, 0]) == 1,
    )


def reasons_of(use: LandUse, *, lang: str = "en") -> dict[int, str]:
    """Return what sets the class in words, by the code of the limiting layer.

    >>> from .use_file import load_use
    >>> reasons_of(load_use("orange"))[9], reasons_of(load_use("orange"), lang="zh")[9]
    ('class from the worst factor: annual rain', '等级由最差因子决定：年降水量')
    """
    return {code: reason_of(code, name, lang=lang) for code, name in use.factors(lang=lang).items()}


def thresholds(criterion: Criterion) -> str:
    """Return the limits of the classes in words.

    >>> thresholds(Criterion("rain", "mm", 1, "trapezoid", (), low=(1000, 800, 600)))
    'S1 >= 1000 mm, S2 >= 800 mm, S3 >= 600 mm'
    """
    if criterion.codes:
        letters = {**CLASS_LETTERS}
        groups = {g: sorted(c for c, grade in criterion.codes.items() if grade == g) for g in letters}
        return ", ".join(f"{letters[g]} codes {', '.join(map(str, codes))}" for g, codes in groups.items() if codes)
    if criterion.need is not None:
        upper = "".join(f", S{k + 1} <= {limit:g}" for k, limit in enumerate(criterion.high))
        least = f"{criterion.survival:g} {criterion.unit}"
        return f"irrigated: N below {least}, irrigation below {criterion.need:g}{upper}"
    words = []
    for k in range(max(len(criterion.low), len(criterion.high))):
        low = criterion.low[k] if k < len(criterion.low) else None
        high = criterion.high[k] if k < len(criterion.high) else None
        upper = "<" if criterion.id == "elevation" else "<="
        if low is not None and high is not None:
            span = f"{low:g} to {high:g}"
        else:
            span = f">= {low:g}" if low is not None else f"{upper} {high:g}"
        words.append(f"S{k + 1} {span} {criterion.unit}")
    return ", ".join(words)


def _place(grid: Grid, longitude: float, latitude: float) -> _Place:
    """Return the cell of a grid at a place."""
    lon, lat = check_finite(longitude, name="longitude"), check_finite(latitude, name="latitude")
    try:
        to_degrees = crs_to_crs(grid.crs, 4326)
    except pyproj.exceptions.ProjError as error:  # there is none from another planet
        raise ParameterError(
            f"{lon:g} E, {lat:g} N cannot be placed on the DEM in the CRS {grid.crs.name}; give a DEM of the earth"
        ) from error
    column, row = grid.place(*to_degrees.transform(lon, lat, direction=pyproj.enums.TransformDirection.INVERSE))
    if not (np.isfinite(column) and np.isfinite(row)):
        raise ParameterError(f"{lon:g} E, {lat:g} N cannot be placed on the DEM; give longitude first, then latitude")
    if not (0 <= row < grid.height and 0 <= column < grid.width):
        left, bottom, right, top = grid.bounds
        west, south, east, north = to_degrees.transform_bounds(left, bottom, right, top)
        raise ParameterError(
            f"{lon:g} E, {lat:g} N lies off the DEM ({west:.3f} to {east:.3f} E, {south:.3f} to "
            f"{north:.3f} N); give longitude first, then latitude"
        )
    return _Place(lon, lat, math.floor(row), math.floor(column))


def _letter(grade: float) -> str:
    return "not judged" if math.isnan(grade) else CLASS_LETTERS[int(grade)]


def _source(criterion: Criterion, climate: Climate) -> str:
    text = (criterion.source or "no source given").removeprefix(f"{criterion.evidence}; ")
    variable = climate.variables.get(criterion.id)
    if criterion.layer and variable is not None:
        return f"{text}; value from the raster given"
    if variable is None:
        return text
    grade = f" ({variable.evidence})" if variable.evidence else ""
    return f"{text}; value modelled{grade}: {variable.source or 'no source given'}"


def _aspect(margined: npt.NDArray[np.float32], per_x: np.float32, per_y: np.float32) -> float:
    gx, gy, slope = (np.empty(1, np.float32) for _ in range(3))
    kernels.gradient_row(margined, 0, per_x, per_y, gx, gy)
    kernels.slope_row(gx, gy, slope)
    if slope[0] < kernels.FLAT_DEGREES:
        return math.nan
    return math.degrees(math.atan2(-float(gx[0]), -float(gy[0]))) % 360
