"""The documentation as a site that opens from a folder, without any network: ``make docs``.

Reference pages are made from the rooms and commands that are found, so a new one needs no page by hand.
"""

import importlib
import inspect
import io
import pkgutil
import re
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType

import click
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

import nanyi_gis
from nanyi_gis.cli import app as commands

HERE = Path(__file__).parent
MADE = HERE / "reference"
ROOMS = {
    "The study": ["study", "plan", "schematic", "targets", "monitor", "dem", "sources", "inspection"],
    "Subjects": [
        "terrain",
        "hydrology",
        "visibility",
        "hazard",
        "irradiation",
        "suitability",
        "eligibility",
        "uncertainty",
        "network",
        "travel_time",
        "accessibility",
        "siting",
        "route",
        "forest",
        "consistency",
        "comfort",
    ],
    "Pages": ["webmap", "atlas"],
    "Ground": ["datum", "io", "raster", "climate", "units", "colours", "errors"],
}

project = "nanyi_gis"
copyright = "nanyi_gis developers, Apache-2.0"  # noqa: A001 (Sphinx's name)
release = nanyi_gis.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
suppress_warnings = [
    "myst.xref_missing",  # links out of docs/ lead to files of the repository
    "ref.python",  # several classes have a field of the same name
]
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = "nanyi_gis"
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # the summaries are fetched, which a browser refuses for file://
html_theme_options = {"navigation_with_keys": True}


def setup(app: Sphinx) -> None:
    """Make the reference before the build, and look for requests after it."""
    app.connect("autodoc-skip-member", skip_plain_fields)
    app.connect("autodoc-process-docstring", drop_borrowed_text, priority=1)
    app.connect("autodoc-process-docstring", head_examples, priority=2)
    app.connect("builder-inited", make_reference)
    app.connect("build-finished", refuse_requests)


def skip_plain_fields(_app: Sphinx, what: str, _name: str, member: object, *_rest: object) -> bool | None:
    """Leave out fields of a class, which its signature and its table of attributes show already."""
    described = (FunctionType, property, cached_property, classmethod, staticmethod, type)
    return True if what == "class" and not isinstance(member, described) else None


def drop_borrowed_text(_app: Sphinx, what: str, _name: str, thing: object, _options: object, lines: list[str]) -> None:
    """Leave out what Python says of every dict or tuple from the entry of a constant."""
    borrowed = {inspect.cleandoc(text or "") for text in (type(thing).__doc__, getattr(thing, "__doc__", ""))}
    if what == "data" and "\n".join(lines).strip() in borrowed:
        lines.clear()


def head_examples(_app: Sphinx, _what: str, _name: str, _thing: object, _options: object, lines: list[str]) -> None:
    """Give the examples at the end of a docstring their heading, or they would belong to the section before."""
    first = next((number for number, line in enumerate(lines) if line.startswith(">>>")), None)
    if first is not None and "Examples" not in lines and any(line.startswith("---") for line in lines[:first]):
        lines[first:first] = ["Examples", "--------"]


def make_reference(_: Sphinx) -> None:
    """Write a page a room and one of all commands into ``reference/``, which Git ignores."""
    MADE.mkdir(exist_ok=True)
    found = [name for _, name, _ in pkgutil.iter_modules(nanyi_gis.__path__) if not name.startswith("_")]
    placed = {name for names in ROOMS.values() for name in names}
    groups = {**ROOMS, "More": [name for name in found if name not in placed and name != "cli"]}
    for page in MADE.glob("*.rst"):
        page.unlink()
    lines = ["Reference", "=========", ""]
    for group, names in groups.items():
        rooms = [name for name in names if name in found]
        if rooms:
            lines += [
                ".. toctree::",
                f"   :caption: {group}",
                "   :maxdepth: 1",
                "",
                *(f"   {room}" for room in rooms),
                "",
            ]
        for room in rooms:
            (MADE / f"{room}.rst").write_text(_room_page(room), encoding="utf-8")
    (MADE / "index.rst").write_text("\n".join(lines), encoding="utf-8")
    (MADE / "commands.rst").write_text(_commands_page(), encoding="utf-8")


def _room_page(room: str) -> str:
    """Return a page with every public name of a room: those of ``__all__``, else those without an underscore."""
    name = f"nanyi_gis.{room}"
    module = importlib.import_module(name)
    public = {key: getattr(module, key) for key in getattr(module, "__all__", ())}
    guests = [key for key, value in public.items() if _home(value) not in {"", room}]
    constants = [key for key, value in public.items() if not isinstance(value, type | FunctionType | ModuleType)]
    left_out = [*constants, *guests]
    lines = [name, "=" * len(name), "", f".. automodule:: {name}", "   :members:", "   :undoc-members:"]
    if public:  # autodoc finds functions and classes of other files by itself, but no constants
        lines += ["   :imported-members:", *([f"   :exclude-members: {', '.join(left_out)}"] if left_out else [])]
    for key in constants:
        lines += ["", f".. autodata:: {name}.{key}"]
    for key in guests:
        lines += ["", f"``{key}`` is that of :mod:`nanyi_gis.{_home(public[key])}`."]
    return "\n".join(lines) + "\n"


def _home(thing: object) -> str:
    """Return the room of ours that a function or class comes from; empty for anything else."""
    module = getattr(thing, "__module__", None) if isinstance(thing, type | FunctionType) else None
    return module.split(".")[1] if module is not None and module.startswith("nanyi_gis.") else ""


def _commands_page() -> str:
    lines = ["Commands", "========", ""]
    context = click.Context(commands, info_name="nanyi-gis")
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        lines += [name, "-" * len(name), "", *_help(command, name, context)]
        if isinstance(command, click.Group):
            inner = click.Context(command, info_name=name, parent=context)
            for part in command.list_commands(inner):
                lines += [f"{name} {part}", "~" * len(f"{name} {part}"), ""]
                lines += _help(command.get_command(inner, part), part, inner)
    return "\n".join(lines)


def _help(command: click.Command, name: str, context: click.Context) -> list[str]:
    """Return the help of a command as a block of text."""
    out = io.StringIO()
    with redirect_stdout(out):
        click.echo(command.get_help(click.Context(command, info_name=name, parent=context)))
    return [".. code-block:: text", "", *(f"   {line}".rstrip() for line in out.getvalue().splitlines()), ""]


_REQUEST = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc\s*=\s*["']?(?:https?:)?//"""
    r"""|<link\b(?![^>]*rel=["']?(?:canonical|author))[^>]*\bhref\s*=\s*["']?(?:https?:)?//"""
    r"""|@import\s+(?:url\()?["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//""",
    re.IGNORECASE,
)


def requests_of(folder: Path) -> list[str]:
    """Return what the pages and styles in a folder would fetch from a network."""
    return [
        f"{path.relative_to(folder)}: {found[0]}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".html", ".css"}
        for found in _REQUEST.finditer(path.read_text(encoding="utf-8"))
    ]


def refuse_requests(app: Sphinx, error: Exception | None) -> None:
    """Fail if a page would need the network."""
    found = [] if error else requests_of(Path(app.outdir))
    if found:
        raise ExtensionError(f"{len(found)} requests leave the site, e.g. {found[0]}")
