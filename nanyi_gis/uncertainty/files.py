"""Uncertainty layers of a run, written beside its suitability layers."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from .._limits import BYTES_PER_CELL, hold, hold_memory, hold_samples
from ..errors import ParameterError
from ..io import write_csv, write_text
from ..raster import read_raster, write_cog
from ..suitability import SCORE_RAMP, Job, ramp_qml, read_layer
from .bands import band_area_distribution, band_probability
from .weights import weight_robustness

MOST_CELLS = 300_000_000


def doubt_names(uses: Iterable[str]) -> list[str]:
    """Return the names of the files that :meth:`Doubts.write` writes for uses by their ids.

    >>> doubt_names(["plum"])[-2:]
    ['robustness_plum.tif', 'robustness_plum.qml']
    """
    layers = ["band_probability", *(f"robustness_{use}" for use in uses)]
    return ["band_area_distribution.csv", *(f"{layer}{end}" for layer in layers for end in (".tif", ".qml"))]


@dataclass(frozen=True)
class Doubts:
    """Number of samples, error of the DEM and seed for the uncertainty layers."""

    samples: int
    sigma: float = 10.0
    correlation_length: float = 0.0
    seed: int = 0
    threads: int | None = None

    def hold(self, cells: int, *, uses: int) -> None:
        """Refuse more cells or samples than fit, before the long work.

        Raises
        ------
        ParameterError
            If the DEM is too large to be held in memory, or the samples are too many for it.
        """
        asked = f"samples is {self.samples}, but the DEM has {cells:,} cells and uncertainty layers need it in memory"
        cure = "use a coarser DEM or samples 0"
        hold(asked, cells, MOST_CELLS, cure=cure, error=ParameterError)
        hold_memory(asked, cells * BYTES_PER_CELL["uncertainty"], cure=cure, error=ParameterError)
        hold_samples(self.samples, cells=cells, times=uses + 1)

    def write(self, job: Job, folder: Path) -> list[Path]:
        """Write ``band_probability.tif``, ``band_area_distribution.csv`` and ``robustness_<crop>.tif``.

        The DEM is held in memory.

        Raises
        ------
        ParameterError
            If the DEM is too large for that.
        """
        grid, edges = job.dem.grid, job.models[0].edges
        self.hold(grid.width * grid.height, uses=len(job.models))
        dem = read_raster(job.dem.path, kind="elevation")
        sigma, length = self.sigma, self.correlation_length
        probability = band_probability(dem, edges=edges, sigma=sigma, threads=self.threads)
        files = [_write_share(probability, folder / "band_probability.tif", f"sigma {self.sigma:g} m")]
        spread = band_area_distribution(
            dem,
            edges=edges,
            sigma=sigma,
            correlation_length=length,
            samples=max(self.samples, 2),
            seed=self.seed,
            threads=self.threads,
        )
        files.append(write_csv(spread, folder / "band_area_distribution.csv"))
        for model in job.models:
            window = (0, grid.height, 0, grid.width)
            layers = {name: dem.copy(data=read_layer(job, name, window)) for name in (*model.layers, *model.masks)}
            robust = weight_robustness(
                dem,
                use=model.use,
                climate=job.climate,
                layers=layers,
                weights={c.id: c.weight for c in model.criteria},
                allow_steep=model.allow_steep,
                samples=self.samples,
                seed=self.seed,
                threads=self.threads,
            )
            text = f"Dirichlet weights, {self.samples} samples, standard error {robust.attrs['standard_error']:.3f}"
            files.append(_write_share(robust["probability"], folder / f"robustness_{model.use.id}.tif", text))
        return files


def _write_share(share: xr.DataArray, path: Path, method: str) -> Path:
    write_cog(share, path, nodata=math.nan, tags={"evidence": "modelled", "method": method})
    ramp = tuple((value / 100, colour) for value, colour in SCORE_RAMP)
    write_text(path.with_suffix(".qml"), ramp_qml(ramp))
    return path
