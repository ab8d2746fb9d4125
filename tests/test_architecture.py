"""The rooms of the package and who may import whom, held to what CONTRIBUTING.md says."""

import ast
from pathlib import Path

import pytest

import nanyi_gis
from nanyi_gis import io

PACKAGE = Path(nanyi_gis.__file__).parent
ROOT = PACKAGE.parent

MAY_IMPORT = {
    "errors": set(),
    "_validation": {"errors"},
    "_kernels": set(),
    "datum": {"errors", "_validation"},
    "io": {"errors", "_validation"},
    "plan": {"errors", "_validation", "io"},
    "study": {"errors", "_validation", "io", "datum", "plan"},
    "boundaries": {"errors", "_validation", "io", "datum", "study"},
    "inspection": {"errors", "_validation", "io", "datum", "study"},
    "dem": {"errors", "_validation", "io", "study"},
    "demo_dem": {"errors", "_validation", "_kernels", "io", "study", "dem", "plan", "terrain"},
    "terrain": {"errors", "_validation", "_kernels", "io"},
    "suitability": {"errors", "_validation", "_kernels", "io", "terrain"},  # its grid and cell areas
    "uncertainty": {"errors", "_validation", "_kernels", "io", "suitability"},
    "travel_time": {"errors", "_validation", "_kernels", "io"},
    "network": {"errors", "_validation", "_kernels", "io", "plan", "study"},
    "accessibility": {"errors", "_validation", "_kernels", "io", "network", "travel_time"},
    "webmap": {"errors"},
}


def imports(path: Path) -> set[str]:
    """Return the rooms of ours that a file imports."""
    package = ("nanyi_gis", *path.relative_to(PACKAGE).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            stem = base + (node.module.split(".") if node.module else [])
            names = [[*stem, alias.name] for alias in node.names]
        else:
            continue
        found |= {name[1] for name in names if name[0] == "nanyi_gis" and len(name) > 1}
    return found


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_it_may(room):
    files = [PACKAGE / f"{room}.py"] if (PACKAGE / f"{room}.py").exists() else list((PACKAGE / room).rglob("*.py"))
    assert files, f"no room {room}"
    for path in files:
        extra = imports(path) - MAY_IMPORT[room] - {room}
        assert not extra, f"{path.relative_to(ROOT)} imports {sorted(extra)}"


def test_every_room_is_listed():
    rooms = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert rooms - {"__init__", "__main__", "atlas", "cli"} == set(MAY_IMPORT)


def test_dask_is_never_imported_at_module_level():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] in {"dask", "distributed"} for name in names), path


def test_every_data_file_has_its_provenance():
    files = io.data_files()
    committed = {p for p in (ROOT / "data").rglob("*") if p.is_file() and p.suffix not in {".toml", ".md"}}
    assert committed <= {path.resolve() for path in files.values()}
    for path in files.values():
        record = io.read_provenance(path)
        assert record.source
        assert record.licence
