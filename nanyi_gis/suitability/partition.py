"""The zones by which a run reports, and within them rings of distance to a bank: rows of its tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize

from ..errors import DataError
from ..raster import WHOLE, Grid, Zones
from .blocks import Codes
from .frame import AREA_UNIT_M2
from .model import Model
from .use import LandUse
from .vocabulary import CLASS_LETTERS

Units = npt.NDArray[np.int64]
_KM2 = AREA_UNIT_M2 * 1e-6
_POLYGONS = {"Polygon", "MultiPolygon"}


@dataclass(frozen=True)
class Partition:
    """Zones, each cut into rings of distance to a bank; one row of the tables a ring of a zone.

    Zones may overlap: a cell then counts in each of them.

    Attributes
    ----------
    zones : Zones
        As for the bands of elevation.
    rings : tuple of float
        Outer distances in km, rising; what lies farther is one ring more.
    belts : tuple of geometries
        The land within each distance, in the grid's CRS.
    """

    zones: Zones
    rings: tuple[float, ...] = ()
    belts: tuple[Any, ...] = ()

    @classmethod
    def of(
        cls,
        zones: gpd.GeoDataFrame | None,
        grid: Grid,
        *,
        frontage: gpd.GeoDataFrame | None = None,
        uses: Sequence[LandUse] = (),
    ) -> "Partition":
        """Check zones and cut them by the distances that the uses ask for; the whole raster if none meets it.

        Raises
        ------
        DataError
            If zones have no CRS or are no polygons.
        """
        try:
            found = Zones.of(zones, grid)
        except DataError:
            if zones is None or not _beside(zones, grid):
                raise
            return cls(Zones.of(None, grid))
        rings = tuple(sorted({float(km) for use in uses for km in use.belt.get("reach_km", [])}))
        if zones is None or frontage is None or frontage.empty or not rings:
            return cls(found)
        bank = shapely.union_all(frontage.geometry.values)
        belts = gpd.GeoSeries([bank.buffer(km * 1000) for km in rings], crs=frontage.crs).to_crs(grid.crs)
        return cls(found, rings, tuple(belts))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the zones."""
        return tuple(str(name) for name in self.zones.names)

    @property
    def whole(self) -> bool:
        """Whether the whole raster is the only zone."""
        return self.names == (WHOLE,)

    @property
    def count(self) -> int:
        """Number of rows of the tables."""
        return len(self.names) * self._steps

    @property
    def groups(self) -> list[list[int]]:
        """Rows of the tables that belong to each zone."""
        return [[zone * self._steps + k for k in range(self._steps)] for zone in range(len(self.names))]

    @property
    def groups_within(self) -> list[list[int]]:
        """Rows of the tables that lie within each distance of the bank."""
        return [[row for rows in self.groups for row in rows[: k + 1]] for k in range(len(self.rings))]

    @property
    def _steps(self) -> int:
        return len(self.rings) + 1

    def sheets(self, grid: Grid) -> list[Codes]:
        """Return the row of each cell of a part of the grid, -1 for none; more than one sheet where zones overlap."""
        if self.whole:
            return []
        ring = self._ring(grid)
        sheets: list[Codes] = [np.full(grid.shape, -1, np.int32)]
        for left, right, index in self.zones.indices(grid, 0, grid.height):
            here = index >= 0
            rows = index * self._steps + ring[:, left:right]
            for sheet in sheets:
                if not (sheet[:, left:right][here] >= 0).any():
                    break
            else:
                sheet = np.full(grid.shape, -1, np.int32)
                sheets.append(sheet)
            sheet[:, left:right][here] = rows[here]
        return sheets

    def by_name(self, km2: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return areas by zone."""
        return np.asarray(self._parted(km2).sum(axis=1))

    def reach(self, model: Model, km2: npt.NDArray[np.float64], causes: Units) -> list[tuple[Any, ...]]:
        """Return the land within each distance of the bank: S1 and S2, S3, and what makes it S3."""
        if not self.rings or not model.use.belt:
            return []
        ringed, why = self._parted(km2).sum(axis=(0, 2)), self._parted(causes)[:, :, 3].sum(axis=0)
        rows = []
        for k, ring in enumerate(self.rings):
            within = ringed[: k + 1].sum(axis=0)
            worst = int(why[: k + 1].sum(axis=0).argmax())
            cause = model.limiting.get(worst, "") if within[2] > 0 else ""
            rows.append((model.use.id, ring, float(within[:2].sum()), float(within[2]), cause))
        return rows

    def limits(self, model: Model, causes: Units) -> list[tuple[Any, ...]]:
        """Return the area by zone, class and limiting factor."""
        km2 = self._parted(causes).sum(axis=1) * _KM2
        return [
            (model.use.id, zone, CLASS_LETTERS[grade], name, float(km2[z, grade, code]))
            for z, zone in enumerate(self.names)
            for grade in CLASS_LETTERS
            for code, name in model.limiting.items()
            if km2[z, grade, code] > 0
        ]

    def _ring(self, grid: Grid) -> Codes:
        """Return the number of the innermost ring that holds each cell."""
        if not self.rings:
            return np.zeros(grid.shape, np.int32)
        # the widest first: the narrower ones are painted over it
        painted = [(belt, k) for k, belt in reversed(list(enumerate(self.belts)))]
        ring: Codes = rasterize(
            painted, out_shape=grid.shape, transform=grid.transform, fill=len(self.rings), dtype="int32"
        )
        return ring

    def _parted(self, table: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return table.reshape(len(self.names), self._steps, *table.shape[1:])


def _beside(zones: gpd.GeoDataFrame, grid: Grid) -> bool:
    """Return whether zones are sound polygons that all lie beside a grid."""
    if zones.crs is None or not set(zones.geom_type.dropna()) <= _POLYGONS:
        return False
    return not zones.to_crs(grid.crs).intersects(shapely.box(*grid.bounds)).any()
