"""Paper and its parts in millimetres, and the scale at which the counties fill the map."""

import math
from dataclasses import dataclass

from ...errors import ParameterError
from ...raster import Bounds

PAPERS: dict[str, tuple[float, float]] = {"a4": (297.0, 210.0), "a3": (420.0, 297.0)}
"""Long and short side of each paper, in mm."""

DPI = {"a4": 300, "a3": 225}
_MARGIN = 7.0  # blank paper around, which printers need
_BAND = 4.6  # between neat line and outer line, for the figures of the grid
_GAP = 3.0
_LEAST = 1.0  # mm between counties and neat line


@dataclass(frozen=True)
class Box:
    """A rectangle on the paper in mm, from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Upper edge."""
        return self.bottom + self.height

    def grown(self, by: float) -> "Box":
        """Return the box with each edge so much farther out.

        >>> Box(10, 10, 5, 5).grown(1)
        Box(left=9, bottom=9, width=7, height=7)
        """
        return Box(self.left - by, self.bottom - by, self.width + 2 * by, self.height + 2 * by)

    def holds(self, other: "Box") -> bool:
        """Tell whether another box lies wholly in this one."""
        return (
            self.left <= other.left
            and self.bottom <= other.bottom
            and other.right <= self.right
            and other.top <= self.top
        )


@dataclass(frozen=True)
class Layout:
    """Where everything stands on a sheet.

    Attributes
    ----------
    paper : str
        ``a4`` or ``a3``.
    page, title, map, column, strip : Box
        The whole sheet, the band of the title, the map inside its neat line, the column at its right for legend,
        table and notes, the strip under it for scale, projection and review.
    scale : int
        The map is 1 : scale.
    ground : tuple of float
        West, south, east, north of the neat line in metres of the working CRS.
    """

    paper: str
    page: Box
    title: Box
    map: Box
    column: Box
    strip: Box
    scale: int
    ground: Bounds

    @property
    def size(self) -> float:
        """Factor of text and symbols: 1 on A4."""
        return 1.25 if self.paper == "a3" else 1.0

    @property
    def band(self) -> float:
        """Width of the band between neat line and outer line in mm."""
        return _BAND * self.size

    @property
    def metres(self) -> float:
        """Metres on the ground of a millimetre of the map."""
        return self.scale / 1000.0

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where on the paper, in mm, a place of the ground lies."""
        return (
            self.map.left + (x - self.ground[0]) / self.metres,
            self.map.bottom + (y - self.ground[1]) / self.metres,
        )


def layout_of(paper: str, bounds: Bounds) -> Layout:
    """Return the layout that shows a box of the ground largest, upright or across.

    Raises
    ------
    ParameterError
        If the paper is unknown.

    >>> layout_of("a4", (500_000, 3_000_000, 616_000, 3_095_000)).scale
    600000
    """
    if paper not in PAPERS:
        raise ParameterError(f"paper is {paper!r}, but must be one of: {', '.join(PAPERS)}")
    long, short = PAPERS[paper]
    return min(
        (_laid_out(paper, *sides, bounds) for sides in ((long, short), (short, long))), key=lambda one: one.scale
    )


def round_scale(least: float) -> int:
    """Return the first round scale number from ``least`` up: two figures, of which the second is 0 or 5.

    >>> round_scale(586_206), round_scale(402_000), round_scale(120_000)
    (600000, 450000, 150000)
    """
    step = 5 * 10 ** (math.floor(math.log10(least)) - 1)
    return int(math.ceil(least / step - 1e-9) * step)


def _laid_out(paper: str, width: float, height: float, bounds: Bounds) -> Layout:
    size = 1.25 if paper == "a3" else 1.0
    page = Box(0.0, 0.0, width, height)
    inner = page.grown(-_MARGIN)
    title, strip, column, band = 14.0 * size, 11.5 * size, 66.0 * size, _BAND * size
    frame = Box(
        inner.left + band,
        inner.bottom + strip + band,
        inner.width - column - _GAP - 2 * band,
        inner.height - title - strip - 2 * band,
    )
    west, south, east, north = bounds
    needed = max(
        (east - west) / (frame.width - 2 * _LEAST), (north - south) / (frame.height - 2 * _LEAST)
    )  # metres a mm
    scale = round_scale(1000.0 * needed)
    half = frame.width * scale / 2000.0, frame.height * scale / 2000.0
    x, y = (west + east) / 2, (south + north) / 2
    return Layout(
        paper=paper,
        page=page,
        title=Box(inner.left, inner.top - title, inner.width, title),
        map=frame,
        column=Box(inner.right - column, inner.bottom + strip, column, inner.height - title - strip),
        strip=Box(inner.left, inner.bottom, inner.width, strip),
        scale=scale,
        ground=(x - half[0], y - half[1], x + half[0], y + half[1]),
    )
