"""The rooms of the package and who may import whom, held to what CONTRIBUTING.md says."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import nanyi_gis
from nanyi_gis import io

PACKAGE = Path(nanyi_gis.__file__).parent
ROOT = PACKAGE.parent

KINDS = {
    "ground": [
        "errors",
        "_validation",
        "_progress",
        "_consent",
        "_interrupts",
        "_limits",
        "_highs",
        "_kernels",
        "_transformers",
        "units",
        "colours",
        "datum",
        "datum_guard",
        "io",
        "raster",
        "climate",
    ],
    "subjects": [
        "terrain",
        "suitability",
        "eligibility",
        "uncertainty",
        "network",
        "travel_time",
        "accessibility",
        "siting",
        "route",
        "visibility",
        "hydrology",
        "forest",
        "hazard",
        "irradiation",
        "consistency",
        "comfort",
    ],
    "the study": ["plan", "study", "schematic", "dem", "sources", "targets", "monitor", "inspection"],
    "faces": ["webmap", "atlas", "cli"],
}
FLOOR = {room: floor for floor, rooms in enumerate(KINDS.values()) for room in rooms}
FILES = sorted(PACKAGE.rglob("*.py"))

# names that moved to a room above and are still found, when asked for, where they were; nothing may join them
FOUND_ABOVE = {
    "accessibility/__init__.py",  # the planner's questions, now in targets
    "accessibility/population.py",  # people by county, if none are given
    "network/__init__.py",  # the schematic network, now in schematic
    "network/build.py",  # a graph without lines is the embedded one
    "suitability/__init__.py",  # feasibility, now in targets
    "suitability/run.py",  # what feasibility.csv holds
}

# libraries that open files, and the rooms that may call them
DOORS = {
    "raster": {"rasterio.open", "rioxarray.open_rasterio", "WarpedVRT", "xr.open_dataarray", "xr.open_dataset"},
    "io": {
        *("pyogrio.read_dataframe", "pyogrio.list_layers", "pyogrio.read_info", "pyogrio.read_arrow", "pyogrio.raw"),
        *("gpd.read_file", "gpd.read_parquet", "geopandas.read_file", "geopandas.read_parquet", "tomllib.loads"),
    },
}
WRITES = {"w", "w+"}

# modules that could go online or start programs, and the files that may import them
ONLINE = {
    *("aiohttp", "asyncio", "ftplib", "http", "httpx", "pip", "requests", "smtplib", "socket", "socketserver", "ssl"),
    *("subprocess", "telnetlib", "urllib.request", "urllib3", "webbrowser", "xmlrpc"),
}
GO_ONLINE = {
    "sources/fetch/client.py": {"httpx", "ssl", "urllib.request"},  # proxies of the environment, faults of TLS
    "sources/fetch/transfer.py": {"httpx"},
    "sources/fetch/package_index.py": {"subprocess"},  # pip of the Python that runs
    "sources/fetch/roads.py": {"requests", "socket"},  # faults of OSMnx in words; one look whether a host is there
    "suitability/cluster.py": {"socket"},  # one look whether the scheduler is there
}
FETCHES = {"fetch", "fetch_files"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


ROOMS = sorted({room_of(path) for path in FILES})


def files_of(room: str) -> list[Path]:
    return [path for path in FILES if room_of(path) == room]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> list[tuple[str, ...]]:
    """Return the modules of ours that a file imports, as parts behind the package's name."""
    package = ("nanyi_gis", *path.relative_to(PACKAGE).parent.parts)
    found: list[tuple[str, ...]] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = (*base, *(node.module.split(".") if node.module else ()))
            # ``from .. import terrain`` names rooms, ``from ..terrain import slope`` names of a face
            found += [(*stem, alias.name) for alias in node.names] if stem == ("nanyi_gis",) else [stem]
    return [parts[1:] for parts in found if parts[0] == "nanyi_gis" and len(parts) > 1]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_its_own_kind_and_those_below(room):
    if room in {"__init__", "__main__"}:
        return
    for path in files_of(room):
        for parts in imports(path):
            if parts[0] in FLOOR:
                assert FLOOR[parts[0]] <= FLOOR[room], f"{path.relative_to(ROOT)} imports {'.'.join(parts)}"
        if room == "webmap":
            known = {parts[0] for parts in imports(path)} - {"webmap"}
            assert known <= set(KINDS["ground"]), "webmap knows layers, no analysis"


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_imported_past_a_rooms_face(room):
    if room in {"__init__", "__main__"}:
        return
    for path in files_of(room):
        beyond = [".".join(p) for p in imports(path) if len(p) > 1 and p[0] != room and p[0] != "_kernels"]
        assert not beyond, f"{path.relative_to(ROOT)} imports {beyond}; put the names into the room's __init__"


def test_no_room_reaches_above_by_a_name_in_a_text():
    dynamic = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        if room_of(path) not in {"__init__", "cli", "atlas", "webmap"}
        and any(name.split(".")[-1] in {"resolve_name", "import_module"} for name, _ in _calls(path))
    }
    assert dynamic == FOUND_ABOVE


def test_every_room_is_listed():
    rooms = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert rooms - {"__init__", "__main__"} == set(FLOOR)


def test_no_room_is_in_a_circle():
    """A name that is only needed within a function or by type checkers makes no circle."""
    needs: dict[str, set[str]] = {room: set() for room in FLOOR}
    for path in FILES:
        room = room_of(path)
        if room not in FLOOR:
            continue
        package = ("nanyi_gis", *path.relative_to(PACKAGE).parent.parts)
        for node in parsed(path).body:
            if isinstance(node, ast.ImportFrom) and node.level:
                base = package[: len(package) - node.level + 1]
                stem = (*base, *(node.module.split(".") if node.module else ()))
                names = [stem[1]] if len(stem) > 1 else [alias.name for alias in node.names]
                needs[room] |= {name for name in names if name in FLOOR and name != room}
    done: set[str] = set()
    while len(done) < len(needs):
        ready = {room for room, rooms in needs.items() if room not in done and rooms <= done}
        assert ready, f"in a circle: {sorted(set(needs) - done)}"
        done |= ready


@cache
def _calls(path: Path) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(node.func), node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("room", ROOMS)
def test_files_come_in_by_two_doors(room):
    for path in files_of(room):
        for door in DOORS.keys() - {room}:
            assert past_the_door(path, door) == []


def past_the_door(path: Path, door: str) -> list[str]:
    """Return where a file calls what only the room of a door may call."""
    found = []
    for name, call in _calls(path):
        mode = ast.literal_eval(call.args[1]) if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else ""
        writes = name == "rasterio.open" and mode in WRITES
        if name in DOORS[door] and not writes:
            found.append(f"{path.relative_to(ROOT)}:{call.lineno} calls {name}")
        if door == "raster" and name in {"dataset.read", "dataset.read_masks", "src.read"}:
            found.append(f"{path.relative_to(ROOT)}:{call.lineno} reads a raster; call raster.open_raster")
    return found


def test_the_engines_know_no_county():
    words = ("叙永", "古蔺", "Xuyong", "Gulin", "510524", "510525", "赤水", "Chishui", "South Wing", "Luzhou", "泸州")
    for room in (*KINDS["ground"], *KINDS["subjects"]):
        for path in FILES:
            if room_of(path) == room:
                tree = parsed(path)
                documents = {
                    id(node.body[0].value)
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
                    and node.body
                    and isinstance(node.body[0], ast.Expr)
                }
                texts = [
                    node.value
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents
                ]
                found = [(text, word) for text in texts for word in words if word in text]
                assert not found, f"{path.relative_to(ROOT)}: {found[:3]}"


def test_dask_is_never_imported_at_module_level():
    for path in FILES:
        for node in parsed(path).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] in {"dask", "distributed"} for name in names), path


def _modules(path: Path) -> set[str]:
    """Return the modules of others that a file imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {known for known in ONLINE if any(name == known or name.startswith(f"{known}.") for name in found)}


def test_only_what_fetches_can_go_online():
    """Nothing else of the package has a way to the network, nor a way to start a program that does."""
    able = {path.relative_to(PACKAGE).as_posix(): found for path in FILES if (found := _modules(path))}
    assert able == GO_ONLINE


def test_only_the_command_fetch_fetches():
    """Every other room and command works without a network, and none fetches on the side."""
    callers = set()
    for path in FILES:
        name = path.relative_to(PACKAGE).as_posix()
        if name == "sources/__init__.py" or name.startswith("sources/fetch/"):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sources"):
                if FETCHES & {alias.name for alias in node.names} or (node.module or "") != "sources":
                    callers.add(name)
            elif isinstance(node, ast.Attribute) and node.attr in FETCHES and ast.unparse(node.value) == "sources":
                callers.add(name)
    assert callers == {"cli/fetch.py"}


def test_a_module_is_one_screenful_of_concepts():
    long = {p.relative_to(ROOT).as_posix(): n for p in FILES if (n := len(p.read_text("utf-8").splitlines())) > 500}
    assert not long, "split them by concept"


def test_importing_the_package_loads_no_library():
    code = "import sys, nanyi_gis; print([m for m in ('numpy', 'geopandas', 'rasterio', 'numba') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_every_data_file_has_its_provenance():
    files = io.data_files()
    committed = {p for p in (ROOT / "data").rglob("*") if p.is_file() and p.suffix not in {".toml", ".md"}}
    assert committed <= {path.resolve() for path in files.values()}
    for path in files.values():
        record = io.read_provenance(path)
        assert record.source
        assert record.licence
