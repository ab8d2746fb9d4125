"""The layers that were fetched: the record beside each, and the list of those that this machine has."""

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import DataError
from ...io import Provenance, layer_provenance, record_text, write_text
from .cache import cache_folder

_FOLDER = "layers"


def write_record(layer: Path, record: Provenance) -> Path:
    """Write the provenance of a layer beside it, ``NAME.toml``, and return its path."""
    return write_text(Path(f"{layer}.toml"), record_text(record))


def tags_of(record: Provenance) -> dict[str, str]:
    """Return the provenance of a layer as tags of a GeoTIFF."""
    tags = {
        "TITLE": record.title,
        "TITLE_ZH": record.title_zh,
        "SOURCE": record.source,
        "AS_OF": record.as_of,
        "LICENCE": record.licence,
        "ATTRIBUTION": record.attribution,
        "EVIDENCE": record.evidence,
        "METHOD": record.method,
        "VERTICAL_DATUM": record.vertical,
    }
    return {name: " ".join(text.split()) for name, text in tags.items() if text}


def remember(paths: Sequence[Path]) -> None:
    """Note that these layers were fetched, so that ``nanyi-gis sources`` shows them while they are there."""
    folder = cache_folder() / _FOLDER
    for path in paths:
        place = os.fspath(path.resolve())
        name = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
        with contextlib.suppress(OSError):  # the layers stand; a list that cannot be kept is no fault of theirs
            folder.mkdir(parents=True, exist_ok=True)
            fresh = folder / f".{name}.{os.getpid()}"
            write_text(fresh, json.dumps({"layer": place}, ensure_ascii=False) + "\n")
            fresh.replace(folder / f"{name}.json")


def fetched_layers() -> pd.DataFrame:
    """Return the provenance of the fetched layers that are still there, as :func:`nanyi_gis.io.provenance_table`."""
    found = []
    with contextlib.suppress(OSError):
        for note in sorted((cache_folder() / _FOLDER).glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                found.append(Path(json.loads(note.read_text(encoding="utf-8"))["layer"]))
    rows: list[dict[Any, Any]] = []
    for path in sorted(set(found)):
        with contextlib.suppress(DataError, OSError):  # moved, or its record is gone
            rows += layer_provenance(path).to_dict("records")
    return pd.DataFrame(rows)
