"""``python -m nanyi_gis`` is ``nanyi-gis``."""

import sys


def run() -> None:
    """Run the console script and exit with its status."""
    try:
        from .cli import main
        from .cli._streams import occupy_descriptors

        occupy_descriptors()
        status = main()
    except KeyboardInterrupt:  # before or after the command itself, which says so on its own
        status = 130
    sys.exit(status)


def _leave_out_this_folder() -> None:
    """Take the folder that one is in off the path, where ``python -m`` puts it, unless the package lies in it.

    A file there that is called json.py or click.py would else be run in the place of the library.
    """
    import os

    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 (pathlib is not in yet)
    if sys.path and sys.path[0] and not sys.flags.safe_path and os.path.abspath(sys.path[0]) != package:  # noqa: PTH100
        del sys.path[0]


if __name__ == "__main__":
    _leave_out_this_folder()
    run()
