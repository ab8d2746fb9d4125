"""``python -m nanyi_gis`` is ``nanyi-gis``."""

import io
import sys

from .cli import main


def run() -> None:
    """Run the console script and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Chinese gets \\u53d9, not an error
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())


if __name__ == "__main__":
    run()
