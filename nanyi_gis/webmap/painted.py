"""Grids under the cursor, and layers painted from cells that stand in the page once."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import xarray as xr

from ..colours import hex_colour
from ..errors import ParameterError
from ._text import RANKS
from .grids import borrowed_record, grid_record, paint
from .rasters import Colour
from .records import Records, check_key


def check_rank(rank: str | None, *, name: str) -> str:
    """Return what the order of classes means where two layers are compared; nothing if not given."""
    if rank is not None and rank not in RANKS:
        raise ParameterError(f"rank of layer {name!r} is {rank!r}, but must be one of: {', '.join(RANKS)}")
    return rank or ""


def look(opacity: float, legend: Sequence[tuple[str | Colour, str]], title: str | None) -> dict[str, Any]:
    """Return what a page says of how an image is drawn and told."""
    if not 0 <= opacity <= 1:
        raise ParameterError(f"opacity is {opacity}, but must lie between 0 and 1")
    entries = [[hex_colour(colour), str(label)] for colour, label in legend]
    return {"opacity": opacity, "legend": entries, "legendTitle": title or ""}


class Painted(Records):
    """The part of a page that reads and paints cells."""

    def add_painted(
        self,
        name: str,
        of: str,
        *,
        palette: Mapping[int, Colour],
        breaks: Sequence[float] | None = None,
        opacity: float = 1.0,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        legend: Sequence[tuple[str | Colour, str]] = (),
        legend_title: str | None = None,
        evidence: str | None = None,
        key: str | None = None,
        rank: str | None = None,
    ) -> None:
        """Add an image painted from the cells of a value grid, or of another layer of classes, of this page.

        The cells stand in the page once, so that such a layer costs next to nothing.

        Parameters
        ----------
        name : str
            Name in the layer switch.
        of : str
            Key of the grid or layer; it may be added later.
        palette : mapping
            Colour by code; with ``breaks``, by how many of them a value reaches, from 0 on. Others are transparent.
        breaks : sequence of float, optional
            Lower edges of the classes, rising.
        opacity, shown, group, exclusive, legend, legend_title, evidence, key, rank
            See :meth:`add_raster`.
        """
        meta = self._meta(name, "raster", shown=shown, group=group, exclusive=exclusive, evidence=evidence, key=key)
        meta |= {**look(opacity, legend, legend_title), "crisp": True, "of": check_key(of, name="the cells")}
        meta["rank"] = check_rank(rank, name=name)
        self._add({"meta": meta, "texts": {}, "data": paint(palette, breaks)}, reader="layer")

    def add_value_grid(
        self,
        name: str,
        da: xr.DataArray | None = None,
        *,
        of: str | None = None,
        breaks: Sequence[float] | None = None,
        unit: str = "",
        decimals: int = 0,
        step: float = 1,
        edges: Sequence[float] = (),
        classes: Mapping[int, str] | None = None,
        reasons: Mapping[int, str] | None = None,
        because: tuple[str, str] | None = None,
        max_cells: int = 330_000,
        within: gpd.GeoSeries | None = None,
        follows: str | None = None,
        key: str | None = None,
    ) -> None:
        """Add a line to the read-out: the value of a raster under the cursor.

        Parameters
        ----------
        name, unit, decimals
            What the line says; several grids make several lines.
        da : xarray.DataArray
            Dimensions ``y, x`` in any CRS; merged to at most ``max_cells`` cells.
        of : str, optional
            In place of ``da``: key of the layer of classes, or of the grid, whose cells the line reads.
        breaks : sequence of float, optional
            With ``of``: lower edges of classes, rising; the value is how many of them the cell reaches.
        step : float
            Values are kept in steps of this size.
        edges : sequence of float
            Values are not rounded across these, so that classes of them (``breaks`` of another line) are exact.
        classes : mapping, optional
            Name by code, for rasters of classes.
        reasons : mapping, optional
            A sentence by code, shown under the line.
        because : tuple of (name, sentence), optional
            Another grid and a sentence on it under the line, e.g. ``("Factor", "the class is that of {}")``, where
            ``{}`` is what that grid has there.
        within : geopandas.GeoSeries, optional
            Areas outside of which the grid is cut; those of the page if not given.
        follows : str, optional
            Name of a layer; the line shows only while that layer does.
        key : str, optional
            What the grid is called where two are compared; see :meth:`add_raster`.
        """
        if (da is None) == (of is None):
            raise ParameterError(f"grid {name!r} needs either a raster or, as of, the key of what has the cells")
        said: dict[str, Any] = {
            "name": str(name), "unit": unit, "decimals": decimals, "classes": classes, "reasons": reasons,
            "follows": follows,
        }  # fmt: skip
        if da is None:
            record = borrowed_record(check_key(of or "", name="the cells"), breaks=breaks, **said)
        else:
            area = self.within if within is None else within
            record = grid_record(da, step=step, edges=edges, max_cells=max_cells, within=area, **said)
        if because is not None:
            record["meta"]["because"] = [str(text) for text in because]
        record["meta"]["key"] = self._free_key(key, name=name)
        self._add(record, reader="grid")
