"""Every record of a study's systems at once, so that a check of the study reads what its pages will."""

from collections.abc import Callable, Mapping

from pydantic import BaseModel

from ..errors import DataError
from ..study import StudyArea
from .energy import energy_record
from .forest_supply import forest_record
from .hazard_record import hazard_record
from .materials import materials_record
from .power import power_record
from .water import water_record
from .wellness_record import wellness_record

SYSTEMS: Mapping[str, Callable[[StudyArea], BaseModel | None]] = {
    "energy": energy_record,
    "forest": forest_record,
    "hazard": hazard_record,
    "materials": materials_record,
    "power": power_record,
    "water": water_record,
    "wellness": wellness_record,
}
"""What reads the record of each system, by the name of its file."""


def system_records(study: StudyArea) -> dict[str, BaseModel]:
    """Return the records that a study has, by the name of the system.

    Raises
    ------
    DataError
        If a file of the folder is no system's, which no page would read; as :func:`system_record` for the others.
    ParameterError
        As :func:`system_record`.

    >>> from nanyi_gis.study import load_study
    >>> sorted(system_records(load_study()))
    ['energy', 'forest', 'hazard', 'materials', 'power', 'water', 'wellness']
    """
    if "systems" not in study.files:
        return {}
    for path in sorted(study.files["systems"].glob("*.toml")):
        if path.stem not in SYSTEMS and not path.with_suffix("").is_file():
            raise DataError(f"{path}: {path.stem!r} is no system; name the file after one of: {', '.join(SYSTEMS)}")
    found = {name: read(study) for name, read in SYSTEMS.items()}
    return {name: record for name, record in found.items() if record is not None}
