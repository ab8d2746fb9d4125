"""``python -m nanyi_gis`` is ``nanyi-gis``."""

import sys

from .cli import main


def run() -> None:
    """Run the console script and exit with its status."""
    sys.exit(main())


if __name__ == "__main__":
    run()
