"""Time travel-time surfaces beside r.walk, scikit-image, xarray-spatial and SciPy, in one run.

    python -m benchmarks travel_time                    12.8 million cells, 40 sources
    python benchmarks/bench_travel_time.py --large      and 146 million cells, 2,960 sources, 120 minutes

Peers that are not installed are left out. Each row is the best of ``--repeats`` runs, taken in turn; reading and
writing of files, and compiling, are not in it. Processor seconds are what counts on a machine that has other work;
every job here uses one core. The terrain is made here, from a seed.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import xarray as xr
from scipy.ndimage import zoom
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from nanyi_gis.travel_time import cost_distance, travel_time

CELL = 30.0
MOVES = [(0, 1), (1, 0), (1, 1), (1, -1)]


def terrain(rows, columns, *, cell=CELL):
    """Hills of four sizes, median slope about 0.2 at 30 m."""
    rng = np.random.default_rng(0)
    z = np.full((rows, columns), 1000, np.float32)
    for size, height in ((256, 400), (64, 120), (16, 30), (4, 8)):
        knots = rng.standard_normal((rows // size + 4, columns // size + 4)).astype(np.float32)
        z += height * zoom(knots, size, order=3 if size > 4 else 1)[:rows, :columns]
    return grid(z, cell)


def grid(values, cell=CELL):
    rows, columns = values.shape
    coords = {"y": 3_100_000 - cell * (np.arange(rows) + 0.5), "x": 500_000 + cell * (np.arange(columns) + 0.5)}
    out = xr.DataArray(values, coords, ("y", "x")).rio.write_crs("EPSG:4544")
    return out.rio.write_transform(rasterio.Affine(cell, 0, 500_000, 0, -cell, 3_100_000))


def sources(dem, number):
    rng = np.random.default_rng(1)
    row, column = (rng.integers(0, size, number) for size in dem.shape)
    points = gpd.points_from_xy(dem.x.values[column], dem.y.values[row])
    return gpd.GeoDataFrame(geometry=points, crs="EPSG:4544"), row, column


def best(jobs, repeats):
    """Return the least wall and processor seconds of each job, run in turn, and its last result."""
    times, results = dict.fromkeys(jobs, (np.inf, np.inf)), {}
    for _ in range(repeats):
        for name, job in jobs.items():
            wall, processor = time.perf_counter(), time.process_time()
            results[name] = job()
            spent = time.perf_counter() - wall, time.process_time() - processor
            times[name] = tuple(map(min, times[name], spent))
    return times, results


def graph(weight, values, shape):
    rows, columns = shape
    index = np.arange(rows * columns, dtype=np.int32).reshape(shape)
    origin, target, time_ = [], [], []
    for dr, dc in MOVES:
        a = np.s_[0 : rows - dr, max(0, -dc) : columns - max(0, dc)]
        b = np.s_[dr:rows, max(0, dc) : columns - max(0, -dc)]
        length = CELL * np.hypot(dr, dc)
        for one, two in ((a, b), (b, a)):
            origin.append(index[one].ravel())
            target.append(index[two].ravel())
            time_.append(weight(values[one], values[two], length).ravel())
    parts = (np.concatenate(time_), (np.concatenate(origin), np.concatenate(target)))
    return coo_array(parts, shape=(rows * columns, rows * columns)).tocsr()


def walking(a, b, length):
    slope = (b.astype(np.float64) - a) / length
    return 0.06 * length / (0.6 * 6 * np.exp(-3.5 * np.abs(slope + 0.05)))


def mean_cost(a, b, length):
    return length * 0.5 * (a.astype(np.float64) + b)


def check_exact(size=700):
    dem = terrain(size, size)
    points, row, column = sources(dem, 6)
    for direction in ("from", "to"):
        edges = graph(walking, dem.values, dem.shape)
        edges = edges.T.tocsr() if direction == "to" else edges
        expected = dijkstra(edges, indices=row * size + column, min_only=True).reshape(dem.shape)
        found = travel_time(dem, points, direction=direction).values
        worst = np.max(np.abs(found - expected) / np.maximum(expected, 1e-9))
        print(f"exactness, {size} x {size}, {direction}: largest relative difference from SciPy's Dijkstra {worst:.1e}")


def rwalk(dem, row, column, repeats):
    """Return the best wall and processor seconds of GRASS r.walk alone (no import), or None without GRASS."""
    if shutil.which("grass") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        dem.rio.to_raster(path / "dem.tif")
        places = [f"{dem.x.values[c]} {dem.y.values[r]}" for r, c in zip(row, column, strict=True)]
        (path / "points.txt").write_text("\n".join(places) + "\n")
        run = "time r.walk --q --o elevation=dem friction=still output=out start_points=points memory=8000"
        runs = "\n".join([run] * repeats)
        script = path / "job.sh"
        script.write_text(
            "set -e\nTIMEFORMAT='RUN %R %U %S'\n"
            "r.in.gdal --q input=dem.tif output=dem\ng.region raster=dem\nr.mapcalc --q 'still = 0.0'\n"
            f"v.in.ascii --q input=points.txt output=points separator=space\n{runs}\n"
        )
        command = ["grass", "--tmp-location", str(path / "dem.tif"), "--exec", "bash", str(script)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        spans = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith("RUN ")]
        if not spans:
            print(done.stderr[-500:], file=sys.stderr)
            return None
        return min(float(wall) for wall, _, _ in spans), min(float(user) + float(system) for _, user, system in spans)


def medium(rows, columns, number, repeats):
    dem = terrain(rows, columns)
    points, row, column = sources(dem, number)
    cost = grid(np.clip(np.exp(dem.values / 400 - 2.5), 1, 20).astype(np.float32))
    marks = grid(np.zeros(dem.shape))
    marks.values[row, column] = 1
    small = terrain(50, 50)
    travel_time(small, sources(small, 1)[0])
    cost_distance(abs(small), sources(small, 1)[0])

    seconds = rwalk(dem, row, column, repeats)
    walk = {
        "nanyi_gis": lambda: travel_time(dem, points),
        "nanyi_gis, nearest": lambda: travel_time(dem, points, nearest=True),
    }
    times, _ = best(walk, repeats)
    rows_out = [("anisotropic", name, spent) for name, spent in times.items()]
    if seconds is not None:
        rows_out.append(("anisotropic", "GRASS r.walk", seconds))

    jobs = {"nanyi_gis": lambda: cost_distance(cost, points)}
    try:
        from skimage.graph import MCP_Geometric

        where = list(zip(row, column, strict=True))
        jobs["scikit-image MCP_Geometric"] = lambda: MCP_Geometric(cost.values).find_costs(where)[0] * CELL
    except ImportError:
        pass
    try:
        import xrspatial

        xrspatial.cost_distance(marks[:50, :50], cost[:50, :50])
        jobs["xarray-spatial cost_distance"] = lambda: xrspatial.cost_distance(marks, cost).values
    except ImportError:
        pass
    jobs["SciPy, graph and Dijkstra"] = lambda: dijkstra(
        graph(mean_cost, cost.values, cost.shape), indices=row * columns + column, min_only=True
    ).reshape(cost.shape)
    times, results = best(jobs, repeats)
    ours = np.asarray(results["nanyi_gis"])
    for name, spent in times.items():
        other = np.asarray(results[name])
        gap = np.nanmax(np.abs(other - ours) / np.maximum(ours, 1e-9))
        rows_out.append(("isotropic", f"{name} (differs by {gap:.0e})", spent))
    print(f"{'':68}    wall   processor   times ours (processor)")
    for kind, name, (wall, processor) in rows_out:
        ours = next(spent[1] for k, n, spent in rows_out if k == kind and n.startswith("nanyi_gis"))
        print(f"{kind:12} {name:55} {wall:7.2f} s {processor:7.2f} s {processor / ours:7.1f}")


def large(rows=12_100, columns=12_067, number=2_960, limit=120.0, cell=100.0):
    """AccessMod's published case in size: cells, sources and limit are its own, the terrain is not."""
    small = terrain(50, 50)
    travel_time(small, sources(small, 1)[0])
    dem = terrain(rows, columns, cell=cell)
    points, _, _ = sources(dem, number)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    held = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e9
    for bound in (limit, None):
        start, processor = time.perf_counter(), time.process_time()
        minutes = travel_time(dem, points, limit_minutes=bound)
        spent, processor = time.perf_counter() - start, time.process_time() - processor
        share = float(np.isfinite(minutes.values).mean())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"{dem.size / 1e6:.0f} M cells of {cell:g} m, {number} sources, limit {bound}: "
            f"{spent:.1f} s (processor {processor:.1f} s), "
            f"{share:.1%} of cells reached; process {held:.1f} GB before, peak {peak / 1e6:.1f} GB "
            f"({before / 1e6:.1f} GB was the peak of making the terrain)"
        )


def main(arguments=()):
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3200)
    parser.add_argument("--columns", type=int, default=4000)
    parser.add_argument("--sources", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="also 146 million cells")
    parser.add_argument("--only-large", action="store_true", help="only 146 million cells")
    options = parser.parse_args(arguments)
    print(f"load average {os.getloadavg()[0]:.1f}")
    if not options.only_large:
        check_exact()
        medium(options.rows, options.columns, options.sources, options.repeats)
    if options.large or options.only_large:
        large()


if __name__ == "__main__":
    main(sys.argv[1:])
