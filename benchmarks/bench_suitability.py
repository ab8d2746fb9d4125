"""Suitability of one crop, side by side: ours, an xarray-spatial chain, a GDAL command chain, bare reading and writing.

``python -m benchmarks suitability`` measures 12.8 million cells. Other sizes and single rivals:
``python -m benchmarks.bench_suitability --shape 10000x10000 --only ours,bare``. A streamed
raster of 1e9 cells: ``--only streamed --shape 30720x32768``. Every measurement runs in a process
of its own, once cold and then warm; memory is the peak of that process.
"""

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr
from rasterio.windows import Window

SHAPE = (3200, 4000)
CELL = 30.0
WEST, NORTH = 460_000.0, 3_150_000.0
CROP = "orange"
ROUNDS = 3
SAMPLES = 200
TILE = 2048
METHODS = ("ours", "memory", "xarray-spatial", "gdal", "bare", "monte-carlo", "robustness", "doubt", "workers")
EDGES = (700.0, 900.0, 1200.0)
ROOT = Path(__file__).parent.parent


def write_dem(path: Path, shape: tuple[int, int]) -> None:
    """Write seeded fractal relief as a tiled, deflated GeoTIFF; one tile of relief is mirrored over large ones."""
    from .bench_terrain import SEED, fractal

    profile = {
        "driver": "GTiff", "height": shape[0], "width": shape[1], "count": 1, "dtype": "float32",
        "crs": "EPSG:4544", "transform": rasterio.Affine(CELL, 0, WEST, 0, -CELL, NORTH), "nodata": -9999.0,
        "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate", "predictor": 3,
        "num_threads": "all_cpus", "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    tile = fractal((min(shape[0], TILE), min(shape[1], TILE)) if shape[0] * shape[1] > 2e7 else shape, seed=SEED)
    tile = np.round(tile, 1)
    height, width = tile.shape
    with rasterio.open(path, "w", **profile) as dataset:
        for i, top in enumerate(range(0, shape[0], height)):
            for j, left in enumerate(range(0, shape[1], width)):
                part = tile[:: -1 if i % 2 else 1, :: -1 if j % 2 else 1]
                part = part[: shape[0] - top, : shape[1] - left]
                dataset.write(np.ascontiguousarray(part), 1, window=Window(left, top, part.shape[1], part.shape[0]))


def ours(dem: Path, folder: Path) -> Callable[[], object]:
    """From file to COGs and tables."""
    from nanyi_gis.suitability import evaluate_file

    return lambda: evaluate_file(dem, folder / "ours", crops=[CROP])


def memory(dem: Path, _folder: Path) -> Callable[[], object]:
    """From an array in memory to arrays in memory, with a zone raster."""
    from nanyi_gis.io import read_raster
    from nanyi_gis.suitability import evaluate

    elevation = read_raster(dem)
    zones = xr.DataArray(np.ones(elevation.shape, np.uint8), coords=elevation.coords, dims=elevation.dims)
    return lambda: evaluate(elevation, crop=CROP, zones=zones)


def xarray_spatial(dem: Path, _folder: Path) -> Callable[[], object]:
    """The same layers in memory by xarray-spatial and NumPy: slope, aspect, bands, criteria, classes, cross table."""
    import xrspatial
    from xrspatial import zonal
    from xrspatial.classify import reclassify

    from nanyi_gis.io import read_raster
    from nanyi_gis.suitability import load_crop

    elevation = read_raster(dem)
    crop = load_crop(CROP)
    criteria = [c for c in crop.criteria if not c.layer]
    share, climate = _share(elevation), _climate()
    zones = elevation.copy(data=np.ones(elevation.shape, np.int32))

    def work() -> object:
        slope = xrspatial.slope(elevation)
        aspect = xrspatial.aspect(elevation)
        band = reclassify(elevation, bins=[*EDGES, 9000.0], new_values=[1, 2, 3, 4])
        total = np.zeros(elevation.shape, np.float32)
        worst, lowest = np.ones(elevation.shape, np.uint8), np.full(elevation.shape, 2, np.float32)
        cause = np.full(elevation.shape, 254, np.uint8)
        for criterion in criteria:
            x = _values(criterion, elevation.values, slope.values, aspect.values, share, climate)
            m, grade = _interpolated(criterion, x), _graded(criterion, x)
            total += np.float32(criterion.weight) * m
            first = (grade > worst) | ((grade == worst) & (grade > 1) & (m < lowest))
            cause[first], lowest[first], worst[first] = criterion.code, m[first], grade[first]
        whole = sum(c.weight for c in criteria)
        score = np.floor(total * np.float32(100 / whole) + 0.5)
        steep = slope.values > crop.slope_max
        score[steep], worst[steep], cause[steep] = 0, 4, 201
        combined = elevation.copy(data=(band.values * 5 + worst).astype(np.float32))
        table = zonal.crosstab(zones, combined)
        return score.astype(np.uint8), worst, cause, band.values.astype(np.uint8), table

    return work


def gdal(dem: Path, folder: Path) -> Callable[[], object]:
    """The same layers, without the table, by gdaldem and gdal_calc.py from file to file."""
    from nanyi_gis.io import read_raster, write_cog
    from nanyi_gis.suitability import load_crop

    for tool in ("gdaldem", "gdal_calc.py"):
        if shutil.which(tool) is None:
            raise ImportError(f"{tool} is not installed")
    elevation = read_raster(dem)
    share = write_cog(elevation.copy(data=_share(elevation).astype("float32")), folder / "share.tif", nodata=-9999.0)
    crop, climate = load_crop(CROP), _climate()
    criteria = [c for c in crop.criteria if not c.layer]
    slope, aspect = folder / "slope.tif", folder / "aspect.tif"
    options = ["--quiet", "--overwrite", "--type=Byte", "--co=TILED=YES", "--co=COMPRESS=DEFLATE"]
    rasters = ["-A", str(dem), "-B", str(slope), "-C", str(aspect), "-D", str(share)]
    score, grades, shares = [], [], []
    for criterion in criteria:
        x = _expression(criterion, climate)
        p = criterion.points
        ups = [f"({x}-{p[0]})/{p[1] - p[0]}"] if math.isfinite(p[1]) else []
        downs = [f"({p[3]}-{x})/{p[3] - p[2]}"] if math.isfinite(p[2]) else []
        inner = f"minimum({ups[0]},{downs[0]})" if ups and downs else (ups or downs)[0]
        m = f"clip({inner},0,1)"
        breaks = [f"({x}<{v})" for v in criterion.low] + [
            f"({x}{'>=' if criterion.id == 'elevation' else '>'}{v})" for v in criterion.high
        ]
        grade = "(1+" + "+".join(f"{b}.astype(uint8)" for b in breaks) + ")"
        score.append(f"{criterion.weight}*{m}")
        grades.append(grade)
        shares.append(f"(2*{grade}+1-{m})")
    whole = sum(c.weight for c in criteria)
    worst = grades[0]
    for grade in grades[1:]:
        worst = f"maximum({worst},{grade})"
    keys = ",".join(shares)
    codes = ",".join(str(c.code) for c in criteria)
    made = ["-co", "TILED=YES", "-co", "COMPRESS=DEFLATE"]
    calls = [
        ["gdaldem", "slope", "-q", str(dem), str(slope), *made],
        ["gdaldem", "aspect", "-q", "-zero_for_flat", str(dem), str(aspect), *made],
    ]
    formulas = {
        "score": (rasters, f"(B<=25)*floor(100*({'+'.join(score)})/{whole}+0.5)", 255),
        "class": (rasters, f"where(B>25,4,{worst})", 0),
        "limiting": (rasters, f"where(B>25,201,take([{codes}],argmax(stack([{keys}]),axis=0)))", 0),
        "band": (rasters[:2], "1+(A>=700).astype(uint8)+(A>=900)+(A>=1200)", 0),
    }
    for name, (inputs, formula, nodata) in formulas.items():
        target = str(folder / f"g_{name}.tif")
        calls.append(
            ["gdal_calc.py", *inputs, "--calc", formula, f"--NoDataValue={nodata}", "--outfile", target, *options]
        )

    def work() -> None:
        for call in calls:
            subprocess.run(call, check=True, capture_output=True)

    return work


def bare(dem: Path, folder: Path) -> Callable[[], object]:
    """Reading the DEM and writing the finished layers with the same writer: no evaluation can be faster."""
    from nanyi_gis.raster import RasterFile
    from nanyi_gis.suitability import evaluate_file
    from nanyi_gis.suitability.writer import LayerSpec, LayerWriter, writing

    source = RasterFile.of(dem)
    evaluate_file(dem, folder / "bare", crops=[CROP])
    layers = {}
    for name in ("suitability", "class", "limiting"):
        with rasterio.open(folder / "bare" / f"{name}_{CROP}.tif") as dataset:
            names = {int(k[9:]): v for k, v in dataset.tags(1).items() if k.startswith("CATEGORY_")}
            colours = {k: v[:3] for k, v in dataset.colormap(1).items() if k in names} if names else None
            layers[name] = (dataset.read(1), dataset.nodata, names or None, colours)

    def work() -> dict[str, float]:
        start = time.perf_counter()
        with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS"), rasterio.open(dem) as dataset:
            dataset.read(1)
        read = time.perf_counter() - start
        with writing(folder):
            for name, (values, nodata, names, colours) in layers.items():
                with LayerWriter(folder, source.grid, LayerSpec(f"{name}.tif", nodata, {}, names, colours)) as writer:
                    writer.write(values, 0, 0)
                    writer.finish()
        return {"read": read, "write": time.perf_counter() - start - read}

    return work


def monte_carlo(dem: Path, _folder: Path) -> Callable[[], object]:
    """The spread of band areas from correlated errors."""
    from nanyi_gis.io import read_raster
    from nanyi_gis.uncertainty import band_area_distribution

    elevation = read_raster(dem)
    return lambda: band_area_distribution(elevation, sigma=10, correlation_length=300, samples=SAMPLES)


def robustness(dem: Path, _folder: Path) -> Callable[[], object]:
    """The probability of S2 or better under other weights."""
    from nanyi_gis.io import read_raster
    from nanyi_gis.uncertainty import weight_robustness

    elevation = read_raster(dem)
    return lambda: weight_robustness(elevation, crop=CROP, samples=SAMPLES)


def doubt(dem: Path, _folder: Path) -> Callable[[], object]:
    """Areas and probability of S2 or better under errors of climate, limits and heights together, and one at a time."""
    from nanyi_gis.io import read_raster
    from nanyi_gis.uncertainty import suitability_doubt

    elevation = read_raster(dem)
    return lambda: suitability_doubt(elevation, crop=CROP, samples=SAMPLES)


def workers(dem: Path, folder: Path) -> Callable[[], object]:
    """From file to COGs with one and two Dask workers; their start is not counted."""
    import distributed

    from nanyi_gis.suitability import evaluate_file

    def work() -> dict[str, float]:
        found = {}
        for count in (1, 2):
            with distributed.LocalCluster(
                n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None
            ) as cluster:
                address = cluster.scheduler_address
                evaluate_file(dem, folder / "warm", crops=[CROP], scheduler=address)
                start = time.perf_counter()
                marks: list[float] = []

                def note(share: float, marks: list[float] = marks) -> None:
                    if share <= 0.7:
                        marks[:] = [time.perf_counter()]

                evaluate_file(dem, folder / "out", crops=[CROP], scheduler=address, progress=note)
                found[f"{count} workers, windows"] = marks[0] - start
                found[f"{count} workers, in all"] = time.perf_counter() - start
        return found

    return work


def streamed(dem: Path, folder: Path) -> Callable[[], object]:
    """As ``ours``, once: for rasters that do not fit into memory."""
    from nanyi_gis.suitability import evaluate_file

    marks: dict[str, float] = {}

    def work() -> dict[str, float]:
        start = time.perf_counter()

        def note(share: float) -> None:
            if share <= 0.7:
                marks["windows"] = time.perf_counter() - start

        evaluate_file(dem, folder / "streamed", crops=[CROP], progress=note)
        return marks

    return work


JOBS = {
    "ours": ours,
    "memory": memory,
    "xarray-spatial": xarray_spatial,
    "gdal": gdal,
    "bare": bare,
    "monte-carlo": monte_carlo,
    "robustness": robustness,
    "doubt": doubt,
    "workers": workers,
    "streamed": streamed,
}
ONCE = {"streamed", "monte-carlo", "robustness", "doubt", "workers"}


def measure(name: str, dem: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Run one job in this process: cold, then warm, with the peak of memory."""
    work = JOBS[name](dem, folder)
    before = _status("VmRSS")
    # the peak of preparing is forgotten
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    found = work()
    cold = time.perf_counter() - start
    warm = []
    for _ in range(0 if name in ONCE else rounds):
        start = time.perf_counter()
        found = work()
        warm.append(time.perf_counter() - start)
    return {
        "name": name,
        "cold": cold,
        "warm": min(warm, default=cold),
        "peak_mb": max(_status("VmHWM"), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "before_mb": before,
        "parts": found if isinstance(found, dict) else {},
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", default="x".join(map(str, SHAPE)))
    parser.add_argument("--only", default=",".join(METHODS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="warm runs, of which the best counts")
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--dem", type=Path, help="DEM to use; made at this path if missing")
    options = parser.parse_args(arguments or [])
    if options.one:
        print(json.dumps(measure(options.one, options.dem, options.folder, options.rounds)))
        return
    shape = tuple(int(v) for v in options.shape.split("x"))
    if options.make:
        write_dem(options.dem, (shape[0], shape[1]))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        dem = options.dem or Path(folder) / "dem.tif"
        if not dem.exists():
            # in a process of its own: a child's peak of memory starts at that of its parent
            call = ["--make", "--shape", options.shape, "--dem", str(dem)]
            subprocess.run([sys.executable, "-m", "benchmarks.bench_suitability", *call], check=True, cwd=ROOT)
        cells = shape[0] * shape[1]
        print(f"Suitability of {CROP}, {cells / 1e6:,.1f} million cells; DEM {dem.stat().st_size / 1e6:.0f} MB on disk")
        print("| job | cold s | warm s | million cells / s | peak MB | of it before the job |")
        print("|---|---|---|---|---|---|")
        for name in options.only.split(","):
            _report(name, dem, Path(folder), cells, options.rounds)


def _report(name: str, dem: Path, folder: Path, cells: int, rounds: int) -> None:
    python = (
        os.environ.get("BENCH_PYTHON_XARRAY_SPATIAL", sys.executable) if name == "xarray-spatial" else sys.executable
    )
    call = [python, "-m", "benchmarks.bench_suitability", "--one", name, "--dem", str(dem), "--folder", str(folder)]
    call += ["--rounds", str(rounds)]
    # an empty cache of its own, so that the cold run compiles
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / f"cache-{name}")}
    done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, env=environment)
    if done.returncode:
        print(f"| {name} | not measured: {done.stderr.strip().splitlines()[-1]} |")
        return
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"| {name} | {found['cold']:.2f} | {found['warm']:.3f} | {cells / found['warm'] / 1e6:.1f} "
        f"| {found['peak_mb']:.0f} | {found['before_mb']:.0f} |",
        flush=True,
    )
    for part, seconds in found["parts"].items():
        print(f"|   {part} | | {seconds:.3f} | {cells / seconds / 1e6:.1f} | | |")


def _status(field: str) -> float:
    """Return a field of this process's memory in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return math.nan


def _climate() -> Any:
    from nanyi_gis.suitability import load_climate

    return load_climate()


def _share(dem: xr.DataArray) -> np.ndarray:
    import pyproj

    climate = _climate()
    x, y = pyproj.Transformer.from_crs(4326, 4544, always_xy=True).transform(climate.ridge[:, 0], climate.ridge[:, 1])
    border = np.interp(dem.x.values, x, y)[np.newaxis, :]
    share = np.clip((border - dem.y.values[:, np.newaxis]) / climate.ridge_width_m + 0.5, 0, 1)
    return share.astype(np.float32)


def _values(criterion: Any, z: Any, slope: Any, aspect: Any, share: Any, climate: Any) -> np.ndarray:
    if criterion.id == "elevation":
        return z
    if criterion.id == "slope":
        return slope
    if criterion.id == "aspect":
        away = np.abs((aspect - np.float32(criterion.optimum) + 180) % 360 - 180)
        return np.where(slope < 2, np.float32(0), away)
    north, south = climate.coefficients(criterion.id).astype(np.float32)
    first = np.clip(north[0] + north[1] * z, north[2], north[3])
    return first + share * (np.clip(south[0] + south[1] * z, south[2], south[3]) - first)


def _interpolated(criterion: Any, x: np.ndarray) -> np.ndarray:
    p = criterion.points
    m = np.ones(x.shape, np.float32)
    if math.isfinite(p[1]):
        m = np.clip((x - np.float32(p[0])) / np.float32(p[1] - p[0]), 0, 1)
    if math.isfinite(p[2]):
        m = np.minimum(m, np.clip((np.float32(p[3]) - x) / np.float32(p[3] - p[2]), 0, 1))
    return m


def _graded(criterion: Any, x: np.ndarray) -> np.ndarray:
    grade = np.ones(x.shape, np.uint8)
    for limit in criterion.low:
        grade += x < np.float32(limit)
    for limit in criterion.high:
        grade += x >= np.float32(limit) if criterion.id == "elevation" else x > np.float32(limit)
    return grade


def _expression(criterion: Any, climate: Any) -> str:
    if criterion.id in ("elevation", "slope"):
        return "A" if criterion.id == "elevation" else "B"
    if criterion.id == "aspect":
        return f"where(B<2,0,absolute((C-{criterion.optimum}+180)%360-180))"
    north, south = (_bounded(*line) for line in climate.coefficients(criterion.id).tolist())
    return f"((1-D)*{north}+D*{south})"


def _bounded(intercept: float, per_metre: float, floor: float, cap: float) -> str:
    line = f"({intercept}+A*({per_metre}))"
    line = f"maximum({line},{floor})" if math.isfinite(floor) else line
    return f"minimum({line},{cap})" if math.isfinite(cap) else line


if __name__ == "__main__":
    main(sys.argv[1:])
