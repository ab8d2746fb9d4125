"""Finding the data that travels with the package."""

from pathlib import Path

from ..errors import DataError


def data_file(name: str) -> Path:
    """Return the path of an embedded data file, e.g. ``boundaries/counties.geojson``.

    A wheel carries the data inside the package; a checkout has them beside it.

    Raises
    ------
    DataError
        If there is no such file.

    >>> data_file("boundaries/atlantis.geojson")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: no embedded file 'boundaries/atlantis.geojson'; reinstall nanyi_gis
    """
    package = Path(__file__).resolve().parent.parent
    for root in (package / "data", package.parent / "data"):
        candidate = root / name
        if candidate.is_file():
            return candidate
    raise DataError(f"no embedded file {name!r}; reinstall nanyi_gis")
