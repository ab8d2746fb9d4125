"""Run every ``bench_*.py`` here, or those named, and print their tables."""

import importlib
import os
import pkgutil
import platform
import sys
from pathlib import Path


def machine() -> str:
    """Return one line that describes the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}"


def main(names: list[str]) -> None:
    """Run the measurements called ``names``, or all."""
    here = Path(__file__).parent
    found = sorted(m.name for m in pkgutil.iter_modules([str(here)]) if m.name.startswith("bench_"))
    print(f"Machine: {machine()}\n")
    for name in found:
        if not names or name.removeprefix("bench_") in names:
            importlib.import_module(f"benchmarks.{name}").main()
            print()


if __name__ == "__main__":
    main(sys.argv[1:])
