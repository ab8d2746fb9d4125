"""A study's plan held against itself, the land and what is reported: the run behind ``nanyi-gis monitor check``."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import naming
from ..io import staged, write_csv
from ..study import StudyArea
from .areas import Land, read_areas
from .claims import plan_claims
from .contradictions import Contradictions, contradictions
from .records import Observation
from .register import read_register
from .relations import FILE, Relations, read_relations
from .reported import reported_relations

CHECK_FILES = ("claims.csv", "checks.csv", "conflicts.csv")
"""Names of all files of :func:`write_contradictions`."""


@dataclass(frozen=True)
class PlanCheck:
    """What was found, and what a reader must know."""

    found: Contradictions
    notes: tuple[str, ...]


def check_plan(
    study: StudyArea,
    *,
    relations: str | os.PathLike[str] | None = None,
    areas: Sequence[str | os.PathLike[str]] = (),
    observations: Sequence[Observation] = (),
) -> PlanCheck:
    """Hold a study's plan against itself, suitable land and reported values.

    Parameters
    ----------
    study : StudyArea
    relations : path, optional
        ``relations.toml``; that of the plan's folder if none is given.
    areas : sequence of path
        Tables of suitable land; see :func:`read_areas`.
    observations : sequence of Observation
        Reported values; see :func:`read_sheets`.

    Raises
    ------
    DataError, ParameterError
        As :func:`read_relations`, :func:`plan_claims` and :func:`read_areas`.

    >>> from nanyi_gis.study import load_study
    >>> check_plan(load_study()).found.counts()
    {'满足': 19, '矛盾': 3, '无法判断': 7}
    """
    known = read_relations(study, relations)
    notes = []
    if known is None:
        notes.append(f"the plan has no {FILE}; only wholes and their counties' shares are held together")
    known = known or Relations()
    land = read_areas(areas, known.layer) if areas else Land({}, {}, ())
    with naming(relations if relations is not None else _beside(study)):
        claims = plan_claims(study, relations=known, layers=land.intervals, layer_sources=land.sources)
    register = read_register(study) if observations else None
    reported = () if register is None else reported_relations(claims, observations, whole=register.whole)
    return PlanCheck(contradictions(claims, reported=reported), (*notes, *land.notes))


def _beside(study: StudyArea) -> Path | None:
    return None if study.plan_folder is None else Path(study.plan_folder) / FILE


def write_contradictions(found: Contradictions, out: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write claims, checks and conflicts, whole or not at all; columns as of :class:`Contradictions`.

    Raises
    ------
    OutputError
        If the folder cannot be written.

    >>> import tempfile
    >>> from nanyi_gis.study import load_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_contradictions(check_plan(load_study()).found, folder + "/out")]
    ['claims.csv', 'checks.csv', 'conflicts.csv']
    """
    folder = Path(out)
    with staged(folder) as stage:
        for name, table in zip(CHECK_FILES, (found.claims, found.checks, found.conflicts), strict=True):
            write_csv(table, stage / name, digits=4)
    return tuple(folder / name for name in CHECK_FILES)
