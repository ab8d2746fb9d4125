"""Where a layer comes from: the record that every layer, legend and manifest carries."""

import hashlib
import json
import os
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import DataError
from .mapping import read_toml

Evidence = Literal["official", "surveyed", "digitised", "derived", "schematic", "modelled"]
EVIDENCE: tuple[str, ...] = get_args(Evidence)


class Provenance(BaseModel):
    """Source, date, datum, licence, evidence and uncertainty of one data file.

    Attributes
    ----------
    title : str
        What the file holds, in English; ``title_zh`` is the same in Chinese.
    source : str
        Who published it and where, precise enough to find it again.
    as_of : str
        Date, year or version to which the content refers.
    datum : str
        Horizontal reference as delivered, e.g. ``EPSG:4326``; ``none`` for tables.
    licence : str
        Terms under which it may be passed on.
    evidence : str
        official | surveyed | digitised | derived | schematic | modelled.
    uncertainty_m : float or None
        Horizontal uncertainty in metres, ``None`` where each row has its own or it does not apply.
    method : str
        How the file was made from the source.
    vertical : str
        Vertical datum and unit of elevations; empty for other data.
    attribution : str
        The words that must stand where the data are shown; empty where the licence asks for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    title_zh: str
    source: str
    as_of: str
    datum: str
    licence: str
    evidence: Evidence
    uncertainty_m: float | None = None
    method: str = ""
    vertical: str = ""
    attribution: str = ""


def read_provenance(path: str | os.PathLike[str]) -> Provenance:
    """Return the record beside ``path``: ``counties.geojson`` has ``counties.geojson.toml``.

    Raises
    ------
    DataError
        If the record is missing, is no TOML, or lacks a field.

    Examples
    --------
    >>> from nanyi_gis.io import data_file
    >>> read_provenance(data_file("dem/demo_dem_90m.tif")).evidence
    'modelled'
    """
    beside = Path(f"{os.fspath(path)}.toml")
    if beside.name.endswith(".toml.toml.toml"):
        what = Path(os.fspath(path)).with_suffix("").name
        raise DataError(
            f"{os.fspath(path)} is a record, but no {what} is beside it; add that file or remove the record"
        )
    if not beside.is_file():
        raise DataError(f"{beside.name} is missing beside {path}; every data file needs its provenance")
    try:
        return Provenance.model_validate(read_toml(beside, what="provenance record"))
    except (DataError, ValidationError) as error:
        first = str(error).splitlines()
        raise DataError(f"{beside} is no valid provenance record: {' '.join(first[:3])}") from error


def record_text(record: Provenance) -> str:
    """Return a record as the text of its file, the fields in the order of the class.

    >>> fields = {"title": "a", "title_zh": "b", "source": "c", "as_of": "2021", "datum": "EPSG:4326", "licence": "d"}
    >>> record_text(Provenance(**fields, evidence="derived")).splitlines()[3]
    'as_of = "2021"'
    """
    fields = record.model_dump(exclude_none=True)
    if not record.attribution:
        del fields["attribution"]
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    return "\n".join(lines) + "\n"


def sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file as hexadecimal digits.

    The digest of an empty file is the one of the standard (FIPS 180-4):

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as empty:
    ...     sha256(empty.name)[:8]
    'e3b0c442'
    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
