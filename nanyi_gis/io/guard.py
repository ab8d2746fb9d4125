"""One guard for every reader: what a library raises while a file is read becomes one line of ours."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DataError, NanyiError

_LONGEST = 160
_ADVICE = "; It might help to specify the correct driver"  # pyogrio's, to programmers


@contextmanager
def guarded(
    path: str | os.PathLike[str],
    *,
    what: str = "file",
    cure: str = "check the file, or get it again",
    quiet: bool = True,
) -> Iterator[list[str]]:
    """Read a file under guard: whatever a library raises inside becomes a ``DataError`` of one line.

    Our own errors pass as they are, and so do a lack of memory and an interrupt. Warnings of libraries
    never reach the user; the block gets them as a list, filled when it ends, to tell or to judge.

    Parameters
    ----------
    path : path
        The file that is read; named in the message.
    what : str
        What it should have been, e.g. ``vector layer``.
    cure : str
        What to do about it.
    quiet : bool
        Whether to gather warnings. That is not safe in threads: say False there.

    Raises
    ------
    DataError
        If the block raises anything that is not ours.

    >>> with guarded("zones.json", what="vector layer", cure="give GeoJSON"):
    ...     raise KeyError("features")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: zones.json is no vector layer that can be read (KeyError: 'features'); give GeoJSON
    """
    told: list[str] = []
    try:
        if not quiet:
            yield told
            return
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield told
            finally:
                told += dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught)
    except (NanyiError, MemoryError):
        raise
    except FileNotFoundError as error:
        if not Path(path).exists():
            raise DataError(f"no file {path}; check the path") from error
        raise DataError(f"{path} is no {what} that can be read ({reason(error)}); {cure}") from error
    except PermissionError as error:
        raise DataError(f"{path} may not be read ({reason(error)}); check its permissions") from error
    except Exception as error:
        raise DataError(f"{path} is no {what} that can be read ({reason(error)}); {cure}") from error


def reason(error: BaseException) -> str:
    """Return an error of a library in one short line; its type where the text alone says little.

    >>> reason(ValueError("cut short\\nat byte 12")), reason(KeyError("x")), reason(RuntimeError())
    ('cut short', "KeyError: 'x'", 'RuntimeError')
    """
    lines = [" ".join(line.split()).split(_ADVICE)[0] for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if isinstance(error, UnicodeDecodeError) and error.encoding == "utf-8":
        return f"its text is no UTF-8, byte 0x{error.object[error.start]:02x}; save it as UTF-8"
    text = lines[0] if " " in lines[0] else f"{type(error).__name__}: {lines[0]}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
