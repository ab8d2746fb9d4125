"""Score classes under other weights."""

import math
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels import uncertainty as kernels
from .._limits import hold_samples
from .._progress import Progress
from .._validation import check_count, check_positive
from ..climate import Climate
from ..raster import processors, strips
from ..suitability import AREA_UNIT_M2, Inputs, LandUse, memberships_strip, prepare, the_use

Floats = npt.NDArray[np.float32]

S2_SCORE = 60
_KM2 = AREA_UNIT_M2 * 1e-6


def weight_robustness(
    dem: xr.DataArray,
    *,
    use: str | os.PathLike[str] | LandUse | None = None,
    crop: str | os.PathLike[str] | LandUse | None = None,
    layers: Mapping[str, xr.DataArray] | None = None,
    weights: Mapping[str, float] | None = None,
    climate: str | os.PathLike[str] | Climate | None = None,
    zones: xr.DataArray | None = None,
    allow_steep: bool = False,
    concentration: float = 100.0,
    threshold: int = S2_SCORE,
    samples: int = 200,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return the probability that a cell scores at least S2 when the weights are not what we think.

    Weights are drawn from a Dirichlet distribution around those of the use: the standard
    deviation of a weight w is sqrt(w (1 - w) / (concentration + 1)). The class by the limiting
    factor does not depend on weights, so the class meant here is that of the score: S2 from 60.

    Parameters
    ----------
    dem, use, crop, layers, weights, climate, zones, allow_steep
        As for :func:`nanyi_gis.suitability.evaluate`. A Dask-backed DEM is loaded.
    concentration : float
        The larger, the closer to the use's weights.
    threshold : int
        Least score that counts.
    samples, seed
        Number of weight vectors, and their seed.

    Returns
    -------
    xarray.Dataset
        float32 ``probability`` on the DEM's grid; with zones also ``zone_area_km2`` (sample,
        zone), whose sample 0 has the use's own weights, see :func:`rank_stability`.
        ``attrs["standard_error"]`` is the largest of a probability, ``attrs["weights"]`` the sampled weights' names.
    """
    check_positive(concentration, name="concentration")
    count = check_count(samples, name="samples")
    hold_samples(count, cells=dem.size)
    check_count(threshold, name="threshold", least=0)
    inputs = prepare(
        dem.compute() if dem.chunks is not None else dem,
        use=the_use(use, crop),
        layers=layers,
        weights=weights,
        climate=climate,
        zones=zones,
        allow_steep=allow_steep,
    )
    names = list(inputs.model.weights)
    own = np.array([inputs.model.weights[name] for name in names])
    drawn = np.vstack([own, dirichlet_weights(own, concentration=concentration, samples=count, seed=seed)]).astype(
        np.float32
    )
    probability, areas = _weighted(inputs, drawn, threshold, threads=threads, progress=progress)
    coords = {name: inputs.dem.coords[name] for name in ("y", "x") if name in inputs.dem.coords}
    layer = xr.DataArray(probability, dims=("y", "x"), coords=coords, name="probability")
    layer.rio.write_crs(dem.rio.crs, inplace=True).rio.write_transform(inputs.grid.transform, inplace=True)
    layer.rio.write_nodata(np.nan, inplace=True)
    result = xr.Dataset(
        {"probability": layer},
        attrs={
            "use": inputs.model.use.id,
            "crop": inputs.model.use.id,
            "evidence": "modelled",
            "concentration": concentration,
            "threshold": threshold,
            "samples": count,
            "seed": seed,
            "standard_error": 0.5 / math.sqrt(count),
            "notes": "; ".join(inputs.notes),
        },
    )
    result["sampled_weights"] = xr.DataArray(drawn, dims=("sample", "criterion"), coords={"criterion": names})
    if zones is not None:
        labels = [str(label) for label in inputs.zone_labels]
        result["zone_area_km2"] = xr.DataArray(areas * _KM2, dims=("sample", "zone"), coords={"zone": labels})
    return result


def dirichlet_weights(
    own: npt.NDArray[np.float64], *, concentration: float, samples: int, seed: int
) -> npt.NDArray[np.float64]:
    """Return weights drawn around those given (samples, weights), each row of sum one; a weight of zero stays.

    The standard deviation of a weight w is ``sqrt(w (1 - w) / (concentration + 1))``.

    >>> dirichlet_weights(np.array([1.0, 0.0]), concentration=100, samples=2, seed=0).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    generator = np.random.default_rng(check_count(seed, name="seed", least=0))
    used = own > 0
    drawn = np.zeros((samples, own.size))
    drawn[:, used] = generator.dirichlet(own[used] * concentration, size=samples)
    return drawn


def _weighted(
    inputs: Inputs, drawn: Floats, threshold: int, *, threads: int | None, progress: Progress | None
) -> tuple[Floats, npt.NDArray[np.float64]]:
    height, width = inputs.dem.shape
    probability = np.empty((height, width), np.float32)
    model = inputs.model
    areas = np.zeros((len(drawn), len(inputs.zone_labels)))
    geometric = model.use.aggregation == "geometric"

    def work(rows: slice) -> npt.NDArray[np.float64]:
        strip = memberships_strip(inputs, rows)
        found, unknown, mask, zones = strip.found, strip.unknown, strip.mask, strip.zones
        part = inputs.frame.part(rows)
        excluded = (found.slope > np.float32(model.steep)) | unknown
        if mask is not None:
            excluded |= mask > 0
        hits = np.zeros(unknown.shape, np.uint16 if len(drawn) < 1 << 16 else np.uint32)
        table = np.zeros_like(areas)
        codes = np.empty((0, 0), np.int32) if zones is None else zones
        shares = found.memberships
        shares[:, unknown] = 0
        for first, last in ((0, 1), (1, len(drawn))):
            # the use's own weights only enter the areas, not the probability
            hits[:] = 0
            kernels.weighted_hits_block(
                shares, excluded, drawn[first:last], np.float32(threshold), geometric, codes,
                part.area_nodes, part.per_node, 0, hits, table[first:last],
            )  # fmt: skip
        chance = hits / np.float32(len(drawn) - 1)
        chance[unknown] = np.nan
        probability[rows] = chance
        return table

    parts = strips(height, width)
    with ThreadPoolExecutor(processors(threads)) as pool:
        for done, table in enumerate(pool.map(work, parts), start=1):
            areas += table
            if progress is not None:
                progress(done / len(parts))
    return probability, areas
