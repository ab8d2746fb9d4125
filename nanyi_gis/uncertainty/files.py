"""Uncertainty layers of a run, written beside its suitability layers."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from .._limits import BYTES_PER_CELL, hold, hold_memory, hold_samples
from ..errors import ParameterError
from ..io import write_csv, write_text
from ..raster import read_raster, write_cog
from ..suitability import SCORE_RAMP, Beside, Inputs, Job, Model, prepare, ramp_qml, read_layer
from .bands import band_area_distribution, band_probability
from .heights import HeightError
from .land import SampledLand, interval_of, probability_of, sampled_land, table_of
from .weights import weight_robustness

MOST_CELLS = 300_000_000


def doubt_names(uses: Iterable[str]) -> list[str]:
    """Return the names of the files that :meth:`Doubts.write` writes for uses by their ids.

    >>> doubt_names(["plum"])[-3:]
    ['probability_plum.tif', 'probability_plum.qml', 'doubt_plum.csv']
    """
    ids = list(uses)
    layers = ["band_probability", *(f"{layer}_{use}" for use in ids for layer in ("robustness", "probability"))]
    tables = ["band_area_distribution.csv", *(f"doubt_{use}.csv" for use in ids)]
    return [tables[0], *(f"{layer}{end}" for layer in layers for end in (".tif", ".qml")), *tables[1:]]


@dataclass(frozen=True)
class Doubts:
    """Number of samples, error of the DEM and seed for the uncertainty layers.

    Without ``sigma`` it is that of the DEM's tag ``HEIGHT_RMSE_M``, else 10 m; without ``correlation_length`` the
    classes take 2,000 m and the bands none.
    """

    samples: int
    sigma: float | None = None
    correlation_length: float | None = None
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
        hold_samples(self.samples, cells=cells, times=3 * uses + 1)

    def write(self, job: Job, folder: Path) -> Beside:
        """Write what is uncertain of bands, weights and classes, and return the intervals of the areas.

        The files are ``band_probability.tif``, ``band_area_distribution.csv``, and for each use
        ``robustness_<use>.tif`` (other weights), ``probability_<use>.tif`` (of S1 or S2 under errors of climate,
        limits and heights together) and ``doubt_<use>.csv`` (areas with their interval). The DEM is held in memory.

        Raises
        ------
        ParameterError
            If the DEM is too large for that.
        """
        grid, edges = job.dem.grid, job.models[0].edges
        self.hold(grid.width * grid.height, uses=len(job.models))
        dem = read_raster(job.dem.path, kind="elevation")
        error = HeightError.of(job.dem.tags, sigma=self.sigma, correlation_length=self.correlation_length)
        sigma = error.sigma
        probability = band_probability(dem, edges=edges, sigma=sigma, threads=self.threads)
        files = [_write_share(probability, folder / "band_probability.tif", f"sigma {sigma:g} m")]
        spread = band_area_distribution(
            dem,
            edges=edges,
            sigma=sigma,
            correlation_length=self.correlation_length or 0.0,
            samples=max(self.samples, 2),
            seed=self.seed,
            threads=self.threads,
        )
        files.append(write_csv(spread, folder / "band_area_distribution.csv"))
        sheets = np.stack(job.partition.sheets(grid) or [np.zeros(grid.shape, np.int32)])
        doubts, reach = {}, {}
        for model in job.models:
            use = model.use
            window = (0, grid.height, 0, grid.width)
            layers = {name: dem.copy(data=read_layer(job, name, window)) for name in (*model.layers, *model.masks)}
            files.append(self._robustness(job, model, dem, layers, folder))
            inputs = prepare(
                dem,
                use=use,
                climate=job.climate,
                layers=layers,
                weights={c.id: c.weight for c in model.criteria},
                edges=edges,
                allow_steep=model.allow_steep,
            )
            land = sampled_land(
                inputs,
                job.climate,
                sheets=sheets,
                zones=job.partition.count,
                samples=self.samples,
                seed=self.seed,
                error=error,
                threads=self.threads,
            )
            files.append(self._probability(inputs, land, error, folder))
            doubts[use.id] = _table(job, use.id, land)
            files.append(write_csv(doubts[use.id], folder / f"doubt_{use.id}.csv"))
            if job.partition.rings and use.belt:
                reach[use.id] = _reach(job, land)
        return Beside(files, doubts, reach)

    def _robustness(
        self, job: Job, model: Model, dem: xr.DataArray, layers: dict[str, xr.DataArray], folder: Path
    ) -> Path:
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
        return _write_share(robust["probability"], folder / f"robustness_{model.use.id}.tif", text)

    def _probability(self, inputs: Inputs, land: SampledLand, error: HeightError, folder: Path) -> Path:
        text = (
            f"probability of S1 or S2; climate, limits and heights (sigma {error.sigma:g} m) drawn together, "
            f"{self.samples} samples, seed {self.seed}, standard error {0.5 / math.sqrt(self.samples):.3f}"
        )
        share = probability_of(inputs, land, self.samples)
        return _write_share(share, folder / f"probability_{inputs.model.use.id}.tif", text)


def _table(job: Job, use: str, land: SampledLand) -> pd.DataFrame:
    """Return the intervals by zone."""
    own = land.grouped(job.partition.groups)
    return table_of(
        use, job.partition.names, best=own.best, sampled=own.sampled, moved=own.moved, constants=own.constants
    )


def _reach(job: Job, land: SampledLand) -> pd.DataFrame:
    """Return the intervals of the land within each distance of the bank."""
    own = land.grouped(job.partition.groups_within).sampled
    return interval_of(own).assign(within_km=list(job.partition.rings))


def _write_share(share: xr.DataArray, path: Path, method: str) -> Path:
    write_cog(share, path, nodata=math.nan, tags={"evidence": "modelled", "method": method})
    ramp = tuple((value / 100, colour) for value, colour in SCORE_RAMP)
    write_text(path.with_suffix(".qml"), ramp_qml(ramp))
    return path
