"""Stored numbers to physical values in one pass; codes, masks and impossible heights become NaN."""

import numpy as np

from . import kernel


@kernel(nogil=True)
def _sound_row(stored, nodata, near, top, full, scale, offset, low, high, out):  # type: ignore[no-untyped-def]
    """Write a row as if nothing were missing, without a branch; return the zeros in it, -1 if something was missing."""
    wrong = 0
    zeros = 0
    for j in range(stored.size):
        number = np.float64(stored[j])
        value = number * scale + offset
        out[j] = value
        sound = (number >= top) & (number < full) & (value >= low) & (value <= high)
        wrong += not (sound & (not (abs(number - nodata) <= near)))
        zeros += value == 0.0
    return -1 if wrong else zeros


@kernel(nogil=True)
def physical(stored, mask, nodata, near, codes, full, scale, offset, low, high, out, counts):  # type: ignore[no-untyped-def]
    """Write ``stored * scale + offset`` to ``out``, NaN where missing; count missing cells by cause.

    Causes: 0 the nodata code or the mask, 1 not finite, 2 a customary code, 3 outside ``low`` to ``high``.
    Codes are negative and rise; what is ``full`` or more is one as well. Returns the number of values of 0.
    """
    zeros = 0
    rows, columns = stored.shape
    masked = mask.size > 0
    plain = scale == 1.0 and offset == 0.0
    top = codes[-1] + 1.0
    for i in range(rows):
        if not masked:
            found = _sound_row(stored[i], nodata, near, top, full, scale, offset, low, high, out[i])
            if found >= 0:
                zeros += found
                continue
        for j in range(columns):
            value = np.float64(stored[i, j])
            cause = -1
            if (masked and mask[i, j] == 0) or abs(value - nodata) <= near:
                cause = 0
            elif not np.isfinite(value):
                cause = 1
            else:
                if value < top:
                    for code in codes:
                        if abs(value - code) <= abs(code) * 1e-7 or (code < -1e30 and value < -1e30):
                            cause = 2
                elif value >= full:
                    cause = 2
                if cause < 0:
                    if not plain:
                        value = value * scale + offset
                    if value < low or value > high:
                        cause = 3
            if cause >= 0:
                counts[cause] += 1
                out[i, j] = np.nan
            else:
                out[i, j] = value
                zeros += value == 0.0
    return zeros


@kernel(nogil=True)
def all_heights(values, nodata, low, high):  # type: ignore[no-untyped-def]
    """Return whether every value is NaN, or a height and not the nodata code."""
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            value = values[i, j]
            if value == nodata or value < low or value > high:
                return False
    return True


@kernel(nogil=True)
def drop_others(values, nodata, low, high):  # type: ignore[no-untyped-def]
    """Set to NaN, in place, what is the nodata code or no height."""
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            value = values[i, j]
            if value == nodata or not (low <= value <= high):
                values[i, j] = np.nan


@kernel(nogil=True)
def patch_cliffs(values, patch, jump, touched):  # type: ignore[no-untyped-def]
    """Count the cells of each numbered patch, its sides towards other values, and those with a jump over ``jump``."""
    rows, columns = values.shape
    for i in range(rows):
        for j in range(columns):
            number = patch[i, j]
            if number == 0:
                continue
            touched[number, 0] += 1
            for k in range(4):
                y = i + (k == 0) - (k == 1)
                x = j + (k == 2) - (k == 3)
                if 0 <= y < rows and 0 <= x < columns:
                    beside = values[y, x]
                    if beside != 0 and not np.isnan(beside):
                        touched[number, 1] += 1
                        if abs(beside) > jump:
                            touched[number, 2] += 1
