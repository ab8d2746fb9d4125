"""The records of the plan's systems (water, energy, forest, ...): one file each in the folder that a study names."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from ..study import StudyArea
from .items import refuse_unknown_items
from .typed import read_typed

Record = TypeVar("Record", bound=BaseModel)


def system_record(study: StudyArea, name: str, record: type[Record], *, guide: str) -> Record | None:
    """Return a study's record of a system; None if it has no such file.

    Parameters
    ----------
    study : StudyArea
        Its key ``systems`` names the folder.
    name : str
        The file without ``.toml``, e.g. ``water``.
    record : type
        A :class:`FrozenRecord` whose fields are the keys of the file.
    guide : str
        The page that has its keys, for messages.

    Raises
    ------
    DataError
        If the file is no TOML, or names an item that the study's plan has not.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.

    >>> from nanyi_gis.study import load_study
    >>> from nanyi_gis.targets.items import FrozenRecord
    >>> system_record(load_study(), "whaling", FrozenRecord, guide="docs/study.md") is None
    True
    """
    path = system_file(study, name)
    if path is None:
        return None
    found = read_typed(path, record, what=f"{name} file", guide=guide)
    refuse_unknown_items(found, study, path)
    return found


def system_file(study: StudyArea, name: str) -> Path | None:
    """Return the file of a system's record, or None if the study has none."""
    if "systems" not in study.files:
        return None
    path = study.files["systems"] / f"{name}.toml"
    return path if path.is_file() else None
