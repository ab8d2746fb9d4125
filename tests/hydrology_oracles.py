"""What drainage is held against: a flood by a heap, and every cell walked down by hand."""

import heapq

import numpy as np
import xarray as xr
from affine import Affine

STEPS = {1: (0, 1), 2: (1, 1), 4: (1, 0), 8: (1, -1), 16: (0, -1), 32: (-1, -1), 64: (-1, 0), 128: (-1, 1)}


def raster(values, *, size=30.0, crs=4544, corner=(500_000.0, 3_000_000.0)):
    """Return heights as a DEM, north up."""
    height, width = np.shape(values)
    west, north = corner
    axes = {"y": north - size * (np.arange(height) + 0.5), "x": west + size * (np.arange(width) + 0.5)}
    dem = xr.DataArray(np.asarray(values), dims=("y", "x"), coords=axes).rio.write_crs(crs)
    return dem.rio.write_transform(Affine(size, 0, west, 0, -size, north))


def rim(heights, fixed=None):
    """Return the cells at the edge of the raster, beside cells without height, or fixed."""
    height, width = heights.shape
    empty = np.pad(np.isnan(heights), 1, constant_values=True)
    found = np.zeros(heights.shape, bool)
    for i, j in STEPS.values():
        found |= empty[1 + i : 1 + i + height, 1 + j : 1 + j + width]
    if fixed is not None:
        found |= fixed
    return found & ~np.isnan(heights)


def neighbours(r, c, shape):
    for code, (i, j) in STEPS.items():
        if 0 <= r + i < shape[0] and 0 <= c + j < shape[1]:
            yield code, r + i, c + j


def flooded(heights, fixed=None):
    """Return the least surface without hollows (Barnes, Lehman and Mulla 2014, Computers and Geosciences 62)."""
    found = np.full(heights.shape, np.nan, heights.dtype)
    heap = []
    for r, c in np.argwhere(rim(heights, fixed)).tolist():
        found[r, c] = heights[r, c]
        heap.append((float(found[r, c]), r, c))
    heapq.heapify(heap)
    while heap:
        level, r, c = heapq.heappop(heap)
        for _, i, j in neighbours(r, c, heights.shape):
            if np.isnan(found[i, j]) and not np.isnan(heights[i, j]):
                found[i, j] = max(level, heights[i, j])
                heapq.heappush(heap, (float(found[i, j]), i, j))
    return found


def hold_rules(dem, water, *, fixed=None, stream_cells=None):
    """Walk every cell down: it falls most steeply, never climbs, and leaves; sums and heights follow from the walk."""
    heights = dem.values
    surface, direction, total = (water[name].values for name in ("filled", "direction", "accumulation"))
    empty = np.isnan(heights)
    assert ((direction == 255) == empty).all()
    assert (np.isnan(surface) == empty).all()
    may_leave = rim(heights, fixed)
    counted = np.zeros(heights.shape, int)
    above = np.full(heights.shape, np.nan)
    for start in np.argwhere(~empty).tolist():
        r, c = start
        falls = {
            code: (float(surface[r, c]) - float(surface[i, j])) / (2**0.5 if STEPS[code][0] and STEPS[code][1] else 1.0)
            for code, i, j in neighbours(r, c, heights.shape)
            if not empty[i, j]
        }
        steepest = max(falls.values(), default=0.0)
        if fixed is not None and fixed[r, c]:
            assert direction[r, c] == 0
        elif steepest > 0:
            assert falls[int(direction[r, c])] >= steepest * (1 - 1e-12)
        stream = None
        for _ in range(heights.size):
            counted[r, c] += 1
            if stream is None and stream_cells is not None and total[r, c] >= stream_cells:
                stream = surface[r, c]
            if direction[r, c] == 0:
                assert may_leave[r, c]
                break
            i, j = STEPS[int(direction[r, c])]
            assert surface[r + i, c + j] <= surface[r, c]
            r, c = r + i, c + j
        else:
            raise AssertionError(f"{start} runs in a circle")
        if stream is not None:
            above[tuple(start)] = surface[tuple(start)] - stream
    np.testing.assert_array_equal(total, counted)
    assert water.attrs["outlets"] == (direction == 0).sum()
    assert total[direction == 0].sum() == (~empty).sum()
    if stream_cells is not None:
        np.testing.assert_array_equal(water["hand"].values, above.astype(np.float32))
        assert water.attrs["cells_without_stream"] == (np.isnan(above) & ~empty).sum()
