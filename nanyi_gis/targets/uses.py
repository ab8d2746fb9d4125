"""The crops and other land uses of a study, and the climate that they are judged by."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import ParameterError
from ..io import data_file, read_provenance
from ..study import StudyArea
from ..suitability import Crop, LandUse, embedded_crops, embedded_uses, load_crop, load_use


def study_crops(study: StudyArea, own: Sequence[str | os.PathLike[str]] = ()) -> tuple[Crop, ...]:
    """Return the crops of a study in its order; a file of the user's own replaces the one of its id, or comes last.

    Raises
    ------
    DataError, ParameterError
        If a crop file cannot be read or breaks a rule, one of the study is named otherwise than its id, an embedded
        one has no record beside it, or two of the user's have one id.

    >>> from nanyi_gis.study import load_study
    >>> [crop.id for crop in study_crops(load_study())][:4]
    ['orange', 'plum', 'kiwifruit', 'sorghum']
    """
    found: dict[str, Crop] = {}
    for path in study.crops.values():
        crop = _registered(path)
        found[crop.id.casefold()] = crop  # ids name files, and file systems may be blind to case
    given: dict[str, str] = {}
    for file in own:
        crop = load_crop(file)
        key = crop.id.casefold()
        if key in given:
            raise ParameterError(f"{file} and {given[key]} are both crop {crop.id!r}; give one, or change an id")
        given[key] = str(file)
        found[key] = crop
    return tuple(found.values())


def _registered(path: Path, *, name: str = "crop") -> Crop:
    """Return a crop or use of a study, whose file is called by its id; one of the package has its record."""
    embedded = {data_file(file).parent for file in ("crops/orange.toml", "uses/wind.toml")}
    if path.stem.endswith(".toml") or path.parent in embedded:
        read_provenance(path)
    crop = load_use(path, name=name)
    if crop.id != path.stem:
        raise ParameterError(
            f"{path}: id is {crop.id!r}, but a study's {name} is called as its file; name it {crop.id}.toml, "
            f'or write id = "{path.stem}"'
        )
    return crop


def crops_with_target(study: StudyArea) -> list[Crop]:
    """Return the crops of a study for which its plan asks an area, in their order.

    >>> from nanyi_gis.study import load_study
    >>> [crop.id for crop in crops_with_target(load_study())][:4]
    ['orange', 'plum', 'kiwifruit', 'sorghum']
    """
    return [crop for crop in study_crops(study) if crop.targets]


def study_use(use: str | os.PathLike[str], *, study: StudyArea, name: str = "use") -> LandUse:
    """Return a land use by its name in the study or in the package, or from a criteria file.

    ``name`` is what the messages call it; a ``crop`` is none of the study's other uses.

    Raises
    ------
    DataError, ParameterError
        If there is no such use, or its file cannot be read or breaks a rule.

    >>> from nanyi_gis.study import load_study
    >>> study_use("plum", study=load_study()).name_zh
    '乌蒙脆李'
    >>> study_use("wind", study=load_study()).name_zh
    '风电'
    """
    given = os.fspath(use)
    own = dict(study.crops) if name == "crop" else {**study.uses, **study.crops}
    ours = embedded_crops() if name == "crop" else (*embedded_crops(), *embedded_uses())
    if given in own:
        return _registered(own[given], name=name)
    if given in ours or given.endswith(".toml") or os.sep in given:
        return load_use(given, name=name)
    known = ", ".join(sorted({*own, *ours}))
    file = "crop file" if name == "crop" else "criteria file"
    raise ParameterError(f"{name} is {given!r}, but must be one of: {known}; or the path of a {file} (.toml)")


def study_climate(
    study: StudyArea, uses: Sequence[LandUse], *, own: str | os.PathLike[str] | None = None
) -> Path | None:
    """Return the climate file for uses in a study: the user's own, else the study's; ``None`` if nothing asks for one.

    Raises
    ------
    ParameterError
        If a use has a criterion of climate, but there is no file: another county's climate would be wrong.
    """
    path = study.climate if own is None else Path(own)
    asking = [use.id for use in uses if use.asks_climate]
    if path is None and asking:
        raise ParameterError(
            f"{asking[0]} is judged by climate, but the study {study.id} names none; add climate to its study.toml, "
            "or give one with --climate FILE"
        )
    return path
