"""Paths among the options: each says by its type which files a command reads or writes, and one check holds them."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

Named = Sequence[str] | Callable[[Mapping[str, Any]], Sequence[str]]


class InputPath(click.Path):
    """A file or folder that is read; what a plain ``click.Path`` becomes.

    It is not empty, as a path is where a shell's variable is not set; it would mean the folder one is in.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path unless it is empty."""
        if value == "":
            self.fail("it is empty; name a file or folder, or . for the one you are in", param, ctx)
        return super().convert(value, param, ctx)

    def files(self, value: Any) -> list[Any]:
        """Return the files that a value names."""
        return [] if value is None else [value]


class StudyFolder(InputPath):
    """The folder of a study: the files that its record names, or those that travel with the package."""

    def files(self, value: Any) -> list[Any]:
        """Return the files of the study."""
        from ..io import data_files
        from ..study import study_files

        return list(data_files().values()) if value is None else study_files(value)


class NamedFile(click.types.StringParamType):
    """``NAME=FILE``."""

    def files(self, value: Any) -> list[Any]:
        """Return the file behind the name."""
        _, equals, file = str(value or "").partition("=")
        return [file.strip()] if equals and file.strip() else []


class Layer(NamedTuple):
    """A file with the name it was given, empty if it has none."""

    name: str
    path: Path

    def __str__(self) -> str:
        """Return the layer as it is typed."""
        return f"{self.name}={self.path}" if self.name else str(self.path)


class LayerFile(InputPath):
    """``FILE``, or ``NAME=FILE`` if there is no file of that whole name."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return name and path."""
        if isinstance(value, Layer):
            return value
        name, equals, file = str(value).partition("=")
        if not (equals and name.strip().isidentifier()) or Path(value).exists():
            return Layer("", super().convert(value, param, ctx))
        return Layer(name.strip(), super().convert(file.strip(), param, ctx))

    def files(self, value: Any) -> list[Any]:
        """Return the file."""
        return [] if value is None else [value.path]


def layers_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--layer``: optional rasters by name, the same for every command that evaluates uses of land."""
    return click.option(
        "--layer",
        "layers",
        type=NamedFile(),
        multiple=True,
        metavar="NAME=FILE",
        help="Optional raster, e.g. soil_ph=ph.tif, or rain=prec.tif in place of the climate file's; repeatable.",
    )(command)


class UseNames(click.types.StringParamType):
    """Names of land uses and criteria files, separated by commas."""

    def files(self, value: Any) -> list[Any]:
        """Return those that are files."""
        return [name for name in _names(value) if is_criteria_file(name)]


def joined_names(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> str | None:
    """Return the names of a repeated option as one list, None if it is not given."""
    from ..errors import ParameterError

    if any(not _names(value) for value in values):
        raise ParameterError("crops is empty; name at least one, e.g. orange")
    return ",".join(values) or None


class OutputFile(InputPath):
    """A file that a command writes.

    Parameters
    ----------
    suffixes : sequence of str
        Those it may have, in any case; the first is recommended.
    what : str
        What it is, for the message, e.g. ``a GeoPackage``.
    beside : sequence of str
        Names of further files that are written into its folder.
    """

    def __init__(
        self, suffixes: Sequence[str], *, what: str, beside: Sequence[str] = (), as_text: bool = False
    ) -> None:
        super().__init__(path_type=str if as_text else Path)
        self.suffixes, self.what, self.beside = tuple(suffixes), what, tuple(beside)

    def targets(self, value: Any, _params: Mapping[str, Any]) -> list[Path]:
        """Return the files that will be written."""
        path = Path(value)
        return [path, *(path.with_name(name) for name in self.beside)]

    def refuse_unfit(self, value: Any, *, name: str) -> None:
        """Refuse a suffix that the format does not have."""
        from ..io import check_suffix

        check_suffix(value, self.suffixes, name=name, what=self.what)


class OutputFolder(InputPath):
    """A folder that a command writes into.

    Parameters
    ----------
    names : sequence of str or callable
        The files that will be written there, as patterns (``*.html``); a callable takes the command's options.
    """

    def __init__(self, names: Named, *, as_text: bool = False) -> None:
        super().__init__(path_type=str if as_text else Path)
        self.names = names

    def targets(self, value: Any, params: Mapping[str, Any]) -> list[Path]:
        """Return the files that will be written; of a pattern those that are there."""
        names = self.names(params) if callable(self.names) else self.names
        return [path for name in names for path in _matching(Path(value), name)]

    def refuse_unfit(self, value: Any, *, name: str) -> None:
        """A folder may have any name."""


def _matching(folder: Path, name: str) -> list[Path]:
    return sorted(folder.glob(name)) if "*" in name else [folder / name]


def check_paths(ctx: click.Context) -> None:
    """Refuse, before anything is read, what cannot be written, and results that would replace what is read.

    Raises
    ------
    ParameterError, OutputError
        Name the option and the file.
    """
    outputs = [(param, ctx.params[param.name]) for param in _of_type(ctx, (OutputFile, OutputFolder))]
    outputs = [(param, value) for param, value in outputs if value is not None]
    if not outputs:
        return
    from ..io import refuse_overlap, refuse_unwritable

    writes: dict[str, list[Path]] = {}
    for param, value in outputs:
        writes[label(param)] = param.type.targets(value, ctx.params)
    reads: dict[str, list[Any]] = {}
    for param in _of_type(ctx, (InputPath, NamedFile, UseNames)):
        if isinstance(param.type, OutputFile | OutputFolder):
            continue
        value = ctx.params[param.name]
        several = value if isinstance(value, tuple) else (value,)
        reads[label(param)] = [file for one in several for file in param.type.files(one)]
    refuse_overlap(reads=reads, writes=writes)
    for param, value in outputs:
        param.type.refuse_unfit(value, name=label(param))
        refuse_unwritable(value, folder=isinstance(param.type, OutputFolder))
        for path in writes[label(param)]:
            refuse_unwritable(path)


def label(param: click.Parameter) -> str:
    """Return a parameter as it is typed: ``--out``, or ``DEM``."""
    long = [name for name in param.opts if name.startswith("--")]
    return long[0] if long else param.human_readable_name


def use_ids(params: Mapping[str, Any]) -> list[str]:
    """Return the ids of the uses that a command will write files for; ``*`` where its study decides."""
    names = [name for text in (params.get("crops"), *params.get("uses", ())) for name in _names(text)]
    return [_id_of(name) for name in names] or ["*"]


def is_criteria_file(name: str) -> bool:
    """Tell a criteria file from the name of a land use."""
    return name.lower().endswith(".toml") or os.sep in name


def _id_of(name: str) -> str:
    """Return the id in a criteria file; what is wrong with the file is said when it is loaded."""
    if not is_criteria_file(name):
        return name
    from ..errors import NanyiError
    from ..io import read_toml

    try:
        found = read_toml(name, what="criteria file").get("id")
    except (NanyiError, OSError):
        found = None
    return found if isinstance(found, str) and found and os.sep not in found else Path(name).stem


def _names(text: Any) -> list[str]:
    return [name.strip() for name in str(text or "").split(",") if name.strip()]


def _of_type(ctx: click.Context, kinds: tuple[type, ...]) -> Iterable[Any]:
    return [param for param in ctx.command.params if isinstance(param.type, kinds) and param.name in ctx.params]
