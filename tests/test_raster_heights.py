"""Stored numbers to physical values, against the same rule in plain NumPy."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nanyi_gis.raster import elevations
from nanyi_gis.raster.heights import physical

BUSY = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the machine may be shared
CODES = (-(2.0**31), 1 - 2.0**31, -99999, -32768, -32767, -9999.99, -9999.9, -9999)
AMONG_HEIGHTS = (*CODES, -999.99, -999.9, -999)


def rule(stored, *, mask=None, nodata=None, scale=1.0, offset=0.0, heights=True):
    """Return values and causes cell by cell, 0 to 3, -1 where there is a value."""
    number = stored.astype(np.float64)
    value = number * scale + offset
    cause = np.full(stored.shape, -1)
    largest = np.iinfo(stored.dtype).max if stored.dtype.kind in "iu" and stored.dtype.itemsize > 1 else 1e30
    with np.errstate(invalid="ignore"):
        if heights:
            cause[(value < -500) | (value > 9000)] = 3
        for code in AMONG_HEIGHTS if heights else CODES:
            cause[np.isclose(number, code, rtol=1e-7, atol=0)] = 2
        cause[(number < -1e30) | (number >= (largest if heights else 1e30))] = 2
        cause[~np.isfinite(number)] = 1
        if nodata is not None:
            off = 5e-6 * abs(nodata) if stored.dtype.kind == "f" else 0
            cause[np.abs(number - nodata) <= off] = 0
        if mask is not None:
            cause[mask == 0] = 0
    return np.where(cause < 0, value, np.nan), cause


def cells(dtype):
    if np.dtype(dtype).kind == "f":
        special = [*AMONG_HEIGHTS, np.nan, np.inf, -np.inf, -3.4e38, 3.4e38, 0.0, -0.0, 9000.5, -500.5, 7.25]
        plain = st.floats(-600, 9100, width=32)
        return st.one_of(plain, plain, st.sampled_from([float(np.dtype(dtype).type(x)) for x in special]))
    info = np.iinfo(dtype)
    special = [x for x in (-32768, -32767, -9999, -999, 0, 7, info.max, info.min) if info.min <= x <= info.max]
    low, high = max(info.min, -600), min(info.max, 9100)
    return st.one_of(st.integers(low, high), st.sampled_from(special))


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32", "float64", "uint8", "int64"])
def test_values_and_causes_are_those_of_the_rule(dtype):
    @BUSY
    @given(
        stored=arrays(dtype, (4, 5), elements=cells(dtype)),
        nodata=st.sampled_from([None, 0, 7, -9999, 1234.5]),
        scale=st.sampled_from([(1.0, 0.0), (0.1, 0.0), (0.3048, -50.0), (2.0, 10.0)]),
        heights=st.booleans(),
        masked=st.booleans(),
        seed=st.integers(0, 99),
    )
    def check(stored, nodata, scale, heights, masked, seed):
        if stored.dtype.kind == "u" and nodata is not None and nodata < 0:
            nodata = None
        mask = np.random.default_rng(seed).integers(0, 2, stored.shape).astype("uint8") if masked else None
        options = {"nodata": nodata, "scale": scale[0], "offset": scale[1], "heights": heights}
        values, counts, zeros = physical(stored, **options, **({"mask": mask} if masked else {}))
        expected, cause = rule(stored, mask=mask, **options)
        np.testing.assert_array_equal(np.isnan(values), np.isnan(expected))
        np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-30)
        assert counts.tolist() == [int((cause == number).sum()) for number in range(4)]
        assert zeros == int((values == 0).sum())

    check()


def test_elevations_leave_what_is_whole_and_never_change_the_callers():
    whole = np.full((3, 4), 900, "float32")
    assert elevations(whole) is whole
    given_values = np.array([[900, -9999, 9500, np.nan]], "float32")
    before = given_values.copy()
    found = elevations(given_values, -9999)
    np.testing.assert_array_equal(given_values, before)
    np.testing.assert_array_equal(np.isnan(found), [[False, True, True, True]])
    assert elevations(np.array([[-4000.0]]), land=False).item() == -4000
