"""Where files of the user's own come from, as the record beside each says: what pages and manifest must show."""

from collections.abc import Iterable
from pathlib import Path

from ..errors import DataError
from ..io import Provenance, read_provenance, split_layer


def credits_of(paths: Iterable[Path], *, lang: str) -> tuple[str, ...]:
    """Return a line a file whose provenance is known: title, what must be shown, licence.

    >>> from nanyi_gis.io import data_file
    >>> credits_of([data_file("boundaries/chishui_frontage.geojson")], lang="en")[0][:44]
    'Chishui River frontage of Xuyong and Gulin ('
    """
    lines = []
    for record in filter(None, map(_record, paths)):
        title = record.title if lang == "en" else record.title_zh
        licence = f"licence: {record.licence}" if lang == "en" else f"许可: {record.licence}"
        lines.append("; ".join(part for part in (title, record.attribution, licence) if part))
    return tuple(dict.fromkeys(lines))


def credit_of(path: Path) -> dict[str, str]:
    """Return the fields of a file's record that a manifest shows; none if there is no record."""
    record = _record(path)
    if record is None:
        return {}
    fields = ("title", "source", "as_of", "licence", "attribution", "evidence")
    return {name: str(getattr(record, name)) for name in fields if getattr(record, name)}


def _record(path: Path) -> Provenance | None:
    """Return the record beside a file; a file of one's own may have none."""
    try:
        return read_provenance(split_layer(path)[0])
    except DataError:
        return None
