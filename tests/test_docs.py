"""The documentation is whole, and opens without any network."""

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nanyi_gis
from nanyi_gis.cli import app

ROOT = Path(nanyi_gis.__file__).parent.parent
ROOMS = [name for _, name, _ in pkgutil.iter_modules(nanyi_gis.__path__) if not name.startswith("_") and name != "cli"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    pytest.importorskip("sphinx")
    folder = tmp_path_factory.mktemp("docs")
    build = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-b",
        "html",
        "-d",
        str(folder / "trees"),
        "docs",
        str(folder / "site"),
    ]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_of_a_room_is_there(site, room):
    page = (site / "reference" / f"{room}.html").read_text(encoding="utf-8")
    names = getattr(importlib.import_module(f"nanyi_gis.{room}"), "__all__", [])
    described = [
        f'id="nanyi_gis.{room}.{name}"' in page or f">{name}</span></code> is that of" in page for name in names
    ]
    modules = [isinstance(getattr(getattr(nanyi_gis, room), name), type(sys)) for name in names]
    missing = [name for name, *found in zip(names, described, modules, strict=True) if not any(found)]
    assert missing == []


def test_examples_stand_as_code(site):
    page = (site / "reference" / "terrain.html").read_text(encoding="utf-8")
    assert "&gt;&gt;&gt; </span>" in page
    assert "<strong>&gt;&gt;&gt;" not in page


def test_every_command_is_there(site):
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    assert [name for name in app.list_commands(None) if f'id="{name}"' not in page] == []


def test_every_guide_can_be_reached_from_the_first_page(site):
    first = (site / "index.html").read_text(encoding="utf-8")
    guides = sorted(path.stem for path in (ROOT / "docs").glob("*.md") if path.stem != "index")
    assert [name for name in guides if f'href="{name}.html"' not in first] == []


def test_no_page_asks_the_network(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        tags = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*>", text)
        assert [tag for tag in tags if re.search(r"""(?:src|href)=["']?(?:https?:)?//""", tag)] == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"""(?:url\(|@import)\s*["']?(?:https?:)?//""", path.read_text(encoding="utf-8")), path
