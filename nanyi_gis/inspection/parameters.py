"""Files of parameters: land uses, climates, speeds, scenarios, roads for visitors, studies."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..climate import load_climate
from ..io import read_mapping
from ..monitor import check_plan, read_register
from ..network import load_scenario, load_speeds
from ..study import load_study
from ..suitability import load_use
from ..targets import (
    load_known_places,
    read_road_record,
    read_siting_record,
    road_record,
    road_sites,
    siting_record,
    study_climate,
    study_crops,
    system_records,
)
from .report import FileReport, Use, verdict

STUDY = "study.toml"


def _whole_study(path: str) -> None:
    """Read what of a study needs no DEM: counties, plan, relations, places, crops, climate, census and others."""
    study = load_study(study=path)
    plan = study.plan
    _ = plan.places, plan.corridors, study.census  # each is read when asked for
    crops = study_crops(study)
    load_climate(study_climate(study, crops))
    if "known_places" in study.files:
        load_known_places(study.files["known_places"], study=study, crops=crops)
    if "route" in study.files:
        road_sites(study, road_record(study))
    siting_record(study)
    system_records(study)
    read_register(study)
    check_plan(study)


_READERS: Mapping[str, tuple[str, Callable[[str], Any], frozenset[str]]] = {
    "crop or use": ("suitability --crop", load_use, frozenset({"criterion", "constraints"})),
    "climate": ("suitability --climate", load_climate, frozenset({"regime", "station", "variable", "ridge"})),
    "speeds": ("network --speeds", load_speeds, frozenset({"speed_kmh", "surface", "mode", "slope"})),
    "scenario": ("network --changes", load_scenario, frozenset({"add", "close", "speed", "year"})),
    "road for visitors": ("route", read_road_record, frozenset({"weights", "mandated", "site", "alignment", "part"})),
    "siting": (
        "build --study",
        read_siting_record,
        frozenset({"sub_centres", "processing", "shelters", "charging", "telecom"}),
    ),
    "study": ("build --study", _whole_study, frozenset({"counties"})),
}


def parameter_report(path: str) -> FileReport:
    """Return what is to be said of a TOML or JSON file, or of the folder of a study.

    Raises
    ------
    DataError
        If it cannot be read or parsed.
    """
    folder = Path(path).is_dir()
    keys = {"counties"} if folder else set(read_mapping(path))
    fitting = {name: reader for name, reader in _READERS.items() if keys & reader[2]}
    uses = tuple(
        Use(name, (command,), verdict(_trial(read, path)))
        for name, (command, read, _) in (fitting or _READERS).items()
        if fitting or name != "study"
    )
    kind = "study folder" if folder else f"parameters, {len(keys)} keys"
    none = "none"
    return FileReport(Path(path).name, kind, none, none, "valid" if fitting else "no known keys", none, none, uses)


def _trial(read: Callable[[str], Any], path: str) -> Callable[[], Sequence[str]]:
    def trial() -> Sequence[str]:
        read(path)
        return ()

    return trial
