"""A road as branches with metres along them: of a design, or read from a file whose parts are put in order."""

import os
from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd
import shapely


class Designed(Protocol):
    """What has links to measure, as :class:`nanyi_gis.route.Design` does."""

    @property
    def links(self) -> gpd.GeoDataFrame: ...

    @property
    def order(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, eq=False)
class Route:
    """A road with its metres.

    Attributes
    ----------
    branches : tuple of LineString
        Branch 1, 2, ... in ``crs``, each drawn from its first metre to its last. Over a gap the line runs straight.
    crs : str
        A CRS in metres.
    frame : GeoDataFrame
        The stretches of road, in the order of the branches: ``branch`` (1, 2, ...), ``from_m``, ``to_m``, ``id``, ``u``,
        ``v`` (the nodes at ``from_m`` and ``to_m``; empty if read from a file), ``status``, ``corridor``, ``name_zh``,
        ``drawn_m`` (geodesic metres of the line; the metres along it are those of the road) and ``geometry``, drawn
        along the branch.
    notes : tuple of str
        Gaps, overlaps and whatever else a reader should know, a sentence each.
    """

    branches: tuple[shapely.LineString, ...]
    crs: str
    frame: gpd.GeoDataFrame
    notes: tuple[str, ...] = ()

    @property
    def length_m(self) -> float:
        """Metres of all stretches: geodesic for a file, those of its links for a design."""
        raise NotImplementedError

    @property
    def branch_lengths(self) -> tuple[float, ...]:
        """Metres of each branch."""
        raise NotImplementedError

    @classmethod
    def of(cls, design: Designed) -> "Route":
        """Return a design as branches: each mandated corridor by itself, then the rest from its longest way down."""
        raise NotImplementedError


def from_file(
    path: str | os.PathLike[str],
    *,
    reference: gpd.GeoDataFrame | None = None,
    assume_datum: str | None = None,
    tolerance_m: float = 1.0,
    gap_m: float = 1000.0,
) -> Route:
    """Read a surveyed road from any vector file of lines; see :func:`from_lines`.

    Parameters
    ----------
    path : path
        A layer of lines with a CRS.
    reference : GeoDataFrame, optional
        Trusted roads, or places through which the road runs (known to 500 m or better); against them a shift by GCJ-02
        or BD-09 is suspected, and refused.
    assume_datum : str, optional
        ``gcj02`` or ``bd09`` converts from that datum; ``wgs84`` trusts the file as it is.

    Raises
    ------
    DataError
        If the file cannot be used.
    DatumError
        If its coordinates seem to be shifted and no datum is assumed.
    """
    raise NotImplementedError


def from_lines(lines: gpd.GeoDataFrame, *, tolerance_m: float = 1.0, gap_m: float = 1000.0) -> Route:
    """Return lines as a route: parts joined where their ends meet, ordered and oriented.

    Ends within ``tolerance_m`` meet. Loose ends up to ``gap_m`` apart are joined over a gap, which is told in the notes
    and has no metres. What is drawn twice counts once and is told. Lines of one ``corridor``, if there is such a column,
    make branches of their own. A branch runs the way most of its metres are drawn.
    """
    raise NotImplementedError
