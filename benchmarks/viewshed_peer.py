"""Viewsheds of GDAL or xarray-spatial: run by an interpreter that has one of them and need not have this package.

Called with the name of the peer and a folder that holds ``case.npz`` and ``dem.tif``; writes ``PEER.npz`` there with
the processor seconds and, for each observer, which cells of the window around it are seen.
"""

import sys
import time

import numpy as np


def gdal(case, folder):
    from osgeo import gdal as library

    library.UseExceptions()
    file = library.Open(f"{folder}/dem.tif")
    dem = library.GetDriverByName("MEM").CreateCopy("", file)
    left, side, _, top, _, _ = dem.GetGeoTransform()
    found, seconds = [], 0.0
    for row, column in zip(case["rows"], case["columns"], strict=True):
        x, y = left + side * (column + 0.5), top - side * (row + 0.5)
        start = time.process_time()
        shown = library.ViewshedGenerate(
            dem.GetRasterBand(1), "MEM", "", [], x, y, float(case["height"]), float(case["lift"]), 1, 0, 0, -1,
            1.0 / float(case["factor"]), library.GVM_Edge, float(case["radius"]),
        )  # fmt: skip
        seconds += time.process_time() - start
        place = shown.GetGeoTransform()
        up, over = round((top - place[3]) / side), round((place[0] - left) / side)
        found.append(framed(shown.ReadAsArray() == 1, up - row, over - column, int(case["reach"])))
    return seconds, found


def xarray_spatial(case, _folder):
    import xarray as xr
    from xrspatial import viewshed

    reach, side = int(case["reach"]), float(case["side"])
    away = np.arange(-reach, reach + 1) * side
    found, seconds = [], 0.0
    for number, (row, column) in enumerate(zip(case["rows"], case["columns"], strict=True)):
        part = case["heights"][row - reach : row + reach + 1, column - reach : column + reach + 1].astype(np.float64)
        window = xr.DataArray(part, dims=("y", "x"), coords={"y": -away, "x": away})
        if number == 0:  # what it compiles is not counted
            viewshed(window.copy(), x=0.0, y=0.0, observer_elev=30.0, target_elev=1.5)
        start = time.process_time()
        shown = viewshed(window, x=0.0, y=0.0, observer_elev=float(case["height"]), target_elev=float(case["lift"]))
        seconds += time.process_time() - start
        found.append(shown.values > -1)
    return seconds, found


def framed(seen, up, over, reach):
    """Return what is seen in a window of ``reach`` cells around the observer; ``up``, ``over`` is where it begins."""
    frame = np.zeros((2 * reach + 1, 2 * reach + 1), bool)
    up, over = up + reach, over + reach
    r0, c0 = max(up, 0), max(over, 0)
    part = seen[max(-up, 0) :, max(-over, 0) :][: frame.shape[0] - r0, : frame.shape[1] - c0]
    frame[r0 : r0 + part.shape[0], c0 : c0 + part.shape[1]] = part
    return frame


if __name__ == "__main__":
    name, where = sys.argv[1:]
    spent, sets = {"gdal": gdal, "xarray-spatial": xarray_spatial}[name](np.load(f"{where}/case.npz"), where)
    np.savez_compressed(f"{where}/{name}.npz", seconds=spent, seen=np.array(sets))
