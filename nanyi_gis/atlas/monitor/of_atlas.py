"""The register of an atlas: what its study has published, or what the planner's sheets report."""

from typing import TYPE_CHECKING

from .facts import checks_of, report_of, told_of
from .told import Told

if TYPE_CHECKING:
    from ..context import Atlas

REPORT = "register"
"""Name of the report among what an atlas shares."""


def told_of_atlas(atlas: "Atlas") -> Told | None:
    """Return the report that the pages of an atlas tell, in its language; None if its study has no register."""
    found = atlas.once(REPORT, lambda: report_of(atlas.study, atlas.observations, as_of=atlas.as_of))
    if found is None or "monitor" not in atlas.study.files:
        return None
    checks = atlas.once(f"{REPORT} checked", lambda: checks_of(found))
    return atlas.once(
        f"register in {atlas.lang}", lambda: told_of(found, lang=atlas.lang, checks=checks, said=atlas.said)
    )
