"""Setbacks beside SciPy's distance transform, and a day of sunlight with cast shadows beside GRASS r.sun."""

import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from scipy.ndimage import distance_transform_edt

from nanyi_gis.irradiation import clear_sky, daily_irradiation, horizons, sun_vector, sunset_angle, yearly_irradiation
from nanyi_gis.raster import within_distance, write_cog

from .bench_visibility import SIDE, terrain, timed

SHAPE = (3200, 4000)
PEER_SIZE = int(os.environ.get("BENCH_SUN_CELLS", "1600"))  # r.sun takes minutes beyond
DAYS = (172, 355)


def setbacks() -> None:
    random = np.random.default_rng(1)
    print(f"500 m around marked cells of {SIDE:g} m, {SHAPE[0] * SHAPE[1] / 1e6:.1f} million cells, processor s")
    print("| marked | nanyi_gis | SciPy | times | cells that differ |")
    print("|---|---|---|---|---|")
    within_distance(np.eye(50, dtype=bool), radius=500, cell=SIDE)
    for share in (1e-4, 1e-2):
        marked = random.random(SHAPE) < share
        runs = [timed(lambda m=marked: within_distance(m, radius=500, cell=SIDE)) for _ in range(3)]
        ours, found = min(runs, key=lambda run: run[0])
        theirs, exact = timed(lambda m=marked: distance_transform_edt(~m, sampling=SIDE) <= 500)
        print(f"| {share:.2%} | {ours:.3f} | {theirs:.2f} | {theirs / ours:.0f} | {int((found != exact).sum())} |")


def grass(dem: xr.DataArray, folder: Path) -> dict[int, tuple[float, dict[str, np.ndarray]]] | None:
    """Return the seconds of r.sun alone and its rasters by day; None without GRASS."""
    if shutil.which("grass") is None:
        return None
    write_cog(dem, folder / "dem.tif", nodata=-9999)
    lines = ["set -e", "TIMEFORMAT='RUN %U %S'", "r.in.gdal --q input=dem.tif output=dem", "g.region raster=dem"]
    lines.append("r.slope.aspect --q elevation=dem slope=slope aspect=aspect")
    for day in DAYS:
        lines.append(
            f"time r.sun --q --o elevation=dem slope=slope aspect=aspect day={day} step=0.5 linke_value=3 "
            "albedo_value=0.2 beam_rad=beam diff_rad=diffuse glob_rad=total nprocs=1"
        )
        lines += [
            f"r.out.gdal --q --o input={name} output={name}{day}.tif type=Float32 nodata=-1 2>/dev/null"
            for name in ("beam", "total")
        ]
    (folder / "job.sh").write_text("\n".join(lines) + "\n")
    command = ["grass", "--tmp-location", str(folder / "dem.tif"), "--exec", "bash", str(folder / "job.sh")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    spans = [sum(map(float, line.split()[1:])) for line in done.stderr.splitlines() if line.startswith("RUN ")]
    if len(spans) < len(DAYS):
        print(done.stderr[-500:], file=sys.stderr)
        return None
    found = {}
    for day, seconds in zip(DAYS, spans, strict=True):
        bands = {}
        for name in ("beam", "total"):
            with rasterio.open(folder / f"{name}{day}.tif") as source:
                bands[name] = source.read(1).astype(np.float64)
        found[day] = seconds, bands
    return found


def beside_grass() -> None:
    dem = terrain((PEER_SIZE, PEER_SIZE))
    with tempfile.TemporaryDirectory() as folder:
        theirs = grass(dem, Path(folder))
    print(f"\nA day with cast shadows, {PEER_SIZE} x {PEER_SIZE} cells of {SIDE:g} m, processor s")
    print(
        "| day | nanyi_gis | r.sun | times | mean beam, of r.sun's | mean total, of r.sun's | cells' beam differs by |"
    )
    print("|---|---|---|---|---|---|---|")
    inner = (slice(50, -50), slice(50, -50))
    for day in DAYS:
        seconds, ours = timed(lambda day=day: daily_irradiation(dem, day=day))
        if theirs is None:
            print(f"| {day} | {seconds:.2f} | - | - | - | - | - |")
            continue
        spent, bands = theirs[day]
        beam, total = ours["beam"].values[inner], ours["total"].values[inner]
        of_beam, of_total = beam.mean() / bands["beam"][inner].mean(), total.mean() / bands["total"][inner].mean()
        off = np.abs(beam - bands["beam"][inner]).mean() / bands["beam"][inner].mean()
        told = f"{of_beam:.4f} | {of_total:.4f} | {off:.1%}"
        print(f"| {day} | {seconds:.2f} | {spent:.1f} | {spent / seconds:.0f} | {told} |", flush=True)


def beside_pvlib() -> None:
    """Print what a plane of 22 degrees gets by pvlib's geometry under the same sky."""
    if importlib.util.find_spec("pvlib") is None:
        print("\npvlib is not installed")
        return
    import pvlib

    z = np.indices((41, 41))[0] * 12.0 + 500
    dem = terrain((41, 41)).copy(data=z[::-1].copy())  # falls to the south
    latitude = np.radians(float(dem.rio.reproject(4326).y.mean()))
    print("\nA plane of 21.8 degrees, even sky: pvlib's day and ours, Wh/m2")
    for day in DAYS:
        sunset = float(sunset_angle(latitude, day=day))
        w = sunset * ((np.arange(288) + 0.5) / 144 - 1)
        east, north, up = sun_vector(latitude, w, day=day)
        air = clear_sky(up, day=day, height=float(dem[20, 20]))
        azimuth = np.degrees(np.arctan2(east, north)) % 360
        plane = (float(np.degrees(np.arctan(0.4))), float(np.where(z[0, 0] < z[-1, 0], 180, 0)))
        level = air.normal * up + air.diffuse
        sums = pvlib.irradiance.get_total_irradiance(
            *plane, np.degrees(np.arccos(up)), azimuth, air.normal, level, air.diffuse, albedo=0.2
        )
        theirs = float(sums["poa_global"].sum()) * 24 / np.pi * sunset / len(w)
        ours = float(daily_irradiation(dem, day=day, sky="isotropic")["total"][20, 20])
        print(f"day {day}: {theirs:.0f}, {ours:.0f} ({ours / theirs - 1:+.2%})")


def whole() -> None:
    dem = terrain(SHAPE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    day, _ = timed(lambda: daily_irradiation(dem, day=355))
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / dem.size
    year, _ = timed(lambda: yearly_irradiation(dem))
    cells = f"{dem.size / 1e6:.1f} million cells"
    print(f"\n{cells}, processor s: a day {day:.1f}, a year {year:.1f}; {used:.0f} bytes a cell")


def main() -> None:
    setbacks()
    small = terrain((60, 60))
    daily_irradiation(small, day=1)
    horizons(small, directions=8)
    beside_grass()
    beside_pvlib()
    whole()


if __name__ == "__main__":
    main()
