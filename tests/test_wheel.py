import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
BANDS = """
import numpy as np, rioxarray, xarray as xr
from nanyi_gis.terrain import elevation_bands
dem = xr.DataArray(np.array([[500.0, 800.0]], np.float32), dims=("y", "x"), coords={"y": [0.0], "x": [0.0, 90.0]})
print(*elevation_bands(dem.rio.write_crs(4544), edges=(700,)).values[0])
"""


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Build the wheel and unpack it into an empty folder; return the folder."""
    wheels = tmp_path_factory.mktemp("wheel")
    built = run("-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels), cwd=ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("*.whl")
    target = tmp_path_factory.mktemp("site")
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target", str(target))
    done = run(*pip, str(wheel), cwd=wheels, PIP_DISABLE_PIP_VERSION_CHECK="1")
    assert done.returncode == 0, done.stderr
    return target


def test_the_wheel_works_outside_the_checkout(installed, tmp_path, wuyuan_bare, wuyuan_dem):
    """One loop is compiled; a build runs them as they stand, since to compile all it needs takes longest."""
    where = run("-c", "import nanyi_gis; print(nanyi_gis.__file__)", cwd=tmp_path, PYTHONPATH=str(installed))
    assert str(installed) in where.stdout
    bands = run("-c", BANDS, cwd=tmp_path, PYTHONPATH=str(installed))
    assert bands.stdout.split() == ["1", "2"], bands.stderr
    assert list(installed.rglob("*band_codes*.nbi"))
    for command in (
        ["plan", "--section", "四(五)"],
        ["sources"],
        ["init", "我的县"],
        ["build", "--study", str(wuyuan_bare), "--dem", str(wuyuan_dem), "--out", "图 集", "--resolution", "600"],
    ):
        done = run("-m", "nanyi_gis", *command, cwd=tmp_path, PYTHONPATH=str(installed), NUMBA_DISABLE_JIT="1")
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
    assert (tmp_path / "图 集" / "index.html").stat().st_size > 10_000
    assert (tmp_path / "图 集" / "manifest.json").is_file()
    assert (tmp_path / "我的县" / "study.toml").is_file()


def test_the_wheel_carries_data_licence_and_page_files(installed):
    package = installed / "nanyi_gis"
    assert (package / "data" / "study.toml").is_file()
    assert (package / "data" / "boundaries" / "counties.geojson").is_file()
    assert (package / "data" / "dem" / "demo_dem_90m.tif").is_file()
    assert (package / "py.typed").is_file()
    assert list((package / "webmap").rglob("*.js"))
    assert list(installed.glob("*.dist-info/licenses/NOTICE"))
