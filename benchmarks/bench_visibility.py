"""Viewsheds of 300 observers, 5 km over cells of 30 m, beside GDAL, GRASS and xarray-spatial: time and differences."""

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

from nanyi_gis._kernels.sight import sight_pairs
from nanyi_gis.raster import write_cog
from nanyi_gis.visibility import EARTH_RADIUS_M, radio_viewshed, sight_sets, viewshed

from .bench_terrain import fractal

SIDE, SIZE, RADIUS = 30.0, 1600, 5000.0
OBSERVERS, SOME = 300, 60
HEIGHT, LIFT = 30.0, 1.5
PEER = Path(__file__).with_name("viewshed_peer.py")


def terrain(shape: tuple[int, int]) -> xr.DataArray:
    """Return seeded fractal relief of 200 to 1800 m."""
    y = 3_150_000 - SIDE * (np.arange(shape[0]) + 0.5)
    x = 460_000 + SIDE * (np.arange(shape[1]) + 0.5)
    dem = xr.DataArray(fractal(shape, seed=13), dims=("y", "x"), coords={"y": y, "x": x})
    return dem.rio.write_crs(4544)


def masts(dem: xr.DataArray, count: int, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the highest cells within 8 cells of random places: where masts and viewpoints stand."""
    random = np.random.default_rng(5)
    cells: set[tuple[int, int]] = set()
    while len(cells) < count:
        r, c = (int(random.integers(reach + 9, size - reach - 9)) for size in dem.shape)
        up, over = np.unravel_index(int(dem.values[r - 8 : r + 9, c - 8 : c + 9].argmax()), (17, 17))
        cells.add((r - 8 + int(up), c - 8 + int(over)))
    rows, columns = np.array(sorted(cells)).T
    order = random.permutation(count)
    return rows[order], columns[order]


def points(dem: xr.DataArray, rows: np.ndarray, columns: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(dem.x.values[columns], dem.y.values[rows]), crs=4544)


def timed(job) -> tuple[float, object]:  # type: ignore[no-untyped-def]
    """Return processor seconds, which other work on the machine stretches least, and the result."""
    start = time.process_time()
    result = job()
    return time.process_time() - start, result


def ours(dem: xr.DataArray, observers: gpd.GeoDataFrame, curvature: str) -> np.ndarray:
    """Return what each observer sees of the window around it."""
    sets = sight_sets(dem, observers, height=HEIGHT, target_height=LIFT, radius=RADIUS, curvature=curvature)
    return np.array([sets.window(number)[2] for number in range(len(sets))])


def grass(dem: xr.DataArray, rows: np.ndarray, columns: np.ndarray, reach: int, folder: Path):  # type: ignore[no-untyped-def]
    """Return the seconds of r.viewshed alone and what is seen, over the curved earth; None without GRASS."""
    if shutil.which("grass") is None:
        return None
    lines = ["set -e", "TIMEFORMAT='RUN %U %S'", "r.in.gdal --q input=dem.tif output=dem", "g.region raster=dem"]
    for number, (r, c) in enumerate(zip(rows, columns, strict=True)):
        x, y, half = float(dem.x.values[c]), float(dem.y.values[r]), (reach + 0.5) * SIDE
        lines.append(f"g.region n={y + half} s={y - half} e={x + half} w={x - half}")
        lines.append(
            f"time r.viewshed -bcr --q --o input=dem output=seen coordinates={x},{y} observer_elevation={HEIGHT} "
            f"target_elevation={LIFT} max_distance={RADIUS} refraction_coeff=0.142857 memory=4000"
        )
        lines.append(f"r.out.gdal --q --o input=seen output=seen{number}.tif type=Byte nodata=255 2>/dev/null")
    (folder / "job.sh").write_text("\n".join(lines) + "\n")
    command = ["grass", "--tmp-location", str(folder / "dem.tif"), "--exec", "bash", str(folder / "job.sh")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    spans = [sum(map(float, line.split()[1:])) for line in done.stderr.splitlines() if line.startswith("RUN ")]
    if len(spans) < len(rows):
        print(done.stderr[-500:], file=sys.stderr)
        return None
    found = []
    for number in range(len(rows)):
        with rasterio.open(folder / f"seen{number}.tif") as source:
            found.append(source.read(1) == 1)
    return sum(spans), np.array(found)


def peer(name: str, python: str | None, folder: Path):  # type: ignore[no-untyped-def]
    """Return the seconds of a peer and what is seen, None where it is not installed."""
    if python is None:
        return None
    done = subprocess.run([python, str(PEER), name, str(folder)], capture_output=True, text=True)
    if done.returncode:
        print(f"{name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    kept = np.load(folder / f"{name}.npz")
    return float(kept["seconds"]), kept["seen"]


def row(name: str, seconds: float, count: int, seen: np.ndarray | None, exact: np.ndarray | None) -> None:
    each = seconds / count
    told = ""
    if seen is not None and exact is not None:
        reach = exact.shape[1] // 2
        y, x = np.indices(exact.shape[1:]) - reach
        within = (np.hypot(y, x) * SIDE <= RADIUS)[np.newaxis]
        a, b = exact & within, seen & within
        missed, extra = (a & ~b).sum() / a.sum(), (b & ~a).sum() / a.sum()
        differ = ((a != b) & within).sum() / (within.sum() * len(a))
        told = f"{100 * missed:.2f} % | {100 * extra:.2f} % | {100 * differ:.2f} %"
    else:
        told = " | | "
    print(f"| {name} | {each:.4f} | {each * OBSERVERS:.2f} | {told} |", flush=True)


def many(folder: Path) -> None:
    dem = terrain((SIZE, SIZE))
    reach = int(RADIUS / SIDE)
    rows, columns = masts(dem, OBSERVERS, reach)
    observers, some = points(dem, rows, columns), points(dem, rows[:SOME], columns[:SOME])
    options = {"height": HEIGHT, "target_height": LIFT, "radius": RADIUS}
    viewshed(dem, observers.iloc[:1], **options)
    radio_viewshed(dem, observers.iloc[:1], frequency_mhz=900, **options)
    write_cog(dem, folder / "dem.tif", nodata=-9999)
    case = {"rows": rows[:SOME], "columns": columns[:SOME], "reach": reach, "side": SIDE, "radius": RADIUS}
    case |= {"height": HEIGHT, "lift": LIFT, "factor": 7 / 6, "heights": dem.values}
    np.savez(folder / "case.npz", **case)
    exact, flat = (ours(dem, some, curvature) for curvature in ("light", "none"))

    print(
        f"{OBSERVERS} observers, {RADIUS / 1000:g} km, cells of {SIDE:g} m, processor s; peers on {SOME}, in proportion"
    )
    print("| | s each | s of 300 | of the visible missed | wrongly shown, of the visible | cells that differ |")
    print("|---|---|---|---|---|---|")
    seconds, counts = min(
        (timed(lambda: viewshed(dem, observers, **options)) for _ in range(3)), key=lambda run: run[0]
    )
    by_lines = lines(dem, rows[:SOME], columns[:SOME], reach)
    row("nanyi_gis viewshed", seconds, OBSERVERS, exact, by_lines[1])
    row("nanyi_gis, every line walked", by_lines[0], SOME, None, None)
    seconds, _ = timed(lambda: radio_viewshed(dem, some, frequency_mhz=900, **options))
    row("nanyi_gis radio_viewshed", seconds, SOME, None, None)
    system = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    spatial = os.environ.get("BENCH_PYTHON_XARRAY_SPATIAL")
    peers = {
        "GDAL ViewshedGenerate, in memory": (peer("gdal", system, folder), exact),
        "GRASS r.viewshed": (grass(dem, rows[:SOME], columns[:SOME], reach, folder), exact),
        "xarray-spatial viewshed (flat earth)": (peer("xarray-spatial", spatial, folder), flat),
    }
    spent = commands(dem, rows[:SOME], columns[:SOME], folder)
    if spent is not None:
        row("gdal_viewshed, a command each", spent, SOME, None, None)
    for name, (found, wanted) in peers.items():
        if found is not None:
            row(name, found[0], SOME, found[1], wanted)
    inside = counts.attrs["cells_seen"]
    print(f"\nAn observer sees {np.mean(inside):,.0f} of {np.pi * reach**2:,.0f} cells on average.")


def lines(dem: xr.DataArray, rows: np.ndarray, columns: np.ndarray, reach: int) -> tuple[float, np.ndarray]:
    """Return the seconds and the verdicts of the rule itself on every cell, sample by sample."""
    found, total, side = [], 0.0, 2 * reach + 1
    y, x = (index.ravel() for index in np.indices((side, side)))
    fall, limit = SIDE**2 / (2 * 7 / 6 * EARTH_RADIUS_M), (RADIUS / SIDE) ** 2
    for number, (r, c) in enumerate(zip(rows, columns, strict=True)):
        part = dem.values[r - reach : r + reach + 1, c - reach : c + reach + 1].astype(np.float64)
        out = np.empty(side * side, np.uint8)
        eye = float(part[reach, reach]) + HEIGHT
        call = (part.ravel(), side, reach, reach, eye, y, x, LIFT, fall, limit, 0.0, 0.0, out)
        if number == 0:
            sight_pairs(*call)
        total += timed(lambda call=call: sight_pairs(*call))[0]
        found.append(out.reshape(side, side) == 1)
    return total, np.array(found)


def commands(dem: xr.DataArray, rows: np.ndarray, columns: np.ndarray, folder: Path) -> float | None:
    """Return the processor seconds of gdal_viewshed as a command, which opens the DEM each time."""
    if shutil.which("gdal_viewshed") is None:
        return None
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    for r, c in zip(rows, columns, strict=True):
        at = ["-ox", str(dem.x.values[c]), "-oy", str(dem.y.values[r]), "-oz", str(HEIGHT), "-tz", str(LIFT)]
        curved = ["-cc", "0.857142857", "-md", str(RADIUS), "-q"]
        subprocess.run(["gdal_viewshed", *at, *curved, str(folder / "dem.tif"), str(folder / "one.tif")], check=True)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime


def whole() -> None:
    dem = terrain((3200, 4000))
    middle = points(dem, np.array([1600]), np.array([2000]))
    viewshed(dem, middle, radius=900)
    across = 76_000.0  # to the corners
    seconds, counts = timed(lambda: viewshed(dem, middle, radius=across))
    seen = counts.attrs["cells_seen"][0]
    print(f"One observer over all {dem.size / 1e6:.1f} million cells: {seconds:.2f} s, {seen:,} cells seen")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        many(Path(folder))
    whole()


if __name__ == "__main__":
    main()
