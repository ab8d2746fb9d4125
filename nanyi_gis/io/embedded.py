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
    for root in _roots():
        candidate = root / name
        if candidate.is_file():
            return candidate
    raise DataError(f"no embedded file {name!r}; reinstall nanyi_gis")


def data_files() -> dict[str, Path]:
    """Return all embedded data files by name, sorted; provenance records and Markdown notes are left out.

    >>> "plan/items.json" in data_files(), "plan/items.json.toml" in data_files()
    (True, False)
    """
    root = next((root for root in _roots() if root.is_dir()), None)
    if root is None:
        raise DataError("the embedded data are missing; reinstall nanyi_gis")
    found = (
        path for path in root.rglob("*") if path.is_file() and not path.name.startswith(".") and path.suffix != ".md"
    )
    data = (path for path in found if not (path.suffix == ".toml" and path.with_suffix("").is_file()))
    return dict(sorted((path.relative_to(root).as_posix(), path) for path in data))


def _roots() -> tuple[Path, Path]:
    package = Path(__file__).resolve().parent.parent
    return package / "data", package.parent / "data"
