"""Sunlight beside pvlib: where the sun stands, how clear air lets light through, what a tilted plane gets."""

import math

import numpy as np
import pandas as pd
import pytest
from sun_grounds import LATITUDE, plane

from nanyi_gis.irradiation import clear_sky, daily_irradiation, day_number, extraterrestrial, sun_vector, sunset_angle

pvlib = pytest.importorskip("pvlib")


@pytest.mark.parametrize("date", ["2026-01-10", "2026-03-20", "2026-06-21", "2026-10-05"])
def test_the_sun_stands_where_pvlib_puts_it(date):
    times = pd.date_range(f"{date} 00:30", f"{date} 09:30", freq="1h", tz="UTC")
    theirs = pvlib.solarposition.get_solarposition(times, 28.0, 105.5)
    angle = pvlib.solarposition.hour_angle(times, 105.5, theirs["equation_of_time"])
    east, north, up = sun_vector(LATITUDE, np.radians(np.asarray(angle)), day=date)
    azimuth, elevation = np.radians(theirs["azimuth"]), np.radians(theirs["elevation"])
    level = np.cos(elevation)
    between = east * level * np.sin(azimuth) + north * level * np.cos(azimuth) + up * np.sin(elevation)
    assert np.degrees(np.arccos(np.clip(between, -1, 1))).max() < 0.4
    outside = pvlib.irradiance.get_extra_radiation(day_number(date), solar_constant=1367.0)
    assert extraterrestrial(date) == pytest.approx(outside, rel=2e-3)


def test_clear_air_lets_through_what_another_model_says():
    sine = np.sin(np.radians([20, 45, 90]))
    zenith = np.degrees(np.arccos(sine))
    air = pvlib.atmosphere.get_relative_airmass(zenith)
    other = pvlib.clearsky.ineichen(zenith, air, 3.0, dni_extra=extraterrestrial(80))
    ours = clear_sky(sine, day=80, linke=3)
    np.testing.assert_allclose(ours.normal * sine + ours.diffuse, other["ghi"], rtol=0.06)  # another model


@pytest.mark.parametrize(("east", "north"), [(0.0, 0.4), (0.0, -0.4), (0.35, 0.1), (-0.5, 0.0)])
def test_a_tilted_plane_gets_what_pvlib_gives_it(east, north):
    """Before r.sun's sky, an even one; the plane itself is the horizon of its lower half."""
    dem = plane(east, north)
    tilt = math.degrees(math.atan(math.hypot(east, north)))
    faces = math.degrees(math.atan2(-east, -north)) % 360
    height = float(dem[20, 20])
    sunset = float(sunset_angle(LATITUDE, day=80))
    w = sunset * ((np.arange(288) + 0.5) / 144 - 1)
    to_east, to_north, up = sun_vector(LATITUDE, w, day=80)
    air = clear_sky(up, day=80, height=height)
    zenith, azimuth = np.degrees(np.arccos(up)), np.degrees(np.arctan2(to_east, to_north)) % 360
    theirs = pvlib.irradiance.get_total_irradiance(
        tilt, faces, zenith, azimuth, air.normal, air.normal * up + air.diffuse, air.diffuse, albedo=0.2
    )
    hours = 24 / math.pi * sunset / len(w)
    ours = daily_irradiation(dem, day=80, sky="isotropic", step=0.25)
    beam, diffuse = theirs["poa_direct"].sum() * hours, theirs["poa_sky_diffuse"].sum() * hours
    assert float(ours["sky_view"][20, 20]) == pytest.approx((1 + math.cos(math.radians(tilt))) / 2, rel=3e-3)
    assert float(ours["beam"][20, 20]) == pytest.approx(beam, rel=0.01)
    assert float(ours["diffuse"][20, 20]) == pytest.approx(diffuse, rel=0.01)
    assert float(ours["reflected"][20, 20]) == pytest.approx(theirs["poa_ground_diffuse"].sum() * hours, rel=0.02)
    assert float(ours["total"][20, 20]) == pytest.approx(theirs["poa_global"].sum() * hours, rel=0.01)
