"""Horizons and sunlight on slopes: walls and planes in closed form, integrals, symmetry and GRASS r.sun."""

import math
import shutil
import subprocess

import numpy as np
import pytest
import rasterio
from scipy.integrate import quad
from sun_grounds import LATITUDE, SIDE, plane, smooth
from terrain_rasters import raster

from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.irradiation import (
    KLEIN_DAYS,
    clear_sky,
    daily_irradiation,
    declination,
    extraterrestrial,
    horizons,
    sun_vector,
    sunset_angle,
    with_clouds,
    yearly_irradiation,
)
from nanyi_gis.raster import write_cog

# horizons


@pytest.mark.parametrize("size", [(41, 41), (30, 52)])
def test_the_horizon_of_a_wall(size):
    """A plateau in the east begins at one column; the way to it is longer the more aslant one looks."""
    z = np.zeros(size, np.float32)
    wall = size[1] - 11
    z[:, wall:] = 200
    found = horizons(raster(z), directions=16, curvature="none")
    assert found.dims == ("direction", "y", "x")
    for azimuth in (67.5, 90.0, 112.5):
        for column in (wall - 1, wall - 5, wall - 15):  # on its own line, and by shared lines
            away = (wall - column) * SIDE / math.sin(math.radians(azimuth))
            angle = math.degrees(math.atan(200 / away))
            middle = found.sel(direction=azimuth).values[size[0] // 2, column]
            assert middle == pytest.approx(angle, abs=1e-3), (azimuth, column)
    assert not found.sel(direction=270).values.any()
    assert not found.sel(direction=0).values.any()


def test_the_horizon_of_a_plane_is_its_slope():
    east, north = 0.3, -0.2
    found = horizons(plane(east, north), directions=24, curvature="none")
    for azimuth in found["direction"].values:
        angle = math.radians(azimuth)
        rise = max(0.0, math.sin(angle) * east + math.cos(angle) * north)
        expected = math.degrees(math.atan(rise))
        np.testing.assert_allclose(found.sel(direction=azimuth)[2:-2, 2:-2], expected, atol=2e-3)


def test_the_earth_is_curved():
    z = np.zeros((5, 1001), np.float32)
    z[:, -1] = 300
    for curvature, factor in (("none", math.inf), ("light", 7 / 6), (1.0, 1.0)):
        found = horizons(raster(z), directions=4, curvature=curvature).sel(direction=90).values[2, 0]
        height = 300 - 30_000**2 / (2 * factor * 6_371_000)
        assert math.tan(math.radians(found)) == pytest.approx(height / 30_000, rel=1e-4)


def own_line(z, right, down):
    """Return the tangents by the rule itself, every sample of the line through each cell."""
    rows, columns = z.shape
    wide = abs(right) >= abs(down)
    most = np.zeros(z.shape)
    y, x = np.indices(z.shape)
    for i in range(1, max(z.shape)):
        step_x, step_y = (
            (math.copysign(i, right), i * down / abs(right))
            if wide
            else (i * right / abs(down), math.copysign(i, down))
        )
        at_x, at_y = x + step_x, y + step_y
        inside = (at_x >= 0) & (at_x <= columns - 1) & (at_y >= 0) & (at_y <= rows - 1)
        c, r = np.floor(np.where(inside, at_x, 0)).astype(int), np.floor(np.where(inside, at_y, 0)).astype(int)
        fx, fy = np.where(inside, at_x, 0) - c, np.where(inside, at_y, 0) - r
        c1, r1 = np.minimum(c + 1, columns - 1), np.minimum(r + 1, rows - 1)
        height = (z[r, c] * (1 - fx) + z[r, c1] * fx) * (1 - fy) + (z[r1, c] * (1 - fx) + z[r1, c1] * fx) * fy
        tangent = (height - z) / (SIDE * math.hypot(step_x, step_y))
        most = np.where(inside, np.maximum(most, tangent), most)
    return most


def test_horizons_are_close_to_those_of_every_sample():
    z = smooth(80).astype(np.float64) + np.random.default_rng(6).normal(0, 2, (80, 80))
    found = horizons(raster(z.astype(np.float32)), directions=16, curvature="none")
    for number, azimuth in enumerate(found["direction"].values):
        right, down = math.sin(math.radians(azimuth)), -math.cos(math.radians(azimuth))
        expected = np.degrees(np.arctan(own_line(z, right, down)))[3:-3, 3:-3]
        off = found.values[number, 3:-3, 3:-3] - expected
        assert np.sqrt((off**2).mean()) < (1e-3 if azimuth % 45 == 0 else 0.15), azimuth
        assert abs(off.mean()) < 0.02


def test_unknown_heights_hide_nothing_and_have_no_horizon():
    z = np.zeros((9, 30), np.float32)
    z[:, 20] = 90
    whole = horizons(raster(z), directions=4).sel(direction=90).values
    z[4, 20] = np.nan
    found = horizons(raster(z, nodata=-9999), directions=4).sel(direction=90).values
    assert np.isnan(found[4, 20])
    assert not found[4, :20].any()
    np.testing.assert_array_equal(found[:3], whole[:3])


# the sun and the air


def test_the_day_outside_the_air_is_the_closed_form():
    for latitude in (0.0, 28.0, 60.0):
        p, d = math.radians(latitude), declination(100)
        sunset = float(sunset_angle(p, day=100))
        parts = (np.arange(2000) + 0.5) / 1000 - 1
        total = sun_vector(p, sunset * parts, day=100)[2].mean() * 2 * sunset
        closed = 2 * (sunset * math.sin(p) * math.sin(d) + math.cos(p) * math.cos(d) * math.sin(sunset))
        assert total == pytest.approx(closed, rel=1e-6)
    assert float(sunset_angle(math.radians(80), day=172)) == pytest.approx(math.pi)
    assert float(sunset_angle(math.radians(80), day=355)) == 0.0


def test_the_air_takes_more_the_longer_the_way_and_the_thicker_the_haze():
    sine = np.sin(np.radians([-5, 0.5, 5, 20, 45, 90]))
    clear = clear_sky(sine, day=80, linke=2)
    assert clear.normal[0] == clear.diffuse[0] == 0
    assert (np.diff(clear.normal) > 0).all()
    assert (clear_sky(sine, day=80, linke=5).normal <= clear.normal).all()
    assert (clear_sky(sine, day=80, height=2000).normal >= clear_sky(sine, day=80).normal).all()
    assert (clear.normal < extraterrestrial(80)).all()


# sums


def test_the_beam_of_a_level_day_is_the_integral():
    for day in (17, 172):
        found = daily_irradiation(plane(0, 0), day=day, step=0.25)
        p, sunset = LATITUDE, float(sunset_angle(LATITUDE, day=day))

        def light(w, day=day, p=p):
            up = sun_vector(p, w, day=day)[2]
            air = clear_sky(up, day=day, height=1000)
            return float(air.normal * up), float(air.diffuse)

        hours = 12 / math.pi
        beam = quad(lambda w: light(w)[0], -sunset, sunset)[0] * hours
        diffuse = quad(lambda w: light(w)[1], -sunset, sunset)[0] * hours
        assert float(found["beam"][20, 20]) == pytest.approx(beam, rel=2e-3)
        assert float(found["diffuse"][20, 20]) == pytest.approx(diffuse, rel=5e-3)
        assert float(found["reflected"][20, 20]) == pytest.approx(0, abs=1e-2)
        assert float(found["sky_view"][20, 20]) == 1


def test_a_wall_shades_for_as_long_as_the_sun_is_behind_it():
    """Level ground 150 m west of a plateau of 300 m: the sun counts from where it stands above the edge."""
    z = np.zeros((201, 60), np.float32)
    z[:, 25:] = 300
    dem = raster(z, origin=(500_000 - 900, 3_103_000))
    found = float(daily_irradiation(dem, day=80, directions=180, step=0.1)["beam"][100, 20])
    latitude = math.radians(28.0)
    sunset = float(sunset_angle(latitude, day=80))
    w = sunset * ((np.arange(2000) + 0.5) / 1000 - 1)
    east, north, up = sun_vector(latitude, w, day=80)
    behind = east > 0  # the edge is 150 m away across, farther aslant
    hidden = behind & (up / np.hypot(east, north) < 300 / (150 / (np.maximum(east, 1e-9) / np.hypot(east, north))))
    lit = clear_sky(up, day=80).normal * up
    expected = (lit * ~hidden).sum() * 24 / math.pi * sunset / len(w)
    assert 0.4 < expected / (lit.sum() * 24 / math.pi * sunset / len(w)) < 0.9
    assert found == pytest.approx(expected, rel=0.015)


def test_more_terrain_never_adds_beam_and_never_shows_more_sky():
    z = smooth()
    before = daily_irradiation(raster(z), day=20, directions=16, step=1)
    z[:, 45:] += 400
    after = daily_irradiation(raster(z), day=20, directions=16, step=1)
    west = (slice(1, -1), slice(1, 43))
    assert (after["beam"].values[west] <= before["beam"].values[west] + 1e-2).all()
    assert (after["sky_view"].values[west] <= before["sky_view"].values[west] + 1e-5).all()
    assert after["beam"].values[west].mean() < 0.95 * before["beam"].values[west].mean()


def test_east_is_as_west_and_south_more_than_north():
    z = smooth(41)
    there = raster(z, origin=(500_000 - 600, 3_100_000))
    back = raster(z[:, ::-1].copy(), origin=(500_000 - 600, 3_100_000))
    a = daily_irradiation(there, day=300, step=1)["total"].values
    b = daily_irradiation(back, day=300, step=1)["total"].values
    inner = (slice(2, -2), slice(2, -2))
    np.testing.assert_allclose(a[inner].mean(), b[:, ::-1][inner].mean(), rtol=1e-3)
    assert np.quantile(np.abs(a - b[:, ::-1])[inner], 0.95) < 0.02 * a[inner].mean()
    south, north = (daily_irradiation(plane(0, rise), day=355, step=1) for rise in (0.4, -0.4))
    assert float(south["beam"][20, 20]) > 1.5 * float(north["beam"][20, 20])
    np.testing.assert_allclose(south["sky_view"][20, 20], north["sky_view"][20, 20], rtol=1e-3)


def test_a_year_is_its_twelve_days():
    dem = raster(smooth(14))
    haze = [2, 2, 3, 3, 4, 4, 5, 5, 4, 3, 3, 2]
    year = yearly_irradiation(dem, linke=haze, directions=8, step=2)
    months = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    days = [
        daily_irradiation(dem, day=day, linke=air, directions=8, step=2)["total"] * count / 1000
        for day, air, count in zip(KLEIN_DAYS, haze, months, strict=True)
    ]
    np.testing.assert_allclose(year["total"], sum(days), rtol=1e-4)
    assert year["total"].attrs["units"] == "kWh/m2"
    assert np.isnan(year["total"][0, 5])


def test_blocks_and_rows_from_the_south_change_nothing():
    pytest.importorskip("dask")
    dem = raster(smooth(24))
    options = {"day": 80, "directions": 8, "step": 2}
    whole = daily_irradiation(dem, **options)["total"].values
    np.testing.assert_array_equal(daily_irradiation(dem.chunk({"y": 7, "x": 10}), **options)["total"].values, whole)
    upward = daily_irradiation(dem[::-1], **options)["total"].values[::-1]
    np.testing.assert_allclose(upward, whole, rtol=2e-3)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("grass") is None, reason="GRASS is not installed")
def test_r_sun_agrees_within_two_percent(tmp_path):
    """r.sun samples the nearest cells of its rays, so single cells at the edge of a shadow differ."""
    dem = raster(smooth(90))
    write_cog(dem, tmp_path / "dem.tif", nodata=-9999)
    script = (
        f"r.in.gdal input={tmp_path}/dem.tif output=dem --quiet && g.region raster=dem && "
        "r.slope.aspect elevation=dem slope=s aspect=a --quiet && r.sun elevation=dem slope=s aspect=a day=80 step=0.5 "
        "linke_value=3 albedo_value=0.2 beam_rad=beam glob_rad=total --quiet && "
        f"for m in beam total; do r.out.gdal input=$m output={tmp_path}/$m.tif type=Float32 nodata=-1 --quiet; done"
    )
    command = ["grass", "--tmp-location", str(tmp_path / "dem.tif"), "--exec", "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = daily_irradiation(dem, day=80)
    inner = (slice(5, -5), slice(5, -5))
    for name in ("beam", "total"):
        with rasterio.open(tmp_path / f"{name}.tif") as source:
            theirs = source.read(1).astype(float)[inner]
        found = ours[name].values[inner]
        assert found.mean() == pytest.approx(theirs.mean(), rel=0.02), name
        assert np.quantile(np.abs(found - theirs), 0.9) < 0.06 * theirs.mean(), name


# what is refused


def test_bad_ground_and_options_are_refused_in_one_line():
    dem = plane(0, 0, (5, 5))
    with pytest.raises(DataError, match="in degrees"):
        horizons(raster(np.zeros((5, 5)), origin=(105.5, 28.1), step=(0.0003, -0.0003), crs="EPSG:4326"))
    with pytest.raises(DataError, match="need equal sides"):
        daily_irradiation(raster(np.zeros((5, 5)), step=(30.0, -20.0)), day=1)
    with pytest.raises(DataError, match="no height"):
        daily_irradiation(raster(np.full((5, 5), np.nan)), day=1)
    with pytest.raises(DataError, match="no cell with a height in all of the 3 x 3 cells"):
        daily_irradiation(raster(np.zeros((2, 9))), day=1)
    for options, said in (
        ({"day": "21.6."}, "must be a date"),
        ({"day": 400}, "day is 400"),
        ({"day": 1, "linke": 0}, "linke is 0"),
        ({"day": 1, "albedo": 2}, "albedo is 2"),
        ({"day": 1, "sky": "blue"}, "sky is 'blue'"),
        ({"day": 1, "directions": 4}, "directions is 4"),
        ({"day": 1, "step": 3}, "step is 3 h"),
    ):
        with pytest.raises(ParameterError, match=said):
            daily_irradiation(dem, **options)
    with pytest.raises(ParameterError, match="11 values"):
        yearly_irradiation(dem, linke=[3] * 11)
    clear = dem.astype("float32")
    with pytest.raises(ParameterError, match="at most 1"):
        with_clouds(clear, factor=1.2, source="a station")
    with pytest.raises(ParameterError, match="only with its source"):
        with_clouds(clear, factor=0.5, source=" ")
    assert with_clouds(clear, factor=0.5, source="a station").attrs["cloud_source"] == "a station"


# the command


def test_the_command_writes_kwh_and_says_that_there_are_no_clouds(tmp_path, capsys):
    dem = raster(smooth(20), origin=(560_000.0, 3_110_000.0))
    write_cog(dem, tmp_path / "dem.tif", nodata=-9999)
    assert main(["sun", str(tmp_path / "dem.tif"), "--day", "2026-12-21", "--out", str(tmp_path / "o")]) == 0
    told = capsys.readouterr()
    assert "no clouds" in told.err
    assert "kWh/m2 on average on the day" in told.out
    wanted = daily_irradiation(dem, day=355)
    with rasterio.open(tmp_path / "o" / "irradiation.tif") as source:
        np.testing.assert_allclose(source.read(1), wanted["total"].values / 1000, rtol=1e-5)
        tags = source.tags()
    assert tags["EVIDENCE"] == "modelled"
    assert tags["UNITS"] == "kWh/m2"
    assert tags["DAY"] == "355"
    assert tags["CLOUDS"].startswith("none")
    names = sorted(path.name for path in (tmp_path / "o").iterdir())
    assert names == ["beam.tif", "diffuse.tif", "irradiation.tif", "sky_view.tif"]


@pytest.mark.parametrize(
    ("options", "said"),
    [((), "not given"), (("--year", "--day", "3"), "both given"), (("--day", "x"), "must be a date")],
)
def test_a_bad_command_is_one_line_and_writes_nothing(tmp_path, capsys, options, said):
    write_cog(plane(0, 0, (8, 8)), tmp_path / "dem.tif", nodata=-9999)
    assert main(["sun", str(tmp_path / "dem.tif"), "--out", str(tmp_path / "o"), *options]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert not (tmp_path / "o").exists()
