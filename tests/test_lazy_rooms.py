"""``import nanyi_gis`` is quick, and each room is there when it is named."""

import ast
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nanyi_gis

PACKAGE = Path(nanyi_gis.__file__).parent
ROOMS = sorted(m.name for m in pkgutil.iter_modules([str(PACKAGE)]) if not m.name.startswith("_"))


def asked(code: str) -> object:
    """What a fresh interpreter prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys, nanyi_gis\n{code}"], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_package_alone_loads_no_library():
    loaded = asked("dir(nanyi_gis); print(json.dumps(sorted(sys.modules)))")
    heavy = {"numpy", "pandas", "geopandas", "rasterio", "xarray", "numba", "networkx", "click", "pydantic"}
    assert not heavy & set(loaded)
    assert [name for name in loaded if name.startswith("nanyi_gis.")] == []


@pytest.mark.slow
def test_a_room_loads_when_it_is_named():
    code = "print(json.dumps(['numpy' in sys.modules, nanyi_gis.terrain.slope.__name__, 'numpy' in sys.modules]))"
    assert asked(code) == [False, "slope", True]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_an_attribute(room):
    assert getattr(nanyi_gis, room).__name__ == f"nanyi_gis.{room}"
    assert room in dir(nanyi_gis)


def test_what_is_no_room_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'tarrain'"):
        nanyi_gis.tarrain  # noqa: B018
    assert not hasattr(nanyi_gis, "utils")


def test_type_checkers_see_every_room():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    assert sorted(alias.name for node in block.body for alias in node.names) == ROOMS
