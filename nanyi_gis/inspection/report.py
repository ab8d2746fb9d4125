"""What was found in a file, and what each use of it will come to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import NanyiError

Trial = Callable[[], Sequence[str]]
"""A use tried: returns the notes that go with it, raises what the command will raise."""

_LONGEST = 300


@dataclass(frozen=True)
class Use:
    """One use of a file.

    Attributes
    ----------
    name : str
        What the file would be: DEM, zones, roads, ...
    commands : tuple of str
        The commands that would take it, with the option if it is not the first argument.
    verdict : str
        ``yes``, ``yes, converted from feet``, ``yes, with notes: ...``, or ``no`` and the line of the command.
    """

    name: str
    commands: tuple[str, ...]
    verdict: str

    @property
    def possible(self) -> bool:
        """Whether the commands will take the file."""
        return self.verdict.startswith("yes")

    @property
    def label(self) -> str:
        """The name with the commands behind it."""
        return f"{self.name} ({', '.join(self.commands)})" if self.commands else self.name

    def __str__(self) -> str:
        return f"{self.label}: {self.verdict}"


@dataclass(frozen=True)
class FileReport:
    """What was found in one raster, one layer of a vector file, or one file of parameters.

    Attributes
    ----------
    name : str
        File name, with the name of the layer or variable where there are several: what commands take.
    kind : str
        ``raster``, ``vector`` or ``parameters``, with size and type.
    crs : str
        Authority code or name; ``none`` if missing.
    datum : str
        Guess from the offset to our county outline; for rasters what the CRS declares.
    validity : str
        ``valid``, or what is wrong.
    nodata : str
        Nodata value and share of empty cells; empty geometries of a layer.
    extent : str
        Reach against the study area.
    uses : tuple of Use
        What the commands will say, for each use that makes sense for the kind of file.
    """

    name: str
    kind: str
    crs: str
    datum: str
    validity: str
    nodata: str
    extent: str
    uses: tuple[Use, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it can be used for anything."""
        return any(use.possible for use in self.uses)


def refused(path: str, line: str) -> FileReport:
    """Return the report of a file of which nothing can be made."""
    use = Use("any use", (), f"no: {line}")
    return FileReport(
        Path(path).name, "unknown", "unknown", "unknown", clause(line, path), "unknown", "unknown", (use,)
    )


def clause(line: str, path: str) -> str:
    """Return what is wrong, without the file's name and the cure.

    >>> clause("a/dem.tif has no CRS; assign one", "a/dem.tif")
    'has no CRS'
    """
    return line.removeprefix(path).lstrip(": ").rsplit("; ", 1)[0]


def verdict(trial: Trial, *, converted: str = "") -> str:
    """Return what comes of a use: yes, with what its reader notes, or no, in the words of its reader.

    >>> verdict(lambda: []), verdict(lambda: ["a.shp: left out: points 2"])
    ('yes', 'yes, with notes: a.shp: left out: points 2')
    >>> verdict(lambda: [], converted="feet")
    'yes, converted from feet'
    """
    try:
        notes = trial()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (what escapes the readers here escapes them in the command too)
        return f"no: {told(error)}"
    words = f"yes, converted from {converted}" if converted else "yes"
    return f"{words}, with notes: {'; '.join(notes)}" if notes else words


def merged(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Return uses of one name and one verdict as one, in the order of their names.

    >>> uses = [Use("roads", ("network",), "yes"), Use("places", ("access",), "yes"), Use("roads", ("build",), "yes")]
    >>> [str(use) for use in merged(uses)]
    ['roads (network, build): yes', 'places (access): yes']
    """
    commands: dict[tuple[str, str], list[str]] = {}
    names: dict[str, None] = {}
    for use in uses:
        names[use.name] = None
        commands.setdefault((use.name, use.verdict), []).extend(use.commands)
    return tuple(
        Use(name, tuple(dict.fromkeys(given)), said)
        for wanted in names
        for (name, said), given in commands.items()
        if name == wanted
    )


def told(error: Exception) -> str:
    """Return an error in words: ours as they are, a library's with its type.

    >>> told(KeyError("x"))
    "unexpected KeyError: 'x'"
    """
    words = one_line(error)
    return words if isinstance(error, NanyiError) else f"unexpected {type(error).__name__}: {words[:_LONGEST]}"


def one_line(error: BaseException) -> str:
    """Return the words of an error on one line."""
    return " ".join(str(error).split()) or type(error).__name__
