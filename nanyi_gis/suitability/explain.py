"""Why a place is suitable or not: every value, membership, class and threshold with its source."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj
import xarray as xr

from .._validation import check_finite
from ..climate import Climate, load_climate
from ..errors import ParameterError
from .blocks import run_block
from .evaluate import beside, margined_rows, prepare, the_use
from .frame import read_grid
from .memberships import memberships_block
from .use import Criterion, LandUse
from .vocabulary import CLASS_LETTERS, CLASSES, SCORE_NODATA, band_names


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
            f"  elevation {self.elevation:.0f} m ({self.band}), slope {self.slope:.1f} deg, {direction}",
            f"  class {self.grade}, score {self.score}, limiting factor: {self.limiting}",
        ]
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
    allow_steep: bool = False,
) -> Explanation:
    """Explain the suitability of the cell of a DEM at a place, exactly as the maps have it.

    Parameters
    ----------
    longitude, latitude : float
        Place in degrees, WGS-84.
    dem, use, crop, layers, weights, climate, allow_steep
        As for :func:`nanyi_gis.suitability.evaluate`.

    Raises
    ------
    ParameterError
        If the place lies off the DEM or where it has no elevation.
    """
    lon, lat = check_finite(longitude, name="longitude"), check_finite(latitude, name="latitude")
    chosen = the_use(use, crop)
    row, column = _cell(dem, lon, lat)
    part = (slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2))
    window = dem.isel(y=part[0], x=part[1]).load()
    grid = read_grid(dem)
    # a row or column of cells alone has no spacing of its own, so the window keeps the raster's
    transform = grid.transform * type(grid.transform).translation(part[1].start, part[0].start)
    near = {name: layer.isel(y=part[0], x=part[1]).load() for name, layer in (layers or {}).items()}
    inputs = prepare(
        window.rio.write_transform(transform),
        use=chosen,
        layers={name: layer.rio.write_transform(transform) for name, layer in near.items()},
        weights=weights,
        climate=climate,
        allow_steep=allow_steep,
    )
    # metres, areas and the climates' border come from the whole raster, as on the maps
    whole = prepare(dem, use=chosen, layers=layers, weights=weights, climate=climate, allow_steep=allow_steep)
    frame = whole.frame.part(slice(part[0].start, part[0].start + window.sizes["y"]),
                             slice(part[1].start, part[1].start + window.sizes["x"]))  # fmt: skip
    y, x = row - part[0].start, column - part[1].start
    rows = slice(0, window.sizes["y"])
    margined = margined_rows(inputs, rows)
    stack, mask, _ = beside(inputs, rows)
    result = run_block(inputs.model, frame, margined, layers=stack, mask=mask)
    elevation = float(margined[y + 1, x + 1])
    if math.isnan(elevation):
        raise ParameterError(f"{lon:g} E, {lat:g} N has no elevation in the DEM; choose another place")
    found = memberships_block(inputs.model, frame, margined, layers=stack)
    shares = inputs.model.weights
    own_climate = load_climate(climate)
    reasons = tuple(
        Reason(
            criterion=criterion.id,
            name_en=criterion.name_en,
            name_zh=criterion.name_zh,
            value=float(found.values[k, y, x]),
            unit=criterion.unit,
            membership=float(found.memberships[k, y, x]),
            grade=_letter(float(found.classes[k, y, x])),
            weight=shares[criterion.id],
            thresholds=thresholds(criterion),
            evidence=criterion.evidence or "-",
            source=_source(criterion, own_climate),
            clause=criterion.clause,
        )
        for k, criterion in enumerate(inputs.model.criteria)
    )
    score = int(result.score[y, x])
    model = inputs.model
    limiting = model.limiting.get(int(result.limiting[y, x]), "unknown")
    if limiting.startswith("slope above"):
        limiting = f"{limiting} ({model.use.steep_clause})"
    return Explanation(
        use=model.use.name_en,
        use_zh=model.use.name_zh,
        longitude=lon,
        latitude=lat,
        elevation=elevation,
        slope=float(found.slope[y, x]),
        aspect=_aspect(margined, frame.per_x[y], frame.per_y[y], y, x),
        score=score if score != SCORE_NODATA else 0,
        grade=CLASSES[int(result.cls[y, x])],
        limiting=limiting,
        band=band_names(model.edges)[int(result.band[y, x])],
        reasons=reasons,
        missing=model.missing,
        notes=whole.notes,
    )


def thresholds(criterion: Criterion) -> str:
    """Return the limits of the classes in words.

    >>> thresholds(Criterion("rain", "mm", 1, "trapezoid", (), low=(1000, 800, 600)))
    'S1 >= 1000 mm, S2 >= 800 mm, S3 >= 600 mm'
    """
    if criterion.codes:
        letters = {**CLASS_LETTERS}
        groups = {g: sorted(c for c, grade in criterion.codes.items() if grade == g) for g in letters}
        return ", ".join(f"{letters[g]} codes {', '.join(map(str, codes))}" for g, codes in groups.items() if codes)
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


def _cell(dem: xr.DataArray, lon: float, lat: float) -> tuple[int, int]:
    grid = read_grid(dem)
    x, y = pyproj.Transformer.from_crs(4326, grid.crs, always_xy=True).transform(lon, lat)
    column, row = (x - grid.x) / grid.step_x, (y - grid.y) / grid.step_y
    if not (np.isfinite(column) and np.isfinite(row)):
        raise ParameterError(f"{lon:g} E, {lat:g} N cannot be placed on the DEM; give longitude first, then latitude")
    place = math.floor(row + 0.5), math.floor(column + 0.5)
    if not (0 <= place[0] < grid.height and 0 <= place[1] < grid.width):
        to_degrees = pyproj.Transformer.from_crs(grid.crs, 4326, always_xy=True)
        (w, e), (s, n) = to_degrees.transform(
            [grid.columns(-0.5), grid.columns(grid.width - 0.5)], [grid.rows(grid.height - 0.5), grid.rows(-0.5)]
        )
        raise ParameterError(
            f"{lon:g} E, {lat:g} N lies off the DEM ({min(w, e):.3f} to {max(w, e):.3f} E, {min(s, n):.3f} to "
            f"{max(s, n):.3f} N); give longitude first, then latitude"
        )
    return place


def _letter(grade: float) -> str:
    return "not judged" if math.isnan(grade) else CLASS_LETTERS[int(grade)]


def _source(criterion: Criterion, climate: Climate) -> str:
    text = (criterion.source or "no source given").removeprefix(f"{criterion.evidence}; ")
    variable = climate.variables.get(criterion.id)
    if variable is None:
        return text
    return f"{text}; value modelled ({variable.evidence}): {variable.source}"


def _aspect(margined: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", per_x: float, per_y: float, y: int, x: int) -> float:  # fmt: skip  # noqa: E501
    from .._kernels import suitability as kernels

    width = margined.shape[1] - 2
    gx, gy = np.empty(width, np.float32), np.empty(width, np.float32)
    kernels.gradient_row(margined, y, per_x, per_y, gx, gy)
    slope = np.empty(width, np.float32)
    kernels.slope_row(gx, gy, slope)
    if slope[x] < kernels.FLAT_DEGREES:
        return math.nan
    return math.degrees(math.atan2(-float(gx[x]), -float(gy[x]))) % 360
