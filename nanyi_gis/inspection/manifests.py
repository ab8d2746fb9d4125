"""What `check` says of the folder of an atlas."""

import os

from ..io import verify_manifest
from .report import FileReport, Use


def atlas_report(folder: str | os.PathLike[str]) -> FileReport:
    """Report whether an atlas is as its manifest lists it.

    Raises
    ------
    DataError
        If the folder has no manifest, or it is none.
    """
    found = verify_manifest(folder)
    verdict = "yes" + (f", with notes: {'; '.join(found.notes)}" if found.notes else "")
    return FileReport(
        name=os.fspath(folder),
        kind=f"atlas of {found.outputs} files",
        crs="none",
        datum="none",
        validity="as its manifest lists" if found.sound else "; ".join((found.state, *found.notes)),
        nodata="none",
        extent="none",
        uses=(Use("atlas", (), verdict if found.sound else f"no: {found.fault}"),),
    )
