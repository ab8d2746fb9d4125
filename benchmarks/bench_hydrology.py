"""Fill, directions, accumulation and height above streams of 12.8 million cells, beside peers, on one core.

``BENCH_PYTHON_HYDROLOGY`` names an interpreter that has whitebox-workflows, pyflwdir and topotoolbox; those that it has
not, and GRASS where it is not installed, are left out.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

from nanyi_gis.hydrology import drainage
from nanyi_gis.raster import write_cog

from .bench_terrain import fractal

SIDE, SHAPE, STREAM = 30.0, (3200, 4000), 500
LARGE = (10_000, 10_000)
PEER = Path(__file__).with_name("hydrology_peer.py")
NAMES = ("whitebox-workflows", "pyflwdir", "topotoolbox")


def terrain(shape: tuple[int, int]) -> xr.DataArray:
    """Return seeded fractal relief of 200 to 1800 m."""
    y = 3_150_000 - SIDE * (np.arange(shape[0]) + 0.5)
    x = 460_000 + SIDE * (np.arange(shape[1]) + 0.5)
    dem = xr.DataArray(fractal(shape, seed=13), dims=("y", "x"), coords={"y": y, "x": x})
    return dem.rio.write_crs(4544)


def peak() -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def ours(kind: str, folder: str) -> None:
    """Run one job of ours in this process and write what it took; ``kind`` names the job."""
    name, cores = kind.split("-")
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[-int(cores) :]))
    dem = terrain(SHAPE)
    if name == "large":
        part = np.concatenate([dem.values, dem.values[:, ::-1], dem.values], axis=1)
        part = np.concatenate([part, part[::-1], part, part[::-1]])[: LARGE[0], : LARGE[1]]
        y, x = 3_150_000 - SIDE * (np.arange(LARGE[0]) + 0.5), 260_000 + SIDE * (np.arange(LARGE[1]) + 0.5)
        dem = xr.DataArray(part, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(4544)
        dem = dem.chunk({"y": 2000, "x": 2000})
    options = {"depressions": name if name in {"fill", "breach"} else "fill", "streams_km2": STREAM * SIDE**2 / 1e6}
    drainage(dem[:100, :100], **options)
    Path("/proc/self/clear_refs").write_text("5")  # the peak from here on
    before = peak()
    clock, start = time.perf_counter(), time.process_time()
    water = drainage(dem, **options)
    seconds, wall = time.process_time() - start, time.perf_counter() - clock
    octets = peak() - before
    keep = water["filled"].values if name == "fill" else np.empty((0, 0))
    np.savez(f"{folder}/{kind}.npz", seconds=seconds, wall=wall, octets=octets, filled=keep, cells=dem.size)


def grass(folder: Path) -> tuple[float, float] | None:
    """Return the seconds of r.watershed alone, of the processor and of the clock; None without GRASS."""
    if shutil.which("grass") is None:
        return None
    lines = [
        "set -e",
        "TIMEFORMAT='RUN %U %S %R'",
        "r.in.gdal --q input=dem.tif output=dem",
        "g.region raster=dem",
        f"time r.watershed -s --q elevation=dem accumulation=total drainage=way memory=8000 threshold={STREAM}",
    ]
    (folder / "job.sh").write_text("\n".join(lines) + "\n")
    command = ["grass", "--tmp-location", str(folder / "dem.tif"), "--exec", "bash", str(folder / "job.sh")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    spans = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith("RUN ")]
    if not spans:
        print(done.stderr[-500:], file=sys.stderr)
        return None
    user, system, wall = map(float, spans[0])
    return user + system, wall


def apart(command: list[str], folder: Path, name: str):  # type: ignore[no-untyped-def]
    """Return what a process of its own wrote, None where it failed."""
    done = subprocess.run([*command, name, str(folder)], capture_output=True, text=True)
    if done.returncode:
        print(f"{name}: {(done.stderr.strip().splitlines() or ['ended'])[-1]}", file=sys.stderr)
        return None
    kept = np.load(folder / f"{name}.npz")
    return {key: kept[key] for key in kept.files}


def row(name: str, found, exact: np.ndarray | None, base: float | None) -> None:  # type: ignore[no-untyped-def]
    seconds, wall, octets = float(found["seconds"]), float(found["wall"]), float(found["octets"])
    cells = float(found.get("cells", SHAPE[0] * SHAPE[1]))
    filled = found["filled"]
    told = ""
    if exact is not None and filled.size:
        differ = int((filled != exact).sum())
        told = (
            "equal to the bit" if differ == 0 else f"{differ:,} cells differ, by {np.abs(filled - exact).max():.3g} m"
        )
    times = "" if base is None else f"{seconds / base:.1f}"
    memory = f"{octets / cells:.0f}" if octets else ""
    print(f"| {name} | {seconds:.2f} | {wall:.2f} | {times} | {memory} | {told} |", flush=True)


def main() -> None:
    us = [sys.executable, "-m", "benchmarks.bench_hydrology"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dem = terrain(SHAPE)
        write_cog(dem, folder / "dem.tif", nodata=-9999)
        np.savez(folder / "case.npz", heights=dem.values, side=SIDE, stream=STREAM)
        print("| fill, directions, accumulation, HAND | processor s | clock s | times ours | bytes a cell | filled |")
        print("|---|---|---|---|---|---|")
        first = apart(us, folder, "fill-1")
        base, exact = float(first["seconds"]), first["filled"]
        row("nanyi_gis, filled, one core", first, None, None)
        for kind, words in (("breach-1", "breached, one core"), ("fill-2", "filled, two cores")):
            row(f"nanyi_gis, {words}", apart(us, folder, kind), exact if kind == "fill-2" else None, None)
        python = os.environ.get("BENCH_PYTHON_HYDROLOGY", sys.executable)
        for peer in NAMES:
            found = apart([python, str(PEER)], folder, peer)
            if found is not None:
                row(peer, found, exact, base)
        spent = grass(folder)
        if spent is not None:
            empty = np.empty((0, 0))
            row("r.watershed -s", {"seconds": spent[0], "wall": spent[1], "octets": 0, "filled": empty}, None, base)
        for cores in ("1", "2"):
            row(f"nanyi_gis, 1e8 cells in Dask blocks, cores: {cores}", apart(us, folder, f"large-{cores}"), None, None)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        ours(*sys.argv[1:])
    else:
        main()
