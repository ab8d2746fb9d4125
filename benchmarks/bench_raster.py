"""The raster door beside bare reading: 12.8 million cells of a tiled, deflated GeoTIFF as heights in metres.

``python -m benchmarks raster``. Peers in the same run: rasterio's bare ``read`` (no mask, no unit), rasterio with
``masked=True``, and rioxarray with ``mask_and_scale=True``, which apply nodata and scale but no unit, customary code
or rule of heights.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
import rioxarray

from nanyi_gis.raster import open_raster, read_raster

from .bench_terrain import SEED, fractal

SHAPE = (3200, 4000)
ROUNDS = 5


def _write(path: Path, values: np.ndarray, *, nodata: float, scale: float = 1.0) -> None:
    profile = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype,
        "crs": "EPSG:4544", "transform": rasterio.Affine(30, 0, 460_000, 0, -30, 3_150_000), "nodata": nodata,
        "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(values, 1)
        dataset.scales = [scale]
        dataset.units = ["m"]


def _best(function: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def _bare(path: Path, *, masked: bool = False) -> object:
    with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS"), rasterio.open(path) as dataset:
        return dataset.read(1, masked=masked)


def _door(path: Path) -> object:
    with open_raster(path) as raster:
        return raster.read()


def main() -> None:
    heights = np.round(fractal(SHAPE, seed=SEED), 1)
    print("| raster | bare rasterio | rasterio, masked | rioxarray, mask and scale | the door | door / bare |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        cases = {
            "int16, metres": (heights.round().astype(np.int16), -32768.0, 1.0),
            "float32, metres": (heights.astype(np.float32), -9999.0, 1.0),
            "int16, scale 0.1": ((heights * 10).round().astype(np.int16), -32768.0, 0.1),
        }
        for name, (values, nodata, scale) in cases.items():
            path = Path(folder) / "dem.tif"
            _write(path, values, nodata=nodata, scale=scale)
            read_raster(path, kind="elevation")  # compiles the kernels
            bare = _best(lambda: _bare(path))  # noqa: B023
            masked = _best(lambda: _bare(path, masked=True))  # noqa: B023
            scaled = _best(lambda: rioxarray.open_rasterio(path, mask_and_scale=True).load())  # noqa: B023
            door = _best(lambda: _door(path))  # noqa: B023
            print(f"| {name} | {bare:.3f} s | {masked:.3f} s | {scaled:.3f} s | {door:.3f} s | {door / bare:.2f} |")


if __name__ == "__main__":
    main()
