"""The lowest versions that pyproject.toml allows, as pip's constraints: ``python tests/lowest.py constraints``.

``requirements`` prints what the tests of those versions need beside the package and its extras: the
extra ``test`` without the linters, the browser, the documentation and the large data.
"""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
EXTRAS = ("dask", "parquet", "graphs")
NOT_NEEDED = {"nanyi_gis", "mypy", "pandas-stubs", "playwright", "pyrosm", "ruff", "websockets"}
FROM_NOTEBOOKS = {"matplotlib"}  # for its sample of real terrain


def requirements() -> list[Requirement]:
    """Return what is installed beside the package itself."""
    extras = _project()["optional-dependencies"]
    found = [Requirement(text) for text in extras["test"]]
    found += [one for one in map(Requirement, extras["notebooks"]) if one.name in FROM_NOTEBOOKS]
    return [one for one in found if one.name not in NOT_NEEDED]


def constraints() -> list[str]:
    """Return the lowest version of each direct dependency.

    >>> lowest(Requirement("folium>=0.20,<0.21"))
    'folium==0.20'
    """
    project = _project()
    texts = list(project["dependencies"])
    for extra in EXTRAS:
        texts += project["optional-dependencies"][extra]
    return [lowest(one) for one in [*map(Requirement, texts), *requirements()]]


def lowest(requirement: Requirement) -> str:
    """Return a constraint to the lowest version that a requirement allows."""
    versions = [one.version for one in requirement.specifier if one.operator in {">=", "==", "~="}]
    if len(versions) != 1:
        raise SystemExit(f"{requirement} states no lower bound; write name>=version")
    return f"{requirement.name}=={versions[0]}"


def _project() -> dict:
    return tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]


if __name__ == "__main__":
    wanted = {"constraints": constraints, "requirements": requirements}[sys.argv[1]]
    print("\n".join(map(str, wanted())))
