"""The main job: time, peak memory and page sizes of ``nanyi-gis build``, cold and warm."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_RUN = """
import resource, sys
from nanyi_gis.cli import main
status = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
sys.exit(status)
"""


def build(folder: Path, *options: str, cache: Path | None = None) -> tuple[float, int]:
    """Return seconds and peak MiB of one build in a process of its own."""
    environment = dict(os.environ) if cache is None else {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "build", "--out", str(folder), *options],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    return time.perf_counter() - start, int(done.stdout.split()[-1])


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows = [
            ("embedded 90 m DEM, cold (kernels compiled)", build(folder / "a", cache=folder / "cache")),
            ("embedded 90 m DEM, warm", build(folder / "b")),
            ("same at --resolution 30, warm", build(folder / "c", "--resolution", "30")),
        ]
        print("| nanyi-gis build | time s | peak MiB |\n|---|---|---|")
        for name, (seconds, peak) in rows:
            print(f"| {name} | {seconds:.1f} | {peak} |")
        print("\n| page | KB at 90 m | KB at 30 m |\n|---|---|---|")
        for page in sorted((folder / "b").glob("*.html")):
            fine = (folder / "c" / page.name).stat().st_size
            print(f"| {page.name} | {page.stat().st_size / 1000:.0f} | {fine / 1000:.0f} |")


if __name__ == "__main__":
    main()
