"""Standard output and error as they may be: closed, or in an encoding that lacks Chinese or km²."""

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

_ESCAPE = "nanyi_gis.escape"


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Return what an encoding lacks as ``\\uXXXX``, the escape that JSON has too.

    >>> "21 km²".encode("gbk", "nanyi_gis.escape"), "叙永".encode("gbk", "nanyi_gis.escape").decode("gbk")
    (b'21 km\\u00b2', '叙永')
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[k : k + 2].hex()}" for k in range(0, len(units), 2)), error.end


codecs.register_error(_ESCAPE, _escaped)


class _Tolerant:
    """The error stream, which does not stop the work where it is full or nobody reads it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            pass


@contextmanager
def any_streams() -> Iterator[None]:
    """Let text be written in the block whatever the streams are; what they cannot encode is escaped.

    A stream that the caller closed takes everything and keeps nothing.
    """
    before = sys.stdout, sys.stderr
    kept = [(stream, stream.errors) for stream in before if isinstance(stream, io.TextIOWrapper)]
    for stream, _ in kept:
        stream.reconfigure(errors=_ESCAPE)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        sys.stdout = before[0] or nowhere
        sys.stderr = cast(TextIO, _Tolerant(before[1] or nowhere))
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
            for stream, errors in kept:
                try:
                    stream.reconfigure(errors=errors)
                except (OSError, ValueError):  # what could not be written was told already
                    continue


def occupy_descriptors() -> None:
    """Open the null device for each of the descriptors 0 to 2 that is closed, or a file of ours would get its number.

    What a library prints would else go into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
