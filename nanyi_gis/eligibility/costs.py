"""What each exclusion takes by itself, what it alone takes, and what they share, by zone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._kernels.exclusions import tally
from .._limits import hold_zones
from ..raster import Areas, Grid, ZoneLike, Zones, strips
from .eligible import OUTSIDE

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Costs:
    """Areas in km² by zone.

    Attributes
    ----------
    zones : tuple
        Names of the zones.
    judged, states : tuple of str, dict of str to str
        Exclusions that were judged, in the order of the numbers below; the state of every one.
    judged_km2, eligible_km2 : array (zones,)
        Land that was judged, and what of it no exclusion takes.
    only_km2 : array (zones, exclusions)
        What one exclusion takes and no other: what would be won without it.
    both_km2 : array (zones, exclusions, exclusions)
        What two take together; what one takes, alone or not, stands on the diagonal.
    """

    zones: tuple[Any, ...]
    judged: tuple[str, ...]
    states: dict[str, str]
    judged_km2: Floats
    eligible_km2: Floats
    only_km2: Floats
    both_km2: Floats

    def table(self) -> pd.DataFrame:
        """Return a row a zone and exclusion.

        ``taken_km2`` is what it takes by itself, ``only_km2`` what no other takes, ``shared_km2`` the rest, and
        ``most_shared_with`` the exclusion with which it shares most. What was not judged has no numbers.
        """
        rows = []
        for z, zone in enumerate(self.zones):
            for name, state in self.states.items():
                if name not in self.judged:
                    rows.append((zone, name, state, np.nan, np.nan, np.nan, ""))
                    continue
                k = self.judged.index(name)
                taken, only = self.both_km2[z, k, k], self.only_km2[z, k]
                others = np.delete(self.both_km2[z, k], k)
                names = [other for other in self.judged if other != name]
                most = names[int(others.argmax())] if len(others) and others.max() > 0.0 else ""
                rows.append((zone, name, state, taken, only, max(taken - only, 0.0), most))
        columns = ["zone", "exclusion", "state", "taken_km2", "only_km2", "shared_km2", "most_shared_with"]
        return pd.DataFrame(rows, columns=columns)

    def overlaps(self) -> pd.DataFrame:
        """Return a row a zone and pair of exclusions that share land, ``shared_km2``."""
        rows = [
            (zone, first, second, self.both_km2[z, a, b])
            for z, zone in enumerate(self.zones)
            for a, first in enumerate(self.judged)
            for b, second in enumerate(self.judged)
            if a < b and self.both_km2[z, a, b] > 0.0
        ]
        return pd.DataFrame(rows, columns=["zone", "exclusion", "other", "shared_km2"])

    def land(self) -> pd.DataFrame:
        """Return a row a zone: ``judged_km2`` and ``eligible_km2``."""
        return pd.DataFrame({"zone": self.zones, "judged_km2": self.judged_km2, "eligible_km2": self.eligible_km2})


def exclusion_costs(found: xr.Dataset, *, zones: ZoneLike = None, name_column: str | None = None) -> Costs:
    """Return what exclusions cost in true areas, by zone.

    Parameters
    ----------
    found : xarray.Dataset
        From :func:`eligible`.
    zones : GeoDataFrame or DataArray of codes, optional
        A cell belongs to the zone of its centre; the whole raster if not given.
    name_column : str, optional
        Column with the names of the zones.

    Raises
    ------
    DataError, ParameterError
        If zones have no CRS, are no polygons or lie elsewhere, or there is no such column.

    >>> import numpy as np
    >>> from nanyi_gis.eligibility import Exclusion, eligible
    >>> grid = Grid.from_bounds((0, 0, 4000, 1000), resolution=1000, crs="EPSG:6933")  # cells of 1 km²
    >>> dem = grid.array(np.array([[100, 200, 300, 400]], np.float32))
    >>> rules = [Exclusion("low", elevation_below=250), Exclusion("valley", elevation_below=150)]
    >>> costs = exclusion_costs(eligible(dem, exclusions=rules, as_of="2026-01-01"))
    >>> costs.table()[["exclusion", "taken_km2", "only_km2", "shared_km2"]].round(3).to_dict("list")
    {'exclusion': ['low', 'valley'], 'taken_km2': [2.0, 1.0], 'only_km2': [1.0, 0.0], 'shared_km2': [1.0, 1.0]}
    """
    bits = found["excluded_by"]
    grid = Grid.of(bits, name="excluded_by")
    parts, areas = Zones.of(zones, grid, name_column=name_column), Areas.of(grid)
    judged, count, between = tuple(found.attrs["judged"]), len(parts.names), areas.between()
    hold_zones(count, max(len(judged), 1) ** 2)
    whole, free = np.zeros(count), np.zeros(count)
    only, both = np.zeros((count, len(judged))), np.zeros((count, len(judged), len(judged)))
    values = np.asarray(bits.data)
    for part in strips(*grid.shape):
        for left, _, index in parts.indices(grid, part.start, part.stop):
            nodes = areas.at_nodes(part.start, part.stop)
            tally(values[part], index, nodes, *between, left, OUTSIDE, whole, free, only, both)
    both = both + np.triu(both, 1).transpose(0, 2, 1)  # counted once a pair
    square_km = 1e-6
    return Costs(
        parts.names, judged, dict(found.attrs["states"]), whole * square_km, free * square_km, only * square_km,
        both * square_km,
    )  # fmt: skip
