"""What the pages of an atlas weigh, and what they may."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .entry import BOOK

PAGE_BYTES = 1_200_000
BOOK_BYTES = 6_000_000
"""Limits for the pages of the embedded study; layers of a user's own come on top and may break them."""


@dataclass(frozen=True, kw_only=True)
class Weight:
    """A page, its bytes and its limit."""

    file: str
    size: int
    most: int

    @property
    def within(self) -> bool:
        """Whether the page keeps to its limit."""
        return self.size <= self.most

    def record(self) -> dict[str, Any]:
        """Return the line of the manifest."""
        return {"page": self.file, "bytes": self.size, "most": self.most}


def page_weights(folder: Path) -> list[Weight]:
    """Return the weights of the pages in a folder, the heaviest first.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, size in (("bands.html", 10), ("atlas.html", 30)):
    ...         _ = (Path(folder) / name).write_bytes(bytes(size))
    ...     [(page.file, page.size, page.most) for page in page_weights(Path(folder))]
    [('atlas.html', 30, 6000000), ('bands.html', 10, 1200000)]
    """
    pages = [
        Weight(file=path.name, size=path.stat().st_size, most=BOOK_BYTES if path.name == BOOK else PAGE_BYTES)
        for path in folder.glob("*.html")
    ]
    return sorted(pages, key=lambda page: (-page.size, page.file))


def weight_table(pages: list[Weight]) -> str:
    """Return the weights as lines for a terminal, in kilobytes of a thousand.

    >>> print(weight_table([Weight(file="a.html", size=1_234_567, most=1_200_000)]))
    page      KB  limit
    a.html  1235   1200  over
    """
    wide = max([len("page"), *(len(page.file) for page in pages)])
    lines = [f"{'page':<{wide}}  {'KB':>4}  limit"]
    for page in pages:
        over = "" if page.within else "  over"
        lines.append(f"{page.file:<{wide}}  {page.size / 1000:>4.0f}  {page.most / 1000:>5.0f}{over}")
    return "\n".join(lines)
