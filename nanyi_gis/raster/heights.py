"""What a stored number means: units of height, codes of missing cells, and the one rule of what an elevation is."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .._kernels import raster as kernels
from ..errors import DataError

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Land on Earth lies within; whatever is outside was never a height."""

METRES = {
    "metre": 1.0,
    "foot": 0.3048,
    "US survey foot": 1200 / 3937,
    "decimetre": 0.1,
    "centimetre": 0.01,
    "millimetre": 0.001,
    "kilometre": 1000.0,
    "yard": 0.9144,
    "fathom": 1.8288,
}
"""Metres in a unit of height."""

_WORDS = {
    "metre": "m metre metres meter meters mtr mtrs masl mamsl 米 公尺",
    "foot": "ft foot feet 英尺 international_foot international_feet ' foot_international",
    "US survey foot": "us-ft ftus us_survey_foot us_survey_feet foot_us us_foot us_feet usft survey_foot survey_feet "
    "ft_us ft-us sft ussft",
    "decimetre": "dm decimetre decimetres decimeter decimeters 分米",
    "centimetre": "cm centimetre centimetres centimeter centimeters 厘米",
    "millimetre": "mm millimetre millimetres millimeter millimeters 毫米",
    "kilometre": "km kilometre kilometres kilometer kilometers 千米 公里",
    "yard": "yd yard yards 码",
    "fathom": "fathom fathoms ftm",
}
_UNIT_OF = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_PARTS = {"0.1": 0.1, ".1": 0.1, "1/10": 0.1, "0.01": 0.01, ".01": 0.01, "1/100": 0.01, "0.001": 0.001, "1/1000": 0.001}
_PART_OF = re.compile(r"^(0?\.0{0,2}1|1/10{1,3}|10{0,2})\s*[*x]?\s*([^\d\s].*)$")
_TIMES = re.compile(r"^(\S+)\s*[*x]\s*(10{1,3})$")
_US_FOOT = re.compile(r"^u\.?_?s\.?[_-]*(?:survey[_-]*)?(?:ft|foot|feet)$")
_LABELLED = re.compile(r"[(\[]([^()\[\]]+)[)\]]$|:\s*(\S.*)$|\bin\s+(\S.*)$")  # height (m), unit: m, height in m
_TAIL = re.compile(r"[\s,]+(?:above|over|ab\.|a\.?m?\.?s\.?l|amsl|asl|msl|m\.s\.l|nap|navd|ngvd|egm|wgs)|\s*[(\[]")

# numbers that mark missing cells by custom, in files that declare none or another one
_CODES = (
    -3.4028234663852886e38,
    -2147483648.0,
    -2147483647.0,
    -99999.0,
    -32768.0,
    -32767.0,
    -9999.99,
    -9999.9,
    -9999.0,
)
_HEIGHT_CODES = (-999.99, -999.9, -999.0)
CODES = np.array(sorted(_CODES))
"""Stored numbers that stand for a missing cell by custom."""
HEIGHT_CODES = np.array(sorted(_CODES + _HEIGHT_CODES))
"""The same among heights, which may be stored in feet or decimetres."""

_HUGE = 1e30
NO_MASK = np.empty((0, 0), np.uint8)
CAUSES = ("nodata or mask", "not finite", "customary code", "no height on land")
"""Why a cell is missing, in the order of the counts."""

Elevations = npt.NDArray[np.float32] | npt.NDArray[np.float64]


def read_unit(text: str) -> str:
    """Return the name of a unit of height as ``METRES`` has it, empty if it is none of them.

    >>> read_unit("Feet"), read_unit("[m]"), read_unit("m above EGM96"), read_unit("m/s")
    ('foot', 'metre', 'metre', '')
    >>> read_unit("US survey feet"), read_unit("0.1 m"), read_unit("metres * 10"), read_unit("10 cm")
    ('US survey foot', 'decimetre', 'decimetre', 'decimetre')
    >>> read_unit("高程(米)"), read_unit("elevation in feet"), read_unit("us_ft"), read_unit("unit: dm")
    ('metre', 'foot', 'US survey foot', 'decimetre')
    """
    parts = _parts_of(_plain_words(text))
    return next((unit for read in (_unit_of, _scaled_unit) for part in parts if (unit := read(part))), "")


def _scaled_unit(word: str) -> str:
    """Return the unit that a power of ten of another is, as in 0.1 m, 1/10 m or metres * 10."""
    for pattern, share, name in ((_PART_OF, 1, 2), (_TIMES, 2, 1)):
        match = pattern.match(word)
        if match:
            number, unit = match.group(share), _unit_of(_TAIL.split(match.group(name))[0])
            factor = _PARTS.get(number, float(number) if pattern is _PART_OF and "/" not in number else 0.0)
            if pattern is _TIMES:
                factor = 1.0 / float(number)
            return unit_of_factor(factor * METRES[unit]) if unit else ""
    return ""


def _plain_words(text: str) -> str:
    """Return the words of a unit in lower case, with ASCII brackets and colons, without brackets round the whole."""
    word = unicodedata.normalize("NFKC", text).strip().lower()
    word = word.strip("[]").strip() if word.startswith("[") else word
    word = word.removeprefix("(").removesuffix(")") if word.count("(") != 1 or word.startswith("(") else word
    return word.strip().rstrip(".") or word


def _parts_of(word: str) -> tuple[str, ...]:
    """Return the parts of a text that may be the unit, the likeliest first: all, the head, what a label introduces."""
    labelled = _LABELLED.search(word)
    return (word, _TAIL.split(word)[0], *([next(filter(None, labelled.groups()))] if labelled else []))


def unit_of_factor(metres: float) -> str:
    """Return the unit of height with that many metres, within a rounding of the feet of several countries.

    >>> unit_of_factor(0.30480061), unit_of_factor(0.3047972654), unit_of_factor(20.1168)
    ('US survey foot', 'foot', '')
    """
    name, factor = min(METRES.items(), key=lambda item: abs(item[1] - metres))
    return name if abs(factor - metres) <= 2e-5 * factor else ""


def _unit_of(word: str) -> str:
    plain = re.sub(r"[\s_]+", "_", word.strip())
    return "US survey foot" if _US_FOOT.match(plain) else _UNIT_OF.get(plain, "")


def elevations(values: npt.NDArray[Any], nodata: float | None = None, *, land: bool = True) -> Elevations:
    """Return heights in metres with NaN where there is none, without a copy where none is needed.

    The one rule of what an elevation is: not the nodata value, finite, and between -500 and
    9,000 m. Wide types (float64, int32) stay in double precision. Without ``land`` any finite number is
    a height (below 1e30), as for the slope of a sea floor.

    Raises
    ------
    DataError
        If the values are no numbers.

    >>> elevations(np.array([[500, -9999, 32767]], dtype=np.int16))
    array([[500.,  nan,  nan]], dtype=float32)
    """
    if values.dtype.kind not in "iuf":
        raise DataError(f"dem has the type {values.dtype}, but elevations must be integers or floats")
    wide = values.dtype.itemsize > (4 if values.dtype.kind == "f" else 2)
    floating: Elevations = (
        np.ascontiguousarray(values, dtype=np.float64) if wide else np.ascontiguousarray(values, dtype=np.float32)
    )
    if floating.ndim != 2:
        raise DataError(f"dem has {floating.ndim} dimensions, but a raster has two")
    mark = math.nan if nodata is None else float(floating.dtype.type(nodata))
    low, high = (LOWEST_M, HIGHEST_M) if land else (-_HUGE, _HUGE)
    if kernels.all_heights(floating, mark, low, high):
        return floating
    if floating is values or np.shares_memory(floating, values):
        floating = floating.copy()
    kernels.drop_others(floating, mark, low, high)
    return floating


def physical(
    stored: npt.NDArray[Any],
    *,
    mask: npt.NDArray[np.uint8] = NO_MASK,
    nodata: float | None = None,
    scale: float = 1.0,
    offset: float = 0.0,
    heights: bool = True,
) -> tuple[Elevations, npt.NDArray[np.int64], int]:
    """Return stored numbers as physical values with NaN where missing, the count of each cause, and that of zeros.

    Parameters
    ----------
    stored : array (rows, columns)
        As in the file.
    mask : array of uint8, optional
        0 where the file says that there is nothing.
    nodata : float, optional
        The declared code, matched within float rounding.
    scale, offset : float
        ``value = stored * scale + offset``, in double precision.
    heights : bool
        Whether values outside -500 to 9,000 are missing too.

    Returns
    -------
    tuple
        float32 (float64 where a double or a wide integer is taken as it is), counts in the order of ``CAUSES``, and how
        many values are exactly 0.

    >>> physical(np.array([[20, -9999, 30000, 0]], dtype=np.int16), nodata=-9999, scale=0.5)
    (array([[10., nan, nan,  0.]], dtype=float32), array([1, 0, 0, 1]), 1)
    """
    plain = scale == 1.0 and offset == 0.0
    wide = stored.dtype.itemsize > (4 if stored.dtype.kind == "f" else 2)
    out: Elevations = np.empty(stored.shape, np.float64 if wide and plain else np.float32)
    counts = np.zeros(len(CAUSES), np.int64)
    low, high = (LOWEST_M, HIGHEST_M) if heights else (-np.inf, np.inf)
    if stored.dtype.kind not in "iuf" or stored.dtype.itemsize > 8 or stored.dtype == np.float16:
        stored = stored.astype(np.float64)
    mark = math.nan if nodata is None else float(nodata)
    if stored.dtype.kind == "u" and mark < 0:  # a negative code, wrapped into an unsigned type
        mark += 2.0 ** (8 * stored.dtype.itemsize)
    # a code is written with six digits or more, and may be read back a little off
    near = 0.0 if stored.dtype.kind != "f" or math.isnan(mark) else abs(mark) * 5e-6
    near = near if abs(mark) < 1e30 else abs(mark) * 1e-2
    codes, full = (HEIGHT_CODES, _full(stored.dtype)) if heights else (CODES, _HUGE)
    zeros = kernels.physical(
        np.ascontiguousarray(stored), mask, mark, near, codes, full, float(scale), float(offset), low, high, out, counts
    )
    return out, counts, int(zeros)


def _full(dtype: np.dtype[Any]) -> float:
    """Return the number from which on a stored height is a code: the largest that its type can hold."""
    return float(np.iinfo(dtype).max) if dtype.kind in "iu" and dtype.itemsize > 1 else _HUGE


def causes_of(counts: npt.NDArray[np.int64]) -> Mapping[str, int]:
    """Return the causes that occurred with their counts."""
    return {cause: int(count) for cause, count in zip(CAUSES, counts, strict=True) if count}
