"""How a layer is drawn, in words that QGIS, KML and DXF can be told in."""

from dataclasses import dataclass

import pandas as pd

PX_TO_MM = 25.4 / 96.0


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """A point, line or area as the pages draw it.

    Attributes
    ----------
    kind : str
        ``point``, ``line`` or ``area``.
    colour : str
        Of the line or outline; of a point, its fill.
    fill : str
        Of an area; empty for none.
    opacity : float
        Of the fill of an area, 0 to 1.
    width : float
        Of the line or outline in pixels.
    dash : str
        Lengths of strokes and gaps in pixels, e.g. ``9 5``; empty for a whole line.
    shape : str
        Of a point: circle, square, triangle, diamond or star.
    radius : float
        Of a point in pixels.
    """

    kind: str
    colour: str
    fill: str = ""
    opacity: float = 1.0
    width: float = 1.5
    dash: str = ""
    shape: str = "circle"
    radius: float = 5.0

    @property
    def dashes_mm(self) -> list[float]:
        """Lengths of strokes and gaps in millimetres.

        >>> Symbol(kind="line", colour="#000000", dash="9.6 4.8").dashes_mm
        [2.54, 1.27]
        """
        return [round(float(length) * PX_TO_MM, 2) for length in self.dash.split()]


@dataclass(frozen=True, kw_only=True)
class Style:
    """One class of a layer: the key of its features, its label, its symbol."""

    key: str
    label: str
    symbol: Symbol


@dataclass(frozen=True, kw_only=True)
class Look:
    """A layer of the hand-off: features of one table of the GeoPackage, and how they are drawn.

    Attributes
    ----------
    table : str
        Name in the GeoPackage.
    name : str
        ASCII name, one for each look; its layer in a drawing.
    title, group : str
        What readers call it, and the key of its group in ``GROUPS``.
    frame : DataFrame
        Its features, or the rows of a table without geometry.
    symbol : Symbol or None
        Of features that no class holds; ``None`` for a table.
    expression : str
        QGIS expression that gives the key of a feature's class; empty where the layer has one symbol.
    keys : Series or None
        The same keys, one a feature.
    styles : tuple of Style
        The classes in the order of the legend.
    label : str
        Column of names; empty for none.
    labels_below : float
        Names show at scales larger than one to this; 0 at any.
    label_points : float
        Size of the names in points.
    label_colour : str
        Their colour.
    shown : bool
        Whether it is switched on.
    subset : str
        SQL that chooses the features from the table; empty for all.
    geometry : str
        QGIS' word for one kind of geometry of a table that mixes several; else empty.
    in_project : bool
        Whether QGIS can open it: parts of collections are no features of the table.
    """

    table: str
    name: str
    title: str
    group: str
    frame: pd.DataFrame
    symbol: Symbol | None = None
    expression: str = ""
    keys: "pd.Series[str] | None" = None
    styles: tuple[Style, ...] = ()
    label: str = ""
    labels_below: float = 0.0
    label_points: float = 9.0
    label_colour: str = "#20313f"
    shown: bool = True
    subset: str = ""
    geometry: str = ""
    in_project: bool = True

    @property
    def classes(self) -> "pd.Series[str]":
        """Key of each feature's class; empty where the layer has one symbol."""
        return pd.Series("", index=self.frame.index, dtype=object) if self.keys is None else self.keys

    def style_of(self, key: str) -> Symbol:
        """Return the symbol of a class; that of the layer for a key that has none."""
        assert self.symbol is not None, self.table  # noqa: S101 (only spatial layers are drawn)
        return next((style.symbol for style in self.styles if style.key == key), self.symbol)
