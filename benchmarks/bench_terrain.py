"""Terrain against gdaldem: accuracy and time at 12.8 million cells of seeded fractal relief, in one run."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import xarray as xr
from scipy import fft
from shapely.geometry import box

from nanyi_gis import io, terrain

SHAPE = (3200, 4000)
STEP = 30.0
ORIGIN = (460_000.0, 3_150_000.0)
SEED = 510524
ROUNDS = 3

FIRST_CALL = """
import time
import numpy as np, xarray as xr
from nanyi_gis import terrain
place = {"y": 3_100_000 - 30 * np.arange(4), "x": 500_000 + 30 * np.arange(4)}
dem = xr.DataArray(np.ones((4, 4), "float32"), coords=place, dims=("y", "x")).rio.write_crs(4544)
start = time.perf_counter()
terrain.slope(dem), terrain.aspect(dem), terrain.hillshade(dem), terrain.band_areas(terrain.elevation_bands(dem))
print(time.perf_counter() - start)
"""


def fractal(shape: tuple[int, int], *, seed: int) -> np.ndarray:
    """Return relief of 200 to 1800 m whose amplitude falls with frequency to the power 1.75."""
    random = np.random.default_rng(seed)
    frequency = np.hypot(fft.fftfreq(shape[0])[:, np.newaxis], fft.rfftfreq(shape[1]))
    frequency[0, 0] = np.inf
    waves = random.standard_normal(frequency.shape) + 1j * random.standard_normal(frequency.shape)
    relief = fft.irfft2(waves * frequency**-1.75, s=shape)
    low, high = relief.min(), relief.max()
    return (200 + 1600 * (relief - low) / (high - low)).astype(np.float32)


def synthetic() -> xr.DataArray:
    """Return the relief as a DEM on the working CRS."""
    coords = {
        "y": ORIGIN[1] - STEP * (np.arange(SHAPE[0]) + 0.5),
        "x": ORIGIN[0] + STEP * (np.arange(SHAPE[1]) + 0.5),
    }
    dem = xr.DataArray(fractal(SHAPE, seed=SEED), dims=("y", "x"), coords=coords, name="elevation")
    return dem.rio.write_crs(4544).rio.write_nodata(np.nan)


def best(job: Callable[[], object]) -> float:
    """Return the shortest of a few runs in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return min(times)


def write_plain(data: xr.DataArray, path: Path) -> None:
    """Write an uncompressed GeoTIFF, as gdaldem does by default."""
    profile = {"driver": "GTiff", "count": 1, "height": data.sizes["y"], "width": data.sizes["x"]}
    profile |= {"dtype": data.dtype.name, "crs": data.rio.crs, "transform": data.rio.transform()}
    with rasterio.open(path, "w", nodata=data.rio.nodata, **profile) as dataset:
        dataset.write(data.values, 1)


def file_to_file(mode: str, source: Path, target: Path) -> None:
    """Do what one call of gdaldem does."""
    write_plain(getattr(terrain, mode)(io.read_raster(source)), target)


def gdaldem(mode: str, source: Path, target: Path) -> None:
    """Call GDAL's program."""
    subprocess.run(["gdaldem", mode, source, target, "-q"], check=True)


def first_call(cache: Path) -> float:
    """Return the seconds of the first calls in a new process that keeps compiled code in ``cache``."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_CALL], check=True, capture_output=True, text=True, env=environment
    )
    return float(done.stdout)


def agreement(mode: str, folder: Path, *, steeper_than: float) -> float:
    """Return the largest difference in degrees where both have an answer and the slope exceeds a limit."""
    layers = []
    for name in (f"{mode}.tif", f"{mode}_gdal.tif", "slope.tif"):
        with rasterio.open(folder / name) as dataset:
            values = dataset.read(1).astype(float)
            layers.append(np.where((values == dataset.nodata) | (values < 0), np.nan, values))
    ours, theirs, slope = layers
    off = np.abs(ours - theirs)[slope > steeper_than]
    return float(np.nanmax(np.minimum(off, 360 - off) if mode == "aspect" else off))


def double_precision(dem: xr.DataArray) -> tuple[float, float, float]:
    """Return the largest errors of slope and aspect against NumPy in double precision, and the mean slope."""
    z = dem.values.astype(np.float64)
    a, b, c, d = z[:-2, :-2], z[:-2, 1:-1], z[:-2, 2:], z[1:-1, :-2]
    f, g, h, i = z[1:-1, 2:], z[2:, :-2], z[2:, 1:-1], z[2:, 2:]
    east = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * STEP)
    north = ((a + 2 * b + c) - (g + 2 * h + i)) / (8 * STEP)
    slope = np.degrees(np.arctan(np.hypot(east, north)))
    off_slope = np.abs(terrain.slope(dem).values[1:-1, 1:-1] - slope).max()
    off = np.abs(terrain.aspect(dem).values[1:-1, 1:-1] - np.degrees(np.arctan2(-east, -north)) % 360)
    return float(off_slope), float(np.minimum(off, 360 - off).max()), float(slope.mean())


def main() -> None:
    """Print the comparison as a table."""
    print(
        f"Load before the run: {os.getloadavg()[0]:.2f}. Best of {ROUNDS}; {SHAPE[0] * SHAPE[1] / 1e6:.1f} M cells.\n"
    )
    print("| terrain | nanyi_gis | gdaldem | largest difference in degrees: all, slopes over 2 degrees |")
    print("|---|---|---|---|")
    dem = synthetic()
    off_slope, off_aspect, mean = double_precision(dem[:1000, :1000])
    left, bottom, right, top = dem.rio.bounds()
    middle = (left + right) / 2
    halves = [box(left, bottom, middle, top), box(middle, bottom, right, top)]
    zones = gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=halves, crs=4544)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cold = first_call(folder / "cache")
        cached = first_call(folder / "cache")
        source = folder / "dem.tif"
        write_plain(dem, source)
        for mode in ("slope", "aspect"):
            ours, theirs = folder / f"{mode}.tif", folder / f"{mode}_gdal.tif"
            getattr(terrain, mode)(dem)
            seconds = best(lambda mode=mode, ours=ours: file_to_file(mode, source, ours))
            if shutil.which("gdaldem"):
                peer = f"{best(lambda mode=mode, theirs=theirs: gdaldem(mode, source, theirs)):.2f} s"
                off = f"{agreement(mode, folder, steeper_than=0):.4f}, {agreement(mode, folder, steeper_than=2):.4f}"
            else:
                peer, off = "not installed", ""
            print(f"| {mode}, file to file | {seconds:.2f} s | {peer} | {off} |")
    print(f"| slope, in memory | {best(lambda: terrain.slope(dem)):.2f} s | | |")
    print(f"| aspect, in memory | {best(lambda: terrain.aspect(dem)):.2f} s | | |")
    print(f"| hillshade, in memory | {best(lambda: terrain.hillshade(dem)):.2f} s | | |")
    print(f"| elevation bands, in memory | {best(lambda: terrain.elevation_bands(dem)):.2f} s | | |")
    bands = terrain.elevation_bands(dem)
    print(f"| band areas in two zones | {best(lambda: terrain.band_areas(bands, zones=zones)):.2f} s | | |")
    print(f"| hypsometric curve in two zones | {best(lambda: terrain.hypsometric_curve(dem, zones=zones)):.2f} s | | |")
    print(f"| first calls of a process, nothing compiled yet | {cold:.1f} s | | |")
    print(f"| first calls of a process, compiled code on disk | {cached:.2f} s | | |")
    print(f"\nMean slope {mean:.1f} degrees. Against NumPy in double precision ours is off by at most")
    print(f"{off_slope:.1e} (slope) and {off_aspect:.1e} degrees (aspect).")


if __name__ == "__main__":
    main()
