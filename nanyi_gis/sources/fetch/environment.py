"""What the environment says of the network, as it was before the command line put some of it aside for GDAL's sake."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

SET_ASIDE = "NANYI_GIS_NO_PROXY"
"""Where the command line keeps ``NO_PROXY``, which would let GDAL go online."""


@contextmanager
def own_environment() -> Iterator[None]:
    """Put ``NO_PROXY`` back, which the command line sets aside, while the environment is read."""
    kept = os.environ.get(SET_ASIDE)
    before = os.environ.get("NO_PROXY")
    if kept is not None and before is None:
        os.environ["NO_PROXY"] = kept
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("NO_PROXY", None)


def shown(url: str) -> str:
    """Return an address as it may be shown and kept: without name, password and query.

    >>> shown("https://me:secret@example.org/a.tif?key=1")
    'https://example.org/a.tif'
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # not an address, so nothing in it can be told from a password
        scheme, _, rest = url.partition("://")
        return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"
    if not parts.netloc:
        return url.partition("?")[0]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
